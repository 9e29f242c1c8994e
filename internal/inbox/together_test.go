package inbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// TestTogether: one person's messages over all accounts come in the order in
// which they happened, page by page, to those who may see them.
func TestTogether(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.clock.Advance(10 * time.Hour)
		w.archive() // three messages of per_1 with stf_1, in the hours before
		w.clock.Advance(-150 * time.Minute)
		web := w.hear("per_1", "acc_web", "v1", "官网一")
		w.clock.Advance(150 * time.Minute)
		oa := w.hear("per_1", "acc_oa", "o1", "公众号一")
		w.hear("per_1", "acc_web", "v1", "官网二")
		w.post(oa, "key-00001", "公众号答")
		w.hear("per_2", "acc_web", "v2", "别人")
		read := func(as string, limit int) string {
			t.Helper()
			var said []string
			for cursor, pages := "", 0; pages < 9; pages++ {
				var p httpx.Page[Placed]
				w.want(as, 200, "GET", fmt.Sprintf("/inbox/persons/per_1/messages?limit=%d&cursor=%s", limit, cursor), "", &p)
				var page []string
				for _, m := range p.Items {
					page = append(page, m.AccountName+":"+m.Text)
				}
				said = append(page, said...)
				if cursor = p.NextCursor; cursor == "" {
					break
				}
			}
			return strings.Join(said, " | ")
		}
		const want = "企业微信:卡 **** | 官网:官网一 | 企业微信:红包或转账 ¥88.05 | 企业微信:收到 | 公众号:公众号一 | 官网:官网二 | 公众号:公众号答"
		for _, limit := range []int{1, 2, 3, 50} {
			if got := read(boss, limit); got != want {
				t.Errorf("by %d: %s", limit, got)
			}
		}
		// An associate: theirs, and what nobody has taken.
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+web, `{"assignee_staff_id":"stf_2"}`, nil)
		if got := read(org+" associate stf_2", 50); got != "官网:官网一 | 官网:官网二" { // answering has made the other one stf_1's
			t.Error(got)
		}
		w.want(org+" associate stf_3", 404, "GET", "/inbox/persons/per_1/messages", "", nil)
		w.want("org_b owner stf_1", 404, "GET", "/inbox/persons/per_1/messages", "", nil)
		w.want(boss, 404, "GET", "/inbox/persons/per_none/messages", "", nil)
		var p httpx.Page[Placed]
		w.want(boss, 200, "GET", "/inbox/persons/per_1/messages", "", &p)
		if i := slices.IndexFunc(p.Items, func(m Placed) bool { return m.Text == "公众号答" }); p.Items[i].ConversationID != oa || len(p.Items[i].Attempts) != 1 || p.Items[i].Archived || !p.Items[0].Archived {
			t.Errorf("%+v", p.Items)
		}
	})
}
