package journey

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/model"
	"fishpond/internal/platform/testkit"
)

// Between the moment at which it is known how far people would walk and that at
// which it is written, anything may happen. Whoever was moved, or whose journey was
// stopped, stays where that left them, and nothing is done for them.
func TestWhatHappensBetweenPlanAndCommit(t *testing.T) {
	for name, c := range map[string]struct {
		between func(m *sim, other *Service) error
		want    []string // of both people, after it
		marks   int
	}{
		"nothing": {func(*sim, *Service) error { return nil }, []string{"active wait time", "active wait time"}, 2},
		"a pause": {func(m *sim, other *Service) error {
			_, err := other.Steer(m.ctx(), m.ids[0], "pause")
			return err
		}, []string{"active tag begin", "active tag begin"}, 0},
		"the end": {func(m *sim, other *Service) error {
			if _, err := other.Steer(m.ctx(), m.ids[0], "end"); err != nil {
				return err
			}
			return m.work(other)
		}, []string{"cancelled tag begin", "cancelled tag begin"}, 0},
		"the end, of whom nobody has been told yet": {func(m *sim, other *Service) error {
			_, err := other.Steer(m.ctx(), m.ids[0], "end")
			return err
		}, []string{"active tag begin", "active tag begin"}, 0},
		"one is taken out": {func(m *sim, other *Service) error {
			return other.TakeOut(m.ctx(), m.ids[0], m.run("per_1"))
		}, []string{"active wait time", "cancelled tag begin"}, 1},
		"another node is quicker": {func(m *sim, other *Service) error {
			return other.TickOrg(context.Background(), simOrg)
		}, []string{"active wait time", "active wait time"}, 2},
		"they are moved to a new version": {func(m *sim, other *Service) error {
			return m.publish(other, m.ids[0], graph.Spec{Entry: graph.Entry{Kind: graph.ByHand}, Frequency: graph.Frequency{Kind: graph.Once}, Purpose: graph.Service,
				Graph: graph.Graph{Steps: []graph.Step{{ID: "else", Kind: graph.Wait, Seconds: 3600}}}}, Publishing{Move: true, Mapping: map[string]string{"tag": "else"}})
		}, []string{"active else time", "active else time"}, 0},
	} {
		for _, e := range testkit.Engines {
			t.Run(name+"/"+string(e), func(t *testing.T) {
				m := newSim(t, testkit.Open(t, e, simSchema), model.Story{Zone: "UTC", People: []model.Person{{}, {}}, First: []graph.Spec{{
					Entry: graph.Entry{Kind: graph.ByHand}, Frequency: graph.Frequency{Kind: graph.Once}, Purpose: graph.Service,
					Graph: graph.Graph{Steps: []graph.Step{{ID: "tag", Kind: graph.Tag, Use: "tag_0", Next: "wait"}, {ID: "wait", Kind: graph.Wait, Seconds: 3600}}}}}})
				if _, err := m.nodes[0].Enter(m.ctx(), m.ids[0], FromHand, EnterInput{PersonIDs: []string{"per_1", "per_2"}}); err != nil {
					t.Fatal(err)
				}
				once := true
				m.nodes[0].o.Batch = 10
				m.nodes[0].o.Planned = func() {
					if once {
						once = false
						testkit.Must(t, c.between(m, m.nodes[1]))
					}
				}
				testkit.Must(t, m.nodes[0].TickOrg(context.Background(), simOrg))
				got := testkit.Texts(t, m.db, simOrg, "SELECT TRIM(status || ' ' || step || ' ' || wait) FROM journey_run")
				slices.Sort(got)
				if !slices.Equal(got, c.want) {
					t.Errorf("%q, want %q", got, c.want)
				}
				marks := testkit.Texts(t, m.db, simOrg, "SELECT person FROM sim_mark WHERE mark = 'tag_0'")
				if paths := testkit.Texts(t, m.db, simOrg, "SELECT step FROM journey_visit WHERE way <> -2 AND way <> -3"); len(marks) != c.marks || len(paths) != c.marks {
					t.Errorf("%q are tagged, %s were left", marks, strings.Join(paths, " "))
				}
			})
		}
	}
}

// run is the only walk of somebody.
func (m *sim) run(person string) string {
	return testkit.Texts(m.tb, m.db, simOrg, "SELECT id FROM journey_run WHERE person_id = ?", person)[0]
}
