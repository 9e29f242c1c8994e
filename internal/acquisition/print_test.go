package acquisition

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/acquisition/paper"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestPrinted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.code(`{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_1"}]}`)
		want, err := paper.PNG(c.PageURL, 300)
		w.must(err)
		if got := w.want(200, "GET", "/codes/"+c.ID+"/qr?size=300", "", nil); got != string(want) {
			t.Error("the QR does not lead to the page")
		}
		contains(t, w.want(200, "GET", "/codes/"+c.ID+"/qr?format=svg", "", nil), "<svg")
		w.want(422, "GET", "/codes/"+c.ID+"/qr?size=10", "", nil)
		var picture bytes.Buffer
		w.must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 600))))
		code, body := w.upload("/posters?name=海报&x=10&y=20&size=200", picture.Bytes(), "zh-CN")
		if code != 201 || !strings.Contains(body, `"width":400,"height":600,"x":10,"y":20,"size":200`) {
			t.Fatalf("%d %s", code, body)
		}
		id := strings.Split(strings.Split(body, `"id":"`)[1], `"`)[0]
		poster, err := png.Decode(strings.NewReader(w.want(200, "GET", "/codes/"+c.ID+"/poster?poster_id="+id, "", nil)))
		if err != nil || poster.Bounds().Dx() != 400 {
			t.Fatal(err)
		}
		// With the brand and whom it adds, in Chinese.
		code, body = w.upload("/posters?name=海报&x=10&y=20&size=200&caption=true", picture.Bytes(), "zh-CN")
		if code != 201 || !strings.Contains(body, `"caption":true`) {
			t.Fatalf("%d %s", code, body)
		}
		worded := strings.Split(strings.Split(body, `"id":"`)[1], `"`)[0]
		plain := w.want(200, "GET", "/codes/"+c.ID+"/poster?poster_id="+id, "", nil)
		if w.want(200, "GET", "/codes/"+c.ID+"/poster?poster_id="+worded, "", nil) == plain {
			t.Error("no words on the poster")
		}
		for _, bad := range []struct{ query, body, field string }{
			{"?name=x&x=5&y=100&size=390&caption=true", picture.String(), "query.caption"},
			{"?name=x&x=300&size=200", picture.String(), "query.size"}, {"?name=x", "no picture", "body.file"}, {"?name=%20", picture.String(), "query.name"},
		} {
			code, body := w.upload("/posters"+bad.query, []byte(bad.body), "en")
			if code != 422 {
				t.Errorf("%s: %d", bad.query, code)
			}
			contains(t, body, bad.field)
		}
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"六月","cards":12,"spec":{"title":"谢谢","code_id":"`+c.ID+`"}}`, &b)
		if pdf := w.want(200, "GET", "/cards/"+b.ID+"/sheet?poster_id="+id, "", nil); !strings.HasPrefix(pdf, "%PDF") || strings.Count(pdf, "/Type /Page\n") != 2 {
			t.Errorf("%d pages", strings.Count(pdf, "/Type /Page\n"))
		}
		if pdf := w.want(200, "GET", "/cards/"+b.ID+"/sheet?layout=stand&to=3", "", nil); strings.Count(pdf, "/Type /Page\n") != 3 || !strings.Contains(pdf, "/FontFile2") {
			t.Errorf("%d stands", strings.Count(pdf, "/Type /Page\n"))
		}
		contains(t, w.want(422, "GET", "/cards/"+b.ID+"/sheet?from=100", "", nil), "query.from")
		contains(t, w.want(422, "GET", "/cards/"+b.ID+"/sheet?from=1&to=9000", "", nil), "query.from")
		for _, path := range []string{"/codes/" + c.ID + "/qr", "/codes/" + c.ID + "/poster?poster_id=" + id, "/cards/" + b.ID + "/sheet", "/posters/" + id + "/picture"} {
			if code, _ := w.do("org_b owner", "GET", path, ""); code != 404 {
				t.Errorf("another org: %s %d", path, code)
			}
		}
		w.want(204, "DELETE", "/posters/"+id, "", nil)
		w.want(404, "GET", "/codes/"+c.ID+"/poster?poster_id="+id, "", nil)
	})
}

func TestShares(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		own := w.channel("员工分享", "")
		body := `{"channel_id":"` + own + `","account_id":"acc_1","target":"https://shop.example/"}`
		contains(t, w.want(200, "POST", "/shares", body, nil), `"codes":3,"links":3`)
		contains(t, w.want(200, "POST", "/shares", body, nil), `"codes":0,"links":0`)
		contains(t, w.want(422, "POST", "/shares", `{"staff_ids":["stf_gone"],"account_id":"acc_1"}`, nil), "body.staff_ids")
		contains(t, w.want(422, "POST", "/shares", `{}`, nil), "body.account_id")
		var page struct{ Items []Share }
		w.want(200, "GET", "/shares", "", &page)
		if len(page.Items) != 4 {
			t.Fatalf("%d staff", len(page.Items))
		}
		code, mine := w.do("org_a associate", "GET", "/shares", "")
		if code != 200 || strings.Count(mine, `"staff":{`) != 1 || !strings.Contains(mine, "小鱼") {
			t.Errorf("an associate: %d %s", code, mine)
		}
		contains(t, w.want(200, "GET", "/codes", "", nil), `"total":0`)
		contains(t, w.want(200, "GET", "/codes?shares=true", "", nil), `"total":3`)
		w.refresh()
		for _, s := range page.Items {
			if s.Staff.ID != "stf_2" {
				continue
			}
			if got := w.pushed(*s.Code); got != "[stf_2]" {
				t.Error(got)
			}
			b := w.browser()
			b.do("GET", pathOf(s.Link.URL), nil)
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error { return w.svc.recognise(t.Context(), tx, org, b.cookies[visitorCookie], "per_1") }))
			w.catchUp()
			contains(t, w.want(200, "GET", "/arrivals?staff_id=stf_2", "", nil), `"total":1`, fmt.Sprintf(`"way":"%s"`, acquisitionevent.ByLink))
		}
	})
}
