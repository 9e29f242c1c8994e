package journey

import (
	"context"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/ready"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// VariableView is a value that texts may hold.
type VariableView struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Carrier is over what people are reached.
type Carrier struct {
	Kind  string `json:"kind"`
	Label string `json:"label"`
}

var carriers = []struct {
	kind  string
	label i18n.Text
}{{"wecom", i18n.T("企业微信", "WeCom")}, {"official_account", i18n.T("公众号", "Official account")}, {"email", i18n.T("邮件", "E-mail")}, {"sms", i18n.T("短信", "SMS")}}

// Choices are what journeys of an org can be made of.
type Choices struct {
	Events    []EventKind    `json:"events" nullable:"false"`
	Accounts  []Account      `json:"accounts" nullable:"false"`
	Carriers  []Carrier      `json:"carriers" nullable:"false"`
	Traits    []Trait        `json:"traits" nullable:"false"`
	Tags      []Named        `json:"tags" nullable:"false"`
	Segments  []Named        `json:"segments" nullable:"false"`
	Staff     []Named        `json:"staff" nullable:"false"`
	Pools     []Named        `json:"coupon_pools" nullable:"false"`
	Journeys  []Named        `json:"journeys" nullable:"false" doc:"That can be entered from a step"`
	Variables []VariableView `json:"variables" nullable:"false"`
}

// Choices are what journeys of the actor's org can be made of.
func (s *Service) Choices(ctx context.Context) (out Choices, err error) {
	a, lang := actor(ctx), i18n.From(ctx)
	if out.Events, err = s.Conditions.Kinds(ctx, a.OrgID); err != nil {
		return out, err
	}
	names, err := s.Conditions.Names(ctx, a.OrgID)
	if err != nil {
		return out, err
	}
	for _, id := range sorted(names) {
		out.Segments = append(out.Segments, Named{id, names[id]})
	}
	for _, v := range s.Wording.Variables() {
		out.Variables = append(out.Variables, VariableView{v.Name, v.Text.In(lang)})
	}
	for _, c := range carriers {
		out.Carriers = append(out.Carriers, Carrier{c.kind, c.label.In(lang)})
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out.Journeys, out.Staff = nil, nil
		staff, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		for _, id := range sorted(staff) {
			out.Staff = append(out.Staff, Named{id, staff[id]})
		}
		if out.Accounts, err = s.Accounts.Accounts(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if out.Traits, err = s.People.Traits(ctx, tx, a.OrgID); err != nil {
			return err
		}
		out.Traits = append([]Trait{{Key: "birthday", Label: i18n.T("生日", "Birthday").In(lang), Type: "date"}}, out.Traits...)
		if out.Tags, err = s.People.Tags(ctx, tx, a.OrgID); err != nil {
			return err
		}
		rows, err := rowsWhere(ctx, tx, a.OrgID, "deleted_at = 0 AND status <> 'ended' ORDER BY name, id")
		for _, r := range rows {
			out.Journeys = append(out.Journeys, Named{r.id, r.name})
		}
		return err
	})
	out.Events, out.Segments, out.Variables = httpx.Items(out.Events), httpx.Items(out.Segments), httpx.Items(out.Variables)
	out.Journeys, out.Accounts, out.Traits, out.Tags = httpx.Items(out.Journeys), httpx.Items(out.Accounts), httpx.Items(out.Traits), httpx.Items(out.Tags)
	if err == nil {
		out.Pools, err = s.Coupons.Pools(ctx)
	}
	out.Staff, out.Pools = httpx.Items(out.Staff), httpx.Items(out.Pools)
	return out, err
}

// begin is what a new journey begins with.
func begin(ctx context.Context, key string, spec *graph.Spec) (*graph.Spec, error) {
	if key == "" {
		return spec, nil
	}
	j, ok := ready.Find(key, i18n.From(ctx))
	if !ok {
		return nil, errs.NotFound(i18n.T("这个现成旅程", "ready journey"))
	}
	return &j.Spec, nil
}
