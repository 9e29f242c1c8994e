package simulator

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/simulator/delivery"
	"fishpond/internal/simulator/envelope"
	"fishpond/internal/simulator/wecom"
)

// receiver opens callbacks by hand, with the known scheme and nothing else.
type receiver struct {
	t     *testing.T
	mu    sync.Mutex
	got   []map[string]string
	codes []int // answers to give, 200 when empty
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	seal, err := envelope.New(testToken, testKey, "")
	if err != nil {
		r.t.Error(err)
		return
	}
	q := req.URL.Query()
	if req.Method == http.MethodGet {
		if q.Get("msg_signature") != seal.Signature(q.Get("timestamp"), q.Get("nonce"), q.Get("echostr")) {
			r.t.Error("the signature of the echo is wrong")
		}
		echo, _, err := seal.Decrypt(q.Get("echostr"))
		if err != nil {
			r.t.Error(err)
		}
		_, _ = w.Write(echo)
		return
	}
	var outer struct{ ToUserName, AgentID, Encrypt string }
	body, _ := io.ReadAll(req.Body)
	if err := xml.Unmarshal(body, &outer); err != nil {
		r.t.Error(err)
	}
	if q.Get("msg_signature") != seal.Signature(q.Get("timestamp"), q.Get("nonce"), outer.Encrypt) {
		r.t.Error("the signature is wrong")
	}
	inner, corp, err := seal.Decrypt(outer.Encrypt)
	if err != nil || corp != outer.ToUserName {
		r.t.Errorf("opened for %q: %v", corp, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.codes) > 0 {
		code := r.codes[0]
		r.codes = r.codes[1:]
		if code != http.StatusOK {
			w.WriteHeader(code)
			return
		}
	}
	r.got = append(r.got, elements(r.t, inner))
}

// elements are the direct children of <xml>.
func elements(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var doc struct {
		Children []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Errorf("%v in %s", err, data)
	}
	out := map[string]string{}
	for _, c := range doc.Children {
		out[c.XMLName.Local] = c.Text
	}
	return out
}

func (r *receiver) take() []map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func (s *sea) receive(kind wecom.Kind) *receiver {
	s.t.Helper()
	r := &receiver{t: s.t}
	server := httptest.NewServer(r)
	s.t.Cleanup(server.Close)
	s.control("PUT", "/control/corps/"+s.corp.ID+"/apps/"+s.apps[kind].ID+"/callback", object{"url": server.URL, "token": testToken, "key": testKey}, nil)
	return r
}

// friend makes a customer of alice and returns its external id.
func (s *sea) friend(name string) string {
	s.t.Helper()
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}, "state": "st"})
	return s.scan(s.person(name), way["qr_code"].(string)).External
}

// Every act of a person is told to those who want to know, and to nobody else.
func TestEvents(t *testing.T) {
	s := newSea(t, Options{})
	app, contacts := s.receive(wecom.KindAgent), s.receive(wecom.KindContacts)
	lin := s.friend("林")
	group, err := s.corp.MakeChat("alice", "群", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, tag, err := s.corp.AddTag("等级", "金卡")
	if err != nil {
		t.Fatal(err)
	}
	s.drained()
	app.take()
	contacts.take()
	join := s.api(wecom.KindAgent, "externalcontact/groupchat/add_join_way", object{"scene": 2, "chat_id_list": []string{group}, "state": "g"})
	link := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/create_link", object{"link_name": "直播", "range": object{"user_list": []string{"bob"}}})
	linkURL := link["link"].(map[string]any)["url"].(string)
	linkID := link["link"].(map[string]any)["link_id"].(string)
	wang := s.person("王")
	var wangID string
	for _, step := range []struct {
		name string
		act  func() error
		to   *receiver
		want []map[string]string
	}{
		{"remark and tag", func() error { return s.corp.EditCustomer("alice", lin, "老林", []string{tag}, nil) }, app,
			[]map[string]string{{"Event": "change_external_contact", "ChangeType": "edit_external_contact", "UserID": "alice", "ExternalUserID": lin, "State": "st"}}},
		{"customer deletes member", func() error { return s.corp.DeleteMember(lin, "alice") }, app,
			[]map[string]string{{"ChangeType": "del_follow_user", "UserID": "alice", "ExternalUserID": lin, "FromUserName": "sys", "ToUserName": s.corp.ID, "MsgType": "event"}}},
		{"member deletes customer", func() error { return s.corp.DeleteCustomer("alice", lin) }, app,
			[]map[string]string{{"ChangeType": "del_external_contact", "UserID": "alice", "ExternalUserID": lin}}},
		{"group code", func() error {
			s.scan(wang, "/scan/join/"+join["config_id"].(string))
			return nil
		}, app, []map[string]string{{"Event": "change_external_chat", "ChangeType": "update", "ChatId": group, "UpdateDetail": "add_member", "MemChangeCnt": "1"}}},
		{"group renamed", func() error { return s.corp.EditChat(group, "福利群", "", "") }, app,
			[]map[string]string{{"ChangeType": "update", "UpdateDetail": "change_name"}}},
		{"group dismissed", func() error { return s.corp.DismissChat(group) }, app, []map[string]string{{"ChangeType": "dismiss", "ChatId": group}}},
		{"tag renamed", func() error { return s.corp.RenameTag(tag, "钻石卡") }, app,
			[]map[string]string{{"Event": "change_external_tag", "ChangeType": "update", "Id": tag, "TagType": "tag"}}},
		{"acquisition link", func() error {
			wangID = s.scan(wang, linkURL+"?customer_channel=live-1").External
			return nil
		}, app, []map[string]string{{"ChangeType": "add_external_contact", "UserID": "bob", "State": "live-1"},
			{"Event": "customer_acquisition", "ChangeType": "friend_request", "LinkId": linkID, "State": "live-1"}}},
		{"first word after a link", func() error { return s.corp.Say(wangID, "bob", "你好") }, app,
			[]map[string]string{{"Event": "customer_acquisition", "ChangeType": "customer_start_chat", "UserID": "bob", "ExternalUserID": "?"}}},
		{"second word", func() error { return s.corp.Say(wangID, "bob", "在吗") }, app, nil},
		{"member changes", func() error { return s.corp.UpdateUser("bob", "阿波", "") }, contacts,
			[]map[string]string{{"Event": "change_contact", "ChangeType": "update_user", "UserID": "bob", "Name": "阿波"}}},
		{"member leaves", func() error { return s.corp.Leave("carol") }, contacts, []map[string]string{{"ChangeType": "delete_user", "UserID": "carol"}}},
	} {
		if err := step.act(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		s.drained()
		got := step.to.take()
		if len(got) != len(step.want) {
			t.Errorf("%s: %d callbacks %v, want %d", step.name, len(got), got, len(step.want))
			continue
		}
		slices.SortStableFunc(got, func(a, b map[string]string) int { return strings.Compare(a["Event"], b["Event"]) })
		for i, want := range step.want {
			for name, text := range want {
				if text != "?" && got[i][name] != text {
					t.Errorf("%s: %s is %q, want %q in %v", step.name, name, got[i][name], text, got[i])
				}
			}
		}
	}
	if rest := append(app.take(), contacts.take()...); len(rest) != 0 {
		t.Errorf("told without reason: %v", rest)
	}
}

// «通过API进行的操作不会产生回调»: what the API itself changes triggers no callback.
func TestTheAPICausesNoCallback(t *testing.T) {
	s := newSea(t, Options{})
	app, contacts := s.receive(wecom.KindAgent), s.receive(wecom.KindContacts)
	lin := s.friend("林")
	s.drained()
	app.take()
	tag := s.api(wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "g", "tag": []object{{"name": "a"}}})
	id := tag["tag_group"].(map[string]any)["tag"].([]any)[0].(map[string]any)["id"]
	for path, in := range map[string]object{
		"externalcontact/remark":           {"userid": "alice", "external_userid": lin, "remark": "x"},
		"externalcontact/mark_tag":         {"userid": "alice", "external_userid": lin, "add_tag": []any{id}},
		"externalcontact/edit_corp_tag":    {"id": id, "name": "b"},
		"externalcontact/add_msg_template": {"sender": "alice", "text": object{"content": "x"}},
	} {
		if out := s.api(wecom.KindAgent, path, in); out.code() != 0 {
			t.Errorf("%s: %v", path, out)
		}
	}
	if out := s.api(wecom.KindAgent, "externalcontact/del_corp_tag", object{"tag_id": []any{id}}); out.code() != 0 {
		t.Errorf("%v", out)
	}
	s.drained()
	if got := append(app.take(), contacts.take()...); len(got) != 0 {
		t.Errorf("callbacks: %v", got)
	}
}

func TestRetries(t *testing.T) {
	s := newSea(t, Options{})
	r := s.receive(wecom.KindAgent)
	r.codes = []int{500, 502, 503, 200}
	s.friend("甲")
	s.drained()
	if got := r.take(); len(got) != 1 {
		t.Errorf("%d arrived, want one after three refusals", len(got))
	}
	last := s.sim.Callbacks().Records("", 1)[0]
	if last.State != delivery.Delivered || len(last.Attempts) != 4 || last.Attempts[0].Status != 500 {
		t.Errorf("record: %+v", last)
	}
	r.codes = []int{500, 500, 500, 500, 500}
	s.friend("乙")
	s.drained()
	if last := s.sim.Callbacks().Records("", 1)[0]; last.State != delivery.Failed || len(last.Attempts) != 4 {
		t.Errorf("record: %+v; want given up after four attempts", last)
	}
	if c := s.sim.Callbacks().Counts(s.corp.ID); c.Made != 2 || c.Delivered != 1 || c.Failed != 1 || c.Open != 0 {
		t.Errorf("counts: %+v", c)
	}
}

func TestRetriesWait(t *testing.T) {
	s := newSea(t, Options{RetryAfter: 2 * time.Second})
	r := s.receive(wecom.KindAgent)
	r.codes = []int{500}
	s.friend("甲")
	s.drained()
	if state := s.sim.Callbacks().Records("", 1)[0].State; state != delivery.Waiting {
		t.Errorf("it is %s, want waiting", state)
	}
	s.clock.move(2 * time.Second)
	s.drained()
	if got := r.take(); len(got) != 1 {
		t.Errorf("%d arrived after the pause", len(got))
	}
}

// A receiver proves itself before it is told anything.
func TestVerification(t *testing.T) {
	s := newSea(t, Options{})
	for name, handler := range map[string]http.HandlerFunc{
		"status 200":     func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"decrypted echo": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Query().Get("echostr")) },
	} {
		server := httptest.NewServer(handler)
		status, body := s.raw("PUT", "/control/corps/"+s.corp.ID+"/apps/customers/callback", object{"url": server.URL, "token": testToken, "key": testKey})
		server.Close()
		if status != http.StatusUnprocessableEntity {
			t.Errorf("without %s: %d %s", name, status, body)
		}
	}
	if status, body := s.raw("PUT", "/control/corps/"+s.corp.ID+"/apps/customers/callback", object{"url": "http://127.0.0.1:1/x", "token": "t", "key": "short"}); status == 200 {
		t.Errorf("a short key was taken: %s", body)
	}
	s.control("PUT", "/control/corps/"+s.corp.ID+"/apps/customers/callback", object{"url": "http://127.0.0.1:1/x", "token": testToken, "key": testKey, "force": true}, nil)
}

func TestFaultsOfCallbacks(t *testing.T) {
	s := newSea(t, Options{})
	r := s.receive(wecom.KindAgent)
	fault := func(in object) { s.control("POST", "/control/faults", in, nil) }
	names := func() (out []string) {
		s.drained()
		for _, m := range r.take() {
			out = append(out, m["ExternalUserID"])
		}
		return out
	}
	fault(object{"kind": "callback_twice", "times": 1})
	a := s.friend("甲")
	if got := names(); !slices.Equal(got, []string{a, a}) {
		t.Errorf("twice: %v", got)
	}
	fault(object{"kind": "callback_drop", "times": 1, "path": "add_external_contact"})
	s.friend("乙")
	if got := names(); len(got) != 0 {
		t.Errorf("dropped: %v", got)
	}
	fault(object{"kind": "callback_swap", "times": 1})
	c, d := s.friend("丙"), s.friend("丁")
	if got := names(); !slices.Equal(got, []string{d, c}) {
		t.Errorf("out of order: %v, want %v", got, []string{d, c})
	}
	fault(object{"kind": "callback_late", "times": 1, "seconds": 30})
	e, f := s.friend("戊"), s.friend("己")
	if got := names(); !slices.Equal(got, []string{f}) {
		t.Errorf("before its time: %v", got)
	}
	s.clock.move(30 * time.Second)
	if got := names(); !slices.Equal(got, []string{e}) {
		t.Errorf("in its time: %v", got)
	}
	var list struct{ Items []object }
	s.control("GET", "/control/faults", nil, &list)
	if len(list.Items) != 0 {
		t.Errorf("faults that are used up still stand: %v", list.Items)
	}
}

func TestFaultsOfCalls(t *testing.T) {
	s := newSea(t, Options{})
	token := func() string {
		var out struct {
			AccessToken string `json:"access_token"`
		}
		s.control("GET", "/cgi-bin/gettoken?corpid="+s.corp.ID+"&corpsecret="+s.apps[wecom.KindAgent].Secret, nil, &out)
		return out.AccessToken
	}()
	call := func(path string) (int, string) {
		status, body := s.raw("GET", "/cgi-bin/"+path+"?access_token="+token, nil)
		return status, string(body)
	}
	s.control("POST", "/control/faults", object{"kind": "http_status", "status": 503, "path": "department/*", "times": 2}, nil)
	for i, want := range []int{503, 503, 200} {
		if status, _ := call("department/list"); status != want {
			t.Errorf("call %d: %d, want %d", i, status, want)
		}
	}
	s.control("POST", "/control/faults", object{"kind": "errcode", "code": 45009, "scope": "wwsomebodyelse"}, nil)
	if _, body := call("department/list"); !strings.Contains(body, `"errcode":0`) {
		t.Errorf("another corp's fault: %s", body)
	}
	s.control("POST", "/control/faults", object{"kind": "errcode", "code": 60011, "scope": s.corp.ID}, nil)
	if _, body := call("department/list"); !strings.Contains(body, `"errcode":60011`) {
		t.Errorf("its own fault: %s", body)
	}
	s.control("DELETE", "/control/faults", nil, nil)
	s.control("POST", "/control/faults", object{"kind": "slow", "seconds": 0.05, "times": 1}, nil)
	began := time.Now()
	if _, body := call("department/list"); time.Since(began) < 50*time.Millisecond || !strings.Contains(body, `"errcode":0`) {
		t.Errorf("after %s: %s", time.Since(began), body)
	}
	for _, kind := range []string{"reset", "reset_after"} {
		s.control("POST", "/control/faults", object{"kind": kind, "path": "externalcontact/add_corp_tag", "times": 1}, nil)
		resp, err := s.client.Post(s.url+"/cgi-bin/externalcontact/add_corp_tag?access_token="+token, "application/json", strings.NewReader(`{"group_name":"g","tag":[{"name":"`+kind+`"}]}`))
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s: answered %d", kind, resp.StatusCode)
		}
	}
	if sum := s.corp.Summary(); sum.Tags != 1 {
		t.Errorf("%d tags, want the one whose answer was lost", sum.Tags)
	}
	for _, in := range []object{{"kind": "flood"}, {"kind": "slow"}, {"kind": "http_status", "status": 200}, {"kind": "errcode"}, {"kind": "slow", "seconds": -1}, {"kindd": "slow"}} {
		if status, body := s.raw("POST", "/control/faults", in); status != http.StatusBadRequest {
			t.Errorf("%v: %d %s", in, status, body)
		}
	}
}
