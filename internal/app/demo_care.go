package app

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/care"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/demo"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/timeline"
)

// demoWords are the brand's lists of sensitive words.
var demoWords = []struct {
	list  care.WordListInput
	words []care.Word
}{
	{care.WordListInput{Name: "夸大承诺", Category: "承诺", Direction: "out", Action: care.ActionBlock}, []care.Word{{Word: "包治百病"}, {Word: "降血压"}, {Word: "绝对有效"}, {Word: "国家级"}, {Word: "好评返现"}}},
	{care.WordListInput{Name: "私下交易", Category: "飞单", Direction: "both", Action: care.ActionAlert}, []care.Word{{Word: "加我微信"}, {Word: "私下转"}, {Word: "返点"}, {Word: "返点券", Exception: true}}},
	{care.WordListInput{Name: "客户投诉", Category: "投诉", Direction: "in", Action: care.ActionComplaint}, []care.Word{{Word: "投诉"}, {Word: "12315"}, {Word: "假货"}, {Word: "消协"}}},
}

// demoSaid is what customers said and were told lately, in this order.
var demoSaid = []struct {
	out  bool
	text string
}{
	{false, "茶饼有一股霉味，再不处理我就打 12 315 投诉了，电话 138 0013 8001"},
	{true, "姐，您私下转我就行，比店里便宜"},
	{false, "你们店员让我加-我-微-信买，这样安全吗？"},
	{false, "怀疑是假货，扫码查不到"},
	{true, "返点券可以叠加用的"}, // an exception
	{false, "能私 下 转 吗，不想走平台"},
}

// demoCare gives the synthetic brand words, cases in each state, and customers
// who have gone.
func (a *App) demoCare(ctx context.Context, orgID string) error {
	for _, d := range demoWords {
		l, err := a.Care.CreateList(ctx, d.list)
		if err != nil {
			return fmt.Errorf("words %s: %w", d.list.Name, err)
		}
		if _, err := a.Care.ChangeWords(ctx, l.ID, care.WordChange{Add: d.words}); err != nil {
			return fmt.Errorf("words %s: %w", d.list.Name, err)
		}
	}
	people, err := a.Pool.List(ctx, pool.Filter{MaxGMVMinor: -1, MaxOrders: -1}, pool.Cursor{}, 40)
	if err != nil {
		return err
	}
	persons := make([]string, len(people.Persons))
	for i, p := range people.Persons {
		persons[i] = p.ID
	}
	if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error { return a.demoTold(ctx, tx, orgID, persons) }); err != nil {
		return err
	}
	if err := a.Runner.CatchUp(ctx, orgID); err != nil {
		return err
	}
	return a.demoHandled(ctx, orgID)
}

// demoTold writes on the timeline what was said and who has gone.
func (a *App) demoTold(ctx context.Context, tx *db.Tx, orgID string, persons []string) error {
	identities, err := a.Pool.IdentitiesOf(ctx, tx, orgID, persons)
	if err != nil {
		return err
	}
	var told []timeline.Fact
	now := a.now()
	for i, s := range demoSaid {
		if i >= len(persons) {
			break
		}
		kind := carrierevent.MessageReceived
		if s.out {
			kind = carrierevent.MessageSent
		}
		told = append(told, timeline.Fact{Kind: kind, PersonID: persons[i], OccurredAt: now.Add(-time.Duration(len(demoSaid)-i) * 50 * time.Minute), Source: "demo", DedupeKey: fmt.Sprint("demo.said:", i),
			Data: carrierevent.Message{Type: "text", Text: s.text}})
	}
	gone := 0
	for _, p := range persons {
		for _, id := range identities[p] {
			if id.Kind != "wecom_external_userid" || gone == 8 {
				continue
			}
			gone++
			told = append(told, timeline.Fact{Kind: carrierevent.FriendRemoved, PersonID: p, OccurredAt: now.Add(-time.Duration(gone) * 7 * time.Hour), Source: "demo", DedupeKey: "demo.gone:" + id.Value,
				Data: carrierevent.Friend{AccountKind: "wecom", ExternalID: id.Value, By: "customer"}})
		}
	}
	_, err = a.Timeline.Append(ctx, tx, orgID, told...)
	return err
}

// demoHandled has one case closed and one taken, and a complaint entered.
func (a *App) demoHandled(ctx context.Context, orgID string) error {
	byName, err := a.demoStaff(ctx, orgID)
	if err != nil {
		return err
	}
	name := demo.Staff()[0]
	as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: byName[name], Name: name, Role: "operator"}.WithPermissions([]string{"care.read", "care.handle"}))
	if _, err := a.Care.Complain(as, care.ComplaintInput{StaffID: byName[demo.Staff()[1]], Category: "服务", Text: "客户来电：约好的品茶没有人接待，希望给个说法"}); err != nil {
		return fmt.Errorf("complaint: %w", err)
	}
	open, err := a.Care.OpenCases(as, 3)
	if err != nil {
		return err
	}
	for i, c := range open {
		change := care.CaseChange{Version: c.Version, Do: "take"}
		if i == 0 {
			change = care.CaseChange{Version: c.Version, Do: "close", Outcome: "warned", Memo: "核对了聊天记录，已提醒员工走店铺下单。", Satisfaction: "neutral"}
		}
		if i == 2 {
			break
		}
		if _, err := a.Care.ChangeCase(as, c.ID, change); err != nil {
			return fmt.Errorf("case: %w", err)
		}
	}
	return a.Runner.CatchUp(ctx, orgID)
}
