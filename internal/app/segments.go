package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/acquisition"
	"fishpond/internal/lifecycle"
	"fishpond/internal/org"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/segment"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// indexFolder is where the data folder holds the segment indexes.
const indexFolder = "segments"

// segmentFacts tells segments how persons are.
type segmentFacts struct {
	pool      *pool.Service
	lifecycle *lifecycle.Service
}

func (f segmentFacts) Places(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]facts.Place, error) {
	places, err := f.pool.Places(ctx, tx, orgID, personIDs)
	out := make(map[string]facts.Place, len(places))
	for id, p := range places {
		out[id] = facts.Place{Own: p.Seq, Speaker: p.Canonical}
	}
	return out, err
}

func (f segmentFacts) Portraits(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) ([]facts.Portrait, error) {
	portraits, err := f.pool.Portraits(ctx, tx, orgID, personIDs)
	if err != nil {
		return nil, err
	}
	out := make([]facts.Portrait, len(portraits))
	for i, p := range portraits {
		out[i] = facts.Portrait{ID: p.ID, Members: make(map[string]uint32, len(p.Members)), Person: plan.Person{
			Seq: p.Seq, Stage: p.Stage, Region: p.Region, Gender: p.Gender, Owner: p.OwnerStaffID, Name: p.Name, Source: p.Source, Birthday: p.Birthday,
			Orders: p.Orders, Refunds: p.Refunds, GMV: p.GMV, Refunded: p.Refunded, FirstOrder: p.FirstOrderAt, LastOrder: p.LastOrderAt, Created: p.CreatedAt,
			Tags: p.Tags, Identities: p.Identities, Carriers: carriersOf(p.Identities), Consents: p.Consents}}
		for _, m := range p.Members {
			out[i].Members[m.ID] = m.Seq
		}
		for key, value := range p.Traits {
			var v any
			if err := json.Unmarshal(value, &v); err != nil {
				return nil, fmt.Errorf("trait %s of person %s: %w", key, p.ID, err)
			}
			if out[i].Person.Traits == nil {
				out[i].Person.Traits = map[string]any{}
			}
			out[i].Person.Traits[key] = v
		}
	}
	return out, nil
}

// carriers are over which somebody can be reached who has an identity of a kind.
var carriers = []struct{ identity, carrier string }{
	{"phone", "sms"}, {"email", "email"}, {"wecom_external_userid", "wecom"}, {"openid", "official_account"},
}

func carriersOf(identities []string) (out []string) {
	for _, c := range carriers {
		if slices.Contains(identities, c.identity) {
			out = append(out, c.carrier)
		}
	}
	return out
}

var traitTypes = map[string]plan.Type{"text": plan.Text, "number": plan.Number, "date": plan.Date, "boolean": plan.Bool, "list": plan.List}

func (f segmentFacts) Traits(ctx context.Context, tx *db.Tx, orgID string) ([]plan.Attr, error) {
	types, err := f.pool.TraitTypes(ctx, tx, orgID)
	var out []plan.Attr
	for key, t := range types {
		out = append(out, plan.Attr{Name: key, Trait: true, Type: traitTypes[t]})
	}
	return out, err
}

func (f segmentFacts) Scores(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][3]int64, error) {
	scores, err := f.lifecycle.Scores(ctx, tx, orgID, personIDs)
	out := make(map[string][3]int64, len(scores))
	for id, s := range scores {
		out[id] = [3]int64{s.Recency, s.Frequency, s.Monetary}
	}
	return out, err
}

// segmentPeople answers segments for the pool, and for acquisition where
// people came from.
type segmentPeople struct {
	pool     *pool.Service
	channels func(ctx context.Context, tx *db.Tx, orgID string) ([]acquisition.ChannelName, error)
}

func (p segmentPeople) Definitions(ctx context.Context, tx *db.Tx, orgID string) (out predicate.Definitions, err error) {
	def, err := p.pool.Definitions(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	for _, t := range def.Traits {
		out.Traits = append(out.Traits, predicate.Trait{Key: t.Key, Label: t.Label, Type: traitTypes[t.Type], Options: t.Options})
	}
	for _, t := range def.Tags {
		out.Tags = append(out.Tags, predicate.TagDef{ID: t.ID, Name: t.Name, Group: t.Group})
	}
	channels, err := p.channels(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	for _, c := range channels {
		out.Channels = append(out.Channels, predicate.Named(c))
	}
	out.Identities, out.Purposes = def.Identities, def.Purposes
	for _, c := range carriers {
		out.Carriers = append(out.Carriers, c.carrier)
	}
	return out, nil
}

func (p segmentPeople) TagColors(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	def, err := p.pool.Definitions(ctx, tx, orgID)
	out := map[string]string{}
	for _, t := range def.Tags {
		if t.Color != "" {
			out[t.ID] = t.Color
		}
	}
	return out, err
}

func (p segmentPeople) Speakers(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]segment.Speaker, error) {
	places, err := p.pool.Speakers(ctx, tx, orgID, personIDs)
	out := make(map[string]segment.Speaker, len(places))
	for id, at := range places {
		out[id] = segment.Speaker{PersonID: at.ID, Seq: at.Seq}
	}
	return out, err
}

func (p segmentPeople) Members(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]string, error) {
	return p.pool.MembersOf(ctx, tx, orgID, speakers)
}

func (p segmentPeople) ByIdentities(ctx context.Context, tx *db.Tx, orgID string, ids []segment.Identity) ([]string, error) {
	of := make([]pool.Identity, len(ids))
	for i, id := range ids {
		of[i] = pool.Identity(id)
	}
	return p.pool.ByIdentities(ctx, tx, orgID, of)
}

func (p segmentPeople) Identities(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]segment.Identity, error) {
	found, err := p.pool.IdentitiesOf(ctx, tx, orgID, speakers)
	out := make(map[string][]segment.Identity, len(found))
	for id, of := range found {
		for _, i := range of {
			out[id] = append(out[id], segment.Identity(i))
		}
	}
	return out, err
}

// segmentOrgs answers segments for the org module.
type segmentOrgs struct{ *org.Service }

func (o segmentOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (segment.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return segment.OrgSettings{Zone: s.TimeZone, Currency: s.Currency, Digits: currency.Digits(s.Currency)}, err
}

func (o segmentOrgs) Staff(ctx context.Context, tx *db.Tx, orgID string) ([]predicate.Named, error) {
	names, err := o.StaffNames(ctx, tx, orgID)
	var out []predicate.Named
	for _, id := range slices.Sorted(maps.Keys(names)) {
		out = append(out, predicate.Named{ID: id, Name: names[id]})
	}
	return out, err
}
