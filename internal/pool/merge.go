package pool

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/pool/resolve"
	"fishpond/internal/timeline"
)

// Merge is an entry of the merge ledger.
type Merge struct {
	ID       string     `json:"id"`
	WinnerID string     `json:"winner_id" doc:"Who speaks for both: the one known longer"`
	LoserID  string     `json:"loser_id"`
	Members  []string   `json:"members" nullable:"false" doc:"Whom the loser spoke for, itself first; a split gives them back"`
	Rule     string     `json:"rule" doc:"manual, or the kind of identity that both had"`
	Reason   string     `json:"reason"`
	MergedAt time.Time  `json:"merged_at"`
	MergedBy string     `json:"merged_by"`
	SplitAt  *time.Time `json:"split_at" doc:"Null while it holds"`
	SplitBy  string     `json:"split_by"`
}

// Manual is the rule of a merge that a human asked for.
const Manual = "manual"

// Merge makes two persons one: the one known longer speaks for both. What a
// human merges, no earlier split keeps apart any more.
func (s *Service) Merge(ctx context.Context, personID, otherID, reason string) (out Merge, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.MergeIn(ctx, tx, personID, otherID, reason)
		return err
	})
	return out, err
}

// MergeIn is Merge within the caller's transaction.
func (s *Service) MergeIn(ctx context.Context, tx *db.Tx, personID, otherID, reason string) (out Merge, err error) {
	a, _ := access.From(ctx)
	if err := s.lock(ctx, tx, a.OrgID); err != nil {
		return out, err
	}
	var sets [2][]string
	for i, id := range []string{personID, otherID} {
		if _, sets[i], err = s.visible(ctx, tx, a, id); err != nil {
			return out, err
		}
	}
	if sets[0][0] == sets[1][0] {
		return out, errs.Conflict(i18n.T("这两位客户已经是同一个人", "These two are one person already"))
	}
	rows, err := personRows(ctx, tx, a.OrgID, []string{sets[0][0], sets[1][0]}) // by seq
	if err != nil {
		return out, err
	}
	winner, loser := sets[0], sets[1]
	if rows[0].id != winner[0] {
		winner, loser = loser, winner
	}
	m := mergeRow{id: ids.New("mrg"), winner: winner[0], loser: loser[0], members: loser, rule: Manual, reason: reason, by: a.ID, at: clock.Micros(s.now())}
	if err := speak(ctx, tx, a.OrgID, loser, winner[0]); err != nil {
		return out, err
	}
	if err := insertMerges(ctx, tx, a.OrgID, []mergeRow{m}); err != nil {
		return out, err
	}
	both := slices.Concat(winner, loser)
	whereA, argA := tx.In("a", both)
	whereB, argB := tx.In("b", both)
	if _, err := tx.Exec(ctx, "DELETE FROM pool_apart WHERE org_id = ? AND "+whereA+" AND "+whereB, a.OrgID, argA, argB); err != nil {
		return out, err
	}
	if _, err := s.refresh(ctx, tx, a.OrgID, []string{winner[0]}); err != nil {
		return out, err
	}
	if _, err := s.log.Append(ctx, tx, a.OrgID, m.fact(poolevent.Merged, s.now())); err != nil {
		return out, err
	}
	out = m.merge()
	return out, s.audit.Audit(ctx, tx, poolevent.Merged, "person", m.winner, map[string]any{"merge_id": m.id, "loser_id": m.loser, "members": len(m.members)})
}

// Split undoes a merge exactly: all whom the loser spoke for at that time
// are the loser's again. While the winner itself is merged into somebody
// else, that merge must be undone first, and the conflict names it. The two
// are not merged by a rule again.
func (s *Service) Split(ctx context.Context, mergeID string) (out Merge, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.SplitIn(ctx, tx, mergeID)
		return err
	})
	return out, err
}

// SplitIn is Split within the caller's transaction.
func (s *Service) SplitIn(ctx context.Context, tx *db.Tx, mergeID string) (out Merge, err error) {
	a, _ := access.From(ctx)
	if err := s.lock(ctx, tx, a.OrgID); err != nil {
		return out, err
	}
	found, err := merges(ctx, tx, a.OrgID, "id = ?", mergeID)
	if err != nil {
		return out, err
	}
	if len(found) == 0 {
		return out, errs.NotFound(i18n.T("这次合并", "merge"))
	}
	out = found[0]
	if a.OwnOnly {
		if _, _, err := s.visible(ctx, tx, a, out.WinnerID); err != nil {
			return out, err
		}
	}
	if out.SplitAt != nil {
		return out, errs.Conflict(i18n.T("这次合并已经拆分过了", "This merge has been split already"))
	}
	if later, err := merges(ctx, tx, a.OrgID, "loser_id = ? AND split_at = 0", out.WinnerID); err != nil {
		return out, err
	} else if len(later) > 0 {
		return out, errs.Conflict(i18n.T("这位客户后来又并入了别人，请先拆分合并 %s", "This person was merged into another one since; split merge %s first", later[0].ID))
	}
	now := s.now()
	if err := tx.QueryRow(ctx, "UPDATE pool_merge SET split_at = ?, split_by = ? WHERE org_id = ? AND id = ? AND split_at = 0 RETURNING id",
		clock.Micros(now), a.ID, a.OrgID, mergeID).Scan(&mergeID); err != nil {
		return out, fmt.Errorf("pool: split: %w", err)
	}
	if err := speak(ctx, tx, a.OrgID, out.Members, out.LoserID); err != nil {
		return out, err
	}
	if err := keepApart(ctx, tx, a, out.WinnerID, out.LoserID, now); err != nil {
		return out, err
	}
	if _, err := s.refresh(ctx, tx, a.OrgID, []string{out.WinnerID, out.LoserID}); err != nil {
		return out, err
	}
	m := mergeRow{id: out.ID, winner: out.WinnerID, loser: out.LoserID, members: out.Members, reason: out.Reason}
	if _, err := s.log.Append(ctx, tx, a.OrgID, m.fact(poolevent.Split, now)); err != nil {
		return out, err
	}
	out.SplitAt, out.SplitBy = &now, a.ID
	return out, s.audit.Audit(ctx, tx, poolevent.Split, "person", m.winner, map[string]any{"merge_id": m.id, "loser_id": m.loser, "members": len(m.members)})
}

// Merges lists all merges that a person, or anybody they speak for, has been
// in, newest first.
func (s *Service) Merges(ctx context.Context, personID string) (out []Merge, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		_, members, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		w, wArg := tx.In("winner_id", members)
		l, lArg := tx.In("loser_id", members)
		out, err = merges(ctx, tx, a.OrgID, "("+w+" OR "+l+")", wArg, lArg)
		return err
	})
	return out, err
}

func merges(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []Merge, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var m Merge
		var members string
		var at, split int64
		if err := rows.Scan(&m.ID, &m.WinnerID, &m.LoserID, &members, &m.Rule, &m.Reason, &at, &m.MergedBy, &split, &m.SplitBy); err != nil {
			return err
		}
		m.MergedAt, m.SplitAt = clock.Time(at), clock.Ptr(split)
		out = append(out, m)
		return json.Unmarshal([]byte(members), &out[len(out)-1].Members)
	}, `SELECT id, winner_id, loser_id, members, rule, reason, merged_at, merged_by, split_at, split_by FROM pool_merge
		WHERE org_id = ? AND `+where+" ORDER BY merged_at DESC, id DESC", append([]any{orgID}, args...)...)
	return out, err
}

// speak makes canonical the one who speaks for the given persons, of whom it
// may be one.
func speak(ctx context.Context, tx *db.Tx, orgID string, members []string, canonical string) error {
	if len(members) == 0 {
		return nil
	}
	where, arg := tx.In("person_id", members)
	if _, err := tx.Exec(ctx, "UPDATE pool_person SET canonical_id = ?, is_canonical = CASE WHEN person_id = ? THEN 1 ELSE 0 END WHERE org_id = ? AND "+where,
		canonical, canonical, orgID, arg); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE pool_tag_link SET canonical_id = ? WHERE org_id = ? AND "+where, canonical, orgID, arg)
	return err
}

// keepApart notes that a human says that two are different persons.
func keepApart(ctx context.Context, tx *db.Tx, a access.Actor, one, other string, at time.Time) error {
	_, err := tx.Exec(ctx, "INSERT INTO pool_apart (org_id, a, b, at, by_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT (org_id, a, b) DO NOTHING",
		a.OrgID, min(one, other), max(one, other), clock.Micros(at), a.ID)
	return err
}

// mergeRow is a row of the ledger as it is written.
type mergeRow struct {
	id, winner, loser string
	members           []string // the loser first
	rule, reason, by  string
	at                int64
}

func (m mergeRow) merge() Merge {
	return Merge{ID: m.id, WinnerID: m.winner, LoserID: m.loser, Members: m.members, Rule: m.rule, Reason: m.reason, MergedAt: clock.Time(m.at), MergedBy: m.by}
}

func (m mergeRow) fact(kind string, at time.Time) timeline.Fact {
	return timeline.Fact{Kind: kind, PersonID: m.winner, OccurredAt: at, Source: "pool",
		Data: poolevent.Merge{MergeID: m.id, WinnerID: m.winner, LoserID: m.loser, Members: m.members, Reason: m.reason}}
}

func insertMerges(ctx context.Context, tx *db.Tx, orgID string, ms []mergeRow) error {
	n := len(ms)
	var col [7][]string
	at := make([]int64, n)
	for i, m := range ms {
		members, err := json.Marshal(m.members)
		if err != nil {
			return err
		}
		for c, v := range []string{m.id, m.winner, m.loser, string(members), m.rule, m.reason, m.by} {
			col[c] = append(col[c], v)
		}
		at[i] = m.at
	}
	_, err := tx.BulkInsert(ctx, "pool_merge", "", db.Same("org_id", orgID, n), db.Text("id", col[0]), db.Text("winner_id", col[1]), db.Text("loser_id", col[2]),
		db.Text("members", col[3]), db.Text("rule", col[4]), db.Text("reason", col[5]), db.Text("merged_by", col[6]), db.Int("merged_at", at))
	return err
}

// applyJoins writes down the merges that the graph concluded and tells whose
// shown columns are to be worked out again.
func (w *work) applyJoins(ctx context.Context) (out []mergeRow, refresh []string, err error) {
	if len(w.joined) == 0 {
		return nil, nil, nil
	}
	var stored []string // whose members must be asked for
	for _, j := range w.joined {
		for _, p := range []resolve.ID{j.winner, j.loser} {
			if r := w.nodes[p]; r.size > 1 {
				stored = append(stored, r.id)
			}
		}
	}
	sets, err := memberIDs(ctx, w.tx, w.orgID, stored)
	if err != nil {
		return nil, nil, err
	}
	set := func(p resolve.ID) []string {
		id := w.nodes[p].id
		if m := sets[id]; m != nil {
			return m
		}
		return []string{id}
	}
	by := "system"
	if a, ok := access.From(ctx); ok {
		by = a.ID
	}
	for _, j := range w.joined {
		winner, loser := w.nodes[j.winner], w.nodes[j.loser]
		moved := set(j.loser)
		out = append(out, mergeRow{id: ids.New("mrg"), winner: winner.id, loser: loser.id, members: moved, rule: j.key.Kind.String(), by: by, at: clock.Micros(w.now)})
		sets[winner.id] = slices.Concat(set(j.winner), moved)
	}
	if err := insertMerges(ctx, w.tx, w.orgID, out); err != nil {
		return nil, nil, err
	}
	moved := map[string][]string{} // by who speaks for them in the end
	for i, j := range w.joined {
		root := w.nodes[w.graph.Find(j.winner)]
		w.nodes[j.loser].canonical = root.id
		moved[root.id] = append(moved[root.id], out[i].members...)
	}
	for root, members := range moved {
		refresh = append(refresh, root)
		slices.Sort(members)
		// New persons are not stored yet; saveRows writes them as they are now.
		if err := speak(ctx, w.tx, w.orgID, slices.Compact(members), root); err != nil {
			return nil, nil, err
		}
	}
	return out, refresh, nil
}
