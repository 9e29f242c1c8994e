package carrier

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestAddressIsVerified(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.clock.Advance(time.Unix(1409659589, 0).Sub(w.clock.Now())) // the day of the platform's example
		const known = "?msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&timestamp=1409659589&nonce=263014780&echostr=P9nAzCzyDtyTWESHep1vC5X9xho%2FqYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp%2B4RPcs8TgAE7OaBO%2BFZXvnaqQ%3D%3D"
		for query, want := range map[string]string{
			known: "200 1616140317555161061",
			strings.Replace(known, "5c45", "5c46", 1): "403 ",
			strings.Replace(known, "589&", "590&", 1): "403 ",
			"": "403 ",
		} {
			rec := httptest.NewRecorder()
			w.s.Callbacks().ServeHTTP(rec, httptest.NewRequest("GET", "/callbacks/"+w.acc+query, nil))
			if got := fmt.Sprint(rec.Code, " ", rec.Body); got != want {
				t.Errorf("%s: %s", query, got)
			}
		}
	})
}

func TestRefusedCallbacks(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		right, _ := wire.NewCrypto(cbToken, cbKey, corpID)
		other, _ := wire.NewCrypto(cbToken, cbKey, "ww_other")
		key, _ := wire.NewCrypto(cbToken, strings.TrimRight(base64.StdEncoding.EncodeToString(make([]byte, 32)), "="), corpID)
		token, _ := wire.NewCrypto("other", cbKey, corpID)
		message := xmlOf("MsgType=event Event=change_external_contact ChangeType=add_external_contact UserID=li ExternalUserID=wm1 CreateTime=1772352000")
		off := w.connect(KindEmail, map[string]string{"from": "a@b.example", "server": "smtp.b.example:465", "user": "a", "password": "p"}).ID
		cases := map[string]struct {
			by      *wire.Crypto
			account string
			message []byte
			shift   time.Duration
			body    string
			status  int
		}{
			"another receiver":         {by: other, status: 403},
			"another key":              {by: key, status: 403},
			"another token":            {by: token, status: 403},
			"replayed after an hour":   {by: right, shift: time.Hour, status: 403},
			"from the future":          {by: right, shift: -time.Hour, status: 403},
			"an unknown account":       {by: right, account: "acc_nobody", status: 403},
			"a path below the account": {by: right, account: w.acc + "/more", status: 403},
			"an account without any":   {by: right, account: off, status: 403},
			"a bomb inside":            {by: right, message: []byte(`<!DOCTYPE a [<!ENTITY x "y">]><xml><Event>&x;</Event></xml>`), status: 403},
			"cut off inside":           {by: right, message: message[:40], status: 403},
			"a bomb outside":           {by: right, body: `<!DOCTYPE a [<!ENTITY x "y">]><xml><Encrypt>&x;</Encrypt></xml>`, status: 403},
			"too large":                {by: right, body: strings.Repeat("a", 65<<10), status: 413},
			"nothing":                  {by: right, body: " ", status: 403},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				if c.account == "" {
					c.account = w.acc
				}
				if c.message == nil {
					c.message = message
				}
				req := w.request(c.by, c.account, c.message)
				if c.body != "" {
					req.Body = io.NopCloser(strings.NewReader(c.body))
				}
				w.clock.Advance(c.shift)
				rec := httptest.NewRecorder()
				w.s.Callbacks().ServeHTTP(rec, req)
				w.clock.Advance(-c.shift)
				if rec.Code != c.status || rec.Body.Len() != 0 {
					t.Errorf("%d %s", rec.Code, rec.Body)
				}
			})
		}
		w.expect("0", "SELECT CAST(count(*) AS TEXT) FROM carrier_callback WHERE org_id = ?", org)
		if _, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Status: new("disabled")}); err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		if w.s.Callbacks().ServeHTTP(rec, w.signed(message)); rec.Code != 403 {
			t.Errorf("a disabled account: %d", rec.Code)
		}
	})
}

const arrival = "CreateTime=1772352000 Event=change_external_contact ChangeType=add_external_contact UserID=li ExternalUserID=wm1 State=cod_1 WelcomeCode=W1"

func TestSameCallbackIsOneRow(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var g sync.WaitGroup
		for range 6 {
			g.Go(func() { w.deliver(arrival) })
		}
		g.Wait()
		w.deliver("CreateTime=1 Event=something_new Thing=7")
		w.deliver("CreateTime=1 Event=something_new Thing=7")
		w.deliver("CreateTime=1 Event=something_new Thing=8")
		w.expect("change_external_contact/add_external_contact stored contact:wm1\nsomething_new unknown \nsomething_new unknown ",
			"SELECT event || ' ' || status || ' ' || subject FROM carrier_callback WHERE org_id = ? ORDER BY event, id", org)
	})
}

// TestNothingIsSwallowed: while the database is out, the platform is asked to
// come again.
func TestNothingIsSwallowed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		message := xmlOf("MsgType=event " + arrival)
		req := w.signed(message)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		rec := httptest.NewRecorder()
		w.s.Callbacks().ServeHTTP(rec, req.WithContext(ctx))
		if rec.Code != 503 || rec.Body.Len() != 0 {
			t.Errorf("cut off: %d %s", rec.Code, rec.Body)
		}
		again := w.signed(message)
		_, err := d.Writer().Exec("ALTER TABLE carrier_callback RENAME TO carrier_away") // the account can be read, the callback cannot be written
		w.must(err)
		rec = httptest.NewRecorder()
		if w.s.Callbacks().ServeHTTP(rec, again); rec.Code != 503 || rec.Body.Len() != 0 {
			t.Errorf("no table: %d %s", rec.Code, rec.Body)
		}
	})
}

func BenchmarkAccept(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			d := testkit.Open(b, e, schema)
			w := newWorld(b, d)
			var n int
			var mu sync.Mutex
			h := w.s.Callbacks()
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					mu.Lock()
					n++
					i := n
					mu.Unlock()
					req := w.signed(xmlOf(fmt.Sprintf("MsgType=event CreateTime=1772352000 Event=change_external_contact ChangeType=add_external_contact UserID=li ExternalUserID=wm%d State=cod_1 WelcomeCode=W%d", i, i)))
					rec := httptest.NewRecorder()
					if h.ServeHTTP(rec, req); rec.Code != 200 {
						b.Errorf("%d", rec.Code)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "callbacks/s")
		})
	}
}

// BenchmarkWork: callbacks of arrivals worked off, each with a look at who it is
// and a welcome message.
func BenchmarkWork(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, e, schema))
			w.pond.greet = func(Arrival) (Greeting, error) {
				return Greeting{Welcome: []Part{{Kind: PartText, Text: "Hi"}}}, nil
			}
			for i := range b.N {
				id := fmt.Sprintf("wm%06d", i)
				w.corp.befriend("li", id, "N", w.clock.Now(), nil)
				w.deliver(callback("add_external_contact", "li", id, w.clock.Now().Unix(), "WelcomeCode=W"+id))
			}
			b.ResetTimer()
			w.tick()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "arrivals/s")
		})
	}
}
