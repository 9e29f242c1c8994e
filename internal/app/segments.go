package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fishpond/internal/lifecycle"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate/plan"
)

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

type noLists struct{}

func (noLists) ListsOf(context.Context, *db.Tx, string, []string) (map[string][]string, error) {
	return nil, nil
}
