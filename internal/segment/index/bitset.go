package index

import "github.com/RoaringBitmap/roaring/v2"

// bitset is a roaring bitmap of which readers hold versions. The writer keeps
// work to itself; seen is a clone of it that shares its containers and is not
// changed any more. Every container of seen is marked as shared, so that
// results that take one over copy it before they change it, and reading never
// sets a mark.
type bitset struct {
	work, seen *roaring.Bitmap
}

type bit struct {
	seq uint32
	on  bool
}

// with is the bitset after changes, the last of a person counting. Only the
// writer may call it, on the newest version.
func (s bitset) with(changes []bit) bitset {
	if s.work == nil {
		s.work = roaring.New()
		s.work.SetCopyOnWrite(true)
	}
	for _, c := range changes {
		if c.on {
			s.work.Add(c.seq)
		} else {
			s.work.Remove(c.seq)
		}
	}
	return bitset{s.work, publish(s.work)}
}

func publish(work *roaring.Bitmap) *roaring.Bitmap {
	seen := work.Clone()
	seen.SetCopyOnWrite(false) // a reader's Clone copies, and leaves the marks alone
	return seen
}

func loaded(b *roaring.Bitmap) bitset {
	b.SetCopyOnWrite(true)
	return bitset{b, publish(b)}
}

func (s bitset) has(seq uint32) bool { return s.seen != nil && s.seen.Contains(seq) }

func (s bitset) empty() bool { return s.seen == nil || s.seen.IsEmpty() }

var nobody = roaring.New()

// read gives the version for readers.
func (s bitset) read() *roaring.Bitmap {
	if s.seen == nil {
		return nobody
	}
	return s.seen
}
