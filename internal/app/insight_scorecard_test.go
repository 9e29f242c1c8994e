package app

import (
	"context"
	"testing"

	"fishpond/internal/insight/playbook"
	"fishpond/internal/journey/ready"
	"fishpond/internal/platform/i18n"
)

// What the playbook recommends is in the library of journeys, and the first of
// each place is not one for the very opposite goods.
func TestThePlaybookRecommendsWhatThereIs(t *testing.T) {
	offered := map[string]bool{}
	for _, j := range (playbookJourneys{}).Ready(i18n.With(context.Background(), i18n.EN)) {
		offered[j.Key] = j.Name != "" && j.Text != ""
	}
	for _, q := range playbook.Quadrants {
		for _, key := range q.Journeys {
			if !offered[key] {
				t.Errorf("%s: there is no ready journey %s", q.Key, key)
			}
		}
		j, _ := ready.Find(q.Journeys[0], i18n.EN)
		if j.For != nil && (j.For.Frequency == ready.High) != q.Often && (j.For.Ticket == ready.High) != q.Dear {
			t.Errorf("%s: %s is made for other goods", q.Key, j.Key)
		}
	}
}
