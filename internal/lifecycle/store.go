package lifecycle

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// settings is an org's row of lifecycle_settings.
type settings struct {
	Rule
	source        string
	rule          int64
	revision      int64
	zone          string
	gaps          Gaps
	quintiles     Quintiles
	orderFacts    int64
	measuredFacts int64
	measuredAt    int64
	seen          timeline.Position
	replay        timeline.Position
	redraw        bool
	redrawAfter   string
	redrawDone    int64
	redrawTotal   int64
	chances       Chances
	model         string // that stages go by; empty: by days
}

const settingsColumns = `silent_days, lost_days, source, rule, revision, zone, gaps, quintiles, order_facts, measured_facts, measured_at,
	seen_xid, seen_seq, replay_xid, replay_seq, redraw, redraw_after, redraw_done, redraw_total,
	silent_ppm, lost_ppm, model`

func (st *settings) scan(row *sql.Row) error {
	var gaps, quintiles string
	var redraw int64
	if err := row.Scan(&st.SilentDays, &st.LostDays, &st.source, &st.rule, &st.revision, &st.zone, &gaps, &quintiles, &st.orderFacts, &st.measuredFacts, &st.measuredAt,
		&st.seen.XID, &st.seen.Seq, &st.replay.XID, &st.replay.Seq, &redraw, &st.redrawAfter, &st.redrawDone, &st.redrawTotal,
		&st.chances.Silent, &st.chances.Lost, &st.model); err != nil {
		return err
	}
	st.redraw = redraw == 1
	if err := json.Unmarshal([]byte(gaps), &st.gaps); err != nil {
		return fmt.Errorf("lifecycle: gaps: %w", err)
	}
	if err := json.Unmarshal([]byte(quintiles), &st.quintiles); err != nil {
		return fmt.Errorf("lifecycle: quintiles: %w", err)
	}
	return nil
}

// settingsOf reads an org's settings, the defaults when it has none yet.
func settingsOf(ctx context.Context, tx *db.Tx, orgID string) (*settings, error) {
	st := &settings{Rule: defaultRule, source: SourceDefault, rule: 1}
	err := st.scan(tx.QueryRow(ctx, "SELECT "+settingsColumns+" FROM lifecycle_settings WHERE org_id = ?", orgID))
	if err != nil && !db.IsNoRows(err) {
		return nil, fmt.Errorf("lifecycle: settings: %w", err)
	}
	return st, nil
}

// exclude keeps everybody else who changes an org's stages waiting until the
// transaction ends: subscriber, sweep and redraw then never work from each
// other's unfinished state. On SQLite the single writer does that by itself.
// It must come before the transaction's first write, or the log could tell of
// two changes of a stage the wrong way round: see timeline.Subscriber.Lock.
// An advisory lock, unlike one on a row, writes nothing itself.
func exclude(ctx context.Context, tx *db.Tx, orgID string) error {
	if tx.Engine() != db.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "lifecycle "+orgID)
	return err
}

// lock excludes everybody else and reads the settings.
func lock(ctx context.Context, tx *db.Tx, orgID string) (*settings, error) {
	if err := exclude(ctx, tx, orgID); err != nil {
		return nil, fmt.Errorf("lifecycle: lock: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO lifecycle_settings (org_id, `+settingsColumns+`)
		VALUES (?, ?, ?, ?, 1, 0, '', '{}', '{}', 0, 0, 0, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, '') ON CONFLICT (org_id) DO NOTHING`,
		orgID, defaultRule.SilentDays, defaultRule.LostDays, SourceDefault); err != nil {
		return nil, fmt.Errorf("lifecycle: settings: %w", err)
	}
	st := &settings{}
	if err := st.scan(tx.QueryRow(ctx, "SELECT "+settingsColumns+" FROM lifecycle_settings WHERE org_id = ?", orgID)); err != nil {
		return nil, fmt.Errorf("lifecycle: settings: %w", err)
	}
	return st, nil
}

func (st *settings) save(ctx context.Context, tx *db.Tx, orgID string) error {
	gaps, err := json.Marshal(st.gaps)
	if err != nil {
		return err
	}
	quintiles, err := json.Marshal(st.quintiles)
	if err != nil {
		return err
	}
	var redraw int64
	if st.redraw {
		redraw = 1
	}
	_, err = tx.Exec(ctx, `UPDATE lifecycle_settings SET silent_days = ?, lost_days = ?, source = ?, rule = ?, revision = ?, zone = ?, gaps = ?, quintiles = ?,
		order_facts = ?, measured_facts = ?, measured_at = ?, seen_xid = ?, seen_seq = ?, replay_xid = ?, replay_seq = ?,
		redraw = ?, redraw_after = ?, redraw_done = ?, redraw_total = ?, silent_ppm = ?, lost_ppm = ?, model = ? WHERE org_id = ?`,
		st.SilentDays, st.LostDays, st.source, st.rule, st.revision, st.zone, string(gaps), string(quintiles), st.orderFacts, st.measuredFacts, st.measuredAt,
		st.seen.XID, st.seen.Seq, st.replay.XID, st.replay.Seq, redraw, st.redrawAfter, st.redrawDone, st.redrawTotal, st.chances.Silent, st.chances.Lost, st.model, orgID)
	return err
}

// replaying reports whether a rebuild has not yet come to where it began.
func (st *settings) replaying() bool { return st.replay != (timeline.Position{}) }

func before(a, b timeline.Position) bool {
	return a.XID < b.XID || a.XID == b.XID && a.Seq < b.Seq
}

// person is a row of lifecycle_person.
type person struct {
	id            string
	stage         string
	since         int64
	next          Step
	known         int64
	orders        int64
	gmv           int64
	refunded      int64
	named         int64
	first, last   int64
	rule          int64
	announced     string
	announcements int64
	drawn         []Step // not stored: the whole life, before it is cut at the present
}

// Values of person.rule that are no version.
const (
	ruleBlank int64 = 0  // nothing drawn: new, or emptied for a rebuild
	ruleGone  int64 = -1 // another person speaks for this one
)

const personColumns = `person_id, stage, since, next_stage, next_change_at, known_at, orders, gmv_minor, refunded_minor, named_refunds,
	first_order_at, last_order_at, rule, announced, announcements`

func (p *person) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&p.id, &p.stage, &p.since, &p.next.Stage, &p.next.At, &p.known, &p.orders, &p.gmv, &p.refunded, &p.named,
		&p.first, &p.last, &p.rule, &p.announced, &p.announcements)
}

// persons loads rows by id; those that are missing come back blank.
func persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]*person, error) {
	out := make(map[string]*person, len(ids))
	where, arg := tx.In("person_id", ids)
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		p := &person{}
		if err := p.scan(rows); err != nil {
			return err
		}
		out[p.id] = p
		return nil
	}, "SELECT "+personColumns+" FROM lifecycle_person WHERE org_id = ? AND "+where, orgID, arg)
	for _, id := range ids {
		if out[id] == nil {
			out[id] = &person{id: id}
		}
	}
	return out, err
}

func savePersons(ctx context.Context, tx *db.Tx, orgID string, people []*person) error {
	n := len(people)
	text := func(name string, get func(*person) string) db.Column {
		v := make([]string, n)
		for i, p := range people {
			v[i] = get(p)
		}
		return db.Text(name, v)
	}
	num := func(name string, get func(*person) int64) db.Column {
		v := make([]int64, n)
		for i, p := range people {
			v[i] = get(p)
		}
		return db.Int(name, v)
	}
	_, err := tx.BulkInsert(ctx, "lifecycle_person", `ON CONFLICT (org_id, person_id) DO UPDATE SET stage = excluded.stage, since = excluded.since,
		next_stage = excluded.next_stage, next_change_at = excluded.next_change_at, known_at = excluded.known_at, orders = excluded.orders,
		gmv_minor = excluded.gmv_minor, refunded_minor = excluded.refunded_minor, named_refunds = excluded.named_refunds,
		first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at, rule = excluded.rule,
		announced = excluded.announced, announcements = excluded.announcements`,
		db.Same("org_id", orgID, n),
		text("person_id", func(p *person) string { return p.id }),
		text("stage", func(p *person) string { return p.stage }),
		num("since", func(p *person) int64 { return p.since }),
		text("next_stage", func(p *person) string { return p.next.Stage }),
		num("next_change_at", func(p *person) int64 { return p.next.At }),
		num("known_at", func(p *person) int64 { return p.known }),
		num("orders", func(p *person) int64 { return p.orders }),
		num("gmv_minor", func(p *person) int64 { return p.gmv }),
		num("refunded_minor", func(p *person) int64 { return p.refunded }),
		num("named_refunds", func(p *person) int64 { return p.named }),
		num("first_order_at", func(p *person) int64 { return p.first }),
		num("last_order_at", func(p *person) int64 { return p.last }),
		num("rule", func(p *person) int64 { return p.rule }),
		text("announced", func(p *person) string { return p.announced }),
		num("announcements", func(p *person) int64 { return p.announcements }))
	return err
}

// saveFacts keeps facts and returns how many of them were new.
func saveFacts(ctx context.Context, tx *db.Tx, orgID string, facts []fact) (int64, error) {
	n := len(facts)
	ids, currencies := make([]string, n), make([]string, n)
	at, seq, kind, key, amount := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, f := range facts {
		ids[i], at[i], seq[i], kind[i], key[i], amount[i], currencies[i] = f.person, f.at, f.seq, f.kind, f.orderKey, f.amount, f.currency
	}
	return tx.BulkInsert(ctx, "lifecycle_fact", "ON CONFLICT DO NOTHING", db.Same("org_id", orgID, n), db.Text("person_id", ids), db.Int("at", at),
		db.Int("seq", seq), db.Int("kind", kind), db.Int("order_key", key), db.Int("amount", amount), db.Text("currency", currencies))
}

const factColumns = "person_id, at, seq, kind, order_key, amount, currency"

func (f *fact) scan(rows *sql.Rows) error {
	return rows.Scan(&f.person, &f.at, &f.seq, &f.kind, &f.orderKey, &f.amount, &f.currency)
}

// factsOf loads the facts of canonical persons, those of their members included.
func factsOf(ctx context.Context, tx *db.Tx, orgID string, canonical []string) (map[string][]fact, error) {
	owner := make(map[string]string, len(canonical)) // original → canonical
	for _, id := range canonical {
		owner[id] = id
	}
	where, arg := tx.In("canonical_id", canonical)
	ids := append([]string(nil), canonical...)
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var original, speaker string
		if err := rows.Scan(&original, &speaker); err != nil {
			return err
		}
		owner[original], ids = speaker, append(ids, original)
		return nil
	}, "SELECT person_id, canonical_id FROM lifecycle_alias WHERE org_id = ? AND "+where, orgID, arg)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]fact, len(canonical))
	where, arg = tx.In("person_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var f fact
		if err := f.scan(rows); err != nil {
			return err
		}
		out[owner[f.person]] = append(out[owner[f.person]], f)
		return nil
	}, "SELECT "+factColumns+" FROM lifecycle_fact WHERE org_id = ? AND "+where, orgID, arg)
}

// histories loads the steps of persons in order.
func histories(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string][]Step, error) {
	out := make(map[string][]Step, len(ids))
	where, arg := tx.In("person_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var s Step
		if err := rows.Scan(&id, &s.At, &s.Stage); err != nil {
			return err
		}
		out[id] = append(out[id], s)
		return nil
	}, "SELECT person_id, at, stage FROM lifecycle_stage_history WHERE org_id = ? AND "+where+" ORDER BY person_id, at", orgID, arg)
}

// saveHistory replaces, person by person, the steps that differ. On
// PostgreSQL, whoever loses a step is written anew as a whole: a join of
// thousands of (person, moment) pairs is planned badly while the table is
// young, a list of persons is not.
func saveHistory(ctx context.Context, tx *db.Tx, orgID string, changes []change) error {
	var ids, stages, cutIDs []string
	var at, cutAt []int64
	for _, c := range changes {
		keep := c.kept()
		if keep < len(c.before) {
			cutIDs, cutAt = append(cutIDs, c.p.id), append(cutAt, c.before[keep].At)
			if tx.Engine() == db.Postgres {
				keep = 0
			}
		}
		for _, s := range c.after[keep:] {
			ids, at, stages = append(ids, c.p.id), append(at, s.At), append(stages, s.Stage)
		}
	}
	if tx.Engine() == db.Postgres {
		where, arg := tx.In("person_id", cutIDs)
		if _, err := tx.Exec(ctx, "DELETE FROM lifecycle_stage_history WHERE org_id = ? AND "+where, orgID, arg); err != nil {
			return err
		}
	} else {
		for i := range cutIDs {
			if _, err := tx.Exec(ctx, "DELETE FROM lifecycle_stage_history WHERE org_id = ? AND person_id = ? AND at >= ?", orgID, cutIDs[i], cutAt[i]); err != nil {
				return err
			}
		}
	}
	_, err := tx.BulkInsert(ctx, "lifecycle_stage_history", "", db.Same("org_id", orgID, len(ids)), db.Text("person_id", ids), db.Int("at", at), db.Text("stage", stages))
	return err
}
