package care

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// sidecar stands for the process that speaks to the platform's archive.
type sidecar struct {
	mu    sync.Mutex
	all   []Archived
	token string
	raw   string // answered instead, when set
	asked int
	most  int // messages of an answer
}

func (f *sidecar) add(direction, user, external, text string, at time.Time) *Archived {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := int64(len(f.all)+1) * 3
	f.all = append(f.all, Archived{Seq: n, ID: fmt.Sprint("m", n), At: at.Format(time.RFC3339), Direction: direction, UserID: user, ExternalID: external, Type: "text", Text: text})
	return &f.all[len(f.all)-1]
}

func (f *sidecar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if r.URL.Path != "/archive/messages" || r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.raw != "" {
		_, _ = w.Write([]byte(f.raw))
		return
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	var out answer
	for _, m := range f.all {
		if m.Seq > after {
			if out.More = f.most > 0 && len(out.Messages) == f.most; out.More {
				break
			}
			out.Messages = append(out.Messages, m)
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// archive turns the archive on, from a sidecar of its own.
func (w *world) archive() *sidecar {
	f := &sidecar{token: "s3cret"}
	server := httptest.NewServer(f)
	if t, ok := w.tb.(*testing.T); ok {
		t.Cleanup(server.Close)
	}
	w.want(boss, 200, "PATCH", "/care/settings", `{"archive_on":true,"archive_url":"`+server.URL+`/archive","archive_token":"s3cret"}`, nil)
	return f
}

func (w *world) pull() Pulled {
	w.tb.Helper()
	p, err := w.svc.Pull(context.Background(), org)
	w.must(err)
	return p
}

func TestArchive(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.want(oper, 403, "PATCH", "/care/settings", `{"archive_on":true,"archive_url":"http://x"}`, nil)
		w.want(boss, 422, "PATCH", "/care/settings", `{"archive_on":true}`, nil)
		w.want(boss, 422, "PATCH", "/care/settings", `{"archive_url":"file:///etc"}`, nil)
		f := w.archive()
		w.list(`{"name":"承诺"}`, "包治")
		w.agreed = func(p Pair) bool { return p.ExternalID != "c2" }
		f.most = 2
		now := w.clock.Now()
		f.add("in", "u1", "c1", "奶粉什么时候到货？电话 13812345678 卡 6222021234567890128", now)
		f.add("out", "u1", "c1", "明天到货，包治百病", now.Add(time.Second))
		f.add("in", "u1", "c2", "没有同意", now)
		f.add("out", "u2", "c3", "到了", now)
		pack := f.add("in", "u2", "c3", "", now.Add(time.Minute))
		pack.Type, pack.AmountMinor, pack.Currency = "redpacket", 8800, "cny"
		if p := w.pull(); p != (Pulled{Stored: 4, Dropped: 1}) {
			t.Errorf("pulled %+v", p)
		}
		if p := w.pull(); p != (Pulled{}) || w.rows("SELECT text FROM care_message WHERE org_id = ? AND text LIKE '%没有%'", org) != nil {
			t.Errorf("pulled again %+v", p)
		}
		var set Settings
		w.want(boss, 200, "GET", "/care/settings", "", &set)
		if a := set.Archive; a.Seq != 15 || a.Stored != 4 || a.Dropped != 1 || a.Problem != "" || !a.HasToken || a.At == nil {
			t.Errorf("settings: %+v", a)
		}
		if text := w.want(boss, 200, "GET", "/care/settings", "", nil); strings.Contains(text, "s3cret") {
			t.Error("the token is shown")
		}
		if c := w.cases("&source=archive"); len(c) != 1 || c[0].Hits[0].Word != "包治" || c[0].StaffID != "stf_1" || c[0].PersonID != "per_c1" {
			t.Errorf("cases: %+v", c)
		}

		var threads httpx.Page[Thread]
		w.want(boss, 200, "GET", "/care/archive/threads", "", &threads)
		if len(threads.Items) != 2 || threads.Items[0].StaffName != "阿海" || threads.Items[1].PersonName != "客户 per_c1" || threads.Items[1].Messages != 2 {
			t.Fatalf("threads: %+v", threads.Items)
		}
		path := "/care/archive/threads/" + threads.Items[1].ID + "/messages"
		var page httpx.Page[ArchivedMessage]
		w.want(boss, 200, "GET", path, "", &page)
		if len(page.Items) != 2 || !page.Items[1].Hidden || strings.Contains(page.Items[1].Text, "6222021234567890128") || !strings.Contains(page.Items[1].Text, "13812345678") {
			t.Errorf("messages: %+v", page.Items)
		}
		if text := w.want(boss, 200, "GET", path+"?reveal=true", "", nil); !strings.Contains(text, "6222021234567890128") {
			t.Errorf("revealed: %s", text)
		}
		if w.audited("care.archive.read") != 2 || w.audited("care.archive.listed") != 1 {
			t.Errorf("audits: %v", w.audits)
		}
		w.want(oper, 403, "GET", path, "", nil)
		w.want(other, 404, "GET", path, "", nil)

		find := func(q string) int {
			t.Helper()
			n := 0
			for cursor := ""; ; {
				var p httpx.Page[FoundMessage]
				w.want(boss, 200, "GET", "/care/archive/search?limit=1&q="+url.QueryEscape(q)+"&cursor="+cursor, "", &p)
				n += len(p.Items)
				if cursor = p.NextCursor; cursor == "" {
					return n
				}
			}
		}
		for q, want := range map[string]int{"到货": 2, "到": 3, "奶粉 到货": 1, "13812": 1, "货到": 0, "同意": 0} {
			if got := find(q); got != want {
				t.Errorf("%s: %d, not %d", q, got, want)
			}
		}
		w.want(boss, 422, "GET", "/care/archive/search?q=%20.", "", nil)
		if w.audited("care.archive.searched") == 0 || strings.Contains(strings.Join(w.audits, ""), "13812345678") {
			t.Errorf("audits: %v", w.audits)
		}

		var m Money
		w.want(boss, 200, "GET", "/care/money?from=2026-06-15&to=2026-06-15", "", &m)
		if len(m.Items) != 1 || m.Items[0] != (MoneyRow{Key: "stf_2", Name: "阿海", Currency: "CNY", Received: 1, ReceivedMinor: 8800}) || len(m.Totals) != 1 {
			t.Errorf("money: %+v", m)
		}

		// Past their time, messages go with what they are found by.
		w.want(boss, 200, "PATCH", "/care/settings", `{"retention_days":30}`, nil)
		w.clock.Advance(30*24*time.Hour + 500*time.Millisecond)
		n, err := w.svc.Clean(t.Context(), org)
		if err != nil || n != 2 {
			t.Errorf("deleted %d, %v", n, err)
		}
		if find("奶粉") != 0 || find("百病") != 1 || w.audited("care.archive.deleted") != 1 {
			t.Error("what is deleted is found, or what is not is lost")
		}
		w.clock.Advance(time.Hour)
		w.must(w.svc.CleanAll(t.Context()))
		if left := w.rows("SELECT id FROM care_thread WHERE org_id = ?", org); left != nil {
			t.Errorf("threads are left: %v", left)
		}
	})
}

func TestSidecarTrouble(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.archive()
		f.add("in", "u1", "c1", "在吗", w.clock.Now())
		const good = `{"seq":1,"id":"a","at":"2026-06-01T00:00:00Z","direction":"in","user_id":"u1","external_id":"c1","type":"text","text":"x"}`
		problem := func() string {
			t.Helper()
			var set Settings
			w.want(boss, 200, "POST", "/care/archive/pull", "", &set)
			if set.Archive.Stored != 0 || set.Archive.Seq != 0 {
				t.Fatalf("stored: %+v", set.Archive)
			}
			return set.Archive.Problem
		}
		for name, raw := range map[string]string{
			"no json": "<html>", "order": `{"messages":[` + good + `,` + good + `]}`, "no id": `{"messages":[` + strings.Replace(good, `"a"`, `""`, 1) + `]}`,
			"time": `{"messages":[` + strings.Replace(good, "2026-06-01T", "yesterday", 1) + `]}`, "direction": `{"messages":[` + strings.Replace(good, `"in"`, `"up"`, 1) + `]}`,
			"nobody": `{"messages":[` + strings.Replace(good, `"c1"`, `""`, 1) + `]}`, "money": `{"messages":[` + strings.Replace(good, `"text":"x"`, `"amount_minor":5`, 1) + `]}`,
			"forever": `{"messages":[],"more":true}`, "types": `{"messages":[{"seq":"one"}]}`,
		} {
			f.raw = raw
			if got := problem(); got != problemText(problemShape).ZH {
				t.Errorf("%s: %s", name, got)
			}
		}
		f.raw = ""
		f.token = "another"
		if got := problem(); got != problemText(problemDenied).ZH {
			t.Errorf("denied: %s", got)
		}
		f.token, w.unagreed = "s3cret", errors.New("down")
		if got := problem(); got != problemText(problemAgreed).ZH {
			t.Errorf("consent: %s", got)
		}
		w.unagreed = nil
		if p := w.pull(); p.Stored != 1 {
			t.Errorf("in the end: %+v", p)
		}
		w.want(boss, 200, "PATCH", "/care/settings", `{"archive_url":"http://127.0.0.1:1/archive"}`, nil)
		if _, err := w.svc.Pull(t.Context(), org); err == nil {
			t.Error("nobody answers, and all is well")
		}
	})
}

// killEnv makes the test binary pull the archive instead of running tests: it
// holds the database's address.
const killEnv = "FISHPOND_TEST_CARE"

func killed() bool {
	address := os.Getenv(killEnv)
	if address == "" {
		return false
	}
	ctx := context.Background()
	d, err := db.Open(ctx, address)
	if err == nil {
		now := clock.Clock(time.Now)
		w := &world{agreed: func(Pair) bool { return true }}
		s := New(d, timeline.New(now), now, slog.New(slog.DiscardHandler), Ports{People: w, Carriers: w, Consent: w, Staff: w, Orgs: w, Lists: w, Sealer: w, Auditor: w})
		_, err = s.Pull(ctx, org)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// TestKilledWhilePulling: whenever the process dies, in the end every message
// is there once, and the numbers agree.
func TestKilledWhilePulling(t *testing.T) {
	const messages, kills = 400, 6
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.archive()
		f.most = 5
		for i := range messages {
			f.add("in", "u1", fmt.Sprint("c", i%7), fmt.Sprint("第", i), w.clock.Now().Add(time.Duration(i)*time.Second))
		}
		self, err := os.Executable()
		w.must(err)
		died := 0
		for i := 0; ; i++ {
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), killEnv+"="+d.URL())
			cmd.Stderr = os.Stderr
			w.must(cmd.Start())
			if i < kills {
				// It dies once the sidecar was asked a few times more.
				f.mu.Lock()
				until := f.asked + 5 + i*3
				f.mu.Unlock()
				for asked := 0; asked < until; {
					f.mu.Lock()
					asked = f.asked
					f.mu.Unlock()
					if asked >= messages/f.most {
						break
					}
				}
				w.must(cmd.Process.Kill())
			}
			if err := cmd.Wait(); err == nil {
				break
			}
			died++
		}
		got := w.rows("SELECT text FROM care_message WHERE org_id = ? ORDER BY seq", org)
		if len(got) != messages || got[messages-1] != fmt.Sprint("第", messages-1) {
			t.Errorf("%d messages after %d deaths", len(got), died)
		}
		var set Settings
		w.want(boss, 200, "GET", "/care/settings", "", &set)
		if set.Archive.Stored != messages || set.Archive.Seq != messages*3 || died == 0 {
			t.Errorf("after %d deaths: %+v", died, set.Archive)
		}
		n := 0
		for _, m := range w.rows("SELECT CAST(messages AS TEXT) FROM care_thread WHERE org_id = ?", org) {
			k, err := strconv.Atoi(m)
			w.must(err)
			n += k
		}
		if n != messages {
			t.Errorf("the threads have %d messages", n)
		}
	})
}
