package carrier

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
)

// syncing is one attempt at a sync. It holds one member's customers in memory
// at most, as ids.
type syncing struct {
	s   *Service
	a   *account
	c   *wecom.Client
	run Sync
}

func (y *syncing) all(ctx context.Context) error {
	for _, p := range []struct {
		name string
		work func(context.Context) error
	}{{phaseTags, y.tags}, {phaseStaff, y.staff}, {phaseContacts, y.contacts}, {phaseGroups, y.groups}} {
		if y.run.Phase != p.name { // an earlier attempt is past it
			continue
		}
		if err := p.work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// write runs fn and stores the progress with it. What failed before is past then.
func (y *syncing) write(ctx context.Context, fn func(tx *db.Tx) error) error {
	return y.s.db.Write(ctx, y.a.org, func(tx *db.Tx) error {
		if fn != nil {
			if err := fn(tx); err != nil {
				return err
			}
		}
		r := &y.run
		n, err := tx.Changed(ctx, `UPDATE carrier_sync SET error_zh = '', error_en = '', phase = ?, after = ?, staff_total = ?, staff_done = ?, contacts = ?, added = ?, removed = ?, groups_done = ?, status = ?, finished_at = ?, updated_at = ?
			WHERE org_id = ? AND id = ? AND status = 'running'`, r.Phase, r.after, r.StaffTotal, r.StaffDone, r.Contacts, r.Added, r.Removed, r.Groups, r.Status,
			map[bool]int64{true: y.s.micros()}[r.Status == syncDone], y.s.micros(), y.a.org, r.ID)
		if err == nil && n == 0 {
			err = errLost // somebody ended it
		}
		return err
	})
}

func (y *syncing) tags(ctx context.Context) error {
	groups, err := y.c.Tags(ctx)
	if err != nil {
		return err
	}
	y.run.Phase = phaseStaff
	return y.write(ctx, func(tx *db.Tx) error { return saveTags(ctx, tx, y.a, groups) })
}

// staff reads who may use customer contact, and who they are: all at once with
// the directory's secret, else one by one as far as they are visible. Without
// any of it they are known by their ids: that is enough for their customers.
func (y *syncing) staff(ctx context.Context) error {
	followers, err := y.c.Followers(ctx)
	if err != nil {
		return err
	}
	known, whole, err := y.directory(ctx)
	if err != nil {
		return err
	}
	list := make([]wecom.Member, 0, len(followers))
	mayAsk := true
	for _, id := range followers {
		m, ok := known[id]
		if (!ok || !whole) && mayAsk {
			asked, err := y.c.Member(ctx, id)
			mayAsk = err == nil || !closed(err)
			switch {
			case err == nil:
				m = asked
			case mayAsk && !skippable(err):
				return err
			}
		}
		m.UserID = id
		list = append(list, m)
	}
	y.run.Phase, y.run.after, y.run.StaffTotal = phaseContacts, "", int64(len(list))
	return y.write(ctx, func(tx *db.Tx) error { return y.s.saveMembers(ctx, tx, y.a, list, true) })
}

// directory reads the members whom the directory's secret may see; whole: with
// their e-mail addresses. A secret that may not read them, as that of contact
// sync has not for years, is no reason to leave the customers unread.
func (y *syncing) directory(ctx context.Context) (known map[string]wecom.Member, whole bool, err error) {
	known = map[string]wecom.Member{}
	if y.a.secrets["directory_secret"] == "" {
		return known, false, nil
	}
	c := y.s.wecomOf(y.a, slotDirectory, patient)
	list, err := c.MemberList(ctx, 1, true)
	if whole = err == nil; !whole && unreadable(err) {
		list, err = c.MemberNames(ctx, 1, true)
	}
	if err != nil && !unreadable(err) {
		return nil, false, err
	}
	for _, m := range list {
		known[m.UserID] = m
	}
	return known, whole, nil
}

// closed: the secret may not read any member. That of customer contact alone
// may not, and need not.
func closed(err error) bool {
	code := wire.Code(err)
	return code == wecom.CodeForbidden || code == wecom.CodeSyncForbidden
}

// unreadable: the whole directory cannot be read, single members perhaps can.
func unreadable(err error) bool { return closed(err) || wire.Code(err) == wecom.CodeOutOfRange }

// skippable: one member cannot be read, the others can.
func skippable(err error) bool {
	switch wire.Code(err) {
	case 40003, 41054, 60011, 60111, 84061, 84069:
		return true
	}
	return false
}

func (y *syncing) contacts(ctx context.Context) error {
	var users []string
	if err := y.s.db.Read(ctx, y.a.org, func(tx *db.Tx) error {
		all, err := membersOf(ctx, tx, y.a.org, y.a.id)
		users = nil
		for id, m := range all {
			if m.status != "left" {
				users = append(users, id)
			}
		}
		return err
	}); err != nil {
		return err
	}
	slices.Sort(users)
	for _, user := range users {
		if user <= y.run.after && y.run.after != "" {
			continue
		}
		if err := y.customersOf(ctx, user); err != nil && !skippable(err) {
			return err
		}
		y.run.after = user
		y.run.StaffDone++
		if err := y.write(ctx, nil); err != nil {
			return err
		}
	}
	y.run.Phase, y.run.after = phaseGroups, ""
	return y.write(ctx, nil)
}

// customersOf reads one member's customers, and parts them from those who are
// not among them any more. An attempt that stops half-way reads them again:
// that changes nothing.
func (y *syncing) customersOf(ctx context.Context, user string) error {
	began := y.s.micros()
	seen := map[string]bool{}
	before := y.run.Contacts
	for cursor := ""; ; {
		page, next, err := y.c.CustomerPage(ctx, []string{user}, cursor)
		if err != nil {
			y.run.Contacts = before
			return err
		}
		if err := y.page(ctx, user, page, seen); err != nil {
			return err
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	return y.missing(ctx, user, seen, began)
}

func (y *syncing) page(ctx context.Context, user string, page []wecom.Contact, seen map[string]bool) error {
	var list []sighting
	for i := range page {
		id := page[i].External.ID
		if id == "" || len(id) > maxID || seen[id] {
			continue
		}
		seen[id] = true
		list = append(list, sighting{user: user, external: id, state: page[i].Follow.State, profile: profileOf(page[i].External, &page[i].Follow), listed: true})
	}
	if len(list) == 0 {
		return nil
	}
	y.run.Contacts += int64(len(list))
	added := y.run.Added
	return y.write(ctx, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, y.a, ""); err != nil {
			return err
		}
		copied := slices.Clone(list) // record fills in what it concludes; fn may run twice
		_, n, _, err := y.s.recordCounted(ctx, tx, y.a, copied)
		y.run.Added = added + int64(n)
		return err
	})
}

// missing parts a member from customers of whom the platform no longer knows,
// and nobody told us. Who came while we were reading is left alone.
func (y *syncing) missing(ctx context.Context, user string, seen map[string]bool, began int64) error {
	for after := ""; ; {
		var ids, gone []string
		if err := y.s.db.Read(ctx, y.a.org, func(tx *db.Tx) error {
			ids = nil
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			}, `SELECT external_id FROM carrier_contact WHERE org_id = ? AND account_id = ? AND user_id = ? AND external_id > ? AND status IN ('friend', 'half') AND since < ? AND updated_at < ?
				ORDER BY external_id LIMIT 1000`, y.a.org, y.a.id, user, after, began, began)
		}); err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		after = ids[len(ids)-1]
		for _, id := range ids {
			if !seen[id] {
				gone = append(gone, id)
			}
		}
		for chunk := range slices.Chunk(gone, 100) {
			if err := y.part(ctx, user, chunk); err != nil {
				return err
			}
		}
	}
}

func (y *syncing) part(ctx context.Context, user string, gone []string) error {
	removed := y.run.Removed
	return y.write(ctx, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, y.a, ""); err != nil {
			return err
		}
		list := make([]sighting, len(gone))
		for i, id := range gone {
			list[i] = sighting{user: user, external: id, change: &entry{at: y.s.micros(), change: changeByStaff, source: fromSync}}
		}
		_, _, n, err := y.s.recordCounted(ctx, tx, y.a, list)
		y.run.Removed = removed + int64(n)
		return err
	})
}

func (y *syncing) groups(ctx context.Context) error {
	var all []string
	for cursor := ""; ; {
		page, next, err := y.c.Groups(ctx, nil, cursor)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	slices.Sort(all)
	for _, id := range slices.Compact(all) {
		if id <= y.run.after || id == "" || len(id) > maxID {
			continue
		}
		g, err := y.c.Group(ctx, id)
		if err != nil && wire.KindOf(err) != wire.Missing {
			return err
		}
		gone := err != nil
		y.run.after = id
		y.run.Groups++
		if err := y.write(ctx, func(tx *db.Tx) error {
			if gone {
				return y.s.saveGroup(ctx, tx, y.a, id, nil, y.s.micros())
			}
			return y.s.saveGroup(ctx, tx, y.a, id, &g, y.s.micros())
		}); err != nil {
			return err
		}
	}
	y.run.Status = syncDone
	return y.write(ctx, nil)
}
