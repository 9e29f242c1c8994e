package predicate_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestRenamesKeepSegments: what is stored is bound by id, and shows the names
// of the day.
func TestRenamesKeepSegments(t *testing.T) {
	bound, err := predicate.CompileText(`tag:易退款 and segment:沉默高客单 and owner = 李雷 and 肤质 = 油性 and list:内测`, predicatetest.Catalogue(), predicatetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(predicate.Tree{Expr: bound.Expr})
	if err != nil {
		t.Fatal(err)
	}
	def := predicatetest.Definitions()
	def.Tags[1].Name, def.Tags[1].Group = "爱退货", ""
	def.Segments[0].Name, def.Staff[0].Name, def.Traits[0].Label, def.Lists[1].Name = "睡着的大客户", "李大雷", "皮肤", "试用"
	var tree predicate.Tree
	if err := json.Unmarshal(stored, &tree); err != nil {
		t.Fatal(err)
	}
	again, err := predicate.Compile(tree.Expr, predicate.NewCatalogue(def), predicatetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Key(again.Plan) != plan.Key(bound.Plan) {
		t.Errorf("the plan was %s, is %s", plan.Key(bound.Plan), plan.Key(again.Plan))
	}
	const want = `tag:爱退货 and segment:睡着的大客户 and owner = 李大雷 and skin = 油性 and list:试用`
	if got := predicate.Format(again.Expr); got != want {
		t.Errorf("it reads %s, want %s", got, want)
	}
}

// TestText: what may be written in more than one way comes out in one.
func TestText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"STAGE is set", "STAGE is set"}, // names are as they are; keywords are not
		{"stage = silent AND Not (region In（山东，河南）oR gmv≥500)", "stage = silent and not (region in (山东, 河南) or gmv >= 500)"},
		{"tag：母婴 and tag：“a b”／「c d」", `tag:母婴 and tag:"a b"/"c d"`},
		{"a = 007.50 and b = -0 and c = −3", "a = 7.5 and b = 0 and c = -3"},
		{"((a = b)) or (c = d and e = f)", "a = b or c = d and e = f"},
		{"a = 1 or (b = 2 or c = 3)", "a = 1 or (b = 2 or c = 3)"},
		{"did order.paid count >= 2 in the last 90 days", "did order.paid >= 2 in 90d"},
		{"did order.paid in 90天 or did order.paid in 3 个月", "did order.paid in 90d or did order.paid in 3m"},
		{"did order.paid in the last full month", "did order.paid last month"},
		{"did order.paid between 2 and 5 between 60 days and 30 days ago", "did order.paid between 2 and 5 between 60d and 30d ago"},
		{"x between 2026-01-01 and 2026-02-01", "x between 2026-01-01 and 2026-02-01"},
		{`x between "2026-01-01" and "2026-02-01"`, `x between "2026-01-01" and "2026-02-01"`},
		{"birthday in next 7d and birthday since 2000-01-01", "birthday in next 7d and birthday since 2000-01-01"},
		{"anniversary of birthday today and date of birthday today", "birthday today and date of birthday today"},
		{"anniversary of wedding this month", "anniversary of wedding this month"},
		{"last order.paid before 90d ago and first order.paid where (sku = A) this year", "last order.paid before 90d ago and first order.paid where (sku = A) this year"},
		{"vip is true and x is not set", "vip = true and x is unset"},
		{"interests has any (a, b) or interests has none of (c)", "interests has any of (a, b) or interests has none of (c)"},
		{"random 12.50% salt \"第 1 次\" or random from 0.01% to 100%", "random 12.5% salt \"第 1 次\" or random from 0.01% to 100%"},
		{`name = "say \"hi\" \\o/" or name = "42" or name = "in"`, `name = "say \"hi\" \\o/" or name = "42" or name = "in"`},
		{"not not everyone and nobody", "not not everyone and nobody"},
		{"tag in (#tag_1, 风险/*, 母婴)", "tag in (#tag_1, 风险/*, 母婴)"},
		{"trait:gmv > 5 and gmv > 5 and trait:score > 1", "trait:gmv > 5 and gmv > 5 and score > 1"},
	} {
		e, err := predicate.Parse(test.in)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if got := predicate.Format(e); got != test.want {
			t.Errorf("%s\nreads %s\nwant  %s", test.in, got, test.want)
		}
	}
}

// TestWindowsOfDays: the plan of windows at a moment when Shanghai is a day
// ahead of UTC.
func TestWindowsOfDays(t *testing.T) {
	c := predicatetest.Catalogue()
	now := time.Date(2026, 11, 21, 17, 30, 20, 0, time.UTC) // 22 November 01:30:20, a Sunday
	day := func(s string) time.Time {
		d, _ := time.ParseInLocation(time.DateOnly, s, predicatetest.Zone)
		return d
	}
	for _, test := range []struct {
		window   string
		from, to time.Time
		until    time.Time
	}{
		{"in 1d", day("2026-11-22"), day("2026-11-23"), day("2026-11-23")},
		{"in 90d", day("2026-08-25"), day("2026-11-23"), day("2026-11-23")},
		{"in 1w", day("2026-11-16"), day("2026-11-23"), day("2026-11-23")},
		{"in 1m", day("2026-10-23"), day("2026-11-23"), day("2026-11-23")},
		{"in 9m", day("2026-02-23"), day("2026-11-23"), day("2026-11-23")},
		{"in 24h", now.Truncate(time.Minute).Add(time.Minute - 24*time.Hour), now.Truncate(time.Minute).Add(time.Minute), now.Truncate(time.Minute).Add(time.Minute)},
		{"between 60d and 30d ago", day("2026-09-24"), day("2026-10-24"), day("2026-11-23")},
		{"this week", day("2026-11-16"), day("2026-11-23"), day("2026-11-23")},
		{"last week", day("2026-11-09"), day("2026-11-16"), day("2026-11-23")},
		{"last month", day("2026-10-01"), day("2026-11-01"), day("2026-12-01")},
		{"this quarter", day("2026-10-01"), day("2027-01-01"), day("2027-01-01")},
		{"last year", day("2025-01-01"), day("2026-01-01"), day("2027-01-01")},
		{"between 2026-01-01 and 2026-02-01", day("2026-01-01"), day("2026-02-02"), time.Time{}},
		{"on 2026-01-01", day("2026-01-01"), day("2026-01-02"), time.Time{}},
	} {
		compiled, err := predicate.CompileText("did order.paid "+test.window, c, now)
		if err != nil {
			t.Errorf("%s: %v", test.window, err)
			continue
		}
		want := plan.Measure{Kind: "order.paid", Window: plan.Window{From: test.from.UnixMicro(), To: test.to.UnixMicro()}, Spans: []plan.Span{{Lo: 1, Hi: plan.Max}}}
		if plan.Key(compiled.Plan) != plan.Key(want) || !compiled.Until.Equal(test.until) {
			t.Errorf("%s: plan %s until %s, want %s until %s", test.window, plan.Key(compiled.Plan), compiled.Until, plan.Key(want), test.until)
		}
	}
}

// TestChannelsCoverWhatIsBelow: who came through an entrance came through its
// platform too.
func TestChannelsCoverWhatIsBelow(t *testing.T) {
	c := predicate.NewCatalogue(predicate.Definitions{Channels: []predicate.Named{{ID: "chn_1", Name: "抖音", Below: []string{"chn_2", "chn_3"}}, {ID: "chn_2", Name: "直播"}, {ID: "chn_3", Name: "口播码"}}})
	for text, want := range map[string][]string{"channel = 抖音": {"chn_1", "chn_2", "chn_3"}, "channel = 直播": {"chn_2"}, "channel in (直播, 抖音)": {"chn_1", "chn_2", "chn_3"}} {
		bound, err := predicate.CompileText(text, c, predicatetest.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got := bound.Plan.(plan.Texts).Values; !slices.Equal(got, want) {
			t.Errorf("%s asks for %v, want %v", text, got, want)
		}
	}
}
