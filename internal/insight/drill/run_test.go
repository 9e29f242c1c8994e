package drill

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// twoPlatforms is a village of n people who are friends of one corp; some follow
// an official account, too.
func twoPlatforms(n, follow int) *village {
	v := &village{stand: ValueStand{Known: true, Currency: "CNY"}, accounts: []Account{
		{ID: "acc_corp", Kind: "wecom", Name: "Corp", Active: true, Members: []Member{{UserID: "u1", Name: "Ann", StaffID: "sta_1"}, {UserID: "u2", Name: "Bob", StaffID: "sta_2"}}},
		{ID: "acc_oa", Kind: "official_account", Name: "Tea", Active: true}}}
	for i := range n {
		p := villager{id: fmt.Sprintf("per_%d", i), seq: uint32(i + 1), value: int64(100 * (i + 1)), ties: []Tie{{AccountID: "acc_corp", UserID: []string{"u1", "u2"}[i%2], Direct: true}}}
		p.speaker = p.id
		if i < follow {
			p.ties = append(p.ties, Tie{AccountID: "acc_oa", Waits: true, Why: "window"})
		}
		v.people = append(v.people, p)
	}
	return v
}

// A run that dies is done again from the start; one that is done stays as it is;
// one that was thrown away leaves nothing.
func TestRunDies(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, twoPlatforms(10, 4))
		r, err := w.svc.Start(w.ctx, RunInput{})
		if err != nil || r.Status != StatusQueued || !slices.Equal(w.queued, []string{r.ID}) {
			t.Fatalf("%+v %v %v", r, w.queued, err)
		}
		if _, err := w.svc.Start(w.ctx, RunInput{}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("a second one beside it: %v", err)
		}
		w.broken = errors.New("the process dies")
		if err := w.svc.Do(w.ctx, testOrg, r.ID); !errors.Is(err, w.broken) {
			t.Fatal(err)
		}
		half := w.report(r.ID)
		if half.Run.Status != StatusRunning || half.Run.Totals != nil || len(half.Units) != 0 || half.Run.Step == 0 {
			t.Errorf("half done it is %+v", half)
		}
		if n := w.rows("insight_drill_bits"); n != 0 {
			t.Errorf("%d sets of people are there already", n)
		}
		if _, err := w.svc.Behind(w.ctx, testOrg, PeopleInput{RunID: r.ID, Figure: "persons"}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("people of a run that is not done: %v", err)
		}
		w.broken = nil
		if err := w.svc.Do(w.ctx, testOrg, r.ID); err != nil {
			t.Fatal(err)
		}
		done := w.report(r.ID)
		if done.Run.Status != StatusDone || done.Run.Totals.Reachable != 10 {
			t.Fatalf("%+v", done.Run)
		}
		sets := w.rows("insight_drill_bits")
		w.people = w.people[:5]
		if err := w.svc.Do(w.ctx, testOrg, r.ID); err != nil {
			t.Fatal(err)
		}
		if again := w.report(r.ID); again.Run.Totals.Reachable != 10 || w.rows("insight_drill_bits") != sets {
			t.Errorf("a run that was done was done again: %+v", again.Run)
		}
		// One is thrown away while it runs.
		gone, err := w.svc.Start(w.ctx, RunInput{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.svc.Delete(w.ctx, gone.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.svc.Do(w.ctx, testOrg, gone.ID); err != nil {
			t.Errorf("a run that was thrown away: %v", err)
		}
		if n := w.rows("insight_drill_run"); n != 1 {
			t.Errorf("%d runs are left", n)
		}
		// One is given up, and the next can be run.
		lost, err := w.svc.Start(w.ctx, RunInput{})
		if err == nil {
			err = w.svc.Abandon(w.ctx, testOrg, lost.ID, errors.New("five times"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if r := w.report(lost.ID).Run; r.Status != StatusFailed || r.Error == "" || r.Error == "failed" {
			t.Errorf("%+v", r)
		}
		w.run(RunInput{})
	})
}

func (w *world) rows(table string) (n int) {
	w.t.Helper()
	if err := w.svc.db.Read(w.ctx, testOrg, func(tx *db.Tx) error {
		return tx.QueryRow(w.ctx, "SELECT count(*) FROM "+table+" WHERE org_id = ?", testOrg).Scan(&n)
	}); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Kept runs stay; of the others the newest ten do.
func TestOldRunsGo(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema), twoPlatforms(2, 0))
	kept := w.run(RunInput{Kept: true, Name: "November"})
	for range runsLoose + 3 {
		w.clock.Advance(time.Hour)
		w.run(RunInput{})
	}
	all, err := w.svc.Runs(w.ctx, testOrg)
	if err != nil || len(all) != runsLoose+1 || all[runsLoose].ID != kept.Run.ID {
		t.Fatalf("%d runs are left: %v", len(all), err)
	}
}

// The next month, more people follow the second account: the comparison says who
// was secured, unit by unit, and opens them.
func TestCompare(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, twoPlatforms(10, 4))
		before := w.run(RunInput{Kept: true})
		w.clock.Advance(31 * 24 * time.Hour)
		w.village.people = twoPlatforms(12, 7).people[1:] // one has left the pool, two have come
		w.village.people[0].ties = nil                    // one was lost
		after := w.run(RunInput{Kept: true})
		c, err := w.svc.Compare(w.ctx, testOrg, before.Run.ID, after.Run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Moves{Secured: 3, CutOff: 1, Gained: 2}); c.Moves != want {
			t.Errorf("%+v, and not %+v", c.Moves, want)
		}
		if c.Before.Month != "2026-06" || c.After.Month != "2026-07" || c.Why != "" {
			t.Errorf("%+v", c)
		}
		for figure, n := range map[string]int{"secured": 3, "exposed": 0, "cut_off": 1, "gained": 2} {
			p, err := w.svc.Behind(w.ctx, testOrg, PeopleInput{RunID: after.Run.ID, BeforeID: before.Run.ID, Figure: figure})
			if err != nil || len(p.Seqs) != n {
				t.Errorf("%s: %d %v", figure, len(p.Seqs), err)
			}
		}
		i := slices.IndexFunc(c.Units, func(u UnitChange) bool { return u.ID == "acc_corp" })
		if u := c.Units[i]; u.Before.Lost != 6 || u.After.Lost != 5 || *u.Before.LostMinor != 4500 {
			t.Errorf("%+v %+v", u.Before, u.After)
		}
		i = slices.IndexFunc(c.Totals, func(x Change) bool { return x.Key == "one_platform" })
		if x := c.Totals[i]; *x.Before != 6 || *x.After != 5 || *x.Delta != -1 {
			t.Errorf("%+v", x)
		}
		service := w.run(RunInput{Purpose: "service"})
		if c, err := w.svc.Compare(i18n.With(w.ctx, i18n.EN), testOrg, before.Run.ID, service.Run.ID); err != nil || !strings.Contains(c.Why, "purposes") {
			t.Errorf("drills of different purposes: %q %v", c.Why, err)
		}
	})
}

// A step of a plan becomes one segment of exactly its people and one draft,
// however often it is asked for and wherever it died.
func TestPrepare(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, twoPlatforms(10, 4))
		r := w.run(RunInput{})
		if len(r.Steps) != 1 || r.Steps[0].Persons != 6 || r.Steps[0].ToID != "acc_oa" || *r.Steps[0].ValueMinor != 4500 {
			t.Fatalf("%+v", r.Steps)
		}
		in := PrepareInput{Steps: []int{1}}
		for range 2 {
			got, err := w.svc.Prepare(w.ctx, r.Run.ID, in)
			if err != nil || len(got.Prepared) != 1 || got.Prepared[0].SegmentID == "" || got.Prepared[0].CampaignID == "" {
				t.Fatalf("%+v %v", got.Prepared, err)
			}
		}
		// It dies after each deed, before that is noted.
		for _, column := range []string{"campaign_id", "segment_id"} {
			if err := d.Write(w.ctx, testOrg, func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, "UPDATE insight_drill_step SET "+column+" = '' WHERE org_id = ?", testOrg)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.svc.Prepare(w.ctx, r.Run.ID, in); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.saved) != 1 || len(w.drafts) != 1 {
			t.Fatalf("%d segments, %d drafts", len(w.saved), len(w.drafts))
		}
		for name, who := range w.saved {
			if !slices.Equal(who, []uint32{5, 6, 7, 8, 9, 10}) {
				t.Errorf("%s has %v", name, who)
			}
			if dr := w.drafts[name]; dr.AccountID != "acc_corp" || dr.SegmentID != "seg_"+name || !strings.Contains(dr.Text, "Tea") || dr.Purpose != "marketing" {
				t.Errorf("%+v", dr)
			}
		}
		if _, err := w.svc.Prepare(w.ctx, r.Run.ID, PrepareInput{Steps: []int{2}}); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("a step that there is not: %v", err)
		}
		accounts := w.accounts
		w.accounts = accounts[:1]
		if _, err := w.svc.Prepare(w.ctx, r.Run.ID, in); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("towards an account that is gone: %v", err)
		}
		w.accounts = accounts
		reader := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: testOrg, ID: "sta_2"}.WithPermissions([]string{"insight.read", "insight.keep", "segment.write"}))
		if _, err := w.svc.Prepare(reader, r.Run.ID, in); !errs.Is(err, errs.CodeForbidden) {
			t.Errorf("without campaign.write: %v", err)
		}
	})
}

// Nothing known is said, and is no nought: no accounts, no people, no values.
func TestNothingToSay(t *testing.T) {
	for name, v := range map[string]*village{
		"nobody":      {},
		"no accounts": {people: twoPlatforms(3, 0).people},
		"no values":   {people: twoPlatforms(3, 1).people, accounts: twoPlatforms(3, 1).accounts, stand: ValueStand{Why: i18n.T("订单太少", "too few orders")}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testkit.Open(t, db.SQLite, schema), v)
			r := w.run(RunInput{})
			w.behindAll(r)
			if r.Value.Known || r.Run.Totals.ValueMinor != nil {
				t.Errorf("%+v %+v", r.Value, r.Run.Totals)
			}
			for _, u := range r.Units {
				if u.LostMinor != nil || u.ValueMinor != nil {
					t.Errorf("money of %+v", u)
				}
			}
			if v.accounts == nil && (r.Run.Totals.Unreachable != int64(len(v.people)) || len(r.Units)+len(r.Steps) != 0) {
				t.Errorf("%+v %+v", r.Run.Totals, r.Units)
			}
		})
	}
}

// The figures are defined whole, and all tables can be written in both languages.
func TestExport(t *testing.T) {
	if err := figure.Check(Figures); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(20) {
		w := newWorld(t, testkit.Open(t, db.SQLite, schema), someVillage(n))
		w.run(RunInput{Name: "=cmd()"})
		tables, err := w.svc.ReportPages()[0].Tables(w.ctx, testOrg, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"csv", "xlsx"} {
			if err := report.Write(io.Discard, format, []figure.Part{{Figures: Figures}}, tables, i18n.EN); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// fill parts people so that the least loaded come up to one level.
func TestFill(t *testing.T) {
	loads := func(all ...int64) (out []target) {
		for i, l := range all {
			out = append(out, target{i, l})
		}
		return out
	}
	for _, c := range []struct {
		people int64
		to     []target
		want   []int64
	}{
		{100, loads(0, 0), []int64{50, 50}},
		{101, loads(0, 0), []int64{51, 50}},
		{100, loads(1000, 0), []int64{0, 100}},
		{100, loads(40, 0, 500), []int64{30, 70, 0}},
		{5, loads(3, 0), []int64{0, 5}},
		{7, nil, []int64{}},
	} {
		if got := fill(c.people, c.to); !slices.Equal(got, c.want) {
			t.Errorf("%d people into %v: %v, and not %v", c.people, c.to, got, c.want)
		}
	}
}
