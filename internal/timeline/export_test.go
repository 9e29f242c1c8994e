package timeline

// Subscriber finds a subscriber by name.
func (r *Runner) Subscriber(name string) *Subscriber { return r.subscriber(name) }
