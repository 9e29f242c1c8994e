package inbox

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

func TestSearch(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_1"] = "stf_2"
		id := w.hear("per_1", "acc_web", "v1", "请问这款奶粉什么时候到货？订单 SF1234567")
		w.hear("per_2", "acc_web", "v2", "到货后告诉我，ＡＢＣ型号")
		w.hear("per_3", "acc_oa", "o3", "货到付款")
		w.hear("per_3", "acc_oa", "o3", "𫝆日 naïve O'Neil \" * %")
		w.want(boss, 201, "POST", "/inbox/conversations/"+id+"/notes", `{"key":"key-00001","text":"客户问到货"}`, nil)
		w.clock.Advance(time.Second)
		w.post(id, "key-00002", "明天到货")
		find := func(as, q string) string {
			t.Helper()
			var all []string
			for cursor := ""; ; {
				var p httpx.Page[Found]
				w.want(as, 200, "GET", "/inbox/search?limit=2&q="+url.QueryEscape(q)+"&cursor="+cursor, "", &p)
				for _, f := range p.Items {
					all = append(all, string([]rune(f.Text)[:2]))
				}
				if cursor = p.NextCursor; cursor == "" {
					return strings.Join(all, " ")
				}
			}
		}
		for q, want := range map[string]string{"到货": "明天 客户 到货 请问", "到货 订单": "请问", "货": "明天 客户 货到 到货 请问", "sf123": "请问", "abc": "到货", "1234567": "", "订货": "", "到货后告": "到货", "NAÏVE": "𫝆日", "𫝆日": "𫝆日", "o'ne": "𫝆日"} {
			if got := find(boss, q); got != want {
				t.Errorf("%s: %s, not %s", q, got, want)
			}
		}
		w.want(boss, 200, "POST", "/inbox/conversations/"+conversationID("acc_web", "v2")+"/transfer", `{"staff_id":"stf_3"}`, nil)
		if got := find(org+" associate stf_2", "到货"); got != "明天 客户 请问" {
			t.Errorf("an associate finds %s", got)
		}
		if got := find("org_b owner stf_1", "到货"); got != "" {
			t.Errorf("another brand finds %s", got)
		}
		w.want(boss, 422, "GET", "/inbox/search?q=%20%2A%2A", "", nil)
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if got := find(boss, "到货"); got != "明天 客户 到货 请问" {
			t.Errorf("rebuilt: %s", got)
		}
	})
}

func TestSearchGoesOn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		// Many hold the pairs, few the words: "北京" and "京东" stand in all.
		for i := range searchStep*searchRounds/20 + 10 {
			for k := range 20 {
				text := "北京 京东"
				if i == 3 && k == 3 {
					text = "北京东路"
				}
				w.tell(w.said("per_1", "acc_web", fmt.Sprint("v", i), text, w.clock.Now().Add(0)))
			}
		}
		w.catchUp()
		found := 0
		pages := 0
		for cursor := ""; ; {
			var p httpx.Page[Found]
			w.want(boss, 200, "GET", "/inbox/search?q="+url.QueryEscape("北京东")+"&cursor="+cursor, "", &p)
			found, pages = found+len(p.Items), pages+1
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		if found != 1 || pages < 2 {
			t.Errorf("%d found on %d pages", found, pages)
		}
	})
}

// Under a policy PostgreSQL would read every row instead of the index.
func TestSearchUsesItsIndex(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.Postgres, schema))
	plan := ""
	w.must(w.db.Write(t.Context(), org, func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		return tx.Each(t.Context(), func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			plan += line + "\n"
			return err
		}, "EXPLAIN SELECT doc FROM inbox_message_fts WHERE terms @@ CAST(? AS tsquery)", "'x'")
	}))
	if !strings.Contains(plan, "inbox_message_fts_terms") {
		t.Error(plan)
	}
}
