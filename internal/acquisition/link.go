package acquisition

import (
	"context"
	"database/sql"
	"net/url"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Link is an own address that leads to another and remembers who came by it.
type Link struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	URL         string            `json:"url" doc:"What people are given"`
	Target      string            `json:"target" doc:"Where it leads"`
	Params      map[string]string `json:"params" doc:"Added to the target, as utm_source"`
	ChannelID   string            `json:"channel_id"`
	ChannelPath []string          `json:"channel_path" nullable:"false"`
	ShareOf     string            `json:"share_of" doc:"The staff member whose share it is"`
	Status      string            `json:"status" enum:"active,ended"`
	Views       int64             `json:"views" doc:"Times that it was opened"`
	Version     int64             `json:"version"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

// LinkInput makes a link.
type LinkInput struct {
	Name      string            `json:"name" minLength:"1" maxLength:"60"`
	Target    string            `json:"target" minLength:"1" maxLength:"2048"`
	Params    map[string]string `json:"params,omitempty"`
	ChannelID string            `json:"channel_id,omitempty" maxLength:"64"`
}

// LinkPatch changes a link; nil stays.
type LinkPatch struct {
	Name      *string            `json:"name,omitempty" minLength:"1" maxLength:"60"`
	Target    *string            `json:"target,omitempty" minLength:"1" maxLength:"2048" doc:"What is printed already leads there from now on"`
	Params    *map[string]string `json:"params,omitempty"`
	ChannelID *string            `json:"channel_id,omitempty" maxLength:"64"`
	Status    *string            `json:"status,omitempty" enum:"active,ended"`
	Version   int64              `json:"version,omitempty" doc:"The version that was changed; 0: whatever it is"`
}

// link is a row of acquisition_link.
type link struct {
	org, id, slug, name, target, params, channel, staff, status string
	version, created, updated                                   int64
}

const linkColumns = "org_id, id, slug, name, target, params, channel_id, staff_id, status, version, created_at, updated_at"

func (l *link) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&l.org, &l.id, &l.slug, &l.name, &l.target, &l.params, &l.channel, &l.staff, &l.status, &l.version, &l.created, &l.updated)
}

var noSuchLink = errs.NotFound(i18n.T("这个链接", "link"))

func linkBy(ctx context.Context, tx *db.Tx, orgID, column, value string) (*link, error) {
	l := &link{}
	where, args := "org_id = ? AND id = ?", []any{orgID, value}
	if column == "slug" { // the public address does not say whose it is
		where, args = "slug = ?", []any{value}
	}
	err := l.scan(tx.QueryRow(ctx, "SELECT "+linkColumns+" FROM acquisition_link WHERE "+where, args...))
	if db.IsNoRows(err) {
		return nil, noSuchLink
	}
	return l, err
}

const maxParams = 20

func encodeParams(v *verdict, params map[string]string) string {
	q := url.Values{}
	for k, value := range params {
		if k == "" || len(k) > 60 || len(value) > 200 || len(params) > maxParams || line(k) != k || line(value) != value {
			v.add("body.params", i18n.T("最多 %d 个参数，名字 1–60、值最多 200 个字节，没有换行", "at most %d parameters of 1–60 bytes, with values of at most 200, without line breaks", maxParams))
			break
		}
		q.Set(k, value)
	}
	return q.Encode()
}

func (s *Service) checkLink(ctx context.Context, tx *db.Tx, l *link, params map[string]string) error {
	v := &verdict{}
	v.need("body.name", l.name)
	v.web("body.target", l.target, true)
	l.params = encodeParams(v, params)
	if err := s.checkPlaces(ctx, tx, l.org, v, l.channel, "", false); err != nil {
		return err
	}
	return v.err()
}

// CreateLink makes a link.
func (s *Service) CreateLink(ctx context.Context, in LinkInput) (Link, error) {
	return s.createLink(ctx, in, "")
}

func (s *Service) createLink(ctx context.Context, in LinkInput, staffID string) (out Link, err error) {
	org, now := orgOf(ctx), clock.Micros(s.now())
	l := &link{org: org, id: ids.New("lnk"), slug: slug(), name: line(in.Name), target: in.Target, channel: in.ChannelID, staff: staffID, status: StatusActive, version: 1, created: now, updated: now}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := s.checkLink(ctx, tx, l, in.Params); err != nil {
			return err
		}
		if err := noOther(ctx, tx, org, "acquisition_link", staffID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_link ("+linkColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", l.org, l.id, l.slug, l.name, l.target,
			l.params, l.channel, l.staff, l.status, l.version, l.created, l.updated); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "link.created", "link", l.id, map[string]any{"name": l.name, "target": l.target}); err != nil {
			return err
		}
		out, err = s.showLink(ctx, tx, l)
		return err
	})
	return out, err
}

// UpdateLink changes a link.
func (s *Service) UpdateLink(ctx context.Context, id string, p LinkPatch) (out Link, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		l, err := linkBy(ctx, tx, org, "id", id)
		if err != nil {
			return err
		}
		if p.Version != 0 && p.Version != l.version {
			return moved
		}
		params := paramsOf(l.params)
		set(&l.target, p.Target)
		set(&l.channel, p.ChannelID)
		set(&l.status, p.Status)
		if p.Name != nil {
			l.name = line(*p.Name)
		}
		if p.Params != nil {
			params = *p.Params
		}
		if err := s.checkLink(ctx, tx, l, params); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE acquisition_link SET name = ?, target = ?, params = ?, channel_id = ?, status = ?, version = version + 1, updated_at = ? WHERE org_id = ? AND id = ? AND version = ?",
			l.name, l.target, l.params, l.channel, l.status, clock.Micros(s.now()), org, id, l.version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		if err := s.Auditor.Audit(ctx, tx, "link.updated", "link", id, map[string]any{"name": l.name, "target": l.target, "status": l.status}); err != nil {
			return err
		}
		if l, err = linkBy(ctx, tx, org, "id", id); err == nil {
			out, err = s.showLink(ctx, tx, l)
		}
		return err
	})
	return out, err
}

func set(to, from *string) {
	if from != nil {
		*to = *from
	}
}

func paramsOf(query string) map[string]string {
	out := map[string]string{}
	q, _ := url.ParseQuery(query) // we wrote it
	for k := range q {
		out[k] = q.Get(k)
	}
	return out
}

func (s *Service) showLink(ctx context.Context, tx *db.Tx, l *link) (Link, error) {
	out, err := s.showLinks(ctx, tx, l.org, []*link{l})
	if err != nil {
		return Link{}, err
	}
	return out[0], nil
}

func (s *Service) showLinks(ctx context.Context, tx *db.Tx, orgID string, all []*link) (out []Link, err error) {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, l := range all {
		list = append(list, l.id)
	}
	views, err := hitsBy(ctx, tx, orgID, list)
	for _, l := range all {
		out = append(out, Link{ID: l.id, Name: l.name, URL: s.config.BaseURL + "/l/" + l.slug, Target: l.target, Params: paramsOf(l.params), ChannelID: l.channel, ChannelPath: t.path(l.channel),
			ShareOf: l.staff, Status: l.status, Views: views[l.id], Version: l.version, CreatedAt: clock.Time(l.created), UpdatedAt: clock.Time(l.updated)})
	}
	return out, err
}

// ThingFilter says which links, forms or batches are listed.
type ThingFilter struct {
	Q         string
	ChannelID string
	Status    string
	StaffID   string // whose shares
	Shares    bool   // those of staff shares instead of the others
}

// where is the filter as a condition.
func (f ThingFilter) where(ctx context.Context, tx *db.Tx, orgID string, shared bool) (string, []any, error) {
	where, args := "org_id = ?", []any{orgID}
	and := func(cond string, values ...any) { where, args = where+" AND "+cond, append(args, values...) }
	if f.ChannelID != "" {
		t, err := treeOf(ctx, tx, orgID)
		if err != nil {
			return "", nil, err
		}
		in, arg := tx.In("channel_id", idsOf(t.below(f.ChannelID)))
		and(in, arg)
	}
	if f.Status != "" {
		and("status = ?", f.Status)
	}
	if q := line(f.Q); q != "" {
		and("LOWER(name) LIKE LOWER(?) ESCAPE '!'", like(q))
	}
	if shared {
		if a, _ := access.From(ctx); a.OwnOnly && f.Shares {
			f.StaffID = a.ID
		}
		switch {
		case f.StaffID != "":
			and("staff_id = ?", f.StaffID)
		case f.Shares:
			and("staff_id <> ''")
		default:
			and("staff_id = ''")
		}
	}
	return where, args, nil
}

// Links lists links, the newest first.
func (s *Service) Links(ctx context.Context, f ThingFilter, after string, limit int) (out []Link, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		where, args, err := f.where(ctx, tx, org, true)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_link WHERE org_id = ? AND "+where, append([]any{org}, args...)...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		var all []*link
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			l := &link{}
			all = append(all, l)
			return l.scan(rows)
		}, "SELECT "+linkColumns+" FROM acquisition_link WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.showLinks(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

// destination is where a request for a link is sent: the stored target with
// the link's parameters and those of the request. A request adds parameters and
// changes none, so that it cannot lead anywhere else.
func (l *link) destination(asked url.Values) string {
	u, err := url.Parse(l.target)
	if err != nil {
		return l.target
	}
	q := u.Query()
	for k, v := range paramsOf(l.params) {
		q.Set(k, v)
	}
	n := 0
	for k, v := range asked {
		if _, there := q[k]; !there && n < maxParams && len(k) <= 60 && len(v) > 0 && len(v[0]) <= 500 {
			q.Set(k, v[0])
			n++
		}
	}
	if len(q) > 0 {
		u.RawQuery = q.Encode()
	}
	return u.String()
}
