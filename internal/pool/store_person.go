package pool

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"

	"fishpond/internal/platform/clock"
)

// fact is one learned value and when it was learned.
type fact struct {
	v  string
	at int64
}

// learn takes a newer value, be it that there is none any more. Of two learned
// at the same moment the greater stays, so that the order in which they are
// told does not matter.
func (f *fact) learn(v string, at int64) {
	if at > f.at || at == f.at && v > f.v {
		*f = fact{v, at}
	}
}

// hear is learn for a source that is silent about what it does not know.
func (f *fact) hear(v string, at int64) {
	if v != "" {
		f.learn(v, at)
	}
}

// own is what was learned about one person, whoever speaks for them.
type own struct {
	name, region, gender, birthday, owner fact
	kinds                                 uint32
	created                               int64
}

// says reports whether two rows say the same, whenever they learned it.
func (o *own) says(p own) bool {
	return o.name.v == p.name.v && o.region.v == p.region.v && o.gender.v == p.gender.v && o.birthday.v == p.birthday.v &&
		o.owner.v == p.owner.v && o.created == p.created
}

// learn folds in what is known of a member of the same set.
func (o *own) learn(m own) {
	o.name.learn(m.name.v, m.name.at)
	o.region.learn(m.region.v, m.region.at)
	o.gender.learn(m.gender.v, m.gender.at)
	o.birthday.learn(m.birthday.v, m.birthday.at)
	o.owner.learn(m.owner.v, m.owner.at)
	o.kinds |= m.kinds
	o.created = min(o.created, m.created)
}

// row is a row of pool_person without the columns that subscribers keep.
type row struct {
	id, canonical     string
	seq               int64
	own               own
	recorded, updated int64
	shown             own // of the whole set; means something on canonical rows only
	size              int64
}

func (r *row) event() poolevent.Person {
	return poolevent.Person{Seq: uint32(r.seq), Name: r.shown.name.v, Region: r.shown.region.v, Gender: r.shown.gender.v,
		Birthday: r.shown.birthday.v, OwnerStaffID: r.shown.owner.v, CreatedAt: clock.Time(r.shown.created)}
}

const rowColumns = `person_id, canonical_id, seq, own_kinds, own_name, own_name_at, own_region, own_region_at, own_gender, own_gender_at,
	own_birthday, own_birthday_at, own_owner, own_owner_at, own_created_at, recorded_at, updated_at,
	set_size, kinds, name, region, gender, birthday, owner_staff_id, created_at`

func scanRow(rows *sql.Rows) (*row, error) {
	r := &row{}
	o, s := &r.own, &r.shown
	err := rows.Scan(&r.id, &r.canonical, &r.seq, &o.kinds, &o.name.v, &o.name.at, &o.region.v, &o.region.at, &o.gender.v, &o.gender.at,
		&o.birthday.v, &o.birthday.at, &o.owner.v, &o.owner.at, &o.created, &r.recorded, &r.updated,
		&r.size, &s.kinds, &s.name.v, &s.region.v, &s.gender.v, &s.birthday.v, &s.owner.v, &s.created)
	return r, err
}

// personRows loads persons by id, in the order in which they became known.
func personRows(ctx context.Context, tx *db.Tx, orgID string, ids []string) ([]*row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	from, args := lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", ids, 1)
	var out []*row
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		r, err := scanRow(rows)
		out = append(out, r)
		return err
	}, "SELECT "+rowColumns+from, args...)
	slices.SortFunc(out, func(a, b *row) int { return int(a.seq - b.seq) })
	return out, err
}

// memberIDs finds all ids that each of the given canonical persons speaks
// for, themselves first.
func memberIDs(ctx context.Context, tx *db.Tx, orgID string, canonicals []string) (map[string][]string, error) {
	out := make(map[string][]string, len(canonicals))
	for _, c := range canonicals {
		out[c] = []string{c}
	}
	if len(canonicals) == 0 {
		return out, nil
	}
	where, arg := tx.In("canonical_id", canonicals)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var c, id string
		if err := rows.Scan(&c, &id); err != nil {
			return err
		}
		out[c] = append(out[c], id)
		return nil
	}, "SELECT canonical_id, person_id FROM pool_person WHERE org_id = ? AND is_canonical = 0 AND "+where+" ORDER BY seq", orgID, arg)
}

// saveRows writes new and changed persons. The columns that subscribers keep
// (stage, purchases) are not touched.
func saveRows(ctx context.Context, tx *db.Tx, orgID string, rows []*row) error {
	n := len(rows)
	text := func(of func(*row) string) []string {
		out := make([]string, n)
		for i, r := range rows {
			out[i] = of(r)
		}
		return out
	}
	num := func(of func(*row) int64) []int64 {
		out := make([]int64, n)
		for i, r := range rows {
			out[i] = of(r)
		}
		return out
	}
	slices.SortFunc(rows, func(a, b *row) int { return strings.Compare(a.id, b.id) }) // one order of locks
	cols := []db.Column{
		db.Same("org_id", orgID, n),
		db.Text("person_id", text(func(r *row) string { return r.id })),
		db.Int("seq", num(func(r *row) int64 { return r.seq })),
		db.Int("recorded_at", num(func(r *row) int64 { return r.recorded })),
		db.Text("canonical_id", text(func(r *row) string { return r.canonical })),
		db.Int("is_canonical", num(func(r *row) int64 { return truth(r.id == r.canonical) })),
		db.Int("own_kinds", num(func(r *row) int64 { return int64(r.own.kinds) })),
		db.Text("own_name", text(func(r *row) string { return r.own.name.v })),
		db.Int("own_name_at", num(func(r *row) int64 { return r.own.name.at })),
		db.Text("own_region", text(func(r *row) string { return r.own.region.v })),
		db.Int("own_region_at", num(func(r *row) int64 { return r.own.region.at })),
		db.Text("own_gender", text(func(r *row) string { return r.own.gender.v })),
		db.Int("own_gender_at", num(func(r *row) int64 { return r.own.gender.at })),
		db.Text("own_birthday", text(func(r *row) string { return r.own.birthday.v })),
		db.Int("own_birthday_at", num(func(r *row) int64 { return r.own.birthday.at })),
		db.Text("own_owner", text(func(r *row) string { return r.own.owner.v })),
		db.Int("own_owner_at", num(func(r *row) int64 { return r.own.owner.at })),
		db.Int("own_created_at", num(func(r *row) int64 { return r.own.created })),
		db.Int("updated_at", num(func(r *row) int64 { return r.updated })),
		db.Int("set_size", num(func(r *row) int64 { return r.size })),
		db.Int("kinds", num(func(r *row) int64 { return int64(r.shown.kinds) })),
		db.Text("name", text(func(r *row) string { return r.shown.name.v })),
		db.Text("name_key", text(func(r *row) string { return nameKey(r.shown.name.v) })),
		db.Text("region", text(func(r *row) string { return r.shown.region.v })),
		db.Text("gender", text(func(r *row) string { return r.shown.gender.v })),
		db.Text("birthday", text(func(r *row) string { return r.shown.birthday.v })),
		db.Text("owner_staff_id", text(func(r *row) string { return r.shown.owner.v })),
		db.Int("created_at", num(func(r *row) int64 { return r.shown.created })),
	}
	_, err := tx.BulkInsert(ctx, "pool_person", saveTail, cols...)
	if err != nil {
		return fmt.Errorf("pool: save persons: %w", err)
	}
	return nil
}

// saveTail updates everything but what never changes: seq and recorded_at.
var saveTail = func() string {
	cols := strings.Fields(`canonical_id is_canonical own_kinds own_name own_name_at own_region own_region_at own_gender own_gender_at
		own_birthday own_birthday_at own_owner own_owner_at own_created_at updated_at
		set_size kinds name name_key region gender birthday owner_staff_id created_at`)
	for i, c := range cols {
		cols[i] = c + " = excluded." + c
	}
	return "ON CONFLICT (org_id, person_id) DO UPDATE SET " + strings.Join(cols, ", ")
}()

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// refresh works out again what lists show of the given canonical persons,
// from all who they speak for, and returns their rows. The caller holds the lock.
func (s *Service) refresh(ctx context.Context, tx *db.Tx, orgID string, canonicals []string) (map[string]*row, error) {
	out := make(map[string]*row, len(canonicals))
	if len(canonicals) == 0 {
		return out, nil
	}
	members, err := memberIDs(ctx, tx, orgID, canonicals)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, m := range members {
		all = append(all, m...)
	}
	rows, err := personRows(ctx, tx, orgID, all)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*row, len(rows))
	for _, r := range rows {
		byID[r.id] = r
	}
	var changed []*row
	for c, ids := range members {
		r := byID[c]
		if r == nil {
			return nil, fmt.Errorf("pool: no row of canonical person %s", c)
		}
		r.shown, r.size, r.updated = r.own, int64(len(ids)), clock.Micros(s.now())
		for _, id := range ids[1:] {
			r.shown.learn(byID[id].own)
		}
		changed, out[c] = append(changed, r), r
	}
	if err := saveRows(ctx, tx, orgID, changed); err != nil {
		return nil, err
	}
	return out, sumPurchases(ctx, tx, orgID, canonicals)
}

// nextSeqs takes n numbers and returns the first of them.
func nextSeqs(ctx context.Context, tx *db.Tx, orgID string, n int) (int64, error) {
	var next int64
	err := tx.QueryRow(ctx, `INSERT INTO pool_counter (org_id, next_seq) VALUES (?, ?)
		ON CONFLICT (org_id) DO UPDATE SET next_seq = pool_counter.next_seq + ? RETURNING next_seq`, orgID, 1+n, n).Scan(&next)
	if err != nil {
		return 0, fmt.Errorf("pool: next seq: %w", err)
	}
	if next > 1<<32 {
		return 0, fmt.Errorf("pool: org %s has used all %d numbers of persons", orgID, int64(1)<<32-1)
	}
	return next - int64(n), nil
}

// canonicalOf finds who speaks for the given persons, each once; unknown ids
// are left out.
func canonicalOf(ctx context.Context, tx *db.Tx, orgID string, persons []string) ([]string, error) {
	from, args := lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", persons, 1)
	var out []string
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, "SELECT DISTINCT t.canonical_id"+from, args...)
	return out, err
}

// keys lists a map's keys in order: rows are locked in one order, and logs
// and events come out the same each time.
func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
