package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// The kinds of broadcasts.
const (
	ToGroups = "group"  // a message into group chats
	AsMoment = "moment" // a post on customers' timelines
)

// Part is one piece of a broadcast.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,video,file,link,mini_program"`
	Text    string `json:"text,omitempty" maxLength:"4000" doc:"The text, or the few words of a link"`
	Title   string `json:"title,omitempty" maxLength:"128"`
	URL     string `json:"url,omitempty" maxLength:"2048"`
	PicURL  string `json:"pic_url,omitempty" maxLength:"2048"`
	MediaID string `json:"media_id,omitempty" maxLength:"256" doc:"An uploaded file, of POST /carriers/media; of a mini program or a moment's link: the cover"`
	AppID   string `json:"app_id,omitempty" maxLength:"64"`
	Page    string `json:"page,omitempty" maxLength:"1024"`
}

// Targets are who a broadcast goes to.
type Targets struct {
	ChatIDs []string `json:"chat_ids" nullable:"false" maxItems:"2000" doc:"group: into which groups"`
	UserIDs []string `json:"user_ids" nullable:"false" maxItems:"10000" doc:"moment: which members publish it"`
	TagIDs  []string `json:"tag_ids" nullable:"false" maxItems:"100" doc:"moment: the platform's tags; who has one of them sees it; none: all customers of the members"`
}

// BroadcastInput is a broadcast as it is written.
type BroadcastInput struct {
	Name      string     `json:"name" minLength:"1" maxLength:"100"`
	AccountID string     `json:"account_id" maxLength:"64" doc:"An account of WeCom; may be empty in a draft"`
	Parts     []Part     `json:"parts" maxItems:"10" doc:"group: text and at most 9 attachments; moment: text and up to 9 pictures, or a video, or a link"`
	Targets   Targets    `json:"targets"`
	StartAt   *time.Time `json:"start_at,omitempty" doc:"Absent: as soon as it is submitted and approved"`
	Days      int        `json:"days,omitempty" minimum:"0" maximum:"30" doc:"How long members have to confirm; 0: 7"`
}

// Broadcast is a broadcast as it is shown.
type Broadcast struct {
	ID            string     `json:"id"`
	Kind          string     `json:"kind" enum:"group,moment"`
	Name          string     `json:"name"`
	AccountID     string     `json:"account_id"`
	Parts         []Part     `json:"parts" nullable:"false"`
	Targets       Targets    `json:"targets"`
	StartAt       *time.Time `json:"start_at"`
	Days          int64      `json:"days"`
	Status        string     `json:"status" enum:"draft,awaiting,planned,asked,done,cancelled,failed" doc:"asked: members of staff must confirm it in WeCom"`
	Why           string     `json:"why,omitempty" doc:"awaiting: size; failed: the platform's word"`
	Reason        string     `json:"reason,omitempty" doc:"failed, in words"`
	Version       int64      `json:"version"`
	People        int64      `json:"people" doc:"How many could read it when it was submitted: members of the groups, or customers of the members"`
	Counts        Counts     `json:"counts"`
	CreatedAt     time.Time  `json:"created_at"`
	CreatedBy     string     `json:"created_by"`
	CreatedName   string     `json:"created_name"`
	SubmittedAt   *time.Time `json:"submitted_at"`
	SubmittedBy   string     `json:"submitted_by"`
	SubmittedName string     `json:"submitted_name"`
	ApprovedAt    *time.Time `json:"approved_at"`
	ApprovedBy    string     `json:"approved_by"`
	ApprovedName  string     `json:"approved_name"`
	ChangedAt     time.Time  `json:"changed_at"`
	OwnSubmission bool       `json:"own_submission" doc:"It waits for approval, and the actor may not give it, because they submitted it"`
}

// Counts are how far a broadcast is: groups, or members who publish.
type Counts struct {
	Total     int64 `json:"total" doc:"Groups, or members"`
	Queued    int64 `json:"queued"`
	Asked     int64 `json:"asked" doc:"Members must confirm these"`
	Sent      int64 `json:"sent" doc:"Or published"`
	Failed    int64 `json:"failed"`
	Cancelled int64 `json:"cancelled"`
	Customers int64 `json:"customers" doc:"moment: on how many timelines it is"`
	Comments  int64 `json:"comments" doc:"moment"`
	Likes     int64 `json:"likes" doc:"moment"`
}

var errNoBroadcast = errs.NotFound(i18n.T("这条群发", "broadcast"))

// broadcast is one as it is stored.
type broadcast struct {
	id, kind, name, account, parts, targets, status, askKey string
	start, days, version, people                            int64
	created, submitted, approved, cancelled, changed        int64
	createdBy, submittedBy, approvedBy                      string
}

const broadcastColumns = "id, kind, name, account_id, parts, targets, start_at, days, status, version, people, ask_key, created_at, created_by, submitted_at, submitted_by, approved_at, approved_by, cancelled_at, changed_at"

func (b *broadcast) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&b.id, &b.kind, &b.name, &b.account, &b.parts, &b.targets, &b.start, &b.days, &b.status, &b.version, &b.people, &b.askKey, &b.created, &b.createdBy, &b.submitted, &b.submittedBy, &b.approved, &b.approvedBy, &b.cancelled, &b.changed)
}

func (b *broadcast) content() (parts []Part, to Targets, err error) {
	if err := json.Unmarshal([]byte(b.parts), &parts); err != nil {
		return nil, to, fmt.Errorf("campaign: parts of %s: %w", b.id, err)
	}
	if err := json.Unmarshal([]byte(b.targets), &to); err != nil {
		return nil, to, fmt.Errorf("campaign: targets of %s: %w", b.id, err)
	}
	return parts, to, nil
}

func loadBroadcast(ctx context.Context, tx *db.Tx, orgID, id string) (*broadcast, error) {
	b := &broadcast{}
	err := b.scan(tx.QueryRow(ctx, "SELECT "+broadcastColumns+" FROM campaign_broadcast WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoBroadcast
	}
	return b, err
}

const broadcastDays = 7

// tidy makes an input fit to be kept as a draft of a kind.
func (in *BroadcastInput) tidy(kind string, now time.Time) (parts, targets string, err error) {
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" {
		return "", "", errs.InvalidField("body.name", i18n.T("请写名称", "A name is needed"))
	}
	if in.StartAt != nil && in.StartAt.After(now.AddDate(1, 0, 0)) {
		return "", "", errs.InvalidField("body.start_at", i18n.T("最多提前一年安排", "A year ahead at most"))
	}
	if in.Days == 0 {
		in.Days = broadcastDays
	}
	once := func(list []string) []string {
		return append([]string{}, slices.Compact(slices.Sorted(slices.Values(list)))...)
	}
	to := Targets{ChatIDs: []string{}, UserIDs: []string{}, TagIDs: []string{}}
	if kind == ToGroups {
		to.ChatIDs = once(in.Targets.ChatIDs)
	} else {
		to.UserIDs, to.TagIDs = once(in.Targets.UserIDs), once(in.Targets.TagIDs)
	}
	b, err := json.Marshal(append([]Part{}, in.Parts...))
	if err != nil {
		return "", "", err
	}
	t, err := json.Marshal(to)
	return string(b), string(t), err
}

// knownAccount refuses an account that cannot be asked for broadcasts.
func (s *Service) knownAccount(ctx context.Context, tx *db.Tx, orgID, id string) error {
	if id == "" {
		return nil
	}
	if s.posts == nil {
		return errNoMass
	}
	all, err := s.posts.Accounts(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a Account) bool { return a.ID == id }) {
		return errs.InvalidField("body.account_id", i18n.T("没有这个企业微信账号", "There is no such WeCom account"))
	}
	return nil
}

// CreateBroadcast makes a draft.
func (s *Service) CreateBroadcast(ctx context.Context, kind string, in BroadcastInput) (out Broadcast, err error) {
	a := actor(ctx)
	parts, targets, err := in.tidy(kind, s.now())
	if err != nil {
		return out, err
	}
	id := ids.New("bro")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.knownAccount(ctx, tx, a.OrgID, in.AccountID); err != nil {
			return err
		}
		now := s.micros()
		if _, err := tx.Exec(ctx, "INSERT INTO campaign_broadcast (org_id, "+broadcastColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'draft', 1, 0, '', ?, ?, 0, '', 0, '', 0, ?)",
			a.OrgID, id, kind, in.Name, in.AccountID, parts, targets, clock.Micros(timeOf(in.StartAt)), in.Days, now, a.ID, now); err != nil {
			return fmt.Errorf("campaign: broadcast: %w", err)
		}
		if err := s.keepFiles(ctx, tx, a.OrgID, id, in.Parts); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_created", "broadcast", id, map[string]any{"name": in.Name, "kind": kind})
	})
	if err != nil {
		return out, err
	}
	return s.Broadcast(ctx, id)
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (s *Service) keepFiles(ctx context.Context, tx *db.Tx, orgID, id string, parts []Part) error {
	if s.posts == nil {
		return nil
	}
	return s.posts.Keep(ctx, tx, orgID, id, parts)
}

// UpdateBroadcast changes a draft, if it is still as the caller saw it.
func (s *Service) UpdateBroadcast(ctx context.Context, id string, version int64, in BroadcastInput) (out Broadcast, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		parts, targets, err := in.tidy(b.kind, s.now())
		if err != nil {
			return err
		}
		if err := s.knownAccount(ctx, tx, a.OrgID, in.AccountID); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE campaign_broadcast SET name = ?, account_id = ?, parts = ?, targets = ?, start_at = ?, days = ?, version = version + 1, changed_at = ? WHERE org_id = ? AND id = ? AND status = 'draft' AND version = ?",
			in.Name, in.AccountID, parts, targets, clock.Micros(timeOf(in.StartAt)), in.Days, s.micros(), a.OrgID, id, version)
		if err != nil {
			return err
		}
		if n == 0 {
			if b.status != Draft {
				return errs.Conflict(i18n.T("已经提交，不能再改", "It was submitted and cannot be changed"))
			}
			return errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
		}
		if err := s.keepFiles(ctx, tx, a.OrgID, id, in.Parts); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_changed", "broadcast", id, map[string]any{"version": version + 1})
	})
	if err != nil {
		return out, err
	}
	return s.Broadcast(ctx, id)
}

// DeleteBroadcast throws a draft away.
func (s *Service) DeleteBroadcast(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := loadBroadcast(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "DELETE FROM campaign_broadcast WHERE org_id = ? AND id = ? AND status = 'draft'", a.OrgID, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("只有草稿能删除", "Only drafts can be deleted"))
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_deleted", "broadcast", id, nil)
	})
}

// Broadcast shows one with how far it is.
func (s *Service) Broadcast(ctx context.Context, id string) (out Broadcast, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		all, err := s.showBroadcasts(ctx, tx, a.OrgID, []*broadcast{b})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// Broadcasts lists those of a kind, the newest first.
func (s *Service) Broadcasts(ctx context.Context, kind, q string, after place, most int) (out []Broadcast, next place, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		query, args := "SELECT "+broadcastColumns+" FROM campaign_broadcast WHERE org_id = ? AND (? = '' OR kind = ?)", []any{a.OrgID, kind, kind}
		if q = strings.TrimSpace(q); q != "" {
			query, args = query+" AND LOWER(name) LIKE LOWER(?) ESCAPE '!'", append(args, like(q))
		}
		if after != (place{}) {
			query, args = query+" AND (created_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		var rows []*broadcast
		if err := tx.Each(ctx, func(r *sql.Rows) error {
			b := &broadcast{}
			err := b.scan(r)
			rows = append(rows, b)
			return err
		}, query+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, most+1)...); err != nil {
			return err
		}
		next = place{}
		if len(rows) > most {
			rows = rows[:most]
			next = place{rows[most-1].created, rows[most-1].id}
		}
		out, err = s.showBroadcasts(ctx, tx, a.OrgID, rows)
		return err
	})
	return out, next, err
}

func (s *Service) showBroadcasts(ctx context.Context, tx *db.Tx, orgID string, rows []*broadcast) ([]Broadcast, error) {
	names, err := s.Orgs.StaffNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]Broadcast, len(rows))
	for i, b := range rows {
		parts, to, err := b.content()
		if err != nil {
			return nil, err
		}
		o := Broadcast{ID: b.id, Kind: b.kind, Name: b.name, AccountID: b.account, Parts: parts, Targets: to, StartAt: shown(b.start), Days: b.days, Status: b.status, Version: b.version, People: b.people,
			CreatedAt: clock.Time(b.created), CreatedBy: b.createdBy, CreatedName: names[b.createdBy], SubmittedAt: shown(b.submitted), SubmittedBy: b.submittedBy, SubmittedName: names[b.submittedBy],
			ApprovedAt: shown(b.approved), ApprovedBy: b.approvedBy, ApprovedName: names[b.approvedBy], ChangedAt: clock.Time(b.changed), OwnSubmission: b.status == Awaiting && b.submittedBy == actor(ctx).ID}
		o.Counts.Total = int64(len(to.ChatIDs) + len(to.UserIDs))
		if b.status == Awaiting {
			o.Why = WhySize
		}
		if b.askKey != "" && s.posts != nil {
			if err := s.howFar(ctx, tx, orgID, b, &o); err != nil {
				return nil, err
			}
		}
		out[i] = o
	}
	return out, nil
}

// howFar fills in how far those are who were asked.
func (s *Service) howFar(ctx context.Context, tx *db.Tx, orgID string, b *broadcast, o *Broadcast) error {
	far, err := s.posts.HowFar(ctx, tx, orgID, b.kind, b.askKey)
	if err != nil {
		return err
	}
	o.Counts = far.Counts
	switch {
	case b.status == Cancelled:
	case far.Status == "queued" && b.start > s.micros():
		o.Status = Planned
	case far.Status == "queued":
		o.Status = "asked"
	default:
		o.Status = far.Status
	}
	if far.Code != "" {
		o.Why, o.Reason = far.Code, far.Reason.In(i18n.From(ctx))
	}
	return nil
}
