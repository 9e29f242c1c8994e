package wecom

import "slices"

// Summary is a corp as the control API and the pages show it.
type Summary struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	OpenAccount string       `json:"open_account"`
	Apps        []App        `json:"apps"`
	Users       []User       `json:"users"`
	Departments []Department `json:"departments"`
	Contacts    int64        `json:"contacts"` // who is a friend of somebody, those made in bulk too
	Requests    []Request    `json:"requests"`
	Ways        int          `json:"contact_ways"`
	Tags        int          `json:"tags"`
}

// Summary tells the state of the corp.
func (c *Corp) Summary() (s Summary) {
	_ = c.do(func() error {
		s = Summary{ID: c.ID, Name: c.Name, OpenAccount: c.OpenAccount, Apps: []App{}, Users: []User{}, Requests: []Request{}, Ways: len(c.Ways), Tags: c.tagCount()}
		for _, a := range c.Apps {
			s.Apps = append(s.Apps, *a)
		}
		for _, u := range c.Users {
			shown := *u
			shown.Follows = nil
			s.Users = append(s.Users, shown)
		}
		slices.SortFunc(s.Users, func(a, b User) int { return int(a.Serial - b.Serial) })
		for _, d := range c.Departments {
			s.Departments = append(s.Departments, *d)
		}
		for _, x := range c.Contacts {
			if len(x.Follows) > 0 {
				s.Contacts++
			}
		}
		for _, b := range c.Bulks {
			s.Contacts += b.Count - int64(len(b.Kept))
		}
		for _, r := range c.Requests {
			s.Requests = append(s.Requests, *r)
		}
		return nil
	})
	return s
}

// ExternalID is the id by which the corp knows a person.
func (c *Corp) ExternalID(person string) (id string) {
	_ = c.do(func() error { id = c.externalID(person); return nil })
	return id
}

// Talk is what a member and a customer have said to each other, the oldest first.
func (c *Corp) Talk(user, external string) (lines []Line) {
	_ = c.do(func() error {
		lines = slices.Clone(c.Talks[user+"|"+external])
		return nil
	})
	if lines == nil {
		lines = []Line{}
	}
	return lines
}
