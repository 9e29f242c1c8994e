package campaign

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/stats"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func variants(metric, otherwise string, names ...string) func(*Input) {
	return func(in *Input) {
		for _, n := range names {
			in.Variants = append(in.Variants, Variant{Name: n, Subject: "S " + n, Text: "Text " + n, HTML: `<a href="https://shop.example/">` + n + `</a>`})
		}
		if metric != "" {
			in.Winner = &Winner{Metric: metric, AfterHours: 24, ShareBP: 4000, Otherwise: otherwise}
		}
	}
}

// tested are those of the test by variant, and the rest.
func (w *world) dealt(id string) (test map[string][]string, rest []string) {
	w.tb.Helper()
	test = map[string][]string{}
	for _, line := range testkit.Texts(w.tb, w.db, org, "SELECT person_id || ' ' || arm || ' ' || tested FROM campaign_person WHERE org_id = ? AND campaign_id = ? AND variant = 'treated' ORDER BY person_id", org, id) {
		part := strings.Fields(line)
		if part[2] == "1" {
			test[part[1]] = append(test[part[1]], part[0])
		} else {
			rest = append(rest, part[0])
		}
	}
	return test, rest
}

// read is what people of a plan get to read.
func (w *world) read(id string, rest bool) map[string]int {
	w.tb.Helper()
	plan := id
	if rest {
		plan = restID(id)
	}
	var to []Reader
	for _, r := range w.box.to[plan] {
		if !r.LeftOut {
			to = append(to, Reader{PersonID: r.PersonID, Data: r.Data, Variant: r.Variant, Rest: rest})
		}
	}
	out := map[string]int{}
	all, err := w.svc.Render(context.Background(), org, id, to)
	testkit.Must(w.tb, err)
	for _, m := range all {
		testkit.Must(w.tb, m.Err)
		out[m.Subject+"/"+m.Text]++
	}
	return out
}

// Who gets which variant is dealt within every stage, to a person or two, and
// apart from the hold-out; the test's people go at once, the others wait for what
// it finds and then get that.
func TestTheBestVariantGoesToTheRest(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(3000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.draft(func(in *Input) { variants(ByClicks, OtherwiseFirst, "A", "B")(in); share(1000)(in) })
		if c.Text != "Text A" || c.Test.Phase != "planned" {
			t.Errorf("%+v", c)
		}
		c = w.start(c)
		test, rest := w.dealt(c.ID)
		if c.Test.Phase != "testing" || c.Test.Tested != int64(len(test["A"])+len(test["B"])) || c.Test.Rest != int64(len(rest)) || c.Treated != c.Test.Tested+c.Test.Rest {
			t.Errorf("%+v %+v", c, c.Test)
		}
		stages, by := map[string]float64{}, map[string]string{}
		for _, p := range w.people {
			by[p.ID] = p.Stage
		}
		for id, v := range w.variants(c.ID) {
			if v == Treated {
				stages[by[id]]++
			}
		}
		for arm, people := range test {
			in := map[string]float64{}
			for _, p := range people {
				in[by[p]]++
			}
			for stage, n := range stages {
				if math.Abs(in[stage]-0.2*n) > 2 {
					t.Errorf("%s: %v of %v of stage %s", arm, in[stage], n, stage)
				}
			}
		}
		if w.box.state[c.ID] != "running" || w.box.state[restID(c.ID)] != "draft" || len(w.box.to[restID(c.ID)]) != len(rest) {
			t.Errorf("%v, %d wait", w.box.state, len(w.box.to[restID(c.ID)]))
		}
		if got := w.read(c.ID, false); got["S A/Text A"] != len(test["A"]) || got["S B/Text B"] != len(test["B"]) {
			t.Errorf("the test: %v", got)
		}
		w.box.state[c.ID] = "done"
		tick := func(s *Service) {
			t.Helper()
			testkit.Must(t, s.Tick(context.Background()))
		}
		tick(w.svc)
		if got := w.get(c.ID); got.Status != Sending || got.Progress.Status != inTest {
			t.Errorf("while the rest wait: %s %+v", got.Status, got.Progress)
		}
		w.clock.Advance(time.Hour)
		var facts []timeline.Fact
		for arm, every := range map[string]int{"A": 20, "B": 5} {
			for i, p := range test[arm] {
				if i%every == 0 {
					facts = append(facts, click(c.ID, p), click("cmp_other", p))
				}
			}
		}
		w.happened(facts...)
		if got := w.get(c.ID); got.Test.Lines[1].Clicks != int64((len(test["B"])+4)/5) || got.Test.Chosen != "" {
			t.Errorf("%+v", got.Test)
		}
		// Paused when the hour comes: nothing is decided. Then two nodes decide at once.
		if _, err := w.svc.Steer(as("owner", "stf_1"), c.ID, "pause"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(24 * time.Hour)
		tick(w.svc)
		if got := w.get(c.ID); got.Test.Phase != "testing" || w.box.state[restID(c.ID)] != "draft" {
			t.Errorf("decided while it was paused: %+v", got.Test)
		}
		if _, err := w.svc.Steer(as("owner", "stf_1"), c.ID, "resume"); err != nil {
			t.Fatal(err)
		}
		tick(w.svc)
		tick(w.service())
		got := w.get(c.ID)
		if got.Test.Chosen != "B" || got.Test.By != ChosenWinner || got.Test.Lines[1].Best < 0.99 || got.Test.Lines[1].P >= 0.05 || w.box.state[restID(c.ID)] != "running" || !got.MeasuredUntil.After(w.clock.Now().AddDate(0, 0, 13)) {
			t.Errorf("%+v %v", got.Test, w.box.state)
		}
		if got := w.read(c.ID, true); got["S B/Text B"] != len(rest) || len(got) != 1 {
			t.Errorf("the rest: %v", got)
		}
		if got := w.read(c.ID, false); got["S A/Text A"] != len(test["A"]) { // one of the test whose message waited
			t.Errorf("the test afterwards: %v", got)
		}
		w.box.state[restID(c.ID)] = "done"
		tick(w.svc)
		if got := w.get(c.ID); got.Status != Done || got.Progress.Total != 3000 {
			t.Errorf("%s %+v", got.Status, got.Progress)
		}
	})
}

func click(campaign, person string) timeline.Fact {
	return timeline.Fact{Kind: campaignevent.LinkClicked, PersonID: person, Data: campaignevent.Click{CampaignID: campaign, Link: 1, URL: "https://a.example"}}
}

// A planner that dies anywhere deals nobody again, and a test that is called off
// calls off both plans.
func TestATestSurvivesDying(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(400)
		c := w.draft(variants(ByOrders, OtherwiseEven, "A", "B", "C"))
		c, err := w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		testkit.Must(t, err)
		died := fmt.Errorf("died")
		for round := 0; round < 30; round++ {
			s := w.service()
			left := round % 3
			s.planned = func() error {
				if left--; left < 0 {
					return died
				}
				return nil
			}
			if err = s.Plan(context.Background(), org, c.ID); err == nil {
				break
			}
		}
		testkit.Must(t, err)
		c = w.get(c.ID)
		persons := map[string]bool{}
		for _, plan := range []string{c.ID, restID(c.ID)} {
			for _, r := range w.box.to[plan] {
				if persons[r.PersonID] {
					t.Errorf("%s is there twice", r.PersonID)
				}
				persons[r.PersonID] = true
			}
		}
		test, rest := w.dealt(c.ID)
		if len(persons) != 400 || int64(len(test["A"])+len(test["B"])+len(test["C"])) != c.Test.Tested || int64(len(rest)) != c.Test.Rest || c.Test.Tested < 145 || c.Test.Tested > 165 {
			t.Errorf("%d, %+v", len(persons), c.Test)
		}
		if _, err := w.svc.Decide(as("operator", "stf_1"), c.ID, "D"); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("a variant that there is not: %v", err)
		}
		// Nobody did anything: each gets what they were dealt.
		w.clock.Advance(25 * time.Hour)
		testkit.Must(t, w.svc.Tick(context.Background()))
		if c = w.get(c.ID); c.Test.Chosen != "" || c.Test.By != OtherwiseEven || c.Test.Said == "" {
			t.Errorf("%+v", c.Test)
		}
		if got := w.read(c.ID, true); len(got) != 3 {
			t.Errorf("%v", got)
		}
		if _, err := w.svc.Decide(as("operator", "stf_1"), c.ID, "A"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("decided twice: %v", err)
		}
		other := w.start(w.draft(variants(ByOrders, OtherwiseFirst, "A", "B")))
		got, err := w.svc.Decide(as("operator", "stf_1"), other.ID, "B")
		if err != nil || got.Test.Chosen != "B" || got.Test.By != ChosenByHand {
			t.Errorf("%+v %v", got.Test, err)
		}
		called := w.start(w.draft(variants(ByOrders, OtherwiseFirst, "A", "B")))
		w.box.state[called.ID] = "cancelling" // in the outbox itself
		testkit.Must(t, w.svc.Tick(context.Background()))
		if got := w.get(called.ID); got.Status != Cancelled || w.box.state[restID(called.ID)] != "cancelling" {
			t.Errorf("%s, %v", got.Status, w.box.state)
		}
	})
}

// Without a test everybody gets one of the variants, and people are dealt by the
// shares that were written.
func TestVariantsForEverybody(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(1000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.start(w.draft(func(in *Input) {
			variants("", "", "A", "B")(in)
			in.Variants[0].ShareBP, in.Variants[1].ShareBP = 8000, 2000
		}))
		test, rest := w.dealt(c.ID)
		if len(rest) > 0 || math.Abs(float64(len(test["B"]))-200) > 10 || c.Test != nil || len(w.box.plans) != 1 {
			t.Errorf("%d and %d, rest %d, %+v", len(test["A"]), len(test["B"]), len(rest), c.Test)
		}
		w.happened(paid("o", test["B"][0], 500, "CNY"), timeline.Fact{Kind: poolevent.ConsentWithdrawn, PersonID: test["A"][0], Data: poolevent.Consent{Purpose: Marketing}})
		r, err := w.svc.Report(as("viewer", "stf_1"), c.ID)
		if err != nil || len(r.Variants) != 2 || r.Variants[1].People != int64(len(test["B"])) {
			t.Fatalf("%+v %v", r, err)
		}
		for i, want := range map[int]map[string]float64{0: {"unsubscribed": 1}, 1: {"orders": 1, "money": 500, "buyers": 1}} {
			for _, o := range r.Variants[i].Outcomes {
				if !near(o.Total, want[o.Key]) || len(o.Against) != 1 || o.Against[0].Verdict != stats.CannotTell {
					t.Errorf("%s of %s: %+v", o.Key, r.Variants[i].Name, o)
				}
			}
		}
		for want, change := range map[string]func(*Input){
			"body.variants":             func(in *Input) { in.Variants = in.Variants[:1] },
			"body.variants[1].name":     func(in *Input) { in.Variants[1].Name = "A" },
			"body.variants[1].share_bp": func(in *Input) { in.Variants[0].ShareBP = 10000 },
			"body.variants[1].text":     func(in *Input) { in.Variants[1].Text = "{{ nmae }}" },
			"body.winner":               func(in *Input) { in.Variants, in.Winner = nil, &Winner{Metric: ByOrders, AfterHours: 1, ShareBP: 1000} },
		} {
			_, err := w.svc.Create(as("owner", "stf_1"), w.input(func(in *Input) { variants("", "", "A", "B")(in); change(in) }))
			if !errs.Is(err, errs.CodeInvalid) || errs.As(err).Fields[0].Path != want {
				t.Errorf("%s: %v", want, err)
			}
		}
	})
}

// By whatever chunks a stage is cut into, every lot is as large as it is meant
// to be, within a person of each lot.
func TestLotsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Winner: &Winner{ShareBP: rapid.IntRange(1000, 9000).Draw(t, "test")}}
		left := wholeBP
		for i := range rapid.IntRange(2, 5).Draw(t, "variants") {
			s := rapid.IntRange(1, left/4).Draw(t, "share")
			left -= s
			o.Variants = append(o.Variants, Variant{Name: fmt.Sprint(i), ShareBP: s})
		}
		o.Variants[0].ShareBP += left
		cells, carry := o.cells(), map[string]int64{}
		got, n := map[string]int{}, 0
		for range rapid.IntRange(1, 6).Draw(t, "chunks") {
			people := make([]*one, rapid.IntRange(0, 300).Draw(t, "people"))
			for i := range people {
				people[i] = &one{}
			}
			deal("cmp_1", "new", cells, people, carry)
			for _, p := range people {
				got[fmt.Sprint(p.arm, p.tested)]++
				n++
			}
		}
		for _, c := range cells {
			want := float64(n) * float64(c.weight) / wholeCell
			if d := float64(got[fmt.Sprint(c.arm, c.tested)]) - want; math.Abs(d) > float64(len(cells)) {
				t.Fatalf("%v of %v for %+v of %+v", got, want, c, cells)
			}
		}
	})
}

// When nothing differs, a winner is declared in at most one of twenty tests; and
// one that drives people away cannot win.
func TestJudgingVariants(t *testing.T) {
	o := Options{Winner: &Winner{Metric: ByOrders, Otherwise: OtherwiseEven}}
	for _, n := range []string{"A", "B", "C", "D"} {
		o.Variants = append(o.Variants, Variant{Name: n})
	}
	groups := func(r *rand.Rand, p, leave []float64) (out []*counted) {
		for i := range p {
			var n [2][2]int64 // by whether they ordered, and whether they left
			for range 1500 {
				bought, left := 0, 0
				if r.Float64() < p[i] {
					bought = 1
				}
				if r.Float64() < leave[i] {
					left = 1
				}
				n[bought][left]++
			}
			g := &counted{}
			for bought := range n {
				for left, k := range n[bought] {
					g.add(deeds{orders: int64(bought), spent: 900 * int64(bought), left: int64(left), n: k})
				}
			}
			out = append(out, g)
		}
		return out
	}
	r := rand.New(rand.NewPCG(3, 5))
	same, none := []float64{0.06, 0.06, 0.06, 0.06}, []float64{0.001, 0.001, 0.001, 0.001}
	winners, guards := 0, 0
	const times = 400
	for range times {
		f := o.judge(groups(r, same, none))
		if f.By == ChosenWinner {
			winners++
		}
		for _, l := range f.Lines {
			if l.Guard {
				guards++
				break
			}
		}
	}
	if winners > times/20+9 || guards > times/20+9 { // two standard errors above
		t.Errorf("among equals %d winners and %d guards of %d", winners, guards, times)
	}
	f := o.judge(groups(r, []float64{0.02, 0.03, 0.12, 0.02}, none))
	if f.Chosen != "C" || f.By != ChosenWinner || f.Lines[2].Best < 0.999 || f.Lines[0].P >= 0.05 {
		t.Errorf("%+v", f)
	}
	f = o.judge(groups(r, []float64{0.02, 0.03, 0.12, 0.02}, []float64{0, 0, 0.05, 0}))
	if f.Chosen == "C" || !f.Lines[2].Guard || f.By != OtherwiseLeader && f.By != ChosenWinner {
		t.Errorf("%+v", f)
	}
	var few []*counted
	for range 4 {
		few = append(few, &counted{})
	}
	if f := o.judge(few); f.By != OtherwiseEven || f.Chosen != "" {
		t.Errorf("of nobody: %+v", f)
	}
}
