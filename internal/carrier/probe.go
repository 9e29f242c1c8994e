package carrier

import (
	"context"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// TestResult is what a test of an account found, step by step.
type TestResult struct {
	OK    bool       `json:"ok"`
	Steps []TestStep `json:"steps" nullable:"false"`
}

// TestStep is one thing that was tried.
type TestStep struct {
	Step string `json:"step" enum:"token,contacts,directory,desk,servicers,sidebar,archive,callback"`
	OK   bool   `json:"ok"`
	// A step that is not OK and a warning leaves the test OK.
	Warning bool   `json:"warning" doc:"It is not as it should be, but the account works without it"`
	Text    string `json:"text" doc:"What was found, or what to do"`
}

// Test tries an account: does the platform know it, may it do what we need, do
// callbacks come.
func (s *Service) Test(ctx context.Context, accountID string) (out TestResult, err error) {
	org := actor(ctx).OrgID
	var a *account
	var called int64
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		if a, err = s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, "SELECT received_at FROM carrier_callback WHERE org_id = ? AND account_id = ? ORDER BY id DESC LIMIT 1", org, a.id).Scan(&called)
		if db.IsNoRows(err) {
			return nil
		}
		return err
	}); err != nil {
		return out, err
	}
	if a.status != StatusActive {
		return out, errs.Conflict(i18n.T("账号已停用", "The account is disabled"))
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	lang := i18n.From(ctx)
	out = TestResult{OK: true, Steps: []TestStep{}}
	add := func(step string, err error, good i18n.Text) bool {
		t := TestStep{Step: step, OK: err == nil, Text: good.In(lang)}
		if err != nil {
			t.Text = errs.As(wire.Show(err)).Text.In(lang)
			out.OK = false
		}
		out.Steps = append(out.Steps, t)
		return err == nil
	}
	warn := func(step string, err error) {
		out.Steps = append(out.Steps, TestStep{Step: step, Warning: true, Text: errs.As(wire.Show(err)).Text.In(lang)})
	}
	switch a.kind {
	case KindWecom:
		followers, err := s.wecomOf(a, slotContact, impatient).Followers(ctx)
		if wire.Code(err) == 40001 || wire.Code(err) == 40013 || wire.KindOf(err) == wire.Busy {
			add("token", err, i18n.Text{})
			return out, nil
		}
		add("token", nil, i18n.T("企业 ID 和 Secret 正确", "The corp id and the secret are right"))
		add("contacts", err, i18n.T("可以使用客户联系，%d 位成员", "Customer contact may be used by %d members", len(followers)))
		if a.secrets["directory_secret"] != "" {
			_, err := s.wecomOf(a, slotDirectory, impatient).Departments(ctx)
			if unreadable(err) {
				warn("directory", err)
			} else {
				add("directory", err, i18n.T("可以读取通讯录", "The directory can be read"))
			}
		}
		if a.settings["agent_id"] != "" {
			_, _, err := s.wecomOf(a, slotAgent, impatient).JSTicket(ctx)
			add("sidebar", err, i18n.T("侧边栏应用可以使用", "The sidebar app works"))
		}
		if a.secrets["archive_secret"] != "" {
			users, err := s.archivedUsers(ctx, a)
			add("archive", err, i18n.T("会话存档可以使用，%d 位成员", "The chat archive works for %d members", len(users)))
		}
	case KindKf:
		if err := s.probeKf(ctx, a, add); err != nil {
			return out, err
		}
	case KindOfficial:
		_, _, err := s.officialOf(a, impatient).Followers(ctx, "")
		add("token", err, i18n.T("AppID 和 AppSecret 正确", "The AppID and AppSecret are right"))
	default:
		if a.kind == KindSMS && a.secrets[callbackKey] == "" { // from before there were answers
			if err := s.giveCallbackKey(ctx, a); err != nil {
				return out, err
			}
		}
		if err := s.probeOther(ctx, a); err != nil || a.kind != KindWeb {
			add("token", err, i18n.T("连接正常", "The connection works"))
		}
	}
	if out.OK && a.errorCode != 0 {
		if err := s.mended(ctx, a.org, a.id); err != nil {
			return out, err
		}
	}
	k, _ := kindOf(a.kind)
	if k.callbacks { // not a failure: it may be entered only after this test
		ok, text := true, i18n.T("收到过回调", "Callbacks have come")
		switch {
		case called == 0 && a.verified != 0:
			text = i18n.T("平台已验证回调地址，还没有发来回调", "The platform has verified the callback address; nothing has come yet")
		case called == 0:
			ok, text = false, i18n.T("还没有收到回调：把回调地址填到平台上并保存，平台会立刻验证", "No callback yet: enter the callback address on the platform and save; it is verified at once")
		}
		out.Steps = append(out.Steps, TestStep{Step: "callback", OK: ok, Warning: !ok, Text: text.In(lang)})
	}
	return out, nil
}
