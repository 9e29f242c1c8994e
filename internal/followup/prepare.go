package followup

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"fishpond/internal/platform/db"
)

// prepare reads what lists are made by.
func (s *Service) prepare(ctx context.Context, orgID string, day Day) (h *harvest, run int64, err error) {
	h = &harvest{Service: s, orgID: orgID, day: day, now: s.now()}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		*h = harvest{Service: s, orgID: orgID, day: day, now: h.now, promises: map[string][]promise{}, before: map[string]earlier{}, room: map[string]int{}, skip: map[string]bool{}}
		org, err := s.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return err
		}
		h.zone = org.Zone
		if h.settings, err = settingsOf(ctx, tx, orgID); err != nil {
			return err
		}
		all, err := rulesOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.Enabled && !r.deleted {
				h.rules = append(h.rules, r)
			}
		}
		if h.members, err = s.Staff.Members(ctx, tx, orgID); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(run), 0) FROM followup_day WHERE org_id = ? AND day = ?", orgID, int64(day)).Scan(&run); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM followup_mark WHERE org_id = ?)", orgID).Scan(&h.marked); err != nil {
			return err
		}
		if err := h.loadPromises(ctx, tx); err != nil {
			return err
		}
		return h.loadBefore(ctx, tx)
	})
	return h, run, err
}

func (h *harvest) loadPromises(ctx context.Context, tx *db.Tx) error {
	due, err := promises(ctx, tx, h.orgID, "status = 'open' AND day <= ? ORDER BY due_at, id", int64(h.day))
	if err != nil || len(due) == 0 {
		return err
	}
	var ids []string
	for _, p := range due {
		ids = append(ids, p.person)
	}
	at, err := h.Audience.Places(ctx, tx, h.orgID, ids)
	for _, p := range due {
		if now, ok := at[p.person]; ok {
			h.promises[now.ID] = append(h.promises[now.ID], p)
		}
	}
	return err
}

// loadBefore reads the open items of the latest lists before, or of the day's
// own when they are made again, and who was attended to today.
func (h *harvest) loadBefore(ctx context.Context, tx *db.Tx) error {
	var last int64
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(day), 0) FROM followup_day WHERE org_id = ? AND day <= ?", h.orgID, int64(h.day)).Scan(&last); err != nil || last == 0 {
		return err
	}
	person, item := map[string]string{}, map[string]earlier{}
	used := map[string]int{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, who, staff, status string
		var first Day
		if err := rows.Scan(&id, &who, &staff, &status, &first); err != nil {
			return err
		}
		switch {
		case status == Open:
			person[id], item[id] = who, earlier{first, map[string]int64{}}
		case Day(last) == h.day:
			h.skip[who] = true
			used[staff]++
		}
		return nil
	}, "SELECT id, person_id, staff_id, status, first_day FROM followup_item WHERE org_id = ? AND day = ? AND status <> 'merged'", h.orgID, last)
	if err != nil {
		return err
	}
	for staff, n := range used {
		h.room[staff] = max(0, h.settings.Cap-n)
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(person)), places) {
		where, arg := tx.In("item_id", part)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id, rule string
			var anchor int64
			err := rows.Scan(&id, &rule, &anchor)
			item[id].reasons[rule] = anchor
			return err
		}, "SELECT item_id, rule_id, anchor_at FROM followup_reason WHERE org_id = ? AND "+where, h.orgID, arg); err != nil {
			return err
		}
	}
	for id, e := range item {
		h.before[person[id]] = e
	}
	return nil
}

// marksOf reads what was done about persons, by rule.
func (h *harvest) marksOf(ctx context.Context, tx *db.Tx, personIDs []string) (map[string]map[string]mark, error) {
	out := map[string]map[string]mark{}
	if !h.marked || len(personIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var person, rule string
		var m mark
		if err := rows.Scan(&person, &rule, &m.anchor, &m.until); err != nil {
			return err
		}
		if out[person] == nil {
			out[person] = map[string]mark{}
		}
		out[person][rule] = m
		return nil
	}, "SELECT person_id, rule_id, anchor_at, until_day FROM followup_mark WHERE org_id = ? AND "+where, h.orgID, arg)
}
