package carrier

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// page is a page of a brand's site with the chat on it.
type pageOn struct {
	w              *world
	acc, from, ip  string
	token, visitor string
}

func (w *world) site() *pageOn {
	w.tb.Helper()
	return &pageOn{w: w, from: "https://shop.example", ip: "203.0.113.7", acc: w.connect(KindWeb, map[string]string{"site": "https://shop.example/", "origins": "https://m.shop.example, http://localhost:3000",
		"title": `</script><b>"Hi`, "colour": "#FF8800", "ask": "after"}).ID}
}

func (p *pageOn) call(method, path, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(p.w.tb.Context(), method, "/w/"+p.acc+"/"+path, strings.NewReader(body))
	req.RemoteAddr = p.ip + ":1234"
	if p.from != "" {
		req.Header.Set("Origin", p.from)
	}
	if p.token != "" {
		req.Header.Set("X-Fishpond-Visitor", p.token)
	}
	rec := httptest.NewRecorder()
	p.w.s.Web().ServeHTTP(rec, req)
	return rec
}

// begin takes a new id.
func (p *pageOn) begin() *pageOn {
	p.w.tb.Helper()
	q := *p
	q.token = ""
	rec := q.call("POST", "session", "{}")
	var out struct{ Token string }
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != 200 {
		p.w.tb.Fatal(rec.Code, rec.Body)
	}
	q.token = out.Token
	q.visitor, _, _ = strings.Cut(out.Token, ".")
	return &q
}

func (p *pageOn) say(key, text string) *httptest.ResponseRecorder {
	b, _ := json.Marshal(map[string]string{"text": text, "key": key})
	return p.call("POST", "messages", string(b))
}

func TestChat(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.site().begin()
		for i := range maxPageVisits + 5 {
			if rec := p.call("POST", "visit", fmt.Sprintf(`{"url":"https://shop.example/p/%d?utm_source=red&session=secret#x","referrer":"https://search.example/?q=my+illness","title":"P"}`, i)); rec.Code != 204 {
				t.Fatal(rec.Code, rec.Body)
			}
			w.clock.Advance(2 * time.Second)
		}
		p.call("POST", "visit", `{"url":"https://elsewhere.example/","referrer":"","title":""}`)
		p.call("POST", "visit", `{"url":"javascript:alert(1)","referrer":"javascript:alert(1)","title":""}`)
		w.expect("50", "SELECT CAST(count(*) AS TEXT) FROM carrier_web_visit WHERE org_id = ?", org)
		w.expect("", "SELECT person FROM person_key WHERE org_id = ?", org) // who looks is nobody yet

		rec := p.say("aaaaaaaa1", " <script>alert(1)</script>\r\nline two\u202e ")
		if rec.Code != 200 || rec.Header().Get("Access-Control-Allow-Origin") != "https://shop.example" {
			t.Fatal(rec.Code, rec.Body, rec.Header())
		}
		again := p.say("aaaaaaaa1", "something else")
		if again.Body.String() != rec.Body.String() {
			t.Errorf("the same key: %s\n%s", again.Body, rec.Body)
		}
		p.say("aaaaaaaa2", "two")
		p.call("POST", "visit", `{"url":"https://m.shop.example/later","referrer":"","title":"Later"}`)
		w.expect("visitor", "SELECT status FROM carrier_contact WHERE org_id = ?", org)
		w.expect("per_"+p.visitor+" cookie "+p.visitor, "SELECT person || ' ' || kind || ' ' || value FROM person_key WHERE org_id = ?", org)
		w.expect("message.received 2\npage.viewed 51", "SELECT kind || ' ' || count(*) FROM timeline_event WHERE org_id = ? AND person_id = ? GROUP BY kind ORDER BY kind", org, "per_"+p.visitor)
		w.expect(`{"account_id":"`+p.acc+`","url":"https://shop.example/p/54?utm_source=red","referrer":"https://search.example/","title":"P"}`,
			"SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'page.viewed' AND data LIKE '%/p/54%'", org)
		w.expect("0", "SELECT CAST(count(*) AS TEXT) FROM carrier_web_visit WHERE org_id = ?", org)
		if got := w.rows("SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.received' AND data LIKE '%line two%'", org); len(got) != 1 || !strings.Contains(got[0], `\nline two"`) || strings.Contains(got[0], "\u202e") {
			t.Errorf("%q", got)
		}

		var got struct {
			Items []ChatMessage
			Next  int64
		}
		rec = p.call("GET", "messages?after=0", "")
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got.Items) != 2 || got.Next != 2 || got.Items[0].From != "visitor" {
			t.Errorf("%v %s", err, rec.Body)
		}
		other := w.site2(p).begin()
		if rec := other.call("GET", "messages?after=0", ""); !strings.Contains(rec.Body.String(), `"items":[]`) {
			t.Errorf("another visitor reads %s", rec.Body)
		}
		if rec := p.call("GET", "messages?after=2", ""); !strings.Contains(rec.Body.String(), `{"items":[],"next":2,`) {
			t.Errorf("nothing new: %s", rec.Body)
		}

		// Whoever waits is told at once, and let go when the process ends.
		for _, wake := range []func(){func() { p.say("aaaaaaaa3", "three") }, w.s.chat.bells.close} {
			done := make(chan string)
			after := got.Next
			go func() { done <- p.call("GET", fmt.Sprintf("messages?after=%d&wait=25", after), "").Body.String() }()
			for {
				w.s.chat.bells.mu.Lock()
				n := len(w.s.chat.bells.waiting)
				w.s.chat.bells.mu.Unlock()
				if n > 0 {
					break
				}
			}
			wake()
			if body := <-done; after == 2 && !strings.Contains(body, `"text":"three"`) {
				t.Errorf("%s", body)
			}
			got.Next = 3
		}
		w.clock.Advance(keepVisits + time.Hour)
		w.must(w.s.Clean(t.Context()))
	})
}

// site2 is the same page in somebody else's browser.
func (w *world) site2(p *pageOn) *pageOn {
	return &pageOn{w: w, from: p.from, ip: "203.0.113.8", acc: p.acc}
}

func TestChatRefuses(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first := w.site()
		p := first.begin()
		second := &pageOn{w: w, from: "https://other.example", ip: p.ip, acc: w.connect(KindWeb, map[string]string{"site": "https://other.example"}).ID}
		for _, c := range []struct {
			name   string
			page   pageOn
			method string
			path   string
			body   string
			status int
		}{
			{"no account", pageOn{w: w, from: p.from, acc: "acc_none", token: p.token}, "POST", "messages", `{"text":"x","key":"aaaaaaaa"}`, 404},
			{"an account of another kind", pageOn{w: w, from: p.from, acc: w.acc, token: p.token}, "GET", "messages", "", 404},
			{"another site", pageOn{w: w, from: "https://evil.example", acc: p.acc, token: p.token}, "POST", "messages", `{"text":"x","key":"aaaaaaaa"}`, 403},
			{"a site that begins alike", pageOn{w: w, from: "https://shop.example.evil.example", acc: p.acc, token: p.token}, "POST", "messages", `{"text":"x","key":"aaaaaaaa"}`, 403},
			{"no site, writing", pageOn{w: w, acc: p.acc, token: p.token}, "POST", "messages", `{"text":"x","key":"aaaaaaaa"}`, 403},
			{"null", pageOn{w: w, from: "null", acc: p.acc, token: p.token}, "POST", "session", `{}`, 403},
			{"no token", pageOn{w: w, from: p.from, acc: p.acc}, "GET", "messages", "", 401},
			{"another account's token", pageOn{w: w, from: second.from, acc: second.acc, token: p.token}, "GET", "messages", "", 401},
			{"a made-up visitor", pageOn{w: w, from: p.from, acc: p.acc, token: "w" + strings.Repeat("a", 26) + p.token[27:]}, "GET", "messages", "", 401},
			{"a huge body", *p, "POST", "messages", `{"key":"aaaaaaaa","text":"` + strings.Repeat("x", maxChatBody) + `"}`, 413},
			{"a long message", *p, "POST", "messages", `{"key":"aaaaaaaa","text":"` + strings.Repeat("x", maxSaid+1) + `"}`, 422},
			{"an empty message", *p, "POST", "messages", `{"key":"aaaaaaaa","text":" \u0000 "}`, 422},
			{"no key", *p, "POST", "messages", `{"key":"","text":"x"}`, 422},
			{"unknown fields", *p, "POST", "messages", `{"key":"aaaaaaaa","text":"x","from":"staff"}`, 422},
			{"two objects", *p, "POST", "messages", `{"key":"aaaaaaaa","text":"x"}{}`, 422},
			{"no JSON", *p, "POST", "visit", `<xml/>`, 422},
			{"a negative number", *p, "GET", "messages?after=-1", "", 422},
			{"a long wait", *p, "GET", "messages?wait=3600", "", 422},
			{"a long query", *p, "GET", "messages?after=" + strings.Repeat("1", maxQuery), "", 414},
			{"another method", *p, "DELETE", "messages", "", 405},
		} {
			if rec := c.page.call(c.method, c.path, c.body); rec.Code != c.status {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			} else if c.status == 403 && rec.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: may be read by %s", c.name, rec.Header().Get("Access-Control-Allow-Origin"))
			}
		}
		w.expect("", "SELECT person FROM person_key WHERE org_id = ?", org)
		w.expect("", "SELECT kind FROM timeline_event WHERE org_id = ?", org)

		if rec := p.call("OPTIONS", "messages", ""); rec.Code != 204 || rec.Header().Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(rec.Header().Get("Access-Control-Allow-Headers"), "X-Fishpond-Visitor") {
			t.Errorf("preflight: %d %v", rec.Code, rec.Header())
		}
		evil := pageOn{w: w, from: "https://evil.example", acc: p.acc}
		if rec := evil.call("OPTIONS", "messages", ""); rec.Code != 403 {
			t.Errorf("preflight of another site: %d", rec.Code)
		}

		// One browser may not flood, nor one address make people.
		for i := range 25 {
			rec := p.say(fmt.Sprintf("bbbbbbbb%d", i), "x")
			if want := map[bool]int{true: 200, false: 429}[i < 20]; rec.Code != want {
				t.Fatalf("message %d: %d", i, rec.Code)
			}
		}
		for i := range 31 {
			rec := first.begin().say("cccccccc", "x")
			if want := map[bool]int{true: 200, false: 429}[i < 29]; rec.Code != want {
				t.Fatalf("visitor %d: %d %s", i, rec.Code, rec.Body)
			}
		}

		script := p.call("GET", "widget.js", "")
		body := script.Body.String()
		if script.Code != 200 || !strings.HasPrefix(script.Header().Get("Content-Type"), "text/javascript") || len(body) > 16_000 {
			t.Errorf("%d, %d bytes", script.Code, len(body))
		}
		if strings.Contains(body, "</script>") || strings.Contains(body, "eval(") || strings.Contains(body, "innerHTML") || !strings.Contains(body, `"colour":"#ff8800"`) || strings.Contains(body, "__LOOK__") {
			t.Errorf("%s", body[:400])
		}
		key := w.rows("SELECT id FROM carrier_account WHERE org_id = ? AND id = ?", org, p.acc)
		if st, err := w.s.site(t.Context(), key[0]); err != nil || strings.Contains(body, st.key) {
			t.Errorf("tells the key, or %v", err)
		}
		try := p.call("GET", "try", "")
		if try.Code != 200 || !strings.Contains(try.Header().Get("Content-Security-Policy"), "script-src 'self'") || !strings.Contains(try.Body.String(), "/w/"+p.acc+"/widget.js") {
			t.Errorf("%d %v %s", try.Code, try.Header(), try.Body)
		}
		a, err := w.s.Account(w.ctx(), p.acc)
		if err != nil || len(a.SecretsSet) != 0 {
			t.Errorf("%v %v", a.SecretsSet, err)
		}
		off := StatusDisabled
		_, err = w.s.Update(w.ctx(), p.acc, AccountPatch{Status: &off})
		w.must(err)
		if rec := p.call("GET", "messages", ""); rec.Code != 404 {
			t.Errorf("disabled: %d", rec.Code)
		}
	})
}
