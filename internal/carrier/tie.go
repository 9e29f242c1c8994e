package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// sighting is what one callback or one line of a list says about a contact.
type sighting struct {
	user, external string
	change         *entry // nil: nothing happened, it was only seen
	state          string // of the code or link that was used; empty: not told
	wants          string // the WelcomeCode; empty: no greeting is possible
	profile        *profile
	listed         bool // it stands in the platform's list: what happened follows from what we know
}

// profile is what the platform says of a customer and of their tie to a member.
type profile struct {
	name    string
	gender  string
	unionID string
	follow  *wecom.Follow // nil: the member was not among those that it told of
}

func profileOf(who wecom.External, f *wecom.Follow) *profile {
	p := &profile{name: oneLine(who.Name, 64), unionID: who.UnionID, follow: f}
	switch who.Gender {
	case 1:
		p.gender = "male"
	case 2:
		p.gender = "female"
	}
	return p
}

// maxID is how long a platform's id may be; a longer one is nobody's.
const maxID = 128

// record writes sightings of one account in the caller's transaction: persons,
// contacts, histories and the events that tell of them. The order in which facts
// come leaves no trace in the contacts. It returns the persons in order.
func (s *Service) record(ctx context.Context, tx *db.Tx, a *account, sightings []sighting) ([]string, error) {
	persons, _, _, err := s.recordCounted(ctx, tx, a, sightings)
	return persons, err
}

// recordCounted is record; it also tells how many friendships began and ended
// of which nobody had told us.
func (s *Service) recordCounted(ctx context.Context, tx *db.Tx, a *account, sightings []sighting) (persons []string, began, ended int, err error) {
	w := &recording{s: s, tx: tx, a: a, now: s.micros()}
	if err := w.load(ctx, sightings); err != nil {
		return nil, 0, 0, fmt.Errorf("carrier: contacts: %w", err)
	}
	for i := range sightings {
		if sightings[i].listed {
			sightings[i].change = w.implied(sightings[i])
		}
	}
	if err := w.resolve(ctx, sightings); err != nil {
		return nil, 0, 0, fmt.Errorf("carrier: persons: %w", err)
	}
	for i := range sightings {
		if err := w.take(ctx, &sightings[i], w.persons[i]); err != nil {
			return nil, 0, 0, err
		}
	}
	return w.persons, w.changed, w.ended, w.write(ctx)
}

// recording is one call of record.
type recording struct {
	s   *Service
	tx  *db.Tx
	a   *account
	now int64

	ties    map[[2]string]*tie
	others  map[string][]*tie   // by external id: all ties of the account
	members map[string]member   // by user id
	tagName map[string]string   // by platform id
	persons []string            // of the sightings
	untag   map[string][]string // person → names
	facts   []timeline.Fact
	greeted []greeted
	changed int
	ended   int
}

type greeted struct {
	sighting *sighting
	person   string
	greeting Greeting
}

func (w *recording) load(ctx context.Context, sightings []sighting) (err error) {
	externals := make([]string, 0, len(sightings))
	for _, g := range sightings {
		externals = append(externals, g.external)
	}
	slices.Sort(externals)
	externals = slices.Compact(externals)
	if w.ties, err = tiesOf(ctx, w.tx, w.a.org, w.a.id, externals); err != nil {
		return err
	}
	w.others = map[string][]*tie{}
	for _, t := range w.ties {
		w.others[t.external] = append(w.others[t.external], t)
	}
	if w.members, err = membersOf(ctx, w.tx, w.a.org, w.a.id); err != nil {
		return err
	}
	w.tagName, err = tagNames(ctx, w.tx, w.a.org, w.a.id)
	w.untag = map[string][]string{}
	return err
}

// implied is what must have happened when a customer stands in a member's list:
// nothing when they are friends; that they were added when nobody knew, or
// since they were parted.
func (w *recording) implied(g sighting) *entry {
	at := occurredAt(g.profile.follow.CreatedAt)
	t := w.ties[[2]string{g.user, g.external}]
	if at == 0 || t != nil && len(t.history) > 0 && (t.friend() || at <= t.standing.ended) {
		return nil
	}
	return &entry{at: at, change: changeAdded, source: fromSync}
}

// resolve finds the person of each sighting. A line of a list that says what
// the last one said costs nothing: most of a nightly sync are such.
func (w *recording) resolve(ctx context.Context, sightings []sighting) error {
	w.persons = make([]string, len(sightings))
	var contacts []Contact
	var asked []int
	for i, g := range sightings {
		t := w.ties[[2]string{g.user, g.external}]
		if g.listed && g.change == nil && t != nil && t.told == w.digest(g) {
			w.persons[i] = t.person
			continue
		}
		c := Contact{Source: w.a.kind, Identities: w.identities(g), SeenAt: w.s.now()}
		if g.change != nil {
			c.SeenAt = clock.Time(g.change.at)
		}
		if p := g.profile; p != nil {
			c.Name, c.Gender = p.name, p.gender
			if p.follow != nil {
				c.Tags = w.named(p.follow.CorpTags())
			}
		}
		if g.change != nil && begins(g.change.change) && w.owns(g) {
			c.OwnerStaffID = w.members[g.user].staff
		}
		contacts, asked = append(contacts, c), append(asked, i)
	}
	if len(contacts) == 0 {
		return nil
	}
	persons, err := w.s.ports.People.Resolve(ctx, w.tx, w.a.org, contacts)
	if err != nil {
		return err
	}
	for i, at := range asked {
		w.persons[at] = persons[i]
	}
	return nil
}

// digest is what the pool is told of a sighting with a profile, in short.
func (w *recording) digest(g sighting) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q", g.profile.name, g.profile.gender, w.identities(g))
	if g.profile.follow != nil {
		fmt.Fprintf(h, " %q", w.named(g.profile.follow.CorpTags()))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (w *recording) identities(g sighting) []Identity {
	if w.a.kind == KindWeb {
		return []Identity{{"cookie", g.external}}
	}
	if w.a.kind == KindOfficial {
		out := []Identity{{"openid", w.a.platform + ":" + g.external}}
		if g.profile != nil && g.profile.unionID != "" {
			out = append(out, Identity{"unionid", g.profile.unionID})
		}
		return out
	}
	out := []Identity{{"wecom_external_userid", g.external}}
	if p := g.profile; p != nil {
		if p.unionID != "" {
			out = append(out, Identity{"unionid", p.unionID})
		}
		if p.follow != nil {
			for _, m := range p.follow.Mobiles {
				if m = oneLine(m, 32); m != "" && len(out) < 6 {
					out = append(out, Identity{"phone", m})
				}
			}
		}
	}
	return out
}

// owns reports whether the member becomes the owner of the person: by default
// who was their friend first, or who is their newest friend, as the account says.
func (w *recording) owns(g sighting) bool {
	switch w.a.settings["owner_rule"] {
	case "none":
		return false
	case "latest":
		return !w.members[g.user].shared
	}
	if w.members[g.user].shared {
		return false
	}
	return !slices.ContainsFunc(w.others[g.external], func(t *tie) bool {
		return t.user != g.user && t.friend() && !w.members[t.user].shared
	})
}

// named gives the names of platform tags, those that are known.
func (w *recording) named(ids []string) []string {
	var out []string
	for _, id := range ids {
		if n := w.tagName[id]; n != "" {
			out = append(out, n)
		}
	}
	return out
}

// take notes one sighting.
func (w *recording) take(ctx context.Context, g *sighting, person string) error {
	key := [2]string{g.user, g.external}
	t := w.ties[key]
	if t == nil {
		t = &tie{user: g.user, external: g.external, fresh: true}
		w.ties[key] = t
		w.others[g.external] = append(w.others[g.external], t)
	}
	t.person = person
	if g.state != "" {
		t.state = oneLine(g.state, 64)
	}
	if err := w.takeProfile(t, g); err != nil {
		return err
	}
	if g.change == nil {
		return nil
	}
	fresh, announce := news(t.history, *g.change)
	if !fresh {
		return nil
	}
	first := !slices.ContainsFunc(w.others[g.external], func(o *tie) bool { return len(o.history) > 0 })
	t.history, t.added = append(t.history, *g.change), append(t.added, *g.change)
	if t.name == "" && begins(g.change.change) && g.profile == nil {
		t.profileDue = true
	}
	if begins(g.change.change) {
		if !announce {
			return nil
		}
		w.changed++
		return w.announce(ctx, t, g, first)
	}
	w.ended++
	w.facts = append(w.facts, w.parting(t, *g.change))
	return nil
}

// takeProfile brings a tie up to what the platform says of it.
func (w *recording) takeProfile(t *tie, g *sighting) error {
	p := g.profile
	if p == nil {
		return nil
	}
	t.profileDue = false
	if p.name != "" {
		t.name = p.name
	}
	f := p.follow
	if f == nil {
		return nil
	}
	t.told = w.digest(*g)
	t.remark, t.addWay = oneLine(f.Remark, 64), int64(f.AddWay)
	if f.State != "" {
		t.state = oneLine(f.State, 64)
	}
	tags := f.CorpTags()
	slices.Sort(tags)
	tags = slices.Compact(tags)
	gone := slices.DeleteFunc(slices.Clone(t.tags), func(id string) bool { return slices.Contains(tags, id) })
	t.tags = tags
	for _, id := range gone {
		held := slices.ContainsFunc(w.others[t.external], func(o *tie) bool { return o != t && o.friend() && slices.Contains(o.tags, id) })
		if name := w.tagName[id]; name != "" && !held {
			w.untag[t.person] = append(w.untag[t.person], name)
		}
	}
	return nil
}

// The platform's numbers for customers whom the corp itself gave to a member.
const (
	addedByShare = 201
	addedByAdmin = 202
)

// announce tells of a new friendship, with what the greeter makes of it.
func (w *recording) announce(ctx context.Context, t *tie, g *sighting, first bool) error {
	m := w.members[g.user]
	data := carrierevent.Friend{AccountID: w.a.id, AccountKind: w.a.kind, UserID: g.user, StaffID: m.staff, ExternalID: g.external, State: t.state,
		AddWay: t.addWay, First: first, Historic: g.change.source == fromSync}
	handed := t.addWay == addedByShare || t.addWay == addedByAdmin // from another member: nobody came from outside
	if w.s.ports.Greeter != nil && (t.state != "" || !data.Historic) && !handed {
		greeting, err := w.s.ports.Greeter.Greet(ctx, w.tx, w.a.org, Arrival{AccountID: w.a.id, AccountKind: w.a.kind, UserID: g.user, StaffID: m.staff, StaffName: m.name,
			ExternalID: g.external, PersonID: t.person, PersonName: t.name, State: t.state, AddWay: t.addWay, At: clock.Time(g.change.at), First: first, Historic: data.Historic})
		if err != nil {
			return fmt.Errorf("carrier: greet: %w", err)
		}
		data.Channel, data.Entrance, data.CodeID = greeting.Channel, greeting.Entrance, greeting.CodeID
		if !data.Historic {
			w.greeted = append(w.greeted, greeted{g, t.person, greeting})
		}
	}
	w.facts = append(w.facts, timeline.Fact{Kind: carrierevent.FriendAdded, PersonID: t.person, OccurredAt: clock.Time(g.change.at), Source: w.a.kind,
		DedupeKey: w.key("friend.added", t, *g.change), Data: data})
	return nil
}

// parting tells of the end of a friendship.
func (w *recording) parting(t *tie, e entry) timeline.Fact {
	data := carrierevent.Friend{AccountID: w.a.id, AccountKind: w.a.kind, UserID: t.user, StaffID: w.members[t.user].staff, ExternalID: t.external, State: t.state}
	kind := carrierevent.FriendRemoved
	switch {
	case e.change == changeTransferred:
		kind, data.FromUserID = carrierevent.FriendTransferred, t.user
	case e.source == fromSync:
		data.By = "sync" // nobody told us who it was
	case e.change == changeByCustomer:
		data.By = "customer"
	default:
		data.By = "staff"
	}
	return timeline.Fact{Kind: kind, PersonID: t.person, OccurredAt: clock.Time(e.at), Source: w.a.kind, DedupeKey: w.key(kind, t, e), Data: data}
}

func (w *recording) key(kind string, t *tie, e entry) string {
	return strings.Join([]string{kind, w.a.id, t.user, t.external, fmt.Sprint(e.at), e.change}, ":")
}

func (w *recording) write(ctx context.Context) error {
	var ties []*tie
	for _, t := range w.ties {
		st := fold(t.history)
		t.standing = st
		if t.standing.status == "" { // seen, but nobody knows since when
			t.standing.status = StatusFriend
			if w.a.kind == KindWeb { // there while the page is open, and cannot be reached after
				t.standing.status = StatusVisitor
			}
		}
		if w.a.kind == KindKf { // they came, and can be reached for two days after they wrote
			t.standing.status = StatusVisitor
		}
		if t.fresh || t.differs() {
			ties = append(ties, t)
		}
	}
	if err := saveTies(ctx, w.tx, w.a, ties, w.now); err != nil {
		return fmt.Errorf("carrier: contacts: %w", err)
	}
	for person, names := range w.untag {
		if err := w.s.ports.People.Untag(ctx, w.tx, w.a.org, w.a.kind, person, names); err != nil {
			return fmt.Errorf("carrier: untag: %w", err)
		}
	}
	if _, err := w.s.log.Append(ctx, w.tx, w.a.org, w.facts...); err != nil {
		return err
	}
	for _, g := range w.greeted {
		if err := w.s.greet(ctx, w.tx, w.a, g); err != nil {
			return err
		}
	}
	return nil
}

// jsonList is a list of strings as it is stored.
func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic("carrier: strings do not marshal: " + err.Error()) // cannot happen
	}
	return string(b)
}
