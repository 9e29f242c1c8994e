package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/campaign"
	"fishpond/internal/campaign/wording"
	"fishpond/internal/carrier"
	"fishpond/internal/content"
	"fishpond/internal/followup"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/sop"
)

// originSOP is the origin of standing plans in the outbox that series make.
const originSOP = "sop"

// newSOPs wires series of messages. The outbox asks them for what it is to send.
func (a *App) newSOPs(later *later) *sop.Service {
	accounts := sopAccounts{campaignAccounts{a.Carrier, a.Pool}}
	s := sop.New(a.DB, a.now, a.Log, sop.Ports{Orgs: sopOrgs{a.Org}, People: sopPeople{a.Pool}, Segments: sopSegments{campaignAudience{a.Live, a.Pool}, a.DB}, Channels: sopChannels{a.Acquisition},
		Accounts: accounts, Groups: sopGroups{a.Carrier}, Outbox: sopOutbox{a.Reach}, Wording: sopWording{}, Library: sopLibrary{a.Content}, Tasks: sopTasks{a.Followup}, Ways: sopWays{a.Campaigns},
		Later: later, Auditor: a.Org})
	a.Campaigns.SetSender("sop_", s)
	a.Reach.SetContents(originSOP, sopContents{s})
	return s
}

// sopTickArgs does what is due in all series.
type sopTickArgs struct{}

func (sopTickArgs) Kind() string { return "sop.tick" }

// sopLookArgs takes groups in that fit the rule of a series.
type sopLookArgs struct{}

func (sopLookArgs) Kind() string { return "sop.look" }

// sopEnrolArgs puts everybody of a segment into a series.
type sopEnrolArgs struct {
	SOPID     string `json:"sop_id"`
	SegmentID string `json:"segment_id"`
}

func (sopEnrolArgs) Kind() string { return "sop.enrol" }

// EnrolSegment asks for sop.Service.EnrolSegment.
func (l *later) EnrolSegment(ctx context.Context, tx *db.Tx, orgID, sopID, segmentID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, sopEnrolArgs{SOPID: sopID, SegmentID: segmentID}, jobs.Opts{UniqueKey: sopID + segmentID})
	return err
}

// registerSOPJobs is registerJobs for series.
func (a *App) registerSOPJobs(r *jobs.Registry) {
	long := jobs.Limits{Timeout: -1, Queue: jobs.Long}
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[sopTickArgs]) error { return a.SOPs.Tick(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[sopLookArgs]) error { return a.SOPs.Look(ctx) })
	jobs.Register(r, long, func(ctx context.Context, j jobs.Job[sopEnrolArgs]) error {
		return a.SOPs.EnrolSegment(access.With(ctx, access.ForSystem(j.OrgID, originSOP)), j.OrgID, j.Args.SOPID, j.Args.SegmentID)
	})
	r.Every(time.Minute, sopTickArgs{})
	r.Every(time.Hour, sopLookArgs{})
}

// sopOrgs answers for the org module.
type sopOrgs struct{ *org.Service }

func (o sopOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (sop.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return sop.OrgSettings{Name: s.Name, Zone: s.TimeZone, Currency: s.Currency, Digits: currency.Digits(s.Currency)}, err
}

// sopPeople answers for the pool.
type sopPeople struct{ pool *pool.Service }

func (p sopPeople) Persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]sop.Known, error) {
	portraits, err := p.pool.Portraits(ctx, tx, orgID, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]sop.Known, len(ids))
	for _, o := range portraits {
		k := sop.Known{ID: o.ID, Name: o.Name, Owner: o.OwnerStaffID, Stage: o.Stage, Region: o.Region, Birthday: o.Birthday, Orders: o.Orders, GMVMinor: o.GMV, FirstOrder: o.FirstOrderAt, LastOrder: o.LastOrderAt,
			Traits: make(map[string]any, len(o.Traits))}
		for key, value := range o.Traits {
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				return nil, err
			}
			k.Traits[key] = v
		}
		k.Zone, _ = k.Traits["time_zone"].(string)
		for _, m := range o.Members {
			out[m.ID] = k
		}
	}
	return out, nil
}

func (p sopPeople) Speakers(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]string, error) {
	named, err := p.pool.Names(ctx, tx, orgID, ids)
	out := make(map[string]string, len(named))
	for id, n := range named {
		out[id] = n.ID
	}
	return out, err
}

// sopSegments answers for segments.
type sopSegments struct {
	audience campaignAudience
	db       *db.DB
}

func (s sopSegments) Names(ctx context.Context, orgID string) (map[string]string, error) {
	return s.audience.SegmentNames(ctx, orgID)
}

func (s sopSegments) Each(ctx context.Context, orgID, segmentID string, fn func([]string) error) error {
	members, _, err := s.audience.Members(ctx, orgID, segmentID)
	if err != nil {
		return err
	}
	seqs := make([]uint32, 500)
	for it := members.ManyIterator(); ; {
		n := it.NextMany(seqs)
		if n == 0 {
			return nil
		}
		var ids []string
		if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			found, err := s.audience.Persons(ctx, tx, orgID, seqs[:n], nil, false)
			ids = ids[:0]
			for _, p := range found {
				ids = append(ids, p.ID)
			}
			return err
		}); err != nil {
			return err
		}
		if err := fn(ids); err != nil {
			return err
		}
	}
}

// sopChannels answers for acquisition.
type sopChannels struct{ acquisition *acquisition.Service }

func (c sopChannels) Channels(ctx context.Context, tx *db.Tx, orgID string) ([]sop.Named, error) {
	all, err := c.acquisition.ChannelNames(ctx, tx, orgID)
	out := make([]sop.Named, len(all))
	for i, n := range all {
		out[i] = sop.Named{ID: n.ID, Name: n.Name}
	}
	return out, err
}

// sopAccounts answers for the carriers, as campaigns do.
type sopAccounts struct{ of campaignAccounts }

func (c sopAccounts) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]sop.Account, error) {
	all, err := c.of.Accounts(ctx, tx, orgID)
	var out []sop.Account
	for _, a := range all {
		if a.Carrier != carrier.KindSMS { // only approved templates go there
			out = append(out, sop.Account{ID: a.ID, Name: a.Name, Carrier: a.Carrier, Active: a.Active, Subject: a.Subject, Confirm: a.Carrier == carrier.KindWecom})
		}
	}
	return out, err
}

func (c sopAccounts) Addresses(ctx context.Context, tx *db.Tx, orgID string, accounts []sop.Account, ids []string) (map[string][]sop.Address, error) {
	over := make([]campaign.Account, len(accounts))
	for i, a := range accounts {
		over[i] = campaign.Account{ID: a.ID, Name: a.Name, Carrier: a.Carrier, Active: a.Active, Subject: a.Subject}
	}
	found, err := c.of.Addresses(ctx, tx, orgID, over, ids)
	out := make(map[string][]sop.Address, len(found))
	for id, all := range found {
		for _, a := range all {
			out[id] = append(out[id], sop.Address(a))
		}
	}
	return out, err
}

// sopGroups answers for the carriers about group chats.
type sopGroups struct{ carrier *carrier.Service }

func (g sopGroups) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]sop.Named, error) {
	infos, err := g.carrier.AccountInfos(ctx, tx, orgID)
	var out []sop.Named
	for _, id := range slices.Sorted(maps.Keys(infos)) {
		if infos[id].Kind == carrier.KindWecom {
			out = append(out, sop.Named{ID: id, Name: infos[id].Name})
		}
	}
	return out, err
}

func (g sopGroups) Chats(ctx context.Context, tx *db.Tx, orgID string, f sop.ChatFilter) ([]sop.Chat, error) {
	if f.Limit == 0 {
		f.Limit = 1000
	}
	found, err := g.carrier.GroupChats(ctx, tx, orgID, carrier.GroupFilter{AccountID: f.AccountID, ChatIDs: f.ChatIDs, Q: f.Q, After: f.After, Limit: f.Limit})
	out := make([]sop.Chat, len(found))
	for i, c := range found {
		out[i] = sop.Chat{AccountID: c.AccountID, ChatID: c.ChatID, Name: c.Name, Owner: c.OwnerUserID, OwnerName: c.OwnerName, OwnerID: c.OwnerStaffID, Members: c.Members, Created: c.CreatedAt, Dismissed: c.DismissedAt != nil}
	}
	return out, err
}

func (g sopGroups) Ask(ctx context.Context, tx *db.Tx, a sop.GroupAsk) error {
	return g.carrier.AskGroups(ctx, tx, carrier.GroupAsk{OrgID: a.OrgID, Key: a.Key, AccountID: a.AccountID, ChatIDs: a.ChatIDs, Parts: carrierParts(a.Parts), At: a.At, EndAt: a.EndAt})
}

func (g sopGroups) States(ctx context.Context, tx *db.Tx, orgID string, keys []string) (map[string]sop.GroupState, error) {
	found, err := g.carrier.GroupAsks(ctx, tx, orgID, keys)
	out := make(map[string]sop.GroupState, len(found))
	for key, st := range found {
		out[key] = sop.GroupState{}
		for _, o := range st.Groups {
			out[key][o.ChatID] = o.Status
		}
	}
	return out, err
}

func (g sopGroups) Cancel(ctx context.Context, tx *db.Tx, orgID, key string) error {
	return g.carrier.CancelAsk(ctx, tx, orgID, key)
}

func carrierParts(parts []sop.Part) []carrier.Part {
	out := make([]carrier.Part, len(parts))
	for i, p := range parts {
		out[i] = carrier.Part(p)
	}
	return out
}

// sopOutbox is reach as series see it.
type sopOutbox struct{ *reach.Service }

func (o sopOutbox) CreatePlan(ctx context.Context, tx *db.Tx, p sop.Plan) error {
	return openStanding(ctx, o.Service, tx, reach.Plan{ID: p.ID, OrgID: p.OrgID, Origin: originSOP, OriginID: p.SOPID, Purpose: p.Purpose, Title: p.Title})
}

func (o sopOutbox) Add(ctx context.Context, tx *db.Tx, orgID, planID string, all []sop.Recipient) error {
	out := make([]reach.Recipient, len(all))
	for i, r := range all {
		out[i] = reach.Recipient{Key: r.Key, PersonID: r.PersonID, Until: r.Until, Data: r.Data, Addresses: reachAddresses(r.Addresses)}
	}
	return o.Service.Add(ctx, tx, orgID, planID, out)
}

func (o sopOutbox) Progress(ctx context.Context, tx *db.Tx, orgID, planID string) (sop.Progress, error) {
	p, err := o.Service.Progress(ctx, tx, orgID, planID)
	return sop.Progress{Total: p.Total, Planned: p.Planned, Waiting: p.Waiting, Held: p.Held, Sending: p.Sending, Asked: p.Asked, Sent: p.Sent, Failed: p.Failed, Doubtful: p.Doubtful, Cancelled: p.Cancelled}, err
}

// sopContents makes what people read for the outbox.
type sopContents struct{ sops *sop.Service }

func (c sopContents) Render(ctx context.Context, orgID string, p reach.Plan, r []reach.Recipient) []reach.Rendered {
	to := make([]sop.Reader, len(r))
	for i := range r {
		kind := ""
		if len(r[i].Addresses) > 0 {
			kind = r[i].Addresses[0].Carrier
		}
		to[i] = sop.Reader{PersonID: r[i].PersonID, Mail: kind == carrier.KindEmail, Confirm: kind == carrier.KindWecom, Chat: kind == carrier.KindOfficial || kind == carrier.KindWeb, Data: r[i].Data}
	}
	out := make([]reach.Rendered, len(r))
	for i, m := range c.sops.Render(ctx, orgID, p.OriginID, to) {
		out[i] = reach.Rendered{Subject: m.Subject, Parts: carrierParts(m.Parts), Err: m.Err}
		if len(m.Parts) > 0 {
			out[i].Text = m.Parts[0].Text
		}
		if m.Unsubscribe != "" {
			out[i].Headers = map[string]string{"List-Unsubscribe": "<" + m.Unsubscribe + ">"}
		}
	}
	return out
}

// sopWording is the language of campaigns' texts.
type sopWording struct{}

func (sopWording) Parse(source string) (sop.Text, error) {
	t, err := readWords(source)
	if err != nil {
		return nil, err
	}
	if slices.Contains(t.Uses(), couponValue) { // codes are dealt by campaigns
		return nil, errs.Invalid(i18n.T("SOP 里不能用优惠码变量", "Coupon codes cannot stand in a series"))
	}
	return t, nil
}

// readWords reads a text for those who write it for one person at a time.
func readWords(source string) (*sopText, error) {
	t, err := wording.Parse(source)
	if p, ok := errors.AsType[*wording.Problem](err); ok {
		return nil, errs.Invalid(i18n.Text{ZH: fmt.Sprintf("第 %d 行：%s", p.Line, p.Text.ZH), EN: fmt.Sprintf("Line %d: %s", p.Line, p.Text.EN)})
	}
	if err != nil {
		return nil, err
	}
	return &sopText{t: t}, nil
}

// couponValue is a value that only campaigns have.
const couponValue = "coupon"

func (sopWording) Variables() []sop.Variable {
	var out []sop.Variable
	for _, v := range wording.Variables {
		if v.Name != couponValue {
			out = append(out, sop.Variable{Name: v.Name, Text: v.Text})
		}
	}
	return out
}

// sopText is a text that several goroutines may write.
type sopText struct {
	t       *wording.Template
	writers sync.Pool
}

func (t *sopText) Uses() []string { return t.t.Uses() }

func (t *sopText) Write(values map[string]any) (string, error) {
	w, ok := t.writers.Get().(*wording.Writer)
	if !ok {
		var err error
		if w, err = t.t.NewWriter(); err != nil {
			return "", err
		}
	}
	defer t.writers.Put(w)
	text, err := w.Write(values)
	if m, ok := errors.AsType[*wording.Missing](err); ok {
		return "", errs.Invalid(i18n.T("这位客户没有“%s”，也没有写默认值", "This person has no “%s”, and there is no default", m.Of))
	}
	if err != nil {
		return "", errs.Invalid(i18n.T("这位客户的内容生成不了", "It cannot be written for this person")).Because(err)
	}
	return text, nil
}

// sopLibrary answers for the content library.
type sopLibrary struct{ content *content.Service }

func (l sopLibrary) Card(ctx context.Context, orgID string, m sop.Material, staffID, personID string) ([]sop.Part, error) {
	in := content.TakeInput{LinkInput: content.LinkInput{MaterialID: m.ID, Version: m.Version, StaffID: staffID}}
	if personID != "" {
		in.PersonIDs = []string{personID}
	}
	taken, err := l.content.Take(access.With(ctx, access.ForSystem(orgID, originSOP)), in)
	if err != nil {
		return nil, err
	}
	out := make([]sop.Part, len(taken.Parts))
	for i, p := range taken.Parts {
		out[i] = sop.Part(p)
	}
	return out, nil
}

func (l sopLibrary) Titles(ctx context.Context, orgID string, ids []string) (map[string]string, error) {
	ctx = access.With(ctx, access.ForSystem(orgID, originSOP))
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		m, err := l.content.Material(ctx, id)
		if errs.Is(err, errs.CodeNotFound) || err == nil && m.DeletedAt != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[id] = m.Title
	}
	return out, nil
}

// sopTasks puts tasks on today's lists.
type sopTasks struct{ followup *followup.Service }

func (t sopTasks) Assign(ctx context.Context, tx *db.Tx, orgID string, task sop.Task) (string, error) {
	return t.followup.AssignTask(ctx, tx, orgID, followup.Task(task))
}

func (t sopTasks) Withdraw(ctx context.Context, tx *db.Tx, orgID string, ids []string) error {
	return t.followup.WithdrawTasks(ctx, tx, orgID, ids)
}

// sopWays tells where people say that they want no more mails.
type sopWays struct{ campaigns *campaign.Service }

func (w sopWays) Out(orgID, sopID, secret, personID string) string {
	return w.campaigns.LeaveURL(orgID, sopID, secret, personID)
}
