package content

import (
	"context"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A stream tells of visits to one's own links and to nobody else's: not a
// colleague's, not another brand's.
func TestStreamIsOnesOwn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.made(`{"kind":"text","title":"喂养指南","body":{"text":"每次 90 毫升"}}`)
		mine := w.link(`{"material_id":"` + m.ID + `","person_ids":["per_1"]}`)
		var colleagues struct{ Items []RadarLink }
		w.want(owner, 200, "POST", "/radar-links", `{"material_id":"`+m.ID+`","person_ids":["per_2"]}`, &colleagues)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		follow := func(orgID string) (<-chan string, <-chan error) {
			as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: "stf_2", OwnOnly: true})
			v, err := w.svc.NewVisitStream(as, 0)
			testkit.Must(t, err)
			t.Cleanup(v.Close)
			told, ended := make(chan string, 100), make(chan error, 1)
			go func() {
				ended <- v.Run(func(_ int64, x *VisitView) error {
					if x == nil {
						told <- ""
					} else {
						told <- x.LinkID
					}
					return nil
				})
			}()
			if <-told != "" {
				t.Fatal("a stream does not begin with a sign of life")
			}
			return told, ended
		}
		told, ended := follow(org)
		others, otherEnded := follow("org_b")
		w.clock.Advance(time.Second)
		w.browser().open(colleagues.Items[0].URL)
		w.clock.Advance(time.Second)
		w.browser().open(mine.URL)
		if got := <-told; got != mine.ID {
			t.Errorf("the first visit told is to %s, not to one's own link %s", got, mine.ID)
		}
		w.svc.StopStreams()
		testkit.Must(t, <-ended)
		testkit.Must(t, <-otherEnded)
		for _, c := range []<-chan string{told, others} {
			select {
			case got := <-c:
				if got != "" && got != mine.ID {
					t.Errorf("told of %s", got)
				}
			default:
			}
		}
		if len(others) > 0 {
			t.Error("another brand hears of it")
		}
	})
}
