package live

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
)

// record are the recorded memberships of an org as last read.
type record struct {
	turn     int64 // the last that is known; -1: nothing has been read
	mark     mark
	segments map[string]*recorded
}

// mark says how much somebody knows who settles.
type mark struct {
	n        int64 // facts
	revision int64 // definitions
	at       int64 // time, UTC microseconds
}

// beyond reports whether m knows something that other does not.
func (m mark) beyond(other mark) bool {
	return m.n > other.n || m.revision > other.revision || m.at > other.at
}

// recorded are the members of one segment.
type recorded struct {
	version int64 // that they have come to; 0: none yet
	chunks  map[uint32]*roaring.Bitmap
}

const chunkBits = 16

func newRecord() *record { return &record{turn: -1, segments: map[string]*recorded{}} }

func (r *record) of(id string) *recorded {
	s := r.segments[id]
	if s == nil {
		s = &recorded{chunks: map[uint32]*roaring.Bitmap{}}
		r.segments[id] = s
	}
	return s
}

// all is everybody who is recorded.
func (s *recorded) all() *roaring.Bitmap {
	out := roaring.New()
	for _, c := range s.chunks {
		out.Or(c)
	}
	return out
}

// among is who of some persons is recorded.
func (s *recorded) among(of *roaring.Bitmap) *roaring.Bitmap {
	out := roaring.New()
	for _, c := range s.chunks {
		out.Or(roaring.And(c, of))
	}
	return out
}

// refresh reads what has changed since the last turn that is known. It tells
// whom others have moved in each segment since: they may have gone by facts
// that no longer hold.
func (r *record) refresh(ctx context.Context, tx *db.Tx, orgID string) (moved map[string]*roaring.Bitmap, err error) {
	turn, m, err := lastTurn(ctx, tx, orgID)
	if err != nil || turn == r.turn {
		return nil, err
	}
	moved = map[string]*roaring.Bitmap{}
	after := map[string]map[uint32]*roaring.Bitmap{}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var chunk uint32
		var members []byte
		if err := rows.Scan(&id, &chunk, &members); err != nil {
			return err
		}
		b := roaring.New()
		if err := b.UnmarshalBinary(members); err != nil {
			return fmt.Errorf("segment %s, chunk %d: %w", id, chunk, err)
		}
		if after[id] == nil {
			after[id] = map[uint32]*roaring.Bitmap{}
		}
		after[id][chunk] = b
		return nil
	}, "SELECT segment_id, chunk, members FROM segment_member WHERE org_id = ? AND turn > ?", orgID, r.turn)
	if err != nil {
		return nil, fmt.Errorf("recorded members: %w", err)
	}
	sizes, err := settledOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	for id, chunks := range after {
		of := r.of(id)
		moved[id] = roaring.New()
		for c, b := range chunks {
			was := of.chunks[c]
			if was == nil {
				was = roaring.New()
			}
			moved[id].Or(roaring.Xor(was, b))
			of.chunks[c] = b
		}
	}
	for id, s := range sizes {
		r.of(id).version = s.Version
	}
	if r.turn < 0 {
		moved = nil
	}
	r.turn, r.mark = turn, m
	return moved, nil
}

func lastTurn(ctx context.Context, tx *db.Tx, orgID string) (turn int64, m mark, err error) {
	err = tx.QueryRow(ctx, "SELECT turn, n, revision, at FROM segment_live WHERE org_id = ?", orgID).Scan(&turn, &m.n, &m.revision, &m.at)
	if db.IsNoRows(err) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("last turn: %w", err)
	}
	return turn, m, err
}

// errTaken is that somebody else has taken the turn.
var errTaken = errors.New("segments: another node has settled meanwhile")

// takeTurn makes the caller the one who writes memberships next, if nobody has
// since the turn that it knows.
func takeTurn(ctx context.Context, tx *db.Tx, orgID string, known int64, m mark) error {
	if known == 0 {
		if _, err := tx.Exec(ctx, `INSERT INTO segment_live (org_id, turn, n, revision, at, reconciled_at) VALUES (?, 0, 0, 0, 0, 0)
			ON CONFLICT (org_id) DO NOTHING`, orgID); err != nil {
			return fmt.Errorf("first turn: %w", err)
		}
	}
	n, err := tx.Changed(ctx, "UPDATE segment_live SET turn = turn + 1, n = ?, revision = ?, at = ? WHERE org_id = ? AND turn = ?",
		m.n, m.revision, m.at, orgID, known)
	switch {
	case err != nil:
		return fmt.Errorf("take turn: %w", err)
	case n != 1:
		return errTaken
	}
	return nil
}

// update is one turn's change of one segment.
type update struct {
	segment *segment
	in, out map[string]*roaring.Bitmap // who, by cause
	finish  bool                       // nothing is left to be done for its version
}

// bits adds up the causes.
func (u *update) bits() (in, out *roaring.Bitmap) {
	return roaring.FastOr(slices.Collect(maps.Values(u.in))...), roaring.FastOr(slices.Collect(maps.Values(u.out))...)
}

// after gives the chunks that an update changes, as they are to be.
func (s *recorded) after(in, out *roaring.Bitmap) map[uint32]*roaring.Bitmap {
	changed := map[uint32]*roaring.Bitmap{}
	chunk := func(seq uint32) *roaring.Bitmap {
		c := seq >> chunkBits
		b := changed[c]
		if b == nil {
			if b = roaring.New(); s.chunks[c] != nil {
				b = s.chunks[c].Clone()
			}
			changed[c] = b
		}
		return b
	}
	for it := in.Iterator(); it.HasNext(); {
		seq := it.Next()
		chunk(seq).Add(seq)
	}
	for it := out.Iterator(); it.HasNext(); {
		seq := it.Next()
		chunk(seq).Remove(seq)
	}
	for _, b := range changed {
		b.RunOptimize()
	}
	return changed
}

// size is how many members there are once some chunks have changed.
func (s *recorded) size(changed map[uint32]*roaring.Bitmap) (n int64) {
	for c, b := range s.chunks {
		if changed[c] == nil {
			n += int64(b.GetCardinality()) //nolint:gosec // below 2³²
		}
	}
	for _, b := range changed {
		n += int64(b.GetCardinality()) //nolint:gosec // below 2³²
	}
	return n
}

func storeChunks(ctx context.Context, tx *db.Tx, orgID, segmentID string, turn int64, chunks map[uint32]*roaring.Bitmap) error {
	for _, c := range slices.Sorted(maps.Keys(chunks)) {
		members, err := chunks[c].ToBytes()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO segment_member (org_id, segment_id, chunk, members, turn) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, segment_id, chunk) DO UPDATE SET members = excluded.members, turn = excluded.turn`,
			orgID, segmentID, int64(c), members, turn); err != nil {
			return fmt.Errorf("record members: %w", err)
		}
	}
	return nil
}

// Settled says where the recorded membership of a segment stands.
type Settled struct {
	Version int64 // of the definition that it has come to; 0: none yet
	Size    int64 // recorded members
}

// Recorded tells where the recorded memberships of an org's segments stand, by
// segment id. A segment whose first settling has not been finished may be
// missing.
func (e *Engine) Recorded(ctx context.Context, tx *db.Tx, orgID string) (map[string]Settled, error) {
	return settledOf(ctx, tx, orgID)
}

func settledOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]Settled, error) {
	out := map[string]Settled{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var s Settled
		if err := rows.Scan(&id, &s.Version, &s.Size); err != nil {
			return err
		}
		out[id] = s
		return nil
	}, "SELECT segment_id, version, size FROM segment_settled WHERE org_id = ?", orgID)
	return out, wrap("settled", err)
}

// personIDs tells the ids of those who are in the pool, by seq.
func personIDs(ctx context.Context, tx *db.Tx, orgID string, of *roaring.Bitmap) (map[uint32]string, error) {
	out := make(map[uint32]string, of.GetCardinality())
	const step = 5000
	for part := range slices.Chunk(of.ToArray(), step) {
		list, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		in := "seq IN (SELECT value FROM json_each(?))"
		if tx.Engine() == db.Postgres {
			in = "seq = ANY (ARRAY(SELECT CAST(v AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON)) v))"
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var seq uint32
			var id string
			err := rows.Scan(&seq, &id)
			out[seq] = id
			return err
		}, "SELECT seq, person_id FROM segment_person WHERE org_id = ? AND "+in, orgID, string(list)); err != nil {
			return nil, fmt.Errorf("ids of persons: %w", err)
		}
	}
	return out, nil
}
