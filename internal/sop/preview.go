package sop

import (
	"context"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PreviewInput asks how a series would go for somebody.
type PreviewInput struct {
	Kind      string     `json:"kind" enum:"person,group"`
	Name      string     `json:"name,omitempty" maxLength:"60"`
	Spec      Spec       `json:"spec"`
	PersonID  string     `json:"person_id,omitempty" maxLength:"64"`
	AccountID string     `json:"account_id,omitempty" maxLength:"64" doc:"Of the group"`
	ChatID    string     `json:"chat_id,omitempty" maxLength:"128"`
	Since     *time.Time `json:"since,omitempty" doc:"When they come in; absent: now"`
}

// Preview is how a series would go for somebody. Nothing is stored.
type Preview struct {
	Name    string        `json:"name" doc:"Whose it is"`
	Zone    string        `json:"time_zone" doc:"Whose clock counts"`
	Account string        `json:"account" doc:"Over which it would go; empty: none reaches them"`
	Since   time.Time     `json:"since"`
	Items   []PreviewItem `json:"items" nullable:"false"`
}

// PreviewItem is a step for somebody.
type PreviewItem struct {
	StepID  string    `json:"step_id"`
	Kind    string    `json:"kind" enum:"message,task"`
	At      time.Time `json:"at"`
	Local   string    `json:"local" doc:"YYYY-MM-DD HH:MM where they are"`
	Until   time.Time `json:"until"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	Titles  []string  `json:"materials" nullable:"false"`
	Past    bool      `json:"past" doc:"Its time is past when they come in: it is passed over"`
	Problem string    `json:"problem,omitempty" doc:"Why they would not get it"`
}

// Preview shows a series as a person or a group would have it.
func (s *Service) Preview(ctx context.Context, in PreviewInput) (out Preview, err error) {
	a := actor(ctx)
	in.Spec.clean()
	if fields := s.problems(in.Kind, &in.Spec, false); len(fields) > 0 {
		return out, errs.Invalid(i18n.T("有几处要改", "Some things need mending"), fields...)
	}
	e, err := s.ready(&in.Spec)
	if err != nil {
		return out, err
	}
	since := s.now()
	if in.Since != nil {
		since = *in.Since
	}
	var who Known
	var org OrgSettings
	var reached bool
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if org, err = s.Orgs.Settings(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if in.Kind == Group {
			if in.ChatID == "" {
				out.Name, reached = i18n.T("任意一个群", "any group").In(i18n.From(ctx)), true
				return nil
			}
			found, err := s.Groups.Chats(ctx, tx, a.OrgID, ChatFilter{AccountID: in.AccountID, ChatIDs: []string{in.ChatID}})
			if err != nil {
				return err
			}
			if len(found) == 0 {
				return errs.NotFound(i18n.T("这个群", "group"))
			}
			out.Name, reached = found[0].Name, true
			if in.Since == nil && in.Spec.Trigger.Since != SinceEnrolled && !found[0].Created.IsZero() {
				since = found[0].Created
			}
			return nil
		}
		return s.previewPerson(ctx, tx, a.OrgID, in, e, &who, &out, &reached)
	})
	if err != nil {
		return out, err
	}
	if d, err := time.ParseInLocation(time.DateOnly, in.Spec.Trigger.Date, org.Zone); in.Kind == Group && in.Spec.Trigger.Since == SinceDate && err == nil {
		since = d
	}
	zone := zoneOf(who.Zone, org.Zone)
	out.Zone, out.Since, out.Items = zone.String(), since, []PreviewItem{}
	for i := range e.Steps {
		out.Items = append(out.Items, s.previewStep(ctx, e, i, in, who, org, clock.Micros(since), reached))
	}
	return out, nil
}

func (s *Service) previewPerson(ctx context.Context, tx *db.Tx, orgID string, in PreviewInput, e *edition, who *Known, out *Preview, reached *bool) error {
	if in.PersonID == "" { // somebody of whom much is known
		*who = Known{Name: i18n.T("小林", "Lin").In(i18n.From(ctx)), Stage: "first_order", Region: i18n.T("上海", "Shanghai").In(i18n.From(ctx)), Orders: 1, Owner: "somebody"}
		out.Name, *reached = i18n.T("示例客户", "a sample customer").In(i18n.From(ctx)), true
		return nil
	}
	found, err := s.People.Persons(ctx, tx, orgID, []string{in.PersonID})
	if err != nil {
		return err
	}
	p, ok := found[in.PersonID]
	if !ok {
		return errs.NotFound(i18n.T("这位客户", "person"))
	}
	*who, out.Name = p, p.Name
	accounts, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return err
	}
	ways, err := s.Accounts.Addresses(ctx, tx, orgID, chosen(e.AccountIDs, accounts), []string{p.ID})
	if err != nil {
		return err
	}
	if all := ways[p.ID]; len(all) > 0 {
		*reached = true
		for _, acc := range accounts {
			if acc.ID == all[0].AccountID {
				out.Account = acc.Name
			}
		}
	}
	return nil
}

func (s *Service) previewStep(ctx context.Context, e *edition, i int, in PreviewInput, who Known, org OrgSettings, since int64, reached bool) PreviewItem {
	st, lang := &e.Steps[i], i18n.From(ctx)
	zone := zoneOf(who.Zone, org.Zone)
	due := dueAt(since, zone, st.Day, e.minutes[i])
	it := PreviewItem{StepID: st.ID, Kind: st.Kind, At: clock.Time(due), Local: clock.Time(due).In(zone).Format("2006-01-02 15:04"), Until: clock.Time(untilOf(due, zone, st.UntilHours)), Text: st.Text, Titles: []string{}, Past: due < since}
	for _, m := range st.Materials {
		it.Titles = append(it.Titles, m.Title)
	}
	if st.Kind == "task" {
		if who.Owner == "" {
			it.Problem = i18n.T("没有负责的员工，这一步会跳过", "Nobody looks after them; this step is passed over").In(lang)
		}
		return it
	}
	values := e.values(st.ID, who, org)
	var err error
	if it.Text, err = e.texts[st.ID].Write(values); err == nil && e.subject[st.ID] != nil {
		it.Subject, err = e.subject[st.ID].Write(values)
	}
	switch {
	case err != nil:
		it.Problem = errs.As(err).Text.In(lang)
	case !reached:
		it.Problem = i18n.T("所选账号都联系不到这位客户", "Cannot be reached over any of the accounts").In(lang)
	}
	return it
}
