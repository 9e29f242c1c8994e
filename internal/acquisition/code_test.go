package acquisition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func (w *world) code(body string) Code {
	w.tb.Helper()
	var c Code
	w.want(201, "POST", "/codes", body, &c)
	return c
}

func TestCodeInput(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		live := w.channel("直播间", "")
		good := `"name":"双十一","account_id":"acc_1","channel_id":"` + live + `","members":[{"staff_id":"stf_1"}]`
		c := w.code(`{` + good + `,"state":"s30_0123456789_0123456789_0123"}`)
		if len(c.State) != 30 || c.Duty.Next.Name != "小鱼" || c.Health != "ok" || c.PageURL == "" {
			t.Fatalf("%+v", c)
		}
		if other := w.code(`{` + good + `}`); len(other.State) > 30 || other.State == c.State {
			t.Errorf("state %q", other.State)
		}
		cases := []struct {
			name, body string
			fields     []string
		}{
			{"a long state", `{` + good + `,"state":"s30_0123456789_0123456789_01234"}`, []string{"body.state", "30"}},
			{"a taken state", `{` + good + `,"state":"` + c.State + `"}`, []string{"body.state"}},
			{"a strange state", `{` + good + `,"state":"a b"}`, []string{"body.state"}},
			{"no account", `{"name":"x","members":[{"staff_id":"stf_1"}]}`, []string{"body.account_id"}},
			{"a foreign account", `{"name":"x","account_id":"acc_2","members":[{"staff_id":"stf_1"}]}`, []string{"body.account_id"}},
			{"no staff", `{"name":"x","account_id":"acc_1"}`, []string{"body.members"}},
			{"unknown, twice", `{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_9"},{"staff_id":"stf_1"},{"staff_id":"stf_1"}],"spare":["stf_8"]}`, []string{"body.members[0].staff_id", "body.members[2].staff_id", "body.spare[0]"}},
			{"a channel there is not", `{"name":"x","account_id":"acc_1","channel_id":"chn_x","members":[{"staff_id":"stf_1"}]}`, []string{"body.channel_id"}},
			{"bad shifts", `{` + good + `,"shifts":[{"from":"9:00","to":"25:00","days":[0]},{"from":"24:00","to":"24:00","staff_ids":["stf_2"]}]}`, []string{"body.shifts[0].from", "body.shifts[0].to", "body.shifts[0].days", "body.shifts[1].from", "body.shifts[1].staff_ids[0]"}},
			{"a variable there is not", `{` + good + `,"remark":"{{phone}}","welcome":[{"parts":[{"kind":"text","text":"{{coupon}}"}]}]}`, []string{"body.remark", "body.welcome[0].parts[0].text", "{{coupon}}"}},
			{"a link to a script", `{` + good + `,"welcome":[{"parts":[{"kind":"link","title":"x","url":"javascript:alert(1)"}]}]}`, []string{"body.welcome[0].parts[0].url"}},
			{"two texts", `{` + good + `,"welcome":[{"parts":[{"kind":"text","text":"a"},{"kind":"text","text":"b"}]}]}`, []string{"body.welcome[0].parts[1]"}},
			{"a mini program without a page", `{` + good + `,"welcome":[{"parts":[{"kind":"mini_program","title":"x","app_id":"wx1"}]}]}`, []string{"body.welcome[0].parts[0].page"}},
			{"a group without chats", `{"name":"x","kind":"group","account_id":"acc_1"}`, []string{"body.chats"}},
			{"a name of blanks", `{` + strings.Replace(good, "双十一", " ", 1) + `}`, []string{"body.name"}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { contains(t, w.want(422, "POST", "/codes", c.body, nil), c.fields...) })
		}
		contains(t, w.want(422, "PATCH", "/codes/"+c.ID, `{"spec":{"members":[]}}`, nil), "body.spec.members")
		w.want(409, "PATCH", "/codes/"+c.ID, `{"name":"x","version":7}`, nil)
		w.want(200, "PATCH", "/codes/"+c.ID, `{"status":"ended","version":1}`, nil)
		contains(t, w.want(422, "PATCH", "/codes/"+c.ID, `{"status":"active"}`, nil), "body.status")
		contains(t, w.want(200, "GET", "/codes?q=双十&limit=1", "", nil), `"total":2`, `"next_cursor":"`)
		contains(t, w.want(200, "GET", "/codes?q=%25", "", nil), `"total":0`)
		for _, path := range []string{"/codes/" + c.ID, "/codes/" + c.ID + "/statistics"} {
			if code, _ := w.do("org_b owner", "GET", path, ""); code != 404 {
				t.Errorf("another org: %s %d", path, code)
			}
		}
		if code, _ := w.do("org_a associate", "POST", "/codes", `{`+good+`}`); code != 403 {
			t.Errorf("an associate: %d", code)
		}
	})
}

func (w *world) refresh() {
	w.tb.Helper()
	w.must(w.svc.RefreshAll(w.ctx()))
}

// pushed is whom the platform leads to, by state.
func (w *world) pushed(c Code) string {
	return fmt.Sprint(w.carrier.ways["cfg_"+c.ID].StaffIDs)
}

func TestThePlatformFollowsTheCode(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d) // Monday noon in Shanghai
		c := w.code(`{"name":"x","account_id":"acc_1","strategy":"least_loaded","members":[{"staff_id":"stf_1","daily_cap":1},{"staff_id":"stf_2"}],
			"shifts":[{"staff_ids":["stf_1"],"from":"09:00","to":"18:00"},{"staff_ids":["stf_2"],"from":"12:30","to":"18:00"}],"spare":["stf_3"]}`)
		w.refresh()
		if got := w.pushed(c); got != "[stf_1]" {
			t.Fatal(got)
		}
		w.refresh()
		if w.carrier.calls != 1 {
			t.Errorf("told %d times what had not changed", w.carrier.calls)
		}
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"qr_url":"https://wework.qpic.cn/cfg_`+c.ID, `"next_change_at":"2026-06-15T04:30:00Z"`)
		// Somebody comes: the first is full, nobody else is on duty yet.
		w.tell(arrived("per_1", w.clock.Now(), acquisitionevent.Arrival{Way: "friend", CodeID: c.ID, StaffID: "stf_1"}))
		w.catchUp()
		if fmt.Sprint(w.later) != fmt.Sprint([]string{c.ID, c.ID}) {
			t.Errorf("asked to look at %v", w.later)
		}
		w.refresh()
		if got := w.pushed(c); got != "[stf_3]" {
			t.Errorf("full: %s", got)
		}
		w.clock.Advance(30 * time.Minute)
		w.refresh()
		if got := w.pushed(c); got != "[stf_2]" {
			t.Errorf("the second shift: %s", got)
		}
		// It fails, is tried again later and not at once, and says so.
		w.clock.Advance(6 * time.Hour)
		w.carrier.fail = errs.Unavailable(i18n.T("平台太忙", "The platform is too busy"), errors.New("boom"))
		calls := w.carrier.calls
		w.refresh()
		w.refresh()
		if w.carrier.calls != calls+1 {
			t.Errorf("%d tries", w.carrier.calls-calls)
		}
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"health":"warning"`, "自动重试")
		said := func(lang i18n.Lang) string {
			got, err := w.svc.Code(i18n.With(w.ctx(), lang), c.ID)
			w.must(err)
			return strings.Join(got.Warnings, "\n")
		}
		if zh, en := said(i18n.ZH), said(i18n.EN); !strings.Contains(zh, "平台太忙") || strings.Contains(zh, "too busy") || !strings.Contains(en, "too busy") || strings.Contains(en, "平台") {
			t.Errorf("what went wrong, in each language: %s\n%s", zh, en)
		}
		w.carrier.fail = nil
		w.clock.Advance(2 * time.Minute)
		w.refresh()
		if got := w.pushed(c); got != "[stf_3]" {
			t.Errorf("off duty: %s", got)
		}
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"qr_url":"https://wework.qpic.cn/cfg_`+c.ID)
		// All leave: the last QR stays, and health is critical.
		for id := range w.staff {
			w.staff[id] = Member{Name: id}
		}
		w.refresh()
		if got := w.pushed(c); got != "[stf_3]" {
			t.Errorf("nobody is left: %s", got)
		}
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"health":"critical"`, "立即更换员工")
		w.want(200, "PATCH", "/codes/"+c.ID, `{"status":"ended"}`, nil)
		w.refresh()
		w.refresh()
		if fmt.Sprint(w.carrier.forgot) != "[cfg_"+c.ID+"]" {
			t.Errorf("forgot %v", w.carrier.forgot)
		}
	})
}

// Two nodes at once tell the platform once.
func TestTwoNodesTellOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.code(`{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_1"},{"staff_id":"stf_2"}]}`)
		slow := &slowCarrier{fakeCarrier: w.carrier, at: make(chan struct{}), go_: make(chan struct{})}
		w.svc.Carrier = slow
		var wg sync.WaitGroup
		wg.Go(func() { w.must(w.svc.RefreshCode(context.Background(), org, c.ID)) })
		<-slow.at // the first is at the platform
		w.svc.Carrier = w.carrier
		w.must(w.svc.RefreshCode(context.Background(), org, c.ID))
		close(slow.go_)
		wg.Wait()
		if w.carrier.calls != 1 || w.pushed(c) != "[stf_1 stf_2]" {
			t.Errorf("%d calls, %s", w.carrier.calls, w.pushed(c))
		}
	})
}

type slowCarrier struct {
	*fakeCarrier
	at, go_ chan struct{}
}

func (s *slowCarrier) PutContactWay(ctx context.Context, org, account string, w ContactWay) (Way, error) {
	close(s.at)
	<-s.go_
	return s.fakeCarrier.PutContactWay(ctx, org, account, w)
}

func TestGroupCodeGoesOnToTheNextChat(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		live := w.channel("福利", "")
		w.carrier.sizes = map[string]int{"g1": 10, "g2": 0}
		c := w.code(`{"name":"福利群","kind":"group","account_id":"acc_1","channel_id":"` + live + `","chats":[{"chat_id":"g1","capacity":100,"qr_url":"https://a.example/g1.png"},{"chat_id":"g2","qr_url":"https://a.example/g2.png"},{"chat_id":"g3"}]}`)
		w.refresh()
		page := func(status int, says string) {
			t.Helper()
			rec := w.browser().do("GET", pathOf(c.PageURL), nil)
			if rec.Code != status {
				t.Errorf("%d, not %d", rec.Code, status)
			}
			contains(t, rec.Body.String(), says)
		}
		page(200, "g1.png")
		// People join by it, until the first is full.
		for i, when := range []string{"2026-06-15 03:10", "2026-06-15 03:50", "2026-06-15 04:00"} {
			w.tell(timeline.Fact{Kind: carrierevent.GroupJoined, PersonID: fmt.Sprint("per_", i), OccurredAt: at(when), Data: carrierevent.Group{AccountID: "acc_1", ChatID: "g1", State: c.State}})
		}
		w.tell(timeline.Fact{Kind: carrierevent.GroupJoined, PersonID: "per_x", Data: carrierevent.Group{AccountID: "acc_1", ChatID: "g1"}}, // invited by somebody
			timeline.Fact{Kind: carrierevent.GroupJoined, Data: carrierevent.Group{AccountID: "acc_1", ChatID: "g1", State: c.State}}) // nobody known
		w.catchUp()
		var stats CodeStatistics
		w.want(200, "GET", "/codes/"+c.ID+"/statistics", "", &stats)
		if stats.Arrivals != 3 || stats.ByHour[11].Arrivals != 2 || stats.ByHour[12].Arrivals != 1 || stats.Views != 1 {
			t.Errorf("%+v", stats)
		}
		contains(t, w.want(200, "GET", "/arrivals?way=group", "", nil), `"total":3`, live)
		if fmt.Sprint(w.later[len(w.later)-1]) != c.ID {
			t.Errorf("who joins has nobody look whether it is full: %v", w.later)
		}
		w.carrier.sizes["g1"] = 100
		w.refresh()
		if got := fmt.Sprint(w.carrier.joins["join_"+c.ID].ChatIDs); got != "[g2 g3]" {
			t.Error(got)
		}
		page(200, "g2.png")
		w.carrier.sizes["g2"] = 300
		page(200, "join_"+c.ID) // without a picture of its own, the platform's
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"health":"warning"`, "最后一个群")
		// All are full: the page says so, and it is told once.
		w.carrier.sizes["g3"] = 180
		page(503, "群都满了")
		w.refresh()
		w.refresh()
		contains(t, w.want(200, "GET", "/codes/"+c.ID, "", nil), `"health":"critical"`, "已满", `"blocked":"full"`)
		contains(t, w.want(200, "GET", "/codes?blocked=true", "", nil), `"total":1`)
		w.want(200, "PATCH", "/codes/"+c.ID, `{"spec":{"chats":[{"chat_id":"g3"},{"chat_id":"g4"}]}}`, nil)
		w.refresh()
		contains(t, w.want(200, "GET", "/codes?blocked=true", "", nil), `"total":0`)
		page(200, "join_"+c.ID)
		if got := fmt.Sprint(w.carrier.joins["join_"+c.ID].ChatIDs); got != "[g4]" {
			t.Error(got)
		}
		if got := w.alerts(); got != "[code.blocked full code.cleared ]" {
			t.Errorf("told: %s", got)
		}
		// It expires: the page says so, and the platform forgets it.
		w.want(200, "PATCH", "/codes/"+c.ID, `{"spec":{"chats":[{"chat_id":"g4"}],"expires_at":"2026-06-16T00:00:00Z"}}`, nil)
		w.refresh()
		w.clock.Advance(24 * time.Hour)
		w.refresh()
		page(410, "已经结束")
		if fmt.Sprint(w.carrier.forgot) != "[group join_"+c.ID+"]" {
			t.Errorf("forgot %v", w.carrier.forgot)
		}
	})
}

// alerts are the events of codes that reach nobody, and do so again.
func (w *world) alerts() string {
	var out []string
	for _, e := range w.events(acquisitionevent.CodeBlocked, acquisitionevent.CodeCleared) {
		var c acquisitionevent.Code
		w.must(json.Unmarshal(e.Data, &c))
		out = append(out, e.Kind, c.Reason)
	}
	return fmt.Sprint(out)
}

// A code whose staff have all left says so on its page, in the list and once in
// the log; spare staff, or anybody new, end it.
func TestAllStaffHaveLeft(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.code(`{"name":"x","mode":"page","account_id":"acc_1","members":[{"staff_id":"stf_1"}]}`)
		w.refresh()
		w.staff["stf_1"] = Member{Name: "小鱼"}
		w.refresh()
		w.refresh()
		contains(t, w.want(200, "GET", "/codes?blocked=true", "", nil), `"total":1`, `"blocked":"left"`, "立即更换员工")
		if rec := w.browser().do("GET", pathOf(c.PageURL), nil); rec.Code != 503 || !strings.Contains(rec.Body.String(), "没有人接待") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		w.want(200, "PATCH", "/codes/"+c.ID, `{"spec":{"members":[{"staff_id":"stf_1"}],"spare":["stf_2"]}}`, nil)
		w.refresh()
		if got := w.alerts(); got != "[code.blocked left code.cleared ]" {
			t.Errorf("told: %s", got)
		}
	})
}

func TestGreet(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		live := w.channel("直播间", w.channel("618", w.channel("抖音", "")))
		c := w.code(`{"name":"x","account_id":"acc_1","state":"live","channel_id":"` + live + `","members":[{"staff_id":"stf_1"}],"tags":["直播"],"remark":"{{name}}-{{channel}}",
			"welcome":[{"from":"22:00","to":"08:00","parts":[{"kind":"text","text":"夜里好，{{name}}"}]},{"parts":[{"kind":"text","text":"{{name}}你好，我是{{org}}的{{staff}}"},{"kind":"link","title":"逛逛","url":"https://a.example/x"}]}]}`)
		greet := func(state, name, when string) (g Greeting) {
			w.must(d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
				g, err = w.svc.Greet(t.Context(), tx, org, Newcomer{State: state, PersonName: name, StaffName: "小鱼", At: at(when)})
				return err
			}))
			return g
		}
		g := greet("live", "张三{{staff}}\n一个非常非常非常长的名字", "2026-06-15 04:00")
		if g.ChannelID != live || g.EntranceID != live || g.CodeID != c.ID || g.Tags[0] != "直播" || len(g.Welcome) != 2 {
			t.Fatalf("%+v", g)
		}
		if g.Welcome[0].Text != "张三{{staff}} 一个非常非常非常长的名字你好，我是鱼塘的小鱼" || g.Remark != "张三{{staff}} 一个非常非常非常" {
			t.Errorf("%q %q", g.Welcome[0].Text, g.Remark)
		}
		if g := greet("live", "李四", "2026-06-15 15:00"); len(g.Welcome) != 1 || g.Welcome[0].Text != "夜里好，李四" { // 23:00 in Shanghai
			t.Errorf("%+v", g.Welcome)
		}
		if g := greet("unknown", "李四", "2026-06-15 15:00"); g.CodeID != "" || g.Welcome != nil {
			t.Errorf("%+v", g)
		}
	})
}

func TestCodeStatistics(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.zone = zoneOf("Asia/Kolkata") // half an hour off
		c := w.code(`{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_1"}]}`)
		for i, when := range []string{"2026-06-14 18:29", "2026-06-14 18:30", "2026-06-14 19:29", "2026-06-14 19:31"} {
			w.tell(arrived(fmt.Sprint("per_", i), at(when), acquisitionevent.Arrival{Way: "friend", CodeID: c.ID, StaffID: []string{"stf_1", "stf_2"}[i%2]}))
		}
		w.catchUp()
		var s CodeStatistics
		text := w.want(200, "GET", "/codes/"+c.ID+"/statistics?from=2026-06-14&to=2026-06-15", "", &s)
		if s.Arrivals != 4 || s.ByHour[23].Arrivals != 1 || s.ByHour[0].Arrivals != 2 || s.ByHour[1].Arrivals != 1 || len(s.ByDay) != 2 || s.ByDay[1].Arrivals != 3 || s.ByStaff[0].Arrivals != 2 || s.ByStaff[0].Hours[23] != 1 {
			t.Errorf("%s", text)
		}
		if code, body := w.do("org_a associate", "GET", "/codes/"+c.ID+"/statistics", ""); code != 200 || !strings.Contains(body, `"arrivals":2,`) {
			t.Errorf("an associate: %d %s", code, body)
		}
		w.want(422, "GET", "/codes/"+c.ID+"/statistics?from=2020-01-01", "", nil)
		if b, err := json.Marshal(s.ByDay); err != nil || !strings.HasPrefix(string(b), `[{"day":"2026-06-14","arrivals":1}`) {
			t.Errorf("%s %v", b, err)
		}
	})
}
