package campaign

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// postOffice stands in for what members of staff send: groups g1 and g2 of a
// hundred people each, members li and wu with sixty customers each.
type postOffice struct {
	asked     map[string]Ask
	cancelled []string
	reminded  []string
}

func (p *postOffice) Accounts(context.Context, *db.Tx, string) ([]Account, error) {
	return []Account{{ID: "acc_w", Name: "WeCom", Carrier: "wecom", Active: true}}, nil
}

func (p *postOffice) Check(_ context.Context, _ *db.Tx, _, _ string, parts []Part) error {
	if len(parts) == 0 {
		return errs.InvalidField("parts", i18n.T("消息是空的", "The message is empty"))
	}
	return nil
}

func (p *postOffice) Keep(context.Context, *db.Tx, string, string, []Part) error { return nil }

func (p *postOffice) Ask(_ context.Context, tx *db.Tx, kind string, a Ask) error {
	tx.OnCommit(func() { p.asked[kind+" "+a.Key] = a })
	return nil
}

func (p *postOffice) Cancel(_ context.Context, tx *db.Tx, _, _, key string) error {
	tx.OnCommit(func() { p.cancelled = append(p.cancelled, key) })
	return nil
}

func (p *postOffice) HowFar(context.Context, *db.Tx, string, string, string) (Far, error) {
	return Far{Status: "asked", Counts: Counts{Total: 2, Asked: 2}}, nil
}

func (p *postOffice) LookAtMoment(context.Context, *db.Tx, string, string) error { return nil }

func (p *postOffice) Groups(context.Context, *db.Tx, string, string) ([]GroupResult, error) {
	return []GroupResult{{ChatID: "g1", Status: "sent"}, {ChatID: "g2", Status: "failed", Why: i18n.T("上限", "limit")}}, nil
}

func (p *postOffice) Published(context.Context, *db.Tx, string, string) ([]MomentResult, error) {
	return []MomentResult{{UserID: "li", StaffID: "stf_1", Status: "published", Likes: 3}}, nil
}

func (p *postOffice) Reactions(_ context.Context, _ *db.Tx, _, _ string, offset, limit int) (out []Reaction, err error) {
	for i := offset; i < 3 && len(out) < limit; i++ {
		out = append(out, Reaction{UserID: "li", Kind: "like", PersonID: fmt.Sprint("per_", i)})
	}
	return out, nil
}

func (p *postOffice) Chats(_ context.Context, _ *db.Tx, _ string, f ChatFilter) (out []Chat, err error) {
	for _, id := range []string{"g1", "g2"} {
		if f.ChatIDs == nil || strings.Contains(strings.Join(f.ChatIDs, " "), id) {
			out = append(out, Chat{ChatID: id, Members: 100})
		}
	}
	return out, nil
}

func (p *postOffice) Members(context.Context, *db.Tx, string, string) ([]Member, error) {
	return []Member{{UserID: "li", Friends: 60}, {UserID: "wu", Friends: 60}}, nil
}

func (p *postOffice) Tags(context.Context, *db.Tx, string, string) ([]PlatformTag, error) {
	return []PlatformTag{{ID: "et1", Name: "VIP"}}, nil
}

func (p *postOffice) Tasks(_ context.Context, _ *db.Tx, _ string, origins []string, after string, _ int) ([]MassTask, error) {
	if after != "" {
		return nil, nil
	}
	return []MassTask{{ID: "mas_1 of " + strings.Join(origins, "+"), StaffID: "stf_2", Status: "asked"}}, nil
}

func (p *postOffice) Task(_ context.Context, _ *db.Tx, _ string, origins []string, id string) (MassTask, error) {
	if id != "mas_1" {
		return MassTask{}, errs.NotFound(i18n.T("这个群发任务", "mass message"))
	}
	return MassTask{ID: id}, nil
}

func (p *postOffice) Look(context.Context, *db.Tx, string, []string) error { return nil }

func (p *postOffice) Remind(_ context.Context, _, taskID string) error {
	p.reminded = append(p.reminded, taskID)
	return nil
}

func broadcaster(ctx context.Context, staff string) context.Context {
	return access.With(ctx, access.Actor{Kind: access.Staff, OrgID: org, ID: staff}.WithPermissions([]string{mayRead, mayWrite, maySend, mayApprove, maySet}))
}

// TestBroadcast: a draft says what it lacks, is asked for once, waits for a
// second person above a size, and can be taken back until members are asked.
func TestBroadcast(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		post := &postOffice{asked: map[string]Ask{}}
		w.svc.SetAsking(post, post)
		one, two := broadcaster(t.Context(), "stf_1"), broadcaster(t.Context(), "stf_2")
		must := func(b Broadcast, err error) Broadcast {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		refused := func(what string, code errs.Code, err error) {
			t.Helper()
			if !errs.Is(err, code) {
				t.Errorf("%s: %v, want %s", what, err, code)
			}
		}
		text := []Part{{Kind: "text", Text: "Tea"}}
		b := must(w.svc.CreateBroadcast(one, ToGroups, BroadcastInput{Name: " Tea ", Targets: Targets{ChatIDs: []string{"g2", "g1", "g1", "gone"}, UserIDs: []string{"li"}}}))
		if b.Name != "Tea" || b.Status != Draft || len(b.Targets.ChatIDs) != 3 || len(b.Targets.UserIDs) != 0 || b.Days != 7 {
			t.Errorf("%+v", b)
		}
		_, err := w.svc.SubmitBroadcast(one, b.ID, b.Version)
		if refused("an empty draft", errs.CodeInvalid, err); len(errs.As(err).Fields) != 2 {
			t.Errorf("%+v", errs.As(err).Fields)
		}
		_, err = w.svc.UpdateBroadcast(one, b.ID, b.Version, BroadcastInput{Name: "x", AccountID: "acc_of_others"})
		refused("a foreign account", errs.CodeInvalid, err)
		in := BroadcastInput{Name: "Tea", AccountID: "acc_w", Parts: text, Targets: Targets{ChatIDs: []string{"g1", "g2", "gone"}}}
		b = must(w.svc.UpdateBroadcast(one, b.ID, b.Version, in))
		_, err = w.svc.UpdateBroadcast(two, b.ID, 1, in)
		refused("an old version", errs.CodeConflict, err)
		_, err = w.svc.SubmitBroadcast(one, b.ID, b.Version)
		refused("a group that has gone", errs.CodeInvalid, err)
		in.Targets.ChatIDs = []string{"g1", "g2"}
		b = must(w.svc.UpdateBroadcast(one, b.ID, b.Version, in))
		if _, err := w.svc.PutSettings(one, Settings{ApproveOver: 150, HoldoutBP: 1000}); err != nil {
			t.Fatal(err)
		}
		b = must(w.svc.SubmitBroadcast(one, b.ID, b.Version))
		if b.Status != Awaiting || b.People != 200 || !b.OwnSubmission || len(post.asked) != 0 {
			t.Errorf("%+v", b)
		}
		_, err = w.svc.ApproveBroadcast(one, b.ID)
		refused("one's own", errs.CodeForbidden, err)
		b = must(w.svc.ApproveBroadcast(two, b.ID))
		_, err = w.svc.ApproveBroadcast(two, b.ID)
		refused("twice", errs.CodeConflict, err)
		if a := post.asked[fmt.Sprint("group ", b.ID, "_", b.Version)]; b.Status != "asked" || len(a.Targets.ChatIDs) != 2 || a.EndAt.Sub(a.At).Hours() != 7*24 || len(post.asked) != 1 {
			t.Errorf("%+v %+v", b, post.asked)
		}
		refused("deleted after", errs.CodeConflict, w.svc.DeleteBroadcast(one, b.ID))
		_, err = w.svc.WithdrawBroadcast(one, b.ID)
		refused("taken back after", errs.CodeConflict, err)
		tasks, err := w.svc.BroadcastTasks(one, b.ID, "", 10)
		if err != nil || len(tasks) != 1 || tasks[0].StaffName != "阿海" || tasks[0].ID != "mas_1 of "+b.ID+"_3" {
			t.Errorf("%+v %v", tasks, err)
		}
		refused("a foreign task", errs.CodeNotFound, w.svc.RemindBroadcast(one, b.ID, "mas_2"))
		if err := w.svc.RemindBroadcast(one, b.ID, "mas_1"); err != nil || len(post.reminded) != 1 {
			t.Errorf("%v %v", post.reminded, err)
		}
		groups, err := w.svc.BroadcastGroups(i18n.With(one, i18n.EN), b.ID)
		if err != nil || len(groups) != 2 || groups[1].Reason != "limit" {
			t.Errorf("%+v %v", groups, err)
		}
		_, err = w.svc.BroadcastPosts(one, b.ID)
		refused("a group message as a moment", errs.CodeNotFound, err)
		if b = must(w.svc.CancelBroadcast(one, b.ID)); b.Status != Cancelled || len(post.cancelled) != 1 {
			t.Errorf("%+v %v", b, post.cancelled)
		}

		at := w.clock.Now().AddDate(0, 0, 1)
		m := must(w.svc.CreateBroadcast(one, AsMoment, BroadcastInput{Name: "Autumn", AccountID: "acc_w", Parts: text, StartAt: &at, Days: 2, Targets: Targets{UserIDs: []string{"li", "wu"}, TagIDs: []string{"et1", "et9"}}}))
		_, err = w.svc.SubmitBroadcast(one, m.ID, m.Version)
		refused("a tag that has gone", errs.CodeInvalid, err)
		m = must(w.svc.UpdateBroadcast(one, m.ID, m.Version, BroadcastInput{Name: "Autumn", AccountID: "acc_w", Parts: text, StartAt: &at, Days: 2, Targets: Targets{UserIDs: []string{"li", "wu"}, TagIDs: []string{"et1"}}}))
		m = must(w.svc.SubmitBroadcast(one, m.ID, m.Version))
		if a := post.asked["moment "+m.ID+"_2"]; m.People != 120 || !a.At.Equal(at) || a.EndAt.Sub(a.At).Hours() != 48 {
			t.Errorf("%+v %+v", m, a)
		}
		m = must(w.svc.WithdrawBroadcast(one, m.ID)) // its time has not come
		if m.Status != Draft || len(post.cancelled) != 2 {
			t.Errorf("%+v %v", m, post.cancelled)
		}
		m = must(w.svc.SubmitBroadcast(one, m.ID, m.Version))
		if _, again := post.asked["moment "+m.ID+"_3"]; !again {
			t.Errorf("under the same key it would not be asked: %v", post.asked)
		}
		list, next, err := w.svc.Broadcasts(one, "", "", place{}, 1)
		if err != nil || len(list) != 1 || list[0].ID != m.ID || next == (place{}) {
			t.Errorf("%+v %v %v", list, next, err)
		}
		list, _, err = w.svc.Broadcasts(one, ToGroups, "tEA", place{}, 10)
		if err != nil || len(list) != 1 || list[0].ID != b.ID {
			t.Errorf("%+v %v", list, err)
		}
		posts, err := w.svc.BroadcastPosts(one, m.ID)
		if err != nil || len(posts) != 1 || posts[0].StaffName != "小鱼" {
			t.Errorf("%+v %v", posts, err)
		}
		all, err := w.svc.BroadcastReactions(one, m.ID, 2, 5)
		if err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
	})
}
