package followup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Built says what came of making the lists of a day.
type Built struct {
	Day     string        `json:"day"`
	BuiltAt time.Time     `json:"built_at"`
	Run     int64         `json:"run" doc:"How often the day's lists were made"`
	Listed  int64         `json:"listed"`
	Beyond  int64         `json:"beyond" doc:"People for whom no list had room"`
	Took    time.Duration `json:"-"`
	TookMS  int64         `json:"took_ms"`
}

// broken tells whether a rule speaks of what is no longer there.
func broken(err error) bool {
	return errs.Is(err, errs.CodeInvalid) || errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict)
}

var errElsewhere = errors.New("followup: somebody else has made the lists meanwhile")

// Rebuild makes the lists of the present day again, for who is in ctx. What
// was attended to stays as it is.
func (s *Service) Rebuild(ctx context.Context) (Built, error) {
	a := actor(ctx)
	if err := s.ready(ctx, a.OrgID); err != nil {
		return Built{}, err
	}
	day, err := s.today(ctx, a.OrgID)
	if err != nil {
		return Built{}, err
	}
	const tries = 3
	for try := 1; ; try++ {
		out, err := s.build(ctx, a.OrgID, day, true)
		if !errors.Is(err, errElsewhere) {
			return out, err
		}
		if try == tries {
			return Built{}, errs.Conflict(i18n.T("名单正在生成，请稍后再试", "The lists are being made; try again in a moment"))
		}
	}
}

// today is the present day in the org's time zone.
func (s *Service) today(ctx context.Context, orgID string) (d Day, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		set, err := s.Orgs.Settings(ctx, tx, orgID)
		d = DayOf(s.now().In(set.Zone))
		return err
	})
	return d, err
}

// build makes the lists of a day: all of them in one transaction, or none.
// Unless again is set, a day that has lists is errElsewhere.
func (s *Service) build(ctx context.Context, orgID string, day Day, again bool) (Built, error) {
	began := s.now()
	h, run, err := s.prepare(ctx, orgID, day)
	if err != nil {
		return Built{}, err
	}
	if run > 0 && !again {
		return Built{}, errElsewhere
	}
	if err := h.gather(ctx); err != nil {
		return Built{}, err
	}
	if s.between != nil {
		s.between()
	}
	out := Built{Day: day.String(), BuiltAt: h.now, Run: run + 1}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, orgID); err != nil {
			return err
		}
		w := &writing{harvest: h, tx: tx, at: clock.Micros(h.now)}
		if err := w.claim(ctx, run, s.now().Sub(began)); err != nil {
			return err
		}
		if err := w.write(ctx); err != nil {
			return err
		}
		out.Listed, out.Beyond = w.listed, w.beyond
		if _, err := tx.Exec(ctx, "UPDATE followup_day SET listed = ?, beyond = ? WHERE org_id = ? AND day = ?", w.listed, w.beyond, orgID, int64(day)); err != nil {
			return err
		}
		if !again {
			return nil
		}
		return s.Auditor.Audit(ctx, tx, "followup.rebuilt", "day", day.String(), map[string]any{"listed": w.listed})
	})
	out.Took = s.now().Sub(began)
	out.TookMS = out.Took.Milliseconds()
	return out, err
}

// writing is the transaction in which lists come to be.
type writing struct {
	*harvest

	tx             *db.Tx
	at             int64 // when gathering began
	listed, beyond int64
	kept           map[string]bool   // persons whose items stay as they are
	ids            map[string]string // ids of the open items that are made again, by person
	gone           map[string]bool   // persons who were attended to on the list before, meanwhile
}

// claim takes the next number of the day.
func (w *writing) claim(ctx context.Context, run int64, took time.Duration) error {
	var n int64
	var err error
	if run == 0 {
		n, err = w.tx.Changed(ctx, "INSERT INTO followup_day (org_id, day, run, built_at, took_us, listed, beyond) VALUES (?, ?, 1, ?, ?, 0, 0) ON CONFLICT (org_id, day) DO NOTHING",
			w.orgID, int64(w.day), w.at, took.Microseconds())
	} else {
		n, err = w.tx.Changed(ctx, "UPDATE followup_day SET run = run + 1, built_at = ?, took_us = ? WHERE org_id = ? AND day = ? AND run = ?", w.at, took.Microseconds(), w.orgID, int64(w.day), run)
	}
	if err == nil && n == 0 {
		err = errElsewhere
	}
	if err != nil {
		return err
	}
	// A promise that was made or changed while others were gathered has not been
	// seen: gather again.
	var unseen bool
	err = w.tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM followup_promise WHERE org_id = ? AND day <= ? AND changed_at > ?)", w.orgID, int64(w.day), w.at).Scan(&unseen)
	if err == nil && unseen {
		err = errElsewhere
	}
	return err
}

// write ends the lists before and writes those of the day.
func (w *writing) write(ctx context.Context) error {
	if err := w.today(ctx); err != nil {
		return err
	}
	var chosen []*candidate
	var whose []string
	counts := map[string][2]int64{}
	for _, staff := range slices.Sorted(maps.Keys(w.rolls)) {
		r := w.rolls[staff]
		beyond := int64(r.all - len(r.kept))
		n := int64(0)
		for _, c := range r.inOrder() {
			if w.kept[c.who.ID] || w.gone[c.who.ID] {
				continue
			}
			n++
			chosen, whose = append(chosen, c), append(whose, staff)
		}
		counts[staff] = [2]int64{n, beyond}
		w.beyond += beyond
	}
	if err := w.end(ctx, chosen); err != nil {
		return err
	}
	if err := w.insert(ctx, chosen, whose); err != nil {
		return err
	}
	if err := w.lists(ctx, counts); err != nil {
		return err
	}
	return w.lately(ctx, chosen)
}

// today clears the day's open items away, if there are any; those that
// somebody has touched since gathering began stay.
func (w *writing) today(ctx context.Context) error {
	w.kept, w.ids, w.gone = map[string]bool{}, map[string]string{}, map[string]bool{}
	var again []string
	if err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var id, person, status string
		var changed int64
		if err := rows.Scan(&id, &person, &status, &changed); err != nil {
			return err
		}
		if status != Open || changed > w.at {
			w.kept[person] = true
		} else {
			w.ids[person], again = id, append(again, id)
		}
		return nil
	}, "SELECT id, person_id, status, changed_at FROM followup_item WHERE org_id = ? AND day = ? AND status <> 'merged'", w.orgID, int64(w.day)); err != nil {
		return err
	}
	for part := range slices.Chunk(again, places) {
		where, arg := w.tx.In("item_id", part)
		if _, err := w.tx.Exec(ctx, "DELETE FROM followup_reason WHERE org_id = ? AND "+where, w.orgID, arg); err != nil {
			return err
		}
		where, arg = w.tx.In("id", part)
		if _, err := w.tx.Exec(ctx, "DELETE FROM followup_item WHERE org_id = ? AND "+where, w.orgID, arg); err != nil {
			return err
		}
	}
	return w.tx.Each(ctx, func(rows *sql.Rows) error {
		var person string
		err := rows.Scan(&person)
		w.gone[person] = true
		return err
	}, "SELECT person_id FROM followup_item WHERE org_id = ? AND day < ? AND day >= ? AND changed_at > ? AND status NOT IN ('open', 'merged')", w.orgID, int64(w.day), int64(w.day)-30, w.at)
}

// end closes the items of earlier lists that nobody attended to.
func (w *writing) end(ctx context.Context, chosen []*candidate) error {
	on := map[string]bool{}
	for _, c := range chosen {
		on[c.who.ID] = true
	}
	byStatus := map[string][]string{}
	if err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var id, person string
		if err := rows.Scan(&id, &person); err != nil {
			return err
		}
		status := Lapsed
		if on[person] || w.kept[person] {
			status = Carried
		}
		byStatus[status] = append(byStatus[status], id)
		return nil
	}, "SELECT id, person_id FROM followup_item WHERE org_id = ? AND day < ? AND day >= ? AND status = 'open'", w.orgID, int64(w.day), int64(w.day)-400); err != nil {
		return err
	}
	for status, all := range byStatus {
		for part := range slices.Chunk(all, places) {
			where, arg := w.tx.In("id", part)
			if _, err := w.tx.Exec(ctx, "UPDATE followup_item SET status = ? WHERE org_id = ? AND status = 'open' AND "+where, status, w.orgID, arg); err != nil {
				return err
			}
		}
	}
	return nil
}

// insert writes items with their reasons.
func (w *writing) insert(ctx context.Context, chosen []*candidate, whose []string) error {
	n := len(chosen)
	var id, person, staff []string
	var weight, position, first []int64
	var item, rule, promise, data []string
	var no, anchor []int64
	at := map[string]int64{}
	for i, c := range chosen {
		one := w.ids[c.who.ID]
		if one == "" {
			one = ids.New("fli")
		}
		at[whose[i]]++
		id, person, staff = append(id, one), append(person, c.who.ID), append(staff, whose[i])
		weight, position, first = append(weight, int64(c.weight)), append(position, at[whose[i]]), append(first, int64(c.firstDay))
		for k, r := range c.reasons {
			item, no, rule, promise = append(item, one), append(no, int64(k)), append(rule, r.rule.ID), append(promise, r.promise)
			anchor, data = append(anchor, r.anchor), append(data, r.facts.encode())
		}
	}
	w.listed += int64(n)
	zeros, same := make([]int64, n), func(v int64) []int64 { return slices.Repeat([]int64{v}, n) }
	empty := func(name string) db.Column { return db.Same(name, "", n) }
	if _, err := w.tx.BulkInsert(ctx, "followup_item", "", db.Same("org_id", w.orgID, n), db.Text("id", id), db.Int("day", same(int64(w.day))), db.Text("person_id", person), db.Text("spoken_id", person),
		db.Text("staff_id", staff), db.Same("status", Open, n), db.Int("weight", weight), db.Int("position", position), db.Int("first_day", first), db.Int("listed_at", same(w.at)), db.Int("changed_at", same(w.at)),
		db.Int("handled_at", zeros), empty("handled_by"), empty("next_step"), db.Int("next_at", zeros), empty("note"), db.Int("until_day", zeros), empty("promise_id"),
		db.Int("answered_at", zeros), db.Int("replied_at", zeros), db.Int("ordered_at", zeros), db.Int("orders", zeros), db.Int("gain_minor", zeros), empty("currency")); err != nil {
		return fmt.Errorf("followup: items: %w", err)
	}
	_, err := w.tx.BulkInsert(ctx, "followup_reason", "", db.Same("org_id", w.orgID, len(item)), db.Text("item_id", item), db.Int("n", no), db.Text("rule_id", rule), db.Text("promise_id", promise),
		db.Int("anchor_at", anchor), db.Text("data", data))
	return err
}

// lists notes how long each list is, what was kept included.
func (w *writing) lists(ctx context.Context, counts map[string][2]int64) error {
	if _, err := w.tx.Exec(ctx, "DELETE FROM followup_list WHERE org_id = ? AND day = ?", w.orgID, int64(w.day)); err != nil {
		return err
	}
	if err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var staff string
		var n int64
		err := rows.Scan(&staff, &n)
		counts[staff] = [2]int64{n, counts[staff][1]}
		return err
	}, "SELECT staff_id, count(*) FROM followup_item WHERE org_id = ? AND day = ? AND status <> 'merged' GROUP BY staff_id", w.orgID, int64(w.day)); err != nil {
		return err
	}
	var staff []string
	var listed, beyond []int64
	w.listed = 0
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		staff, listed, beyond = append(staff, id), append(listed, counts[id][0]), append(beyond, counts[id][1])
		w.listed += counts[id][0]
	}
	_, err := w.tx.BulkInsert(ctx, "followup_list", "", db.Same("org_id", w.orgID, len(staff)), db.Int("day", slices.Repeat([]int64{int64(w.day)}, len(staff))), db.Text("staff_id", staff),
		db.Int("listed", listed), db.Int("beyond", beyond))
	return err
}
