package app

import (
	"context"
	"net/http"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/carrier"
	"fishpond/internal/carrier/media"
	"fishpond/internal/content"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/pool"
)

// newContent builds the library and connects its ports.
func (a *App) newContent() *content.Service {
	orgs := contentOrgs{a.Org}
	return content.New(a.DB, a.Timeline, a.now, a.Log, content.Ports{Orgs: orgs, Staff: orgs, People: contentPeople{a.Pool}, Contacts: contentContacts{a.Acquisition}, Carrier: contentCarrier{a.Carrier}, Auditor: a.Org,
		Types: content.Types{Sniff: media.Sniff, Name: media.Name, Served: media.Served, Shown: media.Shown}, QR: surveyQR},
		content.Config{BaseURL: a.serve.BaseURL, TrustProxy: a.serve.TrustProxy})
}

// contentOrgs tells the library of orgs and who works for them.
type contentOrgs struct{ *org.Service }

func (o contentOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (content.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return content.OrgSettings{Name: s.Name, Zone: s.TimeZone}, err
}

func (o contentOrgs) Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]content.Member, error) {
	all, err := o.StaffOf(ctx, tx, orgID)
	out := make(map[string]content.Member, len(all))
	for _, st := range all {
		out[st.ID] = content.Member{Name: st.Name, Active: st.Status != org.StatusDisabled}
	}
	return out, err
}

// Insider is part of content.Orgs: whoever is signed in to the console works here.
func (o contentOrgs) Insider(r *http.Request) bool {
	_, ok, err := o.Authenticate(r)
	return ok && err == nil
}

// contentPeople is the pool as the library sees it.
type contentPeople struct{ pool *pool.Service }

func (p contentPeople) Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error) {
	return p.pool.Visible(ctx, tx, orgID, personID)
}

func (p contentPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]content.Named, error) {
	named, err := p.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]content.Named, len(named))
	for id, n := range named {
		out[id] = content.Named{ID: n.ID, Name: n.Name}
	}
	return out, err
}

// contentContacts tells how staff are reached: by their business card and the
// code that they share.
type contentContacts struct{ acquisition *acquisition.Service }

func (c contentContacts) Contact(ctx context.Context, orgID, staffID string) (out content.Contact, err error) {
	share, err := c.acquisition.MyShare(access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: staffID}))
	if errs.Is(err, errs.CodeNotFound) { // has left
		return out, nil
	}
	if err != nil || !share.Active {
		return out, err
	}
	out.Name = share.Staff.Name
	if share.Card != nil {
		out.Title, out.PhotoURL, out.CardURL = share.Card.Title, share.Card.PhotoURL, share.Card.URL
	}
	if share.Code != nil {
		out.QRURL = share.Code.QRURL
	}
	return out, nil
}

// contentCarrier keeps files of the library for a conversation.
type contentCarrier struct{ *carrier.Service }

func (c contentCarrier) Carry(ctx context.Context, name string, data []byte) (string, error) {
	m, err := c.SaveMedia(ctx, name, data)
	return m.ID, err
}

// contentSweepArgs tells the timeline of visits that are over.
type contentSweepArgs struct{}

func (contentSweepArgs) Kind() string { return "content.sweep" }

// contentCleanArgs forgets uploads that nothing refers to.
type contentCleanArgs struct{}

func (contentCleanArgs) Kind() string { return "content.clean" }

// registerContentJobs is registerJobs for the library.
func (a *App) registerContentJobs(r *jobs.Registry) {
	long := jobs.Limits{Timeout: -1, Queue: jobs.Long}
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[contentSweepArgs]) error { return a.Content.Sweep(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[contentCleanArgs]) error { return a.Content.Clean(ctx) })
	r.Every(time.Minute, contentSweepArgs{})
	r.Every(24*time.Hour, contentCleanArgs{})
}
