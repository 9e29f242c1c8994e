package reach

import "sync"

// slots are the places for batches that are being sent. The last free one is
// for plans that have none: whoever sends through a slow server must not have
// them all.
type slots struct {
	mu    sync.Mutex
	most  int
	taken int
	of    map[string]int // plan → its batches
}

func newSlots(most int) *slots { return &slots{most: most, of: map[string]int{}} }

// take takes a place for a plan, if there is one for it.
func (s *slots) take(plan string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.most || s.taken == s.most-1 && s.most > 1 && s.of[plan] > 0 {
		return false
	}
	s.taken++
	s.of[plan]++
	return true
}

func (s *slots) give(plan string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.of[plan]--; s.of[plan] == 0 {
		delete(s.of, plan)
	}
}
