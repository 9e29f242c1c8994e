package wecom

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Department is a part of the corp; the root has id 1.
type Department struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Parent int64  `json:"parentid"`
	Order  int64  `json:"order"`
}

// User is a member (成员) of the corp.
type User struct {
	ID          string  `json:"userid"`
	Name        string  `json:"name"`
	Departments []int64 `json:"department"`
	Position    string  `json:"position"`
	Mobile      string  `json:"mobile"` // never told to self-built apps since 2022
	Gender      int     `json:"gender"`
	Inactive    bool    `json:"inactive"`   // has never signed in: status 4
	Unverified  bool    `json:"unverified"` // without real-name verification: may not use customer contact
	NoCustomers bool    `json:"no_customers"`
	OwnWelcome  bool    `json:"own_welcome"` // greets by a welcome set in the admin console: no WelcomeCode
	Serial      int64   `json:"serial"`      // order of joining
	Follows     []int64 `json:"follows"`     // serials of its friendships, oldest first; some may be gone
}

// departed is a member who left; the friendships wait to be handed over.
type departed struct {
	*User
	At int64 `json:"at"` // seconds
}

// anyUser finds a member, present or departed.
func (c *Corp) anyUser(id string) *User {
	if u := c.Users[id]; u != nil {
		return u
	}
	if d := c.Left[id]; d != nil {
		return d.User
	}
	return nil
}

func (u *User) status() int {
	if u.Inactive {
		return 4
	}
	return 1
}

// serves reports whether the member may have customers.
func (u *User) serves() bool { return !u.NoCustomers && !u.Unverified && !u.Inactive }

var userID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$`)

// AddUser adds a member to departments (the root when none are named), as in the
// admin console: the contact sync assistant hears of it.
func (c *Corp) AddUser(u User) error {
	return c.do(func() error {
		if err := c.addUser(&u); err != nil {
			return err
		}
		c.emit(c.userEvent("create_user", &u), toContacts)
		return nil
	})
}

// AddUsers adds many members silently.
func (c *Corp) AddUsers(list []User) error {
	return c.do(func() error {
		for i := range list {
			u := list[i]
			if err := c.addUser(&u); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Corp) addUser(u *User) error {
	if !userID.MatchString(u.ID) {
		return fmt.Errorf("%w: userid %q is not 1–64 letters, digits, _ - @ .", ErrArgument, u.ID)
	}
	if c.Users[u.ID] != nil {
		return fmt.Errorf("member %q %w", u.ID, ErrExists)
	}
	if u.Name == "" {
		u.Name = u.ID
	}
	if len(u.Departments) == 0 {
		u.Departments = []int64{1}
	}
	for _, id := range u.Departments {
		if c.department(id) == nil {
			return unknown("department", strconv.FormatInt(id, 10))
		}
	}
	u.Serial, u.Follows = c.next(), nil
	c.Users[u.ID] = u
	return nil
}

// UpdateUser changes a member's name and position, as in the admin console.
func (c *Corp) UpdateUser(id, name, position string) error {
	return c.do(func() error {
		u := c.Users[id]
		if u == nil {
			return unknown("member", id)
		}
		if name != "" {
			u.Name = name
		}
		if position != "" {
			u.Position = position
		}
		c.emit(c.userEvent("update_user", u), toContacts)
		return nil
	})
}

func (c *Corp) userEvent(change string, u *User) *event {
	e := c.newEvent("change_contact", change, "sys").add("UserID", u.ID)
	e.key = u.ID
	if change == "delete_user" {
		return e
	}
	ids := make([]string, len(u.Departments))
	for i, id := range u.Departments {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return e.add("Name", u.Name).add("Department", strings.Join(ids, ",")).add("Position", u.Position).number("Status", int64(u.status()))
}

// AddDepartment adds a department below another, as in the admin console.
func (c *Corp) AddDepartment(name string, parent int64) (int64, error) {
	var id int64
	err := c.do(func() error {
		if parent == 0 {
			parent = 1
		}
		if c.department(parent) == nil {
			return unknown("department", strconv.FormatInt(parent, 10))
		}
		if name == "" || chars(name) > 64 {
			return fmt.Errorf("%w: a department's name has 1–64 characters", ErrArgument)
		}
		for _, d := range c.Departments {
			id = max(id, d.ID)
		}
		id++
		c.Departments = append(c.Departments, &Department{ID: id, Name: name, Parent: parent, Order: 100_000_000 - id})
		e := c.newEvent("change_contact", "create_party", "sys").number("Id", id).add("Name", name).number("ParentId", parent)
		c.emit(e, toContacts)
		return nil
	})
	return id, err
}

func (c *Corp) department(id int64) *Department {
	for _, d := range c.Departments {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// below lists a department and, when deep, all departments under it.
func (c *Corp) below(id int64, deep bool) []int64 {
	list := []int64{id}
	for i := 0; deep && i < len(list); i++ {
		for _, d := range c.Departments {
			if d.Parent == list[i] && d.ID != list[i] {
				list = append(list, d.ID)
			}
		}
	}
	return list
}

// members lists who is in the departments, in order of joining.
func (c *Corp) members(departments []int64) []*User {
	var list []*User
	for _, u := range c.Users {
		if slices.ContainsFunc(u.Departments, func(id int64) bool { return slices.Contains(departments, id) }) {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b *User) int { return int(a.Serial - b.Serial) })
	return list
}

// detail is a member as the API tells it. Since 2022 self-built apps are not told
// mobile, gender, e-mail, avatar and personal QR code. Documentation page: 「读取成员」.
func (c *Corp) detail(u *User) reply {
	orders, leaders := make([]int, len(u.Departments)), make([]int, len(u.Departments))
	return reply{
		"userid": u.ID, "name": u.Name, "department": u.Departments, "order": orders, "is_leader_in_dept": leaders,
		"position": u.Position, "status": u.status(), "enable": 1, "isleader": 0, "alias": "", "telephone": "",
		"main_department": u.Departments[0], "extattr": reply{"attrs": []string{}}, "hide_mobile": 0, "open_userid": "wo" + u.ID,
	}
}

func userGet(c *call) (any, error) {
	id := c.query.Get("userid")
	u := c.Users[id]
	switch {
	case id == "":
		return nil, fail(41009, "")
	case u == nil:
		return nil, fail(60111, "")
	case !c.app.sees(id):
		return nil, fail(60011, "")
	}
	return c.detail(u), nil
}

// membersOf are the members of the department that the query names, those that the
// app sees. Documentation pages: 「获取部门成员」, 「获取部门成员详情」.
func (c *call) membersOf() ([]*User, error) {
	id, err := strconv.ParseInt(c.query.Get("department_id"), 10, 64)
	if err != nil {
		return nil, fail(60123, "")
	}
	if c.department(id) == nil {
		return nil, fail(60003, "")
	}
	list := c.members(c.below(id, c.query.Get("fetch_child") == "1"))
	return slices.DeleteFunc(list, func(u *User) bool { return !c.app.sees(u.ID) }), nil
}

func userSimpleList(c *call) (any, error) {
	list, err := c.membersOf()
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, u := range list {
		out = append(out, reply{"userid": u.ID, "name": u.Name, "department": u.Departments, "open_userid": "wo" + u.ID})
	}
	return reply{"userlist": out}, nil
}

func userList(c *call) (any, error) {
	list, err := c.membersOf()
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, u := range list {
		out = append(out, c.detail(u))
	}
	return reply{"userlist": out}, nil
}

// departmentList answers 「获取部门列表」.
func departmentList(c *call) (any, error) {
	ids, err := c.departmentIDs()
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, id := range ids {
		d := c.department(id)
		out = append(out, reply{"id": d.ID, "name": d.Name, "name_en": "", "parentid": d.Parent, "order": d.Order, "department_leader": []string{}})
	}
	return reply{"department": out}, nil
}

// departmentSimpleList answers 「获取子部门ID列表」.
func departmentSimpleList(c *call) (any, error) {
	ids, err := c.departmentIDs()
	if err != nil {
		return nil, err
	}
	out := []reply{}
	for _, id := range ids {
		d := c.department(id)
		out = append(out, reply{"id": d.ID, "parentid": d.Parent, "order": d.Order})
	}
	return reply{"department_id": out}, nil
}

func (c *call) departmentIDs() ([]int64, error) {
	id := int64(1)
	if text := c.query.Get("id"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || c.department(n) == nil {
			return nil, fail(60003, "")
		}
		id = n
	}
	return c.below(id, true), nil
}

// userListID answers 「获取成员ID列表」, for the contact sync assistant too.
func userListID(c *call, in *struct {
	Cursor string
	Limit  int
}) (any, error) {
	out := []reply{}
	for _, u := range c.members(c.below(1, true)) {
		for _, d := range u.Departments {
			out = append(out, reply{"userid": u.ID, "department": d})
		}
	}
	page, next, err := paged(out, in.Cursor, in.Limit, 10_000, 10_000)
	return reply{"dept_user": page, "next_cursor": next}, err
}
