package journey

import (
	"context"
	"strings"
	"testing"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/model"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A node that dies after it has let people in whose date has come, and before it has
// noted that, leaves another to look at the same days: they come in once, though
// their walk was over at once and they may walk again at any time.
func TestDatesAreSeenOnceThoughLookedAtTwice(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			d := testkit.Open(t, e, simSchema)
			m := newSim(t, d, model.Story{Zone: "UTC", People: []model.Person{{Traits: map[string]string{"birthday": "1990-03-02"}}}, First: []graph.Spec{{
				Entry: graph.Entry{Kind: graph.ByDate, Trait: "birthday", At: "09:00", Yearly: true}, Frequency: graph.Frequency{Kind: graph.Again}, Purpose: graph.Service,
				Graph: graph.Graph{Steps: []graph.Step{{ID: "end", Kind: graph.Exit}}}}}})
			m.clock.Advance(10 * 3600e9)
			look := func() {
				t.Helper()
				testkit.Must(t, m.nodes[0].DatesOrg(context.Background(), simOrg))
				testkit.Must(t, m.nodes[0].TickOrg(context.Background(), simOrg))
			}
			look()
			testkit.Write(t, d, simOrg, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE journey_journey SET dates_to = started_at")
				return err
			})
			look()
			if got := testkit.Texts(t, d, simOrg, "SELECT entry || ' ' || status FROM journey_run"); len(got) != 1 || got[0] != "1 done" {
				t.Errorf("%q", got)
			}
		})
	}
}

// Wherever people are, they come in on their day, if somebody looks every minute.
func TestDatesComeEverywhere(t *testing.T) {
	m := newSim(t, testkit.Open(t, db.SQLite, simSchema), model.Story{Zone: "UTC", People: []model.Person{
		{Traits: map[string]string{"birthday": "1990-03-04", "time_zone": "Pacific/Kiritimati"}}, // UTC+14
		{Traits: map[string]string{"birthday": "1990-03-04", "time_zone": "Australia/Lord_Howe"}},
		{Traits: map[string]string{"birthday": "1990-03-04", "time_zone": "Asia/Kathmandu"}},
		{Traits: map[string]string{"birthday": "1990-03-04", "time_zone": "America/St_Johns"}},
		{Traits: map[string]string{"birthday": "1990-03-04", "time_zone": "Pacific/Pago_Pago"}}, // UTC−11
	}, First: []graph.Spec{{
		Entry: graph.Entry{Kind: graph.ByDate, Trait: "birthday", At: "00:00", Yearly: true}, Frequency: graph.Frequency{Kind: graph.Again}, Purpose: graph.Service,
		Graph: graph.Graph{Steps: []graph.Step{{ID: "end", Kind: graph.Exit}}}}}})
	for range 4 * 24 * 4 {
		m.clock.Advance(15 * time.Minute)
		testkit.Must(t, m.nodes[0].DatesOrg(context.Background(), simOrg))
	}
	got := strings.Join(testkit.Texts(t, m.db, simOrg, "SELECT person_id || ' ' || strftime('%d %H:%M', entered_at / 1000000, 'unixepoch') FROM journey_run ORDER BY entered_at"), ", ")
	if want := "per_1 03 10:00, per_2 03 13:00, per_3 03 18:15, per_4 04 03:30, per_5 04 11:00"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
