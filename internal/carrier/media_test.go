package carrier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"

// as is who asks, with permissions by name.
type as struct{ access.Actor }

func (a as) Authenticate(*http.Request) (access.Actor, bool, error) { return a.Actor, true, nil }

// official has a follower of an account do something.
func (w *world) official(openID, fields string) {
	w.tb.Helper()
	crypto, err := wire.NewCrypto(cbToken, cbKey, "wxoa")
	w.must(err)
	message := strings.Replace(string(xmlOf(fmt.Sprint(fields, " CreateTime=", w.clock.Now().Unix()))), "<![CDATA[sys]]>", "<![CDATA["+openID+"]]>", 1)
	rec := httptest.NewRecorder()
	if w.s.Callbacks().ServeHTTP(rec, w.request(crypto, w.acc, []byte(message))); rec.Code != 200 {
		w.tb.Fatalf("%s: %d", fields, rec.Code)
	}
	w.tick()
}

// ask makes a request of the API as somebody.
func (w *world) ask(a access.Actor, method, path, contentType, body string) *httptest.ResponseRecorder {
	w.tb.Helper()
	log := slog.New(slog.DiscardHandler)
	r := httpx.NewRouter(log, "test")
	w.s.Routes(r)
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	rec := httptest.NewRecorder()
	httpx.Middleware(log, as{a.WithPermissions([]string{"carrier.media", "carrier.read", "carrier.write", "pool.read"})}, false, r).ServeHTTP(rec, req)
	return rec
}

func form(name, content string) (contentType, body string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	p, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = p.Write([]byte(content))
	}
	if err != nil || m.Close() != nil {
		panic("test: a form")
	}
	return m.FormDataContentType(), b.String()
}

func TestMedia(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_boss"}
		li := access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_li", OwnOnly: true}
		wu := access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_wu", OwnOnly: true}
		foreign := access.Actor{Kind: access.Staff, OrgID: "org_b", ID: "stf_x"}
		put := func(a access.Actor, name, content string) Media {
			t.Helper()
			ct, body := form(name, content)
			rec := w.ask(a, "POST", "/carriers/media", ct, body)
			var m Media
			if err := json.Unmarshal(rec.Body.Bytes(), &m); rec.Code != 201 || err != nil {
				t.Fatalf("%s: %d %s", name, rec.Code, rec.Body)
			}
			return m
		}
		for _, c := range []struct{ name, content, wantName, wantType, kind, disposition, served string }{
			{"../../x.png", pixel, "x.png", "image/png", "image", "inline", "image/png"},
			{"photo.png", "MZ\x90\x00\x03", "photo.png", "application/octet-stream", "file", "attachment", "application/octet-stream"},
			{"a.svg", `<svg xmlns="x"><script>1</script></svg>`, "a.svg", "image/svg+xml", "file", "attachment", "application/octet-stream"},
			{"a.jpg", "<html><script>1</script>", "a.jpg", "text/html", "file", "attachment", "application/octet-stream"},
			{"a\u202eb\".txt", "hi", "ab.txt", "text/plain", "file", "attachment", "application/octet-stream"},
		} {
			m := put(li, c.name, c.content)
			if m.Name != c.wantName || m.Type != c.wantType || m.Kind != c.kind || m.Bytes != int64(len(c.content)) {
				t.Errorf("%q: %+v", c.name, m)
			}
			rec := w.ask(boss, "GET", "/carriers/media/"+m.ID, "", "")
			h := rec.Header()
			if rec.Code != 200 || rec.Body.String() != c.content || !strings.HasPrefix(h.Get("Content-Disposition"), c.disposition+";") || h.Get("Content-Type") != c.served ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%q: %d %v", c.name, rec.Code, h)
			}
			for who, want := range map[*access.Actor]int{&li: 200, &wu: 404, &foreign: 404} {
				if rec := w.ask(*who, "GET", "/carriers/media/"+m.ID, "", ""); rec.Code != want {
					t.Errorf("%s reads %q: %d, want %d", who.ID, c.name, rec.Code, want)
				}
			}
		}
		for _, c := range []struct {
			what, contentType, body string
			status                  int
			field                   string
		}{
			{"no file", "multipart/form-data; boundary=x", "--x--\r\n", 422, "body.file"},
			{"no form", "application/json", "{}", 422, "body.file"},
			{"broken", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf", 422, ""},
		} {
			rec := w.ask(li, "POST", "/carriers/media", c.contentType, c.body)
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.field) {
				t.Errorf("%s: %d %s", c.what, rec.Code, rec.Body)
			}
		}
		if ct, body := form("empty", ""); true {
			if rec := w.ask(li, "POST", "/carriers/media", ct, body); rec.Code != 422 {
				t.Errorf("empty: %d %s", rec.Code, rec.Body)
			}
		}
		if ct, body := form("big", strings.Repeat("x", MaxMedia+1)); true {
			if rec := w.ask(li, "POST", "/carriers/media", ct, body); rec.Code != 413 {
				t.Errorf("too large: %d %.200s", rec.Code, rec.Body)
			}
		}
	})
}

func TestSendMedia(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		acc := w.connect(KindOfficial, map[string]string{"app_id": "wxoa", "secret": "s", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		w.acc = acc
		w.official("o1", "MsgType=text Content=hi MsgId=1")
		me := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_li"})
		picture, err := w.s.SaveMedia(me, "a.png", []byte(pixel))
		w.must(err)
		paper, err := w.s.SaveMedia(me, "a.pdf", []byte("%PDF-1.7"))
		w.must(err)
		send := func(key string, p ...Part) (Receipt, error) {
			return w.s.Send(t.Context(), org, Outgoing{Key: key, AccountID: acc, To: "o1", Parts: p})
		}
		for key := range map[string]bool{"k1": true, "k2": true} {
			if r, err := send(key, Part{Kind: PartImage, MediaID: picture.ID}); err != nil || r.Status != SendSent {
				t.Fatalf("%+v %v", r, err)
			}
		}
		if n := w.corp.count("media/upload"); n != 1 || w.corp.sent[1] != `{"image":{"media_id":"up1"},"msgtype":"image","touser":"o1"}` {
			t.Errorf("uploaded %d times; %v", n, w.corp.sent)
		}
		w.clock.Advance(temporary) // it is gone from the platform
		w.official("o1", "MsgType=text Content=hi MsgId=2")
		if r, err := send("k3", Part{Kind: PartImage, MediaID: picture.ID}); err != nil || r.Status != SendSent || w.corp.count("media/upload") != 2 {
			t.Errorf("%+v %v", r, err)
		}
		for _, p := range []Part{{Kind: PartImage, MediaID: paper.ID}, {Kind: PartImage, MediaID: "med_none"}, {Kind: PartVoice, MediaID: picture.ID}} {
			if _, err := send("k4", p); err == nil || !strings.Contains(err.Error(), "parts[0].media_id") {
				t.Errorf("%+v: %v", p, err)
			}
		}
		w.expect("2", "SELECT CAST(count(*) AS TEXT) FROM carrier_media WHERE org_id = ?", org)
		w.clock.Advance(keepUnused)
		w.must(w.s.CleanMedia(t.Context()))
		w.expect(picture.ID, "SELECT id FROM carrier_media WHERE org_id = ?", org)
	})
}

func TestReceiveMedia(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.acc = w.connect(KindOfficial, map[string]string{"app_id": "wxoa", "secret": "s", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		w.corp.files["m1"], w.corp.files["m2"], w.corp.files["m3"] = pixel, "<svg onload=x>", strings.Repeat("x", MaxMedia+1)
		w.official("o1", "MsgType=image MsgId=1 MediaId=m1")
		w.official("o1", "MsgType=image MsgId=2 MediaId=m2") // forged
		w.official("o1", "MsgType=video MsgId=3 MediaId=m3")
		w.official("o1", "MsgType=voice MsgId=4 MediaId=gone Recognition=hello")
		w.official("o1", "MsgType=location MsgId=5 Location_X=23.134 Location_Y=113.358 Label=Tower")
		w.official("o1", "MsgType=link MsgId=6 Title=T Url=javascript:alert(1)")
		w.corp.say("media/get", `{"errcode":-1}`, `{"errcode":-1}`, `{"errcode":-1}`)
		w.official("o1", "MsgType=image MsgId=7 MediaId=m1") // busy: it comes again
		w.expect("", "SELECT data FROM timeline_event WHERE org_id = ? AND data LIKE '%\"message_id\":\"7\"%'", org)
		w.clock.Advance(time.Minute)
		w.tick()
		var got []string
		for _, data := range w.rows("SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.received' ORDER BY data", org) {
			var m carrierevent.Message
			w.must(json.Unmarshal([]byte(data), &m))
			for _, x := range m.Attachments {
				x.MediaID = strings.Repeat("+", min(len(x.MediaID), 1))
				got = append(got, fmt.Sprintf("%s %s %q %+v", m.MessageID, m.Type, m.Text, x))
			}
		}
		slices.Sort(got)
		want := []string{
			`1 image "" {MediaID:+ Kind:image Name:m1.bin.png Type:image/png Bytes:20 URL: Title: Missing:}`,
			`2 image "" {MediaID:+ Kind:file Name:m2.bin Type:image/svg+xml Bytes:14 URL: Title: Missing:}`,
			`3 video "" {MediaID: Kind:video Name: Type: Bytes:0 URL: Title: Missing:too_large}`,
			`4 voice "hello" {MediaID: Kind:voice Name: Type: Bytes:0 URL: Title: Missing:expired}`,
			`5 location "" {MediaID: Kind:location Name: Type: Bytes:0 URL:geo:23.134000,113.358000 Title:Tower Missing:}`,
			`6 link "" {MediaID: Kind:link Name: Type: Bytes:0 URL: Title:T Missing:}`,
			`7 image "" {MediaID:+ Kind:image Name:m1.bin.png Type:image/png Bytes:20 URL: Title: Missing:}`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
