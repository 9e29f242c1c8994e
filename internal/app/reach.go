package app

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
)

// mailLines is how many connections one account's mail server gets.
const mailLines = 20

// journalFolder is where this machine's processes note what they begin to send,
// within the data folder.
const journalFolder = "outbox"

// newReach wires the gate and the outbox.
func (a *App) newReach() *reach.Service {
	r := reach.New(a.DB, a.Timeline, a.now, a.Log, reach.Ports{Transport: reachTransport{a.Carrier.NewOutbox(mailLines), a.Carrier},
		Accounts: reachAccounts{a.Carrier}, Orgs: reachOrgs{a.Org}, People: reachPeople{a.Pool}, Auditor: a.Org}, reach.Options{Journal: filepath.Join(a.config.Data, journalFolder), Steady: clock.Steady})
	a.Carrier.SetBulk(carrierBulk{r})
	a.Carrier.SetMassTeller(massTeller{r})
	return r
}

// carrierBulk tells whose a mail is that came back.
type carrierBulk struct{ reach *reach.Service }

func (b carrierBulk) Mail(ctx context.Context, key string) (carrier.BulkMail, error) {
	m, err := b.reach.Mail(ctx, key)
	return carrier.BulkMail(m), err
}

// reachTransport hands messages to the carriers.
type reachTransport struct {
	outbox  *carrier.Outbox
	carrier *carrier.Service
}

func (t reachTransport) Repeatable(kind string) bool { return carrier.Repeatable(kind) }

func (t reachTransport) Deliver(ctx context.Context, orgID, accountID string, all []reach.Delivery, told func(int, reach.Result)) {
	out := make([]carrier.Outgoing, len(all))
	for i, m := range all {
		o := carrier.Outgoing{Key: m.Key, AccountID: accountID, PersonID: m.PersonID, To: m.To, Subject: m.Subject, HTML: m.HTML, Unsubscribe: strings.Trim(m.Headers["List-Unsubscribe"], "<>"),
			Template: m.Template, Parameters: m.Parameters, Plan: m.PlanID, Until: m.EndAt, Begin: m.Begin}
		o.Parts, _ = m.Parts.([]carrier.Part)
		if m.Text != "" && !slices.ContainsFunc(o.Parts, func(p carrier.Part) bool { return p.Kind == carrier.PartText }) { // the parts are what goes along
			o.Parts = append([]carrier.Part{{Kind: carrier.PartText, Text: m.Text}}, o.Parts...)
		}
		out[i] = o
	}
	t.outbox.Deliver(ctx, orgID, accountID, out, func(i int, d carrier.Delivered) {
		r := reach.Result{Status: d.Status, Again: d.Again, Down: d.Down, Code: d.Code, Reason: d.Reason, Told: d.Told, ID: d.PlatformID}
		if d.Untried || d.Status == carrier.SendQueued {
			r = reach.Result{}
		}
		told(i, r)
	})
}

// reachAccounts answers for the carriers.
type reachAccounts struct{ carrier *carrier.Service }

func (r reachAccounts) Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]reach.Account, error) {
	infos, err := r.carrier.AccountInfos(ctx, tx, orgID)
	out := make(map[string]reach.Account, len(infos))
	for id, i := range infos {
		out[id] = reach.Account{Name: i.Name, Kind: i.Kind, Active: i.Active, Window: i.Can.WindowHours > 0}
	}
	return out, err
}

func (r reachAccounts) Windows(ctx context.Context, tx *db.Tx, orgID, accountID string, to []string) (map[string]gate.PlatformWindow, error) {
	all, err := r.carrier.Windows(ctx, tx, orgID, accountID, to)
	out := make(map[string]gate.PlatformWindow, len(all))
	for id, w := range all {
		p := gate.PlatformWindow{Open: w.Open}
		if w.Until != nil {
			p.Until = *w.Until
		}
		out[id] = p
	}
	return out, err
}

func (r reachAccounts) Returned(ctx context.Context, tx *db.Tx, orgID string, addresses []string) (map[string]string, error) {
	return r.carrier.ReturnedOf(ctx, tx, orgID, addresses)
}

// reachOrgs answers for the org module.
type reachOrgs struct{ *org.Service }

func (o reachOrgs) Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error) {
	s, err := o.Settings(ctx, tx, orgID)
	return s.TimeZone, err
}

// reachPeople answers for the pool.
type reachPeople struct{ pool *pool.Service }

func (p reachPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]reach.Named, error) {
	named, err := p.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]reach.Named, len(named))
	for id, n := range named {
		out[id] = reach.Named{Name: n.Name, Owner: n.OwnerStaffID}
	}
	return out, err
}

func (p reachPeople) Speaker(ctx context.Context, tx *db.Tx, orgID, personID string) (string, error) {
	a, _ := access.From(ctx)
	if a.OrgID != orgID {
		return "", errs.NotFound(i18n.T("这位客户", "person"))
	}
	all, err := p.pool.Speakers(ctx, tx, orgID, []string{personID})
	if err != nil {
		return "", err
	}
	at, ok := all[personID]
	if !ok {
		return "", errs.NotFound(i18n.T("这位客户", "person"))
	}
	return at.ID, nil
}

func (r reachAccounts) WindowOf(ctx context.Context, tx *db.Tx, orgID, accountID, personID string) (gate.PlatformWindow, error) {
	w, err := r.carrier.WindowOf(ctx, tx, orgID, accountID, personID)
	out := gate.PlatformWindow{Open: w.Open}
	if w.Until != nil {
		out.Until = *w.Until
	}
	return out, err
}

// openStanding makes a plan to which people are added as they come due.
func openStanding(ctx context.Context, r *reach.Service, tx *db.Tx, p reach.Plan) error {
	p.Standing = true
	if err := r.CreatePlan(ctx, tx, p); err != nil {
		return err
	}
	return r.Start(ctx, tx, p.OrgID, p.ID)
}

// reachAddresses are addresses of another module in reach's words.
func reachAddresses[A ~struct{ AccountID, Carrier, To string }](all []A) []reach.Address {
	out := make([]reach.Address, len(all))
	for i, a := range all {
		out[i] = reach.Address(a)
	}
	return out
}
