package app

import (
	"testing"
	"time"

	"fishpond/internal/campaign/wording"
	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/ready"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate"
)

// Every text of the ready journeys reads, for somebody of whom nothing is known,
// too; every condition means something for any brand.
func TestReadyJourneysRead(t *testing.T) {
	catalogue := predicate.NewCatalogue(predicate.Definitions{Zone: time.UTC, CurrencyDigits: 2, Events: predicate.StandardEvents(), Carriers: []string{"wecom", "email", "sms"}, Purposes: []string{"marketing", "service"}})
	conditions := 0
	check := func(where, text string) {
		t.Helper()
		if conditions++; text == "" {
			return
		}
		if _, err := predicate.CompileText(text, catalogue, time.Now()); err != nil {
			t.Errorf("%s: %s: %v", where, text, err)
		}
	}
	event := func(where, kind, condition string) {
		t.Helper()
		text := "did " + kind
		if condition != "" {
			text += " where (" + condition + ")"
		}
		check(where, text)
	}
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, j := range ready.Journeys(lang) {
			if e := j.Spec.Entry; e.Kind == graph.ByEvent {
				event(j.Key, e.Event, e.Where)
			}
			if g := j.Spec.Goal; g != nil {
				event(j.Key, g.Event, g.Where)
			}
			for _, x := range j.Spec.Exits {
				event(j.Key, x.Event, x.Where)
			}
			for _, st := range j.Spec.Graph.Steps {
				at := j.Key + " " + st.ID
				switch st.Kind {
				case graph.WaitEvent:
					event(at, st.Event, st.Where)
				case graph.Branch:
					for _, w := range st.Ways {
						check(at, w.When)
					}
				case graph.Property:
					for _, w := range st.Ways {
						event(at, j.Spec.Entry.Event, w.When)
					}
				case graph.Message:
					for _, text := range []string{st.Message.Subject, st.Message.Text} {
						read, err := wording.Parse(text)
						if err != nil {
							t.Errorf("%s: %v", at, err)
							continue
						}
						w, err := read.NewWriter()
						if err != nil {
							t.Fatal(err)
						}
						got, err := w.Write(wording.Values{"brand": "山野茶事", "coupon": "TEA8"})
						if err != nil || got == "" {
							t.Errorf("%s: of somebody unknown: %q %v", at, got, err)
						}
					}
				}
			}
		}
	}
	if conditions < 60 {
		t.Errorf("only %d conditions were read", conditions)
	}
}
