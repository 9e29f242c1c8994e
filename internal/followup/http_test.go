package followup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

const good = `{"name":"x","text":"everyone","anchor":"always","offset_days":0,"window_days":0,"carry_days":0,"rest_days":5,"decline_days":9,"weight":10,"enabled":true}`

func TestEverybodySeesTheirOwnList(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0))
		w.person("stf_1", nil)
		w.person("stf_2", nil)
		w.person("", nil)
		var l List
		if s := w.call("associate", "stf_1", "GET", "/today", "", &l); s != 200 || l.Day != "" || l.Items == nil || l.Today != "2026-11-22" {
			t.Fatalf("before the first: %d %+v", s, l)
		}
		w.build()
		theirs := w.list("stf_2").Items[0].ID
		mine := w.list("stf_1").Items[0].ID
		later := w.clock.Now().Add(26 * time.Hour).Format(time.RFC3339)
		var p Promise
		if s := w.call("associate", "stf_2", "POST", "/today/promises", `{"person_id":"per_002","due_at":"`+later+`","text":"Call"}`, &p); s != 201 || p.Day != "2026-11-23" || p.StaffName != "阿海" {
			t.Fatalf("promise: %d %+v", s, p)
		}
		for _, c := range []struct {
			role, staff, method, path, body string
			want                            int
		}{
			{"associate", "stf_1", "GET", "/today", "", 200},
			{"associate", "stf_1", "GET", "/today?staff_id=stf_2", "", 403},
			{"associate", "stf_1", "GET", "/today?staff_id=all", "", 403},
			{"associate", "stf_1", "GET", "/today?day=2026-11", "", 422},
			{"associate", "stf_1", "GET", "/today/items/" + mine, "", 200},
			{"associate", "stf_1", "GET", "/today/items/" + theirs, "", 404},
			{"associate", "stf_1", "POST", "/today/items/" + theirs + "/done", `{}`, 404},
			{"associate", "stf_1", "POST", "/today/items/" + theirs + "/undo", ``, 404},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/assign", `{"staff_id":"stf_2"}`, 403},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/undo", ``, 409},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/postpone", `{"until":"2026-11-22"}`, 422},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/postpone", `{"until":"2028-11-22"}`, 422},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/done", `{"next_at":"2026-11-25T00:00:00Z"}`, 422},
			{"associate", "stf_1", "POST", "/today/items/" + mine + "/done", `{"next_step":"` + strings.Repeat("长", 501) + `"}`, 422},
			{"associate", "stf_1", "POST", "/today/promises", `{"person_id":"per_002","due_at":"` + later + `","text":"x"}`, 404},
			{"associate", "stf_1", "POST", "/today/promises", `{"person_id":"per_001","due_at":"2026-11-01T00:00:00Z","text":"x"}`, 422},
			{"associate", "stf_1", "GET", "/today/promises?person_id=per_002", "", 404},
			{"associate", "stf_1", "PATCH", "/today/promises/" + p.ID, `{"text":"y"}`, 404},
			{"associate", "stf_1", "GET", "/today/team", "", 403},
			{"associate", "stf_1", "GET", "/today/rules", "", 200},
			{"associate", "stf_1", "POST", "/today/rules", good, 403},
			{"associate", "stf_1", "POST", "/today/build", "", 403},
			{"finance", "stf_3", "GET", "/today", "", 403},
			{"owner", "stf_boss", "GET", "/today?staff_id=stf_9", "", 404},
			{"owner", "stf_boss", "GET", "/today?staff_id=none", "", 200},
			{"owner", "stf_boss", "GET", "/today/items/" + theirs, "", 200},
			{"foreign", "stf_x", "GET", "/today/items/" + theirs, "", 404},
			{"foreign", "stf_x", "DELETE", "/today/promises/" + p.ID, "", 404},
			{"owner", "stf_boss", "PUT", "/today/settings", `{"build_at":"7:00","cap":50,"credit_days":7}`, 422},
			{"owner", "stf_boss", "PUT", "/today/settings", `{"build_at":"06:30","cap":501,"credit_days":7}`, 422},
			{"owner", "stf_boss", "GET", "/today/team?day=2026-11-22&to=2026-11-01", "", 422},
			{"owner", "stf_boss", "DELETE", "/today/rules/flr_birthday", "", 409},
			{"associate", "stf_2", "DELETE", "/today/promises/" + p.ID, "", 204},
		} {
			if s := w.call(c.role, c.staff, c.method, c.path, c.body, nil); s != c.want {
				t.Errorf("%s %s %s: %d, want %d", c.role, c.method, c.path, s, c.want)
			}
		}
		if l := w.list("all"); l.Counts[Open] != 3 {
			t.Errorf("something was done: %+v", l.Counts)
		}
	})
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		change := func(from, to string) string { return strings.Replace(good, from, to, 1) }
		for body, want := range map[string]string{
			change(`"name":"x"`, `"name":" "`):                                                         "body.name",
			change(`everyone`, `stage is funny`):                                                       "body.text",
			change(`"text":"everyone"`, `"text":"everyone","segment_id":"seg_1"`):                      "body.text",
			change(`,"text":"everyone"`, ``):                                                           "body.segment_id",
			change(`"always"`, `"entered"`):                                                            "body.segment_id",
			change(`"always"`, `"last_event"`):                                                         "body.anchor_name",
			change(`"always"`, `"anniversary","anchor_name":"nothing"`):                                "body.anchor_name",
			change(`"always"`, `"stage_change","anchor_name":"repeat"`):                                "body.anchor_name",
			change(`"always"`, `"promise"`):                                                            "body.anchor",
			change(`"always","offset_days":0`, `"last_order","offset_days":-1`):                        "body.offset_days",
			strings.Replace(change(`"always"`, `"birthday"`), `"carry_days":0`, `"carry_days":361`, 1): "body.window_days",
			change(`"weight":10`, `"weight":101`):                                                      "body.weight",
			change(`"always"`, `"yesterday"`):                                                          "body.anchor",
		} {
			var p httpx.Problem
			if s := w.call("owner", "stf_boss", "POST", "/today/rules", body, &p); s != 422 || len(p.Errors) == 0 || p.Errors[0].Location != want && !strings.HasPrefix(want, p.Errors[0].Location) {
				t.Errorf("%s: %d %+v, want %s", body, s, p.Errors, want)
			}
		}
		if s := w.call("owner", "stf_boss", "POST", "/today/rules", strings.Replace(change(`"text":"everyone"`, `"segment_id":"seg_9"`), "x", "y", 1), nil); s != 404 {
			t.Errorf("a segment that there is not: %d", s)
		}
		var r, again Rule
		if s := w.call("owner", "stf_boss", "POST", "/today/rules", good, &r); s != 201 || r.Title != "x" || r.Position != 8 {
			t.Fatalf("%d %+v", s, r)
		}
		put := strings.Replace(good, `"name":"x"`, fmt.Sprintf(`"name":"y","version":%d`, r.Version), 1)
		if s := w.call("owner", "stf_boss", "PUT", "/today/rules/"+r.ID, put, &again); s != 200 || again.Title != "y" || again.Version != 2 {
			t.Fatalf("%d %+v", s, again)
		}
		if s := w.call("owner", "stf_boss", "PUT", "/today/rules/"+r.ID, put, nil); s != 409 {
			t.Errorf("changed by two: %d", s)
		}
		if s := w.call("owner", "stf_boss", "POST", "/today/rules/order", `{"ids":["`+r.ID+`"]}`, nil); s != 204 {
			t.Errorf("order: %d", s)
		}
		all, err := w.svc.Rules(as("owner", "stf_boss"))
		w.must(err)
		if all[0].ID != r.ID || len(all) != 8 {
			t.Errorf("%+v", all[0])
		}
		if s := w.call("owner", "stf_boss", "DELETE", "/today/rules/"+r.ID, "", nil); s != 204 {
			t.Errorf("delete: %d", s)
		}
		if s := w.call("owner", "stf_boss", "DELETE", "/today/rules/"+r.ID, "", nil); s != 404 {
			t.Errorf("deleted twice: %d", s)
		}
	})
}

func TestPreviewTellsWhoAndOnWhoseList(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 12 {
			w.person([]string{"stf_1", "stf_2", ""}[i%3], func(p *Described) { p.LastOrder = w.at(-i, 10) })
		}
		body := strings.Replace(good, `"always","offset_days":0,"window_days":0`, `"last_order","offset_days":2,"window_days":7`, 1)
		var p Preview
		if s := w.call("owner", "stf_boss", "POST", "/today/rules/preview", body, &p); s != 200 || p.People != 8 || len(p.Sample) != 8 || p.Text != "everyone" {
			t.Fatalf("%d %+v", s, p)
		}
		by := map[string]int64{}
		for _, s := range p.Staff {
			by[s.StaffID] = s.People
		}
		if by["stf_1"] != 3 || by["stf_2"] != 2 || by[""] != 3 {
			t.Errorf("%v", by)
		}
		if p.Sample[0].Reason == "" || p.Sample[0].Name == "" {
			t.Errorf("%+v", p.Sample[0])
		}
		if l := w.list("all"); l.Day != "" {
			t.Error("a preview makes lists")
		}
	})
}

func TestTeamAddsUpAndComesAsATable(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0))
		for i := range 6 {
			w.person([]string{"stf_1", "stf_1", "stf_2"}[i%3], nil)
		}
		w.build()
		items := w.list("stf_1").Items
		_, err := w.svc.Done(as("associate", "stf_1"), items[0].ID, Outcome{})
		w.must(err)
		w.clock.Advance(time.Minute)
		w.happens(order(w, items[0].PersonID, "o1", 12345, "CNY"), order(w, items[1].PersonID, "o2", 1, "CNY"))
		w.next(1)
		w.build()
		var team TeamCoverage
		if s := w.call("owner", "stf_boss", "GET", "/today/team?day=2026-11-22&to=2026-11-23", "", &team); s != 200 || team.Days != 2 || team.Built != nil {
			t.Fatalf("%d %+v", s, team)
		}
		if c := team.Total; c.Listed != 11 || c.Open != 5 || c.Missed != 4 || c.Done != 1 || c.Converted != 2 || c.Orders != 2 || c.GainMinor != 12346 {
			t.Errorf("%+v", c)
		}
		if len(team.Staff) != 2 || len(team.Rules) != 1 || team.Rules[0].Listed != 11 || team.Staff[0].Listed+team.Staff[1].Listed != 11 {
			t.Errorf("%+v", team)
		}
		r := testkit.Request("GET", "/today/team/export?day=2026-11-22", "")
		r.Header.Set("Accept-Language", "en")
		_, text := w.api.Serve(org+" operator stf_boss", r)
		want := "\uFEFFDay,Staff,Listed,Beyond the cap,Attended to,Done,Postponed,Not interested,Answered,Not attended to,Wrote back,Bought,Orders,Amount (CNY)\r\n" +
			"2026-11-22,小鱼,4,0,2,1,0,0,0,2,0,2,2,123.46\r\n2026-11-22,阿海,2,0,0,0,0,0,0,2,0,0,0,0.00\r\n"
		if text != want {
			t.Errorf("%s\nwant\n%s", text, want)
		}
	})
}

// What was promised is found by how it stands, page by page, and nobody sees
// more than their own without being in charge of the team.
func TestPromisesByState(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules()
		for range 3 {
			w.person("stf_1", nil)
		}
		w.person("stf_2", nil)
		var ids []string
		promise := func(staff, person string, in time.Duration) {
			t.Helper()
			var p Promise
			if s := w.call("associate", staff, "POST", "/today/promises", `{"person_id":"`+person+`","due_at":"`+w.clock.Now().Add(in).Format(time.RFC3339)+`","text":"`+person+`"}`, &p); s != 201 {
				t.Fatal(s)
			}
			ids = append(ids, p.ID)
		}
		promise("stf_1", "per_001", time.Hour)     // overdue, soon
		promise("stf_1", "per_002", 3*time.Hour)   // later today
		promise("stf_1", "per_003", 30*time.Hour)  // tomorrow
		promise("stf_2", "per_004", 50*time.Hour)  // another's
		promise("stf_1", "per_001", 100*time.Hour) // kept
		w.clock.Advance(2 * time.Hour)
		if s := w.call("associate", "stf_1", "PATCH", "/today/promises/"+ids[4], `{"status":"kept"}`, nil); s != 200 {
			t.Fatal(s)
		}
		for _, c := range []struct{ role, staff, query, want string }{
			{"associate", "stf_1", "", "per_001 per_002 per_003"},
			{"associate", "stf_1", "?status=open", "per_001 per_002 per_003"},
			{"associate", "stf_1", "?status=overdue", "per_001"},
			{"associate", "stf_1", "?status=due", "per_001 per_002"},
			{"associate", "stf_1", "?status=kept", "per_001"},
			{"associate", "stf_1", "?status=cancelled", ""},
			{"associate", "stf_1", "?status=all", "per_001 per_003 per_002 per_001"},
			{"associate", "stf_1", "?staff_id=stf_2", "per_001 per_002 per_003"},
			{"owner", "stf_boss", "?staff_id=stf_2", "per_004"},
			{"owner", "stf_boss", "?staff_id=all", "per_001 per_002 per_003 per_004"},
			{"foreign", "stf_boss", "?staff_id=all", ""},
		} {
			var got []string
			cursor := ""
			for {
				var page httpx.Page[Promise]
				sep := "?"
				if c.query != "" {
					sep = "&"
				}
				if s := w.call(c.role, c.staff, "GET", "/today/promises"+c.query+sep+"limit=2&cursor="+cursor, "", &page); s != 200 || len(page.Items) > 2 {
					t.Fatalf("%+v: %d %d", c, s, len(page.Items))
				}
				for _, p := range page.Items {
					got = append(got, p.PersonID)
					if p.Overdue != (p.ID == ids[0]) {
						t.Errorf("%s: overdue %v", p.Text, p.Overdue)
					}
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v: %v", c, got)
			}
		}
	})
}
