package content

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestOpenedAndRead(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.made(`{"kind":"text","title":"喂养指南","body":{"text":"每次 <b>90</b> 毫升"}}`)
		l := w.link(`{"material_id":"` + m.ID + `","person_ids":["per_1"]}`)
		if l.PersonName != "客户per_1" || l.StaffName != "小美" || l.Kind != Text {
			t.Errorf("%+v", l)
		}
		b := w.browser()
		visit, page := b.open(l.URL)
		contains(t, page, "喂养指南", "每次 &lt;b&gt;90&lt;/b&gt; 毫升", "小美", "店长 · 鱼塘母婴", "data:image/png;base64,", `lang="zh-CN"`, "会知道这个页面何时被打开", "不要记录")
		if again, _ := b.open(l.URL); again != visit {
			t.Error("a reload is another visit")
		}
		w.clock.Advance(40 * time.Second)
		if code := b.beat(l.URL, visit, 31_000, 80); code != 204 {
			t.Error(code)
		}
		b.beat(l.URL, visit, 20_000, 40)    // an old one that comes late
		b.beat(l.URL, visit, 9_000_000, 90) // more than has passed
		var visits struct{ Items []VisitView }
		w.want(associate, 200, "GET", "/material-visits?person_id=per_1", "", &visits)
		if len(visits.Items) != 1 || visits.Items[0].Seconds != 43 || visits.Items[0].Depth != 90 || !visits.Items[0].Reading || visits.Items[0].PersonName != "客户per_1" || visits.Items[0].Forwarded {
			t.Errorf("%+v", visits.Items)
		}
		w.sweep()
		if got := w.events(); !slices.Equal(got, []string{"material.opened per_1"}) {
			t.Error("told while it goes on:", got)
		}
		w.clock.Advance(6 * time.Minute)
		w.sweep()
		w.sweep()
		want := []string{"material.opened per_1", "material.read per_1"}
		if got := w.events(); !slices.Equal(got, want) {
			t.Error(got)
		}
		// Who comes back has come again.
		if again, _ := b.open(l.URL); again == visit {
			t.Error("a visit that was over goes on")
		}
		if got := w.events(); !slices.Equal(got, append(want, "material.opened per_1")) {
			t.Error(got)
		}
	})
}

func TestWhoIsCounted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.made(`{"kind":"link","title":"官网","body":{"url":"https://brand.example/a"}}`)
		l := w.link(`{"material_id":"` + m.ID + `","person_ids":["per_1"]}`)
		if again := w.link(`{"material_id":"` + m.ID + `","person_ids":["per_1"]}`); again.ID != l.ID {
			t.Error("the same link twice")
		}
		// Nobody has opened anything yet.
		for _, agent := range []string{"", "Mozilla/5.0 (compatible; Googlebot/2.1)", "facebookexternalhit/1.1", "WhatsApp/2.23", "curl/8.0", "Mozilla/5.0 Chrome/120 HeadlessChrome/120"} {
			b := w.browser()
			b.agent = agent
			if visit, _ := b.open(l.URL); visit != "" {
				t.Errorf("%q is counted", agent)
			}
		}
		b := w.browser()
		b.do("HEAD", l.URL, "")
		b.do("GET", l.URL, "", "Sec-Purpose", "prefetch;prerender")
		b.do("GET", l.URL, "", "X-Insider", "1")
		if got := w.events(); len(got) != 0 {
			t.Error(got)
		}
		first, _ := b.open(l.URL)
		other := w.browser()
		other.agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/130"
		second, _ := other.open(l.URL)
		if first == second || second == "" {
			t.Error(first, second)
		}
		if !slices.Equal(w.events(), []string{"material.opened per_1", "material.forwarded per_1"}) {
			t.Error(w.events())
		}
		// Whoever keeps no cookies is still who they were, on this day and in this place.
		plain := w.browser()
		plain.c.Jar = nil
		if again, _ := plain.open(l.URL); again != first {
			t.Error("without its cookie the person's browser is a stranger")
		}
		w.clock.Advance(10 * time.Minute)
		other.open(l.URL) // again: another visit, told of once only
		if n := len(w.events()); n != 2 {
			t.Error(w.events())
		}
		// The link is followed.
		code, _ := b.do("GET", l.URL+"/go", "")
		if code != 303 || b.last.Get("Location") != "https://brand.example/a" {
			t.Error(code, b.last)
		}
		var people struct{ Items []Visitor }
		w.want(associate, 200, "GET", "/material-visitors", "", &people)
		if len(people.Items) != 2 || people.Items[0].PersonID != "per_1" || people.Items[0].Opens != 2 || people.Items[0].Depth != 100 || people.Items[1].Via != "per_1" || people.Items[1].PersonID != "" || people.Items[1].Opens != 2 {
			t.Errorf("%+v", people.Items)
		}
		var e Effects
		w.want(associate, 200, "GET", "/material-effects?days=7", "", &e)
		if e.Total.Links != 1 || e.Total.Opens != 4 || e.Total.Visitors != 2 || e.Total.Persons != 1 || e.Total.Forwarded != 2 || len(e.Days) != 7 || e.Days[6].Opens != 4 || len(e.Items) != 1 || e.Items[0].Title != "官网" || e.Staff[0].Name != "小美" {
			t.Errorf("%+v", e)
		}
		// Somebody who does not want to be recorded.
		code, _ = other.do("POST", l.URL+"/quiet", "")
		if code != 303 {
			t.Error(code)
		}
		w.clock.Advance(10 * time.Minute)
		if visit, page := other.open(l.URL); visit != "" {
			t.Error("told against their will", page)
		}
		if code := other.beat(l.URL, second, 1000, 10); code != 204 {
			t.Error(code)
		}
		var visits struct{ Items []VisitView }
		w.want(owner, 200, "GET", "/material-visits?forwarded=yes", "", &visits)
		if len(visits.Items) != 2 || visits.Items[0].Seconds+visits.Items[1].Seconds != 0 {
			t.Errorf("%+v", visits.Items)
		}
	})
}

func TestPagesOfTheirOwn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.made(`{"kind":"text","title":"一","expires_at":"2026-06-16T00:00:00Z","body":{"text":"旧"}}`)
		pinned := w.link(`{"material_id":"` + m.ID + `","version":1}`)
		l := w.link(`{"material_id":"` + m.ID + `"}`)
		w.want(owner, 200, "PATCH", "/materials/"+m.ID, `{"revision":1,"body":{"text":"新"}}`, nil)
		w.want(owner, 409, "PATCH", "/materials/"+m.ID, `{"revision":1,"body":{"text":"别的"}}`, nil)
		b := w.browser()
		if _, page := b.open(l.URL); !strings.Contains(page, "新") || b.last.Get("Set-Cookie") != "" {
			t.Error("not the newest, or a cookie without need", b.last)
		}
		if _, page := b.open(pinned.URL); !strings.Contains(page, "旧") {
			t.Error("not the one that it was pinned to")
		}
		contains(t, b.last.Get("Content-Security-Policy"), "default-src 'none'", "script-src 'nonce-", "frame-ancestors 'none'")
		b.lang = "en"
		for _, bad := range []string{"/m/abcdefghijkmnpqr", "/m/x", "/m/" + strings.Repeat("a", 400)} {
			if code, _ := b.do("GET", w.server.URL+bad, ""); code != 404 {
				t.Error(bad, code)
			}
		}
		if code, _ := b.do("GET", l.URL+"/f/mfl_00000000000000000000000000000000", ""); code != 404 {
			t.Error("a file that the page does not show:", code)
		}
		w.want(owner, 204, "DELETE", "/materials/"+m.ID, "", nil)
		if code, page := b.do("GET", l.URL, ""); code != 410 || !strings.Contains(page, "This has been withdrawn") {
			t.Error(code, page)
		}
		w.want(associate, 404, "POST", "/radar-links", `{"material_id":"`+m.ID+`"}`, nil)
		w.want(owner, 200, "POST", "/materials/"+m.ID+"/restore", "", nil)
		w.clock.Advance(48 * time.Hour)
		if code, page := b.do("GET", l.URL, ""); code != 410 || !strings.Contains(page, "This has expired") {
			t.Error(code, page)
		}
		w.want(associate, 409, "POST", "/radar-links", `{"material_id":"`+m.ID+`"}`, nil)
		w.want(associate, 409, "POST", "/materials/take", `{"material_id":"`+m.ID+`"}`, nil)
		w.want(owner, 200, "PATCH", "/materials/"+m.ID, `{"revision":4,"no_expiry":true}`, nil)
		b.open(l.URL)
		var v struct{ Items []MaterialVersion }
		w.want(associate, 200, "GET", "/materials/"+m.ID+"/versions", "", &v)
		if len(v.Items) != 2 || v.Items[1].Body.Text != "旧" {
			t.Errorf("%+v", v.Items)
		}
		for _, beat := range []string{"", "{", `{"v":"x","t":1,"d":1}`, `{"v":"mvs_00000000000000000000000000000000","t":-1,"d":1}`, `{"v":"mvs_00000000000000000000000000000000","t":1,"d":1e9}`, strings.Repeat("9", 2000)} {
			if code, _ := b.do("POST", l.URL+"/beat", beat); code != 400 {
				t.Error(beat, code)
			}
		}
		if code := b.beat(l.URL, "mvs_00000000000000000000000000000000", 1, 1); code != 404 {
			t.Error("a visit that there is not:", code)
		}
	})
}
