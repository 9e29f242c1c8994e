package sop

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// incoming is somebody who comes into a series.
type incoming struct {
	account, subject, spoken, source string
	anchor, start                    int64
}

// zoneOf is whose clock counts for a person: theirs, else the brand's.
func zoneOf(name string, brand *time.Location) *time.Location {
	if name != "" && name != "Local" {
		if z, err := time.LoadLocation(name); err == nil {
			return z
		}
	}
	return brand
}

// enrol takes people or groups into a published series, and says how many came
// in. Who is in it, or was in it too short a time ago, or comes after its last
// step, is passed over.
func (s *Service) enrol(ctx context.Context, tx *db.Tx, orgID string, r *row, all []incoming) (int, error) {
	if len(all) == 0 || r.version == 0 {
		return 0, nil
	}
	e, err := s.edition(ctx, tx, orgID, r.id, r.version)
	if err != nil {
		return 0, err
	}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	var subjects []string
	for _, in := range all {
		subjects = append(subjects, in.subject)
	}
	slices.Sort(subjects)
	subjects = slices.Compact(subjects)
	known := map[string]Known{}
	if r.kind == Person {
		if known, err = s.People.Persons(ctx, tx, orgID, subjects); err != nil {
			return 0, err
		}
	}
	last, err := lately(ctx, tx, orgID, r.id, subjects)
	if err != nil {
		return 0, err
	}
	now, n := s.micros(), 0
	oldest := now - int64(e.AgainDays)*24*60*minuteMicros
	for _, in := range all {
		zone := org.Zone
		if r.kind == Person {
			p, ok := known[in.subject]
			if !ok {
				continue
			}
			in.subject, zone = p.ID, zoneOf(p.Zone, org.Zone)
		}
		at, was := last[in.account+"/"+in.subject]
		if was && (e.AgainDays == 0 || at > oldest) {
			continue
		}
		next, due := e.begin(in.anchor, in.start, zone)
		if next == nil {
			continue
		}
		x := enrolment{id: ids.New("soe"), sop: r.id, version: r.version, account: in.account, subject: in.subject, spoken: in.spoken, source: in.source, status: Active,
			anchor: in.anchor, start: in.start, enrolled: now, due: due, next: next.ID}
		if x.spoken == "" {
			x.spoken = x.subject
		}
		ok, err := x.insert(ctx, tx, orgID)
		if err != nil {
			return n, fmt.Errorf("sop: enrol: %w", err)
		}
		if ok {
			n++
			last[in.account+"/"+in.subject] = now
		}
	}
	t := tally{}
	t.add(r.id, "", Active, "", int64(n))
	return n, t.keep(ctx, tx, orgID)
}

// lately tells when each was taken in last, by account and subject.
func lately(ctx context.Context, tx *db.Tx, orgID, sopID string, subjects []string) (map[string]int64, error) {
	out := map[string]int64{}
	where, arg := tx.In("subject_id", subjects)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var account, subject string
		var at int64
		err := rows.Scan(&account, &subject, &at)
		out[account+"/"+subject] = at
		return err
	}, "SELECT account_id, subject_id, MAX(enrolled_at) FROM sop_enrolment WHERE org_id = ? AND sop_id = ? AND "+where+" GROUP BY account_id, subject_id", orgID, sopID, arg)
}

// end takes enrolments out of their series: what is still in the outbox does not
// leave, and open tasks are taken off the lists.
func (s *Service) end(ctx context.Context, tx *db.Tx, orgID, status, why string, all ...*enrolment) error {
	t, now := tally{}, s.micros()
	called := map[string][]string{}
	var ended []string
	for _, x := range all {
		n, err := tx.Changed(ctx, "UPDATE sop_enrolment SET status = ?, why = ?, next_step = '', ended_at = ? WHERE org_id = ? AND id = ? AND status = 'active'", status, why, now, orgID, x.id)
		if err != nil {
			return fmt.Errorf("sop: end: %w", err)
		}
		if n == 0 {
			continue
		}
		t.add(x.sop, "", Active, "", -1)
		t.add(x.sop, "", status, why, 1)
		ended = append(ended, x.id)
		if x.lastPlan != "" && x.account == "" {
			called[x.lastPlan] = append(called[x.lastPlan], x.id+":"+x.last)
		}
	}
	if len(ended) == 0 {
		return nil
	}
	if status == Ended {
		for _, plan := range sorted(called) {
			if err := s.Outbox.CallOff(ctx, tx, orgID, plan, called[plan]); err != nil {
				return err
			}
		}
		where, arg := tx.In("enrolment_id", ended)
		tasks, err := db.All(ctx, tx, func(r *sql.Rows, id *string) error { return r.Scan(id) }, "SELECT ref FROM sop_step WHERE org_id = ? AND status = 'tasked' AND "+where, orgID, arg)
		if err != nil {
			return err
		}
		if len(tasks) > 0 {
			if err := s.Tasks.Withdraw(ctx, tx, orgID, tasks); err != nil {
				return err
			}
		}
	}
	return t.keep(ctx, tx, orgID)
}

// EnrolInput puts people or groups into a series by hand.
type EnrolInput struct {
	PersonIDs []string   `json:"person_ids,omitempty" maxItems:"1000" nullable:"false"`
	SegmentID string     `json:"segment_id,omitempty" maxLength:"64" doc:"Everybody who is in it now; they come in within minutes"`
	Groups    []GroupRef `json:"groups,omitempty" maxItems:"200" nullable:"false"`
	Since     *time.Time `json:"since,omitempty" doc:"From when days are counted; absent: from now on, of groups as the series says"`
}

// GroupRef is a group chat.
type GroupRef struct {
	AccountID string `json:"account_id" minLength:"1" maxLength:"64"`
	ChatID    string `json:"chat_id" minLength:"1" maxLength:"128"`
}

// Enrolled says how many came in.
type Enrolled struct {
	Enrolled int  `json:"enrolled"`
	Passed   int  `json:"passed" doc:"Are in it, were in it too short a time ago, or come after its last step"`
	Later    bool `json:"later" doc:"A segment: they come in within minutes"`
}

// Enrol puts people or groups into a series that is live or paused.
func (s *Service) Enrol(ctx context.Context, id string, in EnrolInput) (out Enrolled, err error) {
	a := actor(ctx)
	if in.SegmentID != "" {
		names, err := s.Segments.Names(ctx, a.OrgID)
		if err != nil {
			return out, err
		}
		if _, ok := names[in.SegmentID]; !ok {
			return out, errs.NotFound(i18n.T("人群", "segment"))
		}
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out = Enrolled{}
		r, err := lock(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status != Live && r.status != Paused {
			return errs.Conflict(i18n.T("启用之后才能加入", "Publish it first"))
		}
		var all []incoming
		if r.kind == Person {
			if len(in.Groups) > 0 {
				return errs.InvalidField("body.groups", i18n.T("这个 SOP 是给客户的", "This series is for persons"))
			}
			if in.SegmentID != "" {
				out.Later = true
				if err := s.Later.EnrolSegment(ctx, tx, a.OrgID, id, in.SegmentID); err != nil {
					return err
				}
			}
			all, err = s.persons(ctx, tx, a.OrgID, in)
		} else {
			if len(in.PersonIDs) > 0 || in.SegmentID != "" {
				return errs.InvalidField("body.person_ids", i18n.T("这个 SOP 是给群的", "This series is for groups"))
			}
			all, err = s.chosenGroups(ctx, tx, a.OrgID, r, in)
		}
		if err != nil {
			return err
		}
		if out.Enrolled, err = s.enrol(ctx, tx, a.OrgID, r, all); err != nil {
			return err
		}
		out.Passed = len(all) - out.Enrolled
		return s.Auditor.Audit(ctx, tx, "sop.enrolled", "sop", id, map[string]any{"enrolled": out.Enrolled, "segment_id": in.SegmentID})
	})
	return out, err
}

func byHand(ctx context.Context) string {
	if actor(ctx).Kind == "staff" {
		return "hand"
	}
	return "api"
}

func (s *Service) since(in EnrolInput) int64 {
	if in.Since != nil {
		return clock.Micros(*in.Since)
	}
	return s.micros()
}

func (s *Service) persons(ctx context.Context, tx *db.Tx, orgID string, in EnrolInput) ([]incoming, error) {
	speakers, err := s.People.Speakers(ctx, tx, orgID, in.PersonIDs)
	if err != nil {
		return nil, err
	}
	var all []incoming
	for _, id := range in.PersonIDs {
		speaker, ok := speakers[id]
		if !ok {
			return nil, errs.NotFound(i18n.T("这位客户", "person"))
		}
		all = append(all, incoming{subject: speaker, spoken: id, source: byHand(ctx), anchor: s.since(in), start: s.micros()})
	}
	return all, nil
}

func (s *Service) chosenGroups(ctx context.Context, tx *db.Tx, orgID string, r *row, in EnrolInput) ([]incoming, error) {
	e, err := s.edition(ctx, tx, orgID, r.id, r.version)
	if err != nil {
		return nil, err
	}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var all []incoming
	for _, g := range in.Groups {
		found, err := s.Groups.Chats(ctx, tx, orgID, ChatFilter{AccountID: g.AccountID, ChatIDs: []string{g.ChatID}})
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || found[0].Dismissed {
			return nil, errs.NotFound(i18n.T("这个群", "group"))
		}
		x := s.groupIn(&e.Trigger, r, found[0], org.Zone, byHand(ctx))
		if x.start = s.micros(); in.Since != nil {
			x.anchor = clock.Micros(*in.Since)
		}
		all = append(all, x)
	}
	return all, nil
}

// groupIn is a group as it comes in by the rule. One that is older than the series
// begins in its midst: what was due before is passed over.
func (s *Service) groupIn(t *Trigger, r *row, c Chat, zone *time.Location, source string) incoming {
	now := s.micros()
	x := incoming{account: c.AccountID, subject: c.ChatID, source: source, anchor: now, start: now}
	switch t.Since {
	case SinceEnrolled:
	case SinceDate:
		if d, err := time.ParseInLocation(time.DateOnly, t.Date, zone); err == nil {
			x.anchor = clock.Micros(d)
		}
	default:
		if !c.Created.IsZero() {
			x.anchor = clock.Micros(c.Created)
			if x.anchor >= r.started {
				x.start = x.anchor
			}
		}
	}
	return x
}

// EnrolSegment puts everybody in who is in a segment now.
func (s *Service) EnrolSegment(ctx context.Context, orgID, sopID, segmentID string) error {
	err := s.Segments.Each(ctx, orgID, segmentID, func(people []string) error {
		return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			r, err := lock(ctx, tx, orgID, sopID)
			if err != nil || r.status != Live && r.status != Paused {
				return err
			}
			all := make([]incoming, len(people))
			for i, id := range people {
				all[i] = incoming{subject: id, source: "hand", anchor: s.micros(), start: s.micros()}
			}
			_, err = s.enrol(ctx, tx, orgID, r, all)
			return err
		})
	})
	if errs.Is(err, errs.CodeNotFound) { // deleted meanwhile
		return nil
	}
	return err
}

// Remove takes somebody out of a series.
func (s *Service) Remove(ctx context.Context, id, enrolmentID string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		all, err := enrolments(ctx, tx, a.OrgID, "id = ? AND sop_id = ?", enrolmentID, id)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errNoEnrolment
		}
		if all[0].status != Active {
			return errs.Conflict(i18n.T("已经结束了", "It has ended already"))
		}
		if err := s.end(ctx, tx, a.OrgID, Ended, WhyRemoved, all[0]); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "sop.removed", "sop", id, map[string]any{"enrolment_id": enrolmentID, "subject_id": all[0].subject})
	})
}
