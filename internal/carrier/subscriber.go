package carrier

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Subscribers are what follows the timeline.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{
		{Name: "carrier.tags", Kinds: []string{poolevent.TagAdded, poolevent.TagRemoved}, Handle: s.takeTags},
		{Name: "carrier.persons", Kinds: []string{poolevent.Merged, poolevent.Split}, Handle: s.takePersons},
		{Name: "carrier.orders", Kinds: []string{mallevent.OrderPaid}, Handle: s.takeOrders},
		{Name: "carrier.clues", Kinds: []string{carrierevent.MessageReceived}, Batch: 200, After: []string{"carrier.orders"}, Handle: s.takeMessages},
	}
}

// takeTags brings the pool's tags to the platform, where it has one of the name.
// What came from the platform does not go back.
func (s *Service) takeTags(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	accounts, err := s.accounts(ctx, tx, orgID, KindWecom)
	if err != nil || len(accounts) == 0 {
		return err
	}
	for _, e := range events {
		if e.Source == KindWecom || e.PersonID == "" {
			continue
		}
		var tag poolevent.Tag
		if err := e.Decode(&tag); err != nil {
			return err
		}
		for _, a := range accounts {
			if a.status != StatusActive || a.settings["push_tags"] == "off" {
				continue
			}
			if err := s.pushTagOf(ctx, tx, a, e.PersonID, tag.Name, e.Kind == poolevent.TagAdded); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) pushTagOf(ctx context.Context, tx *db.Tx, a *account, personID, name string, add bool) error {
	var id string
	err := tx.QueryRow(ctx, "SELECT platform_id FROM carrier_tag WHERE org_id = ? AND account_id = ? AND name = ? AND deleted = 0 ORDER BY platform_id LIMIT 1", a.org, a.id, name).Scan(&id)
	if db.IsNoRows(err) {
		return nil // only here: the corp's tags are made on purpose, there are 3,000 at most
	}
	if err != nil {
		return err
	}
	var rows []pushRow
	if err := tx.Each(ctx, func(r *sql.Rows) error {
		t := &tie{}
		if err := t.scan(r); err != nil {
			return err
		}
		if t.friend() && slices.Contains(t.tags, id) != add {
			kind := pushTag
			if !add {
				kind = pushUntag
			}
			rows = append(rows, pushRow{user: t.user, external: t.external, kind: kind, value: id})
		}
		return nil
	}, "SELECT "+tieColumns+" FROM carrier_contact WHERE org_id = ? AND person_id = ? AND account_id = ?", a.org, personID, a.id); err != nil {
		return err
	}
	return s.push(ctx, tx, a, rows)
}

// takePersons keeps contacts with who speaks for them now: asked anew rather
// than worked out, so that any course of merges and splits ends right.
func (s *Service) takePersons(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	var persons []string
	for _, e := range events {
		var m poolevent.Merge
		if err := e.Decode(&m); err != nil {
			return err
		}
		persons = append(append(persons, m.WinnerID, m.LoserID), m.Members...)
	}
	kindOfAccount := map[string]*account{}
	all, err := s.accounts(ctx, tx, orgID, "")
	if err != nil {
		return err
	}
	for _, a := range all {
		kindOfAccount[a.id] = a
	}
	slices.Sort(persons)
	type row struct{ account, user, external, person string }
	var rows []row
	where, arg := tx.In("person_id", slices.Compact(persons))
	if err := tx.Each(ctx, func(r *sql.Rows) error {
		var x row
		err := r.Scan(&x.account, &x.user, &x.external, &x.person)
		rows = append(rows, x)
		return err
	}, "SELECT account_id, user_id, external_id, person_id FROM carrier_contact WHERE org_id = ? AND "+where+" ORDER BY account_id, user_id, external_id", orgID, arg); err != nil {
		return err
	}
	var ids []Identity
	for _, x := range rows {
		w := recording{a: kindOfAccount[x.account]}
		ids = append(ids, w.identities(sighting{user: x.user, external: x.external})[0])
	}
	found, err := s.ports.People.Find(ctx, tx, orgID, ids)
	if err != nil {
		return err
	}
	for i, x := range rows {
		if found[i] == "" || found[i] == x.person {
			continue
		}
		if _, err := tx.Exec(ctx, "UPDATE carrier_contact SET person_id = ? WHERE org_id = ? AND account_id = ? AND user_id = ? AND external_id = ?", found[i], orgID, x.account, x.user, x.external); err != nil {
			return err
		}
	}
	return nil
}
