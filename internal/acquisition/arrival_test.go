package acquisition

import (
	"strings"
	"testing"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestArrivals(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		douyin := w.channel("抖音", "")
		live := w.channel("=直播", douyin)
		added := timeline.Fact{Kind: carrierevent.FriendAdded, PersonID: "per_1", OccurredAt: at("2026-06-01 00:00"), DedupeKey: "f1",
			Data: carrierevent.Friend{AccountID: "acc_1", UserID: "u1", StaffID: "stf_1", Channel: live, CodeID: "cod_1"}}
		w.tell(added, added, timeline.Fact{Kind: carrierevent.FriendAdded, OccurredAt: at("2026-06-01 00:00"), Data: carrierevent.Friend{}})
		w.tell(arrived("per_2", at("2026-06-02 00:00"), acquisitionevent.Arrival{Way: "link", ChannelID: douyin, StaffID: "stf_2"}),
			arrived("per_1", at("2026-06-03 00:00"), acquisitionevent.Arrival{Way: "form"}))
		w.catchUp()
		if n := len(w.events(acquisitionevent.Arrived)); n != 3 {
			t.Fatalf("%d arrivals were told of, not 3", n)
		}
		// The log read again tells of nothing twice.
		w.must(w.db.Write(t.Context(), org, func(tx *db.Tx) error { return w.svc.announce(t.Context(), tx, org, w.events(carrierevent.FriendAdded)) }))
		if n := len(w.events(acquisitionevent.Arrived)); n != 3 {
			t.Fatalf("%d after the log was read again", n)
		}
		list := func(as, query string) string {
			code, body := w.do(as, "GET", "/arrivals"+query, "")
			if code != 200 {
				t.Fatalf("%s: %d %s", query, code, body)
			}
			var out string
			for _, part := range strings.Split(body, `"at":"`)[1:] {
				out += part[8:10]
				if strings.Contains(strings.Split(part, "}")[0], `"first":true`) {
					out += "*"
				}
				out += " "
			}
			return strings.TrimSpace(out)
		}
		for _, c := range []struct{ as, query, want string }{
			{"org_a owner", "", "03 02* 01*"}, {"org_a owner", "?channel_id=" + douyin, "02* 01*"}, {"org_a owner", "?channel_id=" + live, "01*"},
			{"org_a owner", "?staff_id=stf_2", "02*"}, {"org_a owner", "?way=form", "03"}, {"org_a owner", "?person_id=per_1", "03 01*"}, {"org_a owner", "?code_id=cod_1", "01*"},
			{"org_a owner", "?from=2026-06-02T00:00:00Z&to=2026-06-03T00:00:00Z", "02*"},
			{"org_a associate", "", "01*"}, {"org_a associate", "?staff_id=stf_2", ""}, {"org_b owner", "", ""},
		} {
			if got := list(c.as, c.query); got != c.want {
				t.Errorf("%s %s: %s, not %s", c.as, c.query, got, c.want)
			}
		}
		w.tell(merged("per_2", "per_1"))
		w.catchUp()
		if got := list("org_a owner", "?person_id=per_2"); got != "03 02 01*" {
			t.Errorf("merged: %s", got)
		}
		var page LivePage
		w.want(200, "GET", "/arrivals?limit=2", "", &page)
		since := page.Since
		w.want(200, "GET", "/arrivals?limit=2&cursor="+page.NextCursor, "", &page)
		if len(page.Items) != 1 || page.NextCursor != "" || page.Items[0].StaffName != "小鱼" || strings.Join(page.Items[0].Path, "/") != "抖音/=直播" {
			t.Errorf("second page: %+v", page)
		}
		w.tell(arrived("per_3", at("2026-06-04 00:00"), acquisitionevent.Arrival{Way: "link"}))
		w.catchUp()
		w.want(200, "GET", "/arrivals?since="+since, "", &page)
		if len(page.Items) != 1 || page.Items[0].PersonID != "per_3" {
			t.Errorf("what is new: %+v", page.Items)
		}
		contains(t, w.want(200, "GET", "/arrivals/export", "", nil), "时间,客户,姓名", "抖音/=直播")
		contains(t, w.want(200, "GET", "/attribution/export?by=entrance&from=2026-06&to=2026-06", "", nil), "抖音/=直播", "合计")
		w.want(404, "GET", "/arrivals?channel_id=chn_none", "", nil)
		for _, c := range []struct {
			as, path string
			status   int
		}{
			{"org_a associate", "/attribution", 403}, {"org_a viewer", "/attribution", 200}, {"org_a owner", "/attribution?model=magic", 422}, {"org_a owner", "/attribution?from=2026-05&to=2026-04", 422},
			{"org_a owner", "/attribution?window_days=0", 422}, {"org_a owner", "/attribution/payback?from=2026-05", 200}, {"org_b owner", "/attribution?channel_id=" + douyin, 404},
			{"org_a owner", "/attribution?from=1999-01", 422}, {"org_a owner", "/attribution?by=moon", 422}, {"org_a associate", "/arrivals/export", 403},
		} {
			if code, body := w.do(c.as, "GET", c.path, ""); code != c.status {
				t.Errorf("%s %s: %d %s", c.as, c.path, code, body)
			}
		}
	})
}
