package content

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestLibrary(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var top, sub Folder
		w.want(owner, 201, "POST", "/material-folders", `{"name":"喂养"}`, &top)
		w.want(owner, 422, "POST", "/material-folders", `{"name":" 喂养 "}`, nil)
		w.want(owner, 201, "POST", "/material-folders", `{"name":"奶粉","parent_id":"`+top.ID+`"}`, &sub)
		w.want(owner, 422, "PATCH", "/material-folders/"+top.ID, `{"name":"喂养","parent_id":"`+sub.ID+`"}`, nil)
		w.want(owner, 409, "DELETE", "/material-folders/"+top.ID, "", nil)
		w.want(associate, 403, "POST", "/material-folders", `{"name":"x"}`, nil)
		w.want(associate, 403, "POST", "/materials", `{"kind":"text","title":"x","body":{"text":"x"}}`, nil)

		pic := w.upload("../../罐.png", picture(t))
		if pic.Kind != Picture || pic.Name != "罐.png" {
			t.Errorf("%+v", pic)
		}
		svg := w.upload("a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))
		html := w.upload("a.mp4", []byte(`<!doctype html><script>alert(1)</script>`))
		if svg.Kind != File || html.Kind != File {
			t.Error("taken for what it is called:", svg.Kind, html.Kind)
		}
		w.want(owner, 422, "POST", "/materials", `{"kind":"picture","title":"x","body":{"file_id":"`+svg.ID+`"}}`, nil)
		w.want(owner, 422, "POST", "/materials", `{"kind":"file","title":"x","body":{"file_id":"mfl_none"}}`, nil)
		if code, text := w.api.Serve(owner, testkit.Upload(t, "/material-files", "big", make([]byte, MaxFile+1))); code != 413 || !strings.Contains(text, "10 MB") {
			t.Error(code, text)
		}
		if code, _ := w.api.Serve(owner, testkit.Upload(t, "/material-files", "none", nil)); code != 422 {
			t.Error(code)
		}
		var made struct{ Items []Material }
		w.want(owner, 201, "POST", "/materials/batch", `{"file_ids":["`+pic.ID+`","`+html.ID+`"],"folder_id":"`+sub.ID+`"}`, &made)
		if len(made.Items) != 2 || made.Items[0].Kind != Picture || made.Items[0].Title != "罐" || made.Items[1].Kind != File {
			t.Errorf("%+v", made.Items)
		}
		l := w.link(`{"material_id":"` + made.Items[1].ID + `"}`)
		b := w.browser()
		if code, _ := b.do("GET", l.URL+"/f/"+html.ID, ""); code != 200 || b.last.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(b.last.Get("Content-Disposition"), "attachment") || b.last.Get("X-Content-Type-Options") != "nosniff" {
			t.Error(code, b.last)
		}
		if code, _ := b.do("GET", l.URL+"/f/"+pic.ID, ""); code != 404 {
			t.Error("a file of another material:", code)
		}
		for _, q := range []string{"罐", "g", "guan"} {
			var found struct{ Items []MaterialBrief }
			w.want(associate, 200, "GET", "/materials?q="+url.QueryEscape(q), "", &found)
			if len(found.Items) != 1 || found.Items[0].ID != made.Items[0].ID {
				t.Errorf("%s: %+v", q, found.Items)
			}
		}
		var page struct {
			Items      []MaterialBrief
			NextCursor string `json:"next_cursor"`
			Total      int
		}
		for _, sort := range []string{"-created_at", "-used", "title"} {
			seen := map[string]bool{}
			for cursor := ""; ; cursor = page.NextCursor {
				w.want(owner, 200, "GET", "/materials?limit=1&sort="+sort+"&cursor="+cursor, "", &page)
				for _, m := range page.Items {
					seen[m.ID] = true
				}
				if page.NextCursor == "" {
					break
				}
			}
			if len(seen) != 2 || page.Total != 2 {
				t.Error(sort, seen, page.Total)
			}
		}
		// What is sent.
		var taken Taken
		w.want(associate, 200, "POST", "/materials/take", `{"material_id":"`+made.Items[0].ID+`","person_ids":["per_1"],"as":"message"}`, &taken)
		if len(taken.Parts) != 1 || taken.Parts[0].Kind != "image" || taken.Parts[0].MediaID != "med_罐.png" || taken.Link != nil {
			t.Errorf("%+v", taken)
		}
		w.want(associate, 200, "POST", "/materials/take", `{"material_id":"`+made.Items[0].ID+`","person_ids":["per_1"]}`, &taken)
		if taken.Link == nil || taken.Parts[0].Kind != "link" || taken.Parts[0].URL != taken.Link.URL || !strings.HasSuffix(taken.Parts[0].PicURL, pic.ID) {
			t.Errorf("%+v", taken)
		}
		w.want(associate, 404, "POST", "/radar-links", `{"material_id":"`+made.Items[0].ID+`","person_ids":["per_9"]}`, nil) // not theirs
		w.want(associate, 422, "POST", "/radar-links", `{"material_id":"`+made.Items[0].ID+`","staff_id":"stf_1"}`, nil)
		w.want(owner, 422, "POST", "/radar-links", `{"material_id":"`+made.Items[0].ID+`","staff_id":"stf_3"}`, nil) // has left

		// A briefcase of both; what is deleted is left out.
		var c Briefcase
		w.want(owner, 201, "POST", "/briefcases", `{"title":"见面礼","intro":"你好","material_ids":["`+made.Items[1].ID+`","`+made.Items[0].ID+`"]}`, &c)
		w.want(owner, 422, "POST", "/briefcases", `{"title":"x","material_ids":["`+made.Items[1].ID+`","`+made.Items[1].ID+`"]}`, nil)
		l = w.link(`{"briefcase_id":"` + c.ID + `","person_ids":["per_2"]}`)
		_, text := b.open(l.URL)
		if i, j := strings.Index(text, made.Items[1].ID), strings.Index(text, made.Items[0].ID); i < 0 || j < i {
			t.Error("not in order", i, j)
		}
		b.open(l.URL + "/i/" + made.Items[0].ID)
		w.want(owner, 204, "DELETE", "/materials/"+made.Items[1].ID, "", nil)
		if _, text = b.open(l.URL); strings.Contains(text, made.Items[1].ID) {
			t.Error("what is deleted is shown")
		}
		if code, _ := b.do("GET", l.URL+"/i/"+made.Items[1].ID, ""); code != 410 {
			t.Error(code)
		}
		if code, _ := b.do("GET", l.URL+"/i/mat_other", ""); code != 404 {
			t.Error(code)
		}
		var visits struct{ Items []VisitView }
		w.want(associate, 200, "GET", "/material-visits?person_id=per_2", "", &visits)
		if len(visits.Items) != 2 || visits.Items[0].Kind != Picture || visits.Items[1].Kind != briefcaseKind {
			t.Errorf("%+v", visits.Items)
		}
		w.want(org+" associate stf_7", 200, "GET", "/material-visits", "", &visits)
		if len(visits.Items) != 0 {
			t.Error("an associate sees others' visits")
		}
		w.want(org+" associate stf_7", 404, "POST", "/radar-links/"+l.ID+"/withdraw", "", nil)
	})
}

func TestRichTextIsSafe(t *testing.T) {
	img := filePath + "mfl_" + strings.Repeat("a", 32)
	got := cleanHTML(`<div onclick=x>一<b>二</b></div><script>alert(1)</script><a href="javascript:x">x</a><a href="https://a.example/?a=1&b=2">y</a><img src="` + img + `" onerror=x><img src="https://evil.example/p.gif"><img src=x onerror=alert(1)><style>*{}</style><iframe src="//x"></iframe><svg onload=x>`)
	for _, bad := range []string{"script", "onclick", "onerror", "javascript", "evil", "style", "iframe", "svg", "div"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s in %s", bad, got)
		}
	}
	testkit.Contains(t, got, "<p>一<b>二</b></p>", `href="https://a.example/?a=1&amp;b=2"`, `src="`+img+`"`, `alt=""`)
	if again := cleanHTML(got); again != got {
		t.Errorf("cleaned twice:\n%s\n%s", got, again)
	}
}

func FuzzCleanHTML(f *testing.F) {
	for _, s := range []string{"<p>x", "<img src=x onerror=y>", "<a href='java\nscript:x'>", "<<script>script>", "\x00<di\x00v>", `<img src="/api/v1/material-files/mfl_` + strings.Repeat("0", 32) + `" alt="><script>">`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := cleanHTML(s)
		if low := strings.ToLower(once); strings.Contains(low, "<script") || strings.Contains(low, "<iframe") || strings.Contains(low, "<svg") || strings.Contains(low, `href="javascript`) {
			t.Errorf("%q gives %q", s, once)
		}
		if twice := cleanHTML(once); twice != once {
			t.Errorf("%q: %q, then %q", s, once, twice)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"https://brand.example/a?b=1#c", "http://8.8.8.8/", "https://商城.中国/x", "https://[2606:4700::1111]/", " https://a.example "} {
		if _, err := webURL("u", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "x", "javascript:alert(1)", "ftp://a.example", "//a.example", "https://", "https://user:pw@a.example", "http://localhost", "http://LOCALHOST:80/", "http://intranet/", "http://a.local", "http://a.internal.",
		"http://127.0.0.1", "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://10.0.0.8", "http://192.168.1.1", "http://172.16.0.1", "http://169.254.169.254/latest", "http://100.64.0.1", "http://0.0.0.0",
		"http://[::1]", "http://[::ffff:10.0.0.1]", "http://[fe80::1]", "http://[fd00::1]", "http://[64:ff9b::a00:1]", "http://１２７.０.０.１", "http://127。0。0。1", "http://a..example", "http://a.example\\@b", "https://a.example/ b"} {
		if got, err := webURL("u", bad); err == nil {
			t.Errorf("%s is taken as %s", bad, got)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"https://a.example", "http://127.1", "http://[::1]:80", "http://０x7f.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := webURL("u", s)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q is taken as %q", s, got)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && (a.IsPrivate() || a.IsLoopback()) {
			t.Errorf("%q leads to %s", s, a)
		}
	})
}
