package wecom

import (
	"fmt"
	"slices"
	"sort"

	"fishpond/internal/simulator/people"
)

// Contact is an external contact (外部联系人): a person as this corp knows it.
type Contact struct {
	ID      string    `json:"external_userid"`
	Person  string    `json:"person,omitempty"` // "" for one that was made in bulk
	Name    string    `json:"name,omitempty"`   // of one made in bulk, like the next two
	Gender  int       `json:"gender,omitempty"`
	Unionid string    `json:"unionid,omitempty"`
	Follows []*Follow `json:"follows"`
}

// Follow is a friendship between a member and an external contact, seen from the
// member. When the contact has deleted the member it stays, one-sided; when the member
// deletes the contact it ends.
type Follow struct {
	User        string   `json:"userid"`
	Serial      int64    `json:"serial"`
	Remark      string   `json:"remark"`
	Description string   `json:"description"`
	Company     string   `json:"company"`
	Mobiles     []string `json:"mobiles"`
	Tags        []string `json:"tags"` // ids
	CreatedAt   int64    `json:"created_at"`
	AddWay      int      `json:"add_way"`
	Oper        string   `json:"oper"`
	State       string   `json:"state"`
	Link        string   `json:"link,omitempty"` // acquisition link that it came by
	Chatted     bool     `json:"chatted"`        // the contact has written
	Half        bool     `json:"half"`           // the member has not accepted yet
	OneSided    bool     `json:"one_sided"`      // the contact has deleted the member
	Moved       []int64  `json:"moved"`          // when it was transferred while in service
}

// Ways in which a contact is added. Documentation page: 「获取客户详情」, 来源定义.
const (
	addedByScan     = 1
	addedInGroup    = 4
	addedByTransfer = 202
	addedByLink     = 16
)

func (x *Contact) follow(user string) *Follow {
	for _, f := range x.Follows {
		if f.User == user {
			return f
		}
	}
	return nil
}

// befriend begins a friendship.
func (c *Corp) befriend(x *Contact, f *Follow) *Follow {
	f.Serial = c.next()
	x.Follows = append(x.Follows, f)
	if u := c.anyUser(f.User); u != nil {
		u.Follows = append(u.Follows, f.Serial)
	}
	c.bySerial[f.Serial] = x
	c.friends[f.User]++
	return f
}

// unfriend ends a friendship.
func (c *Corp) unfriend(x *Contact, user string) {
	x.Follows = slices.DeleteFunc(x.Follows, func(f *Follow) bool {
		if f.User == user {
			delete(c.bySerial, f.Serial)
			c.friends[user]--
		}
		return f.User == user
	})
	if u := c.anyUser(user); u != nil && len(u.Follows) > 64 && len(u.Follows) > 2*c.friends[user] {
		u.Follows = slices.DeleteFunc(u.Follows, func(n int64) bool { return c.bySerial[n] == nil })
	}
}

// reindex makes what is not kept in a snapshot.
func (c *Corp) reindex() {
	c.bySerial, c.friends = map[int64]*Contact{}, map[string]int{}
	for _, x := range c.Contacts {
		for _, f := range x.Follows {
			c.bySerial[f.Serial] = x
			c.friends[f.User]++
		}
	}
	for _, b := range c.Bulks {
		b.prepare(c.ID)
	}
}

// externalID is the id by which this corp knows a person; other corps know another.
func (c *Corp) externalID(person string) string {
	id := c.Persons[person]
	if id == "" {
		id = "wm" + people.Opaque("external", c.ID, person)[:30]
		c.Persons[person] = id
	}
	return id
}

// contactOf returns the contact of a person, making it when there is none.
func (c *Corp) contactOf(person string) *Contact {
	id := c.externalID(person)
	x := c.Contacts[id]
	if x == nil {
		x = &Contact{ID: id, Person: person}
		c.Contacts[id] = x
	}
	return x
}

// contact finds an external contact by its id, those made in bulk too. The latter are
// kept as of their own from then on when keep is set.
func (c *Corp) contact(id string, keep bool) *Contact {
	if x := c.Contacts[id]; x != nil {
		return x
	}
	for _, b := range c.Bulks {
		if i, ok := b.index(id); ok {
			if !keep {
				return b.contact(i)
			}
			x := b.contact(i)
			follows := x.Follows
			x.Follows = nil
			c.Contacts[id] = x
			b.Kept[i] = true
			for _, f := range follows {
				c.befriend(x, f)
			}
			return x
		}
	}
	return nil
}

// face is who the contact is.
func (c *Corp) face(x *Contact) (name string, gender int, unionid string) {
	if p, ok := c.world.People.Get(x.Person); ok {
		return p.Name, p.Gender, p.Unionid(c.OpenAccount)
	}
	return x.Name, x.Gender, x.Unionid
}

// eachFriend calls fn with the member's friendships from a place on, until fn says
// stop; it returns the place to go on from, or false at the end. Those made in bulk
// come first, then the others by age: one that is changed during a walk moves to the
// end, so it may be seen twice but is never missed.
func (c *Corp) eachFriend(user string, from place, fn func(*Contact, *Follow) bool) (next place, more bool) {
	for ; from.bulk < int64(len(c.Bulks)); from = (place{bulk: from.bulk + 1}) {
		b := c.Bulks[from.bulk]
		first, last := b.rangeOf(user)
		for i := max(first, from.at); i < last; i++ {
			if b.Kept[i] {
				continue
			}
			x := b.contact(i)
			if !fn(x, x.Follows[0]) {
				return place{bulk: from.bulk, at: i}, true
			}
		}
	}
	u := c.anyUser(user)
	if u == nil {
		return from, false
	}
	start := sort.Search(len(u.Follows), func(i int) bool { return u.Follows[i] >= from.at })
	for _, serial := range u.Follows[start:] {
		x := c.bySerial[serial]
		if x == nil {
			continue
		}
		if f := x.follow(user); f != nil && f.Serial == serial && !f.Half && !fn(x, f) {
			return place{bulk: from.bulk, at: serial}, true
		}
	}
	return from, false
}

// place is where a walk over friendships stands: which bulk (after the last: none),
// and the index in it or the serial.
type place struct{ bulk, at int64 }

// Line is a message in a talk between a customer and a member, a desk or a chat.
type Line struct {
	At    int64  `json:"at"` // microseconds
	From  string `json:"from"`
	Kind  string `json:"kind"` // text, image, link, miniprogram, video, file, note
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	Media string `json:"media,omitempty"`
	Via   string `json:"via,omitempty"` // welcome, mass, transfer, kf, conclusion
}

const talkKept = 200

func (c *Corp) say(with, external string, lines ...Line) {
	key := with + "|" + external
	for _, l := range lines {
		l.At = c.now().UnixMicro()
		c.Talks[key] = append(c.Talks[key], l)
	}
	if n := len(c.Talks[key]); n > talkKept {
		c.Talks[key] = slices.Clone(c.Talks[key][n-talkKept:])
	}
}

// friendship finds the friendship of a member and a contact, with the errors that the
// API gives.
func (c *call) friendship(user, external string, keep bool) (*Contact, *Follow, error) {
	switch {
	case user == "":
		return nil, nil, fail(41009, "")
	case external == "":
		return nil, nil, fail(41035, "")
	}
	if err := c.mayActFor(user); err != nil {
		return nil, nil, err
	}
	if !validExternal(external) {
		return nil, nil, fail(40096, "")
	}
	x := c.contact(external, keep)
	if x == nil {
		return nil, nil, fail(84061, "")
	}
	f := x.follow(user)
	if f == nil || f.Half {
		return nil, nil, fail(84061, "")
	}
	return x, f, nil
}

// mayActFor checks a userid that an external contact API is called with.
func (c *call) mayActFor(user string) error {
	switch {
	case c.Users[user] == nil:
		return fail(40003, "%s", user)
	case !c.app.sees(user):
		return fail(60011, "%s", user)
	}
	return nil
}

func validExternal(id string) bool {
	return len(id) == 32 && (id[:2] == "wm" || id[:2] == "wo")
}

func (c *Corp) mustContact(external string) (*Contact, error) {
	if x := c.contact(external, true); x != nil {
		return x, nil
	}
	return nil, unknown("external contact", external)
}

func (c *Corp) mustUser(id string) (*User, error) {
	if u := c.Users[id]; u != nil {
		return u, nil
	}
	return nil, unknown("member", id)
}

func (c *Corp) mustFollow(user, external string) (*Contact, *Follow, error) {
	x, err := c.mustContact(external)
	if err != nil {
		return nil, nil, err
	}
	if f := x.follow(user); f != nil {
		return x, f, nil
	}
	return nil, nil, fmt.Errorf("member %s has no friend %s: %w", user, external, ErrUnknown)
}
