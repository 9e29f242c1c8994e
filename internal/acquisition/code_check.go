package acquisition

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"fishpond/internal/acquisition/phrase"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// maxState is how long a platform lets the state of a contact way be.
const maxState = 30

var stateForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Variables of the texts of a code.
var (
	welcomeVars = []string{"name", "staff", "org"}
	remarkVars  = []string{"name", "staff", "channel"}
)

// checkCode tells what is wrong with a code, field by field.
func (s *Service) checkCode(ctx context.Context, tx *db.Tx, orgID string, c *code) error {
	v := &verdict{}
	if c.name == "" {
		v.add("body.name", i18n.T("不能为空", "This is needed"))
	}
	switch {
	case utf8.RuneCountInString(c.state) > maxState:
		v.add("body.state", i18n.T("最多 %d 个字符，平台不接受更长的", "at most %d characters: the platform takes no more", maxState))
	case !stateForm.MatchString(c.state):
		v.add("body.state", i18n.T("只能用字母、数字、- 和 _", "only letters, digits, - and _"))
	}
	if err := s.checkPlaces(ctx, tx, orgID, v, c.channel, c.account, c.mode == ModeWay); err != nil {
		return err
	}
	switch c.kind {
	case CodeGroup:
		checkChats(v, c)
	case CodeService:
		if err := s.checkService(ctx, tx, orgID, v, c); err != nil {
			return err
		}
	default:
		if err := s.checkStaff(ctx, tx, orgID, v, c); err != nil {
			return err
		}
	}
	if _, err := s.checkReward(ctx, tx, orgID, v, "body.reward_id", c.spec.RewardID, ForFriend); err != nil {
		return err
	}
	if c.kind != CodeStaff && c.spec.RewardID != "" {
		v.add("body.reward_id", i18n.T("只有员工活码有奖励", "only a code of staff gives a reward"))
	}
	for i := range c.spec.Welcome {
		for j, p := range c.spec.Welcome[i].Parts {
			v.neutral(fmt.Sprintf("body.welcome[%d].parts[%d].text", i, j), p.Text, c.spec.RewardID != "")
			v.neutral(fmt.Sprintf("body.welcome[%d].parts[%d].title", i, j), p.Title, c.spec.RewardID != "")
		}
	}
	for i, tag := range c.spec.Tags {
		if c.spec.Tags[i] = line(tag); c.spec.Tags[i] == "" || utf8.RuneCountInString(c.spec.Tags[i]) > 30 {
			v.add(fmt.Sprintf("body.tags[%d]", i), i18n.T("标签名应有 1–30 个字符", "a tag has 1–30 characters"))
		}
	}
	if c.spec.Remark = line(c.spec.Remark); true {
		v.vars("body.remark", c.spec.Remark, remarkVars)
	}
	for i := range c.spec.Welcome {
		checkWelcome(v, fmt.Sprintf("body.welcome[%d]", i), &c.spec.Welcome[i])
	}
	return v.err()
}

// checkPlaces looks for the channel and account that something belongs to.
func (s *Service) checkPlaces(ctx context.Context, tx *db.Tx, orgID string, v *verdict, channel, account string, needsAccount bool) error {
	if channel != "" {
		t, err := treeOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if n := t.nodes[channel]; n == nil {
			v.add("body.channel_id", i18n.T("没有这个渠道", "there is no such channel"))
		}
	}
	switch {
	case account == "" && needsAccount:
		v.add("body.account_id", i18n.T("请选择活码所在的账号", "choose the account that the code is on"))
	case account != "" && s.Carrier == nil:
		v.add("body.account_id", i18n.T("还没有接入任何平台账号", "no account of a platform is connected"))
	case account != "":
		accounts, err := s.Carrier.Accounts(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if _, ok := accounts[account]; !ok {
			v.add("body.account_id", i18n.T("没有这个账号", "there is no such account"))
		}
	}
	return nil
}

func (s *Service) checkStaff(ctx context.Context, tx *db.Tx, orgID string, v *verdict, c *code) error {
	members, err := s.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if len(c.spec.Members) == 0 {
		v.add("body.members", i18n.T("至少要有一名员工", "at least one staff member is needed"))
	}
	if len(c.spec.Chats) > 0 {
		v.add("body.chats", i18n.T("员工活码没有群", "a code of staff has no chats"))
	}
	in := map[string]bool{}
	for i, m := range c.spec.Members {
		path := fmt.Sprintf("body.members[%d].staff_id", i)
		if _, ok := members[m.StaffID]; !ok {
			v.add(path, i18n.T("没有这名员工", "there is no such staff member"))
		} else if in[m.StaffID] {
			v.add(path, i18n.T("这名员工已在列表中", "is in the list already"))
		}
		in[m.StaffID] = true
	}
	for i, sh := range c.spec.Shifts {
		path := fmt.Sprintf("body.shifts[%d]", i)
		v.times(path, sh.From, sh.To)
		v.days(path, sh.Days)
		for j, id := range sh.StaffIDs {
			if !in[id] {
				v.add(fmt.Sprintf("%s.staff_ids[%d]", path, j), i18n.T("不在活码的员工里", "is not a member of the code"))
			}
		}
	}
	for i, id := range c.spec.Spare {
		if _, ok := members[id]; !ok {
			v.add(fmt.Sprintf("body.spare[%d]", i), i18n.T("没有这名员工", "there is no such staff member"))
		}
	}
	return nil
}

// checkService tells what is wrong with a code that leads to customer service.
func (s *Service) checkService(ctx context.Context, tx *db.Tx, orgID string, v *verdict, c *code) error {
	if c.mode != ModeWay {
		v.add("body.mode", i18n.T("客服活码直接打开客服会话", "a service code opens the chat itself"))
	}
	if len(c.spec.Members) > 0 || len(c.spec.Shifts) > 0 || len(c.spec.Spare) > 0 || len(c.spec.Chats) > 0 {
		v.add("body.members", i18n.T("客服活码没有员工、班次和群：谁接待由会话的分配决定", "a service code has no staff, shifts or groups: who answers, the inbox decides"))
	}
	if c.account == "" || s.Carrier == nil {
		return nil // said already
	}
	kinds, err := s.Carrier.AccountKinds(ctx, tx, orgID)
	if err == nil && kinds[c.account] != kindService {
		v.add("body.account_id", i18n.T("请选择微信客服账号", "choose an account of WeChat customer service"))
	}
	return err
}

func checkChats(v *verdict, c *code) {
	if len(c.spec.Members) > 0 || len(c.spec.Shifts) > 0 || len(c.spec.Spare) > 0 || len(c.spec.Welcome) > 0 {
		v.add("body.members", i18n.T("群活码没有员工、班次和欢迎语", "a group code has no staff, shifts or welcome"))
	}
	if len(c.spec.Chats) == 0 {
		v.add("body.chats", i18n.T("至少要有一个群", "at least one group chat is needed"))
	}
	in := map[string]bool{}
	for i, g := range c.spec.Chats {
		if in[g.ChatID] {
			v.add(fmt.Sprintf("body.chats[%d].chat_id", i), i18n.T("这个群已在列表中", "is in the list already"))
		}
		in[g.ChatID] = true
		v.web(fmt.Sprintf("body.chats[%d].qr_url", i), g.QRURL, false)
	}
}

func checkWelcome(v *verdict, path string, w *Welcome) {
	if w.From != "" || w.To != "" {
		v.times(path, w.From, w.To)
	}
	v.days(path, w.Days)
	texts := 0
	for i := range w.Parts {
		p := &w.Parts[i]
		at := fmt.Sprintf("%s.parts[%d]", path, i)
		p.Text, p.Title = plaintext.Tidy(p.Text), line(p.Title)
		v.vars(at+".text", p.Text, welcomeVars)
		v.vars(at+".title", p.Title, welcomeVars)
		switch p.Kind {
		case "text":
			if texts++; texts > 1 {
				v.add(at, i18n.T("一条欢迎语只能有一段文字", "a welcome has one text at most"))
			}
			v.need(at+".text", p.Text)
		case "image":
			if p.MediaID == "" {
				v.web(at+".pic_url", p.PicURL, true)
			}
		case "link":
			v.need(at+".title", p.Title)
			v.web(at+".url", p.URL, true)
			v.web(at+".pic_url", p.PicURL, false)
		case "mini_program":
			v.need(at+".title", p.Title)
			v.need(at+".app_id", p.AppID)
			v.need(at+".page", p.Page)
		}
	}
	if len(w.Parts)-texts > 9 {
		v.add(path+".parts", i18n.T("文字之外最多 9 项", "at most nine parts beside the text"))
	}
}

// verdict gathers what is wrong with an input.
type verdict struct{ fields []errs.Field }

func (v *verdict) add(path string, t i18n.Text) {
	v.fields = append(v.fields, errs.Field{Path: path, Text: t})
}

func (v *verdict) err() error {
	if len(v.fields) == 0 {
		return nil
	}
	return errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), v.fields...)
}

func (v *verdict) need(path, value string) {
	if value == "" {
		v.add(path, i18n.T("不能为空", "This is needed"))
	}
}

func (v *verdict) vars(path, text string, known []string) {
	if name := phrase.Unknown(text, known...); name != "" {
		v.add(path, i18n.T("没有变量 %s，可以用：%s", "there is no variable %s; there are %s", short(name, 40), "{{"+strings.Join(known, "}} {{")+"}}"))
	}
}

func (v *verdict) times(path, from, to string) {
	clock := i18n.T("时间应写作 09:30", "write the time as 09:30")
	if m, ok := minutes(from); !ok || m == 24*60 {
		v.add(path+".from", clock)
	}
	if _, ok := minutes(to); !ok {
		v.add(path+".to", clock)
	}
}

func (v *verdict) days(path string, days []int) {
	for _, d := range days {
		if d < 1 || d > 7 {
			v.add(path+".days", i18n.T("星期应是 1（周一）到 7（周日）", "days are 1 (Monday) to 7 (Sunday)"))
			return
		}
	}
}

// web checks an address that customers are sent to.
func (v *verdict) web(path, address string, needed bool) {
	if address == "" && !needed {
		return
	}
	if !webAddress(address) {
		v.add(path, i18n.T("应是以 http:// 或 https:// 开头的网址", "must be an address that begins with http:// or https://"))
	}
}

// webAddress reports whether an address can be given to customers: absolute,
// over HTTP, to a host, without a password in it.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 2048 && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		!strings.ContainsAny(s, "\\ \t\r\n\x00")
}
