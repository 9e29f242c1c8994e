package app

import (
	"context"
	"strings"

	"fishpond/internal/acquisition"
	"fishpond/internal/carrier"
	"fishpond/internal/content"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/pool"
)

// acquisitionOrgs tells acquisition of orgs and who works for them.
type acquisitionOrgs struct{ *org.Service }

func (o acquisitionOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (acquisition.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return acquisition.OrgSettings{Name: s.Name, Zone: s.TimeZone, Currency: s.Currency, Locale: s.Locale}, err
}

func (o acquisitionOrgs) Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]acquisition.Member, error) {
	all, err := o.StaffOf(ctx, tx, orgID)
	out := make(map[string]acquisition.Member, len(all))
	for _, st := range all {
		out[st.ID] = acquisition.Member{Name: st.Name, Active: st.Status != org.StatusDisabled}
	}
	return out, err
}

// acquisitionPeople is the pool as acquisition sees it.
type acquisitionPeople struct{ *pool.Service }

func (p acquisitionPeople) Enter(ctx context.Context, tx *db.Tx, orgID string, e acquisition.Entrant) (string, error) {
	who := pool.Contact{Source: e.Source, SeenAt: e.SeenAt, Identities: []pool.Identity{{Kind: "phone", Value: e.Phone}}}
	check, err := p.Checker(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	if err := check.Check(who); err != nil {
		return "", formFields(err)
	}
	found, err := p.Resolve(ctx, tx, orgID, []pool.Contact{who})
	if err != nil {
		return "", err
	}
	if found[0].Created && e.Name != "" {
		// Only now: whoever types a phone number need not be its owner, and shall
		// not rename them.
		who.Name = e.Name
		if _, err := p.Resolve(ctx, tx, orgID, []pool.Contact{check.Usable(who)}); err != nil {
			return "", err
		}
	}
	if e.Purpose == "" {
		return found[0].PersonID, nil
	}
	return found[0].PersonID, p.NoteConsent(ctx, tx, orgID, found[0].PersonID,
		pool.ConsentInput{Purpose: e.Purpose, Granted: true, TextVersion: e.TextVersion, Source: e.Source})
}

// formFields says where on a form the pool's complaint belongs.
func formFields(err error) error {
	e := *errs.As(err)
	e.Fields = nil
	for _, f := range errs.As(err).Fields {
		if strings.HasPrefix(f.Path, "identities[0]") {
			f.Path = "body.phone"
		}
		e.Fields = append(e.Fields, f)
	}
	return &e
}

func (p acquisitionPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]acquisition.Named, error) {
	named, err := p.Service.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]acquisition.Named, len(named))
	for id, n := range named {
		out[id] = acquisition.Named{ID: n.ID, Name: n.Name}
	}
	return out, err
}

// acquisitionCarrier puts live codes on platforms.
type acquisitionCarrier struct{ *carrier.Service }

func (c acquisitionCarrier) PutContactWay(ctx context.Context, orgID, accountID string, w acquisition.ContactWay) (way acquisition.Way, err error) {
	way.ConfigID, way.QRURL, err = c.Service.PutContactWay(ctx, orgID, accountID,
		carrier.ContactWay{ConfigID: w.ConfigID, StaffIDs: w.StaffIDs, State: w.State, Remark: w.Remark, Verify: w.Confirm})
	return way, err
}

func (c acquisitionCarrier) PutJoinWay(ctx context.Context, orgID, accountID string, w acquisition.JoinWay) (way acquisition.Way, err error) {
	way.ConfigID, way.QRURL, err = c.Service.PutJoinWay(ctx, orgID, accountID, carrier.JoinWay{ConfigID: w.ConfigID, ChatIDs: w.ChatIDs, State: w.State})
	return way, err
}

func (c acquisitionCarrier) PutServiceLink(ctx context.Context, orgID, accountID, state string) (string, error) {
	return c.ServiceLink(ctx, orgID, accountID, state)
}

func (c acquisitionCarrier) Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	return c.AccountNames(ctx, tx, orgID)
}

// greeter tells carriers what arrivals mean.
type greeter struct{ acquisition *acquisition.Service }

func (g greeter) Greet(ctx context.Context, tx *db.Tx, orgID string, a carrier.Arrival) (carrier.Greeting, error) {
	if a.StaffName == "" && a.StaffID != "" { // not every platform tells what a member is called
		members, err := g.acquisition.Staff.Members(ctx, tx, orgID)
		if err != nil {
			return carrier.Greeting{}, err
		}
		a.StaffName = members[a.StaffID].Name
	}
	got, err := g.acquisition.Greet(ctx, tx, orgID, acquisition.Newcomer{State: a.State, StaffName: a.StaffName, PersonName: a.PersonName, At: a.At})
	out := carrier.Greeting{Channel: got.ChannelID, Entrance: got.EntranceID, CodeID: got.CodeID, Tags: got.Tags, Remark: got.Remark}
	for _, p := range got.Welcome {
		out.Welcome = append(out.Welcome, carrier.Part(p))
	}
	return out, err
}

// acquisitionLibrary shows what business cards hold.
type acquisitionLibrary struct{ app *App }

func (l acquisitionLibrary) Tiles(ctx context.Context, orgID, staffID string, items []acquisition.ShowcaseItem) (map[string]acquisition.Tile, error) {
	list := make([]content.Item, len(items))
	for i, one := range items {
		list[i] = content.Item{ID: one.ID, Briefcase: one.Briefcase}
	}
	tiles, err := l.app.Content.Tiles(ctx, orgID, staffID, list)
	out := make(map[string]acquisition.Tile, len(tiles))
	for id, t := range tiles {
		out[id] = acquisition.Tile{Kind: t.Kind, Title: t.Title, Text: t.Text, Shown: t.Shown, URL: t.URL, CoverURL: t.CoverURL}
	}
	return out, err
}

func (l acquisitionLibrary) PersonLink(ctx context.Context, tx *db.Tx, orgID, staffID, personID string, i acquisition.ShowcaseItem) (string, error) {
	return l.app.Content.PersonLink(ctx, tx, orgID, staffID, personID, content.Item{ID: i.ID, Briefcase: i.Briefcase})
}
