package carrier

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// GroupAsk asks the owners of groups to send something into them.
type GroupAsk struct {
	OrgID, Key string // the caller's own name for it, 1–128 characters
	AccountID  string
	ChatIDs    []string // 1–2,000
	Parts      []Part   // text and at most 9 attachments
	At, EndAt  time.Time
}

// AskGroups stores it in tx; each owner is asked once, at At (zero: at once),
// and need not confirm after EndAt (zero: 7 days later). The same key again
// changes nothing. Groups that there are not, or not any more, fail by themselves.
func (s *Service) AskGroups(ctx context.Context, tx *db.Tx, g GroupAsk) error {
	if g.Key == "" || len(g.Key) > maxSendKey {
		return errs.InvalidField("key", i18n.T("应为 1–128 个字符", "1 to 128 characters"))
	}
	if len(g.ChatIDs) == 0 || len(g.ChatIDs) > wecom.MaxMassGroups {
		return errs.InvalidField("chat_ids", i18n.T("请选择 1–%d 个客户群", "Choose 1 to %d groups", wecom.MaxMassGroups))
	}
	a, err := s.accountByID(ctx, tx, g.OrgID, g.AccountID)
	if err != nil {
		return err
	}
	if a.kind != KindWecom {
		return errs.InvalidField("account_id", i18n.T("只有企业微信账号有客户群", "Only WeCom accounts have groups"))
	}
	if err := CheckMass(ctx, tx, g.OrgID, g.Parts); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM carrier_mass WHERE org_id = ? AND origin = ? AND kind = 'group')", g.OrgID, g.Key).Scan(&there); err != nil || there {
		return err
	}
	ids := slices.Compact(slices.Sorted(slices.Values(g.ChatIDs)))
	chats, err := s.GroupChats(ctx, tx, g.OrgID, GroupFilter{AccountID: a.id, ChatIDs: ids, Limit: len(ids)})
	if err != nil {
		return err
	}
	byOwner := map[string][]string{}
	for _, c := range chats {
		if c.DismissedAt != nil {
			continue
		}
		byOwner[c.OwnerUserID] = append(byOwner[c.OwnerUserID], c.ChatID)
	}
	if len(byOwner) == 0 {
		return errs.InvalidField("chat_ids", i18n.T("这些客户群都不在了", "None of these groups is there any more"))
	}
	content, digest, err := contentOf(g.Parts)
	if err != nil {
		return err
	}
	at := s.now()
	if g.At.After(at) {
		at = g.At
	}
	if g.EndAt.IsZero() {
		g.EndAt = at.Add(massSpan)
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		m := mass{org: g.OrgID, account: a.id, kind: wecom.MassGroup, origin: g.Key, sender: owner, digest: digest, content: content}
		if _, err := s.join(ctx, tx, &m, len(byOwner[owner]), g.EndAt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE carrier_mass SET next_at = ? WHERE org_id = ? AND id = ?", clock.Micros(at), g.OrgID, m.id); err != nil {
			return err
		}
		rows := massRows{}
		for _, chat := range byOwner[owner] {
			rows.add(g.Key+"/"+chat, chat, "")
		}
		if err := rows.insert(ctx, tx, g.OrgID, m.id); err != nil {
			return err
		}
	}
	tx.OnCommit(s.rouseMass)
	return nil
}

// GroupStatus is how far an asking of groups is.
type GroupStatus struct {
	Status string // queued, asked, done, cancelled, failed
	Groups []GroupOutcome
}

// GroupOutcome is how far one group is.
type GroupOutcome struct {
	ChatID, Name           string
	OwnerUserID, OwnerName string
	OwnerStaffID           string
	TaskID                 string
	Status                 string // queued, asked, sent, failed, cancelled
	Code                   string // failed, cancelled
	Reason                 i18n.Text
	AskedAt, SentAt        *time.Time
}

// GroupAsks tells how far askings are, by their keys.
func (s *Service) GroupAsks(ctx context.Context, tx *db.Tx, orgID string, keys []string) (map[string]GroupStatus, error) {
	out := map[string]GroupStatus{}
	if len(keys) == 0 {
		return out, nil
	}
	where, arg := tx.In("t.origin", keys)
	states := map[string]map[string]int{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var key, mass, send string
		var asked, at int64
		var o GroupOutcome
		if err := rows.Scan(&key, &o.TaskID, &mass, &asked, &o.OwnerUserID, &o.OwnerName, &o.OwnerStaffID, &o.ChatID, &o.Name, &send, &o.Code, &at); err != nil {
			return err
		}
		o.Status, o.AskedAt, o.Reason = send, clock.Ptr(asked), massWords[o.Code]
		if send == "waiting" {
			if o.Status = "queued"; mass == massAsked {
				o.Status = SendAsked
			}
		}
		if send == SendSent {
			o.SentAt = clock.Ptr(at)
		}
		g := out[key]
		g.Groups = append(g.Groups, o)
		out[key] = g
		if states[key] == nil {
			states[key] = map[string]int{}
		}
		states[key][o.Status]++
		return nil
	}, `SELECT t.origin, t.id, t.status, t.asked_at, t.sender, COALESCE(m.name, ''), COALESCE(m.staff_id, ''), x.recipient, COALESCE(g.name, ''), x.status, x.code, x.done_at FROM carrier_mass t
		JOIN carrier_mass_send x ON x.org_id = t.org_id AND x.mass_id = t.id
		LEFT JOIN carrier_group g ON g.org_id = t.org_id AND g.account_id = t.account_id AND g.chat_id = x.recipient
		LEFT JOIN carrier_staff m ON m.org_id = t.org_id AND m.account_id = t.account_id AND m.user_id = t.sender
		WHERE t.org_id = ? AND t.kind = 'group' AND `+where+" ORDER BY t.id, x.recipient", orgID, arg); err != nil {
		return nil, err
	}
	for key, n := range states {
		g := out[key]
		switch {
		case n["queued"] > 0 && n[SendAsked] == 0:
			g.Status = "queued"
		case n["queued"]+n[SendAsked] > 0:
			g.Status = SendAsked
		case n[SendSent] > 0:
			g.Status = massDone
		case n[SendCancelled] > 0:
			g.Status = massCancelled
		default:
			g.Status = massFailed
		}
		out[key] = g
	}
	return out, nil
}

// CancelAsk calls off what was asked under a key and not confirmed yet.
func (s *Service) CancelAsk(ctx context.Context, tx *db.Tx, orgID, key string) error {
	return s.callOff(ctx, tx, orgID, key, wecom.MassGroup)
}

// GroupFilter chooses groups. Zero values do not filter.
type GroupFilter struct {
	AccountID string
	Owner     string // the member
	Q         string // part of the name
	ChatIDs   []string
	After     string // chat id of the last one of the page before
	Limit     int    // 0: 100
}

// GroupChat is a group of customers.
type GroupChat struct {
	AccountID, ChatID, Name              string
	OwnerUserID, OwnerName, OwnerStaffID string
	Members                              int64
	CreatedAt                            time.Time
	DismissedAt                          *time.Time
}

// GroupChats lists groups by their ids; those that were dismissed only when
// they are asked for by id.
func (s *Service) GroupChats(ctx context.Context, tx *db.Tx, orgID string, f GroupFilter) (out []GroupChat, err error) {
	where, args := "g.org_id = ? AND g.chat_id > ?", []any{orgID, f.After}
	if f.AccountID != "" {
		where, args = where+" AND g.account_id = ?", append(args, f.AccountID)
	}
	if f.Owner != "" {
		where, args = where+" AND g.owner = ?", append(args, f.Owner)
	}
	if f.Q != "" {
		where, args = where+" AND LOWER(g.name) LIKE LOWER(?) ESCAPE '!'", append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(f.Q)+"%")
	}
	if f.ChatIDs != nil {
		in, arg := tx.In("g.chat_id", f.ChatIDs)
		where, args = where+" AND "+in, append(args, arg)
	} else {
		where += " AND g.dismissed_at = 0"
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var g GroupChat
		var created, dismissed int64
		err := rows.Scan(&g.AccountID, &g.ChatID, &g.Name, &g.OwnerUserID, &g.OwnerName, &g.OwnerStaffID, &g.Members, &created, &dismissed)
		g.CreatedAt, g.DismissedAt = clock.Time(created), clock.Ptr(dismissed)
		out = append(out, g)
		return err
	}, `SELECT g.account_id, g.chat_id, g.name, g.owner, COALESCE(m.name, ''), COALESCE(m.staff_id, ''), g.members, g.created_at, g.dismissed_at FROM carrier_group g
		LEFT JOIN carrier_staff m ON m.org_id = g.org_id AND m.account_id = g.account_id AND m.user_id = g.owner WHERE `+where+" ORDER BY g.chat_id LIMIT ?", append(args, cmp.Or(f.Limit, 100))...)
}
