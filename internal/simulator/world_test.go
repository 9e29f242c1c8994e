package simulator

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xen0n/go-workwx"
	"pgregory.net/rapid"

	"fishpond/internal/simulator/wecom"
)

// Two corps do not see each other, though the same person is a friend of both.
func TestCorpsAreApart(t *testing.T) {
	s := newSea(t, Options{})
	other, _, clients := s.addCorp("wwsea0000000000002", "别家")
	lin := s.person("林")
	scan := func(c *wecom.Corp, app func(string, any) object) string {
		way := app("externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
		return s.scan(lin, way["qr_code"].(string)).External
	}
	here := scan(s.corp, func(path string, in any) object { return s.api(wecom.KindAgent, path, in) })
	way, err := clients[wecom.KindAgent].ExternalContactAddContact(1, 2, 0, "", true, "", []string{"alice"}, nil, false, 0, 0, "", noConclusions)
	if err != nil {
		t.Fatal(err)
	}
	there := s.scan(lin, way.QRCode).External
	if here == there {
		t.Fatal("both corps know the person by the same id")
	}
	if _, err := clients[wecom.KindAgent].GetExternalContact(here); codeOf(err) != 84061 {
		t.Errorf("the other corp asks for our contact: %v, want 84061", err)
	}
	if _, err := clients[wecom.KindAgent].ExternalContactGetContactWay(s.corp.CodeList()[0].ID); codeOf(err) != 41044 {
		t.Errorf("the other corp asks for our contact way: %v, want 41044", err)
	}
	if list, err := clients[wecom.KindAgent].ListExternalContact("alice"); err != nil || !slices.Equal(list, []string{there}) {
		t.Errorf("the other corp's list: %v, %v", list, err)
	}
	if a, b := s.corp.Summary().Contacts, other.Summary().Contacts; a != 1 || b != 1 {
		t.Errorf("%d and %d contacts", a, b)
	}
	r := s.receive(wecom.KindAgent)
	if err := other.DeleteMember(there, "alice"); err != nil {
		t.Fatal(err)
	}
	s.drained()
	if got := r.take(); len(got) != 0 {
		t.Errorf("told of the other corp: %v", got)
	}
}

// A restart loses nothing that was answered.
func TestRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ocean.json")
	s := newSea(t, Options{File: file})
	lin := s.friend("林")
	appid, secret, _ := s.account("", "")
	code := s.wx(appid, secret, "/cgi-bin/qrcode/create", object{"action_name": "QR_LIMIT_SCENE", "action_info": object{"scene": object{"scene_id": 7}}})
	s.control("POST", "/control/corps/"+s.corp.ID+"/contacts", object{"count": 1000}, nil)
	before := s.corp.Summary()
	if out := s.api(wecom.KindAgent, "externalcontact/remark", object{"userid": "alice", "external_userid": lin, "remark": "常客"}); out.code() != 0 {
		t.Fatal(out)
	}
	token := s.api(wecom.KindAgent, "externalcontact/transfer_customer", object{"handover_userid": "alice", "takeover_userid": "bob", "external_userid": []string{lin}})
	if token.code() != 0 {
		t.Fatal(token)
	}
	if err := s.sim.save(); err != nil {
		t.Fatal(err)
	}
	again := newSeaFrom(t, s, Options{File: file})
	after := again.corp.Summary()
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if string(a) != string(b) {
		t.Errorf("before %s\nafter  %s", a, b)
	}
	info, err := again.renew(wecom.KindAgent).GetExternalContact(lin)
	if err != nil || info.FollowUser[0].Remark != "常客" {
		t.Errorf("contact: %+v, %v", info, err)
	}
	if in := again.scan(again.person("王"), code["url"].(string)); in.Outcome != "followed" {
		t.Errorf("the code after the restart: %+v", in)
	}
	again.clock.move(25 * time.Hour)
	if info, err := again.renew(wecom.KindAgent).GetExternalContact(lin); err != nil || info.FollowUser[0].UserID != "bob" {
		t.Errorf("the transfer did not go on: %+v, %v", info, err)
	}
	if err := os.WriteFile(file+".bad", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{File: file + ".bad"}); err == nil || !strings.Contains(err.Error(), "not a simulator's file") {
		t.Errorf("a broken file: %v", err)
	}
}

// A million contacts cost nothing until one is touched, and a full pull sees each once.
func TestAMillionContacts(t *testing.T) {
	const count = 1_000_000
	s := newSea(t, Options{Limits: wecom.Limits{CallsPerMinute: 1 << 30, CallsPerHour: 1 << 30}})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s.control("POST", "/control/corps/"+s.corp.ID+"/contacts", object{"count": count, "seed": 7}, nil)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("they take %d bytes", grown)
	}
	if n := s.corp.Summary().Contacts; n != count {
		t.Errorf("%d contacts", n)
	}
	first := s.corp.FriendsOf("alice", 3)
	if len(first) != 3 || first[0].External == first[1].External || first[0].Name == "" {
		t.Fatalf("the first: %+v", first)
	}
	app := s.workwx[wecom.KindAgent]
	list, err := app.ListExternalContact("bob")
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(list); len(list) != count/3 && len(list) != count/3+1 || len(slices.Compact(list)) != len(list) {
		t.Errorf("bob has %d friends, %d of them different", len(list), len(slices.Compact(list)))
	}
	// One that is looked at, changed, deleted.
	x := first[1].External
	if err := app.RemarkExternalContact(remarkOf("alice", x, "大客户")); err != nil {
		t.Fatal(err)
	}
	info, err := app.GetExternalContact(x)
	if err != nil || info.FollowUser[0].Remark != "大客户" || info.ExternalContact.Name != first[1].Name || info.ExternalContact.Unionid == "" {
		t.Errorf("changed: %+v, %v", info, err)
	}
	if err := s.corp.DeleteCustomer("alice", first[2].External); err != nil {
		t.Fatal(err)
	}
	if n := s.corp.Summary().Contacts; n != count-1 {
		t.Errorf("%d contacts after one was deleted", n)
	}
}

// Paging sees every friend once, however pages are cut and whatever is bulk; one that
// is changed on the way may be seen twice, never not.
func TestPagesLoseNobody(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newSea(t, Options{})
		n := rapid.IntRange(0, 60).Draw(r, "bulk")
		if n > 0 {
			s.control("POST", "/control/corps/"+s.corp.ID+"/contacts", object{"count": n, "users": []string{"alice", "bob"}}, nil)
		}
		for i := range rapid.IntRange(0, 12).Draw(r, "scanned") {
			s.friend(fmt.Sprint("客", i))
		}
		want := map[string]bool{}
		for _, user := range []string{"alice", "bob"} {
			for _, f := range s.corp.FriendsOf(user, 1000) {
				want[f.External] = true
			}
		}
		touch := rapid.IntRange(0, 5).Draw(r, "touch")
		limit := rapid.IntRange(1, 20).Draw(r, "limit")
		seen := map[string]int{}
		cursor := ""
		for page := 0; ; page++ {
			out := s.api(wecom.KindAgent, "externalcontact/batch/get_by_user", object{"userid_list": []string{"alice", "bob"}, "limit": limit, "cursor": cursor})
			if out.code() != 0 {
				r.Fatal(out)
			}
			for _, e := range out["external_contact_list"].([]any) {
				seen[e.(map[string]any)["external_contact"].(map[string]any)["external_userid"].(string)]++
			}
			if page == touch {
				for _, f := range s.corp.FriendsOf("alice", 3) {
					if err := s.corp.EditCustomer("alice", f.External, "改", nil, nil); err != nil {
						r.Fatal(err)
					}
				}
			}
			if cursor, _ = out["next_cursor"].(string); cursor == "" {
				break
			}
		}
		for id := range want {
			if seen[id] == 0 {
				r.Fatalf("%s was not seen", id)
			}
		}
		if len(seen) != len(want) {
			r.Fatalf("saw %d, want %d", len(seen), len(want))
		}
	})
}

func TestMoments(t *testing.T) {
	s := newSea(t, Options{})
	lin, wang := s.friend("林"), s.friend("王")
	_, tag, err := s.corp.AddTag("等级", "金卡")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.corp.EditCustomer("alice", lin, "", []string{tag}, nil); err != nil {
		t.Fatal(err)
	}
	made := s.api(wecom.KindAgent, "externalcontact/add_moment_task", object{"text": object{"content": "鲜虾"}, "visible_range": object{
		"sender_list": object{"user_list": []string{"alice", "nobody"}}, "external_contact_list": object{"tag_list": []string{tag}}}})
	job := s.api(wecom.KindAgent, "externalcontact/get_moment_task_result?jobid="+made["jobid"].(string), nil)
	result := job["result"].(map[string]any)
	id := result["moment_id"]
	if job["status"] != 3.0 || id == nil || result["invalid_sender_list"].(map[string]any)["user_list"].([]any)[0] != "nobody" {
		t.Fatalf("job: %v", job)
	}
	ask := object{"moment_id": id, "userid": "alice"}
	if out := s.api(wecom.KindAgent, "externalcontact/get_moment_send_result", ask); out.code() != 41062 {
		t.Errorf("before it is published: %v, want 41062", out)
	}
	if n, err := s.corp.PublishMoment(id.(string), "alice"); err != nil || n != 1 {
		t.Errorf("visible to %d, %v; want the one with the tag", n, err)
	}
	sent := s.api(wecom.KindAgent, "externalcontact/get_moment_send_result", ask)
	if list := sent["customer_list"].([]any); len(list) != 1 || list[0].(map[string]any)["external_userid"] != lin {
		t.Errorf("sent: %v", sent)
	}
	if err := s.corp.ReactToMoment(id.(string), "alice", lin, true); err != nil {
		t.Fatal(err)
	}
	if err := s.corp.ReactToMoment(id.(string), "alice", wang, true); err == nil {
		t.Error("one who cannot see it liked it")
	}
	if out := s.api(wecom.KindAgent, "externalcontact/get_moment_comments", ask); len(out["like_list"].([]any)) != 1 {
		t.Errorf("likes: %v", out)
	}
	now := s.clock.now().Unix()
	if out := s.api(wecom.KindAgent, "externalcontact/get_moment_list", object{"start_time": now - 60, "end_time": now + 60}); len(out["moment_list"].([]any)) != 1 {
		t.Errorf("list: %v", out)
	}
}

// WeChat customer service by hand: the parts that go-workwx leaves out.
func TestCustomerServiceWindows(t *testing.T) {
	s := newSea(t, Options{})
	up, err := s.workwx[wecom.KindKf].UploadTempImageMedia(mediaOf(t))
	if err != nil {
		t.Fatal(err)
	}
	desk := s.api(wecom.KindKf, "kf/account/add", object{"name": "客服", "media_id": up.MediaID})["open_kfid"].(string)
	link := s.api(wecom.KindKf, "kf/add_contact_way", object{"open_kfid": desk})["url"].(string)
	lin := s.person("林")
	external := s.scan(lin, link).External
	sync := s.api(wecom.KindKf, "kf/sync_msg", object{"open_kfid": desk})
	code := sync["msg_list"].([]any)[0].(map[string]any)["event"].(map[string]any)["welcome_code"].(string)
	welcome := object{"code": code, "msgtype": "text", "text": object{"content": "您好"}}
	if out := s.api(wecom.KindKf, "kf/send_msg_on_event", welcome); out.code() != 0 {
		t.Errorf("welcome: %v", out)
	}
	if out := s.api(wecom.KindKf, "kf/send_msg_on_event", welcome); out.code() == 0 {
		t.Error("the code worked twice")
	}
	send := func() int {
		return s.api(wecom.KindKf, "kf/send_msg", object{"touser": external, "open_kfid": desk, "msgtype": "text", "text": object{"content": "在的"}}).code()
	}
	if got := send(); got != 95002 {
		t.Errorf("before a word: %d, want 95002", got)
	}
	if err := s.corp.SayToDesk(lin.ID, desk, "在吗"); err != nil {
		t.Fatal(err)
	}
	var codes []int
	for range 6 {
		codes = append(codes, send())
	}
	if !slices.Equal(codes, []int{0, 0, 0, 0, 0, 95001}) {
		t.Errorf("codes %v", codes)
	}
	if err := s.corp.SayToDesk(lin.ID, desk, "还在吗"); err != nil {
		t.Fatal(err)
	}
	s.clock.move(49 * time.Hour)
	if got := send(); got != 95002 {
		t.Errorf("49 hours later: %d, want 95002", got)
	}
	if err := s.corp.SayToDesk(lin.ID, desk, "喂"); err != nil {
		t.Fatal(err)
	}
	s.api(wecom.KindKf, "kf/servicer/add", object{"open_kfid": desk, "userid_list": []string{"alice"}})
	if err := s.corp.ReplyFromDesk("alice", desk, external, "来了"); err != nil {
		t.Fatal(err)
	}
	if got := send(); got != 95018 {
		t.Errorf("while a member serves: %d, want 95018", got)
	}
}

func TestUnionidAndLinks(t *testing.T) {
	s := newSea(t, Options{})
	lin := s.person("林")
	ask := object{"unionid": lin.Unionid("main"), "openid": "o1"}
	if out := s.api(wecom.KindAgent, "idconvert/unionid_to_external_userid", ask); out["external_userid"] != "" || out["pending_id"] == nil {
		t.Errorf("before they are friends: %v", out)
	}
	link := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/create_link", object{"link_name": "直播间", "range": object{"user_list": []string{"bob"}}})["link"].(map[string]any)
	external := s.scan(lin, link["url"].(string)+"?customer_channel=a1").External
	if out := s.api(wecom.KindAgent, "idconvert/unionid_to_external_userid", ask); out["external_userid"] != external {
		t.Errorf("as friends: %v", out)
	}
	id := object{"link_id": link["link_id"]}
	customers := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/customer", id)["customer_list"].([]any)
	if len(customers) != 1 || customers[0].(map[string]any)["external_userid"] != external || customers[0].(map[string]any)["state"] != "a1" {
		t.Errorf("customers: %v", customers)
	}
	now := s.clock.now().Unix()
	id["start_time"], id["end_time"] = now-60, now
	if out := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/statistic", id); out["click_link_customer_cnt"] != 1.0 || out["new_customer_cnt"] != 1.0 {
		t.Errorf("statistic: %v", out)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/customer_acquisition_quota", nil); out["balance"] != out["total"].(float64)-1 {
		t.Errorf("quota: %v", out)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/delete_link", object{"link_id": link["link_id"]}); out.code() != 0 {
		t.Errorf("delete: %v", out)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/customer_acquisition/list_link", object{}); len(out["link_id_list"].([]any)) != 0 {
		t.Errorf("list: %v", out)
	}
}

// A customer who is added without being accepted can be greeted but not read yet.
func TestAddedWithoutBeingAccepted(t *testing.T) {
	s := newSea(t, Options{})
	r := s.receive(wecom.KindAgent)
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}, "state": "h"})
	var in wecom.Scanned
	s.control("POST", "/control/scan", object{"customer": s.person("林").ID, "code": way["qr_code"], "half": true}, &in)
	s.drained()
	got := r.take()
	if len(got) != 1 || got[0]["ChangeType"] != "add_half_external_contact" || got[0]["WelcomeCode"] == "" || got[0]["State"] != "h" {
		t.Fatalf("told: %v", got)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/get?external_userid="+in.External, nil); out.code() != 84061 {
		t.Errorf("read before: %v, want 84061", out)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/send_welcome_msg", object{"welcome_code": got[0]["WelcomeCode"], "text": object{"content": "您好"}}); out.code() != 0 {
		t.Errorf("welcome: %v", out)
	}
	s.control("POST", "/control/corps/"+s.corp.ID+"/accept_half", object{"userid": "alice", "external_userid": in.External}, nil)
	s.drained()
	if got := r.take(); len(got) != 1 || got[0]["ChangeType"] != "add_external_contact" || got[0]["WelcomeCode"] != "" {
		t.Errorf("told: %v", got)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/get?external_userid="+in.External, nil); out.code() != 0 {
		t.Errorf("read after: %v", out)
	}
}

// The control API says what is wrong.
func TestControlErrors(t *testing.T) {
	s := newSea(t, Options{})
	at := "/control/corps/" + s.corp.ID
	for _, c := range []struct {
		method, path string
		in           any
		status       int
		says         string
	}{
		{"POST", "/control/corps", object{"id": s.corp.ID}, 409, "exists already"},
		{"POST", "/control/corps", object{"idd": "x"}, 400, "unknown field"},
		{"GET", "/control/corps/none", nil, 404, `corp "none"`},
		{"POST", at + "/users", object{"items": []object{{"userid": "alice"}}}, 409, "exists already"},
		{"POST", at + "/users", object{"items": []object{{"userid": "a b"}}}, 400, "1–64 letters"},
		{"POST", at + "/users", object{"items": []object{{"userid": "eve", "department": []int{9}}}}, 404, "department"},
		{"POST", at + "/apps", object{"kind": "song"}, 400, "there are agent"},
		{"POST", at + "/contacts", object{"count": 0}, 400, "it is 1–10000000"},
		{"POST", at + "/say", object{"customer": "p9", "userid": "alice", "text": "x"}, 404, "external contact"},
		{"POST", at + "/leave", object{"userid": "nobody"}, 404, `member "nobody"`},
		{"POST", at + "/confirm_mass", object{"id": "x", "userid": "alice"}, 404, "mass message"},
		{"POST", at + "/mass_rule", object{"name": "year"}, 400, "month, week or day"},
		{"POST", "/control/scan", object{"customer": "p1", "code": "https://example.com"}, 400, "…/scan/way/ID"},
		{"POST", "/control/scan", object{"customer": "p1", "code": "/scan/way/gone"}, 409, "does not work"},
		{"POST", "/control/customers", object{"count": -1}, 400, "count is -1"},
		{"GET", "/control/customers/p9", nil, 404, `customer "p9"`},
		{"DELETE", "/control/faults/9", nil, 404, "fault 9"},
		{"POST", "/control/clock", object{"advance_seconds": -5}, 400, "advance_seconds"},
		{"POST", "/control/accounts", object{"kind": "song"}, 400, "official_account or mini_program"},
		{"POST", "/control/accounts/wxnone/follow", object{"customer": "p1"}, 404, `account "wxnone"`},
	} {
		status, body := s.raw(c.method, c.path, c.in)
		if status != c.status || !strings.Contains(string(body), strings.ReplaceAll(c.says, `"`, `\"`)) {
			t.Errorf("%s %s %v: %d %s; want %d and %q", c.method, c.path, c.in, status, body, c.status, c.says)
		}
	}
}

// Many at once: nothing is lost or counted twice.
func TestManyAtOnce(t *testing.T) {
	s := newSea(t, Options{})
	in := s.listen(wecom.KindAgent)
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 2, "scene": 2, "user": []string{"alice", "bob", "carol"}})
	code := way["qr_code"].(string)
	app := s.workwx[wecom.KindAgent]
	if _, err := app.ListAllDepts(); err != nil { // the token first: go-workwx fetches it racily
		t.Fatal(err)
	}
	const people = 120
	var wg sync.WaitGroup
	for i := range people {
		p := s.person(fmt.Sprint("客", i))
		wg.Go(func() {
			kind, id, _, err := s.sim.parseCode(code)
			if err != nil || kind != "way" {
				t.Errorf("code: %v", err)
				return
			}
			out, err := s.corp.ScanWay(p.ID, id, false)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := app.GetExternalContact(out.External); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				if err := s.corp.DeleteMember(out.External, out.User); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.drained()
	added, deleted := map[string]bool{}, 0
	for _, m := range in.take() {
		// By the change type: in go-workwx the event of an addition has all methods of one
		// of a deletion.
		if e, ok := m.EventAddExternalContact(); ok && m.ChangeType == workwx.ChangeTypeAddExternalContact {
			added[e.GetExternalUserID()] = true
		}
		if e, ok := m.EventDelFollowUser(); ok && m.ChangeType == workwx.ChangeTypeDelFollowUser {
			if deleted++; !added[e.GetExternalUserID()] {
				t.Error("a deletion overtook its addition")
			}
		}
	}
	if len(added) != people || deleted != people/2 {
		t.Errorf("told of %d added and %d deleted, want %d and %d", len(added), deleted, people, people/2)
	}
}
