package acquisition

import (
	"context"
	"errors"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Share is what a staff member gives away: whoever comes through it is theirs.
type Share struct {
	Staff  StaffRef `json:"staff"`
	Active bool     `json:"active" doc:"Works here"`
	Code   *Code    `json:"code" doc:"Leads to them alone"`
	Link   *Link    `json:"link" doc:"Counts who comes by it for them"`

	Card *NameCard `json:"card" doc:"Their business card, a page with their code"`
}

// ShareInput asks for the shares of staff members.
type ShareInput struct {
	StaffIDs  []string `json:"staff_ids,omitempty" maxItems:"200" nullable:"false" doc:"None: everybody who works here"`
	ChannelID string   `json:"channel_id,omitempty" maxLength:"64" doc:"Of all of them"`
	AccountID string   `json:"account_id,omitempty" maxLength:"64" doc:"Of the carrier; empty: links only"`
	Target    string   `json:"target,omitempty" maxLength:"2048" doc:"Where the links lead; empty: codes only"`
}

// SharesMade says what was made.
type SharesMade struct {
	Codes int64 `json:"codes"`
	Links int64 `json:"links"`
}

// maxShares bounds what one request makes.
const maxShares = 500

// MakeShares gives staff members a code and a link of their own. Who has one
// keeps it: asked again, only what is missing is made.
func (s *Service) MakeShares(ctx context.Context, in ShareInput) (out SharesMade, err error) {
	org := orgOf(ctx)
	if in.AccountID == "" && in.Target == "" {
		return out, errs.InvalidField("body.account_id", i18n.T("请选择账号（生成活码）或填写网址（生成链接）", "choose an account, for codes, or an address, for links"))
	}
	var members map[string]Member
	has := map[string]bool{}
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		if members, err = s.Staff.Members(ctx, tx, org); err != nil {
			return err
		}
		codes, _, err := listCodes(ctx, tx, org, CodeFilter{Shares: true, Status: StatusActive}, "", 1_000_000)
		for _, c := range codes {
			has["code "+c.staff] = true
		}
		return err
	}); err != nil {
		return out, err
	}
	for after, more := "", true; more; {
		var links []Link
		if links, more, _, err = s.Links(ctx, ThingFilter{Shares: true, Status: StatusActive}, after, exportPage); err != nil {
			return out, err
		}
		for _, l := range links {
			has["link "+l.ShareOf], after = true, l.ID
		}
	}
	if len(in.StaffIDs) == 0 {
		for id, m := range members {
			if m.Active {
				in.StaffIDs = append(in.StaffIDs, id)
			}
		}
		slices.Sort(in.StaffIDs)
	}
	if len(in.StaffIDs) > maxShares {
		return out, errs.TooLarge(i18n.T("一次最多 %d 名员工", "at most %d staff at a time", maxShares))
	}
	for i, id := range in.StaffIDs {
		m, ok := members[id]
		if !ok || !m.Active {
			return out, errs.InvalidField("body.staff_ids", i18n.T("第 %d 名员工不存在或已离职", "number %d is no active staff member", i+1))
		}
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			_, err := s.ensureNamecard(ctx, tx, org, id)
			return err
		}); err != nil {
			return out, err
		}
		if in.AccountID != "" && !has["code "+id] {
			if _, err := s.createCode(ctx, CodeInput{Name: m.Name, Mode: ModeWay, ChannelID: in.ChannelID, AccountID: in.AccountID,
				CodeSpec: CodeSpec{Members: []CodeMember{{StaffID: id}}}}, id); err == nil {
				out.Codes++
			} else if !errors.Is(err, hasShare) {
				return out, err
			}
			has["code "+id] = true
		}
		if in.Target != "" && !has["link "+id] {
			if _, err := s.createLink(ctx, LinkInput{Name: m.Name, Target: in.Target, ChannelID: in.ChannelID}, id); err == nil {
				out.Links++
			} else if !errors.Is(err, hasShare) {
				return out, err
			}
			has["link "+id] = true
		}
	}
	return out, nil
}

var hasShare = errs.Conflict(i18n.T("这名员工已有分享", "This staff member has a share already"))

// noOther keeps two who ask at once from making a staff member's share twice.
func noOther(ctx context.Context, tx *db.Tx, orgID, table, staffID string) error {
	if staffID == "" {
		return nil
	}
	if err := lock(ctx, tx, orgID, "shares"); err != nil {
		return err
	}
	var n int64
	err := tx.QueryRow(ctx, "SELECT count(*) FROM "+table+" WHERE org_id = ? AND staff_id = ? AND status = 'active'", orgID, staffID).Scan(&n)
	if err == nil && n > 0 {
		return hasShare
	}
	return err
}

// Shares lists staff members with what they give away, by name, from behind
// the staff member after. Associates see their own.
func (s *Service) Shares(ctx context.Context, q, after string, limit int) (out []Share, more bool, total int64, err error) {
	a, _ := access.From(ctx)
	var members map[string]Member
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		members, err = s.Staff.Members(ctx, tx, a.OrgID)
		return err
	}); err != nil {
		return nil, false, 0, err
	}
	var list []string
	for id, m := range members {
		if (m.Active || !a.OwnOnly) && (!a.OwnOnly || id == a.ID) && found(m.Name, q) {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, byName(members))
	total = int64(len(list))
	if i := slices.Index(list, after); i >= 0 {
		list = list[i+1:]
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	for _, id := range list {
		one, err := s.shareOf(ctx, id, members[id])
		if err != nil {
			return nil, false, 0, err
		}
		out = append(out, one)
	}
	return out, more, total, nil
}
