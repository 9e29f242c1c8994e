package jobs

// OnSweep calls fn after each look for dead nodes.
func (s *Service) OnSweep(fn func()) { s.swept = fn }
