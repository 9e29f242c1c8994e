package segment

import (
	"context"
	"database/sql"
	"strconv"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate"
)

// list is a row of segment_list.
type list struct {
	id, name  string
	segment   string // whose hidden list it is, if any
	createdAt int64
	createdBy string
	updatedAt int64
}

const listColumns = "id, name, segment_id, created_at, created_by, updated_at"

func (l *list) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&l.id, &l.name, &l.segment, &l.createdAt, &l.createdBy, &l.updatedAt)
}

// listByID finds a list that people made, else errNoList.
func listByID(ctx context.Context, tx *db.Tx, orgID, id string) (l list, err error) {
	err = l.scan(tx.QueryRow(ctx, "SELECT "+listColumns+" FROM segment_list WHERE org_id = ? AND id = ? AND segment_id = ''", orgID, id))
	if db.IsNoRows(err) {
		err = errNoList
	}
	return l, err
}

// lists lists those that people made, by name.
func lists(ctx context.Context, tx *db.Tx, orgID string) (out []list, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var l list
		if err := l.scan(rows); err != nil {
			return err
		}
		out = append(out, l)
		return nil
	}, "SELECT "+listColumns+" FROM segment_list WHERE org_id = ? AND segment_id = '' ORDER BY name, id", orgID)
	return out, err
}

func listNames(ctx context.Context, tx *db.Tx, orgID string) ([]predicate.Named, error) {
	return named(ctx, tx, "SELECT id, name FROM segment_list WHERE org_id = ? AND segment_id = '' ORDER BY id", orgID)
}

func insertList(ctx context.Context, tx *db.Tx, orgID string, l list) error {
	_, err := tx.Exec(ctx, "INSERT INTO segment_list (org_id, "+listColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		orgID, l.id, l.name, l.segment, l.createdAt, l.createdBy, l.updatedAt)
	return err
}

// onList tells which of the persons are on a list.
func onList(ctx context.Context, tx *db.Tx, orgID, listID string, personIDs []string) (map[string]bool, error) {
	in, arg := tx.In("person_id", personIDs)
	out := map[string]bool{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out[id] = true
		return err
	}, "SELECT person_id FROM segment_list_person WHERE org_id = ? AND list_id = ? AND "+in, orgID, listID, arg)
}

// ListsOf tells which lists each of the persons was put on, the hidden ones of
// segments included. Who speaks for several persons is on the lists of all.
func (s *Service) ListsOf(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][]string, error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	in, arg := tx.In("person_id", personIDs)
	out := map[string][]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var person, list string
		err := rows.Scan(&person, &list)
		out[person] = append(out[person], list)
		return err
	}, "SELECT person_id, list_id FROM segment_list_person WHERE org_id = ? AND "+in+" ORDER BY person_id, list_id", orgID, arg)
}

// among is the condition that seq is one of seqs, with its argument.
func among(tx *db.Tx, seqs []uint32) (string, any) {
	text := []byte{'['}
	for i, n := range seqs {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendUint(text, uint64(n), 10)
	}
	text = append(text, ']')
	if tx.Engine() == db.Postgres {
		return "seq = ANY (ARRAY(SELECT CAST(v AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON)) v))", string(text)
	}
	return "seq IN (SELECT value FROM json_each(?))", string(text)
}

// mark brings the facts in line with a list: on are on it from now on, off no
// longer. The caller holds the lock of the facts. Persons whom the facts do
// not know yet are marked when they become known.
func (s *Service) mark(ctx context.Context, tx *db.Tx, orgID, listID string, at int64, on, off []uint32) error {
	if len(on)+len(off) == 0 {
		return nil
	}
	if len(on) > 0 {
		in, arg := among(tx, on)
		_, err := tx.Exec(ctx, `INSERT INTO segment_mark (org_id, seq, what, id) SELECT org_id, seq, '`+facts.List+`', CAST(? AS TEXT)
			FROM segment_person WHERE org_id = ? AND `+in+" ON CONFLICT DO NOTHING", listID, orgID, arg)
		if err != nil {
			return err
		}
	}
	if len(off) > 0 {
		in, arg := among(tx, off)
		if _, err := tx.Exec(ctx, "DELETE FROM segment_mark WHERE org_id = ? AND what = '"+facts.List+"' AND id = ? AND "+in, orgID, listID, arg); err != nil {
			return err
		}
	}
	if _, err := facts.Publish(ctx, tx, orgID, at, facts.Change{Persons: append(append([]uint32(nil), on...), off...)}); err != nil {
		return err
	}
	tx.OnCommit(func() { s.live.Wake(orgID) })
	return nil
}

// deletedDefs are segments that were deleted before a moment.
func deletedDefs(ctx context.Context, tx *db.Tx, orgID string, before int64) (out []definition, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var d definition
		if err := d.scan(rows); err != nil {
			return err
		}
		out = append(out, d)
		return nil
	}, "SELECT "+defColumns+" FROM segment_def WHERE org_id = ? AND deleted_at > 0 AND deleted_at < ?", orgID, before)
	return out, err
}
