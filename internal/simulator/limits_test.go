package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/simulator/wecom"
)

// What the platform refuses, and with which code.
func TestRefusals(t *testing.T) {
	s := newSea(t, Options{})
	s.control("POST", "/control/corps/"+s.corp.ID+"/users", object{"items": []object{
		{"userid": "idle", "inactive": true}, {"userid": "unverified", "unverified": true}, {"userid": "inside", "no_customers": true}}}, nil)
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
	lin := s.scan(s.person("林"), way["qr_code"].(string)).External
	tag := s.api(wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "g", "tag": []object{{"name": "a"}}})
	tagID := tag["tag_group"].(map[string]any)["tag"].([]any)[0].(map[string]any)["id"].(string)
	group, err := s.corp.MakeChat("alice", "群", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	over := func(n int, item string) []string { return slices.Repeat([]string{item}, n) }
	long := func(n int) string { return strings.Repeat("鱼", n) }
	wayOf := func(with object) object {
		in := object{"type": 1, "scene": 2, "user": []string{"alice"}}
		for k, v := range with {
			in[k] = v
		}
		return in
	}
	link := object{"msgtype": "link", "link": object{"title": "t", "url": "https://example.com"}}
	for _, c := range []struct {
		name string
		kind wecom.Kind
		path string
		in   any
		want int
	}{
		{"state of 30 characters", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"state": long(30)}), 0},
		{"state of 31", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"state": long(31)}), 40058},
		{"remark of 31", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"remark": long(31)}), 40058},
		{"no type", wecom.KindAgent, "externalcontact/add_contact_way", object{"scene": 2}, 41037},
		{"no scene", wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1}, 41038},
		{"wrong type", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"type": 3}), 41039},
		{"wrong scene", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"scene": 3}), 41040},
		{"two members for one", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"user": []string{"alice", "bob"}}), 40058},
		{"unknown member", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"user": []string{"nobody"}}), 40003},
		{"inactive member", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"user": []string{"idle"}}), 41054},
		{"unverified member", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"user": []string{"unverified"}}), 40098},
		{"member without customer contact", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"user": []string{"inside"}}), 84074},
		{"temporary for several", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"type": 2, "is_temp": true}), 40058},
		{"temporary for 15 days", wecom.KindAgent, "externalcontact/add_contact_way", wayOf(object{"is_temp": true, "expires_in": 15 * 86400}), 40058},
		{"unknown config", wecom.KindAgent, "externalcontact/get_contact_way", object{"config_id": "x"}, 41044},
		{"no config", wecom.KindAgent, "externalcontact/del_contact_way", object{}, 41043},
		{"list of 1,001", wecom.KindAgent, "externalcontact/list_contact_way", object{"limit": 1001}, 40058},
		{"wrong cursor", wecom.KindAgent, "externalcontact/list_contact_way", object{"cursor": "x"}, 50100},

		{"batch of 101", wecom.KindAgent, "externalcontact/batch/get_by_user", object{"userid_list": []string{"alice"}, "limit": 101}, 40058},
		{"101 members", wecom.KindAgent, "externalcontact/batch/get_by_user", object{"userid_list": over(101, "alice")}, 40031},
		{"no contact id", wecom.KindAgent, "externalcontact/get", nil, 41035},
		{"malformed contact id", wecom.KindAgent, "externalcontact/get?external_userid=abc", nil, 40096},
		{"nobody's contact", wecom.KindAgent, "externalcontact/get?external_userid=wm" + strings.Repeat("A", 30), nil, 84061},
		{"empty remark", wecom.KindAgent, "externalcontact/remark", object{"userid": "alice", "external_userid": lin}, 40058},
		{"remark of 21", wecom.KindAgent, "externalcontact/remark", object{"userid": "alice", "external_userid": lin, "remark": long(21)}, 40058},
		{"remark on another's contact", wecom.KindAgent, "externalcontact/remark", object{"userid": "bob", "external_userid": lin, "remark": "x"}, 84061},
		{"no tags to mark", wecom.KindAgent, "externalcontact/mark_tag", object{"userid": "alice", "external_userid": lin}, 40063},
		{"unknown tag", wecom.KindAgent, "externalcontact/mark_tag", object{"userid": "alice", "external_userid": lin, "add_tag": []string{"x"}}, 40068},
		{"tag twice", wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "g", "tag": []object{{"name": "a"}}}, 40071},
		{"tag of 31", wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "g", "tag": []object{{"name": long(31)}}}, 40072},
		{"empty group", wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "h"}, 40063},
		{"unknown tag to edit", wecom.KindAgent, "externalcontact/edit_corp_tag", object{"id": "x", "name": "y"}, 40068},

		{"welcome without code", wecom.KindAgent, "externalcontact/send_welcome_msg", object{"text": object{"content": "x"}}, 41049},
		{"welcome with a wrong code", wecom.KindAgent, "externalcontact/send_welcome_msg", object{"welcome_code": "x", "text": object{"content": "x"}}, 41050},
		{"mass without receiver", wecom.KindAgent, "externalcontact/add_msg_template", object{"text": object{"content": "x"}}, 40063},
		{"mass to 10,001", wecom.KindAgent, "externalcontact/add_msg_template", object{"external_userid": over(10_001, lin), "text": object{"content": "x"}}, 40058},
		{"mass to strangers only", wecom.KindAgent, "externalcontact/add_msg_template", object{"external_userid": []string{"wm1"}, "text": object{"content": "x"}}, 41048},
		{"mass without words", wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice"}, 40063},
		{"10 attachments", wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "attachments": slices.Repeat([]object{link}, 10)}, 41064},
		{"4,001 bytes", wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "text": object{"content": strings.Repeat("x", 4001)}}, 45002},
		{"unknown media", wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "attachments": []object{{"msgtype": "image", "image": object{"media_id": "x"}}}}, 40007},
		{"unknown attachment", wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "attachments": []object{{"msgtype": "song"}}}, 41065},
		{"mass to groups without sender", wecom.KindAgent, "externalcontact/add_msg_template", object{"chat_type": "group", "text": object{"content": "x"}}, 40063},
		{"unknown mass message", wecom.KindAgent, "externalcontact/get_groupmsg_task", object{"msgid": "x"}, 41047},
		{"mass list over two months", wecom.KindAgent, "externalcontact/get_groupmsg_list_v2", object{"chat_type": "single", "start_time": 1, "end_time": 1 + 60*86400}, 40035},

		{"six groups behind a code", wecom.KindAgent, "externalcontact/groupchat/add_join_way", object{"scene": 2, "chat_id_list": over(6, group)}, 41091},
		{"unknown group behind a code", wecom.KindAgent, "externalcontact/groupchat/add_join_way", object{"scene": 2, "chat_id_list": []string{"x"}}, 40050},
		{"group list without limit", wecom.KindAgent, "externalcontact/groupchat/list", object{}, 40058},
		{"101 customers handed over", wecom.KindAgent, "externalcontact/transfer_customer", object{"handover_userid": "alice", "takeover_userid": "bob", "external_userid": over(101, lin)}, 40058},
		{"handed to oneself", wecom.KindAgent, "externalcontact/transfer_customer", object{"handover_userid": "alice", "takeover_userid": "alice", "external_userid": []string{lin}}, 40130},
		{"moment of 2,001 characters", wecom.KindAgent, "externalcontact/add_moment_task", object{"text": object{"content": long(2001)}}, 45002},
		{"empty moment", wecom.KindAgent, "externalcontact/add_moment_task", object{}, 41089},
		{"moment with two links", wecom.KindAgent, "externalcontact/add_moment_task", object{"attachments": []object{link, link}}, 41064},
		{"unknown moment", wecom.KindAgent, "externalcontact/get_moment_task", object{"moment_id": "x"}, 41060},
		{"301 words", wecom.KindAgent, "externalcontact/add_intercept_rule", object{"rule_name": "r", "word_list": over(301, "x"), "intercept_type": 1, "applicable_range": object{"user_list": []string{"alice"}}}, 41068},
		{"unknown rule", wecom.KindAgent, "externalcontact/get_intercept_rule", object{"rule_id": "x"}, 41070},
		{"link without a name", wecom.KindAgent, "externalcontact/customer_acquisition/create_link", object{"range": object{"user_list": []string{"alice"}}}, 40058},

		{"message without agentid", wecom.KindAgent, "message/send", object{"touser": "alice", "msgtype": "text", "text": object{"content": "x"}}, 41011},
		{"another app's message", wecom.KindAgent, "message/send", object{"touser": "alice", "msgtype": "text", "agentid": 7, "text": object{"content": "x"}}, 301002},
		{"contact sync reads contacts", wecom.KindContacts, "externalcontact/get_follow_user_list", nil, 48002},
		{"contact sync reads members", wecom.KindContacts, "user/get?userid=alice", nil, 48009},
		{"customer contact reads members", wecom.KindCustomers, "user/get?userid=alice", nil, 48002},
		{"customer contact writes to members", wecom.KindCustomers, "message/send", object{}, 48002},
		{"an app at the archive", wecom.KindAgent, "msgaudit/get_permit_user_list", object{}, 48002},
		{"body that is no JSON object", wecom.KindAgent, "externalcontact/remark", []int{1}, 40058},
		{"unknown API", wecom.KindAgent, "externalcontact/no_such", object{}, -1},
		{"GET for POST", wecom.KindAgent, "externalcontact/remark", nil, 40063},
		{"media type", wecom.KindAgent, "media/upload?type=song", object{}, 40004},
		{"no media", wecom.KindAgent, "media/upload?type=image", object{}, 41005},
		{"tag is known", wecom.KindAgent, "externalcontact/mark_tag", object{"userid": "alice", "external_userid": lin, "add_tag": []string{tagID}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := *s
			s.t = t
			if out := s.api(c.kind, c.path, c.in); out.code() != c.want {
				t.Errorf("%v, want %d", out, c.want)
			}
		})
	}
}

func TestTagsEndAt3000(t *testing.T) {
	s := newSea(t, Options{})
	for i := range 30 {
		var tags []object
		for k := range 100 {
			tags = append(tags, object{"name": fmt.Sprint("t", k)})
		}
		if out := s.api(wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": fmt.Sprint("g", i), "tag": tags}); out.code() != 0 {
			t.Fatalf("group %d: %v", i, out)
		}
	}
	if out := s.api(wecom.KindAgent, "externalcontact/add_corp_tag", object{"group_name": "last", "tag": []object{{"name": "straw"}}}); out.code() != 40126 {
		t.Errorf("tag 3,001: %v, want 40126", out)
	}
}

func TestTokens(t *testing.T) {
	s := newSea(t, Options{})
	fetch := func(corp, secret string) (int, string, float64) {
		var out struct {
			Errcode     int
			AccessToken string  `json:"access_token"`
			ExpiresIn   float64 `json:"expires_in"`
		}
		s.control("GET", "/cgi-bin/gettoken?corpid="+corp+"&corpsecret="+secret, nil, &out)
		return out.Errcode, out.AccessToken, out.ExpiresIn
	}
	users := func(token string) int {
		var out object
		s.control("GET", "/cgi-bin/department/list?access_token="+token, nil, &out)
		return out.code()
	}
	app := s.apps[wecom.KindAgent]
	_, other, _ := s.addCorp("wwother", "别家")
	_ = other
	otherSecret := s.sim.WeCom().Corp("wwother").Summary().Apps[0].Secret
	for _, c := range []struct {
		corp, secret string
		want         int
	}{{"", app.Secret, 41002}, {s.corp.ID, "", 41004}, {"wwnone", app.Secret, 40013}, {s.corp.ID, "wrong", 40001}, {s.corp.ID, otherSecret, 40091}} {
		if code, _, _ := fetch(c.corp, c.secret); code != c.want {
			t.Errorf("gettoken %q %q: %d, want %d", c.corp, c.secret, code, c.want)
		}
	}
	_, first, span := fetch(s.corp.ID, app.Secret)
	if first == "" || span != 7200 {
		t.Fatalf("token %q for %g s", first, span)
	}
	s.clock.move(time.Hour)
	if _, again, span := fetch(s.corp.ID, app.Secret); again != first || span != 3600 {
		t.Errorf("an hour later another token for %g s", span)
	}
	if code := users(first); code != 0 {
		t.Errorf("a valid token: %d", code)
	}
	s.clock.move(time.Hour)
	if code := users(first); code != 42001 {
		t.Errorf("after two hours: %d, want 42001", code)
	}
	_, second, _ := fetch(s.corp.ID, app.Secret)
	if second == first || users(second) != 0 {
		t.Errorf("the new token does not work")
	}
	if code := users("nonsense"); code != 40014 {
		t.Errorf("no token of ours: %d, want 40014", code)
	}
	if code := users(""); code != 41001 {
		t.Errorf("no token: %d, want 41001", code)
	}
	s.control("POST", "/control/tokens/expire", object{"scope": s.corp.ID}, nil)
	if code := users(second); code != 42001 {
		t.Errorf("expired on request: %d, want 42001", code)
	}
	s.control("PATCH", "/control/corps/"+s.corp.ID+"/apps/"+app.ID, object{"trusted_ips": []string{"10.0.0.0/8"}}, nil)
	if code, _, _ := fetch(s.corp.ID, app.Secret); code != 60020 {
		t.Errorf("from an address that is not trusted: %d, want 60020", code)
	}
	if status, body := s.raw("PATCH", "/control/corps/"+s.corp.ID+"/apps/"+app.ID, object{"trusted_ips": []string{"x"}}); status != http.StatusBadRequest {
		t.Errorf("a wrong address: %d %s", status, body)
	}
}

func TestQuotas(t *testing.T) {
	s := newSea(t, Options{Limits: wecom.Limits{CallsPerMinute: 5, CallsPerHour: 8}})
	call := func() int { return s.api(wecom.KindAgent, "department/list", nil).code() }
	var codes []int
	for range 6 {
		codes = append(codes, call())
	}
	s.clock.move(time.Minute)
	for range 3 {
		codes = append(codes, call())
	}
	// Five in the first minute; the refused one counts for the hour too, so two more.
	if want := []int{0, 0, 0, 0, 0, 45009, 0, 0, 45009}; !slices.Equal(codes, want) {
		t.Errorf("codes %v, want %v", codes, want)
	}
	if other := s.api(wecom.KindAgent, "user/simplelist?department_id=1", nil); other.code() != 0 {
		t.Errorf("another API: %v", other)
	}
	s.clock.move(time.Hour)
	if code := call(); code != 0 {
		t.Errorf("an hour later: %d", code)
	}
}

func TestRangeOfAnApp(t *testing.T) {
	s := newSea(t, Options{})
	app := s.apps[wecom.KindAgent]
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
	lin := s.scan(s.person("林"), way["qr_code"].(string)).External
	s.control("PATCH", "/control/corps/"+s.corp.ID+"/apps/"+app.ID, object{"users": []string{"bob"}}, nil)
	for path, want := range map[string]int{
		"user/get?userid=alice": 60011, "externalcontact/list?userid=alice": 60011, "externalcontact/get?external_userid=" + lin: 84061,
		"user/get?userid=bob": 0,
	} {
		if out := s.api(wecom.KindAgent, path, nil); out.code() != want {
			t.Errorf("%s: %v, want %d", path, out, want)
		}
	}
	in := s.listen(wecom.KindAgent)
	if err := s.corp.DeleteMember(lin, "alice"); err != nil {
		t.Fatal(err)
	}
	s.drained()
	if got := in.take(); len(got) != 0 {
		t.Errorf("told of a member that it does not see: %v", got)
	}
	s.control("PATCH", "/control/corps/"+s.corp.ID+"/apps/"+app.ID, object{"customers": false}, nil)
	if out := s.api(wecom.KindAgent, "externalcontact/get_follow_user_list", nil); out.code() != 48002 {
		t.Errorf("without the permission: %v, want 48002", out)
	}
}

func TestWelcomeWindow(t *testing.T) {
	s := newSea(t, Options{})
	in := s.listen(wecom.KindAgent)
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
	code := func(name string) (code, external string) {
		x := s.scan(s.person(name), way["qr_code"].(string)).External
		s.drained()
		e, ok := in.take()[0].EventAddExternalContact()
		if !ok {
			t.Fatal("no event")
		}
		return e.GetWelcomeCode(), x
	}
	send := func(code string) int {
		return s.api(wecom.KindAgent, "externalcontact/send_welcome_msg", object{"welcome_code": code, "text": object{"content": "欢迎"}}).code()
	}
	late, _ := code("甲")
	s.clock.move(21 * time.Second)
	if got := send(late); got != 41050 {
		t.Errorf("after 21 s: %d, want 41050", got)
	}
	chatting, external := code("乙")
	if err := s.corp.Say(external, "alice", "你好"); err != nil {
		t.Fatal(err)
	}
	if got := send(chatting); got != 41051 {
		t.Errorf("after talk began: %d, want 41051", got)
	}
	busy, _ := code("丙")
	s.control("POST", "/control/faults", object{"kind": "errcode", "code": 41096, "path": "externalcontact/send_welcome_msg", "times": 1}, nil)
	if first, second, third := send(busy), send(busy), send(busy); first != 41096 || second != 0 || third != 41051 {
		t.Errorf("codes %d, %d, %d, want 41096, 0, 41051", first, second, third)
	}
}

func TestMassQuota(t *testing.T) {
	s := newSea(t, Options{})
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
	lin := s.scan(s.person("林"), way["qr_code"].(string)).External
	send := func() int {
		m := s.api(wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "text": object{"content": "x"}})
		n, err := s.corp.ConfirmMass(m["msgid"].(string), "alice")
		if err != nil {
			t.Fatal(err)
		}
		result := s.api(wecom.KindAgent, "externalcontact/get_groupmsg_send_result", object{"msgid": m["msgid"], "userid": "alice"})
		one := result["send_list"].([]any)[0].(map[string]any)
		if one["external_userid"] != lin || (one["status"].(float64) == 1) != (n == 1) {
			t.Errorf("result %v, but %d got it", one, n)
		}
		return int(one["status"].(float64))
	}
	for _, rule := range []struct {
		name string
		most int
	}{{wecom.MassDay, 1}, {wecom.MassWeek, 7}, {wecom.MassMonth, 31}} {
		s.clock.move(32 * 24 * time.Hour) // into another month; April has 30 days, May 31, June 30
		if err := s.corp.SetMassRule(rule.name); err != nil {
			t.Fatal(err)
		}
		got := 0
		for send() == 1 {
			got++
		}
		want := rule.most
		if rule.name == wecom.MassMonth {
			now := s.clock.now()
			want = time.Date(now.Year(), now.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		}
		if got != want {
			t.Errorf("rule %s let %d through, want %d", rule.name, got, want)
		}
	}
	m := s.api(wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "text": object{"content": "x"}})
	var codes []int
	for range 4 {
		codes = append(codes, s.api(wecom.KindAgent, "externalcontact/remind_groupmsg_send", object{"msgid": m["msgid"]}).code())
	}
	if !slices.Equal(codes, []int{0, 0, 0, 41094}) {
		t.Errorf("reminders: %v", codes)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/cancel_groupmsg_send", object{"msgid": m["msgid"]}); out.code() != 0 {
		t.Errorf("cancel: %v", out)
	}
	if _, err := s.corp.ConfirmMass(m["msgid"].(string), "alice"); err == nil {
		t.Error("a cancelled message was sent")
	}
}
