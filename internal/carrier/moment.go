package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	maxMomentPictures = 9
	maxMomentTitle    = 64 // bytes
	maxMomentSenders  = 10_000
)

// MomentAsk asks members of staff to publish something on their customers'
// timelines.
type MomentAsk struct {
	OrgID, Key string // the caller's own name for it, 1–128 characters
	AccountID  string
	Senders    []string // members, 1–10,000
	Tags       []string // the platform's; who has one of them sees it; none: all customers of the senders
	Parts      []Part   // text of at most 2,000 characters; and up to 9 pictures, or a video, or a link with a cover
	At, EndAt  time.Time
}

// CheckMoment tells what is wrong with a moment, within tx: an errs.CodeInvalid
// error that names the part, nil when it can be published.
func CheckMoment(ctx context.Context, tx *db.Tx, orgID string, parts []Part) error {
	if _, err := momentOf(parts); err != nil {
		return err
	}
	return checkFiles(ctx, tx, orgID, parts)
}

// momentOf puts parts into the form of a moment. Files keep our ids.
func momentOf(parts []Part) (m wecom.Moment, err error) {
	var words []string
	kinds := map[string]int{}
	for i, p := range parts {
		at := fmt.Sprintf("parts[%d]", i)
		if err := p.massComplete(at); err != nil {
			return m, err
		}
		a := wecom.MomentAttachment{}
		switch p.Kind {
		case PartText:
			words = append(words, p.Text)
			continue
		case PartImage:
			if p.MediaID == "" {
				return m, errs.InvalidField(at+".media_id", i18n.T("图片要先上传", "Upload the picture first"))
			}
			a.MsgType, a.Image = "image", &wecom.Media{MediaID: p.MediaID}
		case PartVideo:
			a.MsgType, a.Video = "video", &wecom.Media{MediaID: p.MediaID}
		case PartLink:
			if p.MediaID == "" {
				return m, errs.InvalidField(at+".media_id", i18n.T("朋友圈里的链接要有封面图", "A link in a moment needs a cover picture"))
			}
			a.MsgType, a.Link = "link", &wecom.MomentLink{Title: cut(p.Title, maxMomentTitle), URL: p.URL, MediaID: p.MediaID}
		default:
			return m, errs.InvalidField(at+".kind", i18n.T("朋友圈只能是文字加图片、视频或链接", "A moment is text with pictures, a video or a link"))
		}
		kinds[a.MsgType]++
		m.Attachments = append(m.Attachments, a)
	}
	text := strings.Join(words, "\n")
	switch {
	case utf8.RuneCountInString(text) > wecom.MaxMomentText || len(text) > wecom.MaxMomentBytes:
		return m, errs.InvalidField("parts", i18n.T("文字最多 %d 个字、%d 字节", "At most %d characters and %d bytes of text", wecom.MaxMomentText, wecom.MaxMomentBytes))
	case len(kinds) > 1 || kinds["image"] > maxMomentPictures || kinds["video"] > 1 || kinds["link"] > 1:
		return m, errs.InvalidField("parts", i18n.T("朋友圈可以带最多 9 张图片，或 1 个视频，或 1 个链接", "A moment has up to 9 pictures, or one video, or one link"))
	case text == "" && len(m.Attachments) == 0:
		return m, errs.InvalidField("parts", i18n.T("内容是空的", "The content is empty"))
	}
	if text != "" {
		m.Text = &wecom.Text{Content: text}
	}
	return m, nil
}

// AskMoment stores it in tx; members are asked at At (zero: at once), and need
// not publish it after EndAt (zero: 7 days later). The same key again changes nothing.
func (s *Service) AskMoment(ctx context.Context, tx *db.Tx, g MomentAsk) error {
	if g.Key == "" || len(g.Key) > maxSendKey {
		return errs.InvalidField("key", i18n.T("应为 1–128 个字符", "1 to 128 characters"))
	}
	a, err := s.accountByID(ctx, tx, g.OrgID, g.AccountID)
	if err != nil {
		return err
	}
	if a.kind != KindWecom {
		return errs.InvalidField("account_id", i18n.T("只有企业微信账号能发朋友圈", "Only WeCom accounts have moments"))
	}
	if len(g.Senders) == 0 || len(g.Senders) > maxMomentSenders {
		return errs.InvalidField("senders", i18n.T("请选择 1–%d 位成员", "Choose 1 to %d members", maxMomentSenders))
	}
	if err := CheckMoment(ctx, tx, g.OrgID, g.Parts); err != nil {
		return err
	}
	content, _, err := contentOf(g.Parts)
	if err != nil {
		return err
	}
	senders := slices.Compact(slices.Sorted(slices.Values(g.Senders)))
	at := s.now()
	if g.At.After(at) {
		at = g.At
	}
	if g.EndAt.IsZero() {
		g.EndAt = at.Add(massSpan)
	}
	people, err1 := json.Marshal(senders)
	tags, err2 := json.Marshal(append([]string{}, g.Tags...))
	if err1 != nil || err2 != nil {
		return fmt.Errorf("carrier: moment: %w %w", err1, err2)
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_moment (org_id, key, account_id, content, senders, tags, status, jobid, moment_id, end_at, next_at, attempts, since, called_at, called_off, asked_at, done_at, code, error_zh, error_en, created_at)
		VALUES (?, ?, ?, ?, ?, ?, 'queued', '', '', ?, ?, 0, 0, 0, 0, 0, 0, '', '', '', ?) ON CONFLICT (org_id, key) DO NOTHING`,
		g.OrgID, g.Key, a.id, content, string(people), string(tags), clock.Micros(g.EndAt), clock.Micros(at), s.micros())
	if err != nil || n == 0 {
		return err
	}
	rows := len(senders)
	if _, err := tx.BulkInsert(ctx, "carrier_moment_task", "", db.Same("org_id", g.OrgID, rows), db.Same("key", g.Key, rows), db.Text("user_id", senders), db.Same("status", "queued", rows),
		db.Int("published_at", make([]int64, rows)), db.Int("customers", make([]int64, rows))); err != nil {
		return err
	}
	tx.OnCommit(s.rouseMass)
	return nil
}

// CancelMoment calls off what nobody has published yet.
func (s *Service) CancelMoment(ctx context.Context, tx *db.Tx, orgID, key string) error {
	_, err := tx.Exec(ctx, `UPDATE carrier_moment SET called_off = 1, next_at = CASE WHEN status = 'asking' THEN next_at ELSE ? END
		WHERE org_id = ? AND key = ? AND status IN ('queued', 'asking', 'creating', 'asked') AND called_off = 0`, s.micros(), orgID, key)
	tx.OnCommit(s.rouseMass)
	return err
}

// LookAtMoment has the platform asked now how far a moment is.
func (s *Service) LookAtMoment(ctx context.Context, tx *db.Tx, orgID, key string) error {
	_, err := tx.Exec(ctx, "UPDATE carrier_moment SET next_at = ? WHERE org_id = ? AND key = ? AND status IN ('creating', 'asked', 'done') AND next_at > ?", s.micros(), orgID, key, s.micros())
	tx.OnCommit(s.rouseMass)
	return err
}

// MomentStatus is how far a moment is.
type MomentStatus struct {
	Status          string // queued, asked, done, cancelled, failed
	Code            string // failed, or why it is not asked yet
	Reason          i18n.Text
	AskedAt         *time.Time
	Tasks           []MomentTask
	Comments, Likes int64
}

// MomentTask is how far one member is.
type MomentTask struct {
	UserID, UserName, StaffID  string
	Status                     string // queued, asked, published, cancelled, refused
	PublishedAt                *time.Time
	Customers, Comments, Likes int64 // on how many timelines it is
}

// MomentOf tells how far a moment is; errs.CodeNotFound.
func (s *Service) MomentOf(ctx context.Context, tx *db.Tx, orgID, key string) (out MomentStatus, err error) {
	var asked int64
	err = tx.QueryRow(ctx, "SELECT status, code, error_zh, error_en, asked_at FROM carrier_moment WHERE org_id = ? AND key = ?", orgID, key).Scan(&out.Status, &out.Code, &out.Reason.ZH, &out.Reason.EN, &asked)
	if db.IsNoRows(err) {
		return out, errs.NotFound(i18n.T("这条朋友圈", "moment"))
	}
	if err != nil {
		return out, err
	}
	out.AskedAt = clock.Ptr(asked)
	if out.Status == "asking" || out.Status == "creating" {
		out.Status = "queued"
	}
	at := map[string]int{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var t MomentTask
		var published int64
		err := rows.Scan(&t.UserID, &t.UserName, &t.StaffID, &t.Status, &published, &t.Customers)
		t.PublishedAt = clock.Ptr(published)
		at[t.UserID] = len(out.Tasks)
		out.Tasks = append(out.Tasks, t)
		return err
	}, `SELECT t.user_id, COALESCE(m.name, ''), COALESCE(m.staff_id, ''), t.status, t.published_at, t.customers FROM carrier_moment_task t
		JOIN carrier_moment o ON o.org_id = t.org_id AND o.key = t.key
		LEFT JOIN carrier_staff m ON m.org_id = t.org_id AND m.account_id = o.account_id AND m.user_id = t.user_id WHERE t.org_id = ? AND t.key = ? ORDER BY t.user_id`, orgID, key); err != nil {
		return out, err
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var user, kind string
		var n int64
		err := rows.Scan(&user, &kind, &n)
		i, ok := at[user]
		switch {
		case !ok:
		case kind == "like":
			out.Tasks[i].Likes, out.Likes = n, out.Likes+n
		default:
			out.Tasks[i].Comments, out.Comments = n, out.Comments+n
		}
		return err
	}, "SELECT user_id, kind, count(*) FROM carrier_moment_reaction WHERE org_id = ? AND key = ? GROUP BY user_id, kind", orgID, key)
}

// MomentReaction is a comment on, or a like of, a moment. The platform does not
// tell what a comment says.
type MomentReaction struct {
	UserID, UserName string // whose post
	StaffID          string // who of the staff that is; empty: not known
	Kind             string // comment, like
	ByID             string // the customer's or the member's id
	PersonID         string // empty: a member, or somebody who is not known
	At               time.Time
}

// MomentReactions lists them, the newest first.
func (s *Service) MomentReactions(ctx context.Context, tx *db.Tx, orgID, key string, offset, limit int) (out []MomentReaction, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var r MomentReaction
		var at int64
		err := rows.Scan(&r.UserID, &r.UserName, &r.StaffID, &r.Kind, &r.ByID, &r.PersonID, &at)
		r.At = clock.Time(at)
		out = append(out, r)
		return err
	}, `SELECT t.user_id, COALESCE(m.name, ''), COALESCE(m.staff_id, ''), t.kind, t.by_id, COALESCE((SELECT MIN(c.person_id) FROM carrier_contact c WHERE c.org_id = t.org_id AND c.account_id = o.account_id AND c.external_id = t.by_id), ''), t.at FROM carrier_moment_reaction t
		JOIN carrier_moment o ON o.org_id = t.org_id AND o.key = t.key
		LEFT JOIN carrier_staff m ON m.org_id = t.org_id AND m.account_id = o.account_id AND m.user_id = t.user_id
		WHERE t.org_id = ? AND t.key = ? ORDER BY t.at DESC, t.user_id, t.kind, t.by_id LIMIT ? OFFSET ?`, orgID, key, limit, offset)
}

// PlatformTag is a tag of the platform, by which moments choose who sees them.
type PlatformTag struct{ ID, Group, Name string }

// PlatformTags lists an account's.
func (s *Service) PlatformTags(ctx context.Context, tx *db.Tx, orgID, accountID string) (out []PlatformTag, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var t PlatformTag
		err := rows.Scan(&t.ID, &t.Group, &t.Name)
		out = append(out, t)
		return err
	}, "SELECT platform_id, group_name, name FROM carrier_tag WHERE org_id = ? AND account_id = ? AND deleted = 0 ORDER BY group_name, name LIMIT 3000", orgID, accountID)
}

// Sender is a member who may be asked to send something.
type Sender struct {
	UserID, Name, StaffID string
	Friends               int64
}

// Senders lists the members of an account who have customers and work there.
func (s *Service) Senders(ctx context.Context, tx *db.Tx, orgID, accountID string) (out []Sender, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var m Sender
		err := rows.Scan(&m.UserID, &m.Name, &m.StaffID, &m.Friends)
		out = append(out, m)
		return err
	}, `SELECT m.user_id, m.name, m.staff_id, (SELECT count(*) FROM carrier_contact c WHERE c.org_id = m.org_id AND c.account_id = m.account_id AND c.user_id = m.user_id AND c.status = 'friend')
		FROM carrier_staff m WHERE m.org_id = ? AND m.account_id = ? AND m.status = 'active' ORDER BY m.name, m.user_id LIMIT 10000`, orgID, accountID)
}
