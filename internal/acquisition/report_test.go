package acquisition

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func arrived(person string, t time.Time, a acquisitionevent.Arrival) timeline.Fact {
	return timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: person, OccurredAt: t, Data: a}
}

func order(person string, t time.Time, id string, amount int64) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: t, Data: mallevent.Order{OrderID: id, AmountMinor: amount, Currency: "CNY"}}
}

func refund(person string, t time.Time, id string, amount int64) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: person, OccurredAt: t, Data: mallevent.Refund{RefundID: "r", OrderID: id, AmountMinor: amount, Currency: "CNY"}}
}

func merged(winner string, members ...string) timeline.Fact {
	return timeline.Fact{Kind: poolevent.Merged, PersonID: winner, Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: members[0], Members: members}}
}

func split(winner string, members ...string) timeline.Fact {
	f := merged(winner, members...)
	f.Kind = poolevent.Split
	return f
}

func arrivalOf(way string) acquisitionevent.Arrival { return acquisitionevent.Arrival{Way: way} }

func removed(person string, t time.Time, account, user string) timeline.Fact {
	return timeline.Fact{Kind: carrierevent.FriendRemoved, PersonID: person, OccurredAt: t, Data: carrierevent.Friend{AccountID: account, UserID: user}}
}

func (w *world) report(by string, q ReportQuery) Report {
	w.tb.Helper()
	r, err := w.svc.Report(w.ctx(), by, q)
	w.must(err)
	return r
}

// A person who comes twice and buys, by hand.
func TestAttributionOfOnePerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		douyin, wechat := w.channel("抖音", ""), w.channel("微信", "")
		live := w.channel("直播", douyin)
		_, err := w.svc.PutCost(w.ctx(), douyin, CostEntry{From: "2026-03-01", To: "2026-03-31", AmountMinor: 1001})
		w.must(err)
		w.tell(arrived("per_1", at("2026-03-01 02:00"), acquisitionevent.Arrival{Way: "link", ChannelID: live}),
			arrived("per_1", at("2026-03-10 02:00"), acquisitionevent.Arrival{Way: "friend", ChannelID: wechat, StaffID: "stf_1"}),
			order("per_1", at("2026-03-11 00:00"), "o1", 101), order("per_1", at("2026-03-12 00:00"), "o2", 50), refund("per_1", at("2026-03-13 00:00"), "o2", 50),
			order("per_2", at("2026-03-11 00:00"), "o3", 7))
		w.catchUp()
		type want struct{ douyin, wechat string }
		for model, want := range map[string]want{
			"first":    {"1 1001 151 50", "0 0 0 0"},
			"last":     {"0 1001 0 0", "1 0 151 50"},
			"linear":   {"0.5 1001 76 25", "0.5 0 75 25"},
			"position": {"0.5 1001 76 25", "0.5 0 75 25"},
		} {
			rep := w.report("platform", ReportQuery{Model: model, WindowDays: 30})
			got := map[string]string{douyin: "0 0 0 0", wechat: "0 0 0 0"}
			for _, r := range rep.Rows {
				got[r.Key] = fmt.Sprint(r.Persons, r.CostMinor, r.GMVMinor, r.RefundedMinor)
			}
			if got[douyin] != want.douyin || got[wechat] != want.wechat {
				t.Errorf("%s: %v", model, got)
			}
			if rep.Unattributed.GMVMinor != 7 || rep.Total.GMVMinor != 151 || rep.Total.Orders != 2 {
				t.Errorf("%s: total %+v, unattributed %+v", model, rep.Total, rep.Unattributed)
			}
		}
		// With a window of five days only the second arrival is near the orders.
		rep := w.report("staff", ReportQuery{Model: "first", WindowDays: 5})
		if len(rep.Rows) != 2 || rep.Rows[1].Key != "stf_1" || rep.Rows[1].Name != "小鱼" || rep.Rows[1].GMVMinor != 151 || rep.Rows[0].Persons != 1 {
			t.Errorf("%+v", rep.Rows)
		}
		p, err := w.svc.Payback(w.ctx(), ReportQuery{Model: "first", WindowDays: 30, From: "2026-03", To: "2026-03"})
		w.must(err)
		if m := p.Months[0]; m.Persons != 1 || m.CostMinor != 1001 || len(m.Cells) != 4 || m.Cells[3].NetMinor != 101 || m.PaidBackIn != nil {
			t.Errorf("%+v", m)
		}
	})
}

// TestReportsEqualTheReference: whatever happens in whatever order, with merges
// and splits, reports equal those of a plain reading of the log; a rebuilt
// projection is the live one.
func TestReportsEqualTheReference(t *testing.T) {
	for _, engine := range testkit.Engines {
		t.Run(string(engine), func(t *testing.T) {
			round := 0
			rapid.Check(t, func(rt *rapid.T) {
				round++
				if engine == db.Postgres && round > 15 || round > 60 {
					return
				}
				w := newWorld(t, testkit.Open(t, engine, schema))
				playAndCompare(rt, w)
			})
		})
	}
}

func playAndCompare(t *rapid.T, w *world) {
	a, b := w.channel("a", ""), w.channel("b", "")
	a1 := w.channel("a1", a)
	channels := []string{a, b, a1, w.channel("a11", a1), w.channel("b1", b), "", "chn_gone"}
	pick := func(of []string) string { return rapid.SampledFrom(of).Draw(t, "pick") }
	when := func() time.Time {
		return at("2025-08-01 00:00").Add(time.Duration(rapid.IntRange(0, 318*4).Draw(t, "when")) * 6 * time.Hour)
	}
	person := func() string { return fmt.Sprint("per_", rapid.IntRange(1, 5).Draw(t, "person")) }
	speaker := map[string]string{}
	for i := 1; i <= 5; i++ {
		speaker[fmt.Sprint("per_", i)] = fmt.Sprint("per_", i)
	}
	type joined struct {
		winner  string
		members []string
	}
	var merges []joined
	for range rapid.IntRange(5, 40).Draw(t, "events") {
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0, 1, 2, 3:
			arrival := acquisitionevent.Arrival{Way: pick([]string{"friend", "link"}), ChannelID: pick(channels), StaffID: pick([]string{"", "stf_1", "stf_2"}), CodeID: pick([]string{"", "cod_1"})}
			if arrival.Way == "friend" {
				arrival.AccountID, arrival.UserID = "acc", pick([]string{"u1", "u2"})
			}
			w.tell(arrived(person(), when(), arrival))
		case 4, 5, 6:
			f := order(pick([]string{person(), person(), person(), ""}), when(), fmt.Sprint("o", rapid.IntRange(1, 12).Draw(t, "order")), rapid.Int64Range(0, 1000).Draw(t, "amount"))
			if rapid.IntRange(0, 5).Draw(t, "foreign") == 0 {
				o := f.Data.(mallevent.Order)
				o.Currency, o.OrderID = "USD", o.OrderID+"usd"
				f.Data = o
			}
			w.tell(f)
		case 7:
			w.tell(refund(person(), when(), pick([]string{"", "o1", "o2", "o3", "o4", "o5", "o6"}), rapid.Int64Range(1, 1200).Draw(t, "back")))
		case 8:
			w.tell(removed(person(), when(), "acc", pick([]string{"u1", "u2"})))
		case 9:
			if len(merges) > 0 && rapid.Bool().Draw(t, "split") {
				m := merges[len(merges)-1]
				merges = merges[:len(merges)-1]
				for _, id := range m.members {
					speaker[id] = m.members[0]
				}
				w.tell(split(m.winner, m.members...))
				break
			}
			winner, loser := speaker[person()], speaker[person()]
			if winner == loser {
				break
			}
			members := []string{loser}
			for id, s := range speaker {
				if s == loser && id != loser {
					members = append(members, id)
				}
			}
			slices.Sort(members[1:])
			for _, id := range members {
				speaker[id] = winner
			}
			merges = append(merges, joined{winner, members})
			w.tell(merged(winner, members...))
		}
		if rapid.IntRange(0, 9).Draw(t, "catch up") == 0 {
			w.catchUp()
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "costs") {
		from := dayOf(at("2025-07-01 00:00")) + rapid.Int64Range(0, 330).Draw(t, "day")
		_, err := w.svc.PutCost(w.ctx(), pick(channels[:5]), CostEntry{From: dayName(from), To: dayName(from + rapid.Int64Range(0, 60).Draw(t, "days")), AmountMinor: rapid.Int64Range(0, 9999).Draw(t, "cost")})
		w.must(err)
	}
	w.catchUp()
	live := w.dump()
	w.compare(t)
	w.must(w.runner.Rebuild(w.ctx(), SubscriberName, org))
	w.catchUp()
	if again := w.dump(); again != live {
		t.Fatalf("live:\n%s\nrebuilt:\n%s", live, again)
	}
}

// dump is the projection as text.
func (w *world) dump() string {
	var out strings.Builder
	w.must(w.db.Read(w.ctx(), org, func(tx *db.Tx) error {
		var lines []string
		if err := eachPath(w.ctx(), tx, org, func(id, facts string, many bool) error {
			return unpack(facts, func(f *fact) { lines = append(lines, fmt.Sprintln(id, *f, many)) })
		}); err != nil {
			return err
		}
		slices.Sort(lines)
		fmt.Fprintln(&out, lines)
		sources, err := sourcesOf(w.ctx(), tx, org)
		if err != nil {
			return err
		}
		aliases, err := aliasesOf(w.ctx(), tx, org)
		fmt.Fprintln(&out, sources, aliases)
		return err
	}))
	return out.String()
}

func (w *world) compare(t *rapid.T) {
	var costs []cost
	w.must(w.db.Read(w.ctx(), org, func(tx *db.Tx) (err error) {
		costs, err = costsBetween(w.ctx(), tx, org, nil, 0, 1<<40)
		return err
	}))
	people := refPeople(w.events())
	for _, model := range []string{"first", "last", "linear", "position"} {
		days := rapid.SampledFrom([]int64{1, 7, 30, 90, 365}).Draw(t, "window")
		book := refDraw(people, model, time.Duration(days)*24*time.Hour, w.zone, w.clock.Now())
		for _, by := range []string{"channel", "platform", "campaign", "entrance", "staff", "code", "link", "month"} {
			rep := w.report(by, ReportQuery{Model: model, WindowDays: days, From: "2025-07", To: "2026-06"})
			rows, total := w.refReport(by, book, costs)
			got := map[string]string{}
			for _, r := range rep.Rows {
				if text := figuresText(r.Figures); text != refFigures(refSum{}) || rows[r.Key] != nil {
					got[r.Key] = text
				}
			}
			for key, s := range rows {
				if *s == (refSum{}) && got[key] == "" {
					continue // neither says anything
				}
				if got[key] != refFigures(*s) {
					t.Fatalf("%s by %s within %d, row %q:\n%s\nwant\n%s", model, by, days, key, got[key], refFigures(*s))
				}
				delete(got, key)
			}
			if len(got) != 0 || figuresText(rep.Total) != refFigures(total) || figuresText(rep.Unattributed) != refFigures(book.nobody) {
				t.Fatalf("%s by %s: beside %v total\n%s\nwant\n%s\nnobody\n%s\nwant\n%s", model, by, got, figuresText(rep.Total), refFigures(total), figuresText(rep.Unattributed), refFigures(book.nobody))
			}
		}
		p, err := w.svc.Payback(w.ctx(), ReportQuery{Model: model, WindowDays: days, From: "2025-07", To: "2026-06"})
		w.must(err)
		for _, m := range p.Months {
			var sofar int64
			for _, c := range m.Cells {
				sofar += book.back[fmt.Sprint(m.Month, " ", c.Offset)]
				if c.NetMinor != sofar {
					t.Fatalf("payback of %s after %d months: %d, not %d", m.Month, c.Offset, c.NetMinor, sofar)
				}
			}
		}
	}
}

// The thirtieth day still counts, and what was given back in full does not.
func TestQualityAtItsEdges(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	begin := at("2026-03-01 00:00")
	day30 := begin.Add(30 * 24 * time.Hour)
	friend := acquisitionevent.Arrival{Way: "friend", AccountID: "acc", UserID: "u1"}
	w.tell(arrived("per_1", begin, friend), order("per_1", day30, "o1", 10), order("per_1", day30.Add(time.Microsecond), "o2", 10),
		order("per_1", begin, "o3", 10), refund("per_1", day30, "o3", 10), removed("per_1", day30.Add(time.Microsecond), "acc", "u1"),
		arrived("per_2", begin, friend), removed("per_2", day30, "acc", "u1"), order("per_2", begin, "o4", 10), refund("per_2", day30, "o4", 9))
	w.catchUp()
	f := w.report("month", ReportQuery{Model: "first", WindowDays: 90}).Total
	if *f.Orders30 != 1 || *f.ReachedFirst != 1 || *f.ReachedRepeat != 0.5 || *f.StillFriend30 != 0.5 || f.RefundedMinor != 19 {
		t.Errorf("orders %v first %v repeat %v friends %v refunded %d", *f.Orders30, *f.ReachedFirst, *f.ReachedRepeat, *f.StillFriend30, f.RefundedMinor)
	}
}
