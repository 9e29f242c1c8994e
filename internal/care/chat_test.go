package care

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// TestChats: who may read the archive sees all chats between two, others their
// own; each look is audited, a list is not.
func TestChats(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.archive()
		w.agreed = func(Pair) bool { return true }
		now := w.clock.Now()
		f.add("in", "u2", "c1", "身份证 11010519491231002X 电话 13812345678", now)
		f.add("out", "u2", "c1", "收到", now.Add(time.Second))
		f.add("in", "u3", "c1", "在吗", now.Add(2*time.Second))
		f.add("in", "u2", "c2", "hello", now.Add(3*time.Second))
		f.add("out", "u2", "", "大家好", now.Add(4*time.Second)).RoomID = "room"
		w.pull()
		w.audits = nil
		as := func(role, staff string) context.Context {
			return access.With(t.Context(), testkit.Actor(Permissions, org, role, staff))
		}
		list := func(ctx context.Context, f ChatFilter, limit int) (out []Chat) {
			t.Helper()
			w.must(d.Read(ctx, org, func(tx *db.Tx) (err error) {
				out, err = w.svc.Chats(ctx, tx, org, f, limit)
				return err
			}))
			return out
		}
		who := func(chats []Chat) string {
			var out []string
			for _, c := range chats {
				out = append(out, c.UserID+c.ExternalID)
			}
			return strings.Join(out, " ")
		}
		own := as("associate", "stf_2")
		for _, see := range []struct {
			ctx  context.Context
			f    ChatFilter
			want string
		}{
			{as("owner", "stf_1"), ChatFilter{}, "u2c2 u3c1 u2c1"},
			{as("owner", "stf_1"), ChatFilter{Externals: []string{"c1"}}, "u3c1 u2c1"},
			{as("owner", "stf_1"), ChatFilter{Externals: []string{}}, ""},
			{as("owner", "stf_1"), ChatFilter{StaffID: "stf_3"}, "u3c1"},
			{own, ChatFilter{}, "u2c2 u2c1"},
			{own, ChatFilter{StaffID: "stf_3"}, ""},
			{as("operator", "stf_3"), ChatFilter{}, "u3c1"},
			{as("operator", "stf_9"), ChatFilter{}, ""},
			{t.Context(), ChatFilter{}, ""},
		} {
			if got := who(list(see.ctx, see.f, 10)); got != see.want {
				t.Errorf("%+v: %q, not %q", see.f, got, see.want)
			}
		}
		first := list(own, ChatFilter{}, 1)[0]
		rest := list(own, ChatFilter{Before: clock.Micros(first.LastAt), BeforeID: first.ID}, 10)
		if who(rest) != "u2c1" || rest[0].Messages != 2 || rest[0].PersonID != "per_c1" || rest[0].StaffID != "stf_2" || len(w.audits) != 0 {
			t.Errorf("%+v %v", rest, w.audits)
		}
		id := rest[0].ID
		said, err := w.svc.ChatMessages(own, org, id, 0, "", 1)
		w.must(err)
		more, err := w.svc.ChatMessages(own, org, id, clock.Micros(said[0].At), said[0].ID, 10)
		w.must(err)
		if len(said) != 1 || said[0].Text != "收到" || len(more) != 1 || !more[0].Hidden || strings.Contains(more[0].Text, "11010519491231002X") || !strings.Contains(more[0].Text, "13812345678") {
			t.Errorf("%+v %+v", said, more)
		}
		if fmt.Sprint(w.audited("care.archive.read")) != "2" {
			t.Error(w.audits)
		}
		for _, other := range []context.Context{as("associate", "stf_3"), as("operator", "stf_3"), t.Context()} {
			if _, err := w.svc.ChatMessages(other, org, id, 0, "", 10); !errs.Is(err, errs.CodeNotFound) {
				t.Error(err)
			}
		}
		if _, err := w.svc.ChatMessages(as("owner", "stf_1"), "org_b", id, 0, "", 10); !errs.Is(err, errs.CodeNotFound) {
			t.Error(err)
		}
	})
}
