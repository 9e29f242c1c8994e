package acquisition

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/acquisition/paper"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestMyShare(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		as := org + " associate" // stf_1
		do := func(status int, method, path, body string, parts ...string) string {
			t.Helper()
			code, text := w.do(as, method, path, body)
			if code != status {
				t.Fatalf("%s %s: %d, not %d: %s", method, path, code, status, text)
			}
			contains(t, text, parts...)
			return text
		}
		do(200, "GET", "/shares/mine", "", `"card":null`, `"code":null`, "小鱼")
		do(422, "PUT", "/shares/mine", `{"intro":"五星好评找我"}`, "body.intro")
		do(422, "PUT", "/shares/mine", `{"target":"javascript:alert(1)"}`, "body.target")
		// A double click makes one code and one link.
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { w.do(as, "PUT", "/shares/mine", `{"title":"店长","intro":"<b>有事找我</b>"}`) })
		}
		wg.Wait()
		contains(t, w.want(200, "GET", "/codes?shares=true", "", nil), `"total":1`)
		contains(t, w.want(200, "GET", "/links?shares=true", "", nil), `"total":1`)
		do(409, "PUT", "/shares/mine", `{"title":"x","version":1}`)
		var page struct{ Items []Share }
		w.want(200, "GET", "/shares?q=小鱼", "", &page)
		mine := page.Items[0]
		if mine.Card == nil || mine.Code == nil || mine.Link == nil || mine.Card.Title != "店长" {
			t.Fatalf("%+v", mine)
		}
		w.refresh()
		if got := w.pushed(*mine.Code); got != "[stf_1]" {
			t.Errorf("the code leads to %s", got)
		}

		var file bytes.Buffer
		w.must(png.Encode(&file, image.NewGray(image.Rect(0, 0, 500, 300))))
		code, text := w.upload("/shares/mine/photo", file.Bytes(), "zh-CN")
		if code != 200 || !strings.Contains(text, mine.Card.URL+"/photo") {
			t.Fatalf("%d %s", code, text)
		}
		for _, bad := range [][]byte{[]byte("<svg onload=alert(1)>"), nil} {
			if code, text := w.upload("/shares/mine/photo", bad, "zh-CN"); code != 422 {
				t.Errorf("%d %s", code, text)
			}
		}
		if code, _ := w.upload("/shares/mine/photo", make([]byte, MaxPhoto+1), "zh-CN"); code != 413 {
			t.Errorf("a huge photo: %d", code)
		}

		// The public page, in both languages.
		b := w.browser()
		contains(t, b.do("GET", pathOf(mine.Card.URL), nil).Body.String(), "<h1>小鱼</h1>", "店长 · 鱼塘", "&lt;b&gt;有事找我", "wework.qpic.cn", "扫码添加 小鱼", `class="photo"`)
		en := w.browser()
		en.lang = "en"
		contains(t, en.do("GET", pathOf(mine.Card.URL), nil).Body.String(), `lang="en"`, "Scan to add 小鱼", "Hold the picture")
		photo := b.do("GET", pathOf(mine.Card.URL)+"/photo", nil)
		img, err := jpeg.Decode(photo.Body)
		if err != nil || img.Bounds().Dx() != paper.PortraitSide || photo.Header().Get("Content-Type") != "image/jpeg" {
			t.Errorf("%v %s", err, photo.Header())
		}
		for _, path := range []string{"/b/aaaaaaaaaaaaaaaa", "/b/x", "/b/aaaaaaaaaaaaaaaa/photo"} {
			if rec := b.do("GET", path, nil); rec.Code != 404 {
				t.Errorf("%s: %d", path, rec.Code)
			}
		}
		// Who opened it has come to her, once by the card and once by her link,
		// which leads to it.
		to := b.do("GET", pathOf(mine.Link.URL), nil).Header().Get("Location")
		if !strings.HasPrefix(to, mine.Card.URL) {
			t.Fatalf("the link leads to %s", to)
		}
		b.do("GET", pathOf(to), nil)
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error { return w.svc.recognise(t.Context(), tx, org, b.cookies[visitorCookie], "per_1") }))
		w.catchUp()
		contains(t, w.want(200, "GET", "/arrivals?staff_id=stf_1", "", nil), `"total":2`)
		do(200, "GET", "/shares/mine", "", `"views":3`)

		do(200, "DELETE", "/shares/mine/photo", "", `"photo_url":""`)
		if rec := b.do("GET", pathOf(mine.Card.URL)+"/photo", nil); rec.Code != 404 {
			t.Errorf("a photo that was taken away: %d", rec.Code)
		}
		w.staff["stf_1"] = Member{Name: "小鱼"}
		if rec := b.do("GET", pathOf(mine.Card.URL), nil); rec.Code != 410 || strings.Contains(rec.Body.String(), "小鱼") {
			t.Errorf("of somebody who has left: %d", rec.Code)
		}
		do(404, "GET", "/shares/mine", "")
		if code, _ := w.do("org_a viewer", "GET", "/shares/mine", ""); code != 403 {
			t.Errorf("a viewer: %d", code)
		}
	})
}

func TestPreviewGreeting(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.code(`{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_1"}],"tags":["直播"],"remark":"{{name}}-{{staff}}",
			"welcome":[{"from":"22:00","to":"08:00","parts":[{"kind":"text","text":"夜里好，{{name}}"}]},{"days":[1],"parts":[{"kind":"text","text":"{{name}}你好，我是{{org}}的{{staff}}"}]}]}`)
		contains(t, w.want(200, "GET", "/codes/"+c.ID+"/greeting?name=张三", "", nil), "张三你好，我是鱼塘的小鱼", `"tags":["直播"]`, `"remark":"张三-小鱼"`) // a Monday
		contains(t, w.want(200, "GET", "/codes/"+c.ID+"/greeting?name=张三&at=2026-06-15T15:00:00Z&staff_id=stf_2", "", nil), "夜里好，张三", "阿海")
		contains(t, w.want(200, "GET", "/codes/"+c.ID+"/greeting?at=2026-06-16T04:00:00Z", "", nil), `"welcome":[]`)
		contains(t, w.want(422, "GET", "/codes/"+c.ID+"/greeting?staff_id=stf_foreign", "", nil), "query.staff_id")
		if code, _ := w.do("org_b owner", "GET", "/codes/"+c.ID+"/greeting", ""); code != 404 {
			t.Errorf("another org: %d", code)
		}
	})
}
