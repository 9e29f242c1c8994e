package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// Chats plays the archive: associates may read their own.
func (w *world) Chats(ctx context.Context, _ *db.Tx, orgID string, f ChatFilter, limit int) (out []Chat, err error) {
	a := actor(ctx)
	for _, c := range w.chats {
		if orgID != org || a.OwnOnly && c.StaffID != a.ID || f.IDs != nil && !slices.Contains(f.IDs, c.ID) || f.AccountID != "" && c.AccountID != f.AccountID ||
			f.StaffID != "" && c.StaffID != f.StaffID || f.PersonID != "" && c.PersonID != f.PersonID || f.Before.ID != "" && later(c.LastAt, c.ID, f.Before.At, f.Before.ID) <= 0 {
			continue
		}
		out = append(out, c)
	}
	return out[:min(len(out), limit)], nil
}

func (w *world) ChatMessages(ctx context.Context, orgID, id string, before int64, beforeID string, limit int) (out []ChatMessage, err error) {
	if seen, err := w.Chats(ctx, nil, orgID, ChatFilter{IDs: []string{id}}, 1); err != nil || len(seen) == 0 {
		return nil, errs.NotFound(i18n.T("会话", "chat"))
	}
	w.audits = append(w.audits, "read "+id+" by "+actor(ctx).ID)
	for _, m := range w.archived[id] {
		if beforeID == "" || later(m.At, m.ID, before, beforeID) > 0 {
			out = append(out, m)
		}
	}
	return out[:min(len(out), limit)], nil
}

// archive puts chats into the archive: stf_1's with per_1, stf_2's with per_2.
func (w *world) archive() {
	at := func(ago time.Duration) int64 { return clock.Micros(w.clock.Now().Add(-ago)) }
	w.chats = []Chat{
		{ID: "thr_1", AccountID: "acc_wecom", UserID: "u1", StaffID: "stf_1", ExternalID: "wm1", PersonID: "per_1", Messages: 3, LastAt: at(time.Hour)},
		{ID: "thr_2", AccountID: "acc_wecom", UserID: "u2", StaffID: "stf_2", ExternalID: "wm2", PersonID: "per_2", Messages: 1, LastAt: at(3 * time.Hour)},
	}
	w.archived = map[string][]ChatMessage{
		"thr_1": {{ID: "arc_3", Direction: "out", Type: "text", Text: "收到", At: at(time.Hour)}, {ID: "arc_2", Direction: "in", Type: "redpacket", AmountMinor: 8805, Currency: "CNY", At: at(2 * time.Hour)},
			{ID: "arc_1", Direction: "in", Type: "text", Text: "卡 ****", Hidden: true, At: at(3 * time.Hour)}},
		"thr_2": {{ID: "arc_9", Direction: "in", Type: "text", Text: "在吗", At: at(3 * time.Hour)}},
	}
}

// TestArchivedChats: they stand in lists where they belong in time, for those
// who may read them; they are read and not written.
func TestArchivedChats(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		old := w.hear("per_1", "acc_web", "v1", "从前")
		w.clock.Advance(4 * time.Hour)
		w.archive()
		fresh := w.hear("per_3", "acc_web", "v3", "现在")
		order := func(as, query string) (out []string) {
			for cursor, pages := "", 0; pages < 9; pages++ { // one by one: the pages lose and repeat nothing
				var p httpx.Page[Conversation]
				w.want(as, 200, "GET", "/inbox/conversations?limit=1"+query+"&cursor="+cursor, "", &p)
				for _, c := range p.Items {
					out = append(out, c.ID)
				}
				if cursor = p.NextCursor; cursor == "" {
					break
				}
			}
			return out
		}
		for _, see := range []struct{ as, query, want string }{
			{boss, "", fmt.Sprint([]string{fresh, "thr_1", "thr_2", old})},
			{boss, "&status=all&tab=all", fmt.Sprint([]string{fresh, "thr_1", "thr_2", old})},
			{boss, "&tab=mine", "[thr_1]"},
			{boss, "&tab=unassigned", fmt.Sprint([]string{fresh, old})},
			{boss, "&archive=only", "[thr_1 thr_2]"},
			{boss, "&archive=without", fmt.Sprint([]string{fresh, old})},
			{boss, "&account_id=acc_wecom", "[thr_1 thr_2]"},
			{boss, "&account_id=acc_oa", "[]"},
			{boss, "&person_id=per_1", fmt.Sprint([]string{"thr_1", old})},
			{boss, "&staff_id=stf_2", "[thr_2]"},
			{boss, "&status=open", fmt.Sprint([]string{fresh, old})},
			{boss, "&waiting=true", fmt.Sprint([]string{fresh, old})},
			{boss, "&sort=waiting", fmt.Sprint([]string{old, fresh})},
			{org + " associate stf_2", "", fmt.Sprint([]string{fresh, "thr_2", old})},
			{org + " associate stf_3", "&archive=only", "[]"},
			{"org_b owner stf_1", "", "[]"},
		} {
			if got := fmt.Sprint(order(see.as, see.query)); got != see.want {
				t.Errorf("%s%s: %s, not %s", see.as, see.query, got, see.want)
			}
		}
		if len(w.audits) != 0 {
			t.Error("a list was audited:", w.audits)
		}
		var det Details
		text := w.want(boss, 200, "GET", "/inbox/conversations/thr_1", "", &det)
		if det.Archived != 3 || det.AccountKind != "wecom" || det.PersonName != "客户 per_1" || det.AssigneeName != "小鱼" || det.Composer.Open || !strings.Contains(det.Composer.Note, "企业微信") ||
			det.Chat == nil || *det.Chat != (ChatThere{"u1", "wm1"}) || det.LastText != "" || strings.Contains(text, "null,\"presence") {
			t.Errorf("%+v %+v", det, det.Chat)
		}
		w.chats[1].StaffID, w.chats[1].UserID = "", "u9" // a member who is nobody of the staff
		if c := w.conv("thr_2"); c.AssigneeID != "" || c.AssigneeName != "u9" {
			t.Errorf("%+v", c.Conversation)
		}
		var page httpx.Page[Message]
		w.want(boss, 200, "GET", "/inbox/conversations/thr_1/messages?limit=2", "", &page)
		if len(page.Items) != 2 || page.Items[1].Text != "收到" || page.Items[1].SenderName != "小鱼" || page.Items[0].Text != "红包或转账 ¥88.05" || page.NextCursor == "" {
			t.Errorf("%+v", page)
		}
		w.want(boss, 200, "GET", "/inbox/conversations/thr_1/messages?limit=2&cursor="+page.NextCursor, "", &page)
		if len(page.Items) != 1 || !page.Items[0].Hidden || page.Items[0].Direction != DirectionIn || page.NextCursor != "" {
			t.Errorf("%+v", page)
		}
		if fmt.Sprint(w.audits) != "[read thr_1 by stf_1 read thr_1 by stf_1]" {
			t.Error(w.audits)
		}
		for _, as := range []string{org + " associate stf_2", "org_b owner stf_1"} {
			w.want(as, 404, "GET", "/inbox/conversations/thr_1", "", nil)
			w.want(as, 404, "GET", "/inbox/conversations/thr_1/messages", "", nil)
			w.want(as, 404, "PATCH", "/inbox/conversations/thr_1", `{"status":"resolved"}`, nil)
		}
		for path, body := range map[string]string{"/messages": `{"key":"key-00001","parts":[{"kind":"text","text":"x"}]}`, "/notes": `{"key":"key-00001","text":"x"}`, "/transfer": `{"staff_id":"stf_2"}`, "/read": `{"incoming":1}`, "/presence": `{"typing":true}`} {
			if text := w.want(boss, 409, "POST", "/inbox/conversations/thr_1"+path, body, nil); !strings.Contains(text, "企业微信") {
				t.Error(text)
			}
		}
		if got := w.rows("SELECT id FROM inbox_conversation WHERE org_id = ? AND id LIKE 'thr%'", org); got != nil {
			t.Error("it is kept here:", got)
		}
	})
}
