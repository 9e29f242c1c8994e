package acquisition

import (
	"testing"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// A code that leads to customer service opens the chat, and who enters by it is
// credited to its channel.
func TestServiceCode(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		menu := w.channel("公众号菜单", "")
		for name, c := range map[string]struct{ body, field string }{
			"no account":         {`{"name":"x","kind":"service"}`, "body.account_id"},
			"an account of chat": {`{"name":"x","kind":"service","account_id":"acc_1"}`, "body.account_id"},
			"a page":             {`{"name":"x","kind":"service","account_id":"acc_kf","mode":"page"}`, "body.mode"},
			"staff":              {`{"name":"x","kind":"service","account_id":"acc_kf","members":[{"staff_id":"stf_1"}]}`, "body.members"},
			"a reward":           {`{"name":"x","kind":"service","account_id":"acc_kf","reward_id":"rwd_x"}`, "body.reward_id"},
		} {
			t.Run(name, func(t *testing.T) { contains(t, w.want(422, "POST", "/codes", c.body, nil), c.field) })
		}
		c := w.code(`{"name":"菜单","kind":"service","account_id":"acc_kf","channel_id":"` + menu + `","tags":["咨询"]}`)
		if c.Duty != nil || c.Health != "ok" || c.LinkURL != "" {
			t.Errorf("%+v", c)
		}
		page := pathOf(c.PageURL)
		if rec := w.browser().do("GET", page, nil); rec.Code != 503 {
			t.Errorf("before the platform knows: %d %s", rec.Code, rec.Body)
		}
		w.must(w.svc.RefreshCode(w.ctx(), org, c.ID))
		var now Code
		w.want(200, "GET", "/codes/"+c.ID, "", &now)
		address := "https://work.weixin.example/kfid/acc_kf?enc_scene=E&scene_param=" + c.State
		if now.LinkURL != address || now.QRURL != "" || now.Target != c.PageURL {
			t.Errorf("%+v", now)
		}
		if rec := w.browser().do("GET", page, nil); rec.Code != 302 || rec.Header().Get("Location") != address || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", rec.Code, rec.Header())
		}
		calls := w.carrier.calls
		w.must(w.svc.RefreshAll(w.ctx()))
		if w.carrier.calls != calls {
			t.Error("the platform is asked again for what it has said")
		}

		w.tell(timeline.Fact{Kind: carrierevent.FriendAdded, PersonID: "per_1", OccurredAt: w.svc.now(), Data: carrierevent.Friend{AccountID: "acc_kf", ExternalID: "wm1", State: c.State}})
		w.catchUp()
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"today":1`)
		contains(t, w.want(200, "GET", "/arrivals", "", nil), `"channel_id":"`+menu+`"`, `"code_id":"`+c.ID+`"`)

		w.want(200, "PATCH", "/codes/"+c.ID, `{"status":"ended"}`, nil)
		w.must(w.svc.RefreshCode(w.ctx(), org, c.ID))
		if rec := w.browser().do("GET", page, nil); rec.Code != 410 {
			t.Errorf("after its end: %d", rec.Code)
		}
		if len(w.carrier.forgot) != 0 {
			t.Errorf("a link was asked to be taken away: %q", w.carrier.forgot)
		}
	})
}
