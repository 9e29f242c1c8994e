package app

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/carrier"
	"fishpond/internal/followup"
	"fishpond/internal/importer"
	"fishpond/internal/inbox"
	"fishpond/internal/inbox/assist"
	"fishpond/internal/insight"
	"fishpond/internal/lifecycle"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/pool"
	"fishpond/internal/segment"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/survey"
	"fishpond/internal/timeline"
)

// modules builds every module and connects their ports.
func (a *App) modules() error {
	keys, err := a.config.keyring()
	if err != nil {
		return err
	}
	a.Timeline = timeline.New(a.now)
	a.Org = org.New(a.DB, a.Log, a.now, org.Options{BaseURL: a.serve.BaseURL, Sealer: keys, Permissions: permissions(),
		SecureCookies: strings.HasPrefix(a.serve.BaseURL, "https://"), Changed: facts.Revise})
	a.Pool = pool.New(a.DB, a.Timeline, pool.OrgsFunc(a.poolSettings), a.Org, a.now, a.Log)
	later := &later{}
	a.Lifecycle = lifecycle.New(a.DB, a.Timeline, a.now, a.Log, a.Pool, lifecycleOrgs{a.Org}, a.Org, later)
	a.Insight = insight.New(a.DB, a.now, insightOrgs{a.Org})
	a.Lifecycle.SetOdds(lifecycleOdds{a.Insight})

	a.Carrier = carrier.New(a.DB, a.Timeline, a.now, a.Log,
		carrier.Ports{People: carrierPeople{a.Pool}, Staff: carrierStaff{a.Org}, Orgs: a.Org, Sealer: keys, Auditor: a.Org, Jobs: later, Links: carrierLinks{a.Pool}},
		carrier.Options{PublicURL: a.serve.BaseURL, Platforms: a.serve.Platforms, TrustProxy: a.serve.TrustProxy, BounceListen: a.serve.BounceListen, MailRoots: a.serve.MailRoots, MailPatience: a.serve.MailPatience})
	a.Org.SetMembers(orgMembers{a.Carrier})
	orgs := acquisitionOrgs{a.Org}
	a.Acquisition = acquisition.New(a.DB, a.Timeline, a.now, a.Log,
		acquisition.Ports{Orgs: orgs, Staff: orgs, People: acquisitionPeople{a.Pool}, Auditor: a.Org, Carrier: acquisitionCarrier{a.Carrier}, Later: later, Library: acquisitionLibrary{a}, Changed: facts.Revise},
		acquisition.Config{BaseURL: a.serve.BaseURL, TrustProxy: a.serve.TrustProxy})
	a.Carrier.SetGreeter(greeter{a.Acquisition})
	a.Importer = importer.New(a.DB, a.Timeline, a.now, a.Log, importer.Ports{
		People: importPeople{a.Pool}, Channels: importChannels{a.Acquisition}, Staff: a.Org, Settings: importSettings{a.Org}, Auditor: a.Org, Jobs: later,
	}, importer.Config{Dir: a.config.Data, MaxUpload: a.serve.UploadLimit})
	a.Economics = a.newEconomics()
	a.newScorecard()
	a.Care = a.newCare(keys)
	a.Reach = a.newReach()
	a.Inbox = inbox.New(a.DB, a.Timeline, a.now, a.Log, inbox.Ports{Sender: inboxSender{a.Carrier, a.Care, a.Reach}, Accounts: inboxAccounts{a.Carrier}, Windows: inboxWindows{a.Carrier}, People: inboxPeople{a.Pool},
		Staff: inboxOrgs{a.Org}, Orgs: inboxOrgs{a.Org}, Signs: inboxSigns{a.Carrier}, Archive: inboxArchive{a.Care, a.Pool, a.Carrier}, Auditor: a.Org})
	a.Carrier.SetTalks(a.Inbox)
	if a.serve.AssistantURL != "" {
		a.Inbox.SetAssistant(&assist.Provider{URL: a.serve.AssistantURL, Model: a.serve.AssistantModel, Key: a.serve.AssistantKey, HTTP: &http.Client{}})
	}

	a.Surveys = survey.New(a.DB, a.Timeline, a.now, a.Log, survey.Ports{Orgs: surveyOrgs{a.Org}, People: surveyPeople{a.Pool}, Auditor: a.Org, Remarker: a.Carrier, QR: surveyQR},
		survey.Config{BaseURL: a.serve.BaseURL, TrustProxy: a.serve.TrustProxy})
	a.Content = a.newContent()

	a.Segments = segment.New(a.DB, a.now, a.Log, segmentPeople{a.Pool, a.Acquisition.ChannelNames}, segmentOrgs{a.Org}, a.Org, later)
	a.Live = live.New(a.DB, a.Timeline, a.Segments, a.now, a.Log, live.Options{Dir: filepath.Join(a.config.Data, indexFolder)})
	a.facts = facts.New(segmentFacts{a.Pool, a.Lifecycle}, a.Segments, a.Timeline, a.now, a.Live.Wake)
	a.Segments.Follow(a.Live)
	a.Insight.SetMeasure(a.measurePorts(later))
	a.Followup = followup.New(a.DB, a.Timeline, a.now, a.Log, followup.Ports{Orgs: followupOrgs{a.Org}, Staff: followupOrgs{a.Org}, Audience: followupAudience{a.Live, a.Pool, a.Timeline, a.now},
		Lives: followupLives{a.Lifecycle}, Conversations: followupConversations{a.Inbox, inboxAccounts{a.Carrier}}, Masses: followupMasses{a.Carrier}, Auditor: a.Org})

	a.Campaigns = a.newCampaigns(later)
	a.SOPs = a.newSOPs(later)
	if a.Journeys, err = a.newJourneys(later, keys); err != nil {
		return err
	}
	a.Segments.SetUsers(a.Journeys, a.SOPs)
	a.Drill = a.newDrill(later)
	a.Reports = a.newReports(later)

	registry := jobs.NewRegistry()
	a.registerJobs(registry)
	if a.Jobs, err = jobs.New(a.DB, a.Log, registry, jobs.Options{}); err != nil {
		return err
	}
	later.jobs = a.Jobs

	var subs []*timeline.Subscriber
	for _, s := range [][]*timeline.Subscriber{a.Insight.Subscribers(), a.Scorecard.Subscribers(), a.Playbook.Subscribers(), a.Carrier.Subscribers(), a.Acquisition.Subscribers(), a.Followup.Subscribers(inbox.SubscriberName), a.Care.Subscribers(), a.Campaigns.Subscribers(), a.SOPs.Subscribers()} {
		subs = append(subs, s...)
	}
	for _, s := range subs {
		s.Pace = leisure
	}
	for _, s := range [][]*timeline.Subscriber{a.Pool.Subscribers(), a.Lifecycle.Subscribers(), a.Reach.Subscribers()} { // segments wait for these
		subs = append(subs, s...)
	}
	subs = append(subs, a.Inbox.Subscribers()...) // people look at these
	subs = append(subs, a.Journeys.Subscribers()...)
	subs = append(subs, a.facts.Subscriber("pool.purchases", "pool.stage", lifecycle.SubscriberName))
	a.Runner = timeline.NewRunner(a.DB, a.Timeline, a.Org, a.Log, a.now, subs...)
	a.Router = httpx.NewRouter(a.Log, "1")
	return nil
}

// leisure is how long those rest between two looks at the log whose rows are
// reports and the like.
const leisure = 100 * time.Millisecond

func (a *App) poolSettings(ctx context.Context, tx *db.Tx, orgID string) (pool.Settings, error) {
	s, err := a.Org.Settings(ctx, tx, orgID)
	return pool.Settings{Currency: s.Currency, Locale: s.Locale}, err
}

// importPeople is the pool as imports see it.
type importPeople struct{ pool *pool.Service }

func (p importPeople) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []importer.Contact) ([]importer.Found, error) {
	in := make([]pool.Contact, len(contacts))
	for i, c := range contacts {
		in[i] = poolContact(c)
	}
	found, err := p.pool.Resolve(ctx, tx, orgID, in)
	out := make([]importer.Found, len(found))
	for i, f := range found {
		out[i] = importer.Found{PersonID: f.PersonID, New: f.Created}
	}
	return out, err
}

func (p importPeople) Checker(ctx context.Context, tx *db.Tx, orgID string) (func(importer.Contact) error, error) {
	c, err := p.pool.Checker(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	return func(contact importer.Contact) error { return c.Check(poolContact(contact)) }, nil
}

func poolContact(c importer.Contact) pool.Contact {
	o := pool.Contact{Source: c.Source, SeenAt: c.SeenAt}
	for _, id := range []pool.Identity{{Kind: "customer_no", Value: c.Customer}, {Kind: "phone", Value: c.Phone}, {Kind: "email", Value: c.Email}} {
		if id.Value != "" {
			o.Identities = append(o.Identities, id)
		}
	}
	if f := c.Profile; f != nil {
		o.Name, o.Region, o.Gender, o.Birthday = f.Name, f.Region, f.Gender, f.Birthday
		o.OwnerStaffID, o.Tags, o.Traits = f.OwnerID, f.Tags, f.Traits
	}
	return o
}

func (p importPeople) TraitTypes(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	return p.pool.TraitTypes(ctx, tx, orgID)
}

// importChannels is acquisition as imports see it.
type importChannels struct{ *acquisition.Service }

func (c importChannels) Channel(ctx context.Context, tx *db.Tx, orgID, idOrPath string) (string, error) {
	return c.ChannelNamed(ctx, tx, orgID, "channel", idOrPath)
}

func (c importChannels) Credit(ctx context.Context, tx *db.Tx, orgID, channelID, source string, people []importer.Came) error {
	came := make([]acquisition.Imported, len(people))
	for i, p := range people {
		came[i] = acquisition.Imported{PersonID: p.PersonID, At: p.At}
	}
	return c.CreditImport(ctx, tx, orgID, channelID, source, came)
}

type lifecycleOrgs struct{ *org.Service }

func (o lifecycleOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (lifecycle.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return lifecycle.OrgSettings{Zone: s.TimeZone, Currency: s.Currency}, err
}

type insightOrgs struct{ *org.Service }

func (o insightOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (insight.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return insight.OrgSettings{Zone: s.TimeZone, Currency: s.Currency}, err
}

type importSettings struct{ org *org.Service }

func (o importSettings) Locale(ctx context.Context, tx *db.Tx, orgID string) (string, string, error) {
	s, err := o.org.Settings(ctx, tx, orgID)
	return s.TimeZoneName, s.Currency, err
}

// later is how modules have work done after their transaction. The jobs
// service is set once it exists: it needs the modules' handlers first.
type later struct{ jobs *jobs.Service }

// Redraw asks for lifecycle.Service.Redraw of the org.
func (l *later) Redraw(ctx context.Context, tx *db.Tx, orgID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, redrawArgs{}, jobs.Opts{UniqueKey: "redraw"})
	return err
}

// EnqueueImport asks for importer.Service.Run of the import.
func (l *later) EnqueueImport(ctx context.Context, tx *db.Tx, orgID, importID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, importArgs{ImportID: importID}, jobs.Opts{UniqueKey: importID})
	return err
}

// Reconcile asks for live.Engine.Reconcile of the org.
func (l *later) Reconcile(ctx context.Context, tx *db.Tx, orgID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, reconcileArgs{}, jobs.Opts{UniqueKey: "reconcile"})
	return err
}

// EnqueueSync asks for carrier.Service.Sync of the sync.
func (l *later) EnqueueSync(ctx context.Context, tx *db.Tx, orgID, syncID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, syncArgs{SyncID: syncID}, jobs.Opts{UniqueKey: syncID})
	return err
}

// EnqueueTransfer asks for carrier.Service.RunTransfer of the hand-over.
func (l *later) EnqueueTransfer(ctx context.Context, tx *db.Tx, orgID, transferID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, transferArgs{TransferID: transferID}, jobs.Opts{UniqueKey: transferID})
	return err
}

// RefreshCode asks for acquisition.Service.RefreshCode of the live code.
func (l *later) RefreshCode(ctx context.Context, tx *db.Tx, orgID, codeID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, codeArgs{CodeID: codeID}, jobs.Opts{UniqueKey: codeID})
	return err
}

// auditJob records in the actor's org what was done to a failed job.
func (a *App) auditJob(ctx context.Context, action string, jobID int64) error {
	actor, ok := access.From(ctx)
	if !ok {
		return errors.New("app: a job was touched by nobody")
	}
	return a.DB.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
		return a.Org.Audit(ctx, tx, action, "job", strconv.FormatInt(jobID, 10), nil)
	})
}
