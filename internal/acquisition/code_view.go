package acquisition

import (
	"context"
	"time"

	"fishpond/internal/acquisition/roster"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// StaffRef is a staff member with their name.
type StaffRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CodeDuty is who takes the next customer of a code now.
type CodeDuty struct {
	On           []StaffRef `json:"on" nullable:"false"`
	Next         *StaffRef  `json:"next" doc:"Whose turn it is; null when nobody can"`
	Reason       string     `json:"reason" enum:",off_duty,full,left,expired" doc:"Why these and not the members on duty"`
	Spare        bool       `json:"spare" doc:"They are spare staff"`
	Beyond       bool       `json:"beyond" doc:"There is no spare staff: they are off duty or full, and take customers all the same"`
	NextChangeAt *time.Time `json:"next_change_at" doc:"When shifts put others on duty"`
}

// CodeChatNow is a chat of a group code as it is now.
type CodeChatNow struct {
	CodeChat
	Members *int `json:"members" doc:"Null when not known"`
	Full    bool `json:"full"`
	Now     bool `json:"now" doc:"The one that is entered now"`
}

// Code is a live code.
type Code struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Kind        string   `json:"kind" enum:"staff,group,service"`
	Mode        string   `json:"mode" enum:"way,page"`
	ChannelID   string   `json:"channel_id"`
	ChannelPath []string `json:"channel_path" nullable:"false"`
	AccountID   string   `json:"account_id"`
	AccountName string   `json:"account_name"`
	ShareOf     string   `json:"share_of" doc:"The staff member whose share it is"`
	State       string   `json:"state"`
	Status      string   `json:"status" enum:"active,paused,ended"`
	Expired     bool     `json:"expired"`
	Blocked     string   `json:"blocked" enum:",left,full" doc:"Why whoever scans it reaches nobody: all staff have left, or all groups are full"`
	Version     int64    `json:"version"`
	CodeSpec
	MemberNames map[string]string `json:"member_names" doc:"Names of all staff of the code"`
	Duty        *CodeDuty         `json:"duty" doc:"Of a staff code; else null"`
	ChatsNow    []CodeChatNow     `json:"chats_now" nullable:"false"`
	Today       int64             `json:"today" doc:"Arrivals since midnight"`
	TodayBy     map[string]int64  `json:"today_by" doc:"By staff"`
	PageURL     string            `json:"page_url" doc:"Our own page of the code"`
	QRURL       string            `json:"qr_url" doc:"The platform's picture; empty until it is there"`
	LinkURL     string            `json:"link_url" doc:"Of a service code: the platform's address, for menus and pages of one's own; empty until it is there"`
	Target      string            `json:"target" doc:"What the code's own QR picture holds"`
	Health      string            `json:"health" enum:"ok,warning,critical"`
	Warnings    []string          `json:"warnings" nullable:"false" doc:"What is wrong and what to do"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

// viewer holds what it takes to show codes.
type viewer struct {
	svc      *Service
	lang     i18n.Lang
	now      time.Time // in the org's zone
	set      OrgSettings
	tree     *tree
	members  map[string]Member
	accounts map[string]string
	today    map[string]map[string]int64
	ways     map[string][]way
	sizes    map[string]map[string]int // code → chat → members
}

func (s *Service) viewer(ctx context.Context, tx *db.Tx, orgID string, codes []*code) (*viewer, error) {
	v := &viewer{svc: s, lang: i18n.From(ctx), ways: map[string][]way{}, sizes: map[string]map[string]int{}}
	var err error
	if v.set, err = s.Orgs.Settings(ctx, tx, orgID); err != nil {
		return nil, err
	}
	v.now = s.now().In(v.set.Zone)
	if v.tree, err = treeOf(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if v.members, err = s.Staff.Members(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if s.Carrier != nil {
		if v.accounts, err = s.Carrier.Accounts(ctx, tx, orgID); err != nil {
			return nil, err
		}
	}
	var all []string
	for _, c := range codes {
		all = append(all, c.id)
		if s.Carrier == nil || c.account == "" || len(c.spec.Chats) == 0 {
			continue
		}
		var chats []string
		for _, g := range c.spec.Chats {
			chats = append(chats, g.ChatID)
		}
		if v.sizes[c.id], err = s.Carrier.GroupSizes(ctx, tx, orgID, c.account, chats); err != nil {
			return nil, err
		}
	}
	if v.today, err = todayByCode(ctx, tx, orgID, all, dayStart(dayOf(v.now), v.set.Zone)); err != nil {
		return nil, err
	}
	ways, err := waysOf(ctx, tx, orgID, all)
	for _, w := range ways {
		v.ways[w.code] = append(v.ways[w.code], w)
	}
	return v, err
}

func (v *viewer) active(id string) bool { return v.members[id].Active }

// duty is who takes the next customer of a code.
func (v *viewer) duty(c *code) roster.Duty {
	use := roster.Usage{Today: v.today[c.id], Last: c.last}
	for _, n := range use.Today {
		use.Turns += n
	}
	return c.plan().At(v.now, v.active, use)
}

const defaultCapacity = 180 // members of a chat, below the 200 at which the QR of a group no longer lets anybody in

// chats are a group code's chats with the one that is entered now: the first
// that is not known to be full, or the last.
func (v *viewer) chats(c *code) (out []CodeChatNow, now int) {
	now = -1
	for i, g := range c.spec.Chats {
		chat := CodeChatNow{CodeChat: g}
		if chat.Capacity == 0 {
			chat.Capacity = defaultCapacity
		}
		if n, ok := v.sizes[c.id][g.ChatID]; ok {
			chat.Members, chat.Full = &n, int64(n) >= chat.Capacity
		}
		if !chat.Full && now < 0 {
			now = i
		}
		out = append(out, chat)
	}
	if now < 0 {
		now = len(out) - 1
	}
	if now >= 0 {
		out[now].Now = true
	}
	return out, now
}

// Why whoever scans a code reaches nobody.
const (
	blockedLeft = roster.Left
	blockedFull = roster.Full
)

// blocked tells why whoever scans a code reaches nobody; empty where they do,
// or need not.
func (v *viewer) blocked(c *code) string {
	if c.status != StatusActive || c.expired(v.now) {
		return ""
	}
	if c.kind == CodeGroup {
		if chats, now := v.chats(c); now < 0 || chats[now].Full {
			return blockedFull
		}
		return ""
	}
	if c.kind == CodeService {
		return ""
	}
	if d := v.duty(c); d.Next == "" {
		return blockedLeft
	}
	return ""
}

func (v *viewer) ref(id string) StaffRef { return StaffRef{id, v.members[id].Name} }

// qr is the platform's picture of a code for a staff member ("" in the mode way).
func (v *viewer) qr(c *code, staff string) string {
	for _, w := range v.ways[c.id] {
		if w.staff == staff {
			return w.qr
		}
	}
	return ""
}

func (c *code) expired(now time.Time) bool {
	return c.spec.ExpiresAt != nil && !now.Before(*c.spec.ExpiresAt)
}

func (v *viewer) show(c *code) Code {
	out := Code{ID: c.id, Name: c.name, Kind: c.kind, Mode: c.mode, ChannelID: c.channel, ChannelPath: v.tree.path(c.channel), AccountID: c.account,
		AccountName: v.accounts[c.account], ShareOf: c.staff, State: c.state, Status: c.status, Expired: c.expired(v.now), Blocked: v.blocked(c), Version: c.version, CodeSpec: c.spec, MemberNames: map[string]string{},
		ChatsNow: []CodeChatNow{}, TodayBy: map[string]int64{}, PageURL: v.svc.config.BaseURL + "/q/" + c.slug, Health: "ok", Warnings: []string{},
		CreatedAt: clock.Time(c.created), UpdatedAt: clock.Time(c.updated)}
	for id, n := range v.today[c.id] {
		out.TodayBy[id], out.Today = n, out.Today+n
	}
	for _, m := range c.spec.Members {
		out.MemberNames[m.StaffID] = v.members[m.StaffID].Name
	}
	for _, id := range c.spec.Spare {
		out.MemberNames[id] = v.members[id].Name
	}
	switch {
	case c.kind == CodeService:
		out.LinkURL = v.qr(c, "")
	case c.mode == ModeWay:
		out.QRURL = v.qr(c, "")
	}
	out.Target = out.PageURL // a QR that leads to our page works whatever the platform's is
	warn := func(health string, t i18n.Text) {
		if out.Health != "critical" {
			out.Health = health
		}
		out.Warnings = append(out.Warnings, t.In(v.lang))
	}
	switch c.kind {
	case CodeService:
	case CodeGroup:
		chats, now := v.chats(c)
		out.ChatsNow = chats
		if now >= 0 && chats[now].Full {
			warn("critical", i18n.T("所有群都已满，请添加新的群", "all chats are full; add another"))
		} else if now == len(chats)-1 && len(chats) > 1 {
			warn("warning", i18n.T("正在使用最后一个群，请准备新的群", "the last chat is being filled; prepare another"))
		}
	default:
		v.showDuty(c, &out, warn)
	}
	for _, w := range v.ways[c.id] {
		if !w.trouble.IsZero() && c.status == StatusActive {
			warn("warning", i18n.T("同步到平台失败（会自动重试）：%s", "the platform could not be told, it will be tried again: %s", short(w.trouble.In(v.lang), 200)))
			break
		}
	}
	return out
}

func (v *viewer) showDuty(c *code, out *Code, warn func(string, i18n.Text)) {
	d := v.duty(c)
	shown := &CodeDuty{On: []StaffRef{}, Reason: d.Reason, Spare: d.Spare, Beyond: d.Beyond, NextChangeAt: clock.Ptr(clock.Micros(c.plan().NextChange(v.now)))}
	for _, id := range d.On {
		shown.On = append(shown.On, v.ref(id))
	}
	if d.Next != "" {
		next := v.ref(d.Next)
		shown.Next = &next
	}
	out.Duty = shown
	if c.status == StatusEnded || d.Reason == roster.Expired {
		return
	}
	gone := 0
	for _, m := range c.spec.Members {
		if !v.active(m.StaffID) {
			gone++
		}
	}
	switch {
	case d.Reason == roster.Left && d.Spare:
		warn("warning", i18n.T("所有员工都已离职，现由备用员工接待，请更换员工", "all staff of the code have left; spare staff take its customers. Choose others"))
	case d.Reason == roster.Left:
		warn("critical", i18n.T("所有员工都已离职，且没有备用员工：扫码的人加不到任何人，请立即更换员工", "all staff of the code have left and there is no spare staff: who scans it reaches nobody. Choose others now"))
	case gone > 0:
		warn("warning", i18n.T("有 %d 名员工已离职，请更换", "%d of its staff have left; choose others", gone))
	}
	if d.Beyond && d.Reason == roster.Full {
		warn("warning", i18n.T("在班员工今天都已达到上限，且没有备用员工", "everybody on duty has reached their cap for today and there is no spare staff"))
	}
}
