package reach

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach/gate"
)

// person is what the gate knows of one person, all ids taken together that
// they go by.
type person struct {
	id                     string // who speaks for them
	dnc                    bool
	marketing, service     gate.Word
	marketingAt, serviceAt int64
	zone                   string
	zoneOwn                bool
	purse                  gate.Purse
	sends                  []gate.Send // oldest first, all ids
	own                    []gate.Send // under the speaker's own id
	ownPurse               gate.Purse
	changed                bool
}

func (p *person) word(purpose string) gate.Word {
	switch purpose {
	case gate.Marketing:
		return p.marketing
	case gate.Service:
		return p.service
	}
	return gate.Unknown
}

var zones sync.Map // name → *time.Location; only those that there are

// zoneNamed is a time zone by its IANA name; nil when there is none.
func zoneNamed(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	if name == "" || name == "Local" || strings.ContainsAny(name, "\\.") {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, z)
	return z
}

// facts are what the gate asks about a message to the person.
func (p *person) facts(purpose string, orgZone *time.Location, at time.Time, f *gate.Facts) {
	*f = gate.Facts{DoNotContact: p.dnc, Consent: p.word(purpose), Zone: orgZone, Sends: gate.AsOf(p.sends, at), Purse: p.purse}
	if z := zoneNamed(p.zone); z != nil {
		f.Zone = z
	}
}

// reserve counts a message against the person's limits.
func (p *person) reserve(r *rules, purpose string, one gate.Send, at time.Time) {
	p.sends, p.own = append(p.sends, one), append(p.own, one)
	p.pay(r, purpose, -gate.Whole, at)
	p.changed = true
}

// release takes that back: the message did not go.
func (p *person) release(r *rules, purpose string, one gate.Send, at time.Time) {
	p.sends, p.own = gate.Without(p.sends, one), gate.Without(p.own, one)
	p.pay(r, purpose, gate.Whole, at)
	p.changed = true
}

// went notes when a message went that had been reserved before: staff confirmed
// it then.
func (p *person) went(one gate.Send, at int64) {
	then := one
	then.At, then.Open = at, false
	p.sends, p.own = gate.Replaced(p.sends, one, then), gate.Replaced(p.own, one, then)
	p.changed = true
}

// reservation is how a message counts against a person's limits, from a time
// in seconds on. Where staff must confirm it, it may go on any day.
func reservation(at int64, carrier, purpose string) gate.Send {
	return gate.Send{At: at, Carrier: carrier, Exempt: gate.Exempt(purpose), Open: carrier == "wecom"}
}

func (p *person) pay(r *rules, purpose string, milli int64, at time.Time) {
	if purpose == gate.Marketing && r.Purse.Enabled {
		p.ownPurse = r.Purse.Add(p.ownPurse, milli, at)
		p.purse = r.Purse.Add(p.purse, milli, at)
	}
}

const personColumns = "person_id, speaker_id, dnc, marketing, marketing_at, service, service_at, zone, purse, purse_at, sends"

// people reads what is known of persons, by the ids that are asked for. With
// lock nobody else changes it until tx ends.
func (s *Service) people(ctx context.Context, tx *db.Tx, orgID string, asked []string, r *rules, lock bool) (map[string]*person, error) {
	asked = slices.Clone(asked)
	slices.Sort(asked)
	asked = slices.Compact(asked)
	lock = lock && tx.Engine() == db.Postgres // SQLite has one writer
	speaker := make(map[string]string, len(asked))
	w := &gathering{byID: make(map[string]*person, len(asked)), rules: r}
	where, arg := tx.In("person_id", asked)
	tail := ""
	if lock {
		tail = " ORDER BY person_id FOR UPDATE"
	}
	var strangers []string // ids that others speak for
	read := func() error {
		return tx.Each(ctx, func(rows *sql.Rows) error {
			id, sp, err := w.take(rows)
			if speaker[id] = sp; sp != id {
				strangers = append(strangers, sp)
			}
			return err
		}, "SELECT "+personColumns+" FROM reach_person WHERE org_id = ? AND "+where+tail, orgID, arg)
	}
	err := read()
	if err == nil && lock && len(speaker) < len(asked) {
		missing := slices.DeleteFunc(slices.Clone(asked), func(id string) bool { return speaker[id] != "" })
		if err = ensurePeople(ctx, tx, orgID, missing); err == nil {
			where, arg = tx.In("person_id", missing)
			err = read()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reach: people: %w", err)
	}
	for _, id := range asked {
		if speaker[id] == "" {
			speaker[id] = id
		}
	}
	// What is known under the other ids of the same people.
	speakers := slices.Clone(asked)
	speakers = append(speakers, strangers...)
	where, arg = tx.In("speaker_id", speakers)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		_, _, err := w.take(rows)
		return err
	}, "SELECT "+personColumns+" FROM reach_person WHERE org_id = ? AND speaker_id <> person_id AND "+where+tail, orgID, arg); err != nil {
		return nil, fmt.Errorf("reach: people: %w", err)
	}
	if len(strangers) > 0 {
		where, arg = tx.In("person_id", strangers)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			_, _, err := w.take(rows)
			return err
		}, "SELECT "+personColumns+" FROM reach_person WHERE org_id = ? AND "+where+tail, orgID, arg); err != nil {
			return nil, fmt.Errorf("reach: people: %w", err)
		}
	}
	out := make(map[string]*person, len(asked))
	for _, id := range asked {
		out[id] = w.of(speaker[id])
	}
	return out, nil
}

// ensurePeople makes the rows that are missing, so that they can be locked.
func ensurePeople(ctx context.Context, tx *db.Tx, orgID string, sorted []string) error {
	_, err := tx.BulkInsert(ctx, "reach_person", "ON CONFLICT (org_id, person_id) DO NOTHING",
		db.Same("org_id", orgID, len(sorted)), db.Text("person_id", sorted), db.Text("speaker_id", sorted))
	return err
}

// gathering puts the records of several ids together into persons.
type gathering struct {
	byID  map[string]*person // by speaker
	taken map[string]bool    // ids of merged persons, which two queries may give
	rules *rules
}

func (w *gathering) of(speaker string) *person {
	p := w.byID[speaker]
	if p == nil {
		p = &person{id: speaker}
		w.byID[speaker] = p
	}
	return p
}

func (w *gathering) take(rows *sql.Rows) (id, speaker string, err error) {
	var dnc, marketing, marketingAt, service, serviceAt, purse, purseAt int64
	var zone, sends string
	if err := rows.Scan(&id, &speaker, &dnc, &marketing, &marketingAt, &service, &serviceAt, &zone, &purse, &purseAt, &sends); err != nil {
		return "", "", err
	}
	p := w.of(speaker)
	if w.taken[id] {
		return id, speaker, nil
	}
	if w.taken == nil {
		w.taken = map[string]bool{}
	}
	w.taken[id] = true
	p.dnc = p.dnc || dnc == 1
	if marketingAt >= p.marketingAt && marketing != 0 {
		p.marketing, p.marketingAt = gate.Word(marketing), marketingAt //nolint:gosec // -1, 0 or 1
	}
	if serviceAt >= p.serviceAt && service != 0 {
		p.service, p.serviceAt = gate.Word(service), serviceAt //nolint:gosec // -1, 0 or 1
	}
	if zone != "" && !p.zoneOwn {
		p.zone, p.zoneOwn = zone, id == speaker
	}
	have := gate.UnpackSends(sends)
	one := gate.Purse{Milli: purse, At: clock.Time(purseAt)}
	if id == speaker {
		p.own, p.ownPurse = have, one
	}
	switch {
	case len(p.sends) == 0:
		p.sends = slices.Clone(have)
	case len(have) > 0:
		p.sends = append(p.sends, have...)
		gate.SortSends(p.sends)
	}
	if !one.At.IsZero() { // the emptier purse counts
		later := one.At
		if p.purse.At.After(later) {
			later = p.purse.At
		}
		if p.purse.At.IsZero() || w.rules.Purse.At(one, later) < w.rules.Purse.At(p.purse, later) {
			p.purse = one
		}
	}
	return id, speaker, nil
}

// keepPeople writes what was reserved and released.
func keepPeople(ctx context.Context, tx *db.Tx, orgID string, all map[string]*person, now int64) error {
	var changed []*person
	for _, p := range all {
		if p.changed {
			p.changed = false // several ids, one person
			changed = append(changed, p)
		}
	}
	slices.SortFunc(changed, func(a, b *person) int { return strings.Compare(a.id, b.id) })
	n := len(changed)
	id, sends, purse, at := make([]string, n), make([]string, n), make([]int64, n), make([]int64, n)
	for i, p := range changed {
		id[i], sends[i], purse[i], at[i] = p.id, gate.PackSends(p.own, now/1e6), p.ownPurse.Milli, clock.Micros(p.ownPurse.At)
	}
	_, err := tx.BulkInsert(ctx, "reach_person", "ON CONFLICT (org_id, person_id) DO UPDATE SET sends = excluded.sends, purse = excluded.purse, purse_at = excluded.purse_at",
		db.Same("org_id", orgID, n), db.Text("person_id", id), db.Text("speaker_id", id), db.Text("sends", sends), db.Int("purse", purse), db.Int("purse_at", at))
	return err
}
