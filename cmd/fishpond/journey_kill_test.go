package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool"
)

// ear is another system that is told by journeys.
type ear struct {
	*httptest.Server
	mu    sync.Mutex
	heard map[string]int    // by key
	keys  map[string]string // by person
	twice []string          // people who were told of under two keys
}

func startEar(t *testing.T) *ear {
	t.Helper()
	e := &ear{heard: map[string]int{}, keys: map[string]string{}}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var said struct{ Person struct{ ID string } }
		key := r.Header.Get("Idempotency-Key")
		e.mu.Lock()
		defer e.mu.Unlock()
		if json.Unmarshal(body, &said) != nil || said.Person.ID == "" || key == "" {
			e.twice = append(e.twice, fmt.Sprintf("%q %s", key, body))
		}
		if was := e.keys[said.Person.ID]; was != "" && was != key {
			e.twice = append(e.twice, said.Person.ID+" "+was+" "+key)
		}
		e.keys[said.Person.ID] = key
		e.heard[key]++
		w.WriteHeader(204)
	}))
	t.Cleanup(e.Close)
	return e
}

// troupe is what is played in the lives of a server with a journey.
type troupe struct {
	t       *testing.T
	p       place
	box     *mailbox
	ear     *ear
	session *http.Client
	r       *rand.Rand
	journey string
	tags    map[string]string // by id
	ids     []string          // of the people
	died    map[string]int
	lives   int
	doubt   int64 // so far
}

// acts are where a server is killed, in turn; empty: at any moment.
var acts = []string{"journey.claimed", "", "journey.handed", "journey.committing", "entering", "telling", "pausing", "", "reach.recording", "moving", "journey.committing", "reach.claimed", "", "journey.claimed"}

// TestJourneysSurviveBeingKilled has people walk a journey with mails, tags,
// notes, waits, a webhook and a branch, while the server is killed again and
// again: at any moment and within a walk's transaction, while people come in,
// while what they wait for happens, while the journey is paused, published anew
// and its people are moved, and while the outbox sends.
//
// Everybody is at the right place in the end; each mail arrives once, or is known
// to be doubtful; tags, notes and visits are there once; the other system is told
// of everybody, and of nobody under two keys.
func TestJourneysSurviveBeingKilled(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			n := howOften(t, 8)
			people := 120
			if n > 50 {
				people = 2000
			}
			c := newTroupe(t, e, people)
			turn := c.r.IntN(len(acts))
			for k := range n {
				c.play(acts[(turn+k)%len(acts)], (k+1)*people/n)
			}
			c.finish()
			c.judge()
		})
	}
}

// walkSpec is the journey: first is who is tagged on the way, and last what the
// wait is called.
func (c *troupe) spec(name string) string {
	tag := func(name string) string {
		for id, n := range c.tags {
			if n == name {
				return id
			}
		}
		return ""
	}
	return `{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","account_ids":["` + c.tags["account"] + `"],"goal":{"event":"order.paid","days":30},"graph":{"steps":[
		{"id":"in","kind":"tag","use":"` + tag("in") + `","next":"hello"},
		{"id":"hello","kind":"message","message":{"subject":"Tea","text":"Dear {{ name }}"},"next":"half"},
		{"id":"half","kind":"split","ways":[{"share_bp":5000,"next":"pause"}],"next":"note"},
		{"id":"pause","kind":"wait","seconds":60,"next":"note"},
		{"id":"note","kind":"note","text":"walked by","next":"tell"},
		{"id":"tell","kind":"webhook","name":"` + name + `","webhook":{"url":"` + c.ear.URL + `/told","fields":["name"]},"next":"buys"},
		{"id":"buys","kind":"wait_event","event":"order.paid","seconds":864000,"ways":[{"next":"bought"}],"next":"end"},
		{"id":"bought","kind":"tag","use":"` + tag("bought") + `","next":"is"},
		{"id":"is","kind":"branch","ways":[{"when":"tag:bought","next":"end"}],"next":"wrong"},
		{"id":"wrong","kind":"exit"},
		{"id":"end","kind":"exit"}]}}`
}

func newTroupe(t *testing.T, e db.Engine, people int) *troupe {
	t.Helper()
	box, p, s, account := startMailShop(t, e, "--webhook-inside", "127.0.0.1")
	c := &troupe{t: t, box: box, ear: startEar(t), p: p, died: map[string]int{}, tags: map[string]string{"account": account}, r: rand.New(rand.NewPCG(13, uint64(time.Now().UnixNano())))} //nolint:gosec // any time will do
	must := func(status int, method, path, body string, out any) {
		t.Helper()
		if st := s.json(t, method, path, body, out); st != status {
			t.Fatalf("%s %s: %d", method, path, st)
		}
	}
	var made struct {
		ID       string
		Revision int64
	}
	for _, name := range []string{"in", "bought"} {
		must(201, "POST", "/tags", `{"name":"`+name+`"}`, &made)
		c.tags[made.ID] = name
	}
	must(200, "PUT", "/reach/settings", gateOpen, nil)
	c.session = s.client
	s.stop(t)
	c.p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
		for from := 0; from < people; from += 500 {
			var all []pool.Contact
			for i := from; i < min(people, from+500); i++ {
				all = append(all, pool.Contact{Name: fmt.Sprintf("P%d", i), Source: "test", Identities: []pool.Identity{{Kind: "email", Value: fmt.Sprintf("p%d@x.example", i)}}})
			}
			if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
				found, err := a.Pool.Resolve(ctx, tx, orgID, all)
				for _, f := range found {
					c.ids = append(c.ids, f.PersonID)
				}
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	s = c.p.serve(t)
	s.client = c.session
	must(201, "POST", "/journeys", `{"name":"Tea","spec":`+c.spec("v1")+`}`, &made)
	c.journey = made.ID
	must(200, "POST", "/journeys/"+c.journey+"/publish", fmt.Sprintf(`{"revision":%d}`, made.Revision), nil)
	s.stop(t)
	return c
}

// enter lets the first so many in; who is in is not let in twice.
func (c *troupe) enter(l *life, upTo int) bool {
	ok := true
	for from := 0; from < upTo; from += 100 {
		ids, _ := json.Marshal(c.ids[from:min(upTo, from+100)])
		ok = l.try(c.t, "POST", "/journeys/"+c.journey+"/enter", fmt.Sprintf(`{"person_ids":%s}`, ids), nil) && ok
	}
	return ok
}

// order has one in three who have come in buy something; the same order again is
// the same.
func (c *troupe) order(l *life, upTo int, round string) bool {
	var b bytes.Buffer
	for i := 0; i < upTo; i += 3 {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"kind":"order.paid","person_id":%q,"idempotency_key":"%s-%d","data":{"order_id":"%s-%d","amount_minor":100,"currency":"CNY","items":[]}}`, c.ids[i], round, i, round, i)
	}
	return l.try(c.t, "POST", "/events/batch", `{"events":[`+b.String()+`]}`, nil)
}

// publish makes a new version, in which a step is called otherwise, and moves all
// who are inside.
func (c *troupe) publish(l *life) {
	var j struct{ Revision int64 }
	if l.try(c.t, "GET", "/journeys/"+c.journey, "", &j) &&
		l.try(c.t, "PUT", "/journeys/"+c.journey+"/draft", fmt.Sprintf(`{"name":"Tea","revision":%d,"spec":%s}`, j.Revision, c.spec(fmt.Sprint("v", c.lives))), &j) {
		l.try(c.t, "POST", "/journeys/"+c.journey+"/publish", fmt.Sprintf(`{"revision":%d,"move":true}`, j.Revision), nil)
	}
}

// play lets one life pass, in which so many people are to have come in.
func (c *troupe) play(at string, upTo int) {
	c.t.Helper()
	c.lives++
	place, n := at, 1+c.r.IntN(4)
	if !strings.Contains(at, ".") || !killpoint.On {
		place = ""
	}
	if strings.HasPrefix(at, "reach.") {
		n = 1
	}
	l := c.p.live(c.t, place, n, c.session)
	var wg sync.WaitGroup
	wg.Go(func() {
		l.try(c.t, "POST", "/journeys/"+c.journey+"/resume", "", nil)
		c.enter(l, upTo)
		switch at {
		case "telling", "journey.claimed", "journey.committing":
			c.order(l, upTo/2, fmt.Sprint("round", c.lives))
		case "pausing":
			l.try(c.t, "POST", "/journeys/"+c.journey+"/pause", "", nil)
		case "moving":
			c.publish(l)
		}
	})
	patience := time.Duration(300+c.r.IntN(1500)) * time.Millisecond
	if place != "" {
		patience = 4 * time.Second
	}
	for end := time.Now().Add(patience); !l.dead() && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it works until it comes to the place; if it does not, another moment will do
	}
	missed := at == "" || !l.dead() && place != ""
	l.kill()
	wg.Wait()
	if missed {
		at = "any moment"
	}
	c.died[at]++
	d := c.p.open(c.t)
	defer d.Close()
	var doubtful int64
	if err := d.Read(c.t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(c.t.Context(), "SELECT COUNT(*) FROM reach_message WHERE status = 'doubtful'").Scan(&doubtful)
	}); err != nil {
		c.t.Fatal(err)
	}
	if doubtful > c.doubt+mailLines {
		c.t.Errorf("after a death %d are doubtful, %d before (%v)", doubtful, c.doubt, c.died)
	}
	c.doubt = doubtful
}

// finish lets a server that is not killed bring everybody as far as they get.
func (c *troupe) finish() {
	t := c.t
	// Calls that a dead server was making are made again after two minutes: here
	// these have passed.
	d := c.p.open(t)
	if err := d.Write(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE journey_call SET due_at = 1 WHERE status = 'waiting' AND claim <> ''")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	l := c.p.live(t, "", 0, c.session)
	l.try(t, "POST", "/journeys/"+c.journey+"/resume", "", nil)
	if !c.enter(l, len(c.ids)) {
		t.Fatal("people could not be let in")
	}
	type counts struct {
		Steps []struct {
			Step string
			Here int
		}
	}
	at := func(step string) (n int) {
		var got counts
		l.try(t, "GET", "/journeys/"+c.journey+"/counts", "", &got)
		for _, s := range got.Steps {
			if step == "" || s.Step == step {
				n += s.Here
			}
		}
		return n
	}
	wait(t, "that all have bought, or wait for it", func() bool { n := at(""); return at("buys") == n && c.runs() == len(c.ids) })
	if !c.order(l, len(c.ids), "last") {
		t.Fatal("orders were not taken")
	}
	wait(t, "that who has bought is through", func() bool { return c.through() })
	l.kill()
}

// rows reads numbers from the store.
func (c *troupe) rows(query string, args ...any) (n int) {
	d := c.p.open(c.t)
	defer d.Close()
	if err := d.Read(c.t.Context(), db.AllOrgs, func(tx *db.Tx) error { return tx.QueryRow(c.t.Context(), query, args...).Scan(&n) }); err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c *troupe) runs() int { return c.rows("SELECT COUNT(*) FROM journey_run") }

// through tells whether nobody is left who has bought after they came to wait.
func (c *troupe) through() bool {
	return c.rows(`SELECT COUNT(*) FROM journey_run r WHERE r.status = 'active' AND (r.step <> 'buys' OR EXISTS (SELECT 1 FROM timeline_event e
		WHERE e.org_id = r.org_id AND e.person_id = r.person_id AND e.kind = 'order.paid' AND e.occurred_at >= r.arrived_at))`) == 0
}

// judge compares what is in the store with what should be, and with what others
// have seen.
func (c *troupe) judge() {
	t := c.t
	n := len(c.ids)
	for what, want := range map[string]struct {
		query string
		n     int
	}{
		"walks":                         {"SELECT COUNT(*) FROM journey_run", n},
		"people who walk":               {"SELECT COUNT(DISTINCT person_id) FROM journey_run", n},
		"that neither go nor ended":     {"SELECT COUNT(*) FROM journey_run WHERE NOT (status = 'active' AND step = 'buys' AND wait = 'event' OR status = 'done' AND why = 'exit')", 0},
		"that took the wrong way":       {"SELECT COUNT(*) FROM journey_visit WHERE step = 'wrong'", 0},
		"of the tag on the way":         {"SELECT COUNT(*) FROM timeline_event WHERE kind = 'tag.added' AND data LIKE '%\"in\"%'", n},
		"notes":                         {"SELECT COUNT(*) FROM timeline_event WHERE kind = 'note.added'", n},
		"people with a note":            {"SELECT COUNT(DISTINCT person_id) FROM timeline_event WHERE kind = 'note.added'", n},
		"mails":                         {"SELECT COUNT(*) FROM reach_message", n},
		"people with a mail":            {"SELECT COUNT(DISTINCT person_id) FROM reach_message", n},
		"mails on their way":            {"SELECT COUNT(*) FROM reach_message WHERE status NOT IN ('sent', 'doubtful')", 0},
		"calls that went wrong":         {"SELECT COUNT(*) FROM journey_call WHERE status <> 'done'", 0},
		"visits that are not in a row":  {`SELECT COUNT(*) FROM (SELECT run_id FROM journey_visit GROUP BY run_id HAVING COUNT(*) <> MAX(visit) OR MIN(visit) <> 1) AS gaps`, 0},
		"visits out of step with walks": {`SELECT COUNT(*) FROM journey_run r WHERE r.visit <> (SELECT COUNT(*) FROM journey_visit v WHERE v.org_id = r.org_id AND v.run_id = r.id) + CASE WHEN r.status = 'active' THEN 1 ELSE 0 END`, 0},
		"walked on without having bought": {`SELECT COUNT(*) FROM journey_visit v JOIN journey_run r ON r.org_id = v.org_id AND r.id = v.run_id WHERE v.step = 'buys' AND NOT EXISTS (SELECT 1 FROM timeline_event e
			WHERE e.org_id = v.org_id AND e.person_id = r.person_id AND e.kind = 'order.paid' AND e.occurred_at >= v.arrived_at AND e.occurred_at <= v.left_at)`, 0},
		"tallies that do not agree": {`SELECT COUNT(*) FROM (SELECT t.step FROM journey_tally t WHERE t.what = 'here' GROUP BY t.journey_id, t.step
			HAVING SUM(t.n) <> (SELECT COUNT(*) FROM journey_run r WHERE r.journey_id = t.journey_id AND r.status = 'active' AND r.step = t.step)) AS off`, 0},
	} {
		if got := c.rows(want.query); got != want.n {
			t.Errorf("%s: %d, want %d", what, got, want.n)
		}
	}
	bought, done := c.rows("SELECT COUNT(*) FROM timeline_event WHERE kind = 'tag.added' AND data LIKE '%\"bought\"%'"), c.rows("SELECT COUNT(*) FROM journey_run WHERE status = 'done'")
	if bought != done || done < n/3 {
		t.Errorf("%d were tagged as buyers, %d are through", bought, done)
	}
	c.mails()
	c.ear.mu.Lock()
	defer c.ear.mu.Unlock()
	if len(c.ear.twice) > 0 || len(c.ear.keys) != n || len(c.ear.heard) != n {
		t.Errorf("told of %d people under %d keys; %v", len(c.ear.keys), len(c.ear.heard), c.ear.twice)
	}
	again := 0
	for _, times := range c.ear.heard {
		again += times - 1
	}
	t.Logf("killed at %v; %d of %d bought; %d mails in doubt; %d calls came more than once", c.died, done, n, c.doubt, again)
}

// mails compares what is said of mails with what arrived.
func (c *troupe) mails() {
	t := c.t
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	d := c.p.open(t)
	defer d.Close()
	if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return tx.Each(t.Context(), func(rows *sql.Rows) error {
			var id, to, status string
			if err := rows.Scan(&id, &to, &status); err != nil {
				return err
			}
			arrived := c.box.got[strings.Replace(id, "_", ".", 1)+"@pond.example"]
			if status == "sent" && arrived != 1 || arrived > 1 || c.box.to[to] != arrived {
				t.Errorf("%s to %s is %s and arrived %d times, %d mails did", id, to, status, arrived, c.box.to[to])
			}
			return nil
		}, "SELECT id, recipient, status FROM reach_message")
	}); err != nil {
		t.Fatal(err)
	}
}
