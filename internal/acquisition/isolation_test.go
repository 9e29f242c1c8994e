package acquisition

import (
	"bytes"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// What belongs to another brand is as if it were not there: whoever names it
// by id gets 404, or is told that there is no such thing, and nothing of it
// changes.
func TestNothingOfAnotherBrand(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		channel := w.channel("抖音", "")
		r := w.reward(`{"name":"x","title":"券","condition":"scanned"}`)
		c := w.code(`{"name":"x","account_id":"acc_1","channel_id":"` + channel + `","members":[{"staff_id":"stf_1"}]}`)
		var f Form
		w.want(201, "POST", "/forms", `{"name":"x","spec":{"title":"x","consent":"x"}}`, &f)
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"x","cards":2,"spec":{"title":"x","target":"https://a.example","reward_id":"`+r.ID+`"}}`, &b)
		var l Link
		w.want(201, "POST", "/links", `{"name":"x","target":"https://a.example"}`, &l)
		var picture bytes.Buffer
		w.must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 600))))
		_, text := w.upload("/posters?name=x&x=10&y=20&size=200", picture.Bytes(), "en")
		poster := strings.Split(strings.Split(text, `"id":"`)[1], `"`)[0]
		audits := len(w.audits)
		w.refresh()
		calls := w.carrier.calls

		for _, try := range []struct{ method, path, body string }{
			{"PATCH", "/forms/" + f.ID, `{"name":"y"}`},
			{"PATCH", "/links/" + l.ID, `{"name":"y"}`},
			{"PATCH", "/codes/" + c.ID, `{"name":"y"}`},
			{"POST", "/codes/" + c.ID + "/push", ""},
			{"GET", "/codes/" + c.ID + "/greeting", ""},
			{"GET", "/codes/" + c.ID + "/statistics", ""},
			{"PATCH", "/cards/" + b.ID, `{"name":"y"}`},
			{"PUT", "/cards/" + b.ID + "/cards/1", `{"voided":true}`},
			{"GET", "/cards/" + b.ID + "/cards", ""},
			{"GET", "/cards/" + b.ID + "/export?format=xlsx", ""},
			{"GET", "/cards/" + b.ID + "/sheet?layout=stand", ""},
			{"DELETE", "/posters/" + poster, ""},
			{"GET", "/posters/" + poster + "/picture", ""},
			{"GET", "/rewards/" + r.ID, ""},
			{"PATCH", "/rewards/" + r.ID, `{"status":"ended"}`},
			{"GET", "/arrivals/stream?channel_id=" + channel, ""},
			{"GET", "/arrivals?channel_id=" + channel, ""},
			{"GET", "/channels/" + channel, ""},
			{"PATCH", "/channels/" + channel, `{"name":"y"}`},
			{"PUT", "/channels/" + channel + "/costs", `{"from":"2026-06-01","amount_minor":1}`},
			{"POST", "/reward-claims/confirm", `{"receipt":"AAAAAAAA","person_id":"per_1"}`},
		} {
			if code, text := w.do("org_b owner", try.method, try.path, try.body); code != 404 {
				t.Errorf("%s %s: %d %s", try.method, try.path, code, text)
			}
		}
		for _, try := range []struct{ path, body string }{
			{"/cards", `{"name":"x","cards":1,"spec":{"title":"x","target":"https://a.example","reward_id":"` + r.ID + `"}}`},
			{"/cards", `{"name":"x","cards":1,"spec":{"title":"x","code_id":"` + c.ID + `"}}`},
			{"/forms", `{"name":"x","spec":{"title":"x","consent":"x","code_id":"` + c.ID + `"}}`},
			{"/forms", `{"name":"x","channel_id":"` + channel + `","spec":{"title":"x","consent":"x"}}`},
			{"/codes", `{"name":"x","mode":"page","members":[{"staff_id":"stf_1"}],"reward_id":"` + r.ID + `"}`},
		} {
			if code, text := w.do("org_b owner", "POST", try.path, try.body); code != 422 || !strings.Contains(text, "没有这") {
				t.Errorf("POST %s %s: %d %s", try.path, try.body, code, text)
			}
		}
		for _, path := range []string{"/forms", "/links", "/codes", "/cards", "/posters", "/rewards", "/reward-claims", "/channels", "/arrivals", "/codes?blocked=true", "/codes?shares=true"} {
			if code, text := w.do("org_b owner", "GET", path, ""); code != 200 || !strings.Contains(text, `"items":[]`) {
				t.Errorf("%s: %d %s", path, code, text)
			}
		}
		if len(w.audits) != audits || w.carrier.calls != calls {
			t.Errorf("something was done: %v", w.audits[audits:])
		}
		for _, path := range []string{"/arrivals/export", "/attribution/export", "/channel-costs/export", "/reward-claims/export"} {
			for _, format := range []string{"csv", "xlsx"} {
				req := httptest.NewRequest("GET", httpx.Prefix+path+"?format="+format, nil)
				code, text := w.api.Serve("org_b owner", req)
				if code != 200 || strings.Contains(text, channel) || format == "xlsx" && !strings.HasPrefix(text, "PK") {
					t.Errorf("%s %s: %d", path, format, code)
				}
			}
		}
		if got := strings.Join(w.audits[audits:], " "); strings.Count(got, "arrivals.exported") != 2 || strings.Count(got, "rewards.exported") != 2 {
			t.Errorf("what left is not in the audit log: %s", got)
		}
	})
}
