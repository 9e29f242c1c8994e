package content

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// LinkInput asks for radar links.
type LinkInput struct {
	MaterialID  string   `json:"material_id,omitempty" maxLength:"64" doc:"Either this"`
	BriefcaseID string   `json:"briefcase_id,omitempty" maxLength:"64" doc:"Or this"`
	PersonIDs   []string `json:"person_ids,omitempty" maxItems:"100" nullable:"false" doc:"One link for each; none: one link for nobody in particular"`
	StaffID     string   `json:"staff_id,omitempty" maxLength:"64" doc:"Whose link it is; empty: of who asks"`
	Version     int64    `json:"version,omitempty" minimum:"0" doc:"Of the material, which the link then shows for ever; 0: always the newest"`
}

// RadarLink is a link that tells who opened it.
type RadarLink struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	MaterialID  string     `json:"material_id"`
	BriefcaseID string     `json:"briefcase_id"`
	Title       string     `json:"title"`
	Kind        string     `json:"kind" enum:"text,picture,video,file,link,mini_program,article,briefcase"`
	Version     int64      `json:"version" doc:"0: the newest"`
	StaffID     string     `json:"staff_id"`
	StaffName   string     `json:"staff_name"`
	PersonID    string     `json:"person_id" doc:"Empty: for nobody in particular"`
	PersonName  string     `json:"person_name"`
	Opens       int64      `json:"opens"`
	Visitors    int64      `json:"visitors"`
	Seconds     int64      `json:"seconds" doc:"That it was read, all visits together"`
	VisitedAt   *time.Time `json:"visited_at"`
	CreatedAt   time.Time  `json:"created_at"`
	WithdrawnAt *time.Time `json:"withdrawn_at"`
}

// link is a row of content_link.
type link struct {
	org, id, token, material, briefcase string
	pinned                              int64
	staff, person, browser, print       string
	created, visited, withdrawn         int64
}

const linkColumns = "org_id, id, token, material_id, briefcase_id, pinned, staff_id, person_id, browser, print, created_at, visited_at, withdrawn_at"

func (l *link) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&l.org, &l.id, &l.token, &l.material, &l.briefcase, &l.pinned, &l.staff, &l.person, &l.browser, &l.print, &l.created, &l.visited, &l.withdrawn)
}

// subject is what a link leads to, as it is now.
type subject struct {
	m         *material
	b         *briefcase
	title     string
	kind      string
	gone, old bool // deleted; expired
}

func (s *Service) subjectOf(ctx context.Context, tx *db.Tx, orgID, materialID, briefcaseID string) (v subject, err error) {
	now := s.micros()
	if briefcaseID != "" {
		if v.b, err = briefcaseByID(ctx, tx, orgID, briefcaseID); err == nil {
			v.title, v.kind, v.gone, v.old = v.b.title, briefcaseKind, v.b.deleted != 0, v.b.expiredAt(now)
		}
		return v, err
	}
	if v.m, err = materialByID(ctx, tx, orgID, materialID); err == nil {
		v.title, v.kind, v.gone, v.old = v.m.title, v.m.kind, v.m.deleted != 0, v.m.expiredAt(now)
	}
	return v, err
}

// MakeLinks makes radar links. Whoever has the same one already gets that.
// All persons must be there, and visible to who asks, or nothing is made.
func (s *Service) MakeLinks(ctx context.Context, in LinkInput) (out []RadarLink, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		out, err = s.makeLinks(ctx, tx, in)
		return err
	})
	return out, err
}

func (s *Service) makeLinks(ctx context.Context, tx *db.Tx, in LinkInput) ([]RadarLink, error) {
	a := actorOf(ctx)
	if (in.MaterialID == "") == (in.BriefcaseID == "") {
		return nil, errs.InvalidField("body.material_id", i18n.T("请选择一份素材或一个公文包", "Choose either a material or a briefcase"))
	}
	v, err := s.subjectOf(ctx, tx, a.OrgID, in.MaterialID, in.BriefcaseID)
	switch {
	case err != nil:
		return nil, err
	case v.gone && v.b != nil:
		return nil, noSuchBriefcase
	case v.gone:
		return nil, noSuchMaterial
	case v.old:
		return nil, expired
	case in.Version != 0 && (v.m == nil || in.Version > v.m.version):
		return nil, errs.InvalidField("body.version", i18n.T("没有这个版本", "There is no such version"))
	}
	staff, err := s.sender(ctx, tx, a, in.StaffID)
	if err != nil {
		return nil, err
	}
	persons := in.PersonIDs
	if len(persons) == 0 {
		persons = []string{""}
	}
	names, err := s.People.Names(ctx, tx, a.OrgID, in.PersonIDs)
	if err != nil {
		return nil, err
	}
	var made []*link
	for _, p := range persons {
		if p != "" {
			ok, err := s.People.Visible(ctx, tx, a.OrgID, p)
			if err != nil && !errs.Is(err, errs.CodeNotFound) {
				return nil, err
			}
			if !ok || names[p].ID == "" {
				return nil, noSuchPerson
			}
			p = names[p].ID
		}
		l := &link{org: a.OrgID, id: ids.New("rdl"), token: slug(), material: in.MaterialID, briefcase: in.BriefcaseID, pinned: in.Version, staff: staff, person: p, created: s.micros()}
		if err := l.ensure(ctx, tx); err != nil {
			return nil, err
		}
		made = append(made, l)
	}
	table := "content_material"
	if v.b != nil {
		table = "content_briefcase"
	}
	if _, err := tx.Exec(ctx, "UPDATE "+table+" SET used = used + ? WHERE org_id = ? AND id = ?", len(persons), a.OrgID, in.MaterialID+in.BriefcaseID); err != nil {
		return nil, err
	}
	if err := s.Auditor.Audit(ctx, tx, "radar_link.made", v.kindOfObject(), in.MaterialID+in.BriefcaseID, map[string]any{"links": len(made)}); err != nil {
		return nil, err
	}
	return s.showLinks(ctx, tx, a.OrgID, made)
}

func (v subject) kindOfObject() string {
	if v.b != nil {
		return "briefcase"
	}
	return "material"
}

// sender is whose link it is: somebody who works here. Whoever sees only their
// own customers sends for themselves; a machine says for whom, or nobody.
func (s *Service) sender(ctx context.Context, tx *db.Tx, a access.Actor, staffID string) (string, error) {
	if staffID == "" && a.Kind == access.Staff {
		return a.ID, nil
	}
	if staffID == "" || staffID == a.ID {
		return staffID, nil
	}
	members, err := s.Staff.Members(ctx, tx, a.OrgID)
	if err != nil {
		return "", err
	}
	if m, ok := members[staffID]; !ok || !m.Active || a.OwnOnly {
		return "", errs.InvalidField("body.staff_id", i18n.T("没有这位员工，或不能替他生成链接", "There is no such staff member, or you cannot make links for them"))
	}
	return staffID, nil
}

// ensure keeps a link, or becomes the same one that is there already.
func (l *link) ensure(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Changed(ctx, "INSERT INTO content_link ("+linkColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, 0, 0) ON CONFLICT DO NOTHING",
		l.org, l.id, l.token, l.material, l.briefcase, l.pinned, l.staff, l.person, l.created)
	if err != nil || n == 1 {
		return err
	}
	return l.scan(tx.QueryRow(ctx, "SELECT "+linkColumns+" FROM content_link WHERE org_id = ? AND material_id = ? AND briefcase_id = ? AND pinned = ? AND staff_id = ? AND person_id = ? AND withdrawn_at = 0",
		l.org, l.material, l.briefcase, l.pinned, l.staff, l.person))
}

// LinkFilter selects radar links.
type LinkFilter struct {
	MaterialID  string `query:"material_id" maxLength:"64"`
	BriefcaseID string `query:"briefcase_id" maxLength:"64"`
	StaffID     string `query:"staff_id" maxLength:"64"`
	PersonID    string `query:"person_id" maxLength:"64"`
	Opened      string `query:"opened" enum:",yes,no"`
}

// Links lists radar links, the newest first. Who sees only their own customers
// sees their own links.
func (s *Service) Links(ctx context.Context, f LinkFilter, after string, limit int) (out []RadarLink, more bool, err error) {
	a := actorOf(ctx)
	if a.OwnOnly {
		f.StaffID = a.ID
	}
	where, args := "org_id = ?", []any{a.OrgID}
	for _, is := range [][2]string{{"material_id", f.MaterialID}, {"briefcase_id", f.BriefcaseID}, {"staff_id", f.StaffID}, {"person_id", f.PersonID}} {
		if is[1] != "" {
			where, args = where+" AND "+is[0]+" = ?", append(args, is[1])
		}
	}
	switch f.Opened {
	case "yes":
		where += " AND visited_at > 0"
	case "no":
		where += " AND visited_at = 0"
	}
	if after != "" {
		where, args = where+" AND id < ?", append(args, after)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		var all []*link
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			l := &link{}
			all = append(all, l)
			return l.scan(rows)
		}, "SELECT "+linkColumns+" FROM content_link WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.showLinks(ctx, tx, a.OrgID, all)
		return err
	})
	return out, more, err
}

// WithdrawLink closes a link for good; its page says so.
func (s *Service) WithdrawLink(ctx context.Context, id string) (out RadarLink, err error) {
	a := actorOf(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		l := &link{}
		err := l.scan(tx.QueryRow(ctx, "SELECT "+linkColumns+" FROM content_link WHERE org_id = ? AND id = ?", a.OrgID, id))
		if db.IsNoRows(err) || err == nil && a.OwnOnly && l.staff != a.ID {
			return noSuchLink
		}
		if err != nil {
			return err
		}
		if l.withdrawn == 0 {
			l.withdrawn = s.micros()
			if _, err := tx.Exec(ctx, "UPDATE content_link SET withdrawn_at = ? WHERE org_id = ? AND id = ? AND withdrawn_at = 0", l.withdrawn, a.OrgID, id); err != nil {
				return err
			}
			if err := s.Auditor.Audit(ctx, tx, "radar_link.withdrawn", "radar_link", id, nil); err != nil {
				return err
			}
		}
		shown, err := s.showLinks(ctx, tx, a.OrgID, []*link{l})
		if err == nil {
			out = shown[0]
		}
		return err
	})
	return out, err
}

func (s *Service) linkURL(token string) string { return s.config.BaseURL + "/m/" + token }

func (s *Service) showLinks(ctx context.Context, tx *db.Tx, orgID string, all []*link) ([]RadarLink, error) {
	out := make([]RadarLink, len(all))
	if len(all) == 0 {
		return out, nil
	}
	at := map[string]int{}
	var list []string
	w := newWho(s, orgID)
	for i, l := range all {
		out[i] = RadarLink{ID: l.id, URL: s.linkURL(l.token), MaterialID: l.material, BriefcaseID: l.briefcase, Version: l.pinned, StaffID: l.staff, PersonID: l.person,
			VisitedAt: clock.Ptr(l.visited), CreatedAt: clock.Time(l.created), WithdrawnAt: clock.Ptr(l.withdrawn)}
		at[l.id], list = i, append(list, l.id)
		w.want(l.material, l.briefcase, l.person)
	}
	if err := w.look(ctx, tx); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Title, out[i].Kind = w.called(out[i].MaterialID, out[i].BriefcaseID)
		out[i].StaffName, out[i].PersonName = w.staff[out[i].StaffID].Name, w.persons[out[i].PersonID].Name
	}
	where, arg := tx.In("link_id", list)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var opens, visitors, ms int64
		err := rows.Scan(&id, &opens, &visitors, &ms)
		o := &out[at[id]]
		o.Opens, o.Visitors, o.Seconds = opens, visitors, (ms+500)/1000
		return err
	}, "SELECT link_id, count(*), count(DISTINCT who), CAST(sum(shown_ms) AS BIGINT) FROM content_visit WHERE org_id = ? AND "+where+" GROUP BY link_id", orgID, arg)
}
