package acquisition

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// browser opens pages and keeps cookies.
type browser struct {
	w       *world
	cookies map[string]string
	lang    string
	headers map[string]string
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]string{}, headers: map[string]string{"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0.54"}}
}

func (b *browser) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept-Language", b.lang)
	for k, v := range b.headers {
		req.Header.Set(k, v)
	}
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	b.w.svc.Pages().ServeHTTP(rec, req)
	for _, c := range rec.Result().Cookies() {
		b.cookies[c.Name] = c.Value
	}
	if n := rec.Body.Len(); n > 50_000 || strings.Contains(rec.Body.String(), "<script") {
		b.w.tb.Errorf("%s: %d bytes, or a script", path, n)
	}
	return rec
}

func pathOf(address string) string { return strings.TrimPrefix(address, "https://pond.example") }

func TestLinkPage(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		live := w.channel("直播间", w.channel("618", w.channel("抖音", "")))
		var l Link
		w.want(201, "POST", "/links", `{"name":"主页","target":"https://shop.example/p?id=1#top","params":{"utm_source":"douyin"},"channel_id":"`+live+`"}`, &l)
		for _, target := range []string{"javascript:alert(1)", "//evil.example", "/x", "https://", "https://a:b@evil.example/", "ftp://a/x", "https://a.example\\@evil.example/", "data:text/html,x"} {
			b, _ := json.Marshal(target)
			contains(t, w.want(422, "POST", "/links", `{"name":"x","target":`+string(b)+`}`, nil), "body.target")
		}
		b := w.browser()
		rec := b.do("GET", pathOf(l.URL)+"?x=2&id=9&utm_source=evil", nil)
		to, err := url.Parse(rec.Header().Get("Location"))
		w.must(err)
		if q := to.Query(); rec.Code != 302 || to.Host != "shop.example" || to.Path != "/p" || to.Fragment != "top" || q.Get("id") != "1" || q.Get("x") != "2" || q.Get("utm_source") != "douyin" {
			t.Fatalf("%d %s", rec.Code, to)
		}
		if rec.Header().Get("Set-Cookie") == "" || !strings.Contains(rec.Header().Get("Set-Cookie"), "HttpOnly; Secure; SameSite=Lax") {
			t.Errorf("cookie %q", rec.Header().Get("Set-Cookie"))
		}
		b.do("GET", pathOf(l.URL), nil)
		w.browser().do("HEAD", pathOf(l.URL), nil)
		shy := w.browser()
		shy.headers["DNT"] = "1"
		if shy.do("GET", pathOf(l.URL), nil); len(shy.cookies) != 0 {
			t.Error("who asked not to be followed got a cookie")
		}
		contains(t, w.want(200, "GET", "/links", "", nil), `"views":3`)
		// The pool learns whose cookie that is: the visits become arrivals, once.
		known := timeline.Fact{Kind: poolevent.IdentityAdded, PersonID: "per_1", Data: poolevent.Identity{Kind: "cookie", Value: b.cookies[visitorCookie]}}
		w.tell(known)
		w.tell(known)
		w.catchUp()
		b.do("GET", pathOf(l.URL), nil)
		w.catchUp()
		var page LivePage
		w.want(200, "GET", "/arrivals?link_id="+l.ID, "", &page)
		if len(page.Items) != 3 || page.Items[0].ThingName != "主页" || page.Items[0].EntranceID != live || page.Items[0].PersonID != "per_1" {
			t.Errorf("%+v", page.Items)
		}
		w.want(200, "PATCH", "/links/"+l.ID, `{"status":"ended"}`, nil)
		if rec := b.do("GET", pathOf(l.URL), nil); rec.Code != 410 || rec.Header().Get("Location") != "" {
			t.Errorf("ended: %d", rec.Code)
		}
		for _, path := range []string{"/l/aaaaaaaaaaaaaaaa", "/l/x", "/q/aaaaaaaaaaaaaaaa", "/f/aaaaaaaaaaaaaaaa", "/c/aaaaaaaaaaaaaaaa", "/l/%00aaaaaaaaaaaaaaa"} {
			if rec := b.do("GET", path, nil); rec.Code != 404 {
				t.Errorf("%s: %d", path, rec.Code)
			}
		}
		if code, _ := w.do("org_b owner", "PATCH", "/links/"+l.ID, `{"name":"x"}`); code != 404 {
			t.Errorf("another org: %d", code)
		}
	})
}

// Whatever a request says, it leads to the stored host and path.
func TestNoOpenRedirect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &link{target: rapid.SampledFrom([]string{"https://shop.example/a?next=/b", "http://shop.example", "https://shop.example:8443/#x"}).Draw(t, "target"), params: "utm_source=a"}
		stored, err := url.Parse(l.target)
		if err != nil {
			t.Fatal(err)
		}
		asked := url.Values{}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			asked.Add(rapid.String().Draw(t, "k"), rapid.SampledFrom([]string{"https://evil.example", "//evil.example", "\r\nLocation: x", rapid.String().Draw(t, "v")}).Draw(t, "value"))
		}
		asked.Set("next", "https://evil.example")
		got := l.destination(asked)
		to, err := url.Parse(got)
		if err != nil || to.Scheme != stored.Scheme || to.Host != stored.Host || to.Path != stored.Path || strings.ContainsAny(got, "\r\n") {
			t.Fatalf("%s leads to %s", l.target, got)
		}
		if stored.Query().Has("next") && to.Query().Get("next") != "/b" {
			t.Fatalf("a stored parameter was changed: %s", got)
		}
	})
}

func TestCodePage(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.code(`{"name":"x","mode":"page","account_id":"acc_1","members":[{"staff_id":"stf_1"},{"staff_id":"stf_2"}]}`)
		if rec := w.browser().do("GET", pathOf(c.PageURL), nil); rec.Code != 503 || !strings.Contains(rec.Body.String(), "正在准备") {
			t.Errorf("before the platform knows it: %d", rec.Code)
		}
		w.refresh()
		var seen []string
		var first *browser
		for i := range 3 {
			b := w.browser()
			if i == 0 {
				first = b
			}
			body := b.do("GET", pathOf(c.PageURL), nil).Body.String()
			seen = append(seen, regexp.MustCompile(`stf_\d`).FindString(body))
		}
		if fmt.Sprint(seen) != "[stf_1 stf_2 stf_1]" {
			t.Errorf("by turns: %v", seen)
		}
		if body := first.do("GET", pathOf(c.PageURL), nil).Body.String(); !strings.Contains(body, "cfg_"+c.ID+"/stf_1") || !strings.Contains(body, "小鱼") {
			t.Errorf("who comes back is shown somebody else: %s", body)
		}
		en := w.browser()
		en.lang = "en"
		contains(t, en.do("GET", pathOf(c.PageURL), nil).Body.String(), `lang="en"`, "Hold the picture")
		w.want(200, "PATCH", "/codes/"+c.ID, `{"status":"paused"}`, nil)
		contains(t, w.browser().do("GET", pathOf(c.PageURL), nil).Body.String(), "暂停接待")
		w.want(200, "PATCH", "/codes/"+c.ID, `{"status":"ended"}`, nil)
		if rec := w.browser().do("GET", pathOf(c.PageURL), nil); rec.Code != 410 {
			t.Errorf("ended: %d", rec.Code)
		}
	})
}

func TestFormPage(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		flyer := w.channel("传单", "")
		var f Form
		w.want(201, "POST", "/forms", `{"name":"传单","channel_id":"`+flyer+`","spec":{"title":"<b>抽奖</b>","consent":"同意接收优惠信息","thanks":"谢谢"}}`, &f)
		contains(t, w.want(422, "POST", "/forms", `{"name":"x","spec":{"title":"x","consent":" "}}`, nil), "body.spec.consent")
		b := w.browser()
		body := b.do("GET", pathOf(f.URL), nil).Body.String()
		contains(t, body, "&lt;b&gt;抽奖", `type="checkbox"`)
		if strings.Contains(body, "checked") {
			t.Error("the consent is ticked beforehand")
		}
		token := regexp.MustCompile(`name="token" value="([a-z2-9]+)"`).FindStringSubmatch(body)[1]
		fill := func(name, phone, consent string) url.Values {
			return url.Values{"name": {name}, "phone": {phone}, "consent": {consent}, "token": {token}}
		}
		for _, c := range []struct {
			form url.Values
			want string
		}{{fill("张三", "13800000000", ""), "未同意"}, {fill("", "13800000000", "yes"), "称呼"}, {fill("张三", "", "yes"), "手机号"}, {fill(`"><script>`, "call me", "yes"), "手机号不正确"}} {
			rec := b.do("POST", pathOf(f.URL), c.form)
			if rec.Code != 422 {
				t.Fatalf("%v: %d", c.form, rec.Code)
			}
			contains(t, rec.Body.String(), c.want)
		}
		if n := len(w.events(acquisitionevent.Arrived)); n != 0 || len(w.people) != 0 {
			t.Fatalf("%d arrivals and %d people of forms that were refused", n, len(w.people))
		}
		for range 2 { // sent twice
			rec := b.do("POST", pathOf(f.URL), fill("张三", "13800000000", "yes"))
			contains(t, rec.Body.String(), "提交成功", "谢谢")
		}
		w.catchUp()
		contains(t, w.want(200, "GET", "/arrivals?form_id="+f.ID, "", nil), `"total":1`, `"way":"form"`, flyer, `"first":true`)
		contains(t, w.want(200, "GET", "/forms", "", nil), `"entries":1`, `"views":1`)
		robot := fill("x", "13900000000", "yes")
		robot.Set("website", "http://spam")
		w.browser().do("POST", pathOf(f.URL), robot)
		if len(w.people) != 1 {
			t.Error("a robot came in")
		}
		foreign := w.browser()
		foreign.headers["Sec-Fetch-Site"] = "cross-site"
		if rec := foreign.do("POST", pathOf(f.URL), fill("x", "13900000000", "yes")); rec.Code != 403 {
			t.Errorf("from another site: %d", rec.Code)
		}
		var last int
		for range sendsIn10Min {
			last = w.browser().do("POST", pathOf(f.URL), fill("", "", "")).Code
		}
		if last != 429 {
			t.Errorf("after many: %d", last)
		}
		w.clock.Advance(11 * time.Minute)
		if code := w.browser().do("POST", pathOf(f.URL), fill("", "", "")).Code; code != 422 {
			t.Errorf("after a while: %d", code)
		}
		big := url.Values{"name": {strings.Repeat("x", 20_000)}}
		if code := w.browser().do("POST", pathOf(f.URL), big).Code; code != 400 {
			t.Errorf("a huge form: %d", code)
		}
	})
}

func TestCardPage(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		parcel := w.channel("包裹卡", "")
		for _, text := range []string{"五星好评返现5元", "晒图返红包", "Leave a 5-star review and get cash", "Good reviews: cash back"} {
			contains(t, w.want(422, "POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x","text":"`+text+`","target":"https://a.example"}}`, nil), "body.spec.text")
		}
		contains(t, w.want(422, "POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x"}}`, nil), "body.spec.code_id")
		coupon, gift := w.reward(`{"name":"六月","title":"5 元券","kind":"coupon","ref":"cpt_1","condition":"scanned","per_person":0}`), w.reward(`{"name":"礼物","title":"礼物","kind":"gift","condition":"scanned","per_person":0}`)
		var single, per Batch
		w.want(201, "POST", "/cards", `{"name":"六月","cards":3,"channel_id":"`+parcel+`","spec":{"title":"谢谢惠顾","target":"https://a.example/x","reward_id":"`+coupon.ID+`"}}`, &single)
		w.want(201, "POST", "/cards", `{"name":"订单","cards":1,"mode":"per_order","spec":{"title":"谢谢","target":"https://a.example/x","reward_id":"`+gift.ID+`"}}`, &per)
		one, orders := w.firstCard(single), w.firstCard(per)
		b := w.browser()
		contains(t, b.do("GET", one, nil).Body.String(), "谢谢惠顾", "领取 5 元券", "无关", "https://a.example/x")
		var wg sync.WaitGroup
		codes := make([]int, 6)
		for i := range codes { // everybody at once
			other := w.browser()
			other.cookies[visitorCookie] = fmt.Sprintf("vaaaaaaaaaaaaaaa%c", 'a'+i)
			wg.Go(func() { codes[i] = other.do("POST", one, url.Values{}).Code })
		}
		wg.Wait()
		won := 0
		for _, c := range codes {
			if c == 200 {
				won++
			} else if c != 409 {
				t.Errorf("%d", c)
			}
		}
		if won != 1 {
			t.Fatalf("%d took the reward of one card", won)
		}
		contains(t, b.do("GET", one, nil).Body.String(), "已被领取")
		for i := range codes {
			if codes[i] == 200 {
				again := w.browser()
				again.cookies[visitorCookie] = fmt.Sprintf("vaaaaaaaaaaaaaaa%c", 'a'+i)
				contains(t, again.do("GET", one, nil).Body.String(), "请出示此凭证")
			}
		}
		if rec := b.do("POST", orders, url.Values{"order_no": {"<x>"}}); rec.Code != 422 {
			t.Errorf("a bad order: %d", rec.Code)
		}
		w.clock.Advance(time.Hour)
		for i, want := range []int{200, 409, 200} {
			no := []string{"e2026-001", "E2026-001", "E2026-002"}[i]
			if rec := w.browser().do("POST", orders, url.Values{"order_no": {no}}); rec.Code != want {
				t.Errorf("order %s: %d", no, rec.Code)
			}
		}
		w.want(204, "PUT", "/cards/"+per.ID+"/cards/1", `{"voided":true}`, nil)
		if rec := w.browser().do("GET", orders, nil); rec.Code != 410 {
			t.Errorf("voided: %d", rec.Code)
		}
		contains(t, w.want(200, "GET", "/cards", "", nil), `"claims":1`, `"claims":2`)
		contains(t, w.want(200, "GET", "/cards/"+single.ID+"/export", "", nil), "序号,编码", "https://pond.example/c/")
		if code, _ := w.do("org_b owner", "GET", "/cards/"+single.ID+"/cards", ""); code != 404 {
			t.Errorf("another org: %d", code)
		}
	})
}
