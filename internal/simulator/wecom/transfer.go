package wecom

import (
	"fmt"
	"slices"
	"time"
)

// Transfer hands a customer from one member to another; it takes effect a day later
// unless the customer refuses.
type Transfer struct {
	Handover string `json:"handover"`
	Takeover string `json:"takeover"`
	External string `json:"external"`
	Resigned bool   `json:"resigned"`
	Message  string `json:"message"`
	At       int64  `json:"at"`  // seconds
	Due      int64  `json:"due"` // when it takes effect, or when it did
	Status   int    `json:"status"`
}

// What became of a transfer. Documentation page: 「查询客户接替状态」.
const (
	taken   = 1
	waiting = 2
	refused = 3
	over    = 4
)

const (
	transferWait  = 24 * time.Hour
	transferSpan  = 90 * 24 * time.Hour
	transferTimes = 2
)

type transferIn struct {
	Handover string   `json:"handover_userid"`
	Takeover string   `json:"takeover_userid"`
	External []string `json:"external_userid"`
	Message  string   `json:"transfer_success_msg"`
}

// transfer answers 「分配在职成员的客户」, and 「分配离职成员的客户」 when resigned.
func transfer(resigned bool) func(*call, *transferIn) (any, error) {
	return func(c *call, in *transferIn) (any, error) {
		switch {
		case in.Handover == "" || in.Takeover == "":
			return nil, fail(41009, "")
		case len(in.External) == 0:
			return nil, fail(41035, "")
		case len(in.External) > 100:
			return nil, fail(40058, "external_userid exceed max length 100")
		case chars(in.Message) > 200:
			return nil, fail(40058, "transfer_success_msg exceed max length 200")
		case in.Handover == in.Takeover:
			return nil, fail(40130, "")
		case resigned && c.Users[in.Handover] != nil:
			return nil, fail(40097, "")
		case resigned && c.Left[in.Handover] == nil:
			return nil, fail(40003, "%s", in.Handover)
		}
		if !resigned {
			if err := c.mayActFor(in.Handover); err != nil {
				return nil, err
			}
		}
		if err := c.checkRange([]string{in.Takeover}, nil); err != nil {
			return nil, err
		}
		out := []reply{}
		for _, external := range in.External {
			code := c.beginTransfer(in, external, resigned)
			out = append(out, reply{"external_userid": external, "errcode": code})
		}
		c.plan()
		return reply{"customer": out}, nil
	}
}

func (c *call) beginTransfer(in *transferIn, external string, resigned bool) int {
	if !validExternal(external) {
		return 40096
	}
	x := c.contact(external, true)
	if x == nil {
		return 40096
	}
	f := x.follow(in.Handover)
	if f == nil {
		return 40131
	}
	if slices.ContainsFunc(c.Transfers, func(t *Transfer) bool {
		return t.Status == waiting && t.External == external && t.Handover == in.Handover
	}) {
		return 40129
	}
	recent := 0
	for _, at := range f.Moved {
		if c.unix()-at < int64(transferSpan/time.Second) {
			recent++
		}
	}
	if !resigned && recent >= transferTimes {
		return 40128
	}
	c.Transfers = append(c.Transfers, &Transfer{Handover: in.Handover, Takeover: in.Takeover, External: external, Resigned: resigned,
		Message: in.Message, At: c.unix(), Due: c.at.Add(transferWait).Unix(), Status: waiting})
	return 0
}

// plan asks to be called when the next transfer takes effect.
func (c *Corp) plan() {
	next := int64(0)
	for _, t := range c.Transfers {
		if t.Status == waiting && (next == 0 || t.Due < next) {
			next = t.Due
		}
	}
	c.nextDue = next
	if next > 0 {
		c.world.Dispatcher.After(time.Unix(next, 0), func() { _ = c.do(func() error { return nil }) })
	}
}

// settleTransfers lets transfers take effect that are due.
func (c *Corp) settleTransfers(now time.Time) {
	if c.nextDue == 0 || now.Unix() < c.nextDue {
		return
	}
	for _, t := range c.Transfers {
		if t.Status == waiting && t.Due <= now.Unix() {
			c.takeOver(t)
		}
	}
	c.plan()
}

// takeOver moves a customer. The former member is told that the customer is gone, with
// the source DELETE_BY_TRANSFER; the new one that it came.
func (c *Corp) takeOver(t *Transfer) {
	x := c.contact(t.External, true)
	if x == nil {
		t.Status = over
		return
	}
	old := x.follow(t.Handover)
	if old == nil || c.Users[t.Takeover] == nil || c.full(t.Takeover) {
		t.Status = over
		c.transferFailed(t, "customer_limit_exceed")
		return
	}
	fresh := Follow{User: t.Takeover, Remark: old.Remark, Description: old.Description, Company: old.Company, Mobiles: old.Mobiles, Tags: old.Tags,
		CreatedAt: t.Due, AddWay: addedByTransfer, Oper: "admin", State: old.State, Moved: old.Moved}
	if !t.Resigned {
		fresh.Moved = append(slices.Clone(old.Moved), t.Due)
	}
	c.unfriend(x, t.Handover)
	if x.follow(t.Takeover) == nil {
		c.befriend(x, &fresh)
	}
	t.Status = taken
	if !t.Resigned {
		c.emit(c.newEvent("change_external_contact", "del_external_contact", "sys").about(t.Handover, x.ID).add("Source", "DELETE_BY_TRANSFER"), toCustomers(t.Handover))
	}
	c.emit(c.newEvent("change_external_contact", "add_external_contact", "sys").about(t.Takeover, x.ID).add("State", fresh.State), toCustomers(t.Takeover))
	text := t.Message
	if text == "" {
		text = "您好，您的服务已升级，后续将由我的同事接替我的工作，继续为您服务。"
	}
	c.say(t.Takeover, x.ID, Line{From: t.Takeover, Kind: "text", Text: text, Via: "transfer"})
}

// transferFailed tells of a transfer that failed. Documentation page: 「客户接替失败事件」.
func (c *Corp) transferFailed(t *Transfer, reason string) {
	c.emit(c.newEvent("change_external_contact", "transfer_fail", "sys").add("FailReason", reason).about(t.Takeover, t.External), toCustomers(t.Takeover))
}

// RefuseTransfer lets a customer refuse the new member.
func (c *Corp) RefuseTransfer(external, takeover string) error {
	return c.endTransfer(external, takeover, func(t *Transfer) {
		t.Status = refused
		c.transferFailed(t, "customer_refused")
	})
}

// HastenTransfer lets a transfer take effect now.
func (c *Corp) HastenTransfer(external, takeover string) error {
	return c.endTransfer(external, takeover, func(t *Transfer) {
		t.Due = c.now().Unix()
		c.takeOver(t)
	})
}

func (c *Corp) endTransfer(external, takeover string, end func(*Transfer)) error {
	return c.do(func() error {
		for _, t := range c.Transfers {
			if t.Status == waiting && t.External == external && t.Takeover == takeover {
				end(t)
				return nil
			}
		}
		return fmt.Errorf("no transfer of %s to %s is under way: %w", external, takeover, ErrUnknown)
	})
}

type transferResultIn struct {
	Handover string `json:"handover_userid"`
	Takeover string `json:"takeover_userid"`
	Cursor   string `json:"cursor"`
}

// transferResult answers 「查询客户接替状态」 of members in service, or of those who left.
func transferResult(resigned bool) func(*call, *transferResultIn) (any, error) {
	return func(c *call, in *transferResultIn) (any, error) {
		if in.Handover == "" || in.Takeover == "" {
			return nil, fail(41009, "")
		}
		out := []reply{}
		for _, t := range c.Transfers {
			if t.Resigned == resigned && t.Handover == in.Handover && t.Takeover == in.Takeover {
				out = append(out, reply{"external_userid": t.External, "status": t.Status, "takeover_time": t.Due})
			}
		}
		page, next, err := paged(out, in.Cursor, 0, 1000, 1000)
		return reply{"customer": page, "next_cursor": next}, err
	}
}

// unassigned answers 「获取待分配的离职成员列表」.
func unassigned(c *call, in *struct {
	Page   int    `json:"page_id"`
	Cursor string `json:"cursor"`
	Size   int    `json:"page_size"`
}) (any, error) {
	busy := map[string]bool{}
	for _, t := range c.Transfers {
		if t.Status == waiting {
			busy[t.Handover+"|"+t.External] = true
		}
	}
	var all []reply
	users := make([]string, 0, len(c.Left))
	for id := range c.Left {
		users = append(users, id)
	}
	slices.SortFunc(users, func(a, b string) int { return int(c.Left[a].Serial - c.Left[b].Serial) })
	for _, id := range users {
		c.eachFriend(id, place{}, func(x *Contact, _ *Follow) bool {
			if !busy[id+"|"+x.ID] {
				all = append(all, reply{"handover_userid": id, "external_userid": x.ID, "dimission_time": c.Left[id].At})
			}
			return true
		})
	}
	if in.Size == 0 {
		in.Size = 1000
	}
	if in.Cursor == "" && in.Page > 0 {
		in.Cursor = makeCursor(int64(in.Page * in.Size))
	}
	page, next, err := paged(all, in.Cursor, in.Size, 1000, 1000)
	return reply{"info": page, "is_last": next == "", "next_cursor": next}, err
}
