package carrier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func callback(kind, user, external string, at int64, more string) string {
	return fmt.Sprintf("CreateTime=%d Event=change_external_contact ChangeType=%s UserID=%s ExternalUserID=%s %s", at, kind, user, external, more)
}

func TestArrival(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		now := w.clock.Now()
		w.corp.tags = []map[string]any{{"group_id": "g", "group_name": "Level", "tag": []map[string]any{{"id": "et1", "name": "VIP"}}}}
		w.must(w.s.db.Write(t.Context(), org, func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "INSERT INTO carrier_staff (org_id, account_id, user_id, name, email, status, staff_id, updated_at) VALUES (?, ?, 'li', 'Li', '', 'active', 'stf_li', 0)", org, w.acc); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), "INSERT INTO carrier_tag (org_id, account_id, platform_id, group_id, group_name, name, deleted) VALUES (?, ?, 'et1', 'g', 'Level', 'VIP', 0)", org, w.acc)
			return err
		}))
		w.corp.befriend("li", "wm1", "Ann\u202e\n<script>", now, map[string]any{"unionid": "u1", "state": "cod_1", "remark_mobiles": []string{"13800138000"},
			"tags": []map[string]any{{"tag_id": "et1", "tag_name": "VIP", "type": 1}}})
		var arrived []Arrival
		w.pond.greet = func(a Arrival) (Greeting, error) {
			arrived = append(arrived, a)
			return Greeting{Channel: "chn_1", Entrance: "chn_2", CodeID: "cod_1", Tags: []string{"From code"}, Remark: "Ann from the shop",
				Welcome: []Part{{Kind: PartText, Text: "Hello " + a.PersonName}, {Kind: PartLink, Title: "Shop", URL: "https://shop.example"}}}, nil
		}
		w.deliver(callback("add_external_contact", "li", "wm1", now.Unix(), "State=cod_1 WelcomeCode=W1"))
		w.clock.Advance(2 * time.Second)
		w.tick()
		if len(arrived) != 1 || arrived[0].StaffID != "stf_li" || arrived[0].State != "cod_1" || !arrived[0].First || arrived[0].PersonName != "Ann\u202e <script>" || arrived[0].PersonID != "per_wm1" {
			t.Errorf("arrivals %+v", arrived)
		}
		w.expect("li wm1 friend cod_1 [\"et1\"] 1772352000000000 0",
			"SELECT user_id || ' ' || external_id || ' ' || status || ' ' || state || ' ' || tags || ' ' || since || ' ' || profile_due FROM carrier_contact WHERE org_id = ?", org)
		w.expect("name Ann\u202e <script>\nowner stf_li\ntag From code\ntag VIP", "SELECT word FROM person_word WHERE org_id = ? AND person = 'per_wm1' ORDER BY word", org)
		w.expect("phone 13800138000\nunionid u1\nwecom_external_userid wm1", "SELECT kind || ' ' || value FROM person_key WHERE org_id = ? ORDER BY kind", org)
		w.expect(`friend.added per_wm1 {"account_id":"`+w.acc+`","account_kind":"wecom","user_id":"li","staff_id":"stf_li","external_id":"wm1","state":"cod_1","channel":"chn_1","entrance":"chn_2","code_id":"cod_1","add_way":1,"first":true}
welcome.sent per_wm1 {"account_id":"`+w.acc+`","user_id":"li","external_id":"wm1"}`,
			"SELECT kind || ' ' || person_id || ' ' || data FROM timeline_event WHERE org_id = ? ORDER BY kind", org)
		if got := w.corp.codes["W1"]; !strings.Contains(got, "Hello Ann") {
			t.Errorf("welcome %s", got)
		}
		if got := strings.Join(w.corp.order, "\n"); got != `externalcontact/remark {"external_userid":"wm1","remark":"Ann from the shop","userid":"li"}` {
			t.Errorf("told the platform %s", got)
		}
		w.expect("done", "SELECT status FROM carrier_callback WHERE org_id = ?", org)
	})
}

// TestEverythingTwiceAndInAnyOrder: the state after a story does not depend on
// how often and in which order the platform tells it.
func TestEverythingTwiceAndInAnyOrder(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		base := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Unix()
		story := []string{
			callback("add_external_contact", "li", "wm1", base, "State=a"),
			callback("del_follow_user", "li", "wm1", base+100, ""),
			callback("add_external_contact", "li", "wm1", base+130, "State=b"),
			callback("edit_external_contact", "li", "wm1", base+140, ""),
			callback("add_half_external_contact", "wu", "wm1", base+10, ""),
			callback("add_external_contact", "wu", "wm1", base+20, ""),
			callback("del_external_contact", "wu", "wm1", base+300, ""),
			callback("add_external_contact", "wu", "wm2", base+5, ""),
			callback("del_external_contact", "wu", "wm2", base+6, "Source=DELETE_BY_TRANSFER"),
			fmt.Sprintf("CreateTime=%d Event=change_external_chat ChangeType=update ChatId=wr1 UpdateDetail=add_member", base+7),
			"CreateTime=1 Event=unheard_of",
		}
		seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do; it is printed
		random := rand.New(rand.NewPCG(seed, 1))
		var want string
		for round := range 6 {
			w := newWorld(t, testkit.Open(t, d.Engine(), schema))
			w.clock.Advance(5 * time.Minute)
			w.corp.befriend("li", "wm1", "Ann", time.Unix(base+130, 0), map[string]any{"unionid": "u1", "state": "b"})
			w.corp.befriend("zu", "wm2", "Bo", time.Unix(base+6, 0), nil)
			w.corp.groups["wr1"] = map[string]any{"chat_id": "wr1", "name": "G", "owner": "li", "create_time": base, "member_list": []map[string]any{
				{"userid": "li", "type": 1, "join_time": base}, {"userid": "wm1", "type": 2, "unionid": "u1", "join_time": base + 7, "join_scene": 3, "state": "grp"}}}
			told := append([]string{}, story...)
			if round > 0 {
				told = append(told, story...)
				random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
			}
			for i, e := range told {
				w.deliver(e)
				if round > 0 && random.IntN(3) == 0 || i == len(told)-1 {
					w.tick()
				}
			}
			got := strings.ReplaceAll(w.state(), w.acc, "ACC")
			if round == 0 {
				want = got
				if !strings.Contains(want, "wu wm1 per_wm1 removed_by_staff Ann") || !strings.Contains(want, "li wm1 per_wm1 friend Ann  b") ||
					!strings.Contains(want, "wu wm2 per_wm2 transferred") || !strings.Contains(want, "event friend.added per_wm1 3") || !strings.Contains(want, "event group.joined per_wm1") {
					t.Fatalf("the story went wrong:\n%s", want)
				}
			} else if got != want {
				t.Fatalf("seed %d, round %d: after\n%s\ngot\n%s\nwant\n%s", seed, round, strings.Join(told, "\n"), got, want)
			}
		}
	})
}

// TestFoldKnowsNoOrder: the standing is a function of the set of facts.
func TestFoldKnowsNoOrder(t *testing.T) {
	kinds := []string{changeHalf, changeAdded, changeByCustomer, changeByStaff, changeTransferred}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		var h []entry
		for i := range n {
			h = append(h, entry{at: rapid.Int64Range(1, 5).Draw(t, "at"), change: kinds[rapid.IntRange(0, 4).Draw(t, "kind")], source: fromCallback})
			_ = i
		}
		want := fold(h)
		for range 5 {
			rand.Shuffle(len(h), func(i, j int) { h[i], h[j] = h[j], h[i] })
			if got := fold(h); got != want {
				t.Fatalf("%v: %v and %v", h, got, want)
			}
		}
		if reachable(want.status) != (want.ended == 0) || want.ended != 0 && want.ended < want.since {
			t.Fatalf("%v gives %+v", h, want)
		}
	})
}

func TestFailuresAreTriedAgainAndThenWait(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.pond.failing = fault("the pool is shut")
		w.deliver(callback("add_external_contact", "li", "wm1", w.clock.Now().Unix(), ""))
		w.deliver(callback("del_external_contact", "li", "wm1", w.clock.Now().Unix()+1, ""))
		w.deliver(callback("add_external_contact", "li", "wm2", w.clock.Now().Unix(), ""))
		for range workTries {
			w.tick()
			w.clock.Advance(2 * time.Minute)
		}
		// The second of wm1 has waited for the first, and comes after it.
		w.expect("failed 8\nstored 1\nfailed 8", "SELECT status || ' ' || attempts FROM carrier_callback WHERE org_id = ? ORDER BY id", org)
		w.pond.failing = nil
		w.tick()
		w.expect("failed\ndone\nfailed", "SELECT status FROM carrier_callback WHERE org_id = ? ORDER BY id", org)
		for _, id := range w.rows("SELECT id FROM carrier_callback WHERE org_id = ? AND status = 'failed'", org) {
			if err := w.s.ReplayCallback(w.ctx(), w.acc, id); err != nil {
				t.Error(err)
			}
		}
		w.tick()
		w.expect("removed_by_staff\nfriend", "SELECT status FROM carrier_contact WHERE org_id = ? ORDER BY external_id", org)
		w.expect("done\ndone\ndone", "SELECT status FROM carrier_callback WHERE org_id = ? ORDER BY id", org)
	})
}

func TestArrivalWithoutAnAnswer(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.pond.greet = func(a Arrival) (Greeting, error) {
			return Greeting{Welcome: []Part{{Kind: PartText, Text: "Hi"}}}, nil
		}
		w.deliver(callback("add_external_contact", "li", "wm1", w.clock.Now().Unix(), "WelcomeCode=W1"))
		w.tick() // 84061: the platform does not know them yet
		w.expect("friend 1", "SELECT status || ' ' || profile_due FROM carrier_contact WHERE org_id = ?", org)
		w.expect("sent", "SELECT status FROM carrier_welcome WHERE org_id = ?", org)
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		w.deliver(callback("edit_external_contact", "li", "wm1", w.clock.Now().Unix()+1, ""))
		w.tick()
		w.expect("friend 0 Ann", "SELECT status || ' ' || profile_due || ' ' || name FROM carrier_contact WHERE org_id = ?", org)
	})
}

func TestWelcome(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			name    string
			answers []string
			wait    time.Duration // between the event and its callback
			want    string
		}{
			{"in time", nil, 19 * time.Second, "sent "},
			{"too late", nil, 22 * time.Second, "missed late"},
			{"sent before", []string{`{"errcode":41051}`}, 0, "sent "},
			{"a wrong code", []string{`{"errcode":41050}`}, 0, "missed 41050"},
			{"not yet", []string{`{"errcode":41096}`, `{"errcode":41096}`, `{"errcode":41096}`, `{"errcode":41096}`}, 0, "sent "},
			{"never", strings.Split(strings.Repeat(`{"errcode":41096}|`, 90), "|"), 0, "missed late"},
			{"forbidden", []string{`{"errcode":48002}`}, 0, "missed 48002"},
			{"no answer, and then too late", strings.Split(strings.Repeat("<html>|", 200), "|"), 0, "doubtful late"},
			{"no answer, and then too old", append(strings.Split("<html>|<html>|<html>|<html>", "|")[:3], `{"errcode":41050}`), 0, "doubtful 41050"},
			{"no answer, and it had arrived", append(strings.Split("<html>|<html>|<html>|<html>", "|")[:3], `{"errcode":41051}`), 0, "sent "},
		} {
			t.Run(c.name, func(t *testing.T) {
				w := newWorld(t, testkit.Open(t, d.Engine(), schema))
				w.pond.greet = func(a Arrival) (Greeting, error) {
					return Greeting{Welcome: []Part{{Kind: PartText, Text: "Hi"}}}, nil
				}
				at := w.clock.Now().Unix()
				w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
				w.corp.say("externalcontact/send_welcome_msg", c.answers...)
				w.clock.Advance(c.wait)
				w.deliver(callback("add_external_contact", "li", "wm1", at, "WelcomeCode=W1"))
				for range 40 {
					w.tick()
					w.clock.Advance(time.Second)
				}
				w.expect(c.want, "SELECT status || ' ' || reason FROM carrier_welcome WHERE org_id = ?", org)
				status, reason, _ := strings.Cut(c.want, " ")
				more := ""
				if reason != "" {
					more = `,"reason":"` + reason + `"`
				}
				w.expect("welcome."+status+` {"account_id":"`+w.acc+`","user_id":"li","external_id":"wm1"`+more+"}", "SELECT kind || ' ' || data FROM timeline_event WHERE org_id = ? AND kind LIKE 'welcome.%'", org)
			})
		}
	})
}
