package app

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/campaign/wording"
	"fishpond/internal/carrier"
	"fishpond/internal/followup"
	"fishpond/internal/journey"
	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/openweb"
	"fishpond/internal/platform/secret"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/segment/facts"
	"fishpond/internal/sop"
	"fishpond/internal/timeline"
)

// originJourney is the origin of standing plans in the outbox that journeys make.
const originJourney = "journey"

// newJourneys wires journeys. The outbox asks them for what it is to send.
func (a *App) newJourneys(later *later, keys *secret.Keyring) (*journey.Service, error) {
	inside, err := openweb.ParseInside(a.serve.WebhookInside)
	if err != nil {
		return nil, err
	}
	calls := hook.New(a.DB, a.now, a.Log, nil, keys, hook.Options{Inside: inside, Trust: a.Reach.Trusts})
	s := journey.New(a.DB, a.Timeline, a.now, a.Log, journey.Ports{Orgs: journeyOrgs{sopOrgs{a.Org}}, People: journeyPeople{sopPeople{a.Pool}}, Conditions: newJourneyConditions(a.Live, a.Segments, a.DB, a.now),
		Accounts: journeyAccounts{sopAccounts{campaignAccounts{a.Carrier, a.Pool}}}, Outbox: journeyOutbox{a.Reach}, Wording: journeyWording{}, Coupons: journeyCoupons{a.Campaigns}, Library: journeyLibrary{sopLibrary{a.Content}}, Tasks: journeyTasks{a.Followup},
		Ways: journeyWays{a.Campaigns}, Calls: calls, Reading: journeyReading{a.Timeline}, Later: later, Auditor: a.Org}, journey.Options{})
	calls.SetRuns(s)
	a.calls = calls
	a.Campaigns.SetSender("jny_", s)
	a.Reach.SetContents(originJourney, journeyContents{s})
	return s, nil
}

// journeyArgs is work that journeys have done later.
type journeyArgs struct{ journey.Work }

func (journeyArgs) Kind() string { return "journey.work" }

// JourneyWork asks for journey.Service.Do.
func (l *later) JourneyWork(ctx context.Context, tx *db.Tx, orgID string, w journey.Work) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, journeyArgs{w}, jobs.Opts{UniqueKey: fmt.Sprint(w.What, w.JourneyID, w.SegmentID, w.Version)})
	return err
}

// registerJourneyJobs is registerJobs for journeys.
func (a *App) registerJourneyJobs(r *jobs.Registry) {
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long, MaxAttempts: 20}, func(ctx context.Context, j jobs.Job[journeyArgs]) error {
		return a.Journeys.Do(ctx, j.OrgID, j.Args.Work)
	})
}

// journeyOrgs answers for the org module, as for series.
type journeyOrgs struct{ sopOrgs }

func (o journeyOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (journey.OrgSettings, error) {
	s, err := o.sopOrgs.Settings(ctx, tx, orgID)
	return journey.OrgSettings(s), err
}

// journeyPeople answers for the pool.
type journeyPeople struct{ sopPeople }

func (p journeyPeople) Persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]journey.Known, error) {
	found, err := p.sopPeople.Persons(ctx, tx, orgID, ids)
	out := make(map[string]journey.Known, len(found))
	for id, k := range found {
		out[id] = journey.Known(k)
	}
	return out, err
}

func (p journeyPeople) Speakers(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]journey.Place, error) {
	found, err := p.pool.Speakers(ctx, tx, orgID, ids)
	out := make(map[string]journey.Place, len(found))
	for id, at := range found {
		out[id] = journey.Place{ID: at.ID, Seq: at.Seq}
	}
	return out, err
}

func (p journeyPeople) BySeq(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32) ([]string, error) {
	briefs, err := facts.Briefs(ctx, tx, orgID, seqs)
	out := make([]string, len(briefs))
	for i, b := range briefs {
		out[i] = b.ID
	}
	return out, err
}

func (p journeyPeople) ByIdentities(ctx context.Context, tx *db.Tx, orgID string, of []journey.Identity) ([]string, error) {
	in := make([]pool.Identity, len(of))
	for i, o := range of {
		in[i] = pool.Identity{Kind: o.Kind, Value: o.Value}
	}
	return p.pool.ByIdentities(ctx, tx, orgID, in)
}

func (p journeyPeople) Names(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]string, error) {
	return campaignAudience{pool: p.pool}.Names(ctx, tx, orgID, ids)
}

func (p journeyPeople) Lock(ctx context.Context, tx *db.Tx, orgID string) error {
	return p.pool.Lock(ctx, tx, orgID)
}

func (p journeyPeople) Tag(ctx context.Context, tx *db.Tx, orgID string, ids []string, tagID string, off bool) error {
	return p.pool.Label(ctx, tx, orgID, originJourney, ids, tagID, off)
}

func (p journeyPeople) SetTrait(ctx context.Context, tx *db.Tx, orgID string, ids []string, key string, value any) error {
	return p.pool.Ascribe(ctx, tx, orgID, originJourney, ids, key, value)
}

func (p journeyPeople) Note(ctx context.Context, tx *db.Tx, orgID string, ids []string, text string) error {
	return p.pool.Remark(ctx, tx, orgID, originJourney, "", ids, text)
}

func (p journeyPeople) Tags(ctx context.Context, tx *db.Tx, orgID string) ([]journey.Named, error) {
	def, err := p.pool.Definitions(ctx, tx, orgID)
	out := make([]journey.Named, len(def.Tags))
	for i, t := range def.Tags {
		out[i] = journey.Named{ID: t.ID, Name: t.Name}
	}
	return out, err
}

func (p journeyPeople) Traits(ctx context.Context, tx *db.Tx, orgID string) ([]journey.Trait, error) {
	def, err := p.pool.Definitions(ctx, tx, orgID)
	out := make([]journey.Trait, len(def.Traits))
	for i, t := range def.Traits {
		out[i] = journey.Trait{Key: t.Key, Label: t.Label, Type: t.Type}
	}
	return out, err
}

// journeyAccounts answers for the carriers, as for series.
type journeyAccounts struct{ of sopAccounts }

func (c journeyAccounts) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]journey.Account, error) {
	all, err := c.of.Accounts(ctx, tx, orgID)
	out := make([]journey.Account, len(all))
	for i, a := range all {
		out[i] = journey.Account(a)
	}
	return out, err
}

func (c journeyAccounts) Addresses(ctx context.Context, tx *db.Tx, orgID string, accounts []journey.Account, ids []string) (map[string][]journey.Address, error) {
	over := make([]sop.Account, len(accounts))
	for i, a := range accounts {
		over[i] = sop.Account(a)
	}
	found, err := c.of.Addresses(ctx, tx, orgID, over, ids)
	out := make(map[string][]journey.Address, len(found))
	for id, all := range found {
		for _, a := range all {
			out[id] = append(out[id], journey.Address(a))
		}
	}
	return out, err
}

// journeyOutbox is reach as journeys see it.
type journeyOutbox struct{ *reach.Service }

func (o journeyOutbox) CreatePlan(ctx context.Context, tx *db.Tx, p journey.Plan) error {
	return openStanding(ctx, o.Service, tx, reach.Plan{ID: p.ID, OrgID: p.OrgID, Origin: originJourney, OriginID: p.JourneyID, Purpose: p.Purpose, Title: p.Title})
}

func (o journeyOutbox) Add(ctx context.Context, tx *db.Tx, orgID, planID string, all []journey.Recipient) error {
	out := make([]reach.Recipient, len(all))
	for i, r := range all {
		out[i] = reach.Recipient{Key: r.Key, PersonID: r.PersonID, Until: r.Until, Data: r.Data, Addresses: reachAddresses(r.Addresses)}
	}
	return o.Service.Add(ctx, tx, orgID, planID, out)
}

func (o journeyOutbox) Letters(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) (map[string]journey.Letter, error) {
	found, err := o.Service.Letters(ctx, tx, orgID, planID, keys)
	out := make(map[string]journey.Letter, len(found))
	for key, l := range found {
		out[key] = journey.Letter(l)
	}
	return out, err
}

func (o journeyOutbox) Explain(ctx context.Context, orgID, personID, purpose string, to []journey.Address, at time.Time) (verdict, why string, err error) {
	if len(to) == 0 {
		return reach.Held, reach.WhyNoAddress, nil
	}
	v, err := o.Service.Explain(access.With(ctx, access.ForSystem(orgID, originJourney)), orgID, personID, purpose, to[0].AccountID, at)
	switch {
	case err != nil:
		return "", "", err
	case v.Allowed:
		return "go", "", nil
	case v.Until != nil:
		return reach.Waiting, v.Why, nil
	}
	return reach.Held, v.Why, nil
}

func (o journeyOutbox) Trust() bool { return o.Trusts() }

// journeyCoupons answers for pools of codes.
type journeyCoupons struct{ campaigns *campaign.Service }

func (c journeyCoupons) Pools(ctx context.Context) ([]journey.Named, error) {
	all, err := c.campaigns.Pools(ctx)
	out := make([]journey.Named, len(all))
	for i, p := range all {
		out[i] = journey.Named{ID: p.ID, Name: p.Name}
	}
	return out, err
}

func (c journeyCoupons) Take(ctx context.Context, tx *db.Tx, orgID, poolID, journeyID string, people []string) ([]string, error) {
	return c.campaigns.TakeCodes(ctx, tx, orgID, poolID, journeyID, people)
}

// journeyContents makes what people read for the outbox.
type journeyContents struct{ journeys *journey.Service }

func (c journeyContents) Render(ctx context.Context, orgID string, p reach.Plan, r []reach.Recipient) []reach.Rendered {
	to := make([]journey.Reader, len(r))
	for i := range r {
		kind := ""
		if len(r[i].Addresses) > 0 {
			kind = r[i].Addresses[0].Carrier
		}
		to[i] = journey.Reader{PersonID: r[i].PersonID, Mail: kind == carrier.KindEmail, Confirm: kind == carrier.KindWecom, Data: r[i].Data}
	}
	out := make([]reach.Rendered, len(r))
	for i, m := range c.journeys.Render(ctx, orgID, p.OriginID, to) {
		parts := make([]sop.Part, len(m.Parts))
		for n, part := range m.Parts {
			parts[n] = sop.Part(part)
		}
		out[i] = reach.Rendered{Subject: m.Subject, HTML: m.HTML, Parts: carrierParts(parts), Err: m.Err}
		if len(m.Parts) > 0 {
			out[i].Text = m.Parts[0].Text
		}
		if m.Unsubscribe != "" {
			out[i].Headers = map[string]string{"List-Unsubscribe": "<" + m.Unsubscribe + ">"}
		}
	}
	return out
}

// journeyWording is the language of campaigns' texts.
type journeyWording struct{}

func (journeyWording) Parse(source string) (journey.Text, error) {
	t, err := readWords(source)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (journeyWording) Variables() []journey.Variable {
	out := make([]journey.Variable, len(wording.Variables))
	for i, v := range wording.Variables {
		out[i] = journey.Variable{Name: v.Name, Text: v.Text}
	}
	return out
}

// journeyLibrary answers for the content library, as for series.
type journeyLibrary struct{ of sopLibrary }

func (l journeyLibrary) Card(ctx context.Context, orgID string, m graph.Material, staffID, personID string) ([]journey.Part, error) {
	parts, err := l.of.Card(ctx, orgID, sop.Material{ID: m.ID, Version: m.Version}, staffID, personID)
	out := make([]journey.Part, len(parts))
	for i, p := range parts {
		out[i] = journey.Part(p)
	}
	return out, err
}

func (l journeyLibrary) Titles(ctx context.Context, orgID string, ids []string) (map[string]string, error) {
	return l.of.Titles(ctx, orgID, ids)
}

// journeyTasks puts tasks on today's lists.
type journeyTasks struct{ followup *followup.Service }

func (t journeyTasks) Assign(ctx context.Context, tx *db.Tx, orgID string, task journey.Task) (string, error) {
	return t.followup.AssignTask(ctx, tx, orgID, followup.Task(task))
}

func (t journeyTasks) Withdraw(ctx context.Context, tx *db.Tx, orgID string, ids []string) error {
	return t.followup.WithdrawTasks(ctx, tx, orgID, ids)
}

// journeyWays tells where people say that they want no more mails.
type journeyWays struct{ campaigns *campaign.Service }

func (w journeyWays) Out(orgID, journeyID, secret, personID string) string {
	return w.campaigns.LeaveURL(orgID, journeyID, secret, personID)
}

// journeyReading tells how far journeys have read the timeline.
type journeyReading struct{ log *timeline.Log }

func (r journeyReading) Unread(ctx context.Context, tx *db.Tx, orgID string) (int64, error) {
	return r.log.Unread(ctx, tx, orgID, journey.SubscriberName)
}

func (r journeyReading) End(ctx context.Context, tx *db.Tx, orgID string) (timeline.Position, error) {
	return r.log.End(ctx, tx, orgID)
}
