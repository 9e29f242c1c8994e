package campaign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func share(bp int) func(*Input) { return func(in *Input) { in.HoldoutBP = &bp } }

// Every stage gives its share, to a person; the draw differs from campaign to
// campaign, and is the same for whoever draws again.
func TestHoldOutIsDrawnFromEveryStageAlike(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(1000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, HoldoutBP: 1000, GlobalBP: 0})
		testkit.Must(t, err)
		first := w.start(w.draft(share(1000)))
		second := w.start(w.draft(share(1000)))
		if first.Status != Sending || first.People != 1000 || first.HeldOut+first.Treated != 1000 || first.HeldOut < 98 || first.HeldOut > 102 {
			t.Errorf("%+v", first)
		}
		a, b := w.variants(first.ID), w.variants(second.ID)
		stages, out := map[string]int{}, map[string]int{}
		same := 0
		for _, p := range w.people {
			stages[p.Stage]++
			if a[p.ID] == Holdout {
				out[p.Stage]++
				if b[p.ID] == Holdout {
					same++
				}
			}
		}
		for stage, n := range stages {
			if d := math.Abs(float64(out[stage]) - float64(n)/10); d > 1 {
				t.Errorf("%s: %d of %d are left out", stage, out[stage], n)
			}
		}
		if same > 30 {
			t.Errorf("%d are left out of both campaigns, 10 would be chance", same)
		}
		for _, r := range w.box.to[first.ID] {
			if r.LeftOut != (a[r.PersonID] == Holdout) {
				t.Errorf("%s is %s, and the outbox was told %v", r.PersonID, a[r.PersonID], r.LeftOut)
			}
		}
		if len(w.box.to[first.ID]) != 1000 || w.box.state[first.ID] != "running" || w.box.added != 40 {
			t.Errorf("%d people in %d chunks, %s", len(w.box.to[first.ID]), w.box.added, w.box.state[first.ID])
		}
	})
}

// A planner that dies anywhere is followed by another, on another node, and
// nobody is planned twice, forgotten, or moved to another group.
func TestPlanningSurvivesDying(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(330)
		c := w.draft(share(2000))
		c, err := w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		testkit.Must(t, err)
		died := errors.New("died")
		seen := map[string]string{}
		for round := 0; ; round++ {
			if round > 20 {
				t.Fatal("planning does not end")
			}
			s := w.service()
			chunks := 0
			s.planned = func() error {
				if chunks++; chunks > round%3 {
					return died
				}
				return nil
			}
			if round%4 == 3 { // or the outbox fails within the transaction
				w.box.fail = died
			}
			err := s.Plan(context.Background(), org, c.ID)
			w.box.fail = nil
			for person, variant := range w.variants(c.ID) {
				if was := seen[person]; was != "" && was != variant {
					t.Fatalf("%s was %s and is %s", person, was, variant)
				}
				seen[person] = variant
			}
			if err == nil {
				break
			}
			if !errors.Is(err, died) {
				t.Fatal(err)
			}
			w.segments["seg_1"].Remove(uint32(round)) // the segment goes on changing; the campaign's people do not
			w.segments["seg_1"].Add(uint32(5000 + round))
		}
		c = w.get(c.ID)
		counts := map[string]int64{}
		for _, v := range seen {
			counts[v]++
		}
		if len(seen) != 330 || counts[Treated] != c.Treated || counts[Holdout] != c.HeldOut || counts[Global] != c.GlobalOut || c.Status != Sending {
			t.Errorf("%v of %+v", counts, c)
		}
		persons := map[string]bool{}
		for _, r := range w.box.to[c.ID] {
			if persons[r.PersonID] {
				t.Errorf("%s was handed over twice", r.PersonID)
			}
			persons[r.PersonID] = true
		}
		if len(persons) != 330 {
			t.Errorf("%d were handed over", len(persons))
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, c.ID)) // once more, as a job may
		if len(w.box.to[c.ID]) != 330 {
			t.Error("a job that runs again hands over again")
		}
	})
}

// A server that stops while it plans lets nothing go before all are planned.
func TestPlanningThatIsStopped(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(300)
		c := w.draft(nil)
		c, err := w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		testkit.Must(t, err)
		for range 3 {
			ctx, stop := context.WithCancel(t.Context())
			w.svc.planned = func() error { stop(); return nil }
			if err := w.svc.Plan(ctx, org, c.ID); err == nil {
				t.Error("it says that it is through")
			}
			if got := w.get(c.ID); got.Status != Planned || w.box.state[c.ID] != "draft" {
				t.Fatalf("%+v %v", got, w.box.state)
			}
		}
		w.svc.planned = nil
		testkit.Must(t, w.svc.Plan(t.Context(), org, c.ID))
		if got := w.get(c.ID); got.PlannedPeople != 300 || got.Status != Sending {
			t.Errorf("%+v", got)
		}
	})
}

func TestTwoPlannersAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(300)
		c := w.draft(nil)
		c, err := w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		testkit.Must(t, err)
		other := w.service()
		w.svc.planned = func() error { // between two chunks of the one, the other runs to the end
			w.svc.planned = nil
			return other.Plan(context.Background(), org, c.ID)
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, c.ID))
		if c = w.get(c.ID); c.PlannedPeople != 300 || len(w.box.to[c.ID]) != 300 || len(w.variants(c.ID)) != int(300) || c.Status != Sending {
			t.Errorf("%d handed over, %+v", len(w.box.to[c.ID]), c)
		}
	})
}

func TestGlobalControlGroup(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(2000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, HoldoutBP: 1000, GlobalBP: 500})
		testkit.Must(t, err)
		group := func(c Campaign) (out []string) {
			for p, v := range w.variants(c.ID) {
				if v == Global {
					out = append(out, p)
				}
			}
			slices.Sort(out)
			return out
		}
		first, second := group(w.start(w.draft(nil))), group(w.start(w.draft(share(500))))
		if len(first) < 60 || len(first) > 140 || !slices.Equal(first, second) {
			t.Errorf("%d of 2000 and %d are left in peace this quarter", len(first), len(second))
		}
		if service := group(w.start(w.draft(func(in *Input) { in.Purpose = Care }))); len(service) != 0 {
			t.Errorf("%d are left out of service", len(service))
		}
		w.clock.Advance(40 * 24 * time.Hour) // into the next quarter
		if next := group(w.start(w.draft(nil))); slices.Equal(first, next) || len(next) < 60 {
			t.Errorf("the next quarter has the same group, or %d people", len(next))
		}
	})
}

func TestWhoCannotBeReachedIsInNoGroup(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(100)
		for i := range 40 {
			w.noMail[w.people[i].ID] = true
		}
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.start(w.draft(share(5000)))
		if c.Unreachable != 40 || c.HeldOut < 28 || c.HeldOut > 32 || c.Treated+c.HeldOut != 60 || len(w.variants(c.ID)) != 60 || len(w.box.to[c.ID]) != 100 {
			t.Errorf("%+v", c)
		}
	})
}

func TestALargeCampaignNeedsASecondPerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(20)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 15, HoldoutBP: 0, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.draft(nil)
		c, err = w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		testkit.Must(t, err)
		if c.Status != Awaiting || c.Why != WhySize || c.People != 20 || !c.OwnSubmission || len(w.jobs) != 0 {
			t.Errorf("%+v", c)
		}
		if _, err := w.svc.Approve(as("operator", "stf_1"), c.ID); !errs.Is(err, errs.CodeForbidden) {
			t.Errorf("who submitted it approves: %v", err)
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, c.ID)) // a stray job
		if len(w.box.plans) != 0 {
			t.Error("it was planned without approval")
		}
		c, err = w.svc.Approve(as("operator", "stf_2"), c.ID)
		if err != nil || c.Status != Planned || c.ApprovedName != "阿海" || len(w.jobs) != 1 {
			t.Errorf("%+v %v", c, err)
		}
		if _, err := w.svc.Approve(as("operator", "stf_2"), c.ID); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("approved twice: %v", err)
		}

		// One that was small and has grown asks once more.
		for seq := range w.people {
			w.segments["seg_1"].Remove(uint32(seq))
		}
		w.segments["seg_1"].Add(1)
		grows := w.draft(func(in *Input) { at := w.clock.Now().Add(time.Hour); in.StartAt = &at })
		grows, err = w.svc.Submit(as("operator", "stf_1"), grows.ID, grows.Version)
		testkit.Must(t, err)
		if grows.Status != Planned || !w.jobs[grows.ID].Equal(w.clock.Now().Add(time.Hour)) {
			t.Errorf("%+v at %v", grows, w.jobs[grows.ID])
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, grows.ID))
		if w.get(grows.ID).FrozenAt != nil {
			t.Error("its people were fixed before its time")
		}
		w.segments["seg_1"].AddRange(0, 20)
		w.clock.Advance(time.Hour)
		testkit.Must(t, w.svc.Plan(context.Background(), org, grows.ID))
		if c := w.get(grows.ID); c.Status != Awaiting || c.Why != WhyGrew || c.People != 20 || c.FrozenAt != nil {
			t.Errorf("%+v", c)
		}
	})
}

func TestOnlyWhatIsAllowedNow(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(10)
		c := w.start(w.draft(nil))
		owner := as("owner", "stf_1")
		if _, err := w.svc.Update(owner, c.ID, c.Version, w.input(nil)); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("changed while it is sent: %v", err)
		}
		if err := w.svc.Delete(owner, c.ID); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("thrown away while it is sent: %v", err)
		}
		if _, err := w.svc.Withdraw(owner, c.ID); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("withdrawn while it is sent: %v", err)
		}
		for _, step := range []struct{ do, status, box string }{{"pause", Paused, "paused"}, {"resume", Sending, "running"}, {"pause", Paused, "paused"}, {"cancel", Cancelled, "cancelling"}} {
			got, err := w.svc.Steer(owner, c.ID, step.do)
			if err != nil || got.Status != step.status || w.box.state[c.ID] != step.box {
				t.Errorf("%s: %s %s %v", step.do, got.Status, w.box.state[c.ID], err)
			}
			if _, err := w.svc.Steer(owner, c.ID, step.do); !errs.Is(err, errs.CodeConflict) {
				t.Errorf("%s twice: %v", step.do, err)
			}
		}
		through := w.start(w.draft(nil))
		w.box.state[through.ID] = "done"
		testkit.Must(t, w.svc.Tick(context.Background()))
		if got := w.get(through.ID); got.Status != Done || got.FinishedAt == nil {
			t.Errorf("%+v", got)
		}
		empty := w.draft(func(in *Input) { in.SegmentID = "seg_1" })
		w.segments["seg_1"].Clear()
		if got := w.start(empty); got.Status != Cancelled || got.Why != WhyNobody {
			t.Errorf("to nobody: %+v", got)
		}
	})
}

func TestDraftsAreCheckedAndNotOverwritten(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(10)
		c := w.draft(nil)
		owner := as("owner", "stf_1")
		if _, err := w.svc.Update(owner, c.ID, c.Version, w.input(func(in *Input) { in.Name = "改过" })); err != nil {
			t.Fatal(err)
		}
		if _, err := w.svc.Update(owner, c.ID, c.Version, w.input(nil)); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("somebody else's change was overwritten: %v", err)
		}
		if _, err := w.svc.Submit(owner, c.ID, c.Version); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("what was not seen was submitted: %v", err)
		}
		for want, change := range map[string]func(*Input){
			"body.text: Line 2: There is no variable or function “nmae”": func(in *Input) { in.Text = "a\n{{ nmae }}" },
			"body.html: Line 1: The link to “10.0.0.1”":                  func(in *Input) { in.HTML = `<a href="http://10.0.0.1/">x</a>` },
			"body.subject: A subject has one line":                       func(in *Input) { in.Subject = "a\r\nBcc: x@example.com" },
			"body.account_ids: There is no such account":                 func(in *Input) { in.AccountIDs = []string{"acc_other"} },
			"body.account_ids: An account is there twice":                func(in *Input) { in.AccountIDs = []string{"acc_mail", "acc_mail"} },
			"body.name: A name is needed":                                func(in *Input) { in.Name = "  " },
		} {
			_, err := w.svc.Create(owner, w.input(change))
			said := ""
			if errs.Is(err, errs.CodeInvalid) {
				for _, f := range errs.As(err).Fields {
					said += f.Path + ": " + f.Text.EN
				}
			}
			if !strings.Contains(said, want) {
				t.Errorf("%q: %v %q", want, err, said)
			}
		}
		for want, change := range map[string]func(*Input){
			"segment_id":  func(in *Input) { in.SegmentID = "" },
			"account_ids": func(in *Input) { in.AccountIDs = []string{"acc_off"} },
			"text":        func(in *Input) { in.Text = " " },
			"subject":     func(in *Input) { in.Subject = "" },
		} {
			c := w.draft(change)
			if _, err := w.svc.Submit(owner, c.ID, c.Version); !errs.Is(err, errs.CodeInvalid) || errs.As(err).Fields[0].Path != want {
				t.Errorf("without %s: %v", want, err)
			}
		}
	})
}

// A template that fails for one person holds only that one.
func TestOneWhoCannotBeWrittenTo(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(10)
		c := w.draft(func(in *Input) {
			in.Subject, in.Text, in.HTML = "Hi {{ name }}", "{{ name }}: {{ orders }}", "<p>{{ name }}</p>"
		})
		w.people[1].Name = "A\r\nBcc: b@example.com <script>"
		samples, err := w.svc.Preview(as("operator", "stf_1"), c.ID, PreviewInput{PersonID: w.people[3].ID})
		if err != nil || len(samples) != 1 || samples[0].Problem != "This person has no “name”, and there is no default" {
			t.Errorf("%+v %v", samples, err)
		}
		check, err := w.svc.Check(as("operator", "stf_1"), c.ID)
		if err != nil || check.People != 10 || check.Tally.Go != 10 || check.Unwritten != 1 || check.Problem == "" || check.GlobalBP != 200 {
			t.Errorf("%+v %v", check, err)
		}
		c = w.start(c)
		var to []Reader
		for _, r := range w.box.to[c.ID] {
			to = append(to, Reader{PersonID: r.PersonID, Data: r.Data})
		}
		out, err := w.svc.Render(context.Background(), org, c.ID, to)
		testkit.Must(t, err)
		failed := 0
		for i, m := range out {
			r := w.box.to[c.ID][i]
			switch {
			case r.LeftOut:
			case r.PersonID == w.people[3].ID:
				if failed++; !errs.Is(m.Err, errs.CodeInvalid) {
					t.Errorf("%+v", m)
				}
			case r.PersonID == w.people[1].ID:
				if m.Subject != "Hi A Bcc: b@example.com <script>" || m.HTML != "<p>A\r\nBcc: b@example.com &lt;script&gt;</p>" {
					t.Errorf("a name broke out: %+v", m)
				}
			case m.Err != nil || m.Text == "" || strings.Contains(string(r.Data), "上海"):
				t.Errorf("%s: %+v from %s", r.PersonID, m, r.Data)
			}
		}
		if failed != 1 {
			t.Errorf("%d could not be written to", failed)
		}
	})
}

func TestATestGoesToOnePerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(10)
		c := w.draft(nil)
		if _, err := w.svc.Test(as("operator", "stf_1"), c.ID, TestInput{PersonID: w.people[2].ID}); err != nil {
			t.Fatal(err)
		}
		id := slices.Collect(maps.Keys(w.box.plans))[0]
		p := w.box.plans[id]
		m := RenderTest(w.box.to[id][0].Data)
		if !p.Test || p.Purpose != "transactional" || p.OriginID != c.ID || len(w.box.to[id]) != 1 || m.Subject != "[测试 Test] 客户2，您好" || m.Text != "您好" || w.box.state[id] != "running" {
			t.Errorf("%+v %+v", p, m)
		}
		w.noMail[w.people[2].ID] = true
		if _, err := w.svc.Test(as("operator", "stf_1"), c.ID, TestInput{PersonID: w.people[2].ID}); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("to nobody: %v", err)
		}
	})
}

// The report counts what people did, got it or not, in its time and once, and
// takes what they did before into account.
func TestReport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(2000)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.draft(func(in *Input) { bp := 5000; in.HoldoutBP, in.MeasureDays = &bp, 7 })
		w.happened(paid("early", w.people[0].ID, 100, "CNY")) // nobody is measured yet
		w.clock.Advance(time.Minute)
		c = w.start(c)
		variants := w.variants(c.ID)
		var facts []timeline.Fact
		treated, held := 0, 0
		for i, p := range w.people {
			switch k := &treated; variants[p.ID] {
			case Holdout:
				k = &held
				fallthrough
			case Treated:
				if *k++; *k%10 == 0 || variants[p.ID] == Treated && *k%5 == 0 {
					facts = append(facts, paid(fmt.Sprint("o", i), p.ID, 5000, "CNY"), timeline.Fact{Kind: pageViewed, PersonID: p.ID}, timeline.Fact{Kind: pageViewed, PersonID: p.ID})
				}
			}
		}
		w.clock.Advance(time.Hour)
		w.happened(facts...)
		report := func() Report {
			r, err := w.svc.Report(as("viewer", "stf_1"), c.ID)
			testkit.Must(t, err)
			return r
		}
		r := report()
		if r.Treated+r.Holdout != 2000 || !r.Early || r.Final || r.Currency != "CNY" || len(r.Outcomes) != 4 {
			t.Fatalf("%+v", r)
		}
		for i, want := range map[int]float64{0: 100, 1: 100, 2: 100, 3: 500_000} {
			o := r.Outcomes[i]
			if math.Abs(o.Per1000.Estimate-want) > 0.1*want || o.Verdict != "higher" || o.Per1000.Low <= 0 || o.Per1000.High <= want {
				t.Errorf("%s: %+v, want %v per 1,000", o.Key, o, want)
			}
		}
		money := r.Outcomes[3].Total.Estimate
		var buyer string
		for _, f := range facts {
			if variants[f.PersonID] == Treated {
				buyer = f.PersonID
			}
		}
		// A refund takes back, other money is an order but no money, and what is late is not counted.
		w.happened(timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: buyer, Data: mallevent.Refund{RefundID: "r1", AmountMinor: 5000, Currency: "CNY"}}, paid("usd", buyer, 700, "USD"))
		if got := report().Outcomes[3]; !near(got.Treated.Total, r.Outcomes[3].Treated.Total-5000) || got.Total.Estimate >= money {
			t.Errorf("a refund leaves %v of %v", got.Treated.Total, r.Outcomes[3].Treated.Total)
		}
		if got := report().Outcomes[2]; !near(got.Treated.Total, r.Outcomes[2].Treated.Total+1) {
			t.Errorf("%v orders", got.Treated.Total)
		}
		before := report()
		w.clock.Advance(8 * 24 * time.Hour)
		w.happened(paid("late", buyer, 5000, "CNY"))
		after := report()
		if !near(after.Outcomes[3].Treated.Total, before.Outcomes[3].Treated.Total) || !after.Final || after.Early {
			t.Errorf("what came late was counted: %+v", after)
		}
		// Built anew from the log, it says the same.
		testkit.Must(t, w.runner.Rebuild(context.Background(), SubscriberName, org))
		testkit.Must(t, w.runner.CatchUp(context.Background(), org))
		if again := report(); !near(again.Outcomes[3].Treated.Total, after.Outcomes[3].Treated.Total) || !near(again.Outcomes[3].Control.Total, after.Outcomes[3].Control.Total) || !near(again.Outcomes[0].Control.Total, after.Outcomes[0].Control.Total) {
			t.Errorf("built anew: %+v, was %+v", again.Outcomes[3], after.Outcomes[3])
		}
	})
}

// near: totals are means times numbers.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-6*(1+math.Abs(b)) }

func paid(order, person string, minor int64, currency string) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, Data: mallevent.Order{OrderID: order, AmountMinor: minor, Currency: currency}}
}

// Who turns out to be one with somebody of the other group is no longer counted,
// and is again after they were told apart; what they do counts where they are.
func TestMergedPeople(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(100)
		c := w.start(w.draft(share(5000)))
		var got, left, also string
		for p, v := range w.variants(c.ID) {
			switch {
			case v == Treated && got == "":
				got = p
			case v == Treated && also == "":
				also = p
			case v == Holdout && left == "":
				left = p
			}
		}
		report := func() Report {
			r, err := w.svc.Report(as("viewer", "stf_1"), c.ID)
			testkit.Must(t, err)
			return r
		}
		merge := func(kind, winner, loser string) timeline.Fact {
			return timeline.Fact{Kind: kind, PersonID: winner, Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: loser, Members: []string{loser}}}
		}
		w.clock.Advance(time.Minute)
		w.happened(merge(poolevent.Merged, got, left))
		if r := report(); r.Mixed != 2 {
			t.Errorf("%d are mixed", r.Mixed)
		}
		w.happened(merge(poolevent.Split, got, left))
		if r := report(); r.Mixed != 0 {
			t.Errorf("told apart again, %d are mixed", r.Mixed)
		}
		w.happened(merge(poolevent.Merged, "per_outside", also), paid("o", "per_outside", 900, "CNY"))
		if r := report(); !near(r.Outcomes[3].Treated.Total, 900) {
			t.Errorf("who was merged into somebody outside spent %v", r.Outcomes[3].Treated.Total)
		}
	})
}

func TestHTTP(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(30)
		var c Campaign
		w.api.Want(t, "org_a operator stf_1", 201, "POST", "/campaigns", `{"name":"A","segment_id":"seg_1","purpose":"marketing","account_ids":["acc_mail"],"subject":"s","text":"{{ name | default \"x\" }}"}`, &c)
		if c.HoldoutBP != 1000 || c.MeasureDays != 14 || c.SegmentName != "人群" || c.CreatedName != "小鱼" {
			t.Errorf("%+v", c)
		}
		path := "/campaigns/" + c.ID
		w.api.Want(t, "org_a associate stf_1", 403, "GET", path, "", nil)
		w.api.Want(t, "org_b operator stf_1", 404, "GET", path, "", nil)
		w.api.Want(t, "org_b operator stf_1", 404, "POST", path+"/submit", `{"version":1}`, nil)
		w.api.Want(t, "org_a viewer stf_1", 403, "POST", path+"/submit", `{"version":1}`, nil)
		w.api.Want(t, "org_a operator stf_1", 422, "POST", "/campaigns", `{"name":"A","purpose":"marketing","account_ids":[],"text":"{{ range }}"}`, nil)
		w.api.Want(t, "org_a operator stf_1", 200, "POST", path+"/preview", `{}`, nil)
		w.api.Want(t, "org_a operator stf_1", 200, "POST", path+"/check", "", nil)
		w.api.Want(t, "org_a operator stf_1", 200, "POST", path+"/submit", `{"version":1}`, nil)
		testkit.Must(t, w.svc.Plan(context.Background(), org, c.ID))
		w.api.Want(t, "org_a viewer stf_1", 200, "GET", path+"/report", "", nil)
		w.api.Want(t, "org_a operator stf_1", 200, "POST", path+"/pause", "", &c)
		if c.Status != Paused {
			t.Errorf("%+v", c)
		}
		var list struct{ Items []Campaign }
		w.api.Want(t, "org_a viewer stf_1", 200, "GET", "/campaigns?status=paused&q=a", "", &list)
		if len(list.Items) != 1 || list.Items[0].ID != c.ID {
			t.Errorf("%+v", list)
		}
		w.api.Want(t, "org_a viewer stf_1", 200, "GET", "/campaigns?q=%25", "", &list)
		if len(list.Items) != 0 {
			t.Errorf("%% finds %d", len(list.Items))
		}
		w.api.Want(t, "org_a operator stf_1", 403, "PUT", "/campaign-settings", `{"approve_over":1,"holdout_bp":0,"global_bp":0}`, nil)
		w.api.Want(t, "org_a owner stf_1", 200, "PUT", "/campaign-settings", `{"approve_over":1,"holdout_bp":0,"global_bp":0}`, nil)
		w.api.Want(t, "org_a operator stf_1", 200, "GET", "/campaign-choices", "", nil)
	})
}
