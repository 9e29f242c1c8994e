package match

import (
	"errors"
	"fmt"

	"github.com/vcaesar/cedar"
)

// MaxFolded is how many bytes the plain form of a word may have.
const MaxFolded = 256

// Automaton finds words. It never changes.
type Automaton struct {
	trie   *cedar.Cedar
	states []state // by the trie's number
	n      int
}

// state is the longest end of what was read that some word begins with.
type state struct {
	fail int32 // the next shorter such end; below 0: not known yet
	next int32 // the next shorter end that is a word; 0: none
	word int32 // 1 + which word ends here; 0: none
	size int32 // of the word that ends here, in bytes of plain form
}

// Hit is a word that was found.
type Hit struct {
	Word       int // its place among those given to Build
	Start, End int // characters of the text: from Start up to, without, End
}

// root is where every walk begins.
const root = 0

// Build makes the automaton of words in plain form (see Fold), each of 1 to
// MaxFolded bytes and given once.
func Build(words []string) (*Automaton, error) {
	a := &Automaton{trie: cedar.New(), n: len(words)}
	for i, w := range words {
		if w == "" || len(w) > MaxFolded {
			return nil, fmt.Errorf("match: word %d has %d bytes", i, len(w))
		}
		if err := a.trie.Insert([]byte(w), i); err != nil {
			return nil, fmt.Errorf("match: word %d: %w", i, err)
		}
	}
	return a, a.link(words)
}

// link works out the states level by level: what a state falls back to is
// shorter, and so known before.
func (a *Automaton) link(words []string) error {
	at := make([]int32, len(words)) // the state that each word has come to
	order := make([]int32, len(words))
	for i := range order {
		order[i] = int32(i) //nolint:gosec // far fewer than 2³¹ words
	}
	for depth := 0; len(order) > 0; depth++ {
		left := order[:0]
		for _, i := range order {
			w := words[i]
			from := at[i]
			label := []byte{w[depth]}
			to, err := a.trie.Jump(label, int(from))
			if err != nil {
				return errors.Join(errors.New("match: the trie has lost a word"), err)
			}
			a.grow(to)
			if depth > 0 && a.states[to].fail < 0 {
				a.states[to].fail = a.step(a.states[from].fail, label)
			} else if depth == 0 {
				a.states[to].fail = root
			}
			if depth+1 == len(w) {
				if a.states[to].word != 0 {
					return fmt.Errorf("match: word %d is given twice", i)
				}
				a.states[to].word, a.states[to].size = i+1, int32(len(w)) //nolint:gosec // at most MaxFolded
			} else {
				left = append(left, i)
			}
			at[i] = int32(to) //nolint:gosec // as above
		}
		order = left
	}
	return a.chain(words)
}

// grow makes room for a state.
func (a *Automaton) grow(number int) {
	for len(a.states) <= number {
		a.states = append(a.states, state{fail: -1})
	}
}

// chain notes for every state the next shorter word that ends there too.
func (a *Automaton) chain(words []string) error {
	for _, w := range words {
		at := root
		for i := range len(w) { // bytes
			to, err := a.trie.Jump([]byte{w[i]}, at)
			if err != nil {
				return errors.Join(errors.New("match: the trie has lost a word"), err)
			}
			at = to
			f := a.states[at].fail
			for f != root && a.states[f].word == 0 {
				f = a.states[f].fail
			}
			a.states[at].next = f
		}
	}
	return nil
}

// step is where reading one more byte leads from a state.
func (a *Automaton) step(from int32, label []byte) int32 {
	for {
		to, err := a.trie.Jump(label, int(from))
		if err == nil {
			return int32(to) //nolint:gosec // as above
		}
		if from == root {
			return root
		}
		from = a.states[from].fail
	}
}

// Find calls fn for every word in the text that is not inside a longer one, by
// where it ends, until fn returns false. Only the first MaxText bytes are
// looked at.
func (a *Automaton) Find(text string, fn func(Hit) bool) {
	if a == nil || a.n == 0 {
		return
	}
	f := fold(text)
	at := int32(root)
	for i := range f.plain {
		at = a.step(at, f.plain[i:i+1])
		out := at
		if out != root && a.states[out].word == 0 {
			out = a.states[out].next
		}
		for ; out != root; out = a.states[out].next {
			first := i + 1 - int(a.states[out].size)
			// A character may fold to several; a word that begins or ends inside
			// such a one is not there.
			if first > 0 && f.from[first-1] == f.from[first] || i+1 < len(f.plain) && f.from[i+1] == f.from[i] {
				continue
			}
			h := Hit{Word: int(a.states[out].word) - 1, Start: int(f.from[first]), End: int(f.from[i]) + 1}
			if f.whole(h.Start, h.End) && !fn(h) {
				return
			}
		}
	}
}

// Words is how many words are looked for.
func (a *Automaton) Words() int {
	if a == nil {
		return 0
	}
	return a.n
}

// Bytes is how much memory the states take; the trie's own comes on top.
func (a *Automaton) Bytes() int { return 16 * cap(a.states) }
