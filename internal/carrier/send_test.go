package carrier

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

func text(words string) []Part { return []Part{{Kind: PartText, Text: words}} }

// follow makes o1 a follower of a new official account, who has just written.
func (w *world) follow() string {
	w.tb.Helper()
	const app = "wx_official_1"
	acc := w.connect(KindOfficial, map[string]string{"app_id": app, "secret": "s", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
	crypto, err := wire.NewCrypto(cbToken, cbKey, app)
	w.must(err)
	for i, fields := range []string{"MsgType=event Event=subscribe", "MsgType=text MsgId=1 Content=hi"} {
		message := strings.Replace(string(xmlOf(fmt.Sprintf("CreateTime=%d %s", w.clock.Now().Unix()+int64(i), fields))), "<![CDATA[sys]]>", "<![CDATA[o1]]>", 1)
		rec := httptest.NewRecorder()
		if w.s.Callbacks().ServeHTTP(rec, w.request(crypto, acc, []byte(message))); rec.Code != 200 {
			w.tb.Fatal(rec.Code)
		}
	}
	w.tick()
	return acc
}

func TestSendOfficial(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		acc := w.follow()
		person := w.rows("SELECT person_id FROM carrier_contact WHERE org_id = ? AND account_id = ?", org, acc)[0]
		send := func(key string, parts []Part) Receipt {
			t.Helper()
			r, err := w.s.Send(t.Context(), org, Outgoing{Key: key, AccountID: acc, PersonID: person, Parts: parts})
			w.must(err)
			return r
		}
		all := append(text("你好"), Part{Kind: PartLink, Title: "T", Text: "w", URL: "https://shop.example/"}, Part{Kind: PartImage, MediaID: "m"}, Part{Kind: PartMiniProgram, Title: "M", AppID: "wx1", Page: "p", MediaID: "m"})
		first := send("k1", all)
		if first.Status != SendSent || len(w.corp.sent) != 4 || w.corp.sent[0] != `{"msgtype":"text","text":{"content":"你好"},"touser":"o1"}` || !strings.Contains(w.corp.sent[3], `"pagepath":"p"`) {
			t.Fatalf("%+v %v", first, w.corp.sent)
		}
		if again := send("k1", all); again != first || len(w.corp.sent) != 4 {
			t.Errorf("sent twice: %+v, first %+v", again, first)
		}
		if _, err := w.s.Send(t.Context(), org, Outgoing{Key: "k1", AccountID: acc, PersonID: person, Parts: text("else")}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("another message with the same key: %v", err)
		}
		w.expect(`{"account_id":"`+acc+`","external_id":"o1","type":"text","text":"你好","send_id":"`+first.ID+`","key":"k1"}`, "SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.sent'", org)

		// Refused for good; refused for now; and then the rest, not the first part again.
		w.corp.say("message/custom/send", `{"errcode":45047}`)
		if r := send("k2", text("x")); r.Status != SendFailed || r.Again || r.Code != "45047" || r.Reason.EN == "" {
			t.Errorf("%+v", r)
		}
		if r := send("k2", text("x")); r.Status != SendFailed || len(w.corp.sent) != 4 {
			t.Errorf("tried again: %+v", r)
		}
		two := append(text("one"), text("two")...)
		w.corp.say("message/custom/send", `{"errcode":0}`, `{"errcode":45011}`)
		if r := send("k3", two); r.Status != SendFailed || !r.Again {
			t.Errorf("%+v", r)
		}
		w.clock.Advance(time.Minute)
		if r := send("k3", two); r.Status != SendSent || len(w.corp.sent) != 5 || !strings.Contains(w.corp.sent[4], "two") {
			t.Errorf("%+v %v", r, w.corp.sent[4:])
		}
		// No answer: it may have arrived, so that it is not sent again.
		before := w.corp.count("message/custom/send")
		w.corp.say("message/custom/send", `<html>bad gateway`)
		if r := send("k4", text("x")); r.Status != SendDoubtful || r.Again || w.corp.count("message/custom/send") != before+1 {
			t.Errorf("%+v, %d calls", r, w.corp.count("message/custom/send")-before)
		}
		if r := send("k4", text("x")); r.Status != SendDoubtful || w.corp.count("message/custom/send") != before+1 {
			t.Errorf("%+v", r)
		}
		w.clock.Advance(49 * time.Hour)
		if r := send("k5", text("late")); r.Status != SendFailed || r.Code != "window" || r.Again || w.corp.count("message/custom/send") != before+1 {
			t.Errorf("after the window: %+v", r)
		}
		w.expect("doubtful 1\nfailed 2\nsent 2", "SELECT status || ' ' || count(*) FROM carrier_send WHERE org_id = ? GROUP BY status ORDER BY status", org)
		w.expect("2", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'message.sent'", org)

		call := w.api()
		rec := call("GET", "/carriers/accounts/"+acc+"/sends?status=doubtful", "", org, "operator", "en")
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"code":"lost"`) || strings.Contains(rec.Body.String(), `"x"`) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if rec := call("GET", "/carriers/accounts/"+acc+"/sends", "", "org_b", "owner", "en"); rec.Code != 404 {
			t.Errorf("another org: %d", rec.Code)
		}
	})
}

func TestSendRefuses(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		acc := w.follow()
		mail := w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "server": "smtp.brand.example:587", "user": "u", "password": "p"}).ID
		sms := w.connect(KindSMS, map[string]string{"app_id": "1400006666", "secret_id": "i", "secret": "k", "sign": "S"}).ID
		link := []Part{{Kind: PartLink, Title: "T", URL: "javascript:alert(1)"}}
		for name, c := range map[string]struct {
			o    Outgoing
			code errs.Code
		}{
			"no key":                   {Outgoing{AccountID: acc, To: "o1", Parts: text("x")}, errs.CodeInvalid},
			"nobody":                   {Outgoing{Key: "k", AccountID: acc, Parts: text("x")}, errs.CodeInvalid},
			"no account":               {Outgoing{Key: "k", AccountID: "acc_none", To: "o1", Parts: text("x")}, errs.CodeNotFound},
			"WeCom":                    {Outgoing{Key: "k", AccountID: w.acc, To: "wm1", Parts: text("x")}, errs.CodeConflict},
			"a stranger":               {Outgoing{Key: "k", AccountID: acc, To: "o2", Parts: text("x")}, errs.CodeConflict},
			"somebody else's openid":   {Outgoing{Key: "k", AccountID: acc, To: "o1", PersonID: "per_x", Parts: text("x")}, errs.CodeConflict},
			"nothing":                  {Outgoing{Key: "k", AccountID: acc, To: "o1"}, errs.CodeInvalid},
			"too many parts":           {Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: make([]Part, 6)}, errs.CodeInvalid},
			"too much text":            {Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: text(strings.Repeat("x", 3000))}, errs.CodeInvalid},
			"more than anybody writes": {Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: text(strings.Repeat("x", maxContent))}, errs.CodeTooLarge},
			"a script for a link":      {Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: link}, errs.CodeInvalid},
			"a picture from nowhere":   {Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: []Part{{Kind: PartImage, PicURL: "https://a.example/x.png"}}}, errs.CodeInvalid},
			"a mail without a subject": {Outgoing{Key: "k", AccountID: mail, To: "a@b.example", Parts: text("x")}, errs.CodeInvalid},
			"a mail to two":            {Outgoing{Key: "k", AccountID: mail, To: "a@b.example,c@d.example", Subject: "S", Parts: text("x")}, errs.CodeInvalid},
			"a mail with headers":      {Outgoing{Key: "k", AccountID: mail, To: "a@b.example\r\nBcc: x@y.z", Subject: "S", Parts: text("x")}, errs.CodeInvalid},
			"free text by SMS":         {Outgoing{Key: "k", AccountID: sms, To: "+8613800138000", Parts: text("x")}, errs.CodeInvalid},
			"a number without country": {Outgoing{Key: "k", AccountID: sms, To: "13800138000", Template: "1"}, errs.CodeInvalid},
		} {
			if _, err := w.s.Send(t.Context(), org, c.o); !errs.Is(err, c.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.s.Send(t.Context(), "org_b", Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: text("x")}); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("another org's account: %v", err)
		}
		w.expect("", "SELECT id FROM carrier_send WHERE org_id = ?", org)
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			for _, k := range Kinds(lang) {
				if k.Send.Note == "" || k.Send.Direct != (len(k.Send.Parts) > 0) {
					t.Errorf("%s %s: %+v", lang, k.Kind, k.Send)
				}
			}
		}
	})
}

func TestSendWeb(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.site().begin()
		p.say("aaaaaaaa", "hello?")
		o := Outgoing{Key: "reply", AccountID: p.acc, PersonID: "per_" + p.visitor, Parts: append(text("<b>yes</b>"), Part{Kind: PartLink, Title: "T", URL: "https://shop.example/"})}
		for range 2 {
			r, err := w.s.Send(t.Context(), org, o)
			if err != nil || r.Status != SendSent || r.PlatformID != "2" {
				t.Fatalf("%+v %v", r, err)
			}
		}
		if body := p.call("GET", "messages?after=1", "").Body.String(); !strings.Contains(body, `"from":"staff"`) || strings.Contains(body, "<b>") || strings.Count(body, `"seq"`) != 1 {
			t.Errorf("%s", body)
		}
		w.expect("1", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'message.sent'", org)
	})
}

// TestSendInterrupted: what died on its way is doubtful, and is not sent again.
func TestSendInterrupted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		acc := w.follow()
		o := Outgoing{Key: "k", AccountID: acc, To: "o1", Parts: text("x")}
		died := func(key string) {
			o := o
			o.Key = key
			m, err := w.s.prepareSend(o)
			w.must(err)
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
				a, err := w.s.accountByID(t.Context(), tx, org, acc)
				if err != nil {
					return err
				}
				return w.s.begin(t.Context(), tx, a, m)
			}))
		}
		died("k")
		died("k2")
		if _, err := w.s.Send(t.Context(), org, o); !errs.Is(err, errs.CodeUnavailable) {
			t.Errorf("while another sends: %v", err)
		}
		w.clock.Advance(2 * sendLease)
		r, err := w.s.Send(t.Context(), org, o)
		if err != nil || r.Status != SendDoubtful || len(w.corp.sent) != 0 {
			t.Errorf("%+v %v %v", r, err, w.corp.sent)
		}
		w.must(w.s.CheckHealth(t.Context()))
		w.expect("doubtful\ndoubtful", "SELECT status FROM carrier_send WHERE org_id = ?", org)

		// Ten at once with one key: one message.
		o.Key = "many"
		var g sync.WaitGroup
		for range 10 {
			g.Go(func() { _, _ = w.s.Send(context.WithoutCancel(t.Context()), org, o) })
		}
		g.Wait()
		if len(w.corp.sent) != 1 {
			t.Errorf("%d messages", len(w.corp.sent))
		}
	})
}

func TestSendSMS(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		answer := `{"Response":{"SendStatusSet":[{"PhoneNumber":"+8613800138000","SerialNo":"sn1","Code":"Ok"}]}}`
		provider := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.Header.Get("Authorization"), "TC3-HMAC-SHA256 ") {
				t.Error("not signed")
			}
			_, _ = rw.Write([]byte(answer))
		}))
		t.Cleanup(provider.Close)
		w.s.o.Platforms = append(w.s.o.Platforms, provider.URL)
		acc := w.connect(KindSMS, map[string]string{"app_id": "1400006666", "secret_id": "i", "secret": "k", "sign": "S", "base_url": provider.URL}).ID
		w.has("per_old", "phone", "+8613800138000")
		send := func(key string) Receipt {
			t.Helper()
			r, err := w.s.Send(t.Context(), org, Outgoing{Key: key, AccountID: acc, To: "+8613800138000", Template: "1110", Parameters: []string{"a"}})
			w.must(err)
			return r
		}
		if r := send("k1"); r.Status != SendSent || r.PlatformID != "sn1" {
			t.Errorf("%+v", r)
		}
		w.expect("per_old", "SELECT person_id FROM timeline_event WHERE org_id = ? AND kind = 'message.sent'", org)
		answer = `{"Response":{"SendStatusSet":[{"PhoneNumber":"+8613800138000","Code":"LimitExceeded.PhoneNumberDailyLimit"}]}}`
		if r := send("k2"); r.Status != SendFailed || r.Again || !strings.Contains(r.Reason.EN, "DailyLimit") {
			t.Errorf("%+v", r)
		}
		answer = `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"}}}`
		if r := send("k3"); r.Status != SendFailed {
			t.Errorf("%+v", r)
		}
		h, err := w.s.Health(w.ctx(), acc)
		if err != nil || h.Health != HealthFailing || h.Calls != 3 || h.Failed != 2 || h.Problems[0].Code != "platform_error" {
			t.Errorf("%+v %v", h, err)
		}
		answer = `gone`
		if r := send("k4"); r.Status != SendDoubtful {
			t.Errorf("%+v", r)
		}
		provider.Close()
		if r := send("k5"); r.Status != SendFailed || !r.Again {
			t.Errorf("nobody there: %+v", r)
		}
	})
}
