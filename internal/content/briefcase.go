package content

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

const maxIntro = 500

// Briefcase is a set of materials that is sent as one page.
type Briefcase struct {
	ID        string          `json:"id"`
	Title     string          `json:"title"`
	Intro     string          `json:"intro" doc:"Said above the materials"`
	Items     []MaterialBrief `json:"items" nullable:"false" doc:"In order; those that were deleted since are marked so and not shown to customers"`
	Revision  int64           `json:"revision"`
	ExpiresAt *time.Time      `json:"expires_at"`
	Expired   bool            `json:"expired"`
	Used      int64           `json:"used"`
	Opens     int64           `json:"opens"`
	Visitors  int64           `json:"visitors"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	DeletedAt *time.Time      `json:"deleted_at"`
}

// BriefcaseInput makes or replaces a briefcase.
type BriefcaseInput struct {
	Revision    int64      `json:"revision,omitempty" minimum:"0" doc:"That was changed; not needed to make one"`
	Title       string     `json:"title" maxLength:"400"`
	Intro       string     `json:"intro,omitempty" maxLength:"2000"`
	MaterialIDs []string   `json:"material_ids" minItems:"1" maxItems:"30" nullable:"false" doc:"In order, each once"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Left out: never"`
}

// briefcase is a row of content_briefcase.
type briefcase struct {
	org, id, title, keys, intro string
	items                       []string
	revision, expires, used     int64
	createdBy                   string
	created, updated, deleted   int64
}

const briefcaseColumns = "org_id, id, title, keys, intro, items, revision, expires_at, used, created_by, created_at, updated_at, deleted_at"

func (b *briefcase) scan(row interface{ Scan(...any) error }) error {
	var items string
	err := row.Scan(&b.org, &b.id, &b.title, &b.keys, &b.intro, &items, &b.revision, &b.expires, &b.used, &b.createdBy, &b.created, &b.updated, &b.deleted)
	if err == nil {
		err = json.Unmarshal([]byte(items), &b.items)
	}
	return err
}

func (b *briefcase) expiredAt(now int64) bool { return b.expires != 0 && b.expires <= now }

func briefcaseByID(ctx context.Context, tx *db.Tx, orgID, id string) (*briefcase, error) {
	b := &briefcase{}
	err := b.scan(tx.QueryRow(ctx, "SELECT "+briefcaseColumns+" FROM content_briefcase WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, noSuchBriefcase
	}
	return b, err
}

// fill takes what was put in.
func (b *briefcase) fill(ctx context.Context, tx *db.Tx, in BriefcaseInput) (err error) {
	if b.title, err = titleOf("body.title", in.Title); err != nil {
		return err
	}
	if b.intro = plaintext.Tidy(in.Intro); utf8.RuneCountInString(b.intro) > maxIntro {
		return errs.InvalidField("body.intro", i18n.T("说明最多 %d 个字", "The words above may have %d characters at most", maxIntro))
	}
	for i, id := range in.MaterialIDs {
		if slices.Contains(in.MaterialIDs[:i], id) {
			return errs.InvalidField("body.material_ids", i18n.T("同一份素材只能放一次", "A material can be in it once only"))
		}
		// One that is in it already may have been deleted since.
		m, err := materialByID(ctx, tx, b.org, id)
		if errs.Is(err, errs.CodeNotFound) || err == nil && m.deleted != 0 && !slices.Contains(b.items, id) {
			return errs.InvalidField("body.material_ids", i18n.T("有一份素材已不存在，请重新选择", "A material is there no longer; choose again"))
		}
		if err != nil {
			return err
		}
	}
	b.items, b.expires = in.MaterialIDs, 0
	if in.ExpiresAt != nil {
		b.expires = clock.Micros(*in.ExpiresAt)
	}
	b.keys = keysOf(b.title, b.intro)
	return nil
}

// CreateBriefcase makes a briefcase.
func (s *Service) CreateBriefcase(ctx context.Context, in BriefcaseInput) (out Briefcase, err error) {
	a := actorOf(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b := &briefcase{org: a.OrgID, id: ids.New("bfc"), revision: 1, createdBy: a.ID, created: s.micros(), updated: s.micros()}
		if err := b.fill(ctx, tx, in); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO content_briefcase ("+briefcaseColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			b.org, b.id, b.title, b.keys, b.intro, db.JSON(b.items), b.revision, b.expires, b.used, b.createdBy, b.created, b.updated, b.deleted); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "briefcase.created", "briefcase", b.id, map[string]any{"title": b.title, "materials": len(b.items)}); err != nil {
			return err
		}
		out, err = s.showBriefcase(ctx, tx, b)
		return err
	})
	return out, err
}

// UpdateBriefcase replaces what a briefcase says and holds.
func (s *Service) UpdateBriefcase(ctx context.Context, id string, in BriefcaseInput) (out Briefcase, err error) {
	return s.changeBriefcase(ctx, id, "briefcase.updated", func(tx *db.Tx, b *briefcase) (bool, error) {
		if b.deleted != 0 {
			return false, noSuchBriefcase
		}
		if b.revision != in.Revision {
			return false, movedOn
		}
		return true, b.fill(ctx, tx, in)
	})
}

// DeleteBriefcase takes a briefcase away; its links then say so.
func (s *Service) DeleteBriefcase(ctx context.Context, id string) error {
	_, err := s.changeBriefcase(ctx, id, "briefcase.deleted", func(_ *db.Tx, b *briefcase) (bool, error) {
		was := b.deleted
		if was == 0 {
			b.deleted = s.micros()
		}
		return was == 0, nil
	})
	return err
}

// RestoreBriefcase takes the deletion back.
func (s *Service) RestoreBriefcase(ctx context.Context, id string) (Briefcase, error) {
	return s.changeBriefcase(ctx, id, "briefcase.restored", func(_ *db.Tx, b *briefcase) (bool, error) {
		was := b.deleted
		b.deleted = 0
		return was != 0, nil
	})
}

func (s *Service) changeBriefcase(ctx context.Context, id, action string, change func(tx *db.Tx, b *briefcase) (bool, error)) (out Briefcase, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		b, err := briefcaseByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		was := b.revision
		changed, err := change(tx, b)
		if err != nil {
			return err
		}
		if changed {
			b.revision, b.updated = was+1, s.micros()
			n, err := tx.Changed(ctx, "UPDATE content_briefcase SET title = ?, keys = ?, intro = ?, items = ?, revision = ?, expires_at = ?, updated_at = ?, deleted_at = ? WHERE org_id = ? AND id = ? AND revision = ?",
				b.title, b.keys, b.intro, db.JSON(b.items), b.revision, b.expires, b.updated, b.deleted, org, id, was)
			if err != nil {
				return err
			}
			if n == 0 {
				return movedOn
			}
			if err := s.Auditor.Audit(ctx, tx, action, "briefcase", id, map[string]any{"title": b.title, "materials": len(b.items)}); err != nil {
				return err
			}
		}
		out, err = s.showBriefcase(ctx, tx, b)
		return err
	})
	return out, err
}

// Briefcase returns a briefcase, deleted ones too.
func (s *Service) Briefcase(ctx context.Context, id string) (out Briefcase, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := briefcaseByID(ctx, tx, org, id)
		if err == nil {
			out, err = s.showBriefcase(ctx, tx, b)
		}
		return err
	})
	return out, err
}

// Briefcases lists briefcases, the newest first. after is the id of the last
// one of the page before.
func (s *Service) Briefcases(ctx context.Context, q, state, after string, limit int) (out []Briefcase, more bool, total int64, err error) {
	org := actorOf(ctx).OrgID
	where, args := MaterialFilter{Q: q, State: state}.where(org, s.micros())
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM content_briefcase WHERE "+where, args...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		all, err := db.All(ctx, tx, func(rows *sql.Rows, b *briefcase) error { return b.scan(rows) },
			"SELECT "+briefcaseColumns+" FROM content_briefcase WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out = nil
		for i := range all {
			b, err := s.showBriefcase(ctx, tx, &all[i])
			if err != nil {
				return err
			}
			out = append(out, b)
		}
		return nil
	})
	return out, more, total, err
}

func (s *Service) showBriefcase(ctx context.Context, tx *db.Tx, b *briefcase) (out Briefcase, err error) {
	out = Briefcase{ID: b.id, Title: b.title, Intro: b.intro, Items: []MaterialBrief{}, Revision: b.revision, ExpiresAt: clock.Ptr(b.expires), Expired: b.expiredAt(s.micros()), Used: b.used,
		CreatedAt: clock.Time(b.created), UpdatedAt: clock.Time(b.updated), DeletedAt: clock.Ptr(b.deleted)}
	all, err := inside(ctx, tx, b)
	if err != nil {
		return out, err
	}
	briefs, _, err := s.briefs(ctx, tx, b.org, all)
	if err != nil {
		return out, err
	}
	out.Items = append(out.Items, briefs...)
	return out, tx.QueryRow(ctx, "SELECT count(*), count(DISTINCT who) FROM content_visit WHERE org_id = ? AND briefcase_id = ? AND material_id = ''", b.org, b.id).Scan(&out.Opens, &out.Visitors)
}

// inside are the materials of a briefcase in order, deleted ones too.
func inside(ctx context.Context, tx *db.Tx, b *briefcase) (out []*material, err error) {
	where, arg := tx.In("id", b.items)
	all, err := db.All(ctx, tx, func(rows *sql.Rows, m *material) error { return m.scan(rows) }, "SELECT "+materialColumns+" FROM content_material WHERE org_id = ? AND "+where, b.org, arg)
	if err != nil {
		return nil, err
	}
	for _, id := range b.items {
		if i := slices.IndexFunc(all, func(m material) bool { return m.id == id }); i >= 0 {
			out = append(out, &all[i])
		}
	}
	return out, nil
}
