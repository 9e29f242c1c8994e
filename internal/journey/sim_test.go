package journey

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/journey/model"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// sim lets a story happen to the engine and to the plain model, and compares.
type sim struct {
	*simWorld
	tb    testing.TB
	model *model.World
	nodes [2]*Service
	heard [2]*timeline.Runner
	ids   []string // of the journeys
	batch int
	both  bool // nodes walk people at the same time
	trace func(format string, args ...any)
}

// newSim begins a story. A batch is how many walk in one transaction.
func newSim(tb testing.TB, d *db.DB, s model.Story) *sim {
	tb.Helper()
	batch, both := together(s)
	zone, err := time.LoadLocation(s.Zone)
	testkit.Must(tb, err)
	m := &sim{tb: tb, batch: batch, both: both, trace: func(string, ...any) {}, simWorld: &simWorld{db: d, clock: testkit.NewClock(tb, "2026-03-02T00:00:00Z"), zone: zone, people: map[string]*simPerson{}, lost: map[string]bool{}, broken: map[string]bool{}, kill: func() {}}}
	m.log = timeline.New(m.clock.Now)
	for i, p := range s.People {
		id := fmt.Sprintf("per_%d", i+1)
		carriers := map[string]string{}
		for c, has := range p.Carriers {
			carriers["carrier "+c] = bit(has)
		}
		m.people[id] = &simPerson{seq: uint32(i), speaker: id, staff: p.Staff, birthday: p.Traits["birthday"], zone: p.Traits["time_zone"], carriers: carriers}
	}
	for n := range m.nodes {
		m.boot(n)
	}
	m.simWorld.know(tb)
	m.model = model.New(zone, m.name)
	m.model.Now = clock.Micros(m.clock.Now())
	m.model.Begin(s)
	for i := range s.First {
		out, err := m.nodes[0].Create(m.ctx(), fmt.Sprintf("J%d", i), nil)
		testkit.Must(tb, err)
		m.ids = append(m.ids, out.ID)
		m.model.Journeys = append(m.model.Journeys, &model.Journey{ID: out.ID})
	}
	for i, j := range m.model.Journeys {
		spec := m.model.Named(s.First[i], m.ids)
		if err := m.publish(m.nodes[0], j.ID, spec, Publishing{}); err != nil {
			tb.Fatalf("publish %s: %v", db.JSON(spec), err)
		}
		m.model.Publish(j, spec, false, nil)
	}
	return m
}

func bit(is bool) string {
	if is {
		return "1"
	}
	return ""
}

// together says how many walk in one transaction, and whether nodes walk people at
// the same time. Where one person may have several walks that fall due together,
// there is no order between them, so that the model could not tell what is right:
// then it is one, and one node after the other.
func together(s model.Story) (batch int, both bool) {
	if len(s.First) > 1 || s.First[0].Frequency.Kind == graph.ByKey {
		return 1, false
	}
	return 1 + int(s.Seed%3)*50, s.Seed%2 == 0
}

// boot starts a node anew.
func (m *sim) boot(n int) {
	logger := slog.New(slog.DiscardHandler)
	m.nodes[n] = New(m.db, m.log, m.clock.Now, logger, m.ports(), Options{Batch: m.batch})
	m.nodes[n].newID = func(prefix string) string {
		return fmt.Sprintf("%s_%06d", prefix, m.serial.Add(1))
	}
	m.heard[n] = timeline.NewRunner(m.db, m.log, m.simWorld, logger, m.clock.Now, m.nodes[n].Subscribers()...)
}

func (m *sim) ctx() context.Context {
	return access.With(context.Background(), access.ForSystem(simOrg, "test"))
}

// name is the id that the engine has given a run.
func (m *sim) name(r *model.Run) string {
	ids := testkit.Texts(m.tb, m.db, simOrg, "SELECT id FROM journey_run WHERE journey_id = ? AND came_as = ? AND entry = ?", r.Journey, r.CameAs, r.Entry)
	if len(ids) != 1 {
		return fmt.Sprintf("missing_%s_%s_%s", r.Journey, r.CameAs, r.Entry)
	}
	return ids[0]
}

func (m *sim) publish(n *Service, id string, spec graph.Spec, p Publishing) error {
	full, err := n.Get(m.ctx(), id)
	if err != nil {
		return err
	}
	full, err = n.SaveDraft(m.ctx(), id, full.Name, full.Revision, spec)
	if err != nil {
		return err
	}
	p.Revision = full.Revision
	m.later = nil
	if _, err := n.Publish(m.ctx(), id, p); err != nil {
		return err
	}
	return m.work(n)
}

// work does what was asked for after a transaction.
func (m *sim) work(n *Service) error {
	for _, w := range m.later {
		if err := n.Do(context.Background(), simOrg, w); err != nil {
			return err
		}
	}
	m.later = nil
	return nil
}

// append tells a fact.
func (m *sim) append(f timeline.Fact) {
	testkit.Write(m.tb, m.db, simOrg, func(ctx context.Context, tx *db.Tx) error {
		_, err := m.log.Append(ctx, tx, simOrg, f)
		return err
	})
}

func (m *sim) follow(ctx context.Context, n int) error {
	if err := m.heard[n].CatchUp(ctx, simOrg); err != nil {
		return err
	}
	return m.db.Read(ctx, simOrg, func(tx *db.Tx) error {
		end, err := m.log.End(ctx, tx, simOrg)
		m.read = end.Seq
		return err
	})
}

// tick has all walk who are due.
func (m *sim) tick(ctx context.Context, n int) error {
	for range 50 {
		before := testkit.Texts(m.tb, m.db, simOrg, "SELECT COALESCE(SUM(rev), 0) FROM journey_run")
		g, work := errgroup.WithContext(ctx)
		for k, node := range m.nodes {
			if k == n || m.both {
				g.Go(func() error { _, err := node.Tick(work); return err })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if after := testkit.Texts(m.tb, m.db, simOrg, "SELECT COALESCE(SUM(rev), 0) FROM journey_run"); slices.Equal(before, after) {
			return nil
		}
	}
	return errors.New("people walk without end")
}

// do lets the engine do a deed; a node may be killed in the middle of it, and
// another takes over.
func (m *sim) do(d model.Deed) error {
	work := func(ctx context.Context) error { return nil }
	n := d.Node
	switch d.Op.Do {
	case model.OpFollow:
		work = func(ctx context.Context) error { return m.follow(ctx, n) }
	case model.OpDates:
		work = func(ctx context.Context) error { return m.nodes[n].DatesOrg(ctx, simOrg) }
	case model.OpTick:
		work = func(ctx context.Context) error { return m.tick(ctx, n) }
	default:
		return m.deed(m.ctx(), d)
	}
	ctx, cancel := context.WithCancel(m.ctx())
	m.kill = cancel
	m.killed.Store(false)
	m.die.Store(int64(d.Die))
	err := work(ctx)
	m.die.Store(0)
	cancel()
	if m.killed.Load() {
		m.trace("node %d is killed", n)
		m.boot(n)
		if m.both {
			m.boot(1 - n)
		}
		n = 1 - n
		err = work(m.ctx())
	}
	return err
}

func (m *sim) deed(ctx context.Context, d model.Deed) error {
	n := m.nodes[d.Node]
	switch d.Op.Do {
	case model.OpPass:
		m.clock.Advance(time.Duration(d.For) * time.Microsecond)
	case model.OpFact:
		m.append(timeline.Fact{Kind: d.Fact.Kind, PersonID: d.Fact.Person, OccurredAt: clock.Time(d.Fact.Occurred), Data: d.Fact.Data})
	case model.OpKnow:
		m.simWorld.know(m.tb)
	case model.OpSettle:
		testkit.Write(m.tb, m.db, simOrg, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE sim_letter SET status = ? WHERE id = ? AND status = 'open'", d.Text, d.Key)
			return err
		})
	case model.OpAnswer:
		run, visit, _ := strings.Cut(d.Key, ":")
		at, err := strconv.ParseInt(visit, 10, 64)
		if err != nil {
			return err
		}
		return m.db.Write(ctx, simOrg, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE sim_call SET status = ? WHERE id = ? AND status = 'open'", d.Text, d.Key); err != nil {
				return err
			}
			return n.Settled(ctx, tx, simOrg, []hook.Outcome{{RunID: run, Visit: at, OK: d.Text == "done"}})
		})
	case model.OpEnter:
		_, err := n.Enter(ctx, d.Journey.ID, FromHand, EnterInput{PersonIDs: []string{d.Person}, Key: d.Text, IdempotencyKey: ""})
		if errs.Is(err, errs.CodeConflict) {
			return nil
		}
		return err
	case model.OpRemove:
		return n.TakeOut(ctx, d.Journey.ID, d.Run.ID)
	case model.OpRetry:
		if err := n.Retry(ctx, d.Journey.ID, d.Run.ID); !errs.Is(err, errs.CodeConflict) {
			return err
		}
	case model.OpPause, model.OpResume, model.OpEnd:
		if _, err := n.Steer(ctx, d.Journey.ID, d.Op.Do); err != nil {
			return err
		}
		return m.work(n)
	case model.OpPublish, model.OpBad:
		lost, broken := m.lost, m.broken // what there is is looked at when it is published
		m.lost, m.broken = map[string]bool{}, map[string]bool{}
		defer func() { m.lost, m.broken = lost, broken }()
		return m.publish(n, d.Journey.ID, d.Spec, Publishing{Move: d.Move, Mapping: d.Map})
	case model.OpMerge, model.OpSplit:
		return m.join(ctx, d)
	case model.OpChange:
		m.change(d)
	case model.OpBreak:
		m.broken[d.Text] = true
	case model.OpMend:
		delete(m.broken, d.Text)
	case model.OpLose:
		m.lost[d.Text] = true
	case model.OpFind:
		delete(m.lost, d.Text)
	}
	return nil
}

// join has two people be one, or two again.
func (m *sim) join(ctx context.Context, d model.Deed) error {
	if err := m.follow(ctx, d.Node); err != nil {
		return err
	}
	kind, e := poolevent.Merged, poolevent.Merge{WinnerID: d.Person, LoserID: d.Other}
	if d.Op.Do == model.OpSplit {
		last := m.model.Merges[len(m.model.Merges)-1]
		kind, e = poolevent.Split, poolevent.Merge{WinnerID: last.Winner, LoserID: last.Loser, Members: last.Members}
		for _, id := range last.Members {
			m.people[id].speaker = last.Loser
		}
	} else {
		for id, p := range m.people {
			if p.speaker == d.Other {
				e.Members = append(e.Members, id)
			}
		}
		slices.Sort(e.Members)
		for _, id := range e.Members {
			m.people[id].speaker = d.Person
		}
	}
	m.append(timeline.Fact{Kind: kind, PersonID: e.WinnerID, Data: e})
	return m.follow(ctx, d.Node)
}

func (m *sim) change(d model.Deed) {
	p, to := m.people[d.Person], d.Data["to"]
	switch d.Text {
	case "time_zone":
		p.zone = to
	case "birthday":
		p.birthday = to
	case "staff":
		p.staff = !p.staff
	case "carrier":
		p.carriers["carrier wecom"] = bit(p.carriers["carrier wecom"] != "1")
	default:
		testkit.Write(m.tb, m.db, simOrg, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO sim_mark (person, mark, value) VALUES (?, ?, '1') ON CONFLICT (person, mark) DO UPDATE SET value = CASE WHEN sim_mark.value = '1' THEN '' ELSE '1' END", d.Person, to)
			return err
		})
	}
}

// since is a time as one reads it.
func (m *sim) since(us int64) string {
	if us == 0 {
		return "-"
	}
	return clock.Time(us).Format("01-02T15:04:05.000000")
}

// engineSays is the engine's history, a line a run.
func (m *sim) engineSays() (out []string) {
	paths := map[string][]string{}
	testkit.Must(m.tb, m.db.Read(context.Background(), simOrg, func(tx *db.Tx) error {
		ctx := context.Background()
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var run, step, outcome string
			var visit, version, arrived, left, way int64
			if err := rows.Scan(&run, &visit, &version, &step, &arrived, &left, &way, &outcome); err != nil {
				return err
			}
			if way == walkEnded {
				outcome = ""
			}
			paths[run] = append(paths[run], fmt.Sprintf("%d:%s/%d %s–%s %d %s", visit, step, version, m.since(arrived), m.since(left), way, outcome))
			return nil
		}, "SELECT run_id, visit, version, step, arrived_at, left_at, way, outcome FROM journey_visit ORDER BY run_id, visit"); err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id, journey, came, entry, status, why, step string
			var version, entered, converted, visit, arrived int64
			if err := rows.Scan(&id, &journey, &came, &entry, &status, &why, &version, &entered, &converted, &step, &visit, &arrived); err != nil {
				return err
			}
			if status == Active || status == Failed {
				paths[id] = append(paths[id], fmt.Sprintf("%d:%s/%d %s–", visit, step, version, m.since(arrived)))
			}
			if status == Failed {
				why = ""
			}
			out = append(out, fmt.Sprintf("%s %s %s %s v%d %s:%s in %s goal %s\n    %s", id, journey, came, entry, version, status, why, m.since(entered), m.since(converted), strings.Join(paths[id], "\n    ")))
			return nil
		}, "SELECT id, journey_id, came_as, entry, status, why, version, entered_at, converted_at, step, visit, arrived_at FROM journey_run ORDER BY id")
	}))
	return append(out, m.outside()...)
}

const walkEnded = -2

// outside is what the engine did in other rooms.
func (m *sim) outside() (out []string) {
	for what, query := range map[string]string{
		"mark":    "SELECT person || ' ' || mark || '=' || value FROM sim_mark WHERE value <> ''",
		"note":    "SELECT person || ' ' || COUNT(*) FROM sim_note GROUP BY person",
		"task":    "SELECT person || ' ' || gone || ' ' || COUNT(*) FROM sim_task GROUP BY person, gone",
		"message": "SELECT id || ' ' || person || ' ' || status FROM sim_letter",
		"webhook": "SELECT id || ' ' || status FROM sim_call",
	} {
		for _, line := range m.lines(m.tb, query) {
			out = append(out, what+" "+line)
		}
	}
	slices.Sort(out)
	return out
}

// modelSays is the same of the model.
func (m *sim) modelSays() (out []string) {
	for _, r := range m.model.Runs {
		var path []string
		for _, v := range r.Path {
			if v.Way == walkEnded && v.Left != 0 {
				v.Outcome = ""
			}
			line := fmt.Sprintf("%d:%s/%d %s–", v.N, v.Step, v.Version, m.since(v.Arrived))
			if v.Left != 0 {
				line += fmt.Sprintf("%s %d %s", m.since(v.Left), v.Way, v.Outcome)
			}
			path = append(path, line)
		}
		why := r.Why
		if r.Status == model.Failed {
			why = ""
		}
		out = append(out, fmt.Sprintf("%s %s %s %s v%d %s:%s in %s goal %s\n    %s", r.ID, r.Journey, r.CameAs, r.Entry, r.Version, r.Status, why, m.since(r.Entered), m.since(r.Converted), strings.Join(path, "\n    ")))
	}
	slices.Sort(out)
	return append(out, m.outsideOfModel()...)
}

func (m *sim) outsideOfModel() (out []string) {
	for id, p := range m.model.People {
		for tag, has := range p.Tags {
			if has {
				out = append(out, "mark "+id+" "+tag+"=1")
			}
		}
		if p.Traits["level"] != "" {
			out = append(out, "mark "+id+" level="+p.Traits["level"])
		}
	}
	count := map[string]int{}
	for _, e := range m.model.Effects {
		kind, _, _ := strings.Cut(e.What, " ")
		status := "open"
		if m.model.CalledOff[e.Key] {
			status = "off"
		} else if s := m.model.Settled[e.Key]; s != "" {
			status = s
		}
		switch kind {
		case "note":
			count["note "+e.Person]++
		case "task":
			count["task "+e.Person+" "+map[bool]string{true: "1", false: "0"}[status == "off"]]++
		case "message":
			out = append(out, "message "+e.Key+" "+e.Person+" "+status)
		case "webhook":
			out = append(out, "webhook "+e.Key+" "+status)
		}
	}
	for what, n := range count {
		out = append(out, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(out)
	return out
}

// differ says where two histories part; empty: nowhere.
func differ(engine, plain []string) string {
	var b strings.Builder
	for i := range max(len(engine), len(plain)) {
		e, p := "(nothing)", "(nothing)"
		if i < len(engine) {
			e = engine[i]
		}
		if i < len(plain) {
			p = plain[i]
		}
		if e != p {
			fmt.Fprintf(&b, "engine: %s\nmodel:  %s\n", e, p)
			break
		}
	}
	return b.String()
}

// live lets a story happen; an error says where the two disagree.
func live(tb testing.TB, d *db.DB, s model.Story, trace func(string, ...any)) error {
	m := newSim(tb, d, s)
	if trace != nil {
		m.trace = trace
	}
	for i, o := range s.Ops {
		deed, ok := m.model.Plan(o)
		if !ok {
			continue
		}
		m.trace("%3d %s %s %s %s %s node %d die %d", i, m.since(m.model.Now), o.Do, tell(deed), o.Text, db.JSON(o.Data), o.Node, o.Die)
		err := m.do(deed)
		var refused bool
		if o.Do == model.OpBad || o.Do == model.OpPublish {
			if refused = errs.Is(err, errs.CodeInvalid) || errs.Is(err, errs.CodeConflict); refused {
				err = nil
			}
		}
		if err != nil {
			return fmt.Errorf("op %d, %s: %w", i, o.Do, err)
		}
		switch o.Do {
		case model.OpBad:
			if !refused {
				return fmt.Errorf("op %d: published what nobody can walk: %s", i, db.JSON(deed.Spec.Graph))
			}
			continue
		case model.OpPublish:
			if took := m.model.Publish(deed.Journey, deed.Spec, deed.Move, deed.Map); took == refused {
				return fmt.Errorf("op %d: publishing was refused: %v, by the model: %v", i, refused, !took)
			}
		default:
			m.model.Do(deed)
		}
		switch o.Do {
		case model.OpPass, model.OpFact, model.OpKnow, model.OpBreak, model.OpMend, model.OpLose, model.OpFind:
			continue // nobody walks by these
		}
		if diff := differ(m.engineSays(), m.modelSays()); diff != "" {
			return fmt.Errorf("after op %d (%s) at %s:\n%s", i, o.Do, m.since(m.model.Now), diff)
		}
	}
	return m.reports()
}

// reports demands that what is kept count of for reports is what counting the walks
// one by one gives, for each version and for all.
func (m *sim) reports() error {
	for _, j := range m.model.Journeys {
		for v := range int64(len(j.Versions)) + 1 {
			kept, err := m.nodes[0].Report(m.ctx(), j.ID, time.Time{}, time.Time{}, v)
			if err != nil {
				return err
			}
			counted, err := m.nodes[0].Report(m.ctx(), j.ID, time.Unix(1, 0), time.Time{}, v)
			if err != nil {
				return err
			}
			counted.From = nil
			if a, b := db.JSON(kept), db.JSON(counted); a != b {
				return fmt.Errorf("report of %s, version %d:\nkept:    %s\ncounted: %s", j.ID, v, a, b)
			}
		}
	}
	return nil
}

func tell(d model.Deed) string {
	out := d.Journey.ID + " " + d.Person
	if d.Run != nil {
		out += " " + d.Run.ID
	}
	return out + " " + d.Key
}

func number(t *testing.T, env string, other uint64) uint64 {
	t.Helper()
	text := os.Getenv(env)
	if text == "" {
		return other
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q", env, text)
	}
	return n
}

// engineOf is the engine on which a seed is played: every eighth on PostgreSQL.
func engineOf(seed uint64) db.Engine {
	if seed%8 == 7 {
		return db.Postgres
	}
	return db.SQLite
}

// TestSimulation lives through made-up stories, twice: in the engine and in the
// plain model. FISHPOND_SEEDS says how many, FISHPOND_SEED which one alone.
func TestSimulation(t *testing.T) {
	if only := os.Getenv("FISHPOND_SEED"); only != "" {
		seed := number(t, "FISHPOND_SEED", 0)
		if err := live(t, testkit.Open(t, engineOf(seed), simSchema), model.Tell(seed), t.Logf); err != nil {
			t.Fatal(err)
		}
		return
	}
	failed := 0
	n := number(t, "FISHPOND_SEEDS", 60)
	seeds := slices.DeleteFunc([]uint64{241, 255, 354, 811}, func(seed uint64) bool { return seed < n }) // that found something once
	for seed := range n {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			s := model.Tell(seed)
			err := live(t, testkit.Open(t, engineOf(seed), simSchema), s, nil)
			if err == nil {
				return
			}
			if failed++; failed <= 3 {
				s = shrink(t, s)
				err = live(t, testkit.Open(t, engineOf(seed), simSchema), s, t.Logf)
			}
			t.Errorf("FISHPOND_SEED=%d, %d events are enough: %v", seed, len(s.Ops), err)
		})
		if failed > 20 {
			t.Fatal("too many to look at")
		}
	}
}

// shrink leaves out of a story what is not needed for it to go wrong.
func shrink(t *testing.T, s model.Story) model.Story {
	t.Helper()
	for size := len(s.Ops) / 2; size > 0; size /= 2 {
		for from := 0; from+size <= len(s.Ops); {
			less := s
			less.Ops = slices.Delete(slices.Clone(s.Ops), from, from+size)
			if live(t, testkit.Open(t, engineOf(s.Seed), simSchema), less, nil) != nil {
				s = less
			} else {
				from += size
			}
		}
	}
	return s
}

// Hours and dates in all zones, by the engine and by looking at every minute.
func TestHoursAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // made up
	for range 400 {
		zone, err := time.LoadLocation([]string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Asia/Gaza"}[r.IntN(9)])
		testkit.Must(t, err)
		after := time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() + r.Int64N(25*366*day)
		if r.IntN(3) == 0 { // near where the clocks are changed
			start, _ := clock.Time(after).In(zone).ZoneBounds()
			if start.Year() > 2000 {
				after = start.UnixMicro() + r.Int64N(2*day) - day
			}
		}
		at := fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(4)*15)
		var days []int
		if r.IntN(2) == 0 {
			days = []int{1 + r.IntN(7)}
		}
		if got, want := walk.NextAt(after, zone, at, days), model.NextHour(zone, after, at, days); got != want {
			t.Errorf("%s %v in %s after %s: %s, plainly %s", at, days, zone, clock.Time(after), clock.Time(got), clock.Time(want))
		}
		date := time.Date(1990+r.IntN(40), time.Month(1+r.IntN(12)), 1+r.IntN(31), 0, 0, 0, 0, time.UTC)
		offset := r.IntN(60) - 30
		want, _ := model.InYears(zone, after, date.Format(time.DateOnly), offset, at)
		if got := walk.NextYearly(after, date, offset, zone, at); got != want {
			t.Errorf("%s %+d at %s in %s after %s: %s, plainly %s", date.Format(time.DateOnly), offset, at, zone, clock.Time(after), clock.Time(got), clock.Time(want))
		}
	}
}
