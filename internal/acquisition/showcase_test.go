package acquisition

import (
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// What stands on a card, who opened it, and what they opened from it.
func TestShowcase(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		as := org + " associate" // stf_1
		do := func(status int, method, path, body string, parts ...string) string {
			t.Helper()
			code, text := w.do(as, method, path, body)
			if code != status {
				t.Fatalf("%s %s: %d, not %d: %s", method, path, code, status, text)
			}
			contains(t, text, parts...)
			return text
		}
		do(422, "PUT", "/shares/mine", `{"phone":"call me"}`, "body.phone")
		do(200, "PUT", "/shares/mine", `{"title":"店长","phone":"+86 138-0000-0000"}`)
		do(200, "GET", "/shares/mine/showcase", "", `"items":[]`)
		do(422, "PUT", "/shares/mine/showcase", `{"items":[{"id":"mat_1","shelf":"material"},{"id":"mat_1","shelf":"product"}]}`, "body.items", "第 2 个")
		do(404, "PUT", "/shares/mine/showcase", `{"items":[{"id":"mat_foreign","shelf":"material"}]}`, "第 1 个")
		do(403, "PUT", "/showcase", `{"items":[]}`)
		do(200, "PUT", "/shares/mine/showcase", `{"items":[{"id":"brc_1","briefcase":true,"shelf":"material"},{"id":"mat_gone","shelf":"material"}]}`, `"title":"入门"`, `"shown":false`)
		w.want(200, "PUT", "/showcase", `{"items":[{"id":"mat_2","shelf":"product"},{"id":"brc_1","briefcase":true,"shelf":"product"}]}`, nil)
		if got := do(200, "GET", "/shares/mine/showcase", "", `"everyone":true`); strings.Count(got, "brc_1") != 1 {
			t.Errorf("an item stands there twice: %s", got)
		}

		var page struct{ Items []Share }
		w.want(200, "GET", "/shares?q=小鱼", "", &page)
		mine := page.Items[0]
		path := pathOf(mine.Card.URL)
		b := w.browser()
		html := b.do("GET", path, nil).Body.String()
		contains(t, html, `href="tel:&#43;8613800000000"`, "<h2>产品</h2>", "春茶 &lt;新&gt;", "<h2>资料</h2>", path+"/o/brc_1")
		if strings.Contains(html, "旧价目") || strings.Index(html, "产品") > strings.Index(html, "资料") {
			t.Errorf("the shelves: %s", html)
		}
		contains(t, b.do("GET", path+"/contact.vcf", nil).Body.String(), "FN:小鱼\r\n", "TITLE:店长", "TEL;TYPE=WORK:+86 138-0000-0000", "URL:"+mine.Card.URL)

		// A stranger's way, and that of somebody who is known.
		if got := b.do("GET", path+"/o/mat_2", nil).Header().Get("Location"); got != "https://pond.example/m/stf_1mat_2" {
			t.Errorf("a stranger is led to %s", got)
		}
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error { return w.svc.recognise(t.Context(), tx, org, b.cookies[visitorCookie], "per_1") }))
		w.clock.Advance(1e9)
		for range 2 {
			if got := b.do("GET", path+"/o/brc_1", nil).Header().Get("Location"); got != "https://pond.example/m/stf_1brc_1per_1" {
				t.Errorf("who is known is led to %s", got)
			}
		}
		for _, gone := range []string{"/o/mat_gone", "/o/mat_1", "/o/x"} {
			if rec := b.do("GET", path+gone, nil); rec.Code != 404 {
				t.Errorf("%s: %d", gone, rec.Code)
			}
		}
		preview := w.browser()
		preview.headers["User-Agent"] = "WhatsApp/2.24"
		preview.do("GET", path, nil)
		preview.do("GET", path+"/o/brc_1", nil)
		other := w.browser()
		w.clock.Advance(1e9)
		other.do("GET", path, nil)
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			return w.svc.recognise(t.Context(), tx, org, other.cookies[visitorCookie], "per_hidden")
		}))

		got := do(200, "GET", "/card-visitors", "", `"person_name":"客户per_1"`, `{"title":"入门","kind":"briefcase","looks":2`, `{"title":"春茶 <新>","kind":"link","looks":1`)
		if strings.Contains(got, "hidden") || strings.Count(got, `"opens":1`) != 2 {
			t.Errorf("visitors: %s", got)
		}
		contains(t, w.want(200, "GET", "/card-visitors?staff_id=stf_1&limit=1", "", nil), "per_hidden", `"next_cursor":"e`)
		do(200, "GET", "/card-visitors?staff_id=stf_2", "", "per_1") // their own all the same
		do(200, "GET", "/shares/mine/showcase", "", `"looks":2`)
		w.clock.Advance(400 * 24 * 3600e9)
		w.must(w.svc.CleanVisits(t.Context()))
		do(200, "GET", "/card-visitors", "", `"items":[]`)
	})
}
