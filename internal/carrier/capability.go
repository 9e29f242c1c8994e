package carrier

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Capability is what can be sent to one person over accounts of a kind.
type Capability struct {
	Direct         bool     `json:"direct" doc:"One message to one person can be sent by us"`
	Parts          []string `json:"parts" nullable:"false" doc:"Kinds of parts: text, image, voice, video, file, link, mini_program, template"`
	MaxParts       int      `json:"max_parts" doc:"0: not limited by the platform"`
	MaxText        int      `json:"max_text" doc:"Bytes of all texts together; 0: not limited by the platform"`
	WindowHours    int      `json:"window_hours" doc:"For so long after the person last wrote; 0: at any time"`
	WindowMessages int      `json:"window_messages" doc:"At most so many in that time; 0: not limited"`
	Needs          []string `json:"needs" nullable:"false" doc:"What a message must have besides: subject, template"`
	Quotas         []Quota  `json:"quotas" nullable:"false"`
	Note           string   `json:"note" doc:"What to know, and what to do instead where nothing can be sent"`
}

// Quota is a limit of the platform.
type Quota struct {
	What  string `json:"what"`
	Limit int64  `json:"limit"`
	Per   string `json:"per" enum:"message,minute,hour,day,month,task,total"`
}

// PartTemplate is what a message that uses an approved template counts as.
const PartTemplate = "template"

// ability is a capability in both languages.
type ability struct {
	Capability
	note   i18n.Text
	quotas []ceiling
}

type ceiling struct {
	what i18n.Text
	most int64
	per  string
}

var abilities = map[string]ability{
	KindWecom: {Capability: Capability{Parts: []string{}}, quotas: []ceiling{
		{i18n.T("每位客户收到的群发：默认每月按天数，或每周 7 条、每天 1 条", "Mass messages to a customer: the days of the month, or as set 7 a week or 1 a day"), 31, "month"},
		{i18n.T("每个群发任务的客户", "Customers of a mass task"), 10_000, "task"}, {i18n.T("每个任务的附件", "Attachments"), maxAttachments, "message"},
		{i18n.T("每个接口的调用", "Calls of an API"), callsMinute, "minute"}, {i18n.T("每个接口的调用", "Calls of an API"), callsHour, "hour"}},
		note: i18n.T("企业微信不允许系统替员工直接发私信。可以用：添加好友 20 秒内的欢迎语、由员工确认的群发任务、员工自己在企业微信里发，或微信客服",
			"WeCom lets no system write private messages for staff. Use the welcome message within 20 seconds, a mass task that staff confirm, the staff member's own app, or WeChat customer service")},
	KindKf: {Capability: Capability{Direct: true, Parts: []string{PartText, PartImage, PartVoice, PartVideo, PartFile, PartLink, PartMiniProgram}, MaxParts: 5, MaxText: 2048, WindowHours: 48, WindowMessages: 5},
		note: i18n.T("客户发消息后 48 小时内最多回复 5 条，客户再发消息重新计算。有人在企业微信里接待时，要在企业微信里回复", "5 messages within 48 hours after the customer wrote; it begins again when they write. While a colleague serves them in WeCom, answers are written there")},
	KindOfficial: {Capability: Capability{Direct: true, Parts: []string{PartText, PartImage, PartVoice, PartLink, PartMiniProgram}, MaxParts: 5, MaxText: 2048, WindowHours: 48, WindowMessages: 5},
		note: i18n.T("客服消息：粉丝发消息后 48 小时内最多 5 条；关注、扫码后 1 分钟内最多 3 条。图片和小程序封面要先上传成素材", "Customer messages: 5 within 48 hours after the follower wrote, 3 within a minute after they followed or scanned. Pictures and covers are uploaded first")},
	KindMini: {Capability: Capability{Parts: []string{}}, note: i18n.T("小程序账号只用来认人，不发消息", "Mini programs only tell who somebody is; nothing is sent over them")},
	KindWeb: {Capability: Capability{Direct: true, Parts: []string{PartText, PartImage, PartVoice, PartVideo, PartFile, PartLink}, MaxParts: 5, MaxText: 8000},
		note: i18n.T("访客打开网页时才能看到", "Seen when the visitor opens the page")},
	KindEmail: {Capability: Capability{Direct: true, Parts: []string{PartText, PartImage, PartVoice, PartVideo, PartFile, PartLink}, MaxParts: 20, MaxText: 100_000, Needs: []string{"subject"}},
		note: i18n.T("被退回或被投诉过的地址不再发", "Nothing more is sent to addresses that bounced for good or complained")},
	KindSMS: {Capability: Capability{Direct: true, Parts: []string{PartTemplate}, MaxParts: 1, Needs: []string{"template"}}, quotas: []ceiling{
		{i18n.T("默认每个号码每小时", "By default to a number"), 5, "hour"}, {i18n.T("默认每个号码每天", "By default to a number"), 10, "day"}},
		note: i18n.T("只能发审核通过的模板", "Only approved templates")},
}

// Capabilities tells what can be sent over accounts of a kind; nothing over
// those that there are not.
func Capabilities(kind string, lang i18n.Lang) Capability {
	a := abilities[kind]
	c := a.Capability
	c.Note, c.Quotas = a.note.In(lang), []Quota{}
	for _, q := range a.quotas {
		c.Quotas = append(c.Quotas, Quota{q.what.In(lang), q.most, q.per})
	}
	if c.Needs == nil {
		c.Needs = []string{}
	}
	if c.Parts == nil {
		c.Parts = []string{}
	}
	return c
}

func (c Capability) window() time.Duration { return time.Duration(c.WindowHours) * time.Hour }

// AccountInfo is an account as other modules see it.
type AccountInfo struct {
	Name         string
	Kind         string
	Active       bool   // messages go out and callbacks are taken
	OwnerStaffID string // who looks after it; empty: nobody
	Can          Capability
	Note         i18n.Text // Can.Note in both languages
}

// AccountInfos returns an org's accounts by id, within tx, those that are
// switched off included.
func (s *Service) AccountInfos(ctx context.Context, tx *db.Tx, orgID string) (map[string]AccountInfo, error) {
	out := map[string]AccountInfo{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		var a AccountInfo
		if err := rows.Scan(&id, &a.Name, &a.Kind, &status, &a.OwnerStaffID); err != nil {
			return err
		}
		a.Active, a.Can, a.Note = status == StatusActive, Capabilities(a.Kind, i18n.ZH), abilities[a.Kind].note
		out[id] = a
		return nil
	}, "SELECT id, name, kind, status, owner_staff_id FROM carrier_account WHERE org_id = ?", orgID)
}
