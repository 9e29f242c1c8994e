package wecom

import (
	"slices"
	"sort"
)

// Intercept is a rule against sensitive words in talks with customers (聊天敏感词).
type Intercept struct {
	ID          string   `json:"rule_id"`
	Serial      int64    `json:"serial"`
	CreatedAt   int64    `json:"create_time"`
	Name        string   `json:"rule_name"`
	Words       []string `json:"word_list"`
	Semantics   []int    `json:"semantics_list"` // 1 phone number, 2 e-mail, 3 red packet
	Type        int      `json:"intercept_type"` // 1 warn and stop, 2 warn
	Users       []string `json:"users"`
	Departments []int64  `json:"departments"`
}

type interceptRange struct {
	Users       []string `json:"user_list"`
	Departments []int64  `json:"department_list"`
}

type interceptIn struct {
	ID        string         `json:"rule_id"`
	Name      string         `json:"rule_name"`
	Words     []string       `json:"word_list"`
	Semantics []int          `json:"semantics_list"`
	Type      int            `json:"intercept_type"`
	Range     interceptRange `json:"applicable_range"`
	Extra     struct {
		Semantics []int `json:"semantics_list"`
	} `json:"extra_rule"`
	Add    interceptRange `json:"add_applicable_range"`
	Remove interceptRange `json:"remove_applicable_range"`
}

const (
	maxRules = 100
	maxWords = 300
)

func (c *call) checkRule(r *Intercept) error {
	switch {
	case r.Name == "" || chars(r.Name) > 20:
		return fail(40058, "rule_name has 1-20 characters")
	case len(r.Words) == 0 && len(r.Semantics) == 0:
		return fail(40063, "word_list and semantics_list")
	case len(r.Words) > maxWords:
		return fail(41068, "")
	case r.Type != 1 && r.Type != 2:
		return fail(40035, "intercept_type")
	case len(r.Users) == 0 && len(r.Departments) == 0:
		return fail(40063, "applicable_range")
	case len(r.Users) > 1000 || len(r.Departments) > 1000:
		return fail(41076, "")
	}
	for _, w := range r.Words {
		if w == "" || chars(w) > 32 {
			return fail(41083, "%q", w)
		}
	}
	for _, s := range r.Semantics {
		if s < 1 || s > 3 {
			return fail(41084, "")
		}
	}
	for _, other := range c.Rules {
		if other.Name == r.Name && other.ID != r.ID {
			return fail(41077, "")
		}
	}
	for _, id := range r.Users {
		if c.Users[id] == nil {
			return fail(40003, "%s", id)
		}
	}
	for _, id := range r.Departments {
		if c.department(id) == nil {
			return fail(40066, "%d", id)
		}
	}
	return nil
}

// interceptAdd answers 「新建敏感词规则」.
func interceptAdd(c *call, in *interceptIn) (any, error) {
	r := &Intercept{ID: random(32), CreatedAt: c.unix(), Name: in.Name, Words: in.Words, Semantics: in.Semantics, Type: in.Type, Users: in.Range.Users, Departments: in.Range.Departments}
	if err := c.checkRule(r); err != nil {
		return nil, err
	}
	if len(c.Rules) >= maxRules {
		return nil, fail(41069, "")
	}
	r.Serial = c.next()
	c.Rules[r.ID] = r
	return reply{"rule_id": r.ID}, nil
}

// interceptList answers 「获取敏感词规则列表」.
func interceptList(c *call) (any, error) {
	var all []*Intercept
	for _, r := range c.Rules {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Serial < all[j].Serial })
	out := []reply{}
	for _, r := range all {
		out = append(out, reply{"rule_id": r.ID, "rule_name": r.Name, "create_time": r.CreatedAt})
	}
	return reply{"rule_list": out}, nil
}

func (c *call) rule(id string) (*Intercept, error) {
	if r := c.Rules[id]; r != nil {
		return r, nil
	}
	if c.GoneRules[id] {
		return nil, fail(41071, "")
	}
	return nil, fail(41070, "")
}

// interceptGet answers 「获取敏感词规则详情」.
func interceptGet(c *call, in *interceptIn) (any, error) {
	r, err := c.rule(in.ID)
	if err != nil {
		return nil, err
	}
	semantics := r.Semantics
	if semantics == nil {
		semantics = []int{}
	}
	return reply{"rule": reply{"rule_id": r.ID, "rule_name": r.Name, "word_list": list(r.Words), "extra_rule": reply{"semantics_list": semantics},
		"intercept_type": r.Type, "applicable_range": interceptRange{Users: list(r.Users), Departments: append([]int64{}, r.Departments...)}}}, nil
}

// interceptUpdate answers 「修改敏感词规则」.
func interceptUpdate(c *call, in *interceptIn) (any, error) {
	r, err := c.rule(in.ID)
	if err != nil {
		return nil, err
	}
	next := *r
	next.Name = or(in.Name, next.Name)
	if in.Words != nil {
		next.Words = in.Words
	}
	if in.Extra.Semantics != nil {
		next.Semantics = in.Extra.Semantics
	}
	if in.Type != 0 {
		next.Type = in.Type
	}
	next.Users = append(without(next.Users, slices.Concat(in.Add.Users, in.Remove.Users)...), in.Add.Users...)
	next.Departments = append(slices.DeleteFunc(slices.Clone(next.Departments), func(id int64) bool {
		return slices.Contains(in.Add.Departments, id) || slices.Contains(in.Remove.Departments, id)
	}), in.Add.Departments...)
	if err := c.checkRule(&next); err != nil {
		return nil, err
	}
	*r = next
	return reply{}, nil
}

// interceptDelete answers 「删除敏感词规则」.
func interceptDelete(c *call, in *interceptIn) (any, error) {
	if _, err := c.rule(in.ID); err != nil {
		return nil, err
	}
	delete(c.Rules, in.ID)
	c.GoneRules[in.ID] = true
	return reply{}, nil
}
