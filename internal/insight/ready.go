package insight

import (
	"context"

	"fishpond/internal/platform/i18n"
)

// ReadyFunnel is the loop of the pond as a funnel.
type ReadyFunnel struct {
	Steps       []ReadyStep `json:"steps" nullable:"false"`
	WithinHours int64       `json:"within_hours" doc:"A window to begin with"`
}

// ReadyStep is a stage of the loop.
type ReadyStep struct {
	Key    string   `json:"key" enum:"catch,know,tend,lay,hatch"`
	Name   string   `json:"name"`
	Any    []string `json:"any" nullable:"false" doc:"Any of these; empty when there is nothing to count it by yet"`
	About  string   `json:"about" doc:"What counts, in words"`
	Cannot string   `json:"cannot" doc:"Why it cannot be counted; empty when it can"`
}

// loop is catch → know → tend → lay → hatch. Each step is any of its events:
// that a person does not come by every way is no drop.
var loop = []struct {
	key         string
	name, about i18n.Text
	any         []string
	cannot      i18n.Text
}{
	{"catch", i18n.T("引流", "Catch"), i18n.T("加为好友、经渠道到达，或第一次成为客户", "Became a friend, came through a channel, or became known otherwise"),
		[]string{"friend.added", "channel.arrived", "person.created"}, i18n.Text{}},
	{"know", i18n.T("了解", "Know"), i18n.T("留下身份、答完问卷，或被打上标签", "Gave an identity, answered a survey, or was tagged"),
		[]string{"identity.added", "survey.answered", "tag.added"}, i18n.Text{}},
	{"tend", i18n.T("运营", "Tend"), i18n.T("发来消息、点开链接，或打开素材", "Wrote, followed a link, or opened a material"),
		[]string{"message.received", "link.clicked", "material.opened"}, i18n.Text{}},
	{"lay", i18n.T("转化", "Lay"), i18n.T("付款下单", "Paid an order"), []string{"order.paid"}, i18n.Text{}},
	{"hatch", i18n.T("裂变", "Hatch"), i18n.T("带来新客户", "Brought somebody along"), []string{},
		i18n.T("还没有裂变任务，系统里没有“带来新客户”的事件，所以这一步无法统计，也不显示为 0", "There are no referral missions yet, and so no event of somebody brought along: this step cannot be counted, and is not shown as 0")},
}

// Ready is the ready funnel in the language of ctx.
func Ready(ctx context.Context) ReadyFunnel {
	lang := i18n.From(ctx)
	out := ReadyFunnel{WithinHours: 24 * 90}
	for _, s := range loop {
		out.Steps = append(out.Steps, ReadyStep{Key: s.key, Name: s.name.In(lang), Any: s.any, About: s.about.In(lang), Cannot: s.cannot.In(lang)})
	}
	return out
}
