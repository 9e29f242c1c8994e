package campaign

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Sample is a message as one person would read it.
type Sample struct {
	PersonID  string `json:"person_id"`
	Name      string `json:"name"`
	AccountID string `json:"account_id" doc:"Over which it would go; empty: they cannot be reached"`
	Carrier   string `json:"carrier"`
	Variant   string `json:"variant,omitempty" doc:"Of several, the one that is shown"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
	HTML      string `json:"html"`
	// Template and Parameters are of SMS, which has no text of ours.
	Template    string   `json:"template,omitempty" doc:"Over SMS: the approved template"`
	Parameters  []string `json:"parameters,omitempty" nullable:"false" doc:"Over SMS: what is put into it"`
	Attachments []string `json:"attachments,omitempty" nullable:"false" doc:"Files that go along"`
	Problem     string   `json:"problem,omitempty" doc:"Why they would not get it"`
}

// PreviewInput says for whom a message is shown.
type PreviewInput struct {
	PersonID string `json:"person_id,omitempty" maxLength:"64" doc:"Empty: some people of the segment"`
	Variant  string `json:"variant,omitempty" maxLength:"20" doc:"Of several; empty: the first"`
}

const previewed = 5

// Preview shows a campaign as people would read it.
func (s *Service) Preview(ctx context.Context, id string, in PreviewInput) (out []Sample, err error) {
	a := actor(ctx)
	r, c, seqs, err := s.draftFor(ctx, id, in.PersonID, previewed)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		accounts, err := s.chosen(ctx, tx, a.OrgID, r)
		if err != nil {
			return err
		}
		people, err := s.read(ctx, tx, a.OrgID, seqs, accounts, c)
		if err != nil {
			return err
		}
		out = make([]Sample, len(people))
		for i := range people {
			out[i] = sample(ctx, c, in.Variant, &people[i], org, accounts)
		}
		return nil
	})
	return out, err
}

func sample(ctx context.Context, c *content, variant string, o *one, org OrgSettings, accounts []Account) Sample {
	arm := c.arm(variant)
	m := arm.writeFor(c, o, org, accounts)
	out := Sample{PersonID: o.ID, Name: o.Name, Variant: arm.name, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Template: m.Template, Parameters: m.Parameters}
	if len(o.addresses) > 0 {
		out.AccountID, out.Carrier = o.addresses[0].AccountID, o.addresses[0].Carrier
		out.Attachments = c.along(out.Carrier)
	}
	switch {
	case m.Err != nil:
		out.Problem = errs.As(m.Err).Text.In(i18n.From(ctx))
	case len(accounts) == 0:
		out.Problem = i18n.T("还没有选择可用的账号", "No account that works is chosen").In(i18n.From(ctx))
	case len(o.addresses) == 0:
		out.Problem = i18n.T("所选账号都联系不到这位客户", "Cannot be reached over any of the accounts").In(i18n.From(ctx))
	}
	return out
}

// writeFor makes a message as it would go to somebody now, over the first account
// that reaches them.
func (a *arm) writeFor(c *content, o *one, org OrgSettings, accounts []Account) Message {
	values := c.sampled(o, org)
	if len(o.addresses) == 0 && onlyTemplates(accounts) {
		return Message{}
	}
	if len(o.addresses) == 0 {
		return a.write(values)
	}
	if o.addresses[0].Carrier == overSMS {
		return c.sms.write(values)
	}
	m := a.write(values)
	if i := slices.IndexFunc(accounts, func(x Account) bool { return x.ID == o.addresses[0].AccountID }); i >= 0 && m.Err == nil {
		m.Err = tooLong(m.Text, accounts[i].MaxText)
	}
	return m
}

// draftFor reads a campaign and finds a person, or up to most of its segment,
// spread over it.
func (s *Service) draftFor(ctx context.Context, id, personID string, most int) (r *row, c *content, seqs []uint32, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if r, err = load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		if personID != "" {
			seq, err := s.Audience.Seq(ctx, tx, a.OrgID, personID)
			seqs = []uint32{seq}
			return err
		}
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if c, err = newContent(r, nil); err != nil {
		return nil, nil, nil, err
	}
	if personID == "" && r.segment != "" {
		members, _, err := s.Audience.Members(ctx, a.OrgID, r.segment)
		if err != nil {
			return nil, nil, nil, err
		}
		n := members.GetCardinality()
		for i := range min(uint64(most), n) {
			seq, err := members.Select(uint32(i * n / min(uint64(most), n)))
			if err != nil {
				return nil, nil, nil, err
			}
			seqs = append(seqs, seq)
		}
	}
	return r, c, seqs, nil
}

// Check is what would happen if a campaign were sent at its time.
type Check struct {
	People     int64         `json:"people" doc:"In the segment now"`
	Looked     int64         `json:"looked" doc:"How many of them were looked at; below people, the numbers are those of an even sample"`
	At         time.Time     `json:"at" doc:"The time for which the gate was asked; of a series that of its first"`
	Tally      Tally         `json:"tally" doc:"What the gate says of those looked at"`
	Unwritten  int           `json:"unwritten" doc:"Of those looked at, for how many it cannot be written"`
	Problem    string        `json:"problem,omitempty" doc:"Why it could not be written for the first of them"`
	HoldoutBP  int64         `json:"holdout_bp"`
	GlobalBP   int           `json:"global_bp" doc:"0 for campaigns that are not marketing"`
	Approval   bool          `json:"needs_approval" doc:"A second person must approve"`
	Routes     []Route       `json:"routes" doc:"Over which account those looked at would get it first, in the campaign's order"`
	Nobody     int           `json:"nobody" doc:"Of those looked at, how many cannot be reached over any of the accounts"`
	Late       int           `json:"late_people" doc:"Of those looked at, for how many its hour has passed already where they are: they get it at once"`
	Coupons    *CouponsAsked `json:"coupons" doc:"Of the pool whose codes it gives away; null without"`
	Links      []Link        `json:"links"`
	Warnings   []string      `json:"warnings" doc:"What should be looked at before it is submitted"`
	NeededEach int64         `json:"needed_each" doc:"About how many people, treated and held out alike, it takes to tell a rise of orders from 5 to 6 in a hundred"`
}

// CouponsAsked says whether there are enough codes.
type CouponsAsked struct {
	PoolID string `json:"pool_id"`
	Pool   string `json:"pool"`
	Left   int64  `json:"left"`
	Needed int64  `json:"needed" doc:"If everybody of the segment who is not left out can be reached"`
}

// looked bounds how many people a check looks at.
const looked = 20_000

// Check says how many would get a campaign, wait, or be held back, and why.
func (s *Service) Check(ctx context.Context, id string) (out Check, err error) {
	a := actor(ctx)
	r, c, seqs, err := s.draftFor(ctx, id, "", looked)
	if err != nil {
		return out, err
	}
	var org OrgSettings
	var set Settings
	var accounts []Account
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if set, err = settingsOf(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if org, err = s.Orgs.Settings(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if err = s.complete(ctx, tx, a.OrgID, r); err != nil {
			return err
		}
		accounts, err = s.chosen(ctx, tx, a.OrgID, r)
		return err
	})
	if err != nil {
		return out, err
	}
	members, _, err := s.Audience.Members(ctx, a.OrgID, r.segment)
	if err != nil {
		return out, err
	}
	out = Check{People: int64(members.GetCardinality()), Looked: int64(len(seqs)), At: s.begins(r, org.Zone), Routes: []Route{}, HoldoutBP: r.holdout, NeededEach: neededForOrders()}
	if r.kind == Series {
		out.At = s.firstOf(r, org.Zone)
	}
	if out.At.Before(s.now()) {
		out.At = s.now()
	}
	out.Approval = r.approves(out.People, set)
	if r.purpose == Marketing {
		out.GlobalBP = set.GlobalBP
	}
	var failed error
	over := map[string]int{}
	out.Tally, err = s.Outbox.Preview(ctx, a.OrgID, r.purpose, out.At, s.recipients(ctx, a.OrgID, seqs, accounts, c, org, &failed, func(o *one) {
		if len(o.addresses) == 0 {
			out.Nobody++
			return
		}
		over[o.addresses[0].AccountID]++
		if c.local && !c.notBefore(o, org).After(s.now()) {
			out.Late++
		}
	}, func(m Message) {
		if out.Unwritten++; out.Problem == "" {
			out.Problem = errs.As(m.Err).Text.In(i18n.From(ctx))
		}
	}))
	for _, acc := range accounts {
		out.Routes = append(out.Routes, Route{acc.ID, acc.Carrier, over[acc.ID]})
	}
	if err == nil {
		err = failed
	}
	if err == nil {
		err = s.warn(ctx, a.OrgID, r, c, &out)
	}
	return out, err
}

// warn says what should be looked at before a campaign is submitted.
func (s *Service) warn(ctx context.Context, orgID string, r *row, c *content, out *Check) error {
	lang := i18n.From(ctx)
	out.Warnings, out.Links, out.Coupons = []string{}, nil, nil
	return s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if out.Links, err = s.links(ctx, tx, orgID, r); err != nil || c.pool == "" {
			return err
		}
		p, err := pool(ctx, tx, orgID, c.pool, false)
		if err != nil {
			return err
		}
		needed := out.People - out.People*(out.HoldoutBP+int64(out.GlobalBP))/wholeBP
		out.Coupons = &CouponsAsked{PoolID: p.ID, Pool: p.Name, Left: p.Left, Needed: needed}
		if p.Left < needed {
			out.Warnings = append(out.Warnings, i18n.T("优惠码只剩 %d 个，约需 %d 个；不够的人不会收到", "Only %d coupon codes are left and about %d are needed; those without one will not get it", p.Left, needed).In(lang))
		}
		return nil
	})
}

// recipients reads people in chunks, and tries to write to each.
func (s *Service) recipients(ctx context.Context, orgID string, seqs []uint32, accounts []Account, c *content, org OrgSettings, failed *error, each func(*one), unwritten func(Message)) iter.Seq[Recipient] {
	return func(yield func(Recipient) bool) {
		for len(seqs) > 0 {
			n := min(len(seqs), s.chunk)
			var people []one
			if *failed = s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
				people, err = s.read(ctx, tx, orgID, seqs[:n], accounts, c)
				return err
			}); *failed != nil {
				return
			}
			seqs = seqs[n:]
			for i := range people {
				each(&people[i])
				for _, a := range c.arms {
					if m := a.writeFor(c, &people[i], org, accounts); m.Err != nil {
						unwritten(m)
						break
					}
				}
				if !yield(Recipient{PersonID: people[i].ID, Addresses: people[i].addresses}) {
					return
				}
			}
		}
	}
}

// TestInput says to whom a test goes.
type TestInput struct {
	PersonID string `json:"person_id" minLength:"1" maxLength:"64" doc:"Somebody in the pool: usually a colleague"`
	Variant  string `json:"variant,omitempty" maxLength:"20" doc:"Of several; empty: the first"`
}

// Test sends the message to one person, as they would read it. It counts as
// service, not as marketing, and is no part of the campaign.
func (s *Service) Test(ctx context.Context, id string, in TestInput) (out Sample, err error) {
	a := actor(ctx)
	r, c, seqs, err := s.draftFor(ctx, id, in.PersonID, 1)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		accounts, err := s.chosen(ctx, tx, a.OrgID, r)
		if err != nil {
			return err
		}
		people, err := s.read(ctx, tx, a.OrgID, seqs, accounts, c)
		if err != nil || len(people) == 0 {
			return err
		}
		o := &people[0]
		if out = sample(ctx, c, in.Variant, o, org, accounts); out.Problem != "" {
			return errs.InvalidField("body.person_id", i18n.T("发不出去：%[1]s", "It cannot be sent: %[1]s", out.Problem))
		}
		// The text as it is now: the draft may change before the test leaves.
		data, err := json.Marshal(Message{Subject: strings.TrimSpace("[测试 Test] " + out.Subject), Text: out.Text, HTML: out.HTML, Files: out.Attachments, Template: out.Template, Parameters: out.Parameters})
		if err != nil {
			return err
		}
		plan := ids.New("tst")
		if err := s.Outbox.CreatePlan(ctx, tx, Plan{ID: plan, OrgID: a.OrgID, OriginID: r.id, Purpose: "transactional", Title: r.name, Test: true, StartAt: s.now(), EndAt: s.now().Add(time.Hour)}); err != nil {
			return err
		}
		if err := s.Outbox.Add(ctx, tx, a.OrgID, plan, []Recipient{{PersonID: o.ID, Addresses: o.addresses, Data: data}}); err != nil {
			return err
		}
		if err := s.Outbox.Start(ctx, tx, a.OrgID, plan); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.tested", "campaign", id, map[string]any{"person_id": o.ID})
	})
	return out, err
}

// RenderTest makes what a test's recipient gets to read, for the outbox.
func RenderTest(data json.RawMessage) Message {
	var m Message
	if err := json.Unmarshal(data, &m); err != nil {
		return Message{Err: err}
	}
	return m
}

func (s *Service) accountsOf(ctx context.Context, orgID string) (out []Account, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.Accounts.Accounts(ctx, tx, orgID)
		return err
	})
	return out, err
}
