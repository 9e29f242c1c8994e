package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool"
)

// tide is what is played in the lives of a server with a campaign that tests two
// variants, and a series that comes each day.
type tide struct {
	t              *testing.T
	p              place
	box            *mailbox
	session        *http.Client
	r              *rand.Rand
	tested, series string // ids
	people         int
	died           map[string]int
	doubt          int64 // so far
}

// Where a server is killed, in turn; empty: at any moment. First while the
// campaign is planned and its test goes out, then about the moment at which the
// test is decided, then while the rest goes out and the series comes.
var (
	atPlanning = []string{"campaign.planned", "reach.recording", "campaign.frozen", "", "reach.handed"}
	atDeciding = []string{"campaign.deciding", "campaign.decided"}
	atComing   = []string{"campaign.recurring", "reach.claimed", "campaign.ticked", "campaign.frozen", "reach.recording", "", "campaign.recurring", "campaign.planned", "reach.handed", "reach.burying"}
)

// TestVariantsAndSeriesSurviveBeingKilled lets a campaign test two variants and
// decide by itself, and a series come day after day, while the server is killed
// again and again, also within the transactions that decide and that begin a day.
//
// The test is decided once, by what people did; each of the rest gets the winner;
// each day of the series is there once; nobody gets anything twice, nobody is
// left out, and who is in doubt is known.
func TestVariantsAndSeriesSurviveBeingKilled(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			n := howOften(t, 8)
			c := newTide(t, e, 100)
			half := max(2, n/4)
			for k := range half {
				c.play(atPlanning[(k+c.r.IntN(2))%len(atPlanning)], c.submit)
			}
			c.buy()
			c.set("UPDATE campaign_campaign SET decide_at = 1 WHERE id = ? AND decide_at > 0 AND decided_at = 0", c.tested)
			for _, at := range atDeciding {
				c.aDayPasses()
				c.play(at, nil)
			}
			turn := c.r.IntN(len(atComing))
			for k := half + len(atDeciding); k < n; k++ {
				c.aDayPasses()
				c.play(atComing[(turn+k)%len(atComing)], nil)
			}
			c.finish()
			c.judge()
		})
	}
}

// newTide sets up a shop with people, a mail account, the campaign and the series.
func newTide(t *testing.T, e db.Engine, people int) *tide {
	t.Helper()
	box, p, s, account := startMailShop(t, e)
	c := &tide{t: t, people: people, box: box, p: p, died: map[string]int{}, r: rand.New(rand.NewPCG(17, uint64(time.Now().UnixNano())))} //nolint:gosec // any time will do
	must := func(status int, method, path, body string, out any) {
		t.Helper()
		if st := s.json(t, method, path, body, out); st != status {
			t.Fatalf("%s %s: %d", method, path, st)
		}
	}
	var segment, made struct{ ID string }
	must(200, "PUT", "/reach/settings", oneADay, nil)
	must(200, "PUT", "/campaign-settings", `{"approve_over":1000000,"holdout_bp":0,"global_bp":0}`, nil)
	must(201, "POST", "/segments", `{"name":"Everybody","text":"has identity email"}`, &segment)
	common := fmt.Sprintf(`"segment_id":%q,"purpose":"service","account_ids":[%q]`, segment.ID, account)
	must(201, "POST", "/campaigns", `{"name":"Which",`+common+`,"text":"","variants":[{"name":"A","subject":"Tea A","text":"Dear {{ name }}"},{"name":"B","subject":"Tea B","text":"Hello {{ name }}"}],
		"winner":{"metric":"orders","after_hours":1,"share_bp":5000,"otherwise":"first"}}`, &made)
	c.tested = made.ID
	must(201, "POST", "/campaigns", `{"name":"Daily",`+common+`,"subject":"News","text":"Dear {{ name }}","schedule":{"every":"day","at":"00:00","late":"send"}}`, &made)
	c.series = made.ID
	c.session = s.client
	s.stop(t)
	c.p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
		all := make([]pool.Contact, people)
		for i := range all {
			all[i] = pool.Contact{Name: fmt.Sprintf("P%d", i), Source: "test", Identities: []pool.Identity{{Kind: "email", Value: fmt.Sprintf("p%d@x.example", i)}}}
		}
		return a.DB.Write(ctx, orgID, func(tx *db.Tx) error { _, err := a.Pool.Resolve(ctx, tx, orgID, all); return err })
	})
	s = c.p.serve(t)
	s.client = c.session
	wait(t, "the segment", func() bool {
		var check struct{ People int }
		return s.json(t, "POST", "/campaigns/"+c.tested+"/check", "", &check) == 200 && check.People == people
	})
	s.stop(t)
	return c
}

// set changes what is stored while no server runs.
func (c *tide) set(query string, args ...any) {
	c.t.Helper()
	d := c.p.open(c.t)
	defer d.Close()
	testkit.Must(c.t, d.Write(c.t.Context(), db.AllOrgs, func(tx *db.Tx) error { _, err := tx.Exec(c.t.Context(), query, args...); return err }))
}

// aMinutePasses: the dead node is no longer taken for one that leads, or works on
// anything.
func (c *tide) aMinutePasses() {
	c.set("DELETE FROM river_leader")
	c.set("DELETE FROM river_job WHERE kind = 'campaign.tick'")
	c.set("UPDATE river_job SET state = 'available' WHERE state IN ('running', 'retryable')")
}

// aDayPasses moves the series and what it has made a day back, if what it made
// last is on its way.
func (c *tide) aDayPasses() {
	c.t.Helper()
	type one struct {
		id, day, status string
		next            int64
	}
	var all []one
	c.read(func(rows *sql.Rows) error {
		var o one
		err := rows.Scan(&o.id, &o.day, &o.status, &o.next)
		all = append(all, o)
		return err
	}, "SELECT id, occurrence, status, next_at FROM campaign_campaign WHERE id = ? OR series_id = ?", c.series, c.series)
	if slices.ContainsFunc(all, func(o one) bool { return o.id == c.series && o.next <= time.Now().UnixMicro() }) {
		return // it has not come yet, or is not on
	}
	for _, o := range all {
		day, err := time.Parse(time.DateOnly, o.day)
		testkit.Must(c.t, err)
		c.set("UPDATE campaign_campaign SET occurrence = ? WHERE id = ?", day.AddDate(0, 0, -1).Format(time.DateOnly), o.id)
	}
	c.set("UPDATE campaign_campaign SET next_at = next_at - ? WHERE id = ?", (24 * time.Hour).Microseconds(), c.series)
}

func (c *tide) read(each func(*sql.Rows) error, query string, args ...any) {
	c.t.Helper()
	d := c.p.open(c.t)
	defer d.Close()
	testkit.Must(c.t, d.Read(c.t.Context(), db.AllOrgs, func(tx *db.Tx) error { return tx.Each(c.t.Context(), each, query, args...) }))
}

// number reads one.
func (c *tide) number(query string, args ...any) (n int64) {
	c.t.Helper()
	c.read(func(rows *sql.Rows) error { return rows.Scan(&n) }, query, args...)
	return n
}

// submit hands both in, unless they are.
func (c *tide) submit(l *life) {
	for _, id := range []string{c.tested, c.series} {
		var got struct {
			Version int64
			Status  string
		}
		if l.try(c.t, "GET", "/campaigns/"+id, "", &got) && got.Status == "draft" {
			l.try(c.t, "POST", "/campaigns/"+id+"/submit", fmt.Sprintf(`{"version":%d}`, got.Version), nil)
		}
	}
}

// play lets one life pass.
func (c *tide) play(at string, do func(*life)) {
	c.t.Helper()
	c.aMinutePasses()
	named := at != "" && killpoint.On
	patience := time.Duration(200+c.r.IntN(1500)) * time.Millisecond
	if named {
		patience = 4 * time.Second
	} else {
		at = ""
	}
	l := c.p.live(c.t, at, 1, c.session)
	if do != nil {
		do(l)
	}
	for end := time.Now().Add(patience); !l.dead() && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it works until it comes to the place; if it does not, another moment will do
	}
	l.kill()
	c.died[l.diedAt(at)]++
	c.look()
}

// look demands of a death what it may leave in doubt.
func (c *tide) look() {
	c.t.Helper()
	doubt := c.number("SELECT COUNT(*) FROM reach_message WHERE status = 'doubtful'")
	if doubt > c.doubt+mailLines {
		c.t.Errorf("after a death %d are doubtful, %d before (%v)", doubt, c.doubt, c.died)
	}
	c.doubt = doubt
}

// buy has the people of the test with the second variant buy, once they have been
// planned; and ends that life, too, at some moment after it was counted.
func (c *tide) buy() {
	t := c.t
	c.aDayPasses()
	c.aMinutePasses()
	l := c.p.live(t, "", 0, c.session)
	var got struct{ Status string }
	wait(t, "the plan of the test", func() bool {
		c.submit(l)
		return l.try(t, "GET", "/campaigns/"+c.tested, "", &got) && got.Status == "sending"
	})
	var buyers []string
	c.read(func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		buyers = append(buyers, id)
		return err
	}, "SELECT person_id FROM campaign_person WHERE campaign_id = ? AND arm = 'B' AND tested = 1", c.tested)
	if len(buyers) < c.people/5 {
		t.Fatalf("%d of %d people are in half a test", len(buyers), c.people)
	}
	var b bytes.Buffer
	for i, id := range buyers {
		fmt.Fprintf(&b, `,{"kind":"order.paid","person_id":%q,"idempotency_key":"o-%d","data":{"order_id":"o-%d","amount_minor":100,"currency":"CNY","items":[]}}`, id, i, i)
	}
	if !l.try(t, "POST", "/events/batch", `{"events":[`+b.String()[1:]+`]}`, nil) {
		t.Fatal("orders were not taken")
	}
	wait(t, "that orders are counted", func() bool {
		var got struct {
			Test struct {
				Lines []struct {
					Name   string
					Orders int
				}
			}
		}
		l.try(t, "GET", "/campaigns/"+c.tested, "", &got)
		return len(got.Test.Lines) == 2 && got.Test.Lines[1].Orders == len(buyers)
	})
	l.kill()
	c.died["any moment"]++
	c.look()
}

// finish lets a server that is not killed bring all to its end, after one more day.
func (c *tide) finish() {
	t := c.t
	c.aDayPasses()
	c.aMinutePasses()
	s := c.p.serve(t)
	s.client = c.session
	type campaign struct {
		Runs     int       `json:"occurrences"`
		NextAt   time.Time `json:"next_at"`
		Progress *struct {
			Total, Planned, Sending int64
			Waiting                 map[string]int64
		}
	}
	through := func(o campaign) bool {
		p := o.Progress
		return p != nil && p.Total == int64(c.people) && p.Planned+p.Sending+p.Waiting["retry"]+p.Waiting["account"] == 0
	}
	wait(t, "the end of the campaign and of the days", func() bool {
		var one, series campaign
		var made struct{ Items []campaign }
		return s.json(t, "GET", "/campaigns/"+c.tested, "", &one) == 200 && through(one) &&
			s.json(t, "GET", "/campaigns/"+c.series, "", &series) == 200 && series.Runs > 0 && series.NextAt.After(time.Now()) &&
			s.json(t, "GET", "/campaigns?limit=100&series_id="+c.series, "", &made) == 200 && len(made.Items) == series.Runs &&
			!slices.ContainsFunc(made.Items, func(o campaign) bool { return !through(o) })
	})
	s.stop(t)
	c.look()
}

// judge compares what arrived with what is said of it.
func (c *tide) judge() {
	t := c.t
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	type key struct{ campaign, person string }
	seen, states, said := map[key]string{}, map[string]int{}, map[string]int{}
	c.read(func(rows *sql.Rows) error {
		var id, plan, campaign, person, status, why, arm string
		var tested int
		if err := rows.Scan(&id, &plan, &campaign, &person, &status, &why, &arm, &tested); err != nil {
			return err
		}
		states[strings.TrimSuffix(status+":"+why, ":")]++
		if was := seen[key{campaign, person}]; was != "" {
			t.Errorf("%s has %s and %s of one campaign", person, was, id)
		}
		seen[key{campaign, person}] = id
		mail := strings.Replace(id, "_", ".", 1) + "@pond.example"
		if n := c.box.got[mail]; status != "sent" && status != "doubtful" || n > 1 || status == "sent" && n != 1 {
			t.Errorf("%s is %s:%s and arrived %d times", id, status, why, n)
		}
		subject := c.box.said[mail]
		said[subject]++
		want := "News"
		switch {
		case campaign == c.tested && tested == 1:
			want = "Tea " + arm
		case campaign == c.tested:
			want = "Tea B" // what the test found
		}
		if subject != want && !(subject == "" && status == "doubtful") {
			t.Errorf("%s in %s got %q instead of %q", person, plan, subject, want)
		}
		return nil
	}, `SELECT m.id, m.plan_id, p.origin_id, m.person_id, m.status, m.why, c.arm, c.tested FROM reach_message m JOIN reach_plan p ON p.org_id = m.org_id AND p.id = m.plan_id
		JOIN campaign_person c ON c.org_id = m.org_id AND c.campaign_id = p.origin_id AND c.person_id = m.person_id`)
	var days []string
	c.read(func(rows *sql.Rows) error {
		var day string
		err := rows.Scan(&day)
		days = append(days, day)
		return err
	}, "SELECT occurrence FROM campaign_campaign WHERE series_id = ? ORDER BY occurrence", c.series)
	if len(days) < 2 {
		t.Errorf("the series came on %v only", days)
	}
	for i := 1; i < len(days); i++ {
		before, _ := time.Parse(time.DateOnly, days[i-1])
		if before.AddDate(0, 0, 1).Format(time.DateOnly) != days[i] {
			t.Errorf("the series came on %v", days)
			break
		}
	}
	if runs := c.number("SELECT runs FROM campaign_campaign WHERE id = ?", c.series); int(runs) != len(days) {
		t.Errorf("of %d days %d are there", runs, len(days))
	}
	if want := c.people * (len(days) + 1); len(seen) != want {
		t.Errorf("%d messages, want %d", len(seen), want)
	}
	if extra := len(c.box.got); extra > len(seen) {
		t.Errorf("%d mails arrived, %d are on record", extra, len(seen))
	}
	var verdict string
	c.read(func(rows *sql.Rows) error { return rows.Scan(&verdict) }, "SELECT verdict FROM campaign_campaign WHERE id = ?", c.tested)
	var found struct{ Chosen, By string }
	if err := json.Unmarshal([]byte(verdict), &found); err != nil || found.Chosen != "B" || found.By != "winner" {
		t.Errorf("the test found %s (%v)", verdict, err)
	}
	if n := c.number("SELECT COUNT(*) FROM campaign_person WHERE campaign_id = ? AND tested = 1", c.tested); n < int64(c.people/2-2) || n > int64(c.people/2+2) {
		t.Errorf("%d of %d are in half a test", n, c.people)
	}
	t.Logf("killed at %v; %v over %d days; %v arrived", c.died, states, len(days), said)
	c.p.tallies(t)
}
