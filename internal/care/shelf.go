package care

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"fishpond/internal/care/match"
	"fishpond/internal/platform/db"
)

// shelf keeps each org's automaton. Whoever asks takes the one that is there;
// a new one is made beside it.
type shelf struct {
	orgs  sync.Map   // org id → *atomic.Pointer[book]
	build sync.Mutex // one is built at a time: it takes memory
}

// book is an org's words at one revision. It never changes.
type book struct {
	revision  int64
	automaton *match.Automaton
	entries   [][]entry // by word of the automaton
	lists     map[string]WordList
}

// entry says in which list a word stands, and how it is written there.
type entry struct {
	list      string
	word      string
	exception bool
}

func (s *Service) slot(orgID string) *atomic.Pointer[book] {
	p, _ := s.words.orgs.LoadOrStore(orgID, new(atomic.Pointer[book]))
	slot, _ := p.(*atomic.Pointer[book])
	return slot
}

// readBook reads and builds the words of an org.
func readBook(ctx context.Context, tx *db.Tx, orgID string) (*book, error) {
	o, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	b := &book{revision: o.revision, lists: map[string]WordList{}}
	if o.revision == 0 {
		return b, nil // nobody has ever stored a word
	}
	lists, err := listsWhere(ctx, tx, orgID, "enabled = 1")
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		b.lists[l.ID] = l
	}
	at := map[string]int{}
	var plains []string
	for _, id := range slices.Sorted(maps.Keys(b.lists)) {
		err := tx.Each(ctx, func(rows *sql.Rows) error {
			var plain string
			var exception int64
			e := entry{list: id}
			if err := rows.Scan(&plain, &e.word, &exception); err != nil {
				return err
			}
			e.exception = exception == 1
			i, ok := at[plain]
			if !ok {
				i = len(plains)
				at[plain], plains, b.entries = i, append(plains, plain), append(b.entries, nil)
			}
			b.entries[i] = append(b.entries[i], e)
			return nil
		}, "SELECT plain, word, exception FROM care_word WHERE org_id = ? AND list_id = ?", orgID, id)
		if err != nil {
			return nil, fmt.Errorf("care: words: %w", err)
		}
	}
	b.automaton, err = match.Build(plains)
	return b, err
}

// load builds an org's automaton anew and puts it in the place of the one
// before, unless that is a later one.
func (s *Service) load(ctx context.Context, orgID string) error {
	s.words.build.Lock()
	defer s.words.build.Unlock()
	return s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		b, err := readBook(ctx, tx, orgID)
		if err == nil {
			s.put(orgID, b)
		}
		return err
	})
}

func (s *Service) put(orgID string, b *book) {
	slot := s.slot(orgID)
	for {
		had := slot.Load()
		if had != nil && had.revision > b.revision || slot.CompareAndSwap(had, b) {
			return
		}
	}
}

// book is the org's words as they are known; tx is used when they have never
// been read, else nothing is asked.
func (s *Service) book(ctx context.Context, tx *db.Tx, orgID string) (*book, error) {
	if b := s.slot(orgID).Load(); b != nil {
		return b, nil
	}
	b, err := readBook(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	s.put(orgID, b)
	return b, nil
}

// Refresh builds anew the automata of orgs whose words have changed, here or on
// another node, and those that have never been read.
func (s *Service) Refresh(ctx context.Context) error {
	now := map[string]int64{}
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var org string
			var revision int64
			err := rows.Scan(&org, &revision)
			now[org] = revision
			return err
		}, "SELECT org_id, revision FROM care_org WHERE org_id <> '' AND revision > 0")
	})
	if err != nil {
		return err
	}
	for org, revision := range now {
		if b := s.slot(org).Load(); b == nil || b.revision < revision {
			if err := s.load(ctx, org); err != nil {
				return fmt.Errorf("org %s: %w", org, err)
			}
		}
	}
	return nil
}

// Hit is a word that was found in a text.
type Hit struct {
	Word     string `json:"word" doc:"As the list has it"`
	ListID   string `json:"list_id"`
	List     string `json:"list"`
	Category string `json:"category"`
	Action   string `json:"action"`
	Start    int    `json:"start" doc:"First character in the text, from 0"`
	End      int    `json:"end" doc:"The character behind the last"`
}

const maxHits = 50 // of one text

// span is where an exception stands.
type span struct{ start, end int }

// find returns the words of a text that goes in a direction, by place. A word
// inside an exception of its own list does not count.
func (b *book) find(text, direction string) (out []Hit) {
	if b == nil || b.automaton.Words() == 0 {
		return nil
	}
	spared := map[string][]span{}
	b.automaton.Find(text, func(h match.Hit) bool {
		for _, e := range b.entries[h.Word] {
			l := b.lists[e.list]
			switch {
			case l.Direction != directionBoth && l.Direction != direction:
			case e.exception:
				spared[e.list] = append(spared[e.list], span{h.Start, h.End})
			default:
				out = append(out, Hit{Word: e.word, ListID: l.ID, List: l.Name, Category: l.Category, Action: l.Action, Start: h.Start, End: h.End})
			}
		}
		return len(out) < 20*maxHits
	})
	out = slices.DeleteFunc(out, func(h Hit) bool {
		return slices.ContainsFunc(spared[h.ListID], func(s span) bool { return s.start <= h.Start && h.End <= s.end })
	})
	slices.SortFunc(out, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.ListID, b.ListID))
	})
	return out[:min(len(out), maxHits)]
}
