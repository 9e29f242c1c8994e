package app

import (
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A second start finds the brand made before, and everything that follows the
// timeline has come to its end.
func TestDemoTwiceIsOneBrand(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d.Engine())
		var first string
		for round := range 2 {
			login, err := h.Demo(t.Context(), DemoOptions{Persons: 60, Seed: 5, Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			b := &brand{h: h, jar: newJar(t)}
			b.must(t, 200, "POST", "/auth/sign-in", `{"email":"`+login.Email+`","password":"`+login.Password+`"}`, nil)
			var people struct {
				Items []struct {
					Name, Stage, Region string
					Orders              int64
				}
				Total int64
			}
			b.must(t, 200, "GET", "/persons?sort=-gmv_minor", "", &people)
			if people.Total != 60 || people.Items[0].Orders == 0 || people.Items[0].Stage == "new" || people.Items[0].Region == "" {
				t.Fatalf("round %d: %+v", round, people)
			}
			_, body := b.call(t, "GET", "/persons", "")
			if round == 0 {
				first = string(body)
			} else if string(body) != first {
				t.Errorf("the second start changed people:\n%s\n%s", first, body)
			}
			var materials struct {
				Items []struct{ Opens int64 }
				Total int64
			}
			b.must(t, 200, "GET", "/materials?sort=-used", "", &materials)
			if materials.Total != 7 || materials.Items[0].Opens == 0 {
				t.Errorf("round %d: the library: %+v", round, materials)
			}
			var health Health
			b.must(t, 200, "GET", "/system/health", "", &health)
			for _, s := range health.Subscribers {
				if s.Lag != 0 || s.Parked != 0 {
					t.Errorf("%+v", s)
				}
			}
		}
	})
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		a, err := Open(b.Context(), Config{Data: dir, LogFormat: "text"}, ServeConfig{}, b.Output())
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := a.Demo(b.Context(), DemoOptions{Persons: 5000, Seed: 1, Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(5000/time.Since(began).Seconds(), "persons/s")
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
