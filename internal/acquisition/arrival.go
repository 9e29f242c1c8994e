package acquisition

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Arrival is somebody's coming through a channel.
type Arrival struct {
	ID         string    `json:"id" doc:"The same whenever this arrival is told of"`
	At         time.Time `json:"at"`
	PersonID   string    `json:"person_id" doc:"Who speaks for the person now"`
	PersonName string    `json:"person_name"`
	Way        string    `json:"way" enum:"friend,link,form,card,group,import"`
	ChannelID  string    `json:"channel_id" doc:"Empty: unknown"`
	Path       []string  `json:"path" nullable:"false" doc:"Of the channel, from the platform down"`
	EntranceID string    `json:"entrance_id"`
	CodeID     string    `json:"code_id"`
	LinkID     string    `json:"link_id"`
	BatchID    string    `json:"batch_id"`
	FormID     string    `json:"form_id"`
	ThingName  string    `json:"thing_name" doc:"Of the code, link, batch of cards or form"`
	StaffID    string    `json:"staff_id"`
	StaffName  string    `json:"staff_name"`
	AccountID  string    `json:"account_id"`
	First      bool      `json:"first" doc:"The person's first arrival"`
}

// ArrivalFilter says which arrivals are listed.
type ArrivalFilter struct {
	ChannelID string    `query:"channel_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"This channel and what is below it"`
	StaffID   string    `query:"staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	CodeID    string    `query:"code_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	LinkID    string    `query:"link_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	BatchID   string    `query:"batch_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	FormID    string    `query:"form_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	PersonID  string    `query:"person_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"All touches of a person"`
	Way       string    `query:"way" enum:",friend,link,form,card,group,import"`
	From      time.Time `query:"from"`
	To        time.Time `query:"to" doc:"Exclusive"`
}

// ArrivalPlace is where a page of arrivals ends.
type ArrivalPlace struct {
	At  int64 `json:"a"`
	Seq int64 `json:"s"`
}

type arrivalRow struct {
	ArrivalPlace
	person string
	source int64
}

// Arrivals lists arrivals, the newest first, from behind after, or those that
// are newer than since. Who sees only their own customers sees only their own
// arrivals. total is counted up to most.
func (s *Service) Arrivals(ctx context.Context, f ArrivalFilter, after, since ArrivalPlace, limit int, most int64) (out []Arrival, places []ArrivalPlace, total int64, err error) {
	a, _ := access.From(ctx)
	if a.OwnOnly {
		if f.StaffID != "" && f.StaffID != a.ID {
			return nil, nil, 0, nil
		}
		f.StaffID = a.ID
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		t, err := treeOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		sources, err := sourcesOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		where, args, err := arrivalWhere(ctx, tx, a.OrgID, f, t, sources)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM acquisition_arrival WHERE org_id = ? AND "+where+" LIMIT ?) AS found", append(append([]any{a.OrgID}, args...), most+1)...).Scan(&total); err != nil {
			return err
		}
		if after != (ArrivalPlace{}) {
			where, args = where+" AND (at, seq) < (?, ?)", append(args, after.At, after.Seq)
		}
		if since != (ArrivalPlace{}) {
			where, args = where+" AND (at, seq) > (?, ?)", append(args, since.At, since.Seq)
		}
		var rows []arrivalRow
		if err := tx.Each(ctx, func(r *sql.Rows) error {
			var row arrivalRow
			err := r.Scan(&row.At, &row.Seq, &row.person, &row.source)
			rows = append(rows, row)
			return err
		}, "SELECT at, seq, person_id, source FROM acquisition_arrival WHERE org_id = ? AND "+where+" ORDER BY at DESC, seq DESC LIMIT ?", append(append([]any{a.OrgID}, args...), limit)...); err != nil {
			return err
		}
		for _, r := range rows {
			places = append(places, r.ArrivalPlace)
		}
		out, err = s.dress(ctx, tx, a.OrgID, rows, t, sources)
		return err
	})
	return out, places, total, err
}

func arrivalWhere(ctx context.Context, tx *db.Tx, orgID string, f ArrivalFilter, t *tree, sources map[int64]source) (where string, args []any, err error) {
	where = "1 = 1"
	in := map[string]bool{}
	if f.ChannelID != "" {
		if t.nodes[f.ChannelID] == nil {
			return "", nil, noSuchChannel
		}
		for _, n := range t.below(f.ChannelID) {
			in[n.id] = true
		}
	}
	// Conditions on sources are worked out here: there are few of them.
	is := func(asked, value string) bool { return asked == "" || asked == value }
	var refs []int64
	all := true
	for no, s := range sources {
		if is(f.StaffID, s.staff) && is(f.CodeID, s.code) && is(f.LinkID, s.link) && is(f.BatchID, s.batch) && is(f.FormID, s.form) && is(f.Way, s.way) &&
			(f.ChannelID == "" || in[s.channel]) {
			refs = append(refs, no)
		} else {
			all = false
		}
	}
	if !all {
		cond, arg := inNumbers(tx, "source", refs)
		where, args = where+" AND "+cond, append(args, arg)
	}
	if f.PersonID != "" {
		ids, err := idsOfPerson(ctx, tx, orgID, f.PersonID)
		if err != nil {
			return "", nil, err
		}
		cond, arg := tx.In("person_id", ids)
		where, args = where+" AND "+cond, append(args, arg)
	}
	if !f.From.IsZero() {
		where, args = where+" AND at >= ?", append(args, clock.Micros(f.From))
	}
	if !f.To.IsZero() {
		where, args = where+" AND at < ?", append(args, clock.Micros(f.To))
	}
	return where, args, nil
}

// idsOfPerson is a person's id, and all that are the same person.
func idsOfPerson(ctx context.Context, tx *db.Tx, orgID, id string) ([]string, error) {
	var speaker string
	err := tx.QueryRow(ctx, "SELECT canonical_id FROM acquisition_alias WHERE org_id = ? AND person_id = ?", orgID, id).Scan(&speaker)
	if db.IsNoRows(err) {
		speaker, err = id, nil
	}
	out := []string{speaker}
	if err != nil {
		return nil, err
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var member string
		err := rows.Scan(&member)
		out = append(out, member)
		return err
	}, "SELECT person_id FROM acquisition_alias WHERE org_id = ? AND canonical_id = ?", orgID, speaker)
}

// dress gives rows the names of what they point to.
func (s *Service) dress(ctx context.Context, tx *db.Tx, orgID string, rows []arrivalRow, t *tree, sources map[int64]source) ([]Arrival, error) {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.person)
	}
	slices.Sort(ids)
	people, err := s.People.Names(ctx, tx, orgID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	firsts, err := firstArrivals(ctx, tx, orgID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	members, err := s.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	things, err := thingNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]Arrival, len(rows))
	for i, r := range rows {
		src, person := sources[r.source], people[r.person]
		out[i] = Arrival{ID: "arr_" + strconv.FormatInt(r.Seq, 36), At: clock.Time(r.At), PersonID: r.person, PersonName: person.Name, Way: src.way, ChannelID: src.channel, Path: t.path(src.channel),
			EntranceID: src.entrance, CodeID: src.code, LinkID: src.link, BatchID: src.batch, FormID: src.form, StaffID: src.staff,
			StaffName: members[src.staff].Name, AccountID: src.account, First: firsts[r.person] == r.ArrivalPlace}
		if person.ID != "" {
			out[i].PersonID = person.ID
		}
		for _, id := range []string{src.code, src.link, src.batch, src.form} {
			if things[id] != "" {
				out[i].ThingName = things[id]
			}
		}
	}
	return out, nil
}

// firstArrivals finds, for each id, the first arrival of the person that it is.
func firstArrivals(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]ArrivalPlace, error) {
	speaker := map[string]string{}
	where, arg := tx.In("person_id", ids)
	note := func(rows *sql.Rows) error {
		var id, s string
		err := rows.Scan(&id, &s)
		speaker[id] = s
		return err
	}
	if err := tx.Each(ctx, note, "SELECT person_id, canonical_id FROM acquisition_alias WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if speaker[id] == "" {
			speaker[id] = id
		}
	}
	where, arg = tx.In("canonical_id", slices.Sorted(maps.Values(speaker)))
	if err := tx.Each(ctx, note, "SELECT person_id, canonical_id FROM acquisition_alias WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return nil, err
	}
	for _, s := range slices.Collect(maps.Values(speaker)) {
		speaker[s] = s
	}
	first := map[string]ArrivalPlace{} // by speaker
	where, arg = tx.In("person_id", slices.Sorted(maps.Keys(speaker)))
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var p ArrivalPlace
		err := rows.Scan(&id, &p.At, &p.Seq)
		s := speaker[id]
		if was, ok := first[s]; !ok || p.At < was.At || p.At == was.At && p.Seq < was.Seq {
			first[s] = p
		}
		return err
	}, `SELECT person_id, at, MIN(seq) FROM acquisition_arrival f WHERE org_id = ? AND `+where+`
		AND at = (SELECT MIN(at) FROM acquisition_arrival WHERE org_id = f.org_id AND person_id = f.person_id) GROUP BY person_id, at`, orgID, arg); err != nil {
		return nil, err
	}
	out := map[string]ArrivalPlace{}
	for _, id := range ids {
		out[id] = first[speaker[id]]
	}
	return out, nil
}
