package inbox

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

func TestQuickReplies(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		add := func(as, rest, title, text string) (q QuickReply) {
			t.Helper()
			w.want(as, 201, "POST", "/inbox/quick-replies", fmt.Sprintf(`{%s,"title":%q,"parts":[{"kind":"text","text":%q}]}`, rest, title, text), &q)
			return q
		}
		fish, sea := org+" associate stf_1", org+" associate stf_2"
		welcome := add(boss, `"scope":"org","folder":"开场"`, "欢迎光临", "{{person.name}}您好，我是{{staff.name}}，{{date}}")
		add(boss, `"scope":"org"`, "退款流程 VIP", "请提供订单号")
		own := add(fish, `"scope":"personal"`, "我的话术", "亲")
		team := add(boss, `"scope":"team","account_id":"acc_oa"`, "公众号专用", "x")
		find := func(as, q string) string {
			t.Helper()
			var l httpx.List[QuickReply]
			w.want(as, 200, "GET", "/inbox/quick-replies?q="+url.QueryEscape(q), "", &l)
			var out []string
			for _, i := range l.Items {
				out = append(out, i.Title)
			}
			return strings.Join(out, ",")
		}
		for q, want := range map[string]string{"hygl": "欢迎光临", "huanying": "欢迎光临", "Huan Ying": "欢迎光临", "欢迎": "欢迎光临", "tk": "退款流程 VIP", "vip": "退款流程 VIP", "订单号": "退款流程 VIP", "wdhs": "我的话术", "zzz": "", "开场": "欢迎光临"} {
			if got := find(fish, q); got != want {
				t.Errorf("%s: %s, not %s", q, got, want)
			}
		}
		if got := find(sea, "wdhs"); got != "" {
			t.Errorf("somebody else's own: %s", got)
		}
		w.desk("acc_oa", `{"strategy":"off","members":["stf_1"]}`)
		if find(fish, "gzh") == "" || find(sea, "gzh") != "" || find("org_b owner stf_1", "") != "" {
			t.Error("whose desk it is")
		}
		id := w.hear("per_1", "acc_web", "v1", "x")
		if text := w.want(fish, 200, "POST", "/inbox/quick-replies/"+welcome.ID+"/use", `{"conversation_id":"`+id+`"}`, nil); !strings.Contains(text, "客户 per_1您好，我是小鱼，2026-06-15") {
			t.Error(text)
		}
		if got := find(fish, ""); !strings.HasPrefix(got, "欢迎光临") { // what is used comes first
			t.Error(got)
		}
		body := `{"scope":"org","title":"x","parts":[{"kind":"text","text":"x"}]}`
		for _, try := range []struct {
			as     string
			status int
			id     string
		}{{sea, 403, welcome.ID}, {sea, 403, own.ID}, {"org_b owner stf_1", 404, welcome.ID}, {boss, 200, welcome.ID}} {
			w.want(try.as, try.status, "PUT", "/inbox/quick-replies/"+try.id, body, nil)
		}
		w.want(sea, 404, "PUT", "/inbox/quick-replies/"+own.ID, strings.Replace(body, "org", "personal", 1), nil)
		w.want(sea, 404, "DELETE", "/inbox/quick-replies/"+own.ID, "", nil)
		w.want(sea, 404, "POST", "/inbox/quick-replies/"+own.ID+"/use", `{"conversation_id":"`+id+`"}`, nil)
		w.want(sea, 404, "POST", "/inbox/quick-replies/"+team.ID+"/use", `{"conversation_id":"`+id+`"}`, nil)
		w.want("org_b owner stf_1", 404, "POST", "/inbox/quick-replies/"+welcome.ID+"/use", `{"conversation_id":"`+id+`"}`, nil)
		w.want(sea, 403, "DELETE", "/inbox/quick-replies/"+team.ID, "", nil)
		w.want(fish, 204, "DELETE", "/inbox/quick-replies/"+own.ID, "", nil)
		for _, bad := range []string{`{"scope":"team","title":"x","parts":[{"kind":"text","text":"x"}]}`, `{"scope":"org","title":" ","parts":[{"kind":"text","text":"x"}]}`, `{"scope":"org","title":"x","parts":[]}`} {
			w.want(boss, 422, "POST", "/inbox/quick-replies", bad, nil)
		}
	})
}
