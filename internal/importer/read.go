package importer

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"

	"fishpond/internal/importer/table"
	"fishpond/internal/platform/i18n"
)

// What a record of step one holds.
const (
	lineTaken byte = iota
	lineRejected
)

const (
	batchRows  = 1024
	partTarget = 6 << 20 // bytes of one spill file, about
	maxParts   = 256
)

// batch carries rows from the goroutine that cuts the file to the one that
// checks them: on two cores they share the work.
type batch struct {
	lines    []int64
	problems []i18n.Text
	text     []byte
	ends     []int // of each cell in text
	offset   int64 // bytes of the file read so far
	err      error // why there is no further batch
}

func (b *batch) add(r *table.Row) {
	b.lines = append(b.lines, r.Line)
	b.problems = append(b.problems, r.Problem)
	for _, c := range r.Cells {
		b.text = append(b.text, c...)
		b.ends = append(b.ends, len(b.text))
	}
}

func (b *batch) reset() {
	b.lines, b.problems, b.text, b.ends, b.err = b.lines[:0], b.problems[:0], b.text[:0], b.ends[:0], nil
}

// scan reads the whole table and calls fn for each row, in order. The cells
// are fn's until it returns.
func (s *Service) scan(ctx context.Context, p *plan, t *table.Table, fn func(line int64, cells [][]byte, problem i18n.Text) error) (rows int64, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	full, free := make(chan *batch, 3), make(chan *batch, 4)
	for range cap(free) {
		free <- &batch{}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cut(ctx, t, full, free)
	}()
	defer func() { stop(); <-done }() // t is closed by the caller: not while it is being read

	cells := make([][]byte, len(p.header))
	for {
		var b *batch
		select {
		case b = <-full:
		case <-ctx.Done():
			return rows, ctx.Err()
		}
		from, at := 0, 0
		for i, line := range b.lines {
			for j := range cells {
				cells[j] = b.text[from:b.ends[at]:b.ends[at]]
				from = b.ends[at]
				at++
			}
			if err := fn(line, cells, b.problems[i]); err != nil {
				return rows, err
			}
			rows++
		}
		s.show(p, Progress{Phase: PhaseReading, RowsRead: rows, BytesRead: b.offset}, false)
		if b.err == io.EOF {
			return rows, nil
		}
		if b.err != nil {
			return rows, b.err
		}
		free <- b
	}
}

func cut(ctx context.Context, t *table.Table, full chan<- *batch, free <-chan *batch) {
	for {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
			return
		}
		b.reset()
		for len(b.lines) < batchRows && len(b.text) < 1<<20 && b.err == nil {
			r, err := t.Next()
			if b.err = err; err == nil {
				b.add(r)
			}
		}
		b.offset = t.Offset()
		select {
		case full <- b:
		case <-ctx.Done():
			return
		}
		if b.err != nil {
			return
		}
	}
}

// partition does step one of an import of orders: all lines of an order end
// up in the same spill file.
func (s *Service) partition(ctx context.Context, p *plan, t *table.Table, out *rejects, r *Result) ([]*spill, error) {
	parts := make([]*spill, min(maxParts, max(1, int(p.size)*p.packed/partTarget)))
	for i := range parts {
		var err error
		if parts[i], err = newSpill(p.tmp, fmt.Sprintf("part-%03d", i), 16<<10); err != nil {
			return parts, err
		}
	}
	var l line
	var record []byte
	put := func() error {
		return parts[binary.LittleEndian.Uint64(record[1:])%uint64(len(parts))].write(record)
	}
	rows, err := s.scan(ctx, p, t, func(number int64, cells [][]byte, problem i18n.Text) error {
		if problem.IsZero() {
			if !p.hasCustomer(cells) {
				r.RowsWithoutCustomer++
				return nil
			}
			l.number = number
			problem = p.read(&l, cells)
		}
		if !problem.IsZero() {
			key := p.orderKey(cells)
			if len(key) == 0 { // nothing else hangs on it
				return out.add(number, problem, cells)
			}
			record = lineHead(record[:0], lineRejected, key, number)
			record = putString(putString(record, problem.ZH), problem.EN)
			record = putCells(record, cells)
			return put()
		}
		record = lineHead(record[:0], lineTaken, l.key, number)
		record = binary.AppendVarint(record, l.at)
		record = putNumber(putNumber(record, l.quantity), l.amount)
		record = putCells(record, cells)
		return put()
	})
	r.Rows = rows
	return parts, err
}

// lineHead begins a record: its kind, the hash by which the spill file was
// chosen, the line, and the order's number.
func lineHead(b []byte, kind byte, key []byte, number int64) []byte {
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint64(b, xxhash.Sum64(key))
	return putBytes(binary.AppendVarint(b, number), key)
}
