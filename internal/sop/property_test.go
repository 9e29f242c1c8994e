package sop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// plainly is a series as one would do it by hand: no rows that are due, no
// batches, no transactions.
type plainly struct {
	steps   map[int64][]Step // by version
	version int64
	live    bool
	in      map[string]*one
}

type one struct {
	version int64
	since   time.Time
	zone    *time.Location
	active  bool
	next    time.Time // nobody looks at them before
	had     map[string]string
	order   []string
}

// due is when a step comes for somebody.
func (o *one) due(st Step) time.Time {
	day := o.since.In(o.zone).AddDate(0, 0, st.Day).Format(time.DateOnly)
	due, err := time.ParseInLocation("2006-01-02 15:04", day+" "+st.At, o.zone)
	if err != nil {
		panic(err)
	}
	return due
}

func inOrder(steps []Step) []Step {
	steps = slices.Clone(steps)
	slices.SortFunc(steps, func(a, b Step) int { return cmp.Or(a.Day-b.Day, strings.Compare(a.At, b.At)) })
	return steps
}

// look does what is due: everything that is not behind somebody, in its order.
func (p *plainly) look(now time.Time) {
	for _, o := range p.in {
		if !p.live || !o.active || now.Before(o.next) {
			continue
		}
		left := false
		for _, st := range inOrder(p.steps[o.version]) {
			if o.had[st.ID] != "" {
				continue
			}
			due := o.due(st)
			switch {
			case now.Before(due):
				left, o.next = true, due
			case due.Before(o.since):
				o.had[st.ID] = "skipped/before"
			case now.Sub(due) > 2*time.Hour, now.In(o.zone).Format(time.DateOnly) != due.Format(time.DateOnly):
				o.had[st.ID] = "skipped/late"
			default:
				o.had[st.ID] = "given"
				o.order = append(o.order, st.ID)
			}
			if left {
				break
			}
		}
		o.active = left
	}
}

var errKilled = errors.New("killed")

// Whatever is enrolled, edited, paused, killed and however the clock jumps:
// everybody has had what they would have had by hand, each step once.
func TestAgainstDoingItByHand(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; d.Engine() == db.Postgres && runs > 12 {
				return // each needs a database of its own
			}
			w := newWorld(t, testkit.Open(t, d.Engine(), schema))
			w.svc.batch = rapid.IntRange(1, 4).Draw(rt, "batch")
			sp := spec(drawSteps(rt, nil)...)
			sp.CatchUpHours, sp.Exits.Replied = 2, true
			v := w.live(Person, sp)
			p := &plainly{steps: map[int64][]Step{1: sp.Steps}, version: 1, live: true, in: map[string]*one{}}
			shanghai, err := time.LoadLocation("Asia/Shanghai")
			testkit.Must(t, err)
			zones := []string{"", "America/New_York", "Pacific/Auckland"}
			for i := range rapid.IntRange(5, 40).Draw(rt, "actions") {
				switch rapid.IntRange(0, 9).Draw(rt, "action") {
				case 0, 1:
					id := fmt.Sprintf("per_x%d", i)
					zone := rapid.SampledFrom(zones).Draw(rt, "zone")
					w.person(Known{ID: id, Zone: zone})
					out, err := w.svc.Enrol(operator, v.ID, EnrolInput{PersonIDs: []string{id}})
					testkit.Must(t, err)
					if out.Enrolled == 1 {
						p.in[id] = &one{version: p.version, since: w.clock.Now(), zone: zoneOf(zone, shanghai), active: true, had: map[string]string{}}
						o := p.in[id]
						for _, st := range inOrder(p.steps[p.version]) {
							if due := o.due(st); o.next.IsZero() && !due.Before(o.since) {
								o.next = due
							}
						}
						if o.next.IsZero() {
							rt.Fatalf("%s was taken in for nothing", id)
						}
					}
				case 2: // edited
					sp.Steps = drawSteps(rt, sp.Steps)
					v, err = w.svc.Update(operator, v.ID, v.Revision, Input{Name: "x", Kind: Person, Spec: sp})
					testkit.Must(t, err)
					move := rapid.Bool().Draw(rt, "move")
					v, err = w.svc.Publish(operator, v.ID, v.Revision, move)
					testkit.Must(t, err)
					sp.Steps = v.Spec.Steps
					p.version = v.Version
					p.steps[v.Version] = v.Spec.Steps
					if move {
						for _, o := range p.in {
							if o.active && o.version != v.Version {
								o.version, o.next = v.Version, w.clock.Now()
							}
						}
					}
				case 3:
					what := map[bool]string{true: "pause", false: "resume"}[p.live]
					v, err = w.svc.Steer(operator, v.ID, what)
					testkit.Must(t, err)
					p.live = !p.live
				case 4: // somebody answers
					if len(p.in) > 0 {
						id := rapid.SampledFrom(sorted(p.in)).Draw(rt, "who")
						w.clock.Advance(time.Second)
						w.happened(carrierevent.MessageReceived, id, carrierevent.Message{AccountID: "acc_mail", Text: "hi"})
						if !w.clock.Now().Before(p.in[id].since) { // else they wrote before they came in
							p.in[id].active = false
						}
					}
				case 5: // killed while handing over: nothing of it was done
					w.box.fail = errKilled
					_ = w.svc.Tick(context.Background())
					w.box.fail = nil
					w.tick() // at the same moment: what does not reach the outbox may have been done
					p.look(w.clock.Now())
				case 6: // killed after a batch: the rest is done by another node
					w.svc.decided = func() error { return errKilled }
					_ = w.svc.Tick(context.Background())
					w.svc.decided = nil
					other := w.service()
					testkit.Must(t, other.Tick(context.Background()))
					p.look(w.clock.Now())
				case 7: // the clock jumps back
					w.clock.Advance(-time.Duration(rapid.IntRange(1, 300).Draw(rt, "back")) * time.Minute)
				default:
					w.clock.Advance(time.Duration(rapid.IntRange(1, 2000).Draw(rt, "minutes")) * time.Minute)
					w.tick()
					p.look(w.clock.Now())
				}
			}
			// The killed batches are made good.
			w.tick()
			p.look(w.clock.Now())
			for id, o := range p.in {
				var want []string
				for step, what := range o.had {
					want = append(want, step+" "+what)
				}
				slices.Sort(want)
				got := testkit.Texts(t, w.db, org, "SELECT step_id || ' ' || status || CASE WHEN why = '' THEN '' ELSE '/' || why END FROM sop_step WHERE org_id = ? AND subject_id = ? ORDER BY step_id", org, id)
				if !slices.Equal(got, want) {
					rt.Fatalf("%s at %s: %v, by hand %v", id, w.clock.Now(), got, want)
				}
				if w.got(id) != strings.Join(o.order, " ") {
					rt.Fatalf("%s: %s, by hand %v", id, w.got(id), o.order)
				}
			}
			w.tallied()
		})
	})
}

// drawSteps changes steps: some stay, some come elsewhere, some are new. No two
// are closer than three hours.
func drawSteps(rt *rapid.T, had []Step) []Step {
	out, taken := []Step{}, map[string]bool{}
	for _, st := range had {
		if rapid.IntRange(0, 3).Draw(rt, "keep") > 0 {
			out = append(out, st)
			taken[fmt.Sprint(st.Day, st.At)] = true
		}
	}
	for range rapid.IntRange(1, 4).Draw(rt, "new") {
		st := message("", rapid.IntRange(0, 4).Draw(rt, "day"), fmt.Sprintf("%02d:00", 3*rapid.IntRange(0, 7).Draw(rt, "hour")), "x")
		if !taken[fmt.Sprint(st.Day, st.At)] {
			taken[fmt.Sprint(st.Day, st.At)] = true
			st.ID = fmt.Sprintf("n%d", rapid.IntRange(0, 99999).Draw(rt, "id"))
			if !slices.ContainsFunc(out, func(o Step) bool { return o.ID == st.ID }) {
				out = append(out, st)
			}
		}
	}
	slices.SortFunc(out, func(a, b Step) int { return cmp.Or(a.Day-b.Day, strings.Compare(a.At, b.At)) })
	return out
}

// Several nodes at once: each takes what no other has, and nobody gets anything
// twice.
func TestSeveralNodes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "11:00", "1"), message("b", 1, "11:00", "2")))
		var people []string
		for i := range 300 {
			id := fmt.Sprintf("per_n%03d", i)
			w.person(Known{ID: id})
			people = append(people, id)
		}
		w.enrol(v.ID, people...)
		for _, at := range []string{"2026-11-23 11:00", "2026-11-24 11:00"} {
			moment, err := time.ParseInLocation("2006-01-02 15:04", at, time.FixedZone("", 8*3600))
			testkit.Must(t, err)
			w.clock.Advance(moment.Sub(w.clock.Now()))
			var nodes sync.WaitGroup
			for range 3 {
				node := w.service()
				node.batch = 20
				nodes.Go(func() {
					if err := node.Tick(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			nodes.Wait()
		}
		if len(w.box.to) != 600 || strings.Count(w.state(v.ID), "done") != 300 {
			t.Errorf("%d messages, %d came to the end", len(w.box.to), strings.Count(w.state(v.ID), "done"))
		}
		w.tallied()
	})
}
