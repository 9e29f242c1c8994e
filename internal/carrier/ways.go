package carrier

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"unicode/utf8"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ContactWay is what is behind a live code.
type ContactWay struct {
	ConfigID string   // empty: make one
	StaffIDs []string // who is behind it: staff here, who must be members of the account
	UserIDs  []string // or members of the account by their own ids
	State    string   // at most 30 characters; comes back with who arrives
	Remark   string   // at most 30 characters; for the corp's own eyes
	Verify   bool     // the member confirms each customer
}

// MaxState is how many characters a state may have.
const MaxState = 30

// PutContactWay makes a way on the platform, or changes one, and returns its id
// and the address of its QR picture (empty after a change: it stays the same).
// One that was deleted on the platform is made anew, with another picture.
// The platform is called: not inside a transaction.
func (s *Service) PutContactWay(ctx context.Context, orgID, accountID string, w ContactWay) (configID, qrURL string, err error) {
	if utf8.RuneCountInString(w.State) > MaxState {
		return "", "", errs.InvalidField("state", i18n.T("state 最多 %d 个字符", "state has at most %d characters", MaxState))
	}
	a, c, err := s.client(ctx, orgID, accountID, impatient)
	if err != nil {
		return "", "", err
	}
	users, err := s.usersOf(ctx, a, w.StaffIDs, w.UserIDs)
	if err != nil {
		return "", "", err
	}
	// "Several members" also for one: the type stays for ever, the members do not.
	way := wecom.ContactWay{ConfigID: w.ConfigID, Type: 2, Scene: 2, Remark: oneLine(w.Remark, 30), SkipVerify: !w.Verify, State: w.State, User: users}
	if configID = w.ConfigID; configID != "" {
		if err = c.UpdateContactWay(ctx, way); !noWay(err) {
			return configID, "", wire.Show(err)
		}
		way.ConfigID = "" // somebody deleted it on the platform
	}
	configID, qrURL, err = c.AddContactWay(ctx, way)
	return configID, qrURL, wire.Show(err)
}

// usersOf finds the members behind staff; somebody must be left.
func (s *Service) usersOf(ctx context.Context, a *account, staffIDs, users []string) ([]string, error) {
	out := slices.Clone(users)
	err := s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		members, err := membersOf(ctx, tx, a.org, a.id)
		for _, m := range members {
			if m.staff != "" && m.status != "left" && slices.Contains(staffIDs, m.staff) {
				out = append(out, m.user)
			}
		}
		return err
	})
	slices.Sort(out)
	out = slices.Compact(out)
	if err == nil && len(out) == 0 {
		err = errs.Conflict(i18n.T("这些员工在这个企业微信里都没有对应的成员，或已离职", "None of these staff is a member of this WeCom, or all have left"))
	}
	return out, err
}

// DeleteContactWay ends a way; one that is gone already is fine.
func (s *Service) DeleteContactWay(ctx context.Context, orgID, accountID, configID string) error {
	_, c, err := s.client(ctx, orgID, accountID, impatient)
	if err != nil {
		return err
	}
	if err := c.DeleteContactWay(ctx, configID); err != nil && !noWay(err) {
		return wire.Show(err)
	}
	return nil
}

// codeNoWay: there is no way of this id.
const codeNoWay = 41044

func noWay(err error) bool {
	return err != nil && (wire.KindOf(err) == wire.Missing || wire.Code(err) == codeNoWay)
}

// JoinWay is what is behind a group code.
type JoinWay struct {
	ConfigID   string
	ChatIDs    []string // at most 5 groups
	State      string
	Remark     string
	AutoCreate bool // a further group is made when all are full
	BaseName   string
	BaseID     int64
}

// PutJoinWay makes a way into groups, or changes one, and returns its id and
// the address of its QR picture.
func (s *Service) PutJoinWay(ctx context.Context, orgID, accountID string, w JoinWay) (configID, qrURL string, err error) {
	if utf8.RuneCountInString(w.State) > MaxState {
		return "", "", errs.InvalidField("state", i18n.T("state 最多 %d 个字符", "state has at most %d characters", MaxState))
	}
	if len(w.ChatIDs) == 0 || len(w.ChatIDs) > wecom.MaxJoinGroups {
		return "", "", errs.InvalidField("chat_ids", i18n.T("一个群活码可以放 1–%d 个群", "A group code takes 1 to %d groups", wecom.MaxJoinGroups))
	}
	_, c, err := s.client(ctx, orgID, accountID, impatient)
	if err != nil {
		return "", "", err
	}
	way := wecom.JoinWay{ConfigID: w.ConfigID, Scene: 2, Remark: oneLine(w.Remark, 30), AutoCreate: int(db.Bit(w.AutoCreate)), BaseName: oneLine(w.BaseName, 40), BaseID: w.BaseID, Groups: w.ChatIDs, State: w.State}
	if configID = w.ConfigID; configID != "" {
		if err = c.UpdateJoinWay(ctx, way); noWay(err) {
			configID, way.ConfigID = "", "" // somebody deleted it on the platform
		}
	}
	if configID == "" {
		configID, err = c.AddJoinWay(ctx, way)
	}
	if err != nil {
		return "", "", wire.Show(err)
	}
	made, err := c.JoinWay(ctx, configID)
	return configID, made.QRCode, wire.Show(err)
}

// DeleteJoinWay ends a way into groups; one that is gone already is fine.
func (s *Service) DeleteJoinWay(ctx context.Context, orgID, accountID, configID string) error {
	_, c, err := s.client(ctx, orgID, accountID, impatient)
	if err != nil {
		return err
	}
	if err := c.DeleteJoinWay(ctx, configID); err != nil && !noWay(err) {
		return wire.Show(err)
	}
	return nil
}

// serviceScene is the scene of all our links; the state tells them apart. The
// platform keeps scenes for ever, and takes a further word only beside one.
const serviceScene = "fishpond"

// ServiceLink makes the address at which people enter a customer service
// account and are told to have come with a state.
func (s *Service) ServiceLink(ctx context.Context, orgID, accountID, state string) (string, error) {
	if !plainState.MatchString(state) {
		return "", errs.InvalidField("state", i18n.T("state 最多 64 个字母、数字、- 和 _", "state has at most 64 letters, digits, - and _"))
	}
	var a *account
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		a, err = s.accountByID(ctx, tx, orgID, accountID)
		return err
	})
	if err != nil {
		return "", err
	}
	if a.kind != KindKf || a.status != StatusActive {
		return "", errs.Conflict(i18n.T("这个账号不是启用的微信客服", "The account is not an active one of customer service"))
	}
	address, err := s.wecomOf(a, slotContact, impatient).DeskLink(ctx, a.settings["open_kfid"], serviceScene)
	if err != nil {
		return "", wire.Show(err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", errs.Unavailable(i18n.T("平台给出的链接看不懂", "The platform's link cannot be read"), err)
	}
	q := u.Query()
	q.Set("scene_param", state)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// plainState is what may be believed of a state that came back in an address
// that anybody may change.
var plainState = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// UploadMedia puts a picture, video or file on an account's platform, where it
// lives for three days, and returns its id.
func (s *Service) UploadMedia(ctx context.Context, orgID, accountID, kind, name, contentType string, content []byte) (string, error) {
	_, c, err := s.client(ctx, orgID, accountID, impatient)
	if err != nil {
		return "", err
	}
	id, err := c.Upload(ctx, kind, name, contentType, content)
	return id, wire.Show(err)
}

// ParameterQR makes an official account's code that carries a state and
// returns what the picture says.
func (s *Service) ParameterQR(ctx context.Context, orgID, accountID, state string) (content string, err error) {
	var a *account
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, orgID, accountID)
		return err
	}); err != nil {
		return "", err
	}
	if a.kind != KindOfficial || a.status != StatusActive {
		return "", errs.Conflict(i18n.T("这个账号不是启用的公众号", "The account is not an active official account"))
	}
	content, _, err = s.officialOf(a, impatient).QR(ctx, state, 0)
	return content, wire.Show(err)
}
