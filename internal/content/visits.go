package content

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// VisitView is one visit to a page of a radar link.
type VisitView struct {
	ID          string    `json:"id"`
	LinkID      string    `json:"link_id"`
	MaterialID  string    `json:"material_id" doc:"Empty: the list of a briefcase"`
	BriefcaseID string    `json:"briefcase_id"`
	Title       string    `json:"title"`
	Kind        string    `json:"kind" enum:"text,picture,video,file,link,mini_program,article,briefcase"`
	Version     int64     `json:"version"`
	StaffID     string    `json:"staff_id"`
	StaffName   string    `json:"staff_name"`
	PersonID    string    `json:"person_id" doc:"For whom the link was made; empty: for nobody in particular"`
	PersonName  string    `json:"person_name"`
	Forwarded   bool      `json:"forwarded" doc:"Not the first browser that opened the person's link: passed on, or another device of theirs"`
	OpenedAt    time.Time `json:"opened_at"`
	LastAt      time.Time `json:"last_at"`
	Seconds     int64     `json:"seconds" doc:"That the page was visible; 0: not known"`
	Depth       int64     `json:"depth" doc:"0–100: of the page's height or a film's length; 100 also when the link or file was opened"`
	Reading     bool      `json:"reading" doc:"Goes on"`

	changed int64
}

// VisitFilter selects visits.
type VisitFilter struct {
	LinkFilter
	LinkID    string `query:"link_id" maxLength:"64"`
	Forwarded string `query:"forwarded" enum:",yes,no"`
}

// where is the filter; who sees only their own customers sees their own links'.
func (f VisitFilter) where(ctx context.Context) (where string, args []any) {
	a := actorOf(ctx)
	if a.OwnOnly {
		f.StaffID = a.ID
	}
	where, args = "opened_at > 0", []any{a.OrgID}
	for _, is := range [][2]string{{"material_id", f.MaterialID}, {"briefcase_id", f.BriefcaseID}, {"staff_id", f.StaffID}, {"person_id", f.PersonID}, {"link_id", f.LinkID}} {
		if is[1] != "" {
			where, args = where+" AND "+is[0]+" = ?", append(args, is[1])
		}
	}
	switch f.Forwarded {
	case "yes":
		where += " AND forwarded = 1"
	case "no":
		where += " AND forwarded = 0"
	}
	return where, args
}

const visitColumns = "id, link_id, material_id, briefcase_id, version, staff_id, person_id, forwarded, opened_at, last_at, shown_ms, depth, told_at"

// Visits lists visits, the latest first.
func (s *Service) Visits(ctx context.Context, f VisitFilter, after string, limit int) (out []VisitView, more bool, err error) {
	where, args := f.where(ctx)
	if after != "" {
		where, args = where+" AND id < ?", append(args, after)
	}
	err = s.db.Read(ctx, actorOf(ctx).OrgID, func(tx *db.Tx) error {
		out, err = s.visits(ctx, tx, where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...)
		return err
	})
	if more = len(out) > limit; more {
		out = out[:limit]
	}
	return out, more, err
}

// changedSince are the visits to the actor's own links with a sign of life
// after a moment, the earliest first.
func (s *Service) changedSince(ctx context.Context, since int64, limit int) (out []VisitView, err error) {
	a := actorOf(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.visits(ctx, tx, "last_at > ? AND staff_id = ? ORDER BY last_at, id LIMIT ?", a.OrgID, since, a.ID, limit)
		return err
	})
	return out, err
}

func (s *Service) visits(ctx context.Context, tx *db.Tx, where string, args ...any) (out []VisitView, err error) {
	w := newWho(s, actorOf(ctx).OrgID)
	now := s.micros()
	if out, err = db.All(ctx, tx, func(rows *sql.Rows, v *VisitView) error {
		var forwarded, opened, last, ms, told int64
		err := rows.Scan(&v.ID, &v.LinkID, &v.MaterialID, &v.BriefcaseID, &v.Version, &v.StaffID, &v.PersonID, &forwarded, &opened, &last, &ms, &v.Depth, &told)
		v.Forwarded, v.OpenedAt, v.LastAt, v.Seconds, v.changed = forwarded == 1, clock.Time(opened), clock.Time(last), (ms+500)/1000, last
		v.Reading = told == 0 && last > now-silence.Microseconds()
		w.want(v.MaterialID, v.BriefcaseID, v.PersonID)
		return err
	}, "SELECT "+visitColumns+" FROM content_visit WHERE org_id = ? AND "+where, args...); err != nil || len(out) == 0 {
		return out, err
	}
	if err := w.look(ctx, tx); err != nil {
		return nil, err
	}
	for i := range out {
		v := &out[i]
		v.Title, v.Kind = w.called(v.MaterialID, v.BriefcaseID)
		v.StaffName, v.PersonName = w.staff[v.StaffID].Name, w.persons[v.PersonID].Name
		if p := w.persons[v.PersonID]; p.ID != "" {
			v.PersonID = p.ID // who speaks for them now
		}
	}
	return out, nil
}

// Visitor is somebody who has opened pages, with all of their visits.
type Visitor struct {
	PersonID   string    `json:"person_id" doc:"Empty: a browser of which nobody knows whose it is"`
	PersonName string    `json:"person_name"`
	Via        string    `json:"via" doc:"Of a browser that opened a person's link after them: the person who seems to have passed it on"`
	ViaName    string    `json:"via_name"`
	Opens      int64     `json:"opens"`
	Seconds    int64     `json:"seconds"`
	Depth      int64     `json:"depth" doc:"The most of a page that was seen"`
	Titles     []string  `json:"titles" nullable:"false" doc:"What they opened, at most five, the latest first"`
	Materials  int64     `json:"materials" doc:"How many different things"`
	LastAt     time.Time `json:"last_at"`
}

// Visitors lists who has opened pages, the latest first; after is where the
// page before has ended.
func (s *Service) Visitors(ctx context.Context, f VisitFilter, after listPlace, limit int) (out []Visitor, next listPlace, more bool, err error) {
	where, args := f.where(ctx)
	all := args
	having := ""
	if after.ID != "" {
		having, args = " HAVING max(last_at) < ? OR max(last_at) = ? AND who < ?", append(append([]any{}, args...), after.N, after.N, after.ID)
	}
	type row struct {
		who, person string
		last        int64
	}
	var rowsOf []row
	err = s.db.Read(ctx, actorOf(ctx).OrgID, func(tx *db.Tx) error {
		out, rowsOf = nil, nil
		w := newWho(s, actorOf(ctx).OrgID)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var r row
			var v Visitor
			var ms int64
			err := rows.Scan(&r.who, &r.person, &v.Opens, &ms, &v.Depth, &v.Materials, &r.last)
			v.Seconds, v.LastAt, v.Titles = (ms+500)/1000, clock.Time(r.last), []string{}
			rowsOf, out = append(rowsOf, r), append(out, v)
			w.want("", "", r.person)
			return err
		}, "SELECT who, max(person_id), count(*), CAST(sum(shown_ms) AS BIGINT), max(depth), count(DISTINCT material_id || briefcase_id), max(last_at) FROM content_visit WHERE org_id = ? AND "+where+" GROUP BY who"+having+
			" ORDER BY max(last_at) DESC, who DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(out) > limit; more {
			out, rowsOf = out[:limit], rowsOf[:limit]
			next = listPlace{N: rowsOf[limit-1].last, ID: rowsOf[limit-1].who}
		}
		list := make([]string, len(rowsOf))
		at := map[string]int{}
		for i, r := range rowsOf {
			list[i], at[r.who] = r.who, i
		}
		if len(list) == 0 {
			return nil
		}
		type seen struct{ who, material, briefcase string }
		in, arg := tx.In("who", list)
		what, err := db.All(ctx, tx, func(rows *sql.Rows, x *seen) error {
			w.want("", "", "")
			err := rows.Scan(&x.who, &x.material, &x.briefcase)
			w.want(x.material, x.briefcase, "")
			return err
		}, "SELECT who, material_id, briefcase_id FROM content_visit WHERE org_id = ? AND "+where+" AND "+in+" GROUP BY who, material_id, briefcase_id ORDER BY max(id) DESC", append(append([]any{}, all...), arg)...)
		if err != nil {
			return err
		}
		if err := w.look(ctx, tx); err != nil {
			return err
		}
		for _, x := range what {
			v := &out[at[x.who]]
			if title, _ := w.called(x.material, x.briefcase); title != "" && len(v.Titles) < 5 {
				v.Titles = append(v.Titles, title)
			}
		}
		for i, r := range rowsOf {
			p := w.persons[r.person]
			if strings.HasPrefix(r.who, "p:") {
				out[i].PersonID, out[i].PersonName = r.person, p.Name
				if p.ID != "" {
					out[i].PersonID = p.ID
				}
			} else {
				out[i].Via, out[i].ViaName = p.ID, p.Name
			}
		}
		return nil
	})
	return out, next, more, err
}
