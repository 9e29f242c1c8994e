package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/demo"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool"
	"fishpond/internal/segment"
)

// DemoOptions say which synthetic brand to make.
type DemoOptions struct {
	Persons int // 1–1,000,000
	Seed    uint64
	Until   time.Time // its last day
	// NoCampaigns leaves out the mail account and what was sent over it, journeys too.
	NoCampaigns bool
	Progress    func(done, total int)
}

// Login is a way in.
type Login struct{ Email, Password string }

const demoEmail = "demo@fishpond.example"

// Demo makes the synthetic brand, or finds it made before, and brings its
// projections up to date. The owner gets a new password each time, so that
// no installation has a well-known one.
func (a *App) Demo(ctx context.Context, o DemoOptions) (Login, error) {
	if o.Persons < 1 || o.Persons > 1_000_000 {
		return Login{}, errs.InvalidField("persons", i18n.T("应在 1 到 1,000,000 之间", "must be between 1 and 1,000,000"))
	}
	login := Login{Email: demoEmail, Password: ids.Token()[:16]}
	brand, err := a.Org.FindOrg(ctx, demo.Brand)
	fresh := errs.Is(err, errs.CodeNotFound)
	if fresh {
		brand, _, err = a.Org.CreateOrg(ctx, org.NewOrg{Name: demo.Brand, TimeZone: "Asia/Shanghai", Currency: "CNY", Locale: "zh-CN", Synthetic: true,
			OwnerName: "演示账号", OwnerEmail: demoEmail, OwnerPassword: login.Password})
	} else if err == nil {
		err = a.Org.SetPassword(ctx, brand.ID, demoEmail, login.Password)
	}
	if err != nil {
		return Login{}, err
	}
	ctx = access.With(ctx, access.ForSystem(brand.ID, "demo"))
	var owners []string
	for i, name := range demo.Staff() {
		st, err := a.Org.EnsureStaff(ctx, brand.ID, name, fmt.Sprintf("staff%d@fishpond.example", i+1), org.RoleAssociate)
		if err != nil {
			return Login{}, err
		}
		owners = append(owners, st.ID)
	}
	if err := a.demoVocabulary(ctx); err != nil {
		return Login{}, err
	}
	progress := func(done int) {
		if o.Progress != nil {
			o.Progress(done, o.Persons)
		}
	}
	channels, err := a.demoChannels(ctx)
	if err != nil {
		return Login{}, err
	}
	came, err := demo.Load(ctx, a.DB, a.Timeline, demoPeople{a.Pool}, brand.ID, owners, channels, demo.NewBrandscape(o.Seed, o.Until), o.Persons, progress)
	if err != nil {
		return Login{}, err
	}
	if fresh {
		for _, c := range came.Spent() {
			if _, err := a.Acquisition.PutCost(ctx, channels[c.Key], acquisition.CostEntry{From: c.From, To: c.To, AmountMinor: c.Minor}); err != nil {
				return Login{}, fmt.Errorf("costs of %s: %w", c.Key, err)
			}
		}
	}
	if err := a.settle(ctx, brand.ID); err != nil || !fresh {
		return login, err
	}
	if err := a.demoSurvey(ctx, o.Seed); err != nil {
		return login, err
	}
	if err := a.demoContent(ctx, brand.ID, o.Seed); err != nil {
		return login, err
	}
	if err := a.demoSegments(ctx, brand.ID); err != nil {
		return login, err
	}
	if err := a.demoSOPs(ctx); err != nil {
		return login, err
	}
	if !o.NoCampaigns {
		if err := a.demoCampaigns(ctx, brand.ID); err != nil {
			return login, err
		}
		if err := a.demoWays(ctx, brand.ID, o.Until); err != nil {
			return login, err
		}
	}
	if err := a.demoCare(ctx, brand.ID); err != nil {
		return login, err
	}
	if err := a.demoFollowup(ctx, brand.ID); err != nil {
		return login, err
	}
	if err := a.Runner.CatchUp(ctx, brand.ID); err != nil {
		return login, err
	}
	if err := a.demoDrills(ctx, brand.ID, o.Until); err != nil {
		return login, err
	}
	return login, errors.Join(a.Scorecard.Refresh(ctx, brand.ID), a.Playbook.Refresh(ctx, brand.ID))
}

// demoChannels makes the brand's tree of channels, where it is not there yet,
// and returns the ids of the entrances by their keys.
func (a *App) demoChannels(ctx context.Context) (map[string]string, error) {
	all, _, err := a.Acquisition.Channels(ctx, acquisition.ChannelFilter{}, "", 1000)
	if err != nil {
		return nil, err
	}
	have := map[string]string{}
	for _, c := range all {
		have[strings.Join(c.Path, "/")] = c.ID
	}
	out := map[string]string{}
	for _, e := range demo.Entrances() {
		parent := ""
		for i := range e.Path {
			at := strings.Join(e.Path[:i+1], "/")
			if have[at] == "" {
				c, err := a.Acquisition.CreateChannel(ctx, e.Path[i], parent)
				if err != nil {
					return nil, fmt.Errorf("channel %s: %w", at, err)
				}
				have[at] = c.ID
			}
			parent = have[at]
		}
		out[e.Key] = parent
	}
	return out, nil
}

// demoSegments saves the segments that a new brand begins with.
func (a *App) demoSegments(ctx context.Context, orgID string) error {
	for _, s := range demo.Segments() {
		if _, err := a.Segments.Create(ctx, segment.SegmentInput{Name: s.Name, Description: s.Description, Predicate: segment.Predicate{Text: s.Text}}); err != nil {
			return fmt.Errorf("segment %s: %w", s.Name, err)
		}
	}
	if err := a.Live.CatchUp(ctx, orgID); err != nil {
		return err
	}
	return a.Runner.CatchUp(ctx, orgID)
}

// settle brings everything that follows the timeline to its end: projections,
// thresholds from the data, stages that time has changed.
func (a *App) settle(ctx context.Context, orgID string) error {
	if err := a.Runner.CatchUp(ctx, orgID); err != nil {
		return err
	}
	if err := a.Lifecycle.Measure(ctx, orgID); err != nil {
		return err
	}
	if _, err := a.Lifecycle.Sweep(ctx, orgID); err != nil {
		return err
	}
	return a.Runner.CatchUp(ctx, orgID)
}

// demoVocabulary declares the brand's tags and traits; those that are there
// already stay.
func (a *App) demoVocabulary(ctx context.Context) error {
	for _, t := range demo.Tags() {
		if _, err := a.Pool.CreateTag(ctx, pool.TagInput{Group: t.Group, Name: t.Name, Color: t.Color}); err != nil && !errs.Is(err, errs.CodeConflict) {
			return err
		}
	}
	_, err := a.Pool.CreateTrait(ctx, pool.TraitInput{Key: "income", Label: "月收入", Type: "text"})
	if errs.Is(err, errs.CodeConflict) {
		return nil
	}
	return err
}

// demoPeople is the pool as the demo sees it.
type demoPeople struct{ pool *pool.Service }

func (d demoPeople) Take(ctx context.Context, tx *db.Tx, orgID string, owners []string, persons []demo.Person) ([]string, error) {
	contacts := make([]pool.Contact, len(persons))
	for i, p := range persons {
		c := pool.Contact{Name: p.Name, Region: p.Region, Gender: p.Gender, Birthday: p.Birthday, SeenAt: p.Arrived, Source: "demo", OwnerStaffID: owners[p.Owner],
			Tags: p.Tags, Identities: []pool.Identity{{Kind: "phone", Value: p.Phone}}}
		if p.WeCom != "" {
			c.Identities = append(c.Identities, pool.Identity{Kind: "wecom_external_userid", Value: p.WeCom})
		}
		if p.Email != "" {
			c.Identities = append(c.Identities, pool.Identity{Kind: "email", Value: p.Email})
		}
		if p.Income != "" {
			c.Traits = map[string]any{"income": p.Income}
		}
		contacts[i] = c
	}
	return resolved(d.pool.Resolve(ctx, tx, orgID, contacts))
}

// resolved is the ids of persons that were found or made.
func resolved(found []pool.Resolved, err error) ([]string, error) {
	out := make([]string, len(found))
	for i, r := range found {
		out[i] = r.PersonID
	}
	return out, err
}
