package acquisition

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func (w *world) channel(name, parent string) string {
	w.tb.Helper()
	c, err := w.svc.CreateChannel(w.ctx(), name, parent)
	w.must(err)
	return c.ID
}

func TestChannelTree(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		douyin, wechat := w.channel("抖音", ""), w.channel(" 微信 \n", "")
		june := w.channel("618", douyin)
		live := w.channel("直播间", june)
		var c Channel
		w.want(200, "GET", "/channels/"+live, "", &c)
		if c.Level != "entrance" || strings.Join(c.Path, "/") != "抖音/618/直播间" || c.Children != 0 {
			t.Fatalf("%+v", c)
		}
		cases := []struct {
			name, method, path, body string
			status                   int
			contains                 []string
		}{
			{"a fourth level", "POST", "/channels", `{"name":"更深","parent_id":"` + live + `"}`, 422, []string{"body.parent_id", "三层"}},
			{"the same name beside it", "POST", "/channels", `{"name":"618","parent_id":"` + douyin + `"}`, 422, []string{"body.name"}},
			{"blank", "POST", "/channels", `{"name":"  "}`, 422, []string{"body.name"}},
			{"a slash", "POST", "/channels", `{"name":"a/b"}`, 422, []string{"body.name"}},
			{"below nothing", "POST", "/channels", `{"name":"x","parent_id":"chn_none"}`, 404, nil},
			{"below itself", "PATCH", "/channels/" + june, `{"parent_id":"` + june + `"}`, 422, []string{"body.parent_id"}},
			{"below its child", "PATCH", "/channels/" + douyin, `{"parent_id":"` + live + `"}`, 422, []string{"body.parent_id", "自己"}},
			{"too deep by what is below", "PATCH", "/channels/" + douyin, `{"parent_id":"` + wechat + `"}`, 422, []string{"body.parent_id"}},
			{"moved", "PATCH", "/channels/" + june, `{"parent_id":"` + wechat + `"}`, 200, []string{`"level":"campaign"`, `"path":["微信","618"]`, `"children":1`}},
			{"made a platform", "PATCH", "/channels/" + june, `{"parent_id":""}`, 200, []string{`"level":"platform"`}},
			{"what is below moved along", "GET", "/channels/" + live, "", 200, []string{`"level":"campaign"`, `"path":["618","直播间"]`}},
			{"renamed to one that is there", "PATCH", "/channels/" + wechat, `{"name":"抖音"}`, 422, []string{"body.name"}},
			{"renamed", "PATCH", "/channels/" + wechat, `{"name":"微信生态"}`, 200, []string{`"name":"微信生态"`}},
			{"archived with all below", "PATCH", "/channels/" + june, `{"archived":true}`, 200, []string{`"archived":true`}},
			{"so is the child", "GET", "/channels/" + live, "", 200, []string{`"archived":true`}},
			{"which cannot come back alone", "PATCH", "/channels/" + live, `{"archived":false}`, 422, []string{"body.archived"}},
			{"nothing goes below an archived one", "POST", "/channels", `{"name":"y","parent_id":"` + june + `"}`, 422, []string{"body.parent_id"}},
			{"in use", "GET", "/channels?archived=false", "", 200, []string{`"total":2`}},
			{"found", "GET", "/channels?q=直播", "", 200, []string{live, `"total":1`}},
			{"unknown", "GET", "/channels/chn_none", "", 404, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				code, body := w.do("org_a operator", c.method, c.path, c.body)
				if code != c.status {
					t.Fatalf("%d %s", code, body)
				}
				contains(t, body, c.contains...)
			})
		}
		if code, _ := w.do("org_b owner", "GET", "/channels/"+live, ""); code != 404 {
			t.Errorf("another org reads it: %d", code)
		}
		if code, _ := w.do("org_b owner", "PATCH", "/channels/"+live, `{"name":"x"}`); code != 404 {
			t.Errorf("another org renames it: %d", code)
		}
		if code, _ := w.do("org_a associate", "POST", "/channels", `{"name":"x"}`); code != 403 {
			t.Errorf("an associate makes one: %d", code)
		}
		seen := map[string]bool{}
		cursor := ""
		for range 10 {
			var page struct {
				Items []Channel
				Next  string `json:"next_cursor"`
			}
			w.want(200, "GET", "/channels?limit=1&cursor="+cursor, "", &page)
			for _, c := range page.Items {
				seen[c.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 4 {
			t.Errorf("pages show %d channels of 4", len(seen))
		}
		if !strings.Contains(strings.Join(w.audits, "\n"), "channel.updated "+june) {
			t.Error("the move was not audited")
		}
	})
}

// Whatever is moved wherever: no circles, no fourth level, and each level is
// the number of names in the path.
func TestChannelMovesKeepATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := newTree(nil)
		for i := range rapid.IntRange(2, 12).Draw(t, "n") {
			n := &node{id: fmt.Sprint(i), name: fmt.Sprint(i), level: 1}
			tr = newTree(append(tr.below(""), n))
		}
		for range 30 {
			pick := func(what string) string {
				return fmt.Sprint(rapid.IntRange(-1, len(tr.nodes)-1).Draw(t, what))
			}
			n := tr.nodes[pick("node")]
			if n == nil {
				continue
			}
			to := pick("to")
			if to == "-1" {
				to = ""
			}
			_ = tr.move(n, to)
			tr = newTree(mapValues(tr.nodes))
			if got := len(tr.below("")); got != len(tr.nodes) {
				t.Fatalf("%d of %d can be reached from the top", got, len(tr.nodes))
			}
			for id, n := range tr.nodes {
				if int64(len(tr.path(id))) != n.level || n.level > LevelEntrance {
					t.Fatalf("level %d, path %v", n.level, tr.path(id))
				}
			}
		}
	})
}

func mapValues[K comparable, V any](m map[K]V) (out []V) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestCosts(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		douyin := w.channel("抖音", "")
		june := w.channel("618", douyin)
		costs := "/channels/" + june + "/costs"
		w.want(200, "PUT", costs, `{"from":"2026-06-01","to":"2026-06-03","amount_minor":100}`, nil)
		var page CostPage
		w.want(200, "GET", "/channel-costs?channel_id="+douyin, "", &page)
		got := ""
		for _, c := range page.Items {
			got += fmt.Sprint(c.Day, " ", c.AmountMinor, " ", c.Source, ";")
		}
		if got != "2026-06-03 33 typed;2026-06-02 33 typed;2026-06-01 34 typed;" || page.SumMinor != 100 {
			t.Fatalf("%s sum %d", got, page.SumMinor)
		}
		contains(t, w.want(200, "PUT", costs, `{"from":"2026-06-03","to":"2026-06-04","amount_minor":7,"per_day":true}`, nil), `"days":2,"replaced":1,"amount_minor":14`)
		contains(t, w.want(200, "DELETE", costs+"?from=2026-06-01&to=2026-06-02", "", nil), `"days":2`)
		for _, c := range []struct{ body, field string }{
			{`{"from":"2026-6-1","amount_minor":1}`, "body.from"},
			{`{"from":"2026-02-30","amount_minor":1}`, "body.from"},
			{`{"from":"2026-06-02","to":"2026-06-01","amount_minor":1}`, "body.from"},
			{`{"from":"2026-06-02","to":"2028-06-01","amount_minor":1}`, "body.from"},
			{`{"from":"2026-06-02","to":"June","amount_minor":1}`, "body.to"},
			{`{"from":"2026-06-02","amount_minor":-1}`, "body.amount_minor"},
		} {
			contains(t, w.want(422, "PUT", costs, c.body, nil), c.field)
		}
		if code, _ := w.do("org_b owner", "PUT", costs, `{"from":"2026-06-02","amount_minor":1}`); code != 404 {
			t.Errorf("another org's channel: %d", code)
		}
		if code, _ := w.do("org_a associate", "GET", "/channel-costs", ""); code != 403 {
			t.Errorf("an associate sees costs: %d", code)
		}
		w.want(200, "GET", "/channel-costs?limit=1", "", &page)
		first := page.Items[0].Day
		w.want(200, "GET", "/channel-costs?limit=1&cursor="+page.NextCursor, "", &page)
		if first != "2026-06-04" || page.Items[0].Day != "2026-06-03" || page.NextCursor != "" {
			t.Errorf("pages: %s, then %+v", first, page)
		}
	})
}

func TestCostFile(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		douyin := w.channel("抖音", "")
		june := w.channel("618", douyin)
		w.channel("=1+1", "")
		good := "渠道,日期,结束日期,金额\n抖音/618,2026-06-01,2026-06-03,\"1,000.00\"\n" + june + ",2026-06-05,,0.5\n\n=1+1,2026-06-05,,3\n"
		gbk, err := simplifiedchinese.GB18030.NewEncoder().String(good)
		w.must(err)
		for i, text := range []string{good, "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n"), gbk, strings.NewReplacer(`"1,000.00"`, "1000", ",", ";").Replace(good)} {
			code, body := w.upload("/channel-costs/upload?replace=true", []byte(text), "")
			if code != 200 || !strings.Contains(body, `"days":5`) || !strings.Contains(body, `"amount_minor":100350`) {
				t.Fatalf("file %d: %d %s", i, code, body)
			}
		}
		w.want(200, "DELETE", "/channels/"+june+"/costs?from=2026-01-01&to=2026-12-31", "", nil)
		cases := []struct {
			name, text string
			en         []string
		}{
			{"no header", "抖音,2026-06-01,1\n", []string{"line 1", "header"}},
			{"twice the same column", "渠道,日期,金额,cost\n", []string{"line 1"}},
			{"nothing in it", "channel,day,amount\n", []string{`"file"`}},
			{"a bad day", "channel,day,amount\n抖音,2026-06-01,1\n抖音,06/01/2026,1\n", []string{`"line 3"`, "06/01/2026"}},
			{"a bad last day", "channel,day,amount,to\n抖音,2026-06-01,1,soon\n", []string{`"line 2"`, "soon"}},
			{"backwards", "channel,day,amount,to\n抖音,2026-06-02,1,2026-06-01\n", []string{`"line 2"`}},
			{"bad amounts", "channel,day,amount\n抖音,2026-06-01,-1\n抖音,2026-06-02,1.234\n抖音,2026-06-03,1e3\n抖音,2026-06-04,\n抖音,2026-06-05,99999999999999\n", []string{`"line 2"`, `"line 3"`, `"line 4"`, `"line 5"`, `"line 6"`}},
			{"an unknown channel", "channel,day,amount\n快手,2026-06-01,1\n", []string{`"line 2"`, "快手"}},
			{"a channel by half its path", "channel,day,amount\n618,2026-06-01,1\n", []string{`"line 2"`}},
			{"another currency", "channel,day,amount,currency\n抖音,2026-06-01,1,USD\n", []string{`"line 2"`, "CNY"}},
			{"overlapping days", "channel,day,to,amount\n抖音/618,2026-06-01,2026-06-05,5\n抖音,2026-06-04,,1\n" + june + ",2026-06-04,2026-06-09,1\n", []string{`"line 4"`, "overlaps line 2", "2026-06-04"}},
			{"an open quote", "channel,day,amount\n抖音,2026-06-01,\"1\n", []string{`"line 2"`}},
			{"days that have a cost", "channel,day,amount\n抖音,2026-06-07,1\n=1+1,2026-06-05,1\n", []string{`"line 3"`, "2026-06-05", "replace"}},
			{"too few cells", "channel,day,amount\n抖音\n", []string{`"line 2"`}},
			{"not text", "channel,day,amount\n\xff\xfe\x00\x81,x,y\n", nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				code, body := w.upload("/channel-costs/upload", []byte(c.text), "en")
				if code != 422 {
					t.Fatalf("%d %s", code, body)
				}
				contains(t, body, c.en...)
				if _, zh := w.upload("/channel-costs/upload", []byte(c.text), "zh-CN"); zh == body {
					t.Error("not in Chinese")
				}
			})
		}
		var page CostPage
		w.want(200, "GET", "/channel-costs", "", &page)
		if page.Total != 1 || page.SumMinor != 300 {
			t.Errorf("a refused file left something: %+v", page)
		}
		if code, body := w.upload("/channel-costs/upload", make([]byte, MaxCostFile+1), "en"); code != 413 {
			t.Errorf("a huge file: %d %s", code, body)
		}
		contains(t, w.want(200, "GET", "/channel-costs/export", "", nil), "\ufeff渠道,日期,金额,币种\r\n", "'=1+1,2026-06-05,3.00,CNY\r\n")
	})
}

func TestSpreadLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, n := rapid.Int64Range(0, maxCost).Draw(t, "amount"), rapid.Int64Range(1, maxCostDays).Draw(t, "days")
		var sum int64
		parts := spread(amount, n)
		for i, p := range parts {
			sum += p
			if i > 0 && (p > parts[i-1] || p < parts[0]-1) {
				t.Fatalf("%v", parts)
			}
		}
		if sum != amount {
			t.Fatalf("%d of %d", sum, amount)
		}
	})
}
