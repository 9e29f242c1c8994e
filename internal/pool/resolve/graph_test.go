package resolve

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func key(kind, value string) Key {
	k, ok := Lookup(kind)
	if !ok {
		panic(kind)
	}
	return Key{k, value}
}

// told writes down what the graph concludes, in words.
type told struct {
	lines  []string
	claims int
}

func (t *told) Created(p ID) { t.lines = append(t.lines, fmt.Sprintf("new %d", p)) }
func (t *told) Held(k Key, p ID) {
	t.lines = append(t.lines, fmt.Sprintf("%s %s of %d", k.Kind, k.Value, p))
}
func (t *told) Joined(w, l ID, k Key) {
	t.lines = append(t.lines, fmt.Sprintf("%d into %d by %s", l, w, k.Kind))
}
func (t *told) Claimed(k Key, a, b ID) {
	t.claims++
	t.lines = append(t.lines, fmt.Sprintf("%d and %d share %s", a, b, k.Kind))
}

func TestRules(t *testing.T) {
	k := key
	cases := []struct {
		name     string
		contacts [][]Key
		persons  []ID // of each contact, when all are known
		claims   int
	}{
		{"the same phone is the same person", [][]Key{{k("phone", "1")}, {k("phone", "1")}}, []ID{0, 0}, 0},
		{"a contact joins two persons, and the one known longer speaks",
			[][]Key{{k("phone", "1")}, {k("email", "e")}, {k("email", "e"), k("phone", "1")}}, []ID{0, 0, 0}, 0},
		{"two members under one phone stay two", [][]Key{{k("member_no", "1"), k("phone", "p")}, {k("member_no", "2"), k("phone", "p")}}, []ID{0, 1}, 1},
		{"and stay so the second time", [][]Key{{k("member_no", "1"), k("phone", "p")}, {k("member_no", "2"), k("phone", "p")}, {k("member_no", "2"), k("phone", "p")}}, []ID{0, 1, 1}, 2},
		{"two accounts of a shop are one person", [][]Key{{k("customer_no", "a:1"), k("phone", "p")}, {k("customer_no", "a:2"), k("phone", "p")}}, []ID{0, 0}, 0},
		{"a contact that contradicts itself", [][]Key{{k("member_no", "1"), k("member_no", "2")}}, []ID{0}, 1},
		{"a shared device joins nobody", [][]Key{{k("phone", "1"), k("device", "d")}, {k("phone", "2"), k("device", "d")}}, []ID{0, 1}, 1},
		{"a device finds its only owner", [][]Key{{k("phone", "1"), k("device", "d")}, {k("device", "d")}}, []ID{0, 0}, 0},
		{"a shared device finds neither owner, but the same stranger",
			[][]Key{{k("phone", "1"), k("device", "d")}, {k("phone", "2"), k("device", "d")}, {k("device", "d")}, {k("device", "d")}}, []ID{0, 1, 2, 2}, 2},
		{"somebody who brings a phone is not the stranger on that device", [][]Key{{k("device", "d")}, {k("phone", "1"), k("device", "d")}}, []ID{0, 1}, 1},
		{"an unconfirmed address does not find its owner", [][]Key{{k("phone", "1"), k("email_unverified", "e")}, {k("email_unverified", "e")}, {k("email_unverified", "e")}}, []ID{0, 1, 1}, 1},
		{"two devices of one stranger join nobody", [][]Key{{k("device", "a")}, {k("device", "b")}, {k("device", "a"), k("device", "b")}}, []ID{0, 1, 0}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, j := NewGraph(0), &told{}
			g.Journal = j
			var got []ID
			for _, keys := range c.contacts {
				got = append(got, g.Resolve(keys...))
			}
			for i, p := range got {
				got[i] = g.Find(p)
			}
			if !slices.Equal(got, c.persons) || j.claims != c.claims {
				t.Errorf("persons %v, %d claims; want %v, %d\n%v", got, j.claims, c.persons, c.claims, j.lines)
			}
		})
	}
}

func TestPartedPersonsAreNotJoinedAgain(t *testing.T) {
	g := NewGraph(0)
	a, b := g.Resolve(key("phone", "1")), g.Resolve(key("email", "e"))
	g.KeepApart(a, b)
	g.Resolve(key("phone", "1"), key("email", "e"))
	if g.Find(a) == g.Find(b) {
		t.Error("joined what a human had parted")
	}
}

func TestCounterDeviceIsNotNotedForEver(t *testing.T) {
	g := NewGraph(0)
	for i := range 3 * WeakCap {
		g.Resolve(key("phone", fmt.Sprint(i)), key("device", "till"))
	}
	stranger := g.Resolve(key("device", "till"))
	if again := g.Resolve(key("device", "till")); again != stranger || len(g.weak[key("device", "till")]) != WeakCap+1 {
		t.Errorf("strangers %d and %d, %d holders", stranger, again, len(g.weak[key("device", "till")]))
	}
}

// drawContacts draws contacts over few values, so that they meet often.
func drawContacts(t *rapid.T, kinds []Kind, most int) [][]Key {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []Key {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Key {
			return Key{rapid.SampledFrom(kinds).Draw(t, "kind"), fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "value"))}
		}), 1, 4).Draw(t, "keys")
	}), 1, most).Draw(t, "contacts")
}

// Where no two values of a single kind meet, who is who does not depend on
// the order of arrival.
func TestOrderDoesNotMatterWithoutContradiction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contacts := drawContacts(t, []Kind{OpenID, CustomerNo, Phone, Email}, 20)
		order := rapid.Permutation(seq(len(contacts))).Draw(t, "order")
		a, b := NewGraph(0), NewGraph(0)
		for i := range contacts {
			a.Resolve(contacts[i]...)
			b.Resolve(contacts[order[i]]...)
		}
		if pa, pb := partition(a), partition(b); !slices.EqualFunc(pa, pb, slices.Equal) {
			t.Fatalf("%v\n%v", pa, pb)
		}
	})
}

// A person has at most one value of a single kind, a strong value one person,
// and a contact's most trusted strong key always tells who it is.
func TestInvariants(t *testing.T) {
	all := []Kind{}
	for _, r := range Rules {
		all = append(all, r.Kind)
	}
	rapid.Check(t, func(t *rapid.T) {
		g := NewGraph(0)
		for _, keys := range drawContacts(t, all, 30) {
			p := g.Resolve(keys...)
			if again := g.Resolve(keys...); again != p {
				t.Fatalf("%v is %d, then %d", keys, p, again)
			}
			best := slices.MinFunc(keys, func(a, b Key) int {
				if tables.rank[a.Kind] != tables.rank[b.Kind] {
					return int(tables.rank[a.Kind]) - int(tables.rank[b.Kind])
				}
				if a.Value < b.Value {
					return -1
				}
				return 1
			})
			if best.Kind.Strong() && g.Person(best) != p {
				t.Fatalf("%v is %d, its first key is of %d", keys, p, g.Person(best))
			}
		}
		seen := map[string]string{}
		for k := range g.strong {
			if !k.Kind.Rule().Single {
				continue
			}
			at := fmt.Sprint(g.Person(k), k.Kind)
			if other, twice := seen[at]; twice {
				t.Fatalf("person and kind %s have %s and %s", at, other, k.Value)
			}
			seen[at] = k.Value
		}
	})
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// partition lists the sets of strong keys that stand for one person each.
func partition(g *Graph) [][]string {
	sets := map[ID][]string{}
	for k := range g.strong {
		sets[g.Person(k)] = append(sets[g.Person(k)], k.Kind.String()+k.Value)
	}
	var out [][]string
	for _, s := range sets {
		slices.Sort(s)
		out = append(out, s)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

// BenchmarkResolvePairs resolves a million pairs (an identity seen together
// with another) over about 400,000 persons.
func BenchmarkResolvePairs(b *testing.B) {
	const n = 1_000_000
	pairs := make([][2]Key, n)
	state := uint64(1)
	next := func(n uint64) uint64 { // a small generator: the same pairs every time
		state = state*6364136223846793005 + 1442695040888963407
		return (state >> 33) % n
	}
	for i := range pairs {
		p := next(400_000)
		pairs[i] = [2]Key{{Phone, fmt.Sprintf("+86138%08d", p)}, {CustomerNo, fmt.Sprintf("shop:%d", p*3+next(3))}}
		if i%4 == 0 {
			pairs[i][1] = Key{UnionID, fmt.Sprintf("o6_bmjrPTlm6_2sgVt7hMZOPfL2M%d", p)}
		}
	}
	for b.Loop() {
		g := NewGraph(n)
		for _, p := range pairs {
			g.Resolve(p[0], p[1])
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
}
