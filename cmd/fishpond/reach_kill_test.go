package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool"
)

// howOften is how often servers are killed: FISHPOND_KILLS, else a few times.
func howOften(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("FISHPOND_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("FISHPOND_KILLS=%q", text)
	}
	return n
}

// mailLines is how many connections the outbox opens to one mail server: as
// many mails may be on their way when it is killed.
const mailLines = 20

// life is one life of a server that is going to be killed.
type life struct {
	*server
	done   chan struct{} // it has ended
	ready  bool
	itself bool // it ended before it was killed
}

// live starts a server that kills itself at a place, the n-th time that it comes
// there; an empty place: it does not.
func (p place) live(t *testing.T, at string, n int, session *http.Client) *life {
	t.Helper()
	args := append([]string{"serve", "--data", p.dir, "--listen", p.listen}, p.flags...)
	if p.database != "" {
		args = append(args, "--database", p.database)
	}
	l := &life{server: &server{cmd: program(t, args...), stderr: &bytes.Buffer{}, client: session}, done: make(chan struct{})}
	l.cmd.Env = append(l.cmd.Env, killpoint.Env+"=")
	if at != "" {
		l.cmd.Env = append(l.cmd.Env, fmt.Sprintf("%s=%s:%d", killpoint.Env, at, n))
	}
	l.cmd.Stderr = l.stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l.cmd.Stdout = w
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() { _ = l.cmd.Process.Kill(); <-l.done })
	line, err := bufio.NewReader(r).ReadBytes('\n')
	go func() { defer close(l.done); _ = l.cmd.Wait(); _ = r.Close() }()
	if err == nil {
		if err := json.Unmarshal(line, &l.server.ready); err != nil || !l.server.ready.Ready {
			t.Fatalf("server said %q (%v)\n%s", line, err, l.stderr)
		}
		l.ready = true
		return l
	}
	<-l.done
	if at == "" {
		t.Fatalf("the server ended by itself\n%s", l.stderr)
	}
	return l
}

func (l *life) dead() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// kill ends the life, if it has not ended itself.
func (l *life) kill() {
	l.itself = l.dead()
	_ = l.cmd.Process.Kill()
	<-l.done
}

// diedAt is where it ended itself, or "any moment" when it was ended.
func (l *life) diedAt(place string) string {
	if l.itself {
		return place
	}
	return "any moment"
}

// try asks something of a server that may die over it; false: it has.
func (l *life) try(t *testing.T, method, path, body string, out any) bool {
	t.Helper()
	if !l.ready {
		return false
	}
	req, err := http.NewRequestWithContext(t.Context(), method, l.server.ready.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := l.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return false
	}
	return out == nil || json.NewDecoder(resp.Body).Decode(out) == nil
}

// cast is what is played in the lives of a server: campaigns that begin, are
// paused, go on and are called off.
type cast struct {
	t         *testing.T
	p         place
	box       *mailbox
	session   *http.Client
	r         *rand.Rand
	campaigns []string // the last is called off
	people    int
	left      int // lives that are to come

	doubtful int64          // so far
	most     int64          // after one death
	died     map[string]int // where
}

// places are where a server that sends is killed, in turn; empty: at any moment.
// What an earlier death left is settled soonest after one in the middle of it.
var places = []string{"reach.claimed", "", "reach.told", "reach.adopting", "reach.recording", "pause", "reach.handed", "resume", "", "reach.begun", "reach.burying", "reach.claiming", "", "reach.recorded"}

// play lets one life pass: what is done in it, and where it ends.
func (c *cast) play(at string, n int, do func(l *life)) {
	c.t.Helper()
	c.left--
	if !killpoint.On {
		at = ""
	}
	l := c.p.live(c.t, at, n, c.session)
	if do != nil {
		do(l)
	}
	// So many mails may arrive that some are left for those who come after.
	share, patience := max(10, (2*c.people-c.box.count())/(c.left+2)), 3*time.Second
	switch {
	case strings.HasPrefix(at, "campaign."):
		share, patience = c.people, 90*time.Second // another node's job is only taken up when it is surely dead
		defer c.box.think.Store(c.box.think.Swap(int64(2 * time.Second)))
	case at == "":
		share, patience = c.r.IntN(2*share), time.Duration(200+c.r.IntN(1500))*time.Millisecond
	default:
		share *= 2
	}
	want := c.box.count() + share
	for end := time.Now().Add(patience); !l.dead() && c.box.count() < want && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // it works until it comes to the place; if it does not, another moment will do
	}
	if at == "" {
		time.Sleep(time.Duration(c.r.IntN(20)) * time.Millisecond) // any
	}
	name := at
	if !l.dead() {
		name = "any moment"
	}
	l.kill()
	c.died[name]++
	c.look()
}

// sending waits until a campaign is being sent: its planning may have been cut
// off by a death.
func (c *cast) sending(l *life, id string) {
	c.t.Helper()
	quick := c.box.think.Swap(int64(2 * time.Second)) // else all of another campaign would be sent meanwhile
	defer c.box.think.Store(quick)
	wait(c.t, "the plan of a campaign", func() bool {
		st := c.status(l, id)
		return l.dead() || st != "" && st != "draft" && st != "planned"
	})
}

// look reads what is in the store while no server runs: the one that died before
// the last left at most as many messages in doubt as it had connections.
func (c *cast) look() {
	c.t.Helper()
	d := c.p.open(c.t)
	defer d.Close()
	var doubtful, negative int64
	if err := d.Read(c.t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		if err := tx.QueryRow(c.t.Context(), "SELECT COUNT(*) FROM reach_message WHERE status = 'doubtful'").Scan(&doubtful); err != nil {
			return err
		}
		return tx.QueryRow(c.t.Context(), "SELECT COUNT(*) FROM reach_tally WHERE n < 0").Scan(&negative)
	}); err != nil {
		c.t.Fatal(err)
	}
	if doubtful > c.doubtful+mailLines || negative != 0 {
		c.t.Errorf("after a death %d are doubtful, %d before; %d tallies below nothing (%v)", doubtful, c.doubtful, negative, c.died)
	}
	c.doubtful, c.most = doubtful, max(c.most, doubtful-c.doubtful)
}

func (c *cast) status(l *life, id string) string {
	var got struct{ Status string }
	if !l.try(c.t, "GET", "/campaigns/"+id, "", &got) {
		return ""
	}
	return got.Status
}

func (c *cast) submit(id string) func(*life) {
	return func(l *life) {
		var got struct {
			Version int64
			Status  string
		}
		if l.try(c.t, "GET", "/campaigns/"+id, "", &got) && got.Status == "draft" {
			l.try(c.t, "POST", "/campaigns/"+id+"/submit", fmt.Sprintf(`{"version":%d}`, got.Version), nil)
		}
	}
}

func (c *cast) act(id, what string) func(*life) {
	return func(l *life) { l.try(c.t, "POST", "/campaigns/"+id+"/"+what, "", nil) }
}

// TestCampaignsSurviveBeingKilled runs three campaigns for the same people over
// a mail server while the server is killed again and again, at any moment and
// at the worst: after the people were fixed, while they are planned, between
// claiming and handing over, between handing over and writing down, within
// both, while a campaign is paused, goes on, is called off, and while what an
// earlier death left is settled.
//
// Nobody is lost, no mail arrives twice, nobody gets more than the cap allows,
// each message is accounted for, and a death leaves at most as many messages in
// doubt as there are connections.
func TestCampaignsSurviveBeingKilled(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			n := howOften(t, 10)
			people := 400
			if n > 50 {
				people = 10_000
			}
			c := newCast(t, e, people)
			c.playAll(n, e)
			c.finish(people)
		})
	}
}

// newCast sets up a shop with people, a mail account and three campaigns.
func newCast(t *testing.T, e db.Engine, people int) *cast {
	t.Helper()
	box, p, s, account := startMailShop(t, e)
	c := &cast{t: t, people: people, box: box, p: p, died: map[string]int{}, r: rand.New(rand.NewPCG(11, uint64(time.Now().UnixNano())))} //nolint:gosec // any time will do
	must := func(status int, method, path, body string, out any) {
		t.Helper()
		if st := s.json(t, method, path, body, out); st != status {
			t.Fatalf("%s %s: %d", method, path, st)
		}
	}
	var segment struct{ ID string }
	must(200, "PUT", "/reach/settings", strings.Replace(gateOpen, `"most":1`, `"most":2`, 1), nil)
	must(200, "PUT", "/campaign-settings", `{"approve_over":1000000,"holdout_bp":0,"global_bp":0}`, nil)
	must(201, "POST", "/segments", `{"name":"Everybody","text":"has identity email"}`, &segment)
	for i := range 3 {
		var made struct{ ID string }
		must(201, "POST", "/campaigns", fmt.Sprintf(`{"name":"Tea %d","segment_id":%q,"purpose":"service","account_ids":[%q],"subject":"Tea for {{ name }}","text":"Dear {{ name }}"}`, i, segment.ID, account), &made)
		c.campaigns = append(c.campaigns, made.ID)
	}
	c.session = s.client
	s.stop(t)
	c.p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
		for from := 0; from < people; from += 1000 {
			var all []pool.Contact
			for i := from; i < min(people, from+1000); i++ {
				all = append(all, pool.Contact{Name: fmt.Sprintf("P%d", i), Source: "test", Identities: []pool.Identity{{Kind: "email", Value: fmt.Sprintf("p%d@x.example", i)}}})
			}
			if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error { _, err := a.Pool.Resolve(ctx, tx, orgID, all); return err }); err != nil {
				return err
			}
		}
		return nil
	})
	s = c.p.serve(t)
	s.client = c.session
	wait(t, "the segment", func() bool {
		var check struct{ People int }
		return s.json(t, "POST", "/campaigns/"+c.campaigns[0]+"/check", "", &check) == 200 && check.People == people
	})
	s.stop(t)
	return c
}

// playAll lets n lives pass.
func (c *cast) playAll(n int, e db.Engine) {
	first, second, last := c.campaigns[0], c.campaigns[1], c.campaigns[2]
	c.left = n
	if few := n < 50; few && e == db.Postgres { // another node takes a dead one's jobs up after most of a minute
		c.play("", 1, func(l *life) { c.submit(first)(l); c.sending(l, first) })
		c.play("", 1, func(l *life) { c.submit(second)(l); c.sending(l, second) })
	} else {
		c.play("campaign.frozen", 1, c.submit(first))
		c.play("campaign.planned", 1, nil)
		c.play("campaign.planned", 1, func(l *life) { c.sending(l, first); c.submit(second)(l) })
		c.play("", 1, func(l *life) { // whatever the deaths left undone
			for _, id := range []string{first, second} {
				c.submit(id)(l)
				c.sending(l, id)
			}
		})
	}
	begun, off, done := max(4, n*2/5), max(6, n*3/5), n-c.left
	turn := c.r.IntN(len(places))
	if e == db.Postgres { // a short run sees half of the places on each engine
		turn += len(places) / 2
	}
	for k := done; k < n; k++ {
		switch k {
		case begun:
			c.play("", 1, c.submit(last))
			continue
		case off:
			c.play("reach.turning", 1, c.act(last, "cancel"))
			continue
		case off + 1:
			c.play("reach.callingoff", 1, c.act(last, "cancel"))
			continue
		}
		turn++
		at, often := places[turn%len(places)], 1+c.r.IntN(2)
		which := c.campaigns[c.r.IntN(2)]
		switch at {
		case "pause":
			c.play("reach.turning", 1, c.act(which, "pause"))
		case "resume":
			c.play("reach.turning", 1, c.act(which, "resume"))
		case "reach.begun", "reach.told":
			c.play(at, 1+c.r.IntN(80), c.goOn)
		default:
			c.play(at, often, c.goOn)
		}
	}
}

// goOn sees to it that what was paused goes on, most of the time.
func (c *cast) goOn(l *life) {
	for _, id := range c.campaigns[:2] {
		if c.r.IntN(3) > 0 && c.status(l, id) == "paused" {
			c.act(id, "resume")(l)
		}
	}
}

// finish lets a server that is not killed bring all to its end, and compares
// what arrived with what is said of it.
func (c *cast) finish(people int) {
	t := c.t
	s := c.p.serve(t)
	s.client = c.session
	for i, id := range c.campaigns {
		var got struct {
			Version int64
			Status  string
		}
		if s.json(t, "GET", "/campaigns/"+id, "", &got); got.Status == "draft" { // a death came before it was noted
			s.json(t, "POST", "/campaigns/"+id+"/submit", fmt.Sprintf(`{"version":%d}`, got.Version), nil)
		}
		if got.Status == "paused" {
			s.json(t, "POST", "/campaigns/"+id+"/resume", "", nil)
		}
		if i == len(c.campaigns)-1 && got.Status != "cancelled" {
			s.json(t, "POST", "/campaigns/"+id+"/cancel", "", nil)
		}
	}
	wait(t, "the end of the campaigns", func() bool {
		for i, id := range c.campaigns {
			var got struct {
				Status   string
				People   int
				Progress *struct {
					Total, Planned, Sending int64
					Waiting                 map[string]int64
				}
			}
			s.json(t, "GET", "/campaigns/"+id, "", &got)
			p := got.Progress
			if i == len(c.campaigns)-1 && got.Status == "cancelled" && (p == nil || p.Planned+p.Sending == 0) {
				continue
			}
			if p == nil || p.Total != int64(people) || p.Planned+p.Sending+p.Waiting["retry"]+p.Waiting["account"] > 0 {
				return false
			}
		}
		return true
	})
	s.stop(t)
	c.look()
	c.judge(people)
}

// sentTo is what is said of a person's messages.
type sentTo struct{ sent, doubtful, waits, off int }

func (c *cast) judge(people int) {
	t := c.t
	c.box.mu.Lock()
	defer c.box.mu.Unlock()
	of, states := map[string]*sentTo{}, map[string]int{}
	d := c.p.open(t)
	defer d.Close()
	seen := map[string]bool{}
	if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return tx.Each(t.Context(), func(rows *sql.Rows) error {
			var id, plan, to, status, why string
			if err := rows.Scan(&id, &plan, &to, &status, &why); err != nil {
				return err
			}
			states[strings.TrimSuffix(status+":"+why, ":")]++
			if key := plan + to; seen[key] {
				t.Errorf("%s stands twice in %s", to, plan)
			} else {
				seen[key] = true
			}
			if of[to] == nil {
				of[to] = &sentTo{}
			}
			arrived := c.box.got[strings.Replace(id, "_", ".", 1)+"@pond.example"]
			switch status {
			case "sent":
				of[to].sent++
				if arrived != 1 {
					t.Errorf("%s is sent and arrived %d times", id, arrived)
				}
			case "doubtful":
				of[to].doubtful++
				if arrived > 1 {
					t.Errorf("%s arrived %d times", id, arrived)
				}
			case "waiting", "held":
				of[to].waits++
				if arrived != 0 || why != "cap" {
					t.Errorf("%s is %s:%s and arrived %d times", id, status, why, arrived)
				}
			case "cancelled":
				of[to].off++
				if arrived != 0 {
					t.Errorf("%s is cancelled and arrived", id)
				}
			default:
				t.Errorf("%s is %s:%s", id, status, why)
			}
			return nil
		}, "SELECT id, plan_id, recipient, status, why FROM reach_message")
	}); err != nil {
		t.Fatal(err)
	}
	if len(of) != people {
		t.Errorf("of %d people %d are on record", people, len(of))
	}
	for to, s := range of {
		// Two are allowed; the campaigns that were not called off want two.
		if s.sent+s.doubtful != 2 || c.box.to[to] > 2 || c.box.to[to] < s.sent || c.box.to[to] > s.sent+s.doubtful {
			t.Errorf("%s: %+v, and %d arrived", to, *s, c.box.to[to])
		}
	}
	t.Logf("killed at %v; %v; at most %d in doubt after one death", c.died, states, c.most)
	if states["sent"] < people {
		t.Errorf("hardly anything was sent: %v", states)
	}
	var over int64
	if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT COUNT(*) FROM reach_person WHERE sends LIKE '%,%,%'").Scan(&over)
	}); err != nil || over != 0 {
		t.Errorf("%d people have more than two reserved (%v)", over, err)
	}
	c.p.tallies(t)
}

// tallies compares what is counted of plans with their messages, and demands that
// nothing is left of what dead servers were at.
func (p place) tallies(t *testing.T) {
	t.Helper()
	d := p.open(t)
	defer d.Close()
	var wrong, open int64
	if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		if err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM (SELECT plan_id, status, why, SUM(n) AS n FROM (
				SELECT plan_id, status, why, n FROM reach_tally UNION ALL SELECT plan_id, status, why, -COUNT(*) FROM reach_message GROUP BY plan_id, status, why) AS both_sides
			GROUP BY plan_id, status, why HAVING SUM(n) <> 0) AS differences`).Scan(&wrong); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "SELECT COUNT(*) FROM reach_batch").Scan(&open)
	}); err != nil {
		t.Fatal(err)
	}
	if wrong != 0 || open != 0 {
		t.Errorf("%d tallies do not agree with the messages, %d batches are open", wrong, open)
	}
	left, err := filepath.Glob(p.dir + "/outbox/nod_*")
	if err != nil || len(left) != 0 {
		t.Errorf("journals are left: %v %v", left, err)
	}
}
