package carrier

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func (p *pageOn) send(key, name, content string) (int, string) {
	rec := p.call("POST", "files?key="+key+"&name="+url.QueryEscape(name), content)
	return rec.Code, rec.Body.String()
}

// polled is what a browser is told.
type polled struct {
	Items []struct {
		Seq   int64
		From  string
		Parts []Part
	}
	Next, Seen int64
	Typing     bool
}

func (p *pageOn) poll(query string) (out polled) {
	p.w.tb.Helper()
	rec := p.call("GET", "messages?"+query, "")
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code != 200 {
		p.w.tb.Fatal(rec.Code, rec.Body)
	}
	return out
}

func TestChatFiles(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.site().begin()
		for _, c := range []struct {
			key, name, content string
			status             int
		}{
			{"aaaaaaaa1", "../p.gif", pixel, 200}, {"aaaaaaaa1", "../p.gif", pixel, 200}, // a second try
			{"aaaaaaaa2", "x.png", "<svg onload=x>", 422}, {"aaaaaaaa3", "x.exe", "MZ\x00\x01", 422}, {"short", "x.png", pixel, 422},
		} {
			if status, body := p.send(c.key, c.name, c.content); status != c.status {
				t.Errorf("%s: %d %s", c.name, status, body)
			}
		}
		if status, body := p.send("aaaaaaaa6", "", ""); status != 429 {
			t.Errorf("the sixth: %d %s", status, body)
		}
		w.clock.Advance(time.Minute)
		if status, body := p.send("aaaaaaaa7", "big", pixel+strings.Repeat("x", maxChatFile)); status != 413 {
			t.Errorf("too large: %d %s", status, body)
		}
		media := w.rows("SELECT id FROM carrier_media WHERE org_id = ?", org)
		if len(media) != 1 {
			t.Fatalf("%q", media)
		}
		w.expect(`{"account_id":"`+p.acc+`","message_id":"1","external_id":"`+p.visitor+`","type":"image","attachments":[{"media_id":"`+media[0]+`","kind":"image","name":"p.gif.png","type":"image/png","bytes":20}]}`,
			"SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.received'", org)

		// They see it, by an address that only they were told.
		seen := p.poll("after=0").Items[0].Parts[0]
		if seen.MediaID != "" || !strings.HasPrefix(seen.PicURL, "media/"+media[0]+"?v="+p.visitor) {
			t.Fatalf("%+v", seen)
		}
		token := p.token
		p.token = ""
		rec := p.call("GET", seen.PicURL, "")
		if rec.Code != 200 || rec.Body.String() != pixel || rec.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.HasPrefix(rec.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v", rec.Code, rec.Header())
		}
		other := w.site2(p).begin()
		for _, wrong := range []string{strings.Replace(seen.PicURL, p.visitor, other.visitor, 1), seen.PicURL[:len(seen.PicURL)-1] + "!", "media/" + media[0], "media/med_none?v=" + p.visitor + "&s=x"} {
			if rec := p.call("GET", wrong, ""); rec.Code != 404 {
				t.Errorf("%s: %d", wrong, rec.Code)
			}
		}
		p.token = token

		// We send a paper; it is delivered when the browser has it, and read when it was shown.
		me := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_li"})
		paper, err := w.s.SaveMedia(me, "报价.pdf", []byte("%PDF-1.7"))
		w.must(err)
		r, err := w.s.Send(t.Context(), org, Outgoing{Key: "k1", AccountID: p.acc, To: p.visitor, StaffID: "stf_li", Parts: []Part{{Kind: PartFile, MediaID: paper.ID}}})
		if err != nil || r.Status != SendSent {
			t.Fatalf("%+v %v", r, err)
		}
		told := func(want string) {
			t.Helper()
			w.expect(want, "SELECT kind FROM timeline_event WHERE org_id = ? AND kind IN ('message.delivered', 'message.read') ORDER BY seq", org)
		}
		told("")
		got := p.poll("after=1")
		if len(got.Items) != 1 || got.Items[0].Parts[0].Title != "报价.pdf" || !strings.HasPrefix(got.Items[0].Parts[0].URL, "media/"+paper.ID) {
			t.Fatalf("%+v", got)
		}
		if rec := p.call("GET", got.Items[0].Parts[0].URL, ""); rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%d %v", rec.Code, rec.Header())
		}
		told("message.delivered")
		for _, seq := range []int64{1, 2, 2, 99} {
			if rec := p.call("POST", "seen", fmt.Sprintf(`{"seq":%d}`, seq)); rec.Code != 204 {
				t.Errorf("%d: %d %s", seq, rec.Code, rec.Body)
			}
		}
		p.poll("after=0")
		told("message.delivered\nmessage.read")
		w.expect(`{"account_id":"`+p.acc+`","send_id":"`+r.ID+`","key":"k1","message_id":"2","external_id":"`+p.visitor+`"}`, "SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.read'", org)

		// Staff look, and type.
		if got := p.poll("after=2"); got.Seen != 0 || got.Typing {
			t.Errorf("%+v", got)
		}
		for range 2 {
			w.must(w.d.Write(t.Context(), org, func(tx *db.Tx) error { return w.s.StaffSeen(t.Context(), tx, org, p.acc, p.visitor) }))
		}
		w.s.StaffTyping(p.acc, p.visitor)
		if got := p.poll("after=2&wait=25"); got.Seen != 1 || !got.Typing { // told at once
			t.Errorf("%+v", got)
		}
		w.clock.Advance(typingLives + time.Second)
		if got := p.poll("after=2&seen=1&typing=1&wait=25"); got.Typing {
			t.Errorf("%+v", got)
		}
		if rec := p.call("POST", "typing", "{}"); rec.Code != 204 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}
