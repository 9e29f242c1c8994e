package campaign

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"

// open follows a link as a browser does, and tells where it leads.
func (w *world) open(method, link, agent string) (status int, to, body string) {
	req, res := httptest.NewRequest(method, strings.TrimPrefix(link, "https://pond.example"), nil), httptest.NewRecorder()
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept-Language", "en")
	w.svc.Pages().ServeHTTP(res, req)
	return res.Code, res.Header().Get("Location"), res.Body.String()
}

func (w *world) code(id string) string {
	return testkit.Texts(w.tb, w.db, org, "SELECT code FROM campaign_campaign WHERE org_id = ? AND id = ?", org, id)[0]
}

func (w *world) secret(id string) string {
	return testkit.Texts(w.tb, w.db, org, "SELECT secret FROM campaign_campaign WHERE org_id = ? AND id = ?", org, id)[0]
}

// Each person has links of their own, which lead where the campaign's links led
// when it began and nowhere else, and tell who followed them.
func TestTrackedLinks(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.SetBaseURL("https://pond.example")
		w.populate(10)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.start(w.draft(func(in *Input) {
			in.Subject = "Tea"
			in.Text = "Dear {{ name | default \"you\" }}, see https://shop.example/tea?a=1&b=2. Or https://shop.example/{{ region }} or 茶https://shop.example/茶，好"
			in.HTML = `<body><p>Hi {{ name | default "https://inner.example/" }}</p><a class="x" href="https://shop.example/tea?a=1&amp;b=2">Tea</a> <a href='https://shop.example/gift#top'>Gift</a> <a href="mailto:a@b.example">Mail</a><img src="https://img.example/a.png"></body>`
			in.UTM = &UTM{Source: "mail", Campaign: "双 12"}
		}))
		var to []Reader
		for _, r := range w.box.to[c.ID] {
			to = append(to, Reader{PersonID: r.PersonID, Data: r.Data, Carrier: "email"})
		}
		to = append(to, Reader{PersonID: w.people[1].ID, Data: w.box.to[c.ID][1].Data, Carrier: "wecom"})
		out, err := w.svc.Render(context.Background(), org, c.ID, to)
		testkit.Must(t, err)
		m, other, shared := out[1], out[2], out[10]
		link := m.Text[strings.Index(m.Text, "https://pond.example/t/"):]
		link, _, _ = strings.Cut(link, ". Or")
		if len(link) > len("https://pond.example/t/")+30 || strings.Contains(m.Text, "tea?a=1") || !strings.Contains(m.Text, "https://shop.example/上海") && !strings.Contains(m.Text, "https://shop.example/%") ||
			!strings.Contains(m.HTML, `class="x" href="`+link+`"`) || !strings.Contains(m.HTML, "mailto:a@b.example") || !strings.Contains(m.HTML, "https://img.example/a.png") || strings.Contains(m.HTML, "gift") ||
			strings.Contains(other.Text, link) || strings.Contains(shared.Text, link) || strings.Count(m.Text, "/t/") != 2 {
			t.Fatalf("%+v\n%s", m, link)
		}
		status, at, _ := w.open("GET", link, browser)
		if status != 302 || at != "https://shop.example/tea?a=1&b=2&utm_campaign=%E5%8F%8C+12&utm_source=mail" {
			t.Errorf("%d %s", status, at)
		}
		w.open("GET", link, browser) // at once again
		for _, agent := range []string{"", "WhatsApp/2.23", "Googlebot/2.1"} {
			if status, to, _ := w.open("GET", link, agent); status != 302 || to != at {
				t.Errorf("%s: %d %s", agent, status, to)
			}
		}
		w.open("HEAD", link, browser)
		_, rest, _ := strings.Cut(shared.Text, "https://pond.example/t/")
		nobodys, _, _ := strings.Cut(rest, ". Or")
		if status, to, _ := w.open("GET", "/t/"+nobodys, browser); status != 302 || to != at {
			t.Errorf("of nobody in particular: %d %s", status, to)
		}
		for _, wrong := range []string{link[:len(link)-1], link + "A", strings.Replace(link, "/t/", "/t/A", 1), "/t/x", "/t/" + strings.Repeat("A", 26), "/t/" + strings.Repeat("A", 400)} {
			if status, to, body := w.open("GET", wrong, browser); status != 404 || to != "" || !strings.Contains(body, "no longer leads") {
				t.Errorf("%s: %d %s", wrong, status, to)
			}
		}
		w.clock.Advance(time.Hour)
		w.open("GET", link, browser)
		testkit.Must(t, w.runner.CatchUp(context.Background(), org))
		got := w.get(c.ID)
		r, err := w.svc.Report(as("viewer", "stf_1"), c.ID)
		testkit.Must(t, err)
		if got.Clickers != 1 || got.Clicks != 3 || len(r.Links) != 3 || r.Links[0].Clicks != 3 || r.Links[0].People != 1 || r.Links[0].URL != "https://shop.example/tea?a=1&b=2" || r.Links[2].Clicks != 0 {
			t.Errorf("%+v %+v", got, r.Links)
		}
		if n := testkit.Texts(t, d, org, "SELECT person_id FROM campaign_person WHERE org_id = ? AND clicks = 2", org); len(n) != 1 || n[0] != w.people[1].ID {
			t.Errorf("%v", n)
		}
		testkit.Must(t, w.runner.Rebuild(context.Background(), SubscriberName, org))
		testkit.Must(t, w.runner.CatchUp(context.Background(), org))
		if got := w.get(c.ID); got.Clickers != 1 || got.Clicks != 3 {
			t.Errorf("built anew: %+v", got)
		}
		for range 3 * clicksAMinute { // somebody knocks
			w.open("GET", "/t/"+linkToken(w.secret(c.ID), org, c.ID, w.code(c.ID), 3, 1), browser)
			w.open("GET", "/t/"+linkToken(w.secret(c.ID), org, c.ID, w.code(c.ID), 0, 1), browser)
		}
		testkit.Must(t, w.runner.CatchUp(context.Background(), org))
		if got := w.get(c.ID); got.Clickers != 2 || got.Clicks != 5 {
			t.Errorf("knocked at: %+v", got)
		}
		w.people[1].ID = "" // erased
		if status, to, _ := w.open("GET", link, browser); status != 302 || to != at {
			t.Errorf("of whom nothing is left: %d %s", status, to)
		}
	})
}

// Without tracking the links stay as they are, but for the parameters.
func TestLinksThatTellNothing(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.SetBaseURL("https://pond.example")
		w.populate(3)
		no := false
		c := w.start(w.draft(func(in *Input) {
			in.TrackLinks, in.UTM, in.Text, in.HTML = &no, &UTM{Medium: "m"}, "https://a.example/x", `<a href="https://a.example/x?k=1&amp;utm_medium=own">x</a><a href="https://a.example/x?k=1">y</a>`
		}))
		out, err := w.svc.Render(context.Background(), org, c.ID, []Reader{{PersonID: "per_00000"}})
		if err != nil || out[0].Text != "https://a.example/x?utm_medium=m" || !strings.Contains(out[0].HTML, `"https://a.example/x?k=1&amp;utm_medium=own"`) || !strings.Contains(out[0].HTML, `"https://a.example/x?k=1&amp;utm_medium=m"`) || *c.TrackLinks {
			t.Errorf("%+v %v", out, err)
		}
		var many strings.Builder
		for i := range maxLinks + 1 {
			_, _ = fmt.Fprintf(&many, "https://a.example/%d ", i)
		}
		if _, err := w.svc.Create(as("owner", "stf_1"), w.input(func(in *Input) { in.Text = many.String() })); err == nil {
			t.Error("any number of links is taken")
		}
	})
}

// A token is read as it was made, and no other text is one.
func TestLinkTokens(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(3)
		c := w.start(w.draft(func(in *Input) { in.Text = "https://a.example/1 https://a.example/2" }))
		code, secret := w.code(c.ID), w.secret(c.ID)
		rapid.Check(t, func(t *rapid.T) {
			seq, n := rapid.Uint32().Draw(t, "seq"), rapid.Int64Range(1, 2).Draw(t, "n")
			token := linkToken(secret, org, c.ID, code, seq, n)
			f, err := w.svc.followedBy(context.Background(), token)
			if err != nil || f.seq != seq || f.n != n || f.target != fmt.Sprintf("https://a.example/%d", n) {
				t.Fatalf("%+v %v", f, err)
			}
			b := []byte(token)
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			was := b[i]
			b[i] = rapid.SampledFrom([]byte("ABCabc019-_.~")).Draw(t, "to")
			if _, err := w.svc.followedBy(context.Background(), string(b)); err == nil && b[i] != was {
				t.Fatalf("%s for %s", b, token)
			}
		})
	})
}

// Who unsubscribed is counted for whatever campaign they were in.
func TestUnsubscribersAreCounted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(10)
		c := w.start(w.draft(nil))
		w.happened(timeline.Fact{Kind: poolevent.ConsentWithdrawn, PersonID: w.people[1].ID, Data: poolevent.Consent{Purpose: Marketing}},
			timeline.Fact{Kind: poolevent.ConsentWithdrawn, PersonID: w.people[2].ID, Data: poolevent.Consent{Purpose: "analytics"}},
			timeline.Fact{Kind: campaignevent.LinkClicked, PersonID: w.people[3].ID, Data: campaignevent.Click{CampaignID: "cmp_gone", Link: 1}})
		if n := testkit.Texts(t, d, org, "SELECT person_id FROM campaign_person WHERE org_id = ? AND campaign_id = ? AND (unsubscribed = 1 OR clicks > 0)", org, c.ID); len(n) != 1 || n[0] != w.people[1].ID {
			t.Errorf("%v", n)
		}
	})
}

// Whatever marks are put into a text, it is read as before, and its links are
// those that were found.
func FuzzLinks(f *testing.F) {
	for _, s := range []string{"https://a.example/x.", `<a href="https://a.example/?a=1&amp;b">x</a>`, "{{ name | default \"https://a.example\" }}https://b.example", "<a title='>' href=http://x>", "https://a.example/{{ name }}", "http://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, markOpen) || strings.Contains(s, markShut) {
			t.Skip()
		}
		for _, page := range []bool{false, true} {
			read := wording.Parse
			if page {
				read = wording.ParseHTML
			}
			if _, err := read(s); err != nil {
				continue
			}
			var found []string
			marked := wording.Links(s, page, func(url string) string { found = append(found, url); return markOpen + "1" + markShut })
			if _, err := read(marked); err != nil {
				t.Fatalf("%q became %q: %v", s, marked, err)
			}
			if n := strings.Count(marked, markOpen); n != len(found) {
				t.Fatalf("%q: %d marks for %q", s, n, found)
			}
			if same := wording.Links(s, page, func(string) string { return "" }); same != s {
				t.Fatalf("%q changed to %q", s, same)
			}
		}
	})
}
