package carrier

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"fishpond/internal/platform/db"
)

// tie is a row of carrier_contact with its history.
type tie struct {
	user, external string
	person         string
	name, remark   string
	state          string
	addWay         int64
	tags           []string
	told           string // a digest of what the pool was told of them
	profileDue     bool
	standing       standing
	history        []entry

	fresh  bool    // not in the table yet
	added  []entry // of the history: not in the table yet
	stored string  // the row as it was read
}

// friend: the customer can be reached through the tie.
func (t *tie) friend() bool { return reachable(t.standing.status) }

func reachable(status string) bool { return status == StatusFriend || status == StatusHalf }

// image is what a row says, comparable.
func (t *tie) image() string {
	return fmt.Sprint(t.person, "\x00", t.name, "\x00", t.remark, "\x00", t.state, "\x00", t.addWay, t.tags, t.told, t.profileDue, t.standing)
}

func (t *tie) differs() bool { return len(t.added) > 0 || t.image() != t.stored }

const tieColumns = "user_id, external_id, person_id, status, name, remark, state, add_way, tags, since, ended_at, told, profile_due"

func (t *tie) scan(rows *sql.Rows) error {
	var tags string
	var due int64
	if err := rows.Scan(&t.user, &t.external, &t.person, &t.standing.status, &t.name, &t.remark, &t.state, &t.addWay, &tags, &t.standing.since, &t.standing.ended, &t.told, &due); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(tags), &t.tags); err != nil {
		return fmt.Errorf("tags of %s: %w", t.external, err)
	}
	t.profileDue = due == 1
	t.stored = t.image()
	return nil
}

// On PostgreSQL each customer is looked up by itself: on a table of which it has
// no statistics yet, as in a brand's first sync, "= ANY(100 ids)" is planned as
// a comparison of every row with every id. The order names the index: without
// statistics all of them look alike.
const (
	findTies    = "SELECT " + tieColumns + " FROM unnest(?::text[]) k(v) CROSS JOIN LATERAL (SELECT * FROM carrier_contact c WHERE c.org_id = ? AND c.account_id = ? AND c.external_id = k.v ORDER BY c.user_id LIMIT 10000) t"
	findHistory = `SELECT user_id, external_id, at, change, source FROM unnest(?::text[], ?::text[]) k(u, e) CROSS JOIN LATERAL (
		SELECT * FROM carrier_contact_history h WHERE h.org_id = ? AND h.account_id = ? AND h.user_id = k.u AND h.external_id = k.e LIMIT 10000) t`
)

// tiesOf reads all ties of some customers, with their histories.
func tiesOf(ctx context.Context, tx *db.Tx, orgID, accountID string, externals []string) (map[[2]string]*tie, error) {
	out := map[[2]string]*tie{}
	where, arg := tx.In("external_id", externals)
	query, args := "SELECT "+tieColumns+" FROM carrier_contact WHERE org_id = ? AND account_id = ? AND "+where, []any{orgID, accountID, arg}
	if tx.Engine() == db.Postgres {
		query, args = findTies, []any{externals, orgID, accountID}
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		t := &tie{}
		if err := t.scan(rows); err != nil {
			return err
		}
		out[[2]string{t.user, t.external}] = t
		return nil
	}, query, args...); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return out, nil
	}
	users := map[string]bool{}
	var user, external []string
	for k := range out {
		users[k[0]] = true
		user, external = append(user, k[0]), append(external, k[1])
	}
	// The key begins with the member: name them, or the index is of no use.
	whoms, whomsArg := tx.In("user_id", keysOf(users))
	query, args = "SELECT user_id, external_id, at, change, source FROM carrier_contact_history WHERE org_id = ? AND account_id = ? AND "+whoms+" AND "+where, []any{orgID, accountID, whomsArg, arg}
	if tx.Engine() == db.Postgres {
		query, args = findHistory, []any{user, external, orgID, accountID}
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var k [2]string
		var e entry
		if err := rows.Scan(&k[0], &k[1], &e.at, &e.change, &e.source); err != nil {
			return err
		}
		if t := out[k]; t != nil {
			t.history = append(t.history, e)
		}
		return nil
	}, query, args...)
}

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// saveTies writes rows and what is new in their histories.
func saveTies(ctx context.Context, tx *db.Tx, a *account, ties []*tie, now int64) error {
	if len(ties) == 0 {
		return nil
	}
	slices.SortFunc(ties, func(x, y *tie) int { return cmp.Or(cmp.Compare(x.user, y.user), cmp.Compare(x.external, y.external)) })
	n := len(ties)
	text := func(f func(*tie) string) []string {
		out := make([]string, n)
		for i, t := range ties {
			out[i] = f(t)
		}
		return out
	}
	number := func(f func(*tie) int64) []int64 {
		out := make([]int64, n)
		for i, t := range ties {
			out[i] = f(t)
		}
		return out
	}
	_, err := tx.BulkInsert(ctx, "carrier_contact", `ON CONFLICT (org_id, account_id, user_id, external_id) DO UPDATE SET person_id = excluded.person_id, status = excluded.status,
		name = excluded.name, remark = excluded.remark, state = excluded.state, add_way = excluded.add_way, tags = excluded.tags, since = excluded.since,
		ended_at = excluded.ended_at, told = excluded.told, profile_due = excluded.profile_due, updated_at = excluded.updated_at`,
		db.Same("org_id", a.org, n), db.Same("account_id", a.id, n),
		db.Text("user_id", text(func(t *tie) string { return t.user })), db.Text("external_id", text(func(t *tie) string { return t.external })),
		db.Text("person_id", text(func(t *tie) string { return t.person })), db.Text("status", text(func(t *tie) string { return t.standing.status })),
		db.Text("name", text(func(t *tie) string { return t.name })), db.Text("remark", text(func(t *tie) string { return t.remark })),
		db.Text("state", text(func(t *tie) string { return t.state })), db.Int("add_way", number(func(t *tie) int64 { return t.addWay })),
		db.Text("tags", text(func(t *tie) string { return jsonList(t.tags) })),
		db.Int("since", number(func(t *tie) int64 { return t.standing.since })), db.Int("ended_at", number(func(t *tie) int64 { return t.standing.ended })),
		db.Text("told", text(func(t *tie) string { return t.told })), db.Int("profile_due", number(func(t *tie) int64 { return db.Bit(t.profileDue) })), db.Int("updated_at", number(func(*tie) int64 { return now })))
	if err != nil {
		return err
	}
	var user, external, change, source []string
	var at []int64
	for _, t := range ties {
		for _, e := range t.added {
			user, external, change, source, at = append(user, t.user), append(external, t.external), append(change, e.change), append(source, e.source), append(at, e.at)
		}
	}
	_, err = tx.BulkInsert(ctx, "carrier_contact_history", "ON CONFLICT (org_id, account_id, user_id, external_id, at, change) DO NOTHING",
		db.Same("org_id", a.org, len(user)), db.Same("account_id", a.id, len(user)), db.Text("user_id", user), db.Text("external_id", external),
		db.Int("at", at), db.Text("change", change), db.Text("source", source))
	return err
}

// lockTies keeps others from changing an account's contacts until the
// transaction ends: a callback and a sync may see the same customer at once. On
// SQLite the single writer does that by itself. It comes before the
// transaction's first write, so that the log is in the order of the changes.
func lockTies(ctx context.Context, tx *db.Tx, a *account, external string) error {
	if tx.Engine() != db.Postgres {
		return nil
	}
	if external == "" { // a sync: everybody of the account
		_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 1))", "carrier "+a.org+" "+a.id)
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 1))", "carrier "+a.org+" "+a.id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 2))", "carrier "+a.org+" "+a.id+" "+external)
	return err
}

// member is a row of carrier_staff.
type member struct {
	user, name, email, status, staff string
	byHand, shared                   bool
	mayBe                            string // as whom they may sign in
}

func membersOf(ctx context.Context, tx *db.Tx, orgID, accountID string) (map[string]member, error) {
	out := map[string]member{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var m member
		var byHand, shared int64
		if err := rows.Scan(&m.user, &m.name, &m.email, &m.status, &m.staff, &byHand, &shared, &m.mayBe); err != nil {
			return err
		}
		m.byHand, m.shared = byHand == 1, shared == 1
		out[m.user] = m
		return nil
	}, "SELECT user_id, name, email, status, staff_id, by_hand, shared, sign_in FROM carrier_staff WHERE org_id = ? AND account_id = ?", orgID, accountID)
	return out, err
}

// tagNames gives the names of an account's platform tags by id.
func tagNames(ctx context.Context, tx *db.Tx, orgID, accountID string) (map[string]string, error) {
	out := map[string]string{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		out[id] = name
		return err
	}, "SELECT platform_id, name FROM carrier_tag WHERE org_id = ? AND account_id = ? AND deleted = 0", orgID, accountID)
	return out, err
}
