package carrier

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

const kfCorp = "/corps/ww0000000000000001"

// kfWorld is an ocean with a customer service account that is connected, and a
// customer.
type kfWorld struct {
	*ocean
	desk, kf, ann string
}

func newKfWorld(t *testing.T, d *db.DB) *kfWorld {
	t.Helper()
	c := &kfWorld{ocean: newOcean(t, d)}
	var made struct {
		ID string `json:"open_kfid"`
	}
	c.control("POST", kfCorp+"/kf_make", `{"name":"Shop desk","userids":["li"]}`, &made)
	c.desk = made.ID
	c.kf = c.connect(KindKf, map[string]string{"corp_id": "ww0000000000000001", "secret": c.secrets["kf"], "open_kfid": c.desk, "greeting": "Welcome!", "callback_token": cbToken, "callback_key": cbKey, "base_url": c.sim.URL}).ID
	ours := httptest.NewServer(c.s.Callbacks())
	t.Cleanup(ours.Close)
	c.control("PUT", kfCorp+"/apps/kf/callback", `{"url":"`+ours.URL+"/callbacks/"+c.kf+`","token":"`+cbToken+`","key":"`+cbKey+`"}`, nil)
	var who struct{ Items []struct{ ID string } }
	c.control("POST", "/customers", `{"name":"Ann"}`, &who)
	c.ann = who.Items[0].ID
	return c
}

func (c *kfWorld) verb(name, fields string) {
	c.tb.Helper()
	c.control("POST", kfCorp+"/"+name, `{"customer":"`+c.ann+`","id":"`+c.desk+`",`+fields+`}`, nil)
}

func (c *kfWorld) say(text string) { c.tb.Helper(); c.verb("kf_say", fmt.Sprintf(`"text":%q`, text)) }

// told lists the messages on the timeline, in words.
func (c *kfWorld) told(kinds ...string) (out []string) {
	c.tb.Helper()
	for _, row := range c.rows("SELECT kind || ' ' || data FROM timeline_event WHERE org_id = ? ORDER BY seq", org) {
		kind, data, _ := strings.Cut(row, " ")
		if !slices.Contains(kinds, kind) {
			continue
		}
		var m carrierevent.Message
		c.must(json.Unmarshal([]byte(data), &m))
		line := strings.TrimPrefix(kind, "message.") + " " + m.Type + " " + m.Text
		if m.UserID != "" {
			line += " by " + m.UserID + "=" + m.StaffID
		}
		for _, x := range m.Attachments {
			line += fmt.Sprintf(" [%s %s %s %s %d %s]", x.Kind, x.Name, x.Type, x.Title, x.Bytes, x.URL)
		}
		out = append(out, line)
	}
	return out
}

func (c *kfWorld) external() string {
	c.tb.Helper()
	return c.rows("SELECT external_id FROM carrier_contact WHERE org_id = ? AND account_id = ?", org, c.kf)[0]
}

func (c *kfWorld) window() Window {
	c.tb.Helper()
	var out map[string]Window
	c.must(c.d.Read(c.ctx(), org, func(tx *db.Tx) (err error) {
		out, err = c.s.Windows(c.ctx(), tx, org, c.kf, []string{c.external()})
		return err
	}))
	return out[c.external()]
}

func (c *kfWorld) answer(key string, parts ...Part) Receipt {
	c.tb.Helper()
	r, err := c.s.Send(c.tb.Context(), org, Outgoing{Key: key, AccountID: c.kf, To: c.external(), StaffID: "stf_li", Parts: parts})
	c.must(err)
	return r
}

func TestKf(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		c := newKfWorld(t, d)
		choices, err := c.s.Choices(c.ctx(), KindKf, ChoiceQuery{Field: "open_kfid", Values: map[string]string{"corp_id": "ww0000000000000001", "secret": c.secrets["kf"], "base_url": c.sim.URL}})
		if err != nil || len(choices) != 1 || choices[0] != (Choice{Value: c.desk, Label: "Shop desk", Connected: true, Usable: true}) {
			t.Errorf("%+v %v", choices, err)
		}
		if _, err := c.s.Choices(c.ctx(), KindKf, ChoiceQuery{Field: "open_kfid", Values: map[string]string{"corp_id": "ww0000000000000001", "secret": "wrong", "base_url": c.sim.URL}}); err == nil || !strings.Contains(err.Error(), "body.values.secret") {
			t.Errorf("a wrong secret: %v", err)
		}
		if r, err := c.s.Test(c.ctx(), c.kf); err != nil || !r.OK || len(r.Steps) != 4 {
			t.Errorf("%+v %v", r, err)
		}
		c.must(c.s.SetStaff(c.ctx(), c.kf, "li", StaffPatch{StaffID: ptr("stf_li")}))

		// Somebody enters by a link with a scene: an arrival, and a welcome in time.
		var arrived []Arrival
		c.pond.greet = func(a Arrival) (Greeting, error) {
			arrived = append(arrived, a)
			return Greeting{Channel: "chn_1"}, nil
		}
		c.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":"/scan/kf/%s"}`, c.ann, c.desk), nil)
		c.settle()
		if len(arrived) != 1 || arrived[0].AccountKind != KindKf || arrived[0].PersonName != "Ann" || arrived[0].Historic {
			t.Errorf("%+v", arrived)
		}
		c.expect("sent ", "SELECT status || ' ' || reason FROM carrier_welcome WHERE org_id = ?", org)
		if w := c.window(); w.Open || w.Why != "window" {
			t.Errorf("nobody has written: %+v", w)
		}

		// They write; everything comes twice, and in disorder.
		c.say("你好")
		c.verb("kf_send", `"kind":"image","name":"../p.gif","file":"`+base64.StdEncoding.EncodeToString([]byte(pixel))+`"`)
		c.verb("kf_send", `"kind":"file","name":"x.svg","file":"`+base64.StdEncoding.EncodeToString([]byte("<svg onload=x>"))+`"`)
		c.verb("kf_send", `"kind":"location","fields":{"latitude":23.1,"longitude":113.3,"name":"塔","address":"广州"}`)
		c.verb("kf_send", `"kind":"link","fields":{"title":"T","desc":"D","url":"javascript:alert(1)"}`)
		c.verb("kf_send", `"kind":"business_card","fields":{"userid":"wu"}`)
		c.verb("kf_send", `"kind":"of_2031","fields":{"a":1}`)
		c.settle()
		c.control("POST", "/callbacks/drain", `{}`, nil)
		want := []string{"received text 你好", "received image  [image p.gif.png image/png  20 ]", "received file  [file x.svg image/svg+xml  14 ]", "received location  [location   塔 广州 0 geo:23.100000,113.300000]",
			"received link D [link   T 0 ]", "received card wu", "received other  [other   of_2031 0 ]"}
		if got := c.told(carrierevent.MessageReceived); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		c.expect("visitor Ann", "SELECT status || ' ' || name FROM carrier_contact WHERE org_id = ? AND account_id = ?", org, c.kf)

		// We answer, with a picture; the fifth is the last.
		me := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_li"})
		picture, err := c.s.SaveMedia(me, "a.png", []byte(pixel))
		c.must(err)
		if r := c.answer("a1", Part{Kind: PartText, Text: "您好"}, Part{Kind: PartImage, MediaID: picture.ID}, Part{Kind: PartLink, Title: "Shop", URL: "https://shop.example"}); r.Status != SendSent {
			t.Fatalf("%+v", r)
		}
		if w := c.window(); !w.Open || w.Left != 2 || w.Until == nil {
			t.Errorf("%+v", w)
		}
		if r := c.answer("a2", Part{Kind: PartText, Text: "1"}, Part{Kind: PartText, Text: "2"}, Part{Kind: PartText, Text: "3"}); r.Status != SendFailed || r.Code != "limit" {
			t.Errorf("too many: %+v", r)
		}
		if r := c.answer("a3", Part{Kind: PartText, Text: "1"}, Part{Kind: PartText, Text: "2"}); r.Status != SendSent {
			t.Errorf("%+v", r)
		}
		if w := c.window(); w.Open || w.Why != "limit" {
			t.Errorf("%+v", w)
		}
		if r := c.answer("a4", Part{Kind: PartText, Text: "6"}); r.Code != "limit" {
			t.Errorf("the sixth: %+v", r)
		}
		c.say("再问一下")
		c.settle()

		// A colleague serves them in WeCom: what they say is told, and we may not.
		c.control("POST", kfCorp+"/kf_reply", fmt.Sprintf(`{"id":%q,"userid":"li","external_userid":%q,"text":"我来"}`, c.desk, c.external()), nil)
		c.settle()
		if got := c.told(carrierevent.MessageSent); got[len(got)-1] != "sent text 我来 by li=stf_li" {
			t.Errorf("%q", got)
		}
		if w := c.window(); w.Open || w.Why != "served" || w.UserID != "li" {
			t.Errorf("%+v", w)
		}
		if r := c.answer("a5", Part{Kind: PartText, Text: "x"}); r.Status != SendFailed || r.Code != "session" {
			t.Errorf("while a colleague serves: %+v", r)
		}
		c.say("谢谢")
		c.settle()
		if got := c.told(carrierevent.MessageReceived); got[len(got)-1] != "received text 谢谢 by li=stf_li" {
			t.Errorf("%q", got)
		}
		c.control("POST", kfCorp+"/kf_end", fmt.Sprintf(`{"id":%q,"external_userid":%q}`, c.desk, c.external()), nil)
		c.settle()
		if w := c.window(); w.Why != "ended" {
			t.Errorf("%+v", w)
		}
		c.say("还有")
		c.settle()

		// They refuse: what was taken has failed.
		c.verb("kf_refuse", `"text":""`)
		r := c.answer("a6", Part{Kind: PartText, Text: "x"})
		if r.Status != SendSent {
			t.Errorf("%+v", r)
		}
		c.settle()
		c.expect("failed fail_type_10 客户拒收", "SELECT status || ' ' || code || ' ' || error_zh FROM carrier_send WHERE org_id = ? AND id = ?", org, r.ID)
		c.expect(`{"account_id":"`+c.kf+`","send_id":"`+r.ID+`","key":"a6","message_id":"`+kfMessageID(r.ID, 0)+`","external_id":"`+c.external()+`","code":"fail_type_10","reason":"客户拒收","reason_en":"The customer refuses messages"}`,
			"SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'message.failed'", org)
		c.expect("1", "SELECT CAST(count(DISTINCT account_id) AS TEXT) FROM carrier_callback WHERE org_id = ? AND event = 'kf_msg_or_event' AND status = 'done'", org)
	})
}

func ptr[T any](v T) *T { return &v }

// Everything is told once, whatever comes again: a cursor that the platform has
// forgotten, an answer that was lost, a second node.
func TestKfOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		c := newKfWorld(t, d)
		for i := range 250 { // three pages
			c.say(fmt.Sprint("m", i))
		}
		c.settle()
		check := func(n int) {
			t.Helper()
			got := c.told(carrierevent.MessageReceived)
			for i := range min(n, len(got)) {
				if got[i] != fmt.Sprint("received text m", i) {
					t.Fatalf("%d: %s", i, got[i])
				}
			}
			if len(got) != n {
				t.Fatalf("%d messages, want %d", len(got), n)
			}
		}
		check(250)
		c.must(c.d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE carrier_kf SET cursor = 'forgotten' WHERE org_id = ?", org)
			return err
		}))
		c.say("m250")
		c.settle()
		check(251)

		// The answer is lost after the platform has sent: the same try again sends nothing twice.
		c.control("POST", "/faults", `{"kind":"reset_after","path":"kf/send_msg","times":1}`, nil)
		if r := c.answer("k", Part{Kind: PartText, Text: "once"}); r.Status != SendSent {
			t.Fatalf("%+v", r)
		}
		c.control("POST", "/faults", `{"kind":"reset_after","path":"kf/send_msg","times":9}`, nil)
		r := c.answer("k2", Part{Kind: PartText, Text: "twice"})
		if r.Status != SendDoubtful || !r.Again || r.Code != "lost" {
			t.Errorf("%+v", r)
		}
		c.control("DELETE", "/faults", ``, nil)
		if r = c.answer("k2", Part{Kind: PartText, Text: "twice"}); r.Status != SendSent {
			t.Errorf("%+v", r)
		}
		if w := c.window(); w.Left != 3 {
			t.Errorf("of five, two were sent: %+v", w)
		}
		// One that may have arrived has not failed, whatever is said when it is asked for again.
		c.control("POST", "/faults", `{"kind":"reset_after","path":"kf/send_msg","times":9}`, nil)
		if r = c.answer("k3", Part{Kind: PartText, Text: "perhaps"}); r.Status != SendDoubtful || !r.Again {
			t.Errorf("%+v", r)
		}
		if w := c.window(); w.Left != 2 {
			t.Errorf("a third may have been sent: %+v", w)
		}
		c.control("DELETE", "/faults", ``, nil)
		c.control("POST", "/faults", `{"kind":"errcode","code":95018,"path":"kf/send_msg","times":1}`, nil)
		if r = c.answer("k3", Part{Kind: PartText, Text: "perhaps"}); r.Status != SendDoubtful || r.Again || r.Code != "lost" {
			t.Errorf("%+v", r)
		}
		var talk struct {
			Desks []struct{ Lines []struct{ From, Text string } }
		}
		c.control("GET", "/customers/"+c.ann, ``, &talk)
		var said []string
		for _, l := range talk.Desks[0].Lines {
			if l.From != "customer" {
				said = append(said, l.Text)
			}
		}
		if !slices.Equal(said, []string{"once", "twice", "perhaps"}) {
			t.Errorf("%q", said)
		}

		// Nobody tells of a message: it is asked for after a while.
		c.must(c.d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE carrier_kf SET synced_at = ? WHERE org_id = ?", 1, org)
			if err == nil {
				_, err = tx.Exec(t.Context(), "UPDATE carrier_account SET updated_at = 1 WHERE org_id = ?", org)
			}
			return err
		}))
		c.control("POST", "/faults", `{"kind":"callback_drop","times":9}`, nil)
		c.say("m251")
		c.must(c.s.pollKf(t.Context()))
		c.tick()
		check(252)
	})
}

// A link brings its state along with who enters by it; what somebody made of the
// address is not believed.
func TestServiceLink(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		c := newKfWorld(t, d)
		address, err := c.s.ServiceLink(t.Context(), org, c.kf, "fpmenu")
		c.must(err)
		if again, err := c.s.ServiceLink(t.Context(), org, c.kf, "fpcard"); err != nil || strings.Replace(again, "fpcard", "fpmenu", 1) != address {
			t.Errorf("another link has another scene: %s %s %v", address, again, err)
		}
		if _, err := c.s.ServiceLink(t.Context(), org, c.acc, "fpmenu"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("a link into a corp: %v", err)
		}
		if _, err := c.s.ServiceLink(t.Context(), org, c.kf, "a b"); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("a strange state: %v", err)
		}
		for _, entered := range []string{address, strings.Replace(address, "fpmenu", "%3Cscript%3E", 1), strings.Replace(address, "fpmenu", strings.Repeat("a", 65), 1)} {
			var who struct{ Items []struct{ ID string } }
			c.control("POST", "/customers", `{"name":"Bea"}`, &who)
			c.control("POST", "/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, who.Items[0].ID, entered), nil)
		}
		c.settle()
		var states []string
		for _, row := range c.rows("SELECT data FROM timeline_event WHERE org_id = ? AND kind = 'friend.added' ORDER BY seq", org) {
			var f carrierevent.Friend
			c.must(json.Unmarshal([]byte(row), &f))
			states = append(states, f.State)
		}
		if !slices.Equal(states, []string{"fpmenu", "", ""}) {
			t.Errorf("%q", states)
		}
	})
}

// A callback for another desk of the corp goes to that desk's account.
func TestKfDesks(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		connect := func(desk string) string {
			return w.connect(KindKf, map[string]string{"corp_id": corpID, "secret": "s3cret", "open_kfid": desk, "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		}
		one, two := connect("wk1"), connect("wk2")
		for _, through := range []string{one, w.acc} {
			w.acc = through
			for _, desk := range []string{"wk1", "wk2", "wk3"} {
				w.deliver(fmt.Sprintf("Event=kf_msg_or_event OpenKfId=%s Token=t%s CreateTime=%d", desk, through, w.clock.Now().Unix()))
			}
		}
		w.expect(one+" stored\n"+one+" stored", "SELECT account_id || ' ' || status FROM carrier_callback WHERE org_id = ? AND subject = 'kf:wk1'", org)
		w.expect(two+" stored\n"+two+" stored", "SELECT account_id || ' ' || status FROM carrier_callback WHERE org_id = ? AND subject = 'kf:wk2'", org)
		w.expect("unknown\nunknown", "SELECT status FROM carrier_callback WHERE org_id = ? AND subject = 'kf:wk3'", org)
	})
}

// The cursor moves with what it has passed: who dies between two pages loses nothing.
func TestKfPages(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.acc = w.connect(KindKf, map[string]string{"corp_id": corpID, "secret": "s3cret", "open_kfid": "wk1", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		at := w.clock.Now().Unix()
		said := func(id string) string {
			return fmt.Sprintf(`{"msgid":%q,"open_kfid":"wk1","external_userid":"wm1","send_time":%d,"origin":3,"msgtype":"text","text":{"content":%q}}`, id, at, id)
		}
		w.corp.say("kf/sync_msg",
			`{"next_cursor":"c1","has_more":1,"msg_list":[`+said("1")+`]}`,
			`{"errcode":40058}`, // as if the process had died here
			`{"next_cursor":"c2","has_more":1,"msg_list":[`+said("2")+`,`+said("1")+`]}`,
			`{"next_cursor":"c3","has_more":0,"msg_list":[`+said("3")+`,{"msgid":"","msgtype":"text"},{"msgid":"e","msgtype":"event","event":{"event_type":"something_new"}}]}`)
		w.deliver(fmt.Sprintf("Event=kf_msg_or_event OpenKfId=wk1 Token=t CreateTime=%d", at))
		w.tick()
		w.expect("c1", "SELECT cursor FROM carrier_kf WHERE org_id = ?", org)
		w.clock.Advance(time.Minute)
		w.tick()
		w.expect("c3", "SELECT cursor FROM carrier_kf WHERE org_id = ?", org)
		w.expect("1\n2\n3", `SELECT substr(data, position_of, 1) FROM (SELECT data, `+map[bool]string{true: "instr(data, '\"text\":\"')", false: "position('\"text\":\"' in data)"}[d.Engine() == db.SQLite]+` + 8 AS position_of, seq FROM timeline_event WHERE org_id = ? AND kind = 'message.received') AS m ORDER BY seq`, org)
	})
}
