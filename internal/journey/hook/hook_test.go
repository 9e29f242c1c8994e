package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A call is made once, signed, with its key and only what was chosen; its body and
// its secret are gone once it is through.
func TestCall(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := serve(t, nil)
		w := newWorld(t, d, at(t, o.URL))
		one := call("run_1", o.URL+"/in?token=geheim")
		one.Secret = w.caller.Seal(org, "s3cret-s3cret")
		w.ask(one, one)
		w.ask(one)
		if n := w.once(); n != 1 {
			t.Fatalf("made %d calls", n)
		}
		if w.once() != 0 || o.calls() != 1 {
			t.Fatalf("%d calls arrived", o.calls())
		}
		r, body := o.got[0], o.body[0]
		if r.Method != "POST" || r.Header.Get("Idempotency-Key") != "run_1:1" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		if !Verify("s3cret-s3cret", r.Header, []byte(body), w.clock.Now()) {
			t.Errorf("the signature does not fit: %v", r.Header)
		}
		for name, ok := range map[string]bool{
			"another secret": Verify("other", r.Header, []byte(body), w.clock.Now()),
			"another body":   Verify("s3cret-s3cret", r.Header, []byte(body+" "), w.clock.Now()),
			"too late":       Verify("s3cret-s3cret", r.Header, []byte(body), w.clock.Now().Add(Drift+time.Second)),
			"no secret":      Verify("", r.Header, []byte(body), w.clock.Now()),
		} {
			if ok {
				t.Errorf("%s: taken", name)
			}
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		if m["event"] != "journey.step" || m["id"] != "run_1:1" || fmt.Sprint(m["person"]) != "map[name:林小满]" || strings.Contains(body, "per_run_1") {
			t.Errorf("%s", body)
		}
		if s := w.stand("run_1"); s.Status != "done" || s.Attempts != 1 || s.Answered != 200 || s.SettledAt == nil {
			t.Errorf("%+v", s)
		}
		if got := w.outcomes(); len(got) != 1 || got[0] != (Outcome{RunID: "run_1", Visit: 1, OK: true, Status: 200}) {
			t.Errorf("%+v", got)
		}
		var kept, sealed string
		if err := d.Read(t.Context(), org, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT body, secret FROM journey_call WHERE org_id = ?", org).Scan(&kept, &sealed)
		}); err != nil || kept != "" || sealed != "" {
			t.Errorf("%q %q %v", kept, sealed, err)
		}
		if log := w.log.String(); strings.Contains(log, "geheim") || strings.Contains(log, "s3cret") {
			t.Errorf("the log tells: %s", log)
		}
		// A day later it is still known; a month later it is not.
		w.clock.Advance(24 * time.Hour)
		if err := w.caller.sweep(t.Context()); err != nil || w.stand("run_1").Status != "done" {
			t.Errorf("%v %+v", err, w.stand("run_1"))
		}
		w.clock.Advance(30 * 24 * time.Hour)
		if err := w.caller.sweep(t.Context()); err != nil || w.stand("run_1").Status != "" {
			t.Errorf("%v %+v", err, w.stand("run_1"))
		}
	})
}

// What the other side does wrong, and what becomes of it.
func TestIllBehaved(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		hold := make(chan struct{})
		defer close(hold)
		inner := serve(t, nil) // stands for something inside that nobody allowed
		brk, brkTimes := broken(t)
		for name, c := range map[string]struct {
			answer http.HandlerFunc
			url    string
			status string // after one attempt
			why    string
			code   int64
		}{
			"hangs": {answer: func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-hold:
				case <-r.Context().Done():
				}
			}, status: "waiting", why: WhyTimeout},
			"trickles": {answer: func(w http.ResponseWriter, r *http.Request) {
				for r.Context().Err() == nil {
					_, _ = w.Write([]byte("."))
					_ = http.NewResponseController(w).Flush()
					select {
					case <-time.After(20 * time.Millisecond):
					case <-r.Context().Done():
					}
				}
			}, status: "waiting", why: WhyTimeout, code: 200},
			"answers 10 MB": {answer: func(w http.ResponseWriter, _ *http.Request) {
				for range 10 << 10 {
					if _, err := w.Write(make([]byte, 1024)); err != nil {
						return
					}
				}
			}, status: "failed", why: WhyTooBig, code: 200},
			"headers without end": {answer: func(w http.ResponseWriter, _ *http.Request) {
				for i := range 3000 {
					w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("a", 100))
				}
			}, status: "waiting", why: WhyNetwork},
			"500":                {answer: code(500), status: "waiting", why: WhyStatus, code: 500},
			"429":                {answer: code(429), status: "waiting", why: WhyStatus, code: 429},
			"404":                {answer: code(404), status: "failed", why: WhyStatus, code: 404},
			"hangs up":           {url: brk, status: "waiting", why: WhyNetwork},
			"not there":          {url: "http://127.0.0.1:1", status: "waiting", why: WhyNetwork},
			"redirect, private":  {answer: send(307, inner.URL), status: "failed", why: WhyPrivate, code: 307},
			"redirect, metadata": {answer: send(307, "http://169.254.169.254/latest/meta-data"), status: "failed", why: WhyPrivate, code: 307},
			"redirect, name":     {answer: send(308, "http://printer.local/"), status: "failed", why: WhyPrivate, code: 308},
			"redirect, file":     {answer: send(308, "file:///etc/passwd"), status: "failed", why: WhyPrivate, code: 308},
			"redirect, page":     {answer: send(302, "/else"), status: "failed", why: WhyRedirect, code: 302},
			"redirect, nowhere":  {answer: code(302), status: "failed", why: WhyRedirect, code: 302},
			"redirect, for ever": {answer: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", 307) }, status: "failed", why: WhyRedirect, code: 307},
			"redirect, followed": {answer: func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/new" {
					return
				}
				http.Redirect(w, r, "/new", 307)
			}, status: "done", code: 200},
			"switches": {answer: code(101), status: "failed", why: WhyStatus, code: 101},
		} {
			t.Run(name, func(t *testing.T) {
				address := c.url
				if c.answer != nil {
					o := serve(t, c.answer)
					defer o.CloseClientConnections()
					address = o.URL
				}
				w := newWorld(t, d, at(t, address))
				one := call("run_"+strings.ReplaceAll(name, " ", ""), address+"/in")
				w.ask(one)
				if n := w.once(); n != 1 {
					t.Fatalf("made %d calls", n)
				}
				s := w.stand(one.RunID)
				if s.Status != c.status || s.Why != c.why || s.Answered != c.code {
					t.Errorf("%+v", s)
				}
				if len(w.outcomes()) == 1 != (c.status != "waiting") {
					t.Errorf("%+v", w.outcomes())
				}
				if s.Why != "" && Reason(s.Why).IsZero() {
					t.Errorf("%s has no words", s.Why)
				}
				if err := d.Write(t.Context(), org, func(tx *db.Tx) error {
					_, err := w.caller.CallOff(t.Context(), tx, org, one.RunID)
					return err
				}); err != nil {
					t.Fatal(err)
				}
			})
		}
		if inner.calls() != 0 {
			t.Error("something inside was called")
		}
		if brkTimes() == 0 {
			t.Error("the broken one was not called")
		}
	})
}

func code(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

func send(code int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}
}

// An error is tried again after a minute, 5 and 30 minutes and 2 hours, with the
// same key; then it is over.
func TestAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		fail := 2
		o := serve(t, nil)
		o.Config.Handler = after(o.Config.Handler, func(w http.ResponseWriter) {
			if o.calls() <= fail {
				w.WriteHeader(500)
				_, _ = w.Write([]byte("<h1>Datenbank\x00 weg</h1>\n"))
			}
		})
		w := newWorld(t, d, at(t, o.URL))
		w.ask(call("run_1", o.URL))
		w.once()
		if s := w.stand("run_1"); s.Status != "waiting" || s.Answer != "<h1>Datenbank weg</h1>" || !s.NextAt.Equal(w.clock.Now().Add(time.Minute)) {
			t.Errorf("%+v", s)
		}
		w.clock.Advance(59 * time.Second)
		if w.once() != 0 {
			t.Error("too early")
		}
		w.clock.Advance(time.Second)
		w.once()
		w.clock.Advance(5 * time.Minute)
		w.once()
		if s := w.stand("run_1"); s.Status != "done" || s.Attempts != 3 || s.Why != "" || s.Answer != "" {
			t.Errorf("%+v", s)
		}
		for _, r := range o.got {
			if r.Header.Get(HeaderKey) != "run_1:1" {
				t.Errorf("%v", r.Header)
			}
		}
		fail = 1000
		w.ask(call("run_2", o.URL))
		for i, wait := range []time.Duration{0, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour} {
			w.clock.Advance(wait)
			if n := w.once(); n != 1 {
				t.Fatalf("attempt %d: %d calls", i+1, n)
			}
		}
		if s := w.stand("run_2"); s.Status != "failed" || s.Attempts != 5 || s.Answered != 500 {
			t.Errorf("%+v", s)
		}
		if got := w.outcomes(); len(got) != 2 || got[1] != (Outcome{RunID: "run_2", Visit: 1, Why: WhyStatus, Status: 500}) {
			t.Errorf("%+v", got)
		}
	})
}

func after(h http.Handler, then func(http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		then(w)
	})
}

// The other side may ask for more time.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	for header, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-5": 0, "99999999999999": 2 * time.Hour, "soon": 0,
		w.clock.Now().Add(10 * time.Minute).Format(http.TimeFormat): 10 * time.Minute, w.clock.Now().Add(-time.Hour).Format(http.TimeFormat): 0} {
		if got := w.caller.waits(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	if d, ok := next(1, result{retry: true, after: 2 * time.Minute}); !ok || d != 2*time.Minute {
		t.Errorf("%v %v", d, ok)
	}
}

// A place that answers nobody is left alone, one call at a time tells whether it is
// back, calls to others go on, and who has waited for hours is let go.
func TestHostLeftAlone(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		up := false
		o := serve(t, nil)
		o.Config.Handler = after(o.Config.Handler, func(w http.ResponseWriter) {
			if !up {
				w.WriteHeader(503)
			}
		})
		good := serve(t, nil)
		w := newWorld(t, d, at(t, o.URL), at(t, good.URL))
		for i := range 40 {
			w.ask(call(fmt.Sprintf("run_%02d", i), o.URL))
		}
		w.once()
		w.once() // four at a time: the eighth call has made it ill
		if n := o.calls(); n != 8 {
			t.Fatalf("%d calls", n)
		}
		w.ask(call("run_good", good.URL))
		if n := w.once(); n != 1 || good.calls() != 1 || o.calls() != 8 {
			t.Fatalf("%d calls, %d and %d arrived", n, good.calls(), o.calls())
		}
		w.clock.Advance(time.Minute)
		w.once()
		if n := o.calls(); n != 9 {
			t.Fatalf("%d calls after a minute", n)
		}
		w.clock.Advance(time.Minute)
		if w.once(); o.calls() != 9 {
			t.Fatal("the second pause is longer")
		}
		up = true
		w.clock.Advance(time.Minute)
		w.once()
		w.once()
		if n := o.calls(); n != 14 { // one that asked, and then four at a time
			t.Fatalf("%d calls once it is back", n)
		}
		up = false
		for range 3 {
			w.once()
		}
		for range 60 { // hours on end
			w.clock.Advance(7 * time.Minute)
			w.once()
		}
		closed := 0
		for _, x := range w.outcomes() {
			if x.Why == WhyClosed {
				closed++
			}
		}
		if closed == 0 || len(w.outcomes()) != 41 {
			t.Errorf("%d of %d were let go", closed, len(w.outcomes()))
		}
		if n := o.calls(); n > 80 {
			t.Errorf("called %d times in vain", n)
		}
	})
}

// Who makes a call and dies leaves it to others, who make it under the same key;
// what the first tells later changes nothing.
func TestLease(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := serve(t, nil)
		w := newWorld(t, d, at(t, o.URL))
		w.ask(call("run_1", o.URL))
		first, err := w.caller.claim(t.Context(), place{org, hostOf(o.URL)}, 5)
		if err != nil || len(first) != 1 {
			t.Fatalf("%v %v", first, err)
		}
		if w.once() != 0 {
			t.Fatal("somebody else made it at the same time")
		}
		w.clock.Advance(lease)
		if w.once() != 1 || w.stand("run_1").Status != "done" {
			t.Fatalf("%+v", w.stand("run_1"))
		}
		if err := w.caller.settle(t.Context(), first[0], result{why: WhyNetwork, retry: true}); err != nil {
			t.Fatal(err)
		}
		if s := w.stand("run_1"); s.Status != "done" || len(w.outcomes()) != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestCallOff(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := serve(t, code(500))
		w := newWorld(t, d, at(t, o.URL))
		w.ask(call("run_1", o.URL), call("run_2", o.URL), call("run_3", o.URL))
		off := func(run string) (n int64) {
			t.Helper()
			if err := d.Write(t.Context(), org, func(tx *db.Tx) (err error) {
				n, err = w.caller.CallOff(t.Context(), tx, org, run)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if off("run_1") != 1 || off("run_1") != 0 {
			t.Error("run_1 had one call, once")
		}
		taken, err := w.caller.claim(t.Context(), place{org, hostOf(o.URL)}, 1)
		if err != nil || taken[0].runID != "run_2" {
			t.Fatalf("%+v %v", taken, err)
		}
		if off("run_2") != 0 {
			t.Error("what is being made is begun")
		}
		w.caller.make(t.Context(), taken[0])
		w.once()
		w.clock.Advance(time.Minute)
		for run, want := range map[string]string{"run_1": "cancelled", "run_2": "cancelled", "run_3": "waiting"} {
			if s := w.stand(run); s.Status != want {
				t.Errorf("%s: %+v", run, s)
			}
		}
		if o.calls() != 2 {
			t.Errorf("%d calls", o.calls())
		}
		if err := d.Write(t.Context(), org, func(tx *db.Tx) error { return w.caller.Forget(t.Context(), tx, org, "per_run_3") }); err != nil {
			t.Fatal(err)
		}
		if s := w.stand("run_3"); s.Status != "" {
			t.Errorf("%+v", s)
		}
	})
}

// The caller wakes up for what is asked for, makes it, and ends with its context.
func TestRun(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	came := make(chan struct{}, 1)
	o := serve(t, func(http.ResponseWriter, *http.Request) { came <- struct{}{} })
	w := newWorld(t, d, at(t, o.URL))
	w.caller.o.Poll = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.caller.Run(ctx) }()
	w.ask(call("run_1", o.URL))
	<-came
	for late := time.Now().Add(10 * time.Second); w.stand("run_1").Status != "done"; {
		if time.Now().After(late) {
			t.Fatal("the call was not settled")
		}
	}
	stop()
	<-ended
	// While the clock is doubted nothing is due.
	w.caller.o.Trust = func() bool { return false }
	w.ask(call("run_2", o.URL))
	if w.once() != 0 {
		t.Error("made a call by a clock that nobody believes")
	}
}

func TestCheckURL(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema), "crm.internal", "10.1.0.0/16")
	for address, want := range map[string]string{
		"https://hooks.example.com/x?y=1": "", "https://crm.internal/x": "", "http://crm.internal:8080": "", "http://10.1.2.3/": "",
		"": "Write the address", "http://hooks.example.com": "must be encrypted", "ftp://example.com": "begins with https", "hooks.example.com": "begins with https",
		"https://u:p@example.com": "user name", "https://localhost/": "private network", "https://127.0.0.1": "private network", "https://[::1]/": "private network",
		"https://169.254.169.254/": "private network", "https://2130706433/": "private network", "https://10.2.0.1/": "private network", "https://db.internal": "private network",
		"https://" + strings.Repeat("a", MaxURL) + ".com": "too long", "https://%zz": "begins with https", "javascript:alert(1)": "begins with https",
	} {
		got := w.caller.CheckURL(address).EN
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q", address, got)
		}
	}
	// Allowed once, and not any more.
	w.ask(call("run_1", "http://127.0.0.1:9/"))
	w.once()
	if s := w.stand("run_1"); s.Status != "failed" || s.Why != WhyPrivate || s.Answered != 0 {
		t.Errorf("%+v", s)
	}
	two := call("run_2", "https://example.com/")
	two.Secret = "fp1.nonsense"
	w.ask(two)
	w.once()
	if s := w.stand("run_2"); s.Status != "failed" || s.Why != WhySecret {
		t.Errorf("%+v", s)
	}
}
