package app

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/campaign"
	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
)

// The origins of plans in the outbox that campaigns make.
const (
	originCampaign = "campaign"
	originTest     = "campaign_test"
)

// newCampaigns wires campaigns. The outbox asks them for what it is to send.
func (a *App) newCampaigns(later *later) *campaign.Service {
	s := campaign.New(a.DB, a.now, a.Log, campaign.Ports{Orgs: campaignOrgs{a.Org}, Audience: campaignAudience{a.Live, a.Pool}, Accounts: campaignAccounts{a.Carrier, a.Pool},
		Outbox: campaignOutbox{a.Reach}, Jobs: later, People: campaignPeople{a.Pool}, Auditor: a.Org, Log: a.Timeline})
	s.SetAsking(campaignMass{a.Carrier}, campaignPosts{a.Carrier, a.Pool})
	s.SetTrustProxy(a.serve.TrustProxy)
	a.Reach.SetContents(originCampaign, campaignContents{s})
	a.Reach.SetContents(originTest, testContents{})
	return s
}

// campaignArgs plans one campaign.
type campaignArgs struct {
	CampaignID string `json:"campaign_id"`
}

func (campaignArgs) Kind() string { return "campaign.plan" }

// campaignTickArgs notes which campaigns are through.
type campaignTickArgs struct{}

func (campaignTickArgs) Kind() string { return "campaign.tick" }

// EnqueueCampaign asks for campaign.Service.Plan of the campaign.
func (l *later) EnqueueCampaign(ctx context.Context, tx *db.Tx, orgID, campaignID string, at time.Time) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, campaignArgs{CampaignID: campaignID}, jobs.Opts{ScheduledAt: at, UniqueKey: campaignID + at.UTC().Format(time.RFC3339)})
	return err
}

// registerCampaignJobs is registerJobs for campaigns.
func (a *App) registerCampaignJobs(r *jobs.Registry) {
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long, MaxAttempts: 20}, func(ctx context.Context, j jobs.Job[campaignArgs]) error {
		return a.Campaigns.Plan(ctx, j.OrgID, j.Args.CampaignID)
	})
	jobs.Register(r, jobs.Limits{}, func(ctx context.Context, _ jobs.Job[campaignTickArgs]) error { return a.Campaigns.Tick(ctx) })
	r.Every(time.Minute, campaignTickArgs{})
}

// campaignOrgs answers for the org module.
type campaignOrgs struct{ *org.Service }

func (o campaignOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (campaign.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return campaign.OrgSettings{Name: s.Name, Zone: s.TimeZone, Currency: s.Currency, Digits: currency.Digits(s.Currency)}, err
}

// campaignPeople answers for the pool.
type campaignPeople struct{ pool *pool.Service }

func (p campaignPeople) Leave(ctx context.Context, tx *db.Tx, orgID, personID, purpose string) error {
	return p.pool.NoteConsent(ctx, tx, orgID, personID, pool.ConsentInput{Purpose: purpose, Granted: false, TextVersion: "unsubscribe", Source: "unsubscribe"})
}

// campaignAudience answers for segments and the pool.
type campaignAudience struct {
	live *live.Engine
	pool *pool.Service
}

func (c campaignAudience) SegmentNames(ctx context.Context, orgID string) (map[string]string, error) {
	w, err := c.live.World(ctx, orgID)
	out := map[string]string{}
	for _, s := range w.Segments {
		out[s.ID] = s.Name
	}
	return out, err
}

func (c campaignAudience) Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, string, error) {
	names, err := c.SegmentNames(ctx, orgID)
	if err != nil {
		return nil, "", err
	}
	name, ok := names[segmentID]
	if !ok {
		return nil, "", errs.NotFound(i18n.T("人群", "segment"))
	}
	found, err := c.live.Eval(ctx, orgID, plan.InSegment{ID: segmentID})
	if err != nil {
		return nil, "", err
	}
	return found.Members.Clone(), name, nil
}

func (c campaignAudience) Persons(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, traits []string, region bool) ([]campaign.Person, error) {
	briefs, err := facts.Briefs(ctx, tx, orgID, seqs)
	if err != nil {
		return nil, err
	}
	out, at, ids := make([]campaign.Person, len(briefs)), make(map[string]int, len(briefs)), make([]string, len(briefs))
	for i, b := range briefs {
		out[i] = campaign.Person{Seq: b.Seq, ID: b.ID, Name: b.Name, Stage: b.Stage, Birthday: b.Birthday, Orders: b.Orders, GMVMinor: b.GMV, FirstOrder: b.FirstOrder, LastOrder: b.LastOrder}
		at[b.ID], ids[i] = i, b.ID
	}
	if len(traits) == 0 && !region {
		return out, nil
	}
	portraits, err := c.pool.Portraits(ctx, tx, orgID, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range portraits {
		i, ok := at[p.ID]
		if !ok {
			continue
		}
		out[i].Region = p.Region
		for _, key := range traits {
			value, ok := p.Traits[key]
			if !ok {
				continue
			}
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				return nil, err
			}
			if out[i].Traits == nil {
				out[i].Traits = map[string]any{}
			}
			out[i].Traits[key] = v
		}
	}
	return out, nil
}

func (c campaignAudience) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]string, error) {
	named, err := c.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]string, len(named))
	for id, n := range named {
		out[id] = n.Name
	}
	return out, err
}

func (c campaignAudience) BySeq(ctx context.Context, tx *db.Tx, orgID string, seq uint32) (string, error) {
	id, err := c.pool.BySeq(ctx, tx, orgID, seq)
	if err == nil && id == "" {
		err = errs.NotFound(i18n.T("这位客户", "person"))
	}
	return id, err
}

func (c campaignAudience) Seq(ctx context.Context, tx *db.Tx, orgID, personID string) (uint32, error) {
	at, err := c.pool.Standing(ctx, tx, orgID, []string{personID})
	if err != nil {
		return 0, err
	}
	p, ok := at[personID]
	if !ok {
		return 0, errs.NotFound(i18n.T("这位客户", "person"))
	}
	return p.Seq, nil
}

// campaignAccounts answers for the carriers: those over which whoever has an
// identity of a kind can be written to unasked.
type campaignAccounts struct {
	carrier *carrier.Service
	pool    *pool.Service
}

// unasked is by which identity people are reached over a carrier unasked; empty:
// by what the account itself knows of them.
var unasked = map[string]string{carrier.KindEmail: "email", carrier.KindSMS: "phone", carrier.KindWecom: "", carrier.KindOfficial: "", carrier.KindWeb: ""}

func (c campaignAccounts) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]campaign.Account, error) {
	infos, err := c.carrier.AccountInfos(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var out []campaign.Account
	for _, id := range slices.Sorted(maps.Keys(infos)) {
		i := infos[id]
		if _, ok := unasked[i.Kind]; ok {
			out = append(out, campaign.Account{ID: id, Name: i.Name, Carrier: i.Kind, Active: i.Active, Subject: i.Kind == carrier.KindEmail, Template: i.Kind == carrier.KindSMS, MaxText: i.Can.MaxText})
		}
	}
	return out, nil
}

func (c campaignAccounts) Addresses(ctx context.Context, tx *db.Tx, orgID string, accounts []campaign.Account, personIDs []string) (map[string][]campaign.Address, error) {
	out := make(map[string][]campaign.Address, len(personIDs))
	if len(accounts) == 0 || len(personIDs) == 0 {
		return out, nil
	}
	// The house itself writes to them: what the actor may see is another question.
	found, err := c.pool.IdentitiesOf(access.With(ctx, access.ForSystem(orgID, originCampaign)), tx, orgID, personIDs)
	if err != nil {
		return nil, err
	}
	known, err := c.friends(ctx, tx, orgID, accounts, personIDs)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if a.Carrier == carrier.KindOfficial || a.Carrier == carrier.KindWeb {
			if known[a.ID], err = c.carrier.Recipients(ctx, tx, orgID, a.ID, personIDs); err != nil {
				return nil, err
			}
		}
	}
	for id, identities := range found {
		for _, a := range accounts {
			if unasked[a.Carrier] == "" {
				if to := known[a.ID][id]; to != "" {
					out[id] = append(out[id], campaign.Address{AccountID: a.ID, Carrier: a.Carrier, To: to})
				}
				continue
			}
			if i := slices.IndexFunc(identities, func(i pool.Identity) bool { return i.Kind == unasked[a.Carrier] }); i >= 0 {
				out[id] = append(out[id], campaign.Address{AccountID: a.ID, Carrier: a.Carrier, To: identities[i].Value})
			}
		}
	}
	return out, nil
}

func (c campaignAccounts) CheckFiles(ctx context.Context, tx *db.Tx, orgID string, ids []string) error {
	_, err := c.carrier.CheckAttachments(ctx, tx, orgID, ids)
	return err
}

func (c campaignAccounts) KeepFiles(ctx context.Context, tx *db.Tx, orgID, campaignID string, ids []string) error {
	return c.carrier.UseMedia(ctx, tx, orgID, campaignID, ids)
}

// campaignOutbox is reach as campaigns see it.
type campaignOutbox struct{ *reach.Service }

func (o campaignOutbox) CreatePlan(ctx context.Context, tx *db.Tx, p campaign.Plan) error {
	origin := originCampaign
	if p.Test {
		origin = originTest
	}
	return o.Service.CreatePlan(ctx, tx, reach.Plan{ID: p.ID, OrgID: p.OrgID, Origin: origin, OriginID: p.OriginID, Purpose: p.Purpose, Title: p.Title, StartAt: p.StartAt, EndAt: p.EndAt, PerMinute: p.PerMinute})
}

func recipientOf(r campaign.Recipient) reach.Recipient {
	out := reach.Recipient{PersonID: r.PersonID, Data: r.Data, Variant: r.Variant, NotBefore: r.NotBefore}
	if r.LeftOut {
		out.Variant = reach.Holdout
	}
	for _, a := range r.Addresses {
		out.Addresses = append(out.Addresses, reach.Address(a))
	}
	return out
}

func (o campaignOutbox) Add(ctx context.Context, tx *db.Tx, orgID, planID string, all []campaign.Recipient) error {
	out := make([]reach.Recipient, len(all))
	for i, r := range all {
		out[i] = recipientOf(r)
	}
	return o.Service.Add(ctx, tx, orgID, planID, out)
}

func (o campaignOutbox) Preview(ctx context.Context, orgID, purpose string, at time.Time, all iter.Seq[campaign.Recipient]) (campaign.Tally, error) {
	t, err := o.Service.Preview(ctx, orgID, purpose, at, func(yield func(reach.Recipient) bool) {
		for r := range all {
			if !yield(recipientOf(r)) {
				return
			}
		}
	})
	return campaign.Tally{Go: t.Go, Wait: t.Wait, Held: t.Held}, err
}

func (o campaignOutbox) Progress(ctx context.Context, tx *db.Tx, orgID, planID string) (campaign.Progress, error) {
	p, err := o.Service.Progress(ctx, tx, orgID, planID)
	return campaign.Progress{Status: p.Status, Total: p.Total, Planned: p.Planned, Waiting: p.Waiting, Held: p.Held, Sending: p.Sending, Asked: p.Asked, Sent: p.Sent, Delivered: p.Delivered, Read: p.Read,
		Failed: p.Failed, Doubtful: p.Doubtful, Cancelled: p.Cancelled, FinishedAt: p.FinishedAt}, err
}

// campaignContents makes what people read for the outbox.
type campaignContents struct{ campaigns *campaign.Service }

func (c campaignContents) Render(ctx context.Context, orgID string, p reach.Plan, r []reach.Recipient) []reach.Rendered {
	out, to := make([]reach.Rendered, len(r)), make([]campaign.Reader, len(r))
	for i := range r {
		to[i] = campaign.Reader{PersonID: r[i].PersonID, Data: r[i].Data, Variant: r[i].Variant, Rest: campaign.IsRest(p.ID)}
		if len(r[i].Addresses) > 0 {
			to[i].Carrier = r[i].Addresses[0].Carrier
			to[i].MaxText = carrier.Capabilities(to[i].Carrier, i18n.ZH).MaxText
		}
	}
	messages, err := c.campaigns.Render(ctx, orgID, p.OriginID, to)
	for i := range out {
		if err != nil {
			out[i].Err = err
			continue
		}
		out[i] = rendered(messages[i])
	}
	return out
}

func rendered(m campaign.Message) reach.Rendered {
	out := reach.Rendered{Subject: strings.TrimSpace(m.Subject), Text: m.Text, HTML: m.HTML, Template: m.Template, Parameters: m.Parameters, Err: m.Err}
	if m.Template != "" { // the provider knows the words
		out.Subject, out.Text, out.HTML = "", "", ""
	}
	if len(m.Files) > 0 {
		var parts []carrier.Part
		for _, id := range m.Files {
			parts = append(parts, carrier.Part{Kind: carrier.PartFile, MediaID: id})
		}
		out.Parts = parts
	}
	if m.Unsubscribe != "" {
		out.Headers = map[string]string{"List-Unsubscribe": "<" + m.Unsubscribe + ">"}
	}
	return out
}

// testContents makes what the one person of a test reads.
type testContents struct{}

func (testContents) Render(_ context.Context, _ string, _ reach.Plan, r []reach.Recipient) []reach.Rendered {
	out := make([]reach.Rendered, len(r))
	for i := range r {
		out[i] = rendered(campaign.RenderTest(r[i].Data))
	}
	return out
}
