package index

import (
	"runtime"
	"sync"
)

// Seqs are cut into chunks, as roaring's containers are; a chunk of a table
// has its own pages.
const (
	chunkBits  = 16
	chunkWords = 1 << (chunkBits - 6)
)

// table is an array of pages that grows. A table that differs in some pages
// shares the rest.
type table[P any] struct {
	chunks [][]*P
	bits   uint8 // log₂ of the seqs a page
}

func (t *table[P]) page(seq uint32) *P {
	c := int(seq >> chunkBits)
	if c >= len(t.chunks) || t.chunks[c] == nil {
		return nil
	}
	return t.chunks[c][seq&(1<<chunkBits-1)>>t.bits]
}

// edit copies a table page by page as they are put.
type edit[P any] struct {
	table[P]
	own []bool
}

func (t *table[P]) edit() *edit[P] {
	return &edit[P]{table[P]{append([][]*P(nil), t.chunks...), t.bits}, make([]bool, len(t.chunks))}
}

func (e *edit[P]) put(seq uint32, p *P) {
	c := int(seq >> chunkBits)
	for c >= len(e.chunks) {
		e.chunks, e.own = append(e.chunks, nil), append(e.own, false)
	}
	if !e.own[c] {
		fresh := make([]*P, 1<<(chunkBits-e.bits))
		copy(fresh, e.chunks[c])
		e.chunks[c], e.own[c] = fresh, true
	}
	e.chunks[c][seq&(1<<chunkBits-1)>>e.bits] = p
}

// parallel calls f for the chunks from 0 to n, on every processor when there
// are many.
func parallel(n int, f func(chunk int)) {
	workers := min(runtime.GOMAXPROCS(0), n/4)
	if workers < 2 {
		for c := range n {
			f(c)
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for c := w; c < n; c += workers {
				f(c)
			}
		})
	}
	wg.Wait()
}
