package resolve

import (
	"cmp"
	"slices"
)

// Key is one identity, normalised.
type Key struct {
	Kind  Kind
	Value string
}

// ID is a person in a Graph. A smaller ID has been known longer and speaks
// for a larger one when the two are joined.
type ID int32

// None is no person.
const None ID = -1

// WeakCap is how many persons a weak identity is noted for. What more people
// share than this (the till's tablet, an office browser) says nothing about
// any of them.
const WeakCap = 50

// Journal is told what a Graph concludes, in order. A bulk load that only
// wants the partition has none.
type Journal interface {
	// Created: nobody was known by any of the keys.
	Created(p ID)
	// Held: p has a further identity.
	Held(k Key, p ID)
	// Joined: loser and winner are one person, because of k.
	Joined(winner, loser ID, k Key)
	// Claimed: k speaks for a and b being one person, and was not enough.
	Claimed(k Key, a, b ID)
}

// Graph holds persons and the identities that point to them. It is not safe
// for concurrent use.
type Graph struct {
	Journal Journal

	parent []ID
	kinds  []uint32 // of the whole set, at its root
	strong map[Key]ID
	weak   map[Key][]ID
	apart  [][2]ID
	keys   []Key // scratch
}

// NewGraph returns an empty graph with room for about n strong identities.
func NewGraph(n int) *Graph {
	return &Graph{strong: make(map[Key]ID, n), weak: map[Key][]ID{}}
}

// Add adds a person who is known already, with the kinds of identities that
// they and all who were merged into them have. Add persons in the order in
// which they became known.
func (g *Graph) Add(kinds uint32) ID {
	p := ID(len(g.parent))
	g.parent = append(g.parent, p)
	g.kinds = append(g.kinds, kinds)
	return p
}

// Hold notes an identity that is known already.
func (g *Graph) Hold(k Key, p ID) {
	if k.Kind.Strong() {
		g.strong[k] = p
	} else {
		g.weak[k] = append(g.weak[k], p)
	}
}

// KeepApart notes that a human has parted two persons: no rule joins them again.
func (g *Graph) KeepApart(a, b ID) { g.apart = append(g.apart, [2]ID{a, b}) }

// Len is the number of persons, those included who were joined into others.
func (g *Graph) Len() int { return len(g.parent) }

// Find is the person who speaks for p.
func (g *Graph) Find(p ID) ID {
	for g.parent[p] != p {
		g.parent[p] = g.parent[g.parent[p]] // halve the path for whoever comes next
		p = g.parent[p]
	}
	return p
}

// Kinds is the set of kinds of identities that p's whole set holds.
func (g *Graph) Kinds(p ID) uint32 { return g.kinds[g.Find(p)] }

// Person is who holds a strong identity, None when nobody does.
func (g *Graph) Person(k Key) ID {
	if p, ok := g.strong[k]; ok {
		return g.Find(p)
	}
	return None
}

// Resolve tells whose keys these are and notes what it learns from their
// standing together; without keys that identify anybody known, that is a new
// person. There must be at least one key.
func (g *Graph) Resolve(keys ...Key) ID {
	g.keys = append(g.keys[:0], keys...)
	slices.SortFunc(g.keys, func(a, b Key) int {
		if c := cmp.Compare(tables.rank[a.Kind], tables.rank[b.Kind]); c != 0 {
			return c
		}
		return cmp.Compare(a.Value, b.Value)
	})
	keys = slices.Compact(g.keys)
	n := 0
	for n < len(keys) && keys[n].Kind.Strong() {
		n++
	}
	p := None
	if n > 0 {
		p = g.byStrong(keys[:n])
	}
	if n < len(keys) {
		p = g.byWeak(keys[n:], p)
	}
	return g.Find(p)
}

// byStrong joins everybody whom the keys point to, from the most trusted key
// on. A key that contradicts what is gathered so far stays with its own
// person. A new person is made only when it turns out that one is needed.
func (g *Graph) byStrong(keys []Key) ID {
	p, made := None, 0 // keys[:made] wait for somebody to hold them
	bits := uint32(0)
	settle := func(q ID) {
		p = q
		for _, k := range keys[:made] {
			g.note(k, p)
		}
	}
	for i, k := range keys {
		q, known := g.strong[k]
		if known {
			q = g.Find(q)
		}
		switch {
		case p == None && !known && bits&k.Kind.Bit()&tables.single == 0:
			bits |= k.Kind.Bit()
			made = i + 1
			continue
		case p == None && known && bits&g.kinds[q]&tables.single == 0:
			settle(q)
			continue
		case p == None:
			settle(g.create())
		}
		switch {
		case known:
			p = g.join(p, q, k)
		case g.kinds[p]&k.Kind.Bit()&tables.single != 0:
			q = g.create()
			g.note(k, q)
			g.claim(k, p, q)
		default:
			g.note(k, p)
		}
	}
	if p == None {
		settle(g.create())
	}
	return p
}

// byWeak notes weak keys for p. When p is None they must find somebody by
// themselves: never more than one person, and none of several that it might be.
func (g *Graph) byWeak(keys []Key, p ID) ID {
	alone := p == None
	if alone {
		for _, k := range keys {
			if p = g.finds(k); p != None {
				break
			}
		}
		if p == None {
			p = g.create()
		}
	}
	for _, k := range keys {
		holders := g.weak[k]
		other, held := None, false
		for _, h := range holders {
			if h = g.Find(h); h == p {
				held = true
			} else if other == None || h < other {
				other = h
			}
		}
		// Somebody of whom nothing else is known must be found again by it.
		if held || len(holders) >= WeakCap && !(alone && !HasStrong(g.kinds[p])) {
			continue
		}
		g.note(k, p)
		if other != None && len(holders) < WeakCap {
			g.claim(k, other, p)
		}
	}
	return p
}

// finds is the person whom a weak key stands for by itself.
func (g *Graph) finds(k Key) ID {
	sole, several, anonymous := None, false, None
	for _, h := range g.weak[k] {
		h = g.Find(h)
		if sole == None {
			sole = h
		} else if sole != h {
			several = true
		}
		if !HasStrong(g.kinds[h]) && (anonymous == None || h < anonymous) {
			anonymous = h
		}
	}
	if k.Kind.Rule().Finds && !several {
		return sole
	}
	return anonymous
}

func (g *Graph) create() ID {
	p := g.Add(0)
	if g.Journal != nil {
		g.Journal.Created(p)
	}
	return p
}

// note gives p, who must speak for themselves, a further identity.
func (g *Graph) note(k Key, p ID) {
	g.Hold(k, p)
	g.kinds[p] |= k.Kind.Bit()
	if g.Journal != nil {
		g.Journal.Held(k, p)
	}
}

// join makes one of p and q unless that would contradict what is known, and
// returns who speaks for p then.
func (g *Graph) join(p, q ID, k Key) ID {
	if p == q {
		return p
	}
	if g.kinds[p]&g.kinds[q]&tables.single != 0 || g.parted(p, q) {
		g.claim(k, p, q)
		return p
	}
	winner, loser := min(p, q), max(p, q)
	g.parent[loser] = winner
	g.kinds[winner] |= g.kinds[loser]
	if g.Journal != nil {
		g.Journal.Joined(winner, loser, k)
	}
	return winner
}

func (g *Graph) parted(p, q ID) bool {
	for _, ab := range g.apart {
		a, b := g.Find(ab[0]), g.Find(ab[1])
		if a == p && b == q || a == q && b == p {
			return true
		}
	}
	return false
}

func (g *Graph) claim(k Key, a, b ID) {
	if g.Journal != nil {
		g.Journal.Claimed(k, a, b)
	}
}
