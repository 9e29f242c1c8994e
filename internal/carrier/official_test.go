package carrier

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestOfficialAccount(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const app = "wx_official_1"
		acc := w.connect(KindOfficial, map[string]string{"app_id": app, "secret": "s", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		crypto, err := wire.NewCrypto(cbToken, cbKey, app)
		w.must(err)
		at := w.clock.Now().Unix()

		verify := func(signature string) string {
			rec := httptest.NewRecorder()
			w.s.Callbacks().ServeHTTP(rec, httptest.NewRequest("GET", fmt.Sprintf("/callbacks/%s?signature=%s&timestamp=%d&nonce=n&echostr=hello", acc, signature, at), nil))
			return fmt.Sprint(rec.Code, " ", rec.Body)
		}
		if got := verify(wire.Sign(cbToken, fmt.Sprint(at), "n")); got != "200 hello" {
			t.Errorf("verified: %s", got)
		}
		if got := verify(wire.Sign("other", fmt.Sprint(at), "n")); got != "403 " {
			t.Errorf("another token: %s", got)
		}

		var arrived []Arrival
		w.pond.greet = func(a Arrival) (Greeting, error) {
			arrived = append(arrived, a)
			return Greeting{Channel: "chn_1"}, nil
		}
		tell := func(fields string) {
			t.Helper()
			message := strings.Replace(string(xmlOf(fields)), "<![CDATA[sys]]>", "<![CDATA[o1]]>", 1)
			for range 2 { // everything comes twice
				rec := httptest.NewRecorder()
				if w.s.Callbacks().ServeHTTP(rec, w.request(crypto, acc, []byte(message))); rec.Code != 200 {
					t.Errorf("%s: %d", fields, rec.Code)
				}
			}
			w.tick()
		}
		tell(fmt.Sprintf("CreateTime=%d MsgType=event Event=subscribe EventKey=qrscene_cod_1", at))
		tell(fmt.Sprintf("CreateTime=%d MsgType=text MsgId=77 Content=hello", at+1))
		tell(fmt.Sprintf("CreateTime=%d MsgType=event Event=SCAN EventKey=cod_2", at+2))
		w.expect("wx_official_1:o1 friend cod_2", "SELECT k.value || ' ' || c.status || ' ' || c.state FROM carrier_contact c JOIN person_key k ON k.org_id = c.org_id AND k.person = c.person_id AND k.kind = 'openid' WHERE c.org_id = ?", org)
		w.expect("u_o1", "SELECT value FROM person_key WHERE org_id = ? AND kind = 'unionid'", org)
		if len(arrived) != 1 || arrived[0].State != "cod_1" || arrived[0].AccountKind != KindOfficial {
			t.Errorf("%+v", arrived)
		}
		tell(fmt.Sprintf("CreateTime=%d MsgType=event Event=unsubscribe", at+3))
		w.expect("removed_by_customer", "SELECT status FROM carrier_contact WHERE org_id = ?", org)
		w.expect(`friend.added
friend.removed
message.received {"account_id":"`+acc+`","message_id":"77","external_id":"o1","type":"text","text":"hello"}`,
			"SELECT kind || CASE kind WHEN 'message.received' THEN ' ' || data ELSE '' END FROM timeline_event WHERE org_id = ? ORDER BY kind", org)
		if qr, err := w.s.ParameterQR(w.system(), org, acc, "cod_1"); err != nil || qr != "http://weixin.qq.com/q/oa" {
			t.Errorf("%s %v", qr, err)
		}
		if _, err := w.s.ParameterQR(w.system(), org, w.acc, "cod_1"); err == nil {
			t.Error("WeCom has no codes with parameters")
		}
	})
}

func TestRefreshProfiles(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, id := range []string{"wm1", "wm2"} {
			w.deliver(callback("add_external_contact", "li", id, w.clock.Now().Unix(), ""))
		}
		w.tick()
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), map[string]any{"unionid": "u1"})
		w.must(w.s.RefreshProfiles(t.Context())) // too early
		w.expect("1\n1", "SELECT CAST(profile_due AS TEXT) FROM carrier_contact WHERE org_id = ?", org)
		w.clock.Advance(time.Minute)
		w.must(w.s.RefreshProfiles(t.Context()))
		w.expect("wm1 Ann 0\nwm2  0", "SELECT external_id || ' ' || name || ' ' || profile_due FROM carrier_contact WHERE org_id = ? ORDER BY external_id", org)
		w.expect("u1", "SELECT value FROM person_key WHERE org_id = ? AND kind = 'unionid'", org)
	})
}

// TestRun: the worker wakes for what comes in, and ends when told.
func TestRun(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		arrived := make(chan string, 1)
		w.pond.greet = func(a Arrival) (Greeting, error) {
			arrived <- a.ExternalID
			return Greeting{}, nil
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.s.Run(ctx); close(ended) }()
		w.deliver(callback("add_external_contact", "li", "wm1", w.clock.Now().Unix(), ""))
		if got := <-arrived; got != "wm1" {
			t.Error(got)
		}
		stop()
		<-ended
	})
}

func TestClean(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.deliver(callback("del_external_contact", "li", "wm1", w.clock.Now().Unix(), ""))
		w.deliver("CreateTime=1 Event=new")
		w.tick()
		w.pond.failing = fault("shut")
		w.deliver(callback("del_external_contact", "li", "wm2", w.clock.Now().Unix(), ""))
		w.tick()
		w.clock.Advance(keepCallbacks + time.Hour)
		w.deliver("CreateTime=2 Event=new")
		w.must(w.s.Clean(t.Context()))
		w.expect("stored\nunknown", "SELECT status FROM carrier_callback WHERE org_id = ? ORDER BY id", org)
		w.expect("0", "SELECT CAST(count(*) AS TEXT) FROM carrier_call WHERE org_id = ?", org)
	})
}
