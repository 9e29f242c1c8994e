package content

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// EffectNumbers are what came of links in a period.
type EffectNumbers struct {
	Links     int64 `json:"links" doc:"Made in the period"`
	Opens     int64 `json:"opens"`
	Visitors  int64 `json:"visitors" doc:"Persons, and browsers of which nobody knows whose they are"`
	Persons   int64 `json:"persons" doc:"Of them those known by name"`
	Forwarded int64 `json:"forwarded" doc:"Visits by browsers that came after a person's own"`
	Seconds   int64 `json:"seconds" doc:"Of reading"`
}

// EffectItem is what came of one material or briefcase.
type EffectItem struct {
	MaterialID  string `json:"material_id"`
	BriefcaseID string `json:"briefcase_id"`
	Title       string `json:"title"`
	Kind        string `json:"kind" enum:"text,picture,video,file,link,mini_program,article,briefcase"`
	EffectNumbers
	Depth int64 `json:"depth" doc:"0–100 on average, of visits of which it is known"`
}

// EffectStaff is what came of one staff member's links.
type EffectStaff struct {
	StaffID string `json:"staff_id" doc:"Empty: links of nobody in particular"`
	Name    string `json:"name"`
	EffectNumbers
}

// EffectDay is one day of the org.
type EffectDay struct {
	Date     string `json:"date" format:"date"`
	Opens    int64  `json:"opens"`
	Visitors int64  `json:"visitors"`
}

// Effects are what came of links in some days.
type Effects struct {
	From  time.Time     `json:"from"`
	To    time.Time     `json:"to"`
	Total EffectNumbers `json:"total"`
	Items []EffectItem  `json:"items" nullable:"false" doc:"The 50 most opened; in a briefcase, materials count for themselves"`
	Staff []EffectStaff `json:"staff" nullable:"false" doc:"Everybody with a link or a visit, the most opened first"`
	Days  []EffectDay   `json:"days" nullable:"false"`
}

const maxEffectItems = 50

const effectSums = "count(*), count(DISTINCT who), count(DISTINCT CASE WHEN who LIKE 'p:%' THEN who END), CAST(coalesce(sum(forwarded), 0) AS BIGINT), CAST(coalesce(sum(shown_ms), 0) AS BIGINT)"

func (n *EffectNumbers) fields() []any {
	return []any{&n.Opens, &n.Visitors, &n.Persons, &n.Forwarded, &n.Seconds}
}

// Effects sums up the last days, today included; days are those of the org's
// time zone. A staff id narrows it down to that person's links.
func (s *Service) Effects(ctx context.Context, days int, staffID string) (out Effects, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		set, err := s.Orgs.Settings(ctx, tx, org)
		if err != nil {
			return err
		}
		now := s.now().In(set.Zone)
		begin := time.Date(now.Year(), now.Month(), now.Day()-days+1, 0, 0, 0, 0, set.Zone)
		out = Effects{From: begin.UTC(), To: s.now(), Items: []EffectItem{}, Staff: []EffectStaff{}}
		from := clock.Micros(begin)
		where, args := "opened_at >= ?", []any{org, from}
		made := "created_at >= ?"
		if staffID != "" {
			where, made, args = where+" AND staff_id = ?", made+" AND staff_id = ?", append(args, staffID)
		}
		if err := tx.QueryRow(ctx, "SELECT "+effectSums+" FROM content_visit WHERE org_id = ? AND "+where, args...).Scan(out.Total.fields()...); err != nil {
			return err
		}
		out.Total.Seconds = (out.Total.Seconds + 500) / 1000
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM content_link WHERE org_id = ? AND "+made, args...).Scan(&out.Total.Links); err != nil {
			return err
		}
		if err := s.effectItems(ctx, tx, &out, where, made, args); err != nil {
			return err
		}
		if err := s.effectStaff(ctx, tx, &out, where, made, args); err != nil {
			return err
		}
		return effectDays(ctx, tx, &out, set.Zone, begin, where, args)
	})
	return out, err
}

func (s *Service) effectItems(ctx context.Context, tx *db.Tx, out *Effects, where, made string, args []any) error {
	by := map[[2]string]*EffectItem{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		e := &EffectItem{}
		err := rows.Scan(append([]any{&e.MaterialID, &e.BriefcaseID, &e.Depth}, e.fields()...)...)
		e.Seconds = (e.Seconds + 500) / 1000
		by[[2]string{e.MaterialID, e.BriefcaseID}] = e
		return err
	}, `SELECT material_id, briefcase, CAST(coalesce(avg(CASE WHEN depth > 0 THEN depth END), 0) AS BIGINT), `+effectSums+`
		FROM (SELECT v.*, CASE WHEN material_id = '' THEN briefcase_id ELSE '' END AS briefcase FROM content_visit v WHERE org_id = ? AND `+where+`) x GROUP BY material_id, briefcase`, args...); err != nil {
		return err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var m, b string
		var n int64
		if err := rows.Scan(&m, &b, &n); err != nil {
			return err
		}
		if by[[2]string{m, b}] == nil {
			by[[2]string{m, b}] = &EffectItem{MaterialID: m, BriefcaseID: b}
		}
		by[[2]string{m, b}].Links = n
		return nil
	}, "SELECT material_id, briefcase_id, count(*) FROM content_link WHERE org_id = ? AND "+made+" GROUP BY material_id, briefcase_id", args...); err != nil {
		return err
	}
	w := newWho(s, actorOf(ctx).OrgID)
	for _, e := range by {
		out.Items = append(out.Items, *e)
	}
	slices.SortFunc(out.Items, func(a, b EffectItem) int {
		return cmp.Or(cmp.Compare(b.Opens, a.Opens), cmp.Compare(b.Links, a.Links), cmp.Compare(a.MaterialID+a.BriefcaseID, b.MaterialID+b.BriefcaseID))
	})
	out.Items = out.Items[:min(len(out.Items), maxEffectItems)]
	for _, e := range out.Items {
		w.want(e.MaterialID, e.BriefcaseID, "")
	}
	if err := w.look(ctx, tx); err != nil {
		return err
	}
	for i := range out.Items {
		e := &out.Items[i]
		e.Title, e.Kind = w.called(e.MaterialID, e.BriefcaseID)
	}
	return nil
}

func (s *Service) effectStaff(ctx context.Context, tx *db.Tx, out *Effects, where, made string, args []any) error {
	members, err := s.Staff.Members(ctx, tx, actorOf(ctx).OrgID)
	if err != nil {
		return err
	}
	by := map[string]*EffectStaff{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		e := &EffectStaff{}
		err := rows.Scan(append([]any{&e.StaffID}, e.fields()...)...)
		e.Seconds = (e.Seconds + 500) / 1000
		by[e.StaffID] = e
		return err
	}, "SELECT staff_id, "+effectSums+" FROM content_visit WHERE org_id = ? AND "+where+" GROUP BY staff_id", args...); err != nil {
		return err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		if by[id] == nil {
			by[id] = &EffectStaff{StaffID: id}
		}
		by[id].Links = n
		return nil
	}, "SELECT staff_id, count(*) FROM content_link WHERE org_id = ? AND "+made+" GROUP BY staff_id", args...); err != nil {
		return err
	}
	for id, e := range by {
		e.Name = members[id].Name
		out.Staff = append(out.Staff, *e)
	}
	slices.SortFunc(out.Staff, func(a, b EffectStaff) int {
		return cmp.Or(cmp.Compare(b.Opens, a.Opens), cmp.Compare(b.Links, a.Links), cmp.Compare(a.StaffID, b.StaffID))
	})
	return nil
}

// effectDays counts by the days of a zone, whose lengths differ.
func effectDays(ctx context.Context, tx *db.Tx, out *Effects, zone *time.Location, begin time.Time, where string, args []any) error {
	at := map[string]int{}
	for d := begin; !d.After(out.To.In(zone)); d = time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, zone) {
		at[d.Format(time.DateOnly)] = len(out.Days)
		out.Days = append(out.Days, EffectDay{Date: d.Format(time.DateOnly)})
	}
	seen := map[string]bool{}
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var opened int64
		var who string
		if err := rows.Scan(&opened, &who); err != nil {
			return err
		}
		date := clock.Time(opened).In(zone).Format(time.DateOnly)
		i, ok := at[date]
		if !ok {
			return nil
		}
		out.Days[i].Opens++
		if !seen[date+who] {
			seen[date+who] = true
			out.Days[i].Visitors++
		}
		return nil
	}, "SELECT opened_at, who FROM content_visit WHERE org_id = ? AND "+where, args...)
}
