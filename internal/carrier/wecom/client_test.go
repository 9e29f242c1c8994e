package wecom_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/errs"
)

type fixed string

func (f fixed) Token(context.Context, string) (string, error) { return string(f), nil }

// line answers every call with the same JSON and notes what was asked.
type line struct {
	*httptest.Server
	answer string
	asked  string
}

func newLine(t *testing.T) *line {
	l := &line{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		q := r.URL.Query()
		if q.Get("access_token") != "tok" && r.URL.Path != "/gettoken" {
			t.Errorf("%s without the token", r.URL)
		}
		q.Del("access_token")
		l.asked = strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.Path, "/") + " " + q.Encode() + string(body))
		_, _ = io.WriteString(w, l.answer)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *line) options() wire.Options {
	return wire.Options{Base: l.URL, HTTP: l.Client(), Tokens: fixed("tok")}
}

// TestCalls: each call asks what the platform documents and reads what it answers.
func TestCalls(t *testing.T) {
	l := newLine(t)
	c := wecom.New(l.options())
	note := "VIP"
	for _, k := range []struct {
		asks, answer, gives string
		call                func(ctx context.Context) (any, error)
	}{
		{"GET gettoken corpid=ww&corpsecret=s", `{"access_token":"a","expires_in":7200}`, "a 2h0m0s", func(ctx context.Context) (any, error) {
			token, lives, err := wecom.Fetch(l.options(), "ww", "s")(ctx)
			return fmt.Sprint(token, " ", lives), err
		}},
		{"GET get_jsapi_ticket", `{"ticket":"k","expires_in":60}`, "k 1m0s", func(ctx context.Context) (any, error) {
			k, lives, err := c.JSTicket(ctx)
			return fmt.Sprint(k, " ", lives), err
		}},
		{"GET user/get userid=li", `{"userid":"li","name":"Li","status":1,"department":[1]}`, "{li Li     1 [1]}", func(ctx context.Context) (any, error) { return c.Member(ctx, "li") }},
		{"GET user/list department_id=1&fetch_child=1", `{"userlist":[{"userid":"li"}]}`, "[{li      0 []}]", func(ctx context.Context) (any, error) { return c.MemberList(ctx, 1, true) }},
		{"GET user/simplelist department_id=2", `{"userlist":[]}`, "[]", func(ctx context.Context) (any, error) { return c.MemberNames(ctx, 2, false) }},
		{"GET department/list", `{"department":[{"id":2,"name":"Shop","parentid":1}]}`, "[{2 Shop 1}]", func(ctx context.Context) (any, error) { return c.Departments(ctx) }},
		{"GET auth/getuserinfo code=c", `{"userid":"li"}`, "{li  }", func(ctx context.Context) (any, error) { return c.Visitor(ctx, "c") }},
		{`POST idconvert/unionid_to_external_userid {"openid":"o","subject_type":0,"unionid":"u"}`, `{"external_userid":"wm1"}`, "wm1", func(ctx context.Context) (any, error) { return c.ExternalFromUnionID(ctx, "u", "o") }},
		{"GET externalcontact/get_follow_user_list", `{"follow_user":["li"]}`, "[li]", func(ctx context.Context) (any, error) { return c.Followers(ctx) }},
		{"GET externalcontact/list userid=li", `{"external_userid":["wm1"]}`, "[wm1]", func(ctx context.Context) (any, error) { return c.CustomersOf(ctx, "li") }},
		{"GET externalcontact/get cursor=&external_userid=wm1", `{"external_contact":{"external_userid":"wm1","name":"Ann","unionid":"u","gender":2},"follow_user":[{"userid":"li","tags":[{"tag_id":"et1","type":1},{"tag_name":"own","type":2}],"state":"s","createtime":9}]}`,
			"Ann u 2 [et1] s 9", func(ctx context.Context) (any, error) {
				who, ties, err := c.Customer(ctx, "wm1")
				if err != nil {
					return nil, err
				}
				return fmt.Sprint(who.Name, " ", who.UnionID, " ", who.Gender, " ", ties[0].CorpTags(), " ", ties[0].State, " ", ties[0].CreatedAt), err
			}},
		{`POST externalcontact/batch/get_by_user {"cursor":"c","limit":100,"userid_list":["li"]}`, `{"external_contact_list":[{"external_contact":{"external_userid":"wm1"},"follow_info":{"userid":"li","tag_id":["et1"]}}],"next_cursor":"d"}`, "wm1 [et1] d", func(ctx context.Context) (any, error) {
			page, next, err := c.CustomerPage(ctx, []string{"li"}, "c")
			if err != nil {
				return nil, err
			}
			return fmt.Sprint(page[0].External.ID, " ", page[0].Follow.CorpTags(), " ", next), err
		}},
		{`POST externalcontact/remark {"userid":"li","external_userid":"wm1","remark":"VIP"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.Remark(ctx, wecom.Remark{UserID: "li", ExternalID: "wm1", Remark: &note})
		}},
		{`POST externalcontact/mark_tag {"add_tag":["a"],"external_userid":"wm1","userid":"li"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.MarkTags(ctx, "li", "wm1", []string{"a"}, nil)
		}},
		{`POST externalcontact/get_corp_tag_list {}`, `{"tag_group":[{"group_id":"g","group_name":"G","tag":[{"id":"t","name":"T"}]}]}`, "[{g G 0 false [{t T 0 0 false}]}]", func(ctx context.Context) (any, error) { return c.Tags(ctx) }},
		{`POST externalcontact/add_corp_tag {"group_name":"G","tag":[{"name":"T"}]}`, `{"tag_group":{"group_id":"g","tag":[{"id":"t"}]}}`, "{g  0 false [{t  0 0 false}]}", func(ctx context.Context) (any, error) {
			return c.AddTags(ctx, wecom.TagGroup{Name: "G", Tags: []wecom.Tag{{Name: "T"}}})
		}},
		{`POST externalcontact/edit_corp_tag {"id":"t","name":"U"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) { return nil, c.RenameTag(ctx, "t", "U") }},
		{`POST externalcontact/del_corp_tag {"tag_id":["t"]}`, `{}`, "<nil>", func(ctx context.Context) (any, error) { return nil, c.DeleteTags(ctx, []string{"t"}, nil) }},
		{`POST externalcontact/add_contact_way {"type":2,"scene":2,"skip_verify":true,"state":"cod_1","user":["li","wu"]}`, `{"config_id":"w","qr_code":"https://q"}`, "w https://q", func(ctx context.Context) (any, error) {
			id, qr, err := c.AddContactWay(ctx, wecom.ContactWay{Type: 2, Scene: 2, SkipVerify: true, State: "cod_1", User: []string{"li", "wu"}})
			return id + " " + qr, err
		}},
		{`POST externalcontact/get_contact_way {"config_id":"w"}`, `{"contact_way":{"config_id":"w","user":["li"]}}`, "[li]", func(ctx context.Context) (any, error) {
			w, err := c.ContactWay(ctx, "w")
			return w.User, err
		}},
		{`POST externalcontact/update_contact_way {"config_id":"w","skip_verify":false,"user":["wu"]}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.UpdateContactWay(ctx, wecom.ContactWay{ConfigID: "w", Type: 1, Scene: 2, User: []string{"wu"}})
		}},
		{`POST externalcontact/del_contact_way {"config_id":"w"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) { return nil, c.DeleteContactWay(ctx, "w") }},
		{`POST externalcontact/list_contact_way {"cursor":"","end_time":2,"limit":1000,"start_time":1}`, `{"contact_way":[{"config_id":"w"}],"next_cursor":"n"}`, "[w] n", func(ctx context.Context) (any, error) {
			ids, next, err := c.ContactWays(ctx, 1, 2, "")
			return fmt.Sprint(ids, " ", next), err
		}},
		{`POST externalcontact/customer_acquisition/create_link {"link_name":"L","range":{"user_list":["li"]},"skip_verify":true}`, `{"link":{"link_id":"k","url":"https://k"}}`, "k https://k L", func(ctx context.Context) (any, error) {
			k, err := c.AddLink(ctx, wecom.Link{Name: "L", Range: wecom.LinkRange{Users: []string{"li"}}, SkipVerify: true})
			return k.ID + " " + k.URL + " " + k.Name, err
		}},
		{`POST externalcontact/customer_acquisition/update_link {"link_id":"k","range":{"department_list":[3]},"skip_verify":false}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.UpdateLink(ctx, wecom.Link{ID: "k", Range: wecom.LinkRange{Departments: []int64{3}}})
		}},
		{`POST externalcontact/customer_acquisition/delete_link {"link_id":"k"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) { return nil, c.DeleteLink(ctx, "k") }},
		{`POST externalcontact/customer_acquisition/list_link {"cursor":"","limit":100}`, `{"link_id_list":["k"]}`, "[k] ", func(ctx context.Context) (any, error) {
			ids, next, err := c.Links(ctx, "")
			return fmt.Sprint(ids, " ", next), err
		}},
		{`POST externalcontact/customer_acquisition/customer {"cursor":"","limit":1000,"link_id":"k"}`, `{"customer_list":[{"external_userid":"wm1","userid":"li","chat_status":1,"state":"s"}]}`, "[{wm1 li 1 s}] ", func(ctx context.Context) (any, error) {
			list, next, err := c.LinkCustomers(ctx, "k", "")
			return fmt.Sprint(list, " ", next), err
		}},
		{`POST externalcontact/customer_acquisition/statistic {"end_time":2,"link_id":"k","start_time":1}`, `{"click_link_customer_cnt":5,"new_customer_cnt":2}`, "5 2", func(ctx context.Context) (any, error) {
			clicks, added, err := c.LinkStatistic(ctx, "k", 1, 2)
			return fmt.Sprint(clicks, " ", added), err
		}},
		{`POST externalcontact/groupchat/list {"cursor":"","limit":100,"owner_filter":{"userid_list":["li"]},"status_filter":0}`, `{"group_chat_list":[{"chat_id":"wr1"}],"next_cursor":"n"}`, "[wr1] n", func(ctx context.Context) (any, error) {
			ids, next, err := c.Groups(ctx, []string{"li"}, "")
			return fmt.Sprint(ids, " ", next), err
		}},
		{`POST externalcontact/groupchat/get {"chat_id":"wr1","need_name":1}`, `{"group_chat":{"chat_id":"wr1","name":"G","owner":"li","member_list":[{"userid":"wm1","type":2,"join_time":3,"state":"s"}]}}`, "{wr1 G li 0  [{wm1 2  3 0 s }]}", func(ctx context.Context) (any, error) { return c.Group(ctx, "wr1") }},
		{`POST externalcontact/groupchat/transfer {"chat_id_list":["wr1"],"new_owner":"wu"}`, `{"failed_chat_list":[{"chat_id":"wr1","errcode":90500,"errmsg":"no"}]}`, "[{wr1 90500 no}]", func(ctx context.Context) (any, error) { return c.TransferGroups(ctx, []string{"wr1"}, "wu") }},
		{`POST externalcontact/groupchat/add_join_way {"scene":2,"auto_create_room":1,"chat_id_list":["wr1"]}`, `{"config_id":"j"}`, "j", func(ctx context.Context) (any, error) {
			return c.AddJoinWay(ctx, wecom.JoinWay{Scene: 2, AutoCreate: 1, Groups: []string{"wr1"}})
		}},
		{`POST externalcontact/groupchat/get_join_way {"config_id":"j"}`, `{"join_way":{"config_id":"j","qr_code":"https://j"}}`, "https://j", func(ctx context.Context) (any, error) {
			w, err := c.JoinWay(ctx, "j")
			return w.QRCode, err
		}},
		{`POST externalcontact/groupchat/update_join_way {"config_id":"j","scene":2,"auto_create_room":0,"chat_id_list":["wr2"]}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.UpdateJoinWay(ctx, wecom.JoinWay{ConfigID: "j", Scene: 2, Groups: []string{"wr2"}})
		}},
		{`POST externalcontact/groupchat/del_join_way {"config_id":"j"}`, `{}`, "<nil>", func(ctx context.Context) (any, error) { return nil, c.DeleteJoinWay(ctx, "j") }},
		{`POST externalcontact/send_welcome_msg {"welcome_code":"W","text":{"content":"Hi <3"},"attachments":[{"msgtype":"link","link":{"title":"T","url":"https://t"}}]}`, `{}`, "<nil>", func(ctx context.Context) (any, error) {
			return nil, c.SendWelcome(ctx, "W", wecom.Message{Text: &wecom.Text{Content: "Hi <3"}, Attachments: []wecom.Attachment{{MsgType: "link", Link: &wecom.Article{Title: "T", URL: "https://t"}}}})
		}},
		{`POST externalcontact/transfer_customer {"external_userid":["wm1"],"handover_userid":"li","takeover_userid":"wu","transfer_success_msg":"bye"}`, `{"customer":[{"external_userid":"wm1","errcode":40128}]}`, "[{wm1 40128 0 0}]", func(ctx context.Context) (any, error) {
			return c.Transfer(ctx, "li", "wu", []string{"wm1"}, "bye")
		}},
		{`POST externalcontact/transfer_result {"cursor":"","handover_userid":"li","takeover_userid":"wu"}`, `{"customer":[{"external_userid":"wm1","status":1,"takeover_time":7}],"next_cursor":"n"}`, "[{wm1 0 1 7}] n", func(ctx context.Context) (any, error) {
			list, next, err := c.TransferResult(ctx, false, "li", "wu", "")
			return fmt.Sprint(list, " ", next), err
		}},
		{`POST externalcontact/resigned/transfer_customer {"external_userid":["wm1"],"handover_userid":"li","takeover_userid":"wu"}`, `{"customer":[]}`, "[]", func(ctx context.Context) (any, error) {
			return c.TransferResigned(ctx, "li", "wu", []string{"wm1"})
		}},
		{`POST externalcontact/resigned/transfer_result {"cursor":"c","handover_userid":"li","takeover_userid":"wu"}`, `{}`, "[] ", func(ctx context.Context) (any, error) {
			list, next, err := c.TransferResult(ctx, true, "li", "wu", "c")
			return fmt.Sprint(list, " ", next), err
		}},
		{`POST externalcontact/get_unassigned_list {"cursor":"","page_size":1000}`, `{"info":[{"handover_userid":"li","external_userid":"wm1","dimission_time":4}],"is_last":true}`, "[{li wm1 4}] ", func(ctx context.Context) (any, error) {
			list, next, err := c.Unassigned(ctx, "")
			return fmt.Sprint(list, " ", next), err
		}},
	} {
		t.Run(strings.Fields(k.asks)[1], func(t *testing.T) {
			l.answer = k.answer
			got, err := k.call(t.Context())
			if err != nil || fmt.Sprint(got) != k.gives || l.asked != k.asks {
				t.Errorf("asked %s\nwant  %s\ngave %v, %v\nwant %s", l.asked, k.asks, got, err, k.gives)
			}
			l.answer = `{"errcode":48002,"errmsg":"api forbidden"}`
			if _, err := k.call(t.Context()); wire.Code(err) != 48002 || wire.KindOf(err) != wire.Operator || !errs.Is(wire.Show(err), errs.CodeConflict) {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestUpload(t *testing.T) {
	l := newLine(t)
	l.answer = `{"media_id":"m1"}`
	id, err := wecom.New(l.options()).Upload(t.Context(), "image", "a.png", "image/png", []byte("x"))
	if err != nil || id != "m1" || !strings.HasPrefix(l.asked, "POST media/upload type=image") {
		t.Errorf("%s %v %s", id, err, l.asked)
	}
}

// TestCodesSayWhatToDo: every code that people may be shown has words in both
// languages; only those that are handled silently have none.
func TestCodesSayWhatToDo(t *testing.T) {
	for code, r := range wecom.Rules {
		if r.Kind != wire.Token && (r.Text.ZH == "" || r.Text.EN == "") {
			t.Errorf("%d has no words", code)
		}
	}
}

// The platform's own example.
func TestSignPage(t *testing.T) {
	got := wecom.SignPage("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg", "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
	if got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Error(got)
	}
}
