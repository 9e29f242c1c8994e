package care

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fishpond/internal/care/careevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/timeline"
)

// CaseChange is what somebody does with a case.
type CaseChange struct {
	Version      int64  `json:"version" minimum:"1" doc:"As it was seen: when it has moved on meanwhile, nothing changes (409)"`
	Do           string `json:"do" enum:"take,hand,release,note,close,reopen"`
	HandlerID    string `json:"handler_id,omitempty" maxLength:"64" doc:"hand: to whom"`
	Outcome      string `json:"outcome,omitempty" enum:"normal,warned,escalated,compensated,other" doc:"close"`
	Memo         string `json:"memo,omitempty" maxLength:"2000" doc:"close: what was found; note: what is to be known"`
	Satisfaction string `json:"satisfaction,omitempty" enum:"satisfied,neutral,unsatisfied,unknown" doc:"close, of a complaint"`
}

// ComplaintInput is a complaint that staff enter.
type ComplaintInput struct {
	PersonID  string `json:"person_id,omitempty" maxLength:"64"`
	AccountID string `json:"account_id,omitempty" maxLength:"64"`
	StaffID   string `json:"staff_id,omitempty" maxLength:"64" doc:"About whom"`
	Category  string `json:"category,omitempty" maxLength:"30"`
	Text      string `json:"text" minLength:"1" maxLength:"4000"`
	DueHours  int64  `json:"due_hours,omitempty" minimum:"0" maximum:"720" doc:"By when it should be closed; 0: as the settings say"`
}

// act finds a case, changes it and keeps the step; set says what becomes of it.
func (s *Service) act(ctx context.Context, id string, version int64, set func(tx *db.Tx, c *record) (step string, detail map[string]string, err error)) (out CaseDetails, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		c, err := caseByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		was := c.status
		moved := errs.Conflict(i18n.T("这个案件刚被别人改过，请看过最新情况再操作", "Somebody else has just changed this case; look at it again first"))
		if c.version != version {
			return moved
		}
		step, detail, err := set(tx, c)
		if err != nil {
			return err
		}
		c.version++
		n, err := tx.Changed(ctx, `UPDATE care_case SET status = ?, version = ?, handler_id = ?, outcome = ?, memo = ?, satisfaction = ?, taken_at = ?, closed_at = ? WHERE org_id = ? AND id = ? AND status = ? AND version = ?`,
			c.status, c.version, c.handler, c.outcome, c.memo, c.satisfaction, c.taken, c.closed, a.OrgID, c.id, was, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		if err := putStep(ctx, tx, a.OrgID, c, s.micros(), a.ID, step, detail); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "care.case."+step, "case", c.id, map[string]any{"outcome": c.outcome, "handler": c.handler}); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a.OrgID, c, false)
		return err
	})
	return out, err
}

// ChangeCase does one thing with a case.
func (s *Service) ChangeCase(ctx context.Context, id string, in CaseChange) (CaseDetails, error) {
	a := actor(ctx)
	in.Memo = plaintext.Tidy(in.Memo)
	return s.act(ctx, id, in.Version, func(tx *db.Tx, c *record) (string, map[string]string, error) {
		wrong := errs.Conflict(i18n.T("案件现在的状态不能这样操作", "This cannot be done with the case as it stands"))
		now := s.micros()
		switch in.Do {
		case "take":
			if c.status != statusOpen {
				return "", nil, wrong
			}
			c.status, c.handler, c.taken = statusTaken, a.ID, now
			return "taken", nil, nil
		case "hand":
			if c.status == statusClosed {
				return "", nil, wrong
			}
			names, err := s.Staff.Names(ctx, tx, a.OrgID)
			if err != nil {
				return "", nil, err
			}
			if _, ok := names[in.HandlerID]; !ok {
				return "", nil, errs.InvalidField("body.handler_id", i18n.T("没有这位员工", "There is no such staff member"))
			}
			c.status, c.handler, c.taken = statusTaken, in.HandlerID, now
			return "handed", map[string]string{"to": names[in.HandlerID]}, nil
		case "release":
			if c.status != statusTaken {
				return "", nil, wrong
			}
			c.status, c.handler, c.taken = statusOpen, "", 0
			return "released", nil, nil
		case "note":
			if in.Memo == "" {
				return "", nil, errs.InvalidField("body.memo", i18n.T("不能为空", "This is needed"))
			}
			return "noted", map[string]string{"memo": in.Memo}, nil
		case "reopen":
			if c.status != statusClosed {
				return "", nil, wrong
			}
			c.status, c.closed, c.outcome, c.satisfaction = statusTaken, 0, "", ""
			c.handler, c.taken = a.ID, now
			return "reopened", map[string]string{"memo": in.Memo}, nil
		}
		return s.closeCase(ctx, tx, c, in)
	})
}

func (s *Service) closeCase(ctx context.Context, tx *db.Tx, c *record, in CaseChange) (string, map[string]string, error) {
	a := actor(ctx)
	switch {
	case c.status == statusClosed:
		return "", nil, errs.Conflict(i18n.T("案件已经关闭", "The case is closed"))
	case in.Outcome == "":
		return "", nil, errs.InvalidField("body.outcome", i18n.T("请选择结果", "Choose an outcome"))
	case c.kind == kindComplaint && in.Satisfaction == "":
		return "", nil, errs.InvalidField("body.satisfaction", i18n.T("请记录客户是否满意；问不到就选“未知”", "Say whether the customer is satisfied; unknown, if they could not be asked"))
	case c.kind != kindComplaint:
		in.Satisfaction = ""
	}
	now := s.micros()
	if c.handler == "" {
		c.handler, c.taken = a.ID, now
	}
	c.status, c.closed, c.outcome, c.memo, c.satisfaction = statusClosed, now, in.Outcome, in.Memo, in.Satisfaction
	_, err := s.log.Append(ctx, tx, a.OrgID, timeline.Fact{Kind: careevent.CaseClosed, PersonID: c.person, OccurredAt: clock.Time(now), Source: "care",
		Data: careevent.Closed{CaseID: c.id, Kind: c.kind, Outcome: c.outcome, Satisfaction: c.satisfaction, StaffID: a.ID}})
	return "closed", map[string]string{"outcome": c.outcome, "memo": c.memo, "satisfaction": c.satisfaction}, err
}

// Complain enters a complaint.
func (s *Service) Complain(ctx context.Context, in ComplaintInput) (out CaseDetails, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		now := s.micros()
		o, err := settingsOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if err := s.complaintNames(ctx, tx, a.OrgID, in); err != nil {
			return err
		}
		h := heard{dedupe: "staff " + ids.New("x"), source: sourceStaff, text: in.Text, person: in.PersonID, account: in.AccountID, staff: in.StaffID, at: now}
		c := newRecord(h, now)
		if c.text == "" {
			return errs.InvalidField("body.text", i18n.T("不能为空", "This is needed"))
		}
		hours := in.DueHours
		if hours == 0 {
			hours = o.complaintHours
		}
		c.category, c.due = plaintext.Line(in.Category, 30), now+hours*int64(time.Hour/time.Microsecond)
		if _, err := insertCase(ctx, tx, a.OrgID, c, a.ID); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.OrgID, c, h); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "care.complaint.entered", "case", c.id, map[string]any{"person": in.PersonID}); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a.OrgID, c, false)
		return err
	})
	return out, err
}

// complaintNames sees to it that a complaint names nobody who is not there.
func (s *Service) complaintNames(ctx context.Context, tx *db.Tx, orgID string, in ComplaintInput) error {
	f, err := s.faces(ctx, tx, orgID, slices.DeleteFunc([]string{in.PersonID}, func(id string) bool { return id == "" }))
	if err != nil {
		return err
	}
	if _, ok := f.people[in.PersonID]; !ok && in.PersonID != "" {
		return errs.InvalidField("body.person_id", i18n.T("没有这位客户", "There is no such customer"))
	}
	if _, ok := f.accounts[in.AccountID]; !ok && in.AccountID != "" {
		return errs.InvalidField("body.account_id", i18n.T("没有这个账号", "There is no such account"))
	}
	if _, ok := f.staff[in.StaffID]; !ok && in.StaffID != "" {
		return errs.InvalidField("body.staff_id", i18n.T("没有这位员工", "There is no such staff member"))
	}
	return nil
}

func (s *Service) details(ctx context.Context, tx *db.Tx, orgID string, c *record, revealed bool) (out CaseDetails, err error) {
	shown, err := s.shownCases(ctx, tx, orgID, []*record{c}, revealed)
	if err != nil {
		return out, err
	}
	out = CaseDetails{Case: shown[0], Steps: []Step{}}
	names, err := s.Staff.Names(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var at int64
		var detail string
		st := Step{}
		if err := rows.Scan(&at, &st.ByID, &st.Step, &detail); err != nil {
			return err
		}
		st.At, st.ByName = clock.Time(at), names[st.ByID]
		if err := json.Unmarshal([]byte(detail), &st.Detail); err != nil {
			return err
		}
		if memo := st.Detail["memo"]; memo != "" && !revealed {
			st.Detail["memo"] = Mask(memo, actor(ctx).Role)
		}
		out.Steps = append(out.Steps, st)
		return nil
	}, "SELECT at, by_id, step, detail FROM care_case_step WHERE org_id = ? AND case_id = ? ORDER BY number", orgID, c.id)
}

// Case returns one case with its history.
func (s *Service) Case(ctx context.Context, id string) (out CaseDetails, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		c, err := caseByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		out, err = s.details(ctx, tx, org, c, false)
		return err
	})
	return out, err
}

// Reveal returns a case with nothing hidden, and says so in the audit log.
func (s *Service) Reveal(ctx context.Context, id string) (out CaseDetails, err error) {
	org := actor(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		c, err := caseByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if out, err = s.details(ctx, tx, org, c, true); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "care.case.revealed", "case", id, nil)
	})
	return out, err
}

// searchKey is a query as case keys are written.
func searchKey(q string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(plaintext.Line(q, 100))) + "%"
}
