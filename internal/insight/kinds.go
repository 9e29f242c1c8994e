package insight

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// kindNames are how the house's own events are called. They can be asked for
// before there are any.
var kindNames = map[string]i18n.Text{
	"person.created": i18n.T("成为客户", "Became known"), "channel.arrived": i18n.T("经渠道到达", "Came through a channel"), "friend.added": i18n.T("加为好友", "Friend added"),
	"friend.removed": i18n.T("删除好友", "Friend removed"), "group.joined": i18n.T("进群", "Joined a group"), "group.left": i18n.T("退群", "Left a group"),
	"identity.added": i18n.T("新增身份", "Identity added"), "tag.added": i18n.T("打上标签", "Tag added"), "note.added": i18n.T("写下备注", "Note added"),
	"consent.granted": i18n.T("同意授权", "Consent granted"), "consent.withdrawn": i18n.T("撤回授权", "Consent withdrawn"),
	"survey.started": i18n.T("开始填问卷", "Survey begun"), "survey.answered": i18n.T("答完问卷", "Survey answered"),
	"message.received": i18n.T("收到客户消息", "Message received"), "message.sent": i18n.T("发出消息", "Message sent"), "message.read": i18n.T("消息已读", "Message read"),
	"link.clicked": i18n.T("点开群发里的链接", "Link of a campaign followed"), "page.viewed": i18n.T("浏览页面", "Page viewed"),
	"material.opened": i18n.T("打开素材", "Material opened"), "material.read": i18n.T("阅读素材", "Material read"), "material.forwarded": i18n.T("素材被转发打开", "Material passed on"),
	"order.paid": i18n.T("下单（已付款）", "Order paid"), "order.refunded": i18n.T("退款", "Order refunded"), "coupon.redeemed": i18n.T("核销优惠码", "Coupon redeemed"),
	"message.opened": i18n.T("打开邮件", "E-mail opened"), "email.bounced": i18n.T("邮件退回", "E-mail bounced"), "email.complained": i18n.T("投诉垃圾邮件", "Complained of spam"),
	"complaint.made": i18n.T("投诉", "Complaint made"), "friend.transferred": i18n.T("好友转接", "Friend handed over"), "survey.declined": i18n.T("拒填问卷", "Survey declined"),
	"survey.retracted": i18n.T("撤回问卷", "Survey answers taken back"), "reward.earned": i18n.T("获得奖励", "Reward earned"), "reward.assigned": i18n.T("发放奖励", "Reward assigned"),
	"stage.changed": i18n.T("生命周期阶段变化", "Stage changed"), "segment.entered": i18n.T("进入人群", "Entered a segment"), "segment.left": i18n.T("离开人群", "Left a segment"),
}

// quiet are what the house notes by itself: no step that a person takes.
// Paths pass them over.
var quiet = []string{"person.updated", "person.merged", "person.split", "identity.removed", "tag.removed", "stage.changed", "segment.entered", "segment.left",
	"message.delivered", "message.failed", "welcome.sent", "welcome.missed", "welcome.doubtful", "proposal.made", "proposal.accepted", "proposal.refused", "proposal.undone",
	"followup.done", "followup.postponed", "followup.declined", "followup.undone", "followup.promised"}

// quietNames are how those of them are called that nobody asks for before there are any.
var quietNames = map[string]i18n.Text{
	"person.updated": i18n.T("资料变化", "Details changed"), "person.merged": i18n.T("合并客户", "Merged"), "person.split": i18n.T("拆分客户", "Split"),
	"identity.removed": i18n.T("移除身份", "Identity removed"), "tag.removed": i18n.T("移除标签", "Tag removed"),
	"message.delivered": i18n.T("消息送达", "Message delivered"), "message.failed": i18n.T("消息发送失败", "Message failed"),
	"welcome.sent": i18n.T("发出欢迎语", "Welcome sent"), "welcome.missed": i18n.T("错过欢迎语", "Welcome missed"), "welcome.doubtful": i18n.T("欢迎语不确定是否送达", "Welcome in doubt"),
	"proposal.made": i18n.T("提出认人建议", "Identity proposed"), "proposal.accepted": i18n.T("确认认人建议", "Proposal accepted"),
	"proposal.refused": i18n.T("驳回认人建议", "Proposal refused"), "proposal.undone": i18n.T("撤销认人建议", "Proposal taken back"),
	"followup.done": i18n.T("完成跟进", "Follow-up done"), "followup.postponed": i18n.T("推迟跟进", "Follow-up postponed"), "followup.declined": i18n.T("不跟进", "Follow-up declined"),
	"followup.undone": i18n.T("撤回跟进", "Follow-up taken back"), "followup.promised": i18n.T("约定跟进", "Follow-up promised"),
}

// kindName is how a kind is called; what others bring is called by its key.
func kindName(kind string, lang i18n.Lang) string {
	for _, names := range []map[string]i18n.Text{kindNames, quietNames} {
		if name, ok := names[kind]; ok {
			return name.In(lang)
		}
	}
	return kind
}

// EventKind is a kind of events that funnels can ask for.
type EventKind struct {
	Kind       string          `json:"kind" example:"order.paid"`
	Label      string          `json:"label"`
	Events     int64           `json:"events" doc:"Kept of persons of the pool"`
	FirstAt    *time.Time      `json:"first_at" doc:"null without events"`
	LastAt     *time.Time      `json:"last_at"`
	Properties []EventProperty `json:"properties" nullable:"false" doc:"That conditions can ask for"`
	Full       bool            `json:"full" doc:"It has more properties than are kept; others cannot be asked for"`
}

// EventProperty is a property of events.
type EventProperty struct {
	Name string `json:"name"`
	Type string `json:"type" enum:"text,number"`
}

// EventKinds lists the kinds, the house's own first, then by name.
func (s *Service) EventKinds(ctx context.Context, orgID string) (out []EventKind, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = eventKinds(ctx, tx, orgID)
		return err
	})
	return out, err
}

func eventKinds(ctx context.Context, tx *db.Tx, orgID string) ([]EventKind, error) {
	lang := i18n.From(ctx)
	at := map[string]*EventKind{}
	for kind, name := range kindNames {
		at[kind] = &EventKind{Kind: kind, Label: name.In(lang), Properties: []EventProperty{}}
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var k EventKind
		var first, last int64
		err := rows.Scan(&k.Kind, &k.Events, &first, &last)
		k.Label, k.Properties = kindName(k.Kind, lang), []EventProperty{}
		k.FirstAt, k.LastAt = clock.Ptr(first), clock.Ptr(last)
		at[k.Kind] = &k
		return err
	}, "SELECT kind, events, first_at, last_at FROM insight_stream_kind WHERE org_id = ?", orgID); err != nil {
		return nil, err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var kind, name string
		var number int64
		err := rows.Scan(&kind, &name, &number)
		if k := at[kind]; k != nil {
			t := "text"
			if number == 1 {
				t = "number"
			}
			k.Properties = append(k.Properties, EventProperty{name, t})
			k.Full = len(k.Properties) >= maxNames
		}
		return err
	}, "SELECT kind, name, number FROM insight_stream_name WHERE org_id = ? ORDER BY kind, name, number", orgID); err != nil {
		return nil, err
	}
	out := make([]EventKind, 0, len(at))
	for _, k := range at {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b EventKind) int {
		_, x := kindNames[a.Kind]
		_, y := kindNames[b.Kind]
		if x != y {
			return int(db.Bit(y) - db.Bit(x))
		}
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	return out, nil
}

// knows tells whether a kind, or a property of it, can be asked for.
type knows map[string]*EventKind

func (k knows) property(kind, name string) bool {
	return slices.ContainsFunc(k[kind].Properties, func(p EventProperty) bool { return p.Name == name })
}
