package inbox

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/pinyin"
	"fishpond/internal/platform/plaintext"
)

// Whom a quick reply is for.
const (
	ScopePersonal = "personal" // whoever made it
	ScopeTeam     = "team"     // those who sit at the desk of an account
	ScopeOrg      = "org"      // everybody
)

// QuickReply is a text that staff have at hand. Its texts may hold variables:
// {{person.name}}, {{staff.name}}, {{org.account}}, {{date}}.
type QuickReply struct {
	ID        string `json:"id" readOnly:"true"`
	Scope     string `json:"scope" enum:"personal,team,org"`
	AccountID string `json:"account_id,omitempty" maxLength:"64" doc:"team: the account at whose desk it is used"`
	Folder    string `json:"folder,omitempty" maxLength:"100"`
	Title     string `json:"title" minLength:"1" maxLength:"100"`
	Parts     []Part `json:"parts" minItems:"1" maxItems:"9" nullable:"false"`
	Used      int64  `json:"used" readOnly:"true" doc:"How often it was used"`

	staff, keys string
}

const maxQuickReplies = 2000 // of one scope and owner

// rank tells how well a quick reply fits what was typed: lower is better, below
// 0 not at all.
func (q *QuickReply) rank(typed string) int {
	initials, full, _ := strings.Cut(q.keys, " ")
	title := plaintext.Fold(q.Title)
	for i, fits := range []bool{
		typed == "", strings.HasPrefix(title, typed), strings.HasPrefix(initials, typed), strings.HasPrefix(full, typed), strings.Contains(title, typed),
		strings.Contains(initials, typed), strings.Contains(full, typed), strings.Contains(plaintext.Fold(q.Folder), typed), strings.Contains(plaintext.Fold(textOf(q.Parts)), typed),
	} {
		if fits {
			return i
		}
	}
	return -1
}

func noQuickReply() error { return errs.NotFound(i18n.T("这条快捷回复", "quick reply")) }

// QuickReplies lists what whoever acts has at hand, the best fit for what was
// typed first.
func (s *Service) QuickReplies(ctx context.Context, typed, scope, accountID string, most int) (out []QuickReply, err error) {
	a := actor(ctx)
	typed = strings.Join(strings.Fields(plaintext.Fold(plaintext.Line(typed, 50))), "")
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		desks, err := desksOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		all, err := quickReplies(ctx, tx, a.OrgID, "(scope <> 'personal' OR staff_id = ?)", a.ID)
		if err != nil {
			return err
		}
		at := map[string]int{}
		for _, q := range all {
			if scope != "" && q.Scope != scope || q.Scope == ScopeTeam && (accountID != "" && q.AccountID != accountID || !sits(a, desks[q.AccountID])) {
				continue
			}
			if r := q.rank(typed); r >= 0 {
				at[q.ID] = r
				out = append(out, q)
			}
		}
		slices.SortStableFunc(out, func(x, y QuickReply) int {
			return cmp.Or(cmp.Compare(at[x.ID], at[y.ID]), cmp.Compare(y.Used, x.Used), cmp.Compare(x.Title, y.Title), cmp.Compare(x.ID, y.ID))
		})
		out = out[:min(len(out), most)]
		return nil
	})
	return out, err
}

// sits tells whether somebody works at a desk.
func sits(a access.Actor, d *Desk) bool {
	return !a.OwnOnly || d == nil || len(d.Members) == 0 || slices.Contains(d.Members, a.ID)
}

func quickReplies(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []QuickReply, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var q QuickReply
		var parts string
		if err := rows.Scan(&q.ID, &q.Scope, &q.staff, &q.AccountID, &q.Folder, &q.Title, &parts, &q.keys, &q.Used); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(parts), &q.Parts)
		out = append(out, q)
		return err
	}, "SELECT id, scope, staff_id, account_id, folder, title, parts, keys, used FROM inbox_quick_reply WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	return out, err
}

// mayKeep tells whether whoever acts may change a quick reply: their own, and
// those of all with the permission for settings. Others' own do not exist.
func mayKeep(a access.Actor, scope, staff string) error {
	switch {
	case scope == ScopePersonal && staff != a.ID:
		return noQuickReply()
	case scope != ScopePersonal && !a.Can(maySettle):
		return errs.Forbidden(i18n.T("只有能修改收件箱设置的角色可以改团队和企业的快捷回复", "Only who may change the inbox's settings may change the quick replies of all"))
	}
	return nil
}

// SaveQuickReply makes a quick reply, or changes the one that q.ID names.
func (s *Service) SaveQuickReply(ctx context.Context, q QuickReply) (QuickReply, error) {
	a := actor(ctx)
	q.Title, q.Folder = plaintext.Line(q.Title, 100), plaintext.Line(q.Folder, 100)
	if q.Title == "" {
		return q, errs.InvalidField("body.title", i18n.T("不能为空", "This is needed"))
	}
	if (q.Scope == ScopeTeam) != (q.AccountID != "") {
		return q, errs.InvalidField("body.account_id", i18n.T("团队的快捷回复要说明账号，其他的没有", "Those of a team name its account, and others none"))
	}
	p := Post{Parts: q.Parts}
	if err := p.check(); err != nil {
		return q, err
	}
	q.staff, q.keys = "", pinyin.Keys(q.Title)
	if q.Scope == ScopePersonal {
		q.staff = a.ID
	}
	if err := mayKeep(a, q.Scope, q.staff); err != nil {
		return q, err
	}
	return q, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if q.AccountID != "" {
			accounts, err := s.ports.Accounts.Accounts(ctx, tx, a.OrgID)
			if err != nil {
				return err
			}
			if _, ok := accounts[q.AccountID]; !ok {
				return errs.InvalidField("body.account_id", i18n.T("没有这个账号", "No such account"))
			}
		}
		fresh := q.ID == ""
		if fresh {
			q.ID, q.Used = ids.New("qrp"), 0
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM inbox_quick_reply WHERE org_id = ? AND scope = ? AND staff_id = ?", a.OrgID, q.Scope, q.staff).Scan(&n); err != nil {
				return err
			}
			if n >= maxQuickReplies {
				return errs.Conflict(i18n.T("最多 %d 条", "At most %d", maxQuickReplies))
			}
		} else {
			had, err := quickReplies(ctx, tx, a.OrgID, "id = ?", q.ID)
			if err != nil {
				return err
			}
			if len(had) == 0 {
				return noQuickReply()
			}
			if err := mayKeep(a, had[0].Scope, had[0].staff); err != nil {
				return err
			}
			q.Used = had[0].Used
		}
		if _, err := tx.Exec(ctx, `INSERT INTO inbox_quick_reply (org_id, id, scope, staff_id, account_id, folder, title, parts, keys, used, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, id) DO UPDATE SET scope = excluded.scope, staff_id = excluded.staff_id, account_id = excluded.account_id, folder = excluded.folder, title = excluded.title, parts = excluded.parts, keys = excluded.keys, updated_at = excluded.updated_at`,
			a.OrgID, q.ID, q.Scope, q.staff, q.AccountID, q.Folder, q.Title, db.JSON(q.Parts), q.keys, q.Used, s.micros()); err != nil || q.Scope == ScopePersonal {
			return err
		}
		action := "inbox.quick_reply.update"
		if fresh {
			action = "inbox.quick_reply.create"
		}
		return s.ports.Auditor.Audit(ctx, tx, action, "quick_reply", q.ID, map[string]any{"title": q.Title, "scope": q.Scope})
	})
}

// DeleteQuickReply takes a quick reply away.
func (s *Service) DeleteQuickReply(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		had, err := quickReplies(ctx, tx, a.OrgID, "id = ?", id)
		if err != nil {
			return err
		}
		if len(had) == 0 {
			return noQuickReply()
		}
		if err := mayKeep(a, had[0].Scope, had[0].staff); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM inbox_quick_reply WHERE org_id = ? AND id = ?", a.OrgID, id); err != nil || had[0].Scope == ScopePersonal {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "inbox.quick_reply.delete", "quick_reply", id, nil)
	})
}

// UseQuickReply fills a quick reply in for a conversation: the parts are ready
// to be looked over and sent.
func (s *Service) UseQuickReply(ctx context.Context, id, conversationID string) (parts []Part, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		had, err := quickReplies(ctx, tx, a.OrgID, "id = ?", id)
		if err != nil {
			return err
		}
		desks, err := desksOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if len(had) == 0 || had[0].Scope == ScopePersonal && had[0].staff != a.ID || had[0].Scope == ScopeTeam && !sits(a, desks[had[0].AccountID]) {
			return noQuickReply()
		}
		c, err := s.visible(ctx, tx, conversationID)
		if err != nil {
			return err
		}
		f, err := s.faces(ctx, tx, a.OrgID, c)
		if err != nil {
			return err
		}
		zone, err := s.ports.Orgs.Zone(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		fill := strings.NewReplacer("{{person.name}}", f.show(c).PersonName, "{{staff.name}}", f.staff[a.ID].Name, "{{org.account}}", f.accounts[c.account].Name, "{{date}}", s.now().In(zone).Format("2006-01-02"))
		parts = had[0].Parts
		for i := range parts {
			parts[i].Text, parts[i].Title = fill.Replace(parts[i].Text), plaintext.Line(fill.Replace(parts[i].Title), 128)
		}
		_, err = tx.Exec(ctx, "UPDATE inbox_quick_reply SET used = used + 1 WHERE org_id = ? AND id = ?", a.OrgID, id)
		return err
	})
	return parts, err
}
