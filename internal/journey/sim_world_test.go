package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

const simOrg = "org_a"

// What walks do in other rooms of the house is kept in tables here, so that it
// stands and falls with the engine's transactions.
const simTables = `-- +goose Up
CREATE TABLE sim_mark (person TEXT NOT NULL, mark TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (person, mark));
CREATE TABLE sim_note (n %s, person TEXT NOT NULL);
CREATE TABLE sim_task (id TEXT PRIMARY KEY, person TEXT NOT NULL, gone BIGINT NOT NULL);
CREATE TABLE sim_letter (id TEXT PRIMARY KEY, plan TEXT NOT NULL, person TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE sim_call (id TEXT PRIMARY KEY, run TEXT NOT NULL, status TEXT NOT NULL);
`

func simFile(serial string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(fmt.Sprintf(simTables, serial))}
}

var simSchema = testkit.Migrations(timeline.Migration, Migration, db.Migration{Module: "journey_sim", FS: fstest.MapFS{
	"migrations/sqlite/00001_sim.sql":   simFile("INTEGER PRIMARY KEY"),
	"migrations/postgres/00001_sim.sql": simFile("BIGSERIAL PRIMARY KEY"),
}})

// simPerson is what no walk changes of a person.
type simPerson struct {
	seq             uint32
	speaker         string
	staff           bool
	birthday, zone  string
	carriers, marks map[string]string
}

// simWorld is the house around the engine.
type simWorld struct {
	db    *db.DB
	clock *testkit.Clock
	log   *timeline.Log
	zone  *time.Location

	people map[string]*simPerson
	seen   map[string]map[string]string // as conditions know people
	known  timeline.Position
	read   int64 // the last event that journeys have heard of
	lost   map[string]bool
	broken map[string]bool
	serial atomic.Int64
	later  []Work
	die    atomic.Int64 // at the n-th question
	killed atomic.Bool
	kill   context.CancelFunc
}

// ask is asked by every port: the node may be killed there.
func (w *simWorld) ask(ctx context.Context) error {
	if w.die.Load() > 0 && w.die.Add(-1) == 0 {
		w.killed.Store(true)
		w.kill()
	}
	return ctx.Err()
}

func (w *simWorld) speaker(id string) string {
	if p := w.people[id]; p != nil {
		return p.speaker
	}
	return ""
}

// Orgs.

func (w *simWorld) OrgIDs(context.Context) ([]string, error) { return []string{simOrg}, nil }

func (w *simWorld) Settings(ctx context.Context, _ *db.Tx, _ string) (OrgSettings, error) {
	return OrgSettings{Name: "Pond", Zone: w.zone, Currency: "EUR", Digits: 2}, w.ask(ctx)
}

func (w *simWorld) StaffNames(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"stf_1": "Ann"}, nil
}

func (w *simWorld) Audit(ctx context.Context, _ *db.Tx, _, _, _ string, _ any) error {
	return w.ask(ctx)
}

// People.

type simPeople struct{ *simWorld }

func (w simPeople) Persons(ctx context.Context, tx *db.Tx, _ string, ids []string) (map[string]Known, error) {
	if err := w.ask(ctx); err != nil {
		return nil, err
	}
	out := map[string]Known{}
	for _, id := range ids {
		p := w.people[w.speaker(id)]
		k := Known{ID: p.speaker, Name: p.speaker, Birthday: p.birthday, Zone: p.zone, Traits: map[string]any{}}
		if p.staff {
			k.Owner = "stf_1"
		}
		out[id] = k
	}
	_ = tx
	return out, nil
}

func (w simPeople) Speakers(ctx context.Context, _ *db.Tx, _ string, ids []string) (map[string]Place, error) {
	out := map[string]Place{}
	for _, id := range ids {
		if by := w.speaker(id); by != "" {
			out[id] = Place{by, w.people[by].seq}
		}
	}
	return out, w.ask(ctx)
}

func (w simPeople) BySeq(context.Context, *db.Tx, string, []uint32) ([]string, error) {
	return nil, nil
}

func (w simPeople) ByIdentities(context.Context, *db.Tx, string, []Identity) ([]string, error) {
	return nil, nil
}

func (w simPeople) Names(context.Context, *db.Tx, string, []string) (map[string]string, error) {
	return nil, nil
}

func (w simPeople) Lock(ctx context.Context, _ *db.Tx, _ string) error { return w.ask(ctx) }

// mark changes what is known of a person, and tells it if it was otherwise.
func (w simPeople) mark(ctx context.Context, tx *db.Tx, ids []string, key, value, kind string) error {
	for _, id := range ids {
		id = w.speaker(id)
		var was string
		if err := tx.QueryRow(ctx, "SELECT value FROM sim_mark WHERE person = ? AND mark = ?", id, key).Scan(&was); err != nil && !db.IsNoRows(err) {
			return err
		}
		if was == value {
			continue
		}
		if _, err := tx.Exec(ctx, "INSERT INTO sim_mark (person, mark, value) VALUES (?, ?, ?) ON CONFLICT (person, mark) DO UPDATE SET value = excluded.value", id, key, value); err != nil {
			return err
		}
		if _, err := w.log.Append(ctx, tx, simOrg, timeline.Fact{Kind: kind, PersonID: id}); err != nil {
			return err
		}
	}
	return w.ask(ctx)
}

func (w simPeople) Tag(ctx context.Context, tx *db.Tx, _ string, ids []string, tagID string, off bool) error {
	if w.lost[tagID] {
		return errs.NotFound(i18n.T("标签", "tag"))
	}
	if off {
		return w.mark(ctx, tx, ids, tagID, "", poolevent.TagRemoved)
	}
	return w.mark(ctx, tx, ids, tagID, "1", poolevent.TagAdded)
}

func (w simPeople) SetTrait(ctx context.Context, tx *db.Tx, _ string, ids []string, key string, value any) error {
	return w.mark(ctx, tx, ids, key, fmt.Sprint(value), poolevent.Updated)
}

func (w simPeople) Note(ctx context.Context, tx *db.Tx, _ string, ids []string, _ string) error {
	for _, id := range ids {
		id = w.speaker(id)
		if _, err := tx.Exec(ctx, "INSERT INTO sim_note (person) VALUES (?)", id); err != nil {
			return err
		}
		if _, err := w.log.Append(ctx, tx, simOrg, timeline.Fact{Kind: poolevent.NoteAdded, PersonID: id}); err != nil {
			return err
		}
	}
	return w.ask(ctx)
}

func (w simPeople) Tags(ctx context.Context, _ *db.Tx, _ string) (out []Named, err error) {
	for _, id := range []string{"tag_0", "tag_1", "tag_2"} {
		if !w.lost[id] {
			out = append(out, Named{id, id})
		}
	}
	return out, w.ask(ctx)
}

func (w simPeople) Traits(ctx context.Context, _ *db.Tx, _ string) ([]Trait, error) {
	return []Trait{{"level", "Level", "text"}}, w.ask(ctx)
}

// Conditions.

type simConditions struct{ *simWorld }

func (w simConditions) Bind(_ context.Context, _, text string) (string, error) { return text, nil }

func (w simConditions) Words(_ context.Context, _, bound string) (then, now string, err error) {
	return bound, bound, nil
}

func (w simConditions) Check(context.Context, string, string) error { return nil }

func (w simConditions) Event(ctx context.Context, _, _, where string) (func(json.RawMessage) bool, error) {
	f := strings.Fields(where)
	return func(data json.RawMessage) bool {
		if len(f) == 0 {
			return true
		}
		var d map[string]string
		if json.Unmarshal(data, &d) != nil {
			return false
		}
		least, _ := strconv.Atoi(f[2])
		got, err := strconv.Atoi(d[f[0]])
		return err == nil && got >= least
	}, w.ask(ctx)
}

func (w simConditions) Segments(context.Context, string, string) ([]string, error) { return nil, nil }

func (w simConditions) Among(ctx context.Context, _, text string, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	if err := w.ask(ctx); err != nil {
		return nil, err
	}
	if w.broken[text] {
		return nil, errs.Invalid(i18n.T("条件", "condition"))
	}
	out, f := roaring.New(), strings.Fields(text)
	for id, facts := range w.seen {
		is := false
		switch f[0] {
		case "tag":
			is = facts[f[1]] == "1"
		case "trait":
			is = facts[f[1]] == f[2]
		case "reachable":
			is = facts["carrier "+f[1]] == "1"
		default:
			return nil, fmt.Errorf("what is %q", text)
		}
		if seq := w.people[id].seq; is && of.Contains(seq) {
			out.Add(seq)
		}
	}
	return out, nil
}

func (w simConditions) Known(ctx context.Context, _ *db.Tx, _ string) (timeline.Position, error) {
	return w.known, w.ask(ctx)
}

func (w simConditions) Names(context.Context, string) (map[string]string, error) {
	return map[string]string{"seg_0": "0", "seg_1": "1"}, nil
}

func (w simConditions) Members(context.Context, string, string) (*roaring.Bitmap, error) {
	return roaring.New(), nil
}

func (w simConditions) Kinds(context.Context, string) ([]EventKind, error) {
	return []EventKind{{Kind: "order.paid"}, {Kind: "page.viewed"}, {Kind: "tag.added"}}, nil
}

func (w simConditions) Dates(ctx context.Context, _, _ string, yearly bool, days []string) (map[string]string, error) {
	out := map[string]string{}
	for id, p := range w.people {
		date, err := time.Parse(time.DateOnly, p.birthday)
		if err != nil || p.speaker != id {
			continue
		}
		day := date.Format(time.DateOnly)
		if yearly {
			day = date.Format("01-02")
		}
		if slices.Contains(days, day) {
			out[id] = p.birthday
		}
	}
	return out, w.ask(ctx)
}

// Accounts and the outbox.

type simAccounts struct{ *simWorld }

func (w simAccounts) Accounts(ctx context.Context, _ *db.Tx, _ string) ([]Account, error) {
	return []Account{{ID: "acc_1", Name: "Mail", Carrier: "email", Active: true}}, w.ask(ctx)
}

func (w simAccounts) Addresses(ctx context.Context, _ *db.Tx, _ string, _ []Account, ids []string) (map[string][]Address, error) {
	out := map[string][]Address{}
	for _, id := range ids {
		out[id] = []Address{{"acc_1", "email", id + "@x.example"}}
	}
	return out, w.ask(ctx)
}

type simOutbox struct{ *simWorld }

func (w simOutbox) CreatePlan(ctx context.Context, _ *db.Tx, _ Plan) error { return w.ask(ctx) }

func (w simOutbox) Add(ctx context.Context, tx *db.Tx, _, planID string, all []Recipient) error {
	for _, r := range all {
		// The real one passes the same key over; here it is an error, to be seen.
		if _, err := tx.Exec(ctx, "INSERT INTO sim_letter (id, plan, person, status) VALUES (?, ?, ?, 'open')", r.Key, planID, w.speaker(r.PersonID)); err != nil {
			return err
		}
	}
	return w.ask(ctx)
}

func (w simOutbox) Letters(ctx context.Context, tx *db.Tx, _, planID string, keys []string) (map[string]Letter, error) {
	out := map[string]Letter{}
	where, arg := tx.In("id", keys)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		err := rows.Scan(&id, &status)
		out[id] = Letter{Status: status, Open: status == "open"}
		return err
	}, "SELECT id, status FROM sim_letter WHERE plan = ? AND "+where, planID, arg); err != nil {
		return nil, err
	}
	return out, w.ask(ctx)
}

func (w simOutbox) CallOff(ctx context.Context, tx *db.Tx, _, planID string, keys []string) error {
	where, arg := tx.In("id", keys)
	if _, err := tx.Exec(ctx, "UPDATE sim_letter SET status = 'off' WHERE status = 'open' AND plan = ? AND "+where, planID, arg); err != nil {
		return err
	}
	return w.ask(ctx)
}

func (w simOutbox) Pause(ctx context.Context, _ *db.Tx, _, _ string) error  { return w.ask(ctx) }
func (w simOutbox) Resume(ctx context.Context, _ *db.Tx, _, _ string) error { return w.ask(ctx) }
func (w simOutbox) Cancel(ctx context.Context, _ *db.Tx, _, _ string) error { return w.ask(ctx) }
func (w simOutbox) Trust() bool                                             { return true }

func (w simOutbox) Explain(context.Context, string, string, string, []Address, time.Time) (verdict, why string, err error) {
	return "go", "", nil
}

// Texts, tasks and calls.

type simText struct{}

func (simText) Uses() []string                       { return nil }
func (simText) Write(map[string]any) (string, error) { return "", nil }

type simWording struct{}

func (simWording) Parse(string) (Text, error) { return simText{}, nil }
func (simWording) Variables() []Variable      { return nil }

type simLibrary struct{}

func (simLibrary) Card(context.Context, string, graph.Material, string, string) ([]Part, error) {
	return nil, nil
}

func (simLibrary) Titles(context.Context, string, []string) (map[string]string, error) {
	return nil, nil
}

type simTasks struct{ *simWorld }

func (w simTasks) Assign(ctx context.Context, tx *db.Tx, _ string, t Task) (string, error) {
	id := fmt.Sprintf("tsk_%d", w.serial.Add(1))
	if _, err := tx.Exec(ctx, "INSERT INTO sim_task (id, person, gone) VALUES (?, ?, 0)", id, w.speaker(t.PersonID)); err != nil {
		return "", err
	}
	return id, w.ask(ctx)
}

func (w simTasks) Withdraw(ctx context.Context, tx *db.Tx, _ string, ids []string) error {
	where, arg := tx.In("id", ids)
	if _, err := tx.Exec(ctx, "UPDATE sim_task SET gone = 1 WHERE "+where, arg); err != nil {
		return err
	}
	return w.ask(ctx)
}

type simCalls struct{ *simWorld }

func (w simCalls) Seal(_ string, plain secret.Redacted) string { return string(plain) }

func (w simCalls) CheckURL(string) i18n.Text { return i18n.Text{} }

func (w simCalls) Enqueue(ctx context.Context, tx *db.Tx, _ string, calls ...hook.Call) error {
	for _, c := range calls {
		if _, err := tx.Exec(ctx, "INSERT INTO sim_call (id, run, status) VALUES (?, ?, 'open')", hook.Key(c.RunID, c.Visit), c.RunID); err != nil {
			return err
		}
	}
	return w.ask(ctx)
}

func (w simCalls) CallOff(ctx context.Context, tx *db.Tx, _ string, runIDs ...string) (int64, error) {
	where, arg := tx.In("run", runIDs)
	n, err := tx.Changed(ctx, "UPDATE sim_call SET status = 'off' WHERE status = 'open' AND "+where, arg)
	if err != nil {
		return 0, err
	}
	return n, w.ask(ctx)
}

type simReading struct{ *simWorld }

func (w simReading) Unread(ctx context.Context, tx *db.Tx, orgID string) (at int64, err error) {
	err = tx.QueryRow(ctx, "SELECT COALESCE(MIN(recorded_at), 0) FROM timeline_event WHERE org_id = ? AND seq > ?", orgID, w.read).Scan(&at)
	if err == nil {
		err = w.ask(ctx)
	}
	return at, err
}

func (w simReading) End(ctx context.Context, tx *db.Tx, orgID string) (timeline.Position, error) {
	if err := w.ask(ctx); err != nil {
		return timeline.Position{}, err
	}
	return w.log.End(ctx, tx, orgID)
}

type simWays struct{}

func (simWays) Out(_, _, _, _ string) string { return "" }

type simLater struct{ *simWorld }

func (w simLater) JourneyWork(_ context.Context, _ *db.Tx, _ string, work Work) error {
	w.later = append(w.later, work)
	return nil
}

func (w *simWorld) ports() Ports {
	return Ports{Orgs: w, People: simPeople{w}, Conditions: simConditions{w}, Accounts: simAccounts{w}, Outbox: simOutbox{w}, Wording: simWording{}, Library: simLibrary{}, Tasks: simTasks{w}, Ways: simWays{},
		Calls: simCalls{w}, Reading: simReading{w}, Later: simLater{w}, Auditor: w}
}

// know lets conditions know all that is.
func (w *simWorld) know(tb testing.TB) {
	tb.Helper()
	w.seen = map[string]map[string]string{}
	for id, p := range w.people {
		w.seen[id] = maps.Clone(p.carriers)
	}
	testkit.Must(tb, w.db.Read(context.Background(), simOrg, func(tx *db.Tx) (err error) {
		if w.known, err = w.log.End(context.Background(), tx, simOrg); err != nil {
			return err
		}
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var person, mark, value string
			err := rows.Scan(&person, &mark, &value)
			w.seen[person][mark] = value
			return err
		}, "SELECT person, mark, value FROM sim_mark")
	}))
}

// lines reads what there is of something in other rooms.
func (w *simWorld) lines(tb testing.TB, query string) []string {
	tb.Helper()
	out := testkit.Texts(tb, w.db, simOrg, query)
	slices.Sort(out)
	return out
}
