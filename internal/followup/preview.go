package followup

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Share is how many people of a preview go on whose list.
type Share struct {
	StaffID   string `json:"staff_id" doc:"Empty: nobody's"`
	StaffName string `json:"staff_name"`
	People    int64  `json:"people"`
}

// Sampled is somebody whom a rule would list today.
type Sampled struct {
	PersonID  string `json:"person_id"`
	Name      string `json:"name"`
	StaffID   string `json:"staff_id"`
	StaffName string `json:"staff_name"`
	Reason    string `json:"reason" doc:"In words"`
}

// Preview is whom a rule would list if the lists were made now.
type Preview struct {
	Day    string    `json:"day"`
	People int64     `json:"people"`
	Text   string    `json:"text" doc:"The predicate with the names of today"`
	Staff  []Share   `json:"staff" nullable:"false" doc:"Whose lists they go on, the longest first"`
	Sample []Sampled `json:"sample" nullable:"false" doc:"The first of them, at most 8"`
}

const sampled = 8

// Preview tells whom a rule would list. id is the rule that is being changed,
// whose people were attended to; empty: a new one.
func (s *Service) Preview(ctx context.Context, id string, in RuleInput) (Preview, error) {
	a := actor(ctx)
	out := Preview{Staff: []Share{}, Sample: []Sampled{}}
	if err := s.ready(ctx, a.OrgID); err != nil {
		return out, err
	}
	day, err := s.today(ctx, a.OrgID)
	if err != nil {
		return out, err
	}
	h, _, err := s.prepare(ctx, a.OrgID, day)
	if err != nil {
		return out, err
	}
	was, builtin := &Rule{}, ""
	if id != "" {
		err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
			was, err = ruleByID(ctx, tx, a.OrgID, id)
			return err
		})
		if err != nil {
			return out, err
		}
		builtin = was.Builtin
	}
	if in.Name == "" && builtin == "" {
		in.Name = "-" // it may not have one yet
	}
	expr, err := s.check(ctx, a.OrgID, &in, builtin)
	if err != nil {
		return out, err
	}
	if expr, err = s.same(ctx, a.OrgID, was, in, expr); err != nil {
		return out, err
	}
	r := &Rule{ID: id, RuleInput: in, Builtin: builtin, expr: expr}
	h.rules, h.skip = []*Rule{r}, map[string]bool{}
	h.settings.Cap = sampled
	h.room = map[string]int{}
	if err := h.gather(ctx); err != nil {
		return out, err
	}
	if len(h.sets) == 0 {
		return out, errs.InvalidField("body.text", i18n.T("条件里提到的内容已不存在", "What the rule speaks of is no longer there"))
	}
	out.Day = day.String()
	if expr != "" {
		if out.Text, err = s.Audience.Text(ctx, a.OrgID, expr); err != nil {
			return out, err
		}
	}
	traits, err := s.Audience.Traits(ctx, a.OrgID)
	if err != nil {
		return out, err
	}
	tell := &teller{lang: i18n.From(ctx), zone: h.zone, staff: h.members, traits: traits, day: day}
	for _, staff := range slices.Sorted(maps.Keys(h.rolls)) {
		list := h.rolls[staff]
		out.People += int64(list.all)
		out.Staff = append(out.Staff, Share{staff, h.members[staff].Name, int64(list.all)})
		for _, c := range list.inOrder() {
			out.Sample = append(out.Sample, Sampled{c.who.ID, c.who.Name, staff, h.members[staff].Name, tell.say(r, c.reasons[0].facts)})
		}
	}
	slices.SortStableFunc(out.Staff, func(x, y Share) int { return cmp.Compare(y.People, x.People) })
	if len(out.Sample) > sampled { // some of every list
		every := len(out.Sample) / sampled
		for i := range sampled {
			out.Sample[i] = out.Sample[i*every]
		}
		out.Sample = out.Sample[:sampled]
	}
	return out, nil
}

// Trait is a trait that is a date.
type Trait struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Dates lists the traits that a rule can count from.
func (s *Service) Dates(ctx context.Context) (out []Trait, err error) {
	all, err := s.Audience.Traits(ctx, actor(ctx).OrgID)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Trait{key, all[key]})
	}
	return out, err
}
