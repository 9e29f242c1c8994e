package insight

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/insight/steps"
	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/db"
)

// lane is one kind of events that a question looks at, with the conditions
// that it asks about: bit i of an event's mask says whether it meets conds[i].
type lane struct {
	kind  string
	conds []EventCondition
}

// maxConds is how many different conditions a person may ask of one kind. A
// mask has room for 64.
const maxConds = 16

// sweep reads the events of some kinds, person by person.
type sweep struct {
	lanes    []lane
	from, to int64 // months outside are not read; microseconds, to included
	// visit is called for each person who has any event in a lane, by several
	// workers at once, each with its own number below sweepWorkers.
	visit func(worker int, seq uint32, lanes []steps.Lane)
}

func sweepWorkers() int { return runtime.GOMAXPROCS(0) }

// rawPart is a part as it is stored.
type rawPart struct {
	lane    int
	month   int64
	part    int64
	times   []byte
	columns map[stream.Column][]byte
}

// rawBlock is all that there is of a block of persons.
type rawBlock struct {
	block int64
	parts []rawPart
	tail  []stream.Event
}

// run sweeps an org. One block after the other is read and handed to the
// workers, so that memory holds a few blocks, and the events of those who were
// merged: whoever speaks for them may be in any block.
func (q *sweep) run(ctx context.Context, tx *db.Tx, orgID string) error {
	if len(q.lanes) == 0 {
		return nil
	}
	speaks, err := speakers(ctx, tx, orgID)
	if err != nil {
		return fmt.Errorf("insight: streams: %w", err)
	}
	waiting, err := tails(ctx, tx, orgID)
	if err != nil {
		return fmt.Errorf("insight: streams: %w", err)
	}
	apart := newApart(len(q.lanes), speaks)
	blocks := make(chan rawBlock)
	g, work := errgroup.WithContext(ctx)
	for w := range sweepWorkers() {
		g.Go(func() error {
			b := newBench(q, apart, w)
			for raw := range blocks {
				if err := b.block(raw); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = q.read(work, tx, orgID, waiting, blocks)
	close(blocks)
	if failed := g.Wait(); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	apart.visit(q)
	return nil
}

// speakers tells who speaks for those who were merged, by their numbers.
func speakers(ctx context.Context, tx *db.Tx, orgID string) (map[uint32]uint32, error) {
	out := map[uint32]uint32{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var seq, speaker uint32
		err := rows.Scan(&seq, &speaker)
		out[seq] = speaker
		return err
	}, "SELECT seq, speaker FROM insight_stream_alias WHERE org_id = ?", orgID)
}

// read hands over one block after the other.
func (q *sweep) read(ctx context.Context, tx *db.Tx, orgID string, waiting []stream.Event, out chan<- rawBlock) error {
	lanes := map[string]int{}
	var kinds []string
	for i, l := range q.lanes {
		lanes[l.kind] = i
		kinds = append(kinds, l.kind)
	}
	var blocks []int64
	ends, err := db.All(ctx, tx, func(r *sql.Rows, b *[2]sql.NullInt64) error { return r.Scan(&b[0], &b[1]) },
		"SELECT min(block), max(block) FROM insight_stream_part WHERE org_id = ?", orgID)
	if err != nil {
		return fmt.Errorf("insight: streams: %w", err)
	}
	if len(ends) == 1 && ends[0][0].Valid {
		for b := ends[0][0].Int64; b <= ends[0][1].Int64; b++ {
			blocks = append(blocks, b)
		}
	}
	tail := map[int64][]stream.Event{}
	for _, e := range waiting {
		if _, wanted := lanes[e.Kind]; wanted {
			b := stream.Block(e.Seq)
			tail[b] = append(tail[b], e)
		}
	}
	for b := range tail {
		blocks = append(blocks, b)
	}
	slices.Sort(blocks)
	for _, b := range slices.Compact(blocks) {
		raw := rawBlock{block: b, tail: tail[b]}
		if err := q.load(ctx, tx, orgID, lanes, kinds, &raw); err != nil {
			return fmt.Errorf("insight: streams: %w", err)
		}
		if len(raw.parts)+len(raw.tail) == 0 {
			continue
		}
		select {
		case out <- raw:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// load reads the parts of a block.
func (q *sweep) load(ctx context.Context, tx *db.Tx, orgID string, lanes map[string]int, kinds []string, raw *rawBlock) error {
	where, arg := tx.In("kind", kinds)
	first, last := utcMonth(q.from), utcMonth(q.to)
	type key struct {
		lane        int
		month, part int64
	}
	columns := map[key]map[stream.Column][]byte{}
	if names := q.columns(); len(names) > 0 {
		named, names := tx.In("name", names)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var k key
			var kind string
			var c stream.Column
			var number int64
			var data []byte
			err := rows.Scan(&kind, &k.month, &k.part, &c.Name, &number, &data)
			c.Number = number == 1
			k.lane = lanes[kind]
			if columns[k] == nil {
				columns[k] = map[stream.Column][]byte{}
			}
			columns[k][c] = data
			return err
		}, "SELECT kind, month, part, name, number, data FROM insight_stream_column WHERE org_id = ? AND block = ? AND "+where+" AND month BETWEEN ? AND ? AND "+named,
			orgID, raw.block, arg, first, last, names); err != nil {
			return err
		}
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var p rawPart
		var kind string
		err := rows.Scan(&kind, &p.month, &p.part, &p.times)
		p.lane = lanes[kind]
		p.columns = columns[key{p.lane, p.month, p.part}]
		raw.parts = append(raw.parts, p)
		return err
	}, "SELECT kind, month, part, times FROM insight_stream_part WHERE org_id = ? AND block = ? AND "+where+" AND month BETWEEN ? AND ?",
		orgID, raw.block, arg, first, last); err != nil {
		return err
	}
	slices.SortFunc(raw.parts, func(a, b rawPart) int {
		return cmp.Or(cmp.Compare(a.lane, b.lane), cmp.Compare(a.month, b.month), cmp.Compare(a.part, b.part))
	})
	return nil
}

// columns are the properties that the conditions look at.
func (q *sweep) columns() (names []string) {
	for _, l := range q.lanes {
		for _, c := range l.conds {
			names = append(names, c.Property)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bench is a worker's place: the buffers that it uses for each block.
type bench struct {
	q       *sweep
	apart   *apart
	worker  int
	offsets []uint16
	at      []int64
	mask    []uint64
	lanes   []sorted
	of      []steps.Lane
}

// sorted is a lane of a block, sorted by person: those of offset o are from
// start[o] to start[o+1].
type sorted struct {
	start [stream.BlockSize + 1]int32
	at    []int64
	mask  []uint64
}

func newBench(q *sweep, a *apart, worker int) *bench {
	return &bench{q: q, apart: a, worker: worker, lanes: make([]sorted, len(q.lanes)), of: make([]steps.Lane, len(q.lanes))}
}

func (b *bench) block(raw rawBlock) error {
	for i := range b.q.lanes {
		parts := raw.parts
		for len(parts) > 0 && parts[0].lane < i {
			parts = parts[1:]
		}
		n := 0
		for n < len(parts) && parts[n].lane == i {
			n++
		}
		if err := b.gather(i, raw.block, parts[:n], raw.tail); err != nil {
			return fmt.Errorf("insight: streams: block %d of %s: %w", raw.block, b.q.lanes[i].kind, err)
		}
		b.setApart(i, raw.block)
		b.lanes[i].sort(b.offsets, b.at, b.mask)
	}
	for o := range stream.BlockSize {
		some := false
		for i := range b.lanes {
			l := &b.lanes[i]
			lo, hi := l.start[o], l.start[o+1]
			some = some || lo < hi
			b.of[i] = steps.Lane{At: l.at[lo:hi]}
			if l.mask != nil {
				b.of[i].Mask = l.mask[lo:hi]
			}
		}
		if some {
			b.q.visit(b.worker, stream.Seq(raw.block, uint16(o)), b.of)
		}
	}
	return nil
}

// gather decodes the events of a lane.
func (b *bench) gather(lane int, block int64, parts []rawPart, tail []stream.Event) error {
	conds := b.q.lanes[lane].conds
	b.offsets, b.at, b.mask = b.offsets[:0], b.at[:0], b.mask[:0]
	var err error
	for _, p := range parts {
		begin := len(b.at)
		if b.offsets, b.at, err = stream.DecodeTimes(p.times, b.offsets, b.at); err != nil {
			return err
		}
		if len(conds) == 0 {
			continue
		}
		b.mask = slices.Grow(b.mask, len(b.at)-begin)[:len(b.at)]
		clear(b.mask[begin:])
		if err := mark(conds, p.columns, b.mask[begin:]); err != nil {
			return err
		}
	}
	for _, e := range tail {
		if e.Kind != b.q.lanes[lane].kind {
			continue
		}
		b.offsets, b.at = append(b.offsets, stream.Offset(e.Seq)), append(b.at, e.At)
		if len(conds) == 0 {
			continue
		}
		m := uint64(0)
		for bit, c := range conds {
			if c.holds(e.Values) {
				m |= 1 << bit
			}
		}
		b.mask = append(b.mask, m)
	}
	return nil
}

// setApart takes out the events of those who are not alone.
func (b *bench) setApart(lane int, block int64) {
	if !b.apart.touches(block) {
		return
	}
	n := 0
	for i, o := range b.offsets {
		e := apartEvent{seq: stream.Seq(block, o), at: b.at[i], order: i}
		if len(b.mask) > 0 {
			e.mask = b.mask[i]
		}
		if b.apart.take(lane, e) {
			continue
		}
		b.offsets[n], b.at[n] = o, b.at[i]
		if len(b.mask) > 0 {
			b.mask[n] = b.mask[i]
		}
		n++
	}
	b.offsets, b.at = b.offsets[:n], b.at[:n]
	if len(b.mask) > 0 {
		b.mask = b.mask[:n]
	}
}

// sort lays events out by person, and by time within each; those of one time
// stay as they were.
func (s *sorted) sort(offsets []uint16, at []int64, mask []uint64) {
	clear(s.start[:])
	for _, o := range offsets {
		s.start[int(o)+1]++
	}
	for o := range stream.BlockSize {
		s.start[o+1] += s.start[o]
	}
	s.at = slices.Grow(s.at[:0], len(at))[:len(at)]
	s.mask = nil
	if len(mask) > 0 {
		s.mask = make([]uint64, len(mask))
	}
	for i, o := range offsets {
		p := s.start[o]
		s.start[o]++
		s.at[p] = at[i]
		if s.mask != nil {
			s.mask[p] = mask[i]
		}
	}
	copy(s.start[1:], s.start[:stream.BlockSize]) // each was moved to its end
	s.start[0] = 0
	for o := range stream.BlockSize {
		lo, hi := s.start[o], s.start[o+1]
		if hi-lo > 1 && !slices.IsSorted(s.at[lo:hi]) {
			s.mend(int(lo), int(hi))
		}
	}
}

// mend sorts one person's events: parts of a month hold what came to the log
// one after the other, not what happened so.
func (s *sorted) mend(lo, hi int) {
	order := make([]int, hi-lo)
	for i := range order {
		order[i] = lo + i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.at[a], s.at[b]) })
	at := make([]int64, len(order))
	for i, o := range order {
		at[i] = s.at[o]
	}
	if s.mask != nil {
		mask := make([]uint64, len(order))
		for i, o := range order {
			mask[i] = s.mask[o]
		}
		copy(s.mask[lo:hi], mask)
	}
	copy(s.at[lo:hi], at)
}

// apart holds the events of those who were merged, and of those who speak for
// them, until all blocks are read.
type apart struct {
	speaks map[uint32]uint32 // also each speaker for themselves
	blocks map[int64]bool
	mu     sync.Mutex
	lanes  [][]apartEvent
}

type apartEvent struct {
	seq   uint32
	at    int64
	order int // in the log, among those of one seq and lane
	mask  uint64
}

func newApart(lanes int, speaks map[uint32]uint32) *apart {
	a := &apart{speaks: map[uint32]uint32{}, blocks: map[int64]bool{}, lanes: make([][]apartEvent, lanes)}
	for seq, speaker := range speaks {
		a.speaks[seq], a.speaks[speaker] = speaker, speaker
		a.blocks[stream.Block(seq)], a.blocks[stream.Block(speaker)] = true, true
	}
	return a
}

func (a *apart) touches(block int64) bool { return a.blocks[block] }

func (a *apart) take(lane int, e apartEvent) bool {
	if _, merged := a.speaks[e.seq]; !merged {
		return false
	}
	a.mu.Lock()
	a.lanes[lane] = append(a.lanes[lane], e)
	a.mu.Unlock()
	return true
}

// visit shows those who were merged as one. Events of one kind and moment are
// in the order of their original numbers, and each one's as recorded.
func (a *apart) visit(q *sweep) {
	people := map[uint32]bool{}
	for _, events := range a.lanes {
		slices.SortFunc(events, func(x, y apartEvent) int {
			return cmp.Or(cmp.Compare(a.speaks[x.seq], a.speaks[y.seq]), cmp.Compare(x.at, y.at), cmp.Compare(x.seq, y.seq), cmp.Compare(x.order, y.order))
		})
		for _, e := range events {
			people[a.speaks[e.seq]] = true
		}
	}
	for seq := range people {
		of := make([]steps.Lane, len(a.lanes))
		for i, events := range a.lanes {
			lo, _ := slices.BinarySearchFunc(events, seq, func(e apartEvent, s uint32) int { return cmp.Compare(a.speaks[e.seq], s) })
			for ; lo < len(events) && a.speaks[events[lo].seq] == seq; lo++ {
				of[i].At = append(of[i].At, events[lo].at)
				if len(q.lanes[i].conds) > 0 {
					of[i].Mask = append(of[i].Mask, events[lo].mask)
				}
			}
		}
		q.visit(0, seq, of)
	}
}

// knownKinds tells which kinds there are events of.
func knownKinds(ctx context.Context, tx *db.Tx, orgID string, kinds []string) (map[string]bool, error) {
	out := map[string]bool{}
	where, arg := tx.In("kind", kinds)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var k string
		err := rows.Scan(&k)
		out[k] = true
		return err
	}, "SELECT kind FROM insight_stream_kind WHERE org_id = ? AND "+where, orgID, arg)
}
