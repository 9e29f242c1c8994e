package acquisition

import "fishpond/internal/timeline"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber { return nil }
