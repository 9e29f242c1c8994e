package carrier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/simulator"
	"fishpond/internal/timeline"
)

// ocean is a simulator with one corp, and an account of ours that is connected to it.
type ocean struct {
	*world
	sim     *httptest.Server
	secrets map[string]string // of the corp's apps, by their kind
}

func newOcean(t *testing.T, d *db.DB) *ocean {
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &ocean{world: newWorld(t, d), sim: httptest.NewServer(sim), secrets: map[string]string{}}
	t.Cleanup(func() { o.sim.Close(); _ = sim.Close() })
	o.s = New(d, timeline.New(clock.System), clock.System, slog.New(slog.DiscardHandler), Ports{People: o.pond, Staff: o.pond, Orgs: o.pond, Sealer: o.ring, Auditor: o.pond, Greeter: o.pond, Jobs: o.pond, Links: o.pond},
		Options{Platforms: []string{o.sim.URL}, PublicURL: "https://pond.example", Sleep: wire.Rest})
	var made struct {
		Apps []struct{ ID, Kind, Secret string }
	}
	o.control("POST", "/corps", `{"id":"ww0000000000000001","name":"Brand"}`, &made)
	o.control("POST", "/corps/ww0000000000000001/users", `{"items":[{"userid":"li","name":"Li"},{"userid":"wu","name":"Wu"}],"silent":true}`, nil)
	secret, app := "", ""
	for _, a := range made.Apps {
		o.secrets[a.Kind] = a.Secret
		if strings.Contains(a.Kind, "customer") {
			secret, app = a.Secret, a.ID
		}
	}
	if secret == "" {
		t.Fatalf("%+v", made)
	}
	o.acc = o.connect(KindWecom, map[string]string{"corp_id": "ww0000000000000001", "secret": secret, "callback_token": cbToken, "callback_key": cbKey, "base_url": o.sim.URL}).ID
	ours := httptest.NewServer(o.s.Callbacks())
	t.Cleanup(ours.Close)
	o.control("PUT", "/corps/ww0000000000000001/apps/"+app+"/callback", `{"url":"`+ours.URL+"/callbacks/"+o.acc+`","token":"`+cbToken+`","key":"`+cbKey+`"}`, nil)
	return o
}

func (o *ocean) control(method, path, body string, out any) {
	o.tb.Helper()
	req, err := http.NewRequest(method, o.sim.URL+"/control"+path, bytes.NewReader([]byte(body)))
	o.must(err)
	resp, err := http.DefaultClient.Do(req)
	o.must(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	o.must(err)
	if resp.StatusCode != 200 {
		o.tb.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	if out != nil {
		o.must(json.Unmarshal(data, out))
	}
}

func (o *ocean) settle() {
	o.tb.Helper()
	o.control("POST", "/callbacks/drain", `{}`, nil)
	o.tick()
	o.control("POST", "/callbacks/drain", `{}`, nil)
	o.tick()
	o.control("POST", "/clock", `{"advance_seconds":2}`, nil)
}

func TestOcean(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newOcean(t, d)
		corp := "/corps/ww0000000000000001"
		r, err := o.s.Test(o.ctx(), o.acc)
		if err != nil || !r.OK {
			t.Errorf("%+v %v", r, err)
		}
		o.control("POST", corp+"/add_tag", `{"group":"Level","name":"VIP"}`, nil)
		o.settle()
		o.sync()
		o.pond.greet = func(a Arrival) (Greeting, error) {
			return Greeting{Channel: "chn_1", Remark: "R " + a.PersonName, Tags: []string{"new"}, Welcome: []Part{{Kind: PartText, Text: "Hello " + a.PersonName}, {Kind: PartLink, Title: "Shop", URL: "https://shop.example"}}}, nil
		}
		id, qr, err := o.s.PutContactWay(o.system(), org, o.acc, ContactWay{UserIDs: []string{"li"}, State: "cod_1"})
		o.must(err)
		var who struct{ Items []struct{ ID string } }
		o.control("POST", "/customers", `{"name":"Ann"}`, &who)
		ann := who.Items[0].ID
		var scanned map[string]any
		o.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, ann, qr), &scanned)
		t.Log(id, qr, scanned)
		o.settle()
		t.Log(o.state())
		o.expect("friend Ann R Ann cod_1", "SELECT status || ' ' || name || ' ' || remark || ' ' || state FROM carrier_contact WHERE org_id = ?", org)
		o.expect("sent", "SELECT status || reason FROM carrier_welcome WHERE org_id = ?", org)
		o.control("POST", corp+"/delete_member", fmt.Sprintf(`{"customer":%q,"userid":"li"}`, ann), nil)
		o.settle()
		o.expect("removed_by_customer", "SELECT status FROM carrier_contact WHERE org_id = ?", org)
		o.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, ann, qr), nil)
		o.settle()
		o.expect("friend", "SELECT status FROM carrier_contact WHERE org_id = ?", org)
		_, _, err = o.s.PutContactWay(o.system(), org, o.acc, ContactWay{ConfigID: id, UserIDs: []string{"li", "wu"}, State: "cod_1"})
		t.Log(err)
		o.sync()
		t.Log(o.rows("SELECT user_id || status FROM carrier_staff WHERE org_id = ?", org), o.rows("SELECT status || error_en FROM carrier_sync WHERE org_id = ?", org))
		tr, err := o.s.StartTransfer(o.ctx(), NewTransfer{AccountID: o.acc, Kind: TransferInService, FromUser: "li", ToUser: "wu"})
		o.must(err)
		o.must(o.s.RunTransfer(o.system(), org, tr.ID))
		o.control("POST", corp+"/hasten_transfer", fmt.Sprintf(`{"customer":%q,"takeover_userid":"wu"}`, ann), nil)
		o.settle()
		o.must(o.s.RunTransfer(o.system(), org, tr.ID))
		t.Log(o.rows("SELECT external_id || status || code FROM carrier_transfer_customer WHERE org_id = ?", org))
		t.Log(o.state())
		o.must(o.s.DeleteContactWay(o.system(), org, o.acc, id))
		o.must(o.s.DeleteContactWay(o.system(), org, o.acc, id))
		var chat struct {
			ChatID string `json:"chat_id"`
		}
		o.control("POST", corp+"/make_group", fmt.Sprintf(`{"userid":"li","name":"G","userids":["wu"],"customers":[%q]}`, ann), &chat)
		o.settle()
		o.expect("3", "SELECT CAST(count(*) AS TEXT) FROM carrier_group_member WHERE org_id = ? AND left_at = 0", org)
		jw, jqr, err := o.s.PutJoinWay(o.system(), org, o.acc, JoinWay{ChatIDs: []string{chat.ChatID}, State: "grp_1"})
		t.Log(jw, jqr, err)
		o.control("POST", "/customers", `{"name":"Bo"}`, &who)
		o.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, who.Items[0].ID, jqr), nil)
		o.settle()
		t.Log(o.rows("SELECT member_id || ' ' || state || ' ' || scene FROM carrier_group_member WHERE org_id = ?", org))
		o.expect("", "SELECT event || ' ' || status || ' ' || error FROM carrier_callback WHERE org_id = ? AND status <> 'done'", org)
		began := time.Now()
		o.control("POST", corp+"/contacts", `{"count":20000,"users":["li","wu"],"seed":7,"from":1700000000,"to":1770000000,"unionid":true}`, nil)
		s := o.sync()
		t.Logf("FIRST %v %d", time.Since(began), s.Contacts)
		began = time.Now()
		s = o.sync()
		t.Logf("AGAIN %v %d", time.Since(began), s.Contacts)
	})
}

// TestOceanSend: messages of an official account as the platform counts them.
func TestOceanSend(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newOcean(t, d)
		var made struct{ AppID, Secret string }
		o.control("POST", "/accounts", `{"name":"Shop"}`, &made)
		acc := o.connect(KindOfficial, map[string]string{"app_id": made.AppID, "secret": made.Secret, "callback_token": cbToken, "callback_key": cbKey, "base_url": o.sim.URL}).ID
		ours := httptest.NewServer(o.s.Callbacks())
		t.Cleanup(ours.Close)
		o.control("PUT", "/accounts/"+made.AppID+"/callback", `{"url":"`+ours.URL+"/callbacks/"+acc+`","token":"`+cbToken+`","key":"`+cbKey+`"}`, nil)
		var who struct{ Items []struct{ ID string } }
		o.control("POST", "/customers", `{"name":"Ann"}`, &who)
		ann := fmt.Sprintf(`{"customer":%q,"text":"我的手机是 138 0013 8000"}`, who.Items[0].ID)
		o.control("POST", "/accounts/"+made.AppID+"/follow", ann, nil)
		o.control("POST", "/accounts/"+made.AppID+"/say", ann, nil)
		o.control("POST", "/callbacks/drain", `{}`, nil)
		o.tick()
		o.must(o.runner().CatchUp(t.Context(), org))
		person := o.rows("SELECT person_id FROM carrier_contact WHERE org_id = ? AND account_id = ?", org, acc)[0]
		if got := o.proposals(""); got != person+" phone +8613800138000 proposed" {
			t.Errorf("%s", got)
		}
		var got []string
		for i := range 6 {
			r, err := o.s.Send(t.Context(), org, Outgoing{Key: fmt.Sprint("k", i), AccountID: acc, PersonID: person, Parts: []Part{{Kind: PartLink, Title: "T", Text: "w", URL: "https://shop.example/"}}})
			o.must(err)
			got = append(got, r.Status+r.Code)
		}
		if strings.Join(got, " ") != "sent sent sent sent sent failed45047" {
			t.Errorf("%v", got)
		}
		o.control("POST", "/accounts/"+made.AppID+"/unfollow", ann, nil)
		o.control("POST", "/callbacks/drain", `{}`, nil)
		o.tick()
		if _, err := o.s.Send(t.Context(), org, Outgoing{Key: "gone", AccountID: acc, PersonID: person, Parts: text("x")}); err == nil {
			t.Error("who has left is written to")
		}
	})
}
