package wecom

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrScan is what a person sees who scans a code that no longer works.
var ErrScan = errors.New("the code does not work")

// Scanned is what came of a scan.
type Scanned struct {
	// Outcome: added, requested (the member must accept), half (the customer may write,
	// the member has not accepted), already (they are friends), joined (a group),
	// member (was in the group before), opened (customer service).
	Outcome  string `json:"outcome"`
	Corp     string `json:"corp,omitempty"`
	User     string `json:"userid,omitempty"`
	External string `json:"external_userid,omitempty"`
	Chat     string `json:"chat_id,omitempty"`
	Desk     string `json:"open_kfid,omitempty"`
	Request  int64  `json:"request,omitempty"`
	Account  string `json:"appid,omitempty"` // an official account, with the outcomes followed and scanned
}

// Request is a wish to be friends that the member must accept.
type Request struct {
	ID     int64  `json:"id"`
	Person string `json:"person"`
	Follow Follow `json:"follow"`
	At     int64  `json:"at"` // seconds
}

// HasWay reports whether a contact way is of this corp.
func (c *Corp) HasWay(id string) (ok bool) {
	_ = c.do(func() error { ok = c.Ways[id] != nil; return nil })
	return ok
}

// ScanWay lets a person scan the code of a contact way. With half the customer is
// added without the member having accepted (「外部联系人免验证添加成员事件」).
func (c *Corp) ScanWay(person, way string, half bool) (out Scanned, err error) {
	err = c.do(func() error {
		w := c.Ways[way]
		switch {
		case w == nil:
			return fmt.Errorf("%w: it was deleted", ErrScan)
		case w.IsTemp && c.now().Unix() > w.CreatedAt+w.Expires:
			return fmt.Errorf("%w: it has expired", ErrScan)
		}
		if p, _ := c.world.People.Get(person); w.IsTemp && w.Unionid != "" && w.Unionid != p.Unionid(c.OpenAccount) {
			return fmt.Errorf("%w: it is for somebody else", ErrScan)
		}
		out, err = c.meet(person, c.wayMembers(w.Users, w.Parties), &w.Turn, Follow{AddWay: addedByScan, State: w.State}, w.skips(), half)
		return err
	})
	return out, err
}

// meet makes a person a friend of one of the members: of whom it is a friend already,
// else of the next in turn who may have customers.
func (c *Corp) meet(person string, users []string, turn *int, f Follow, skip, half bool) (Scanned, error) {
	if _, ok := c.world.People.Get(person); !ok {
		return Scanned{}, unknown("customer", person)
	}
	external := c.externalID(person)
	out := Scanned{Corp: c.ID, External: external}
	users = slices.DeleteFunc(users, func(id string) bool { return c.Users[id] == nil || !c.Users[id].serves() })
	if x := c.Contacts[external]; x != nil {
		for _, have := range x.Follows {
			if slices.Contains(users, have.User) && !have.OneSided {
				out.Outcome, out.User = "already", have.User
				return out, nil
			}
		}
	}
	users = slices.DeleteFunc(users, func(id string) bool { return c.full(id) })
	if len(users) == 0 {
		return out, fmt.Errorf("%w: nobody behind it can take customers", ErrScan)
	}
	f.User = users[*turn%len(users)]
	*turn++
	out.User = f.User
	if f.Link != "" { // 「通过获客链接申请好友事件」
		c.emit(c.newEvent("customer_acquisition", "friend_request", "sys").add("LinkId", f.Link).add("State", f.State), toCustomers(f.User))
	}
	if !skip {
		r := &Request{ID: c.next(), Person: person, Follow: f, At: c.now().Unix()}
		c.Requests = append(c.Requests, r)
		out.Outcome, out.Request = "requested", r.ID
		return out, nil
	}
	out.Outcome = "added"
	if half {
		out.Outcome = "half"
	}
	c.becomeFriends(person, f, half)
	return out, nil
}

// full reports whether a member has as many friends as one may; those made in bulk do
// not count.
func (c *Corp) full(user string) bool { return c.friends[user] >= c.world.Limits.FriendsPerUser }

// becomeFriends begins or mends a friendship and tells the corp's apps. Documentation
// pages: 「添加企业客户事件」, 「外部联系人免验证添加成员事件」.
func (c *Corp) becomeFriends(person string, f Follow, half bool) {
	x := c.contactOf(person)
	have := x.follow(f.User)
	if have == nil {
		f.Oper = or(f.Oper, x.ID)
		have = c.befriend(x, &f)
	}
	have.CreatedAt, have.AddWay, have.State, have.Link = c.now().Unix(), f.AddWay, f.State, f.Link
	have.OneSided, have.Half, have.Chatted = false, half, false
	change := "add_external_contact"
	if half {
		change = "add_half_external_contact"
	}
	code := c.welcomeCode(have, x.ID)
	c.emit(c.newEvent("change_external_contact", change, "sys").about(f.User, x.ID).add("State", f.State).add("WelcomeCode", code), toCustomers(f.User))
}

// Accept lets the member accept a request.
func (c *Corp) Accept(request int64) error {
	return c.do(func() error {
		i := slices.IndexFunc(c.Requests, func(r *Request) bool { return r.ID == request })
		if i < 0 {
			return unknown("request", fmt.Sprint(request))
		}
		r := c.Requests[i]
		c.Requests = slices.Delete(c.Requests, i, i+1)
		if u := c.Users[r.Follow.User]; u == nil {
			return unknown("member", r.Follow.User)
		}
		c.becomeFriends(r.Person, r.Follow, false)
		return nil
	})
}

// AcceptHalf lets the member accept a customer who was added without being accepted.
func (c *Corp) AcceptHalf(user, external string) error {
	return c.do(func() error {
		x, f, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		if !f.Half {
			return fmt.Errorf("%w: they are friends already", ErrArgument)
		}
		f.Half = false
		// A welcome code came with the half event; it does not come twice.
		c.emit(c.newEvent("change_external_contact", "add_external_contact", "sys").about(user, x.ID).add("State", f.State), toCustomers(user))
		return nil
	})
}

// Say lets a customer write to a member. Members' talks cause no callback but for
// chat archiving and for the first word of a customer who came by an acquisition link.
func (c *Corp) Say(external, user, text string) error {
	return c.do(func() error {
		x, f, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		if f.OneSided {
			return fmt.Errorf("%w: the customer has deleted the member", ErrArgument)
		}
		first := !f.Chatted
		f.Chatted = true
		c.say(user, x.ID, Line{From: "customer", Kind: "text", Text: text})
		if first && f.Link != "" {
			c.emit(c.newEvent("customer_acquisition", "customer_start_chat", "sys").about(user, x.ID), toCustomers(user))
		}
		c.archived(user)
		return nil
	})
}

// Reply lets a member write to a customer.
func (c *Corp) Reply(user, external, text string) error {
	return c.do(func() error {
		x, f, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		if f.OneSided {
			return fmt.Errorf("%w: the customer has deleted the member", ErrArgument)
		}
		f.Chatted = true
		c.say(user, x.ID, Line{From: user, Kind: "text", Text: text})
		c.archived(user)
		return nil
	})
}

// DeleteMember lets a customer delete a member: the friendship stays, one-sided.
// Documentation page: 「删除跟进成员事件」.
func (c *Corp) DeleteMember(external, user string) error {
	return c.do(func() error {
		x, f, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		if f.OneSided {
			return fmt.Errorf("%w: the customer has deleted the member before", ErrArgument)
		}
		f.OneSided = true
		c.emit(c.newEvent("change_external_contact", "del_follow_user", "sys").about(user, x.ID), toCustomers(user))
		return nil
	})
}

// DeleteCustomer lets a member delete a customer. Documentation page:
// 「删除企业客户事件」.
func (c *Corp) DeleteCustomer(user, external string) error {
	return c.do(func() error {
		x, _, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		c.unfriend(x, user)
		c.emit(c.newEvent("change_external_contact", "del_external_contact", "sys").about(user, x.ID), toCustomers(user))
		return nil
	})
}

// EditCustomer lets a member change the remark and the tags of a customer in the app.
// Documentation page: 「编辑企业客户事件」.
func (c *Corp) EditCustomer(user, external, remark string, add, remove []string) error {
	return c.do(func() error {
		x, f, err := c.mustFollow(user, external)
		if err != nil {
			return err
		}
		for _, id := range add {
			if _, t := c.tag(id); t == nil {
				return unknown("tag", id)
			}
		}
		f.Remark = or(remark, f.Remark)
		f.Tags = append(without(f.Tags, slices.Concat(add, remove)...), add...)
		c.emit(c.newEvent("change_external_contact", "edit_external_contact", "sys").about(user, x.ID).add("State", f.State), toCustomers(user))
		return nil
	})
}

// Leave lets a member leave the corp: the customers wait to be handed over.
// Documentation page: 「删除成员事件」.
func (c *Corp) Leave(user string) error {
	return c.do(func() error {
		u, err := c.mustUser(user)
		if err != nil {
			return err
		}
		delete(c.Users, user)
		c.Left[user] = &departed{User: u, At: c.now().Unix()}
		c.Requests = slices.DeleteFunc(c.Requests, func(r *Request) bool { return r.Follow.User == user })
		c.emit(c.userEvent("delete_user", u), toContacts)
		return nil
	})
}

// seconds of a duration, as the platform writes times.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }
