package sop

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// Input is a series as it is written.
type Input struct {
	Name string `json:"name" minLength:"1" maxLength:"60"`
	Kind string `json:"kind" enum:"person,group" doc:"Never changes"`
	Spec Spec   `json:"spec"`
}

// check brings an input into its lasting form; whole: it is to be published.
func (s *Service) check(in *Input, whole bool) error {
	in.Name = strings.TrimSpace(plaintext.Line(in.Name, 60))
	in.Spec.clean()
	fields := s.problems(in.Kind, &in.Spec, whole)
	if in.Name == "" {
		fields = append(fields, errs.Field{Path: "body.name", Text: i18n.T("请写名称", "A name is needed")})
	}
	if len(fields) > 0 {
		return errs.Invalid(i18n.T("有几处要改", "Some things need mending"), fields...)
	}
	return nil
}

// Problem is something to mend.
type Problem struct {
	Location string `json:"location" doc:"Such as body.spec.steps[2].text"`
	Message  string `json:"message"`
}

// Checked is what is wrong with a series that is being written.
type Checked struct {
	Problems []Problem `json:"problems" nullable:"false" doc:"None: it can be published"`
	Notes    []string  `json:"notes" nullable:"false" doc:"What is worth knowing, and stands in nobody's way"`
}

// Check says what stands in the way of publishing. Nothing is stored.
func (s *Service) Check(ctx context.Context, in Input) (out Checked, err error) {
	out = Checked{Problems: []Problem{}, Notes: []string{}}
	lang := i18n.From(ctx)
	// As it was written: places are those of the writer.
	for i := range in.Spec.Steps {
		if in.Spec.Steps[i].Kind == "message" && in.Spec.Steps[i].Purpose == "" {
			in.Spec.Steps[i].Purpose = Care
		}
	}
	for _, f := range s.problems(in.Kind, &in.Spec, true) {
		out.Problems = append(out.Problems, Problem{f.Path, f.Text.In(lang)})
	}
	a := actor(ctx)
	var accounts []Account
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		accounts, err = s.Accounts.Accounts(ctx, tx, a.OrgID)
		return err
	}); err != nil {
		return out, err
	}
	for _, n := range s.notes(&in, accounts) {
		out.Notes = append(out.Notes, n.In(lang))
	}
	return out, nil
}

// notes are what a writer should know.
func (s *Service) notes(in *Input, accounts []Account) (out []i18n.Text) {
	confirm, night := false, false
	for _, a := range chosen(in.Spec.AccountIDs, accounts) {
		confirm = confirm || a.Confirm
	}
	perDay := map[int]int{}
	named := false
	for _, st := range in.Spec.Steps {
		if st.Kind != "message" {
			continue
		}
		perDay[st.Day]++
		if m := minute(st.At); m >= 0 && (m < 9*60 || m >= 21*60) {
			night = true
		}
		if t, err := s.Wording.Parse(st.Text); err == nil && len(t.Uses()) > 0 && (len(t.Uses()) > 1 || t.Uses()[0] != "brand") {
			named = true
		}
	}
	if confirm || in.Kind == Group {
		out = append(out, i18n.T("企业微信的消息要员工在企业微信里确认后才发出，平台限制每位客户、每个群的群发次数", "Over WeCom, staff must confirm messages in WeCom before they leave, and the platform limits how many a customer or a group gets"))
	}
	if confirm && named {
		out = append(out, i18n.T("内容里有变量：企业微信里每种内容是一个单独的任务，员工要逐个确认", "The texts hold variables: in WeCom each different text is a task of its own, which staff confirm one by one"))
	}
	if night {
		out = append(out, i18n.T("有步骤落在默认免打扰时段（21:00–9:00），会等到时段结束；超过有效时间就不发了", "Some steps fall into the usual quiet hours (21:00 to 9:00); they wait until these end, and do not leave at all once their time is over"))
	}
	for _, n := range perDay {
		if n > 2 {
			out = append(out, i18n.T("同一天超过 2 条消息，默认频次上限会拦下后面的", "More than 2 messages on one day: the usual limit holds the later ones back"))
			break
		}
	}
	return out
}

// Create makes a draft.
func (s *Service) Create(ctx context.Context, in Input) (out SOP, err error) {
	a := actor(ctx)
	if err := s.check(&in, false); err != nil {
		return out, err
	}
	if err := s.known(ctx, a.OrgID, &in.Spec); err != nil {
		return out, err
	}
	id := ids.New("sop")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.resolve(ctx, tx, a.OrgID, in.Kind, &in.Spec); err != nil {
			return err
		}
		now := s.micros()
		if _, err := tx.Exec(ctx, "INSERT INTO sop_sop (org_id, "+columns+") VALUES (?, ?, ?, ?, 'draft', ?, 1, 0, 0, 0, ?, ?, ?, ?, 0, ?)", a.OrgID, id, in.Name, in.Kind, db.JSON(in.Spec), now, a.ID, now, a.ID, ids.Token()); err != nil {
			return fmt.Errorf("sop: create: %w", err)
		}
		return s.Auditor.Audit(ctx, tx, "sop.created", "sop", id, map[string]any{"name": in.Name, "kind": in.Kind})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// known refuses segments and materials that there are not.
func (s *Service) known(ctx context.Context, orgID string, sp *Spec) error {
	if id := sp.Trigger.SegmentID; id != "" {
		names, err := s.Segments.Names(ctx, orgID)
		if err != nil {
			return err
		}
		if _, ok := names[id]; !ok {
			return errs.InvalidField("body.spec.trigger.segment_id", i18n.T("没有这个人群", "There is no such segment"))
		}
	}
	var materials []string
	for _, st := range sp.Steps {
		for _, m := range st.Materials {
			materials = append(materials, m.ID)
		}
	}
	if len(materials) == 0 {
		return nil
	}
	titles, err := s.Library.Titles(ctx, orgID, materials)
	if err != nil {
		return err
	}
	for i := range sp.Steps {
		for j := range sp.Steps[i].Materials {
			m := &sp.Steps[i].Materials[j]
			title, ok := titles[m.ID]
			if !ok {
				return errs.InvalidField(fmt.Sprintf("body.spec.steps[%d].materials", i), i18n.T("没有这份素材", "There is no such material"))
			}
			m.Title = title
		}
	}
	return nil
}

// resolve refuses accounts and channels that there are not.
func (s *Service) resolve(ctx context.Context, tx *db.Tx, orgID, kind string, sp *Spec) error {
	refuse := func(path string, ids []string, have map[string]bool) error {
		seen := map[string]bool{}
		for _, id := range ids {
			if !have[id] || seen[id] {
				return errs.InvalidField("body.spec."+path, i18n.T("没有这一项，或选了两次", "There is no such thing, or it is there twice"))
			}
			seen[id] = true
		}
		return nil
	}
	have := map[string]bool{}
	if len(sp.AccountIDs) > 0 {
		all, err := s.Accounts.Accounts(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, a := range all {
			have[a.ID] = true
		}
		if err := refuse("account_ids", sp.AccountIDs, have); err != nil {
			return err
		}
	}
	if len(sp.Trigger.AccountIDs) > 0 {
		all, err := s.Groups.Accounts(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, a := range all {
			have[a.ID] = true
		}
		if err := refuse("trigger.account_ids", sp.Trigger.AccountIDs, have); err != nil {
			return err
		}
	}
	if len(sp.Trigger.ChannelIDs) > 0 {
		all, err := s.Channels.Channels(ctx, tx, orgID)
		if err != nil {
			return err
		}
		channels := map[string]bool{}
		for _, c := range all {
			channels[c.ID] = true
		}
		return refuse("trigger.channel_ids", sp.Trigger.ChannelIDs, channels)
	}
	return nil
}

// Update changes what is being written, if it is still as the caller saw it. A
// series that is live goes on as it was published, until that is done again.
func (s *Service) Update(ctx context.Context, id string, revision int64, in Input) (out SOP, err error) {
	a := actor(ctx)
	if err := s.check(&in, false); err != nil {
		return out, err
	}
	if err := s.known(ctx, a.OrgID, &in.Spec); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if in.Kind != r.kind {
			return errs.InvalidField("body.kind", i18n.T("类型不能改", "The kind cannot be changed"))
		}
		if err := s.resolve(ctx, tx, a.OrgID, r.kind, &in.Spec); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE sop_sop SET name = ?, draft = ?, revision = revision + 1, changed_at = ?, changed_by = ? WHERE org_id = ? AND id = ? AND revision = ? AND status <> 'stopped'",
			in.Name, db.JSON(in.Spec), s.micros(), a.ID, a.OrgID, id, revision)
		if err != nil {
			return fmt.Errorf("sop: update: %w", err)
		}
		if n == 0 {
			if r.status == Stopped {
				return errStopped
			}
			return errMoved
		}
		return s.Auditor.Audit(ctx, tx, "sop.changed", "sop", id, map[string]any{"revision": revision + 1})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

var errStopped = errs.Conflict(i18n.T("已经停止，不能再改；可以复制一份", "It was stopped and cannot be changed; copy it"))

// Delete throws away a series that never was live.
func (s *Service) Delete(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "DELETE FROM sop_sop WHERE org_id = ? AND id = ? AND status = 'draft'", a.OrgID, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("只有草稿能删除", "Only drafts can be deleted"))
		}
		return s.Auditor.Audit(ctx, tx, "sop.deleted", "sop", id, nil)
	})
}

// Publish makes what is written valid for who comes in from now on; with move,
// also for who is inside.
func (s *Service) Publish(ctx context.Context, id string, revision int64, move bool) (out SOP, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := lock(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		switch {
		case r.status == Stopped:
			return errStopped
		case r.revision != revision:
			return errMoved
		}
		sp, err := r.spec()
		if err != nil {
			return err
		}
		in := Input{Name: r.name, Kind: r.kind, Spec: *sp}
		if err := s.check(&in, true); err != nil {
			return err
		}
		if err := s.resolve(ctx, tx, a.OrgID, r.kind, &in.Spec); err != nil {
			return err
		}
		now := s.micros()
		version := r.version
		if r.published != r.revision {
			version++
			if _, err := tx.Exec(ctx, "INSERT INTO sop_version (org_id, sop_id, version, spec, published_at, published_by) VALUES (?, ?, ?, ?, ?, ?)", a.OrgID, id, version, db.JSON(in.Spec), now, a.ID); err != nil {
				return fmt.Errorf("sop: publish: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE sop_sop SET status = CASE WHEN status = 'draft' THEN 'live' ELSE status END, version = ?, published = ?, started_at = CASE WHEN started_at = 0 THEN ? ELSE started_at END, changed_at = ?, changed_by = ?
			WHERE org_id = ? AND id = ?`, version, r.revision, now, now, a.ID, a.OrgID, id); err != nil {
			return err
		}
		moved := int64(0)
		if move {
			if moved, err = s.move(ctx, tx, a.OrgID, id, version); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "sop.published", "sop", id, map[string]any{"version": version, "moved": moved})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// move brings all who are inside to a version. When the next step comes is found
// out at the next look; what they have had they do not get again.
func (s *Service) move(ctx context.Context, tx *db.Tx, orgID, id string, version int64) (int64, error) {
	return tx.Changed(ctx, "UPDATE sop_enrolment SET version = ?, due_at = ? WHERE org_id = ? AND sop_id = ? AND status = 'active' AND version <> ?", version, s.micros(), orgID, id, version)
}

// Move brings all who are inside to the version that is published.
func (s *Service) Move(ctx context.Context, id string) (out SOP, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := lock(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status != Live && r.status != Paused {
			return errs.Conflict(i18n.T("没有在运行", "It is not running"))
		}
		n, err := s.move(ctx, tx, a.OrgID, id, r.version)
		if err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "sop.moved", "sop", id, map[string]any{"version": r.version, "moved": n})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// turns are what can be done to a series: from which state, to which.
var turns = map[string]struct {
	to   string
	from []string
}{"pause": {Paused, []string{Live}}, "resume": {Live, []string{Paused}}, "stop": {Stopped, []string{Live, Paused}}}

// Steer pauses, resumes or stops a series. While it is paused people still come
// in, and nothing leaves; what falls due meanwhile follows the rule of what was
// due while nobody looked. A stopped one ends for everybody.
func (s *Service) Steer(ctx context.Context, id, what string) (out SOP, err error) {
	a := actor(ctx)
	turn := turns[what]
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := lock(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		where, arg := tx.In("status", turn.from)
		now, stopped := s.micros(), int64(0)
		if turn.to == Stopped {
			stopped = now
		}
		n, err := tx.Changed(ctx, "UPDATE sop_sop SET status = ?, stopped_at = ?, changed_at = ?, changed_by = ? WHERE org_id = ? AND id = ? AND "+where, turn.to, stopped, now, a.ID, a.OrgID, id, arg)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("现在的状态不能这样做", "That cannot be done now: it is %s", r.status))
		}
		plans, err := plansOf(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		do := map[string]func(context.Context, *db.Tx, string, string) error{"pause": s.Outbox.Pause, "resume": s.Outbox.Resume, "stop": s.Outbox.Cancel}[what]
		for _, step := range sorted(plans) {
			for _, plan := range plans[step] {
				// One that somebody has steered at the outbox stays as they left it.
				if err := do(ctx, tx, a.OrgID, plan); err != nil && !errs.Is(err, errs.CodeConflict) {
					return err
				}
			}
		}
		if what == "stop" {
			if err := s.stop(ctx, tx, a.OrgID, r); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "sop."+what, "sop", id, nil)
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// stop ends a series for everybody, in three statements however many they are.
func (s *Service) stop(ctx context.Context, tx *db.Tx, orgID string, r *row) error {
	now := s.micros()
	n, err := tx.Changed(ctx, "UPDATE sop_enrolment SET status = 'ended', why = ?, next_step = '', ended_at = ? WHERE org_id = ? AND sop_id = ? AND status = 'active'", WhyStopped, now, orgID, r.id)
	if err != nil {
		return err
	}
	t := tally{}
	t.add(r.id, "", Active, "", -n)
	t.add(r.id, "", Ended, WhyStopped, n)
	if r.kind == Group {
		asks, err := refs(ctx, tx, "SELECT DISTINCT ref FROM sop_step WHERE org_id = ? AND sop_id = ? AND status = 'asked' AND decided_at > ?", orgID, r.id, now-8*24*60*minuteMicros)
		if err != nil {
			return err
		}
		for _, key := range asks {
			if err := s.Groups.Cancel(ctx, tx, orgID, key); err != nil {
				return err
			}
		}
	}
	tasks, err := refs(ctx, tx, "SELECT ref FROM sop_step WHERE org_id = ? AND sop_id = ? AND status = 'tasked' AND decided_at > ?", orgID, r.id, now-int64(30*24*time.Hour/time.Microsecond))
	if err != nil {
		return err
	}
	if len(tasks) > 0 {
		if err := s.Tasks.Withdraw(ctx, tx, orgID, tasks); err != nil {
			return err
		}
	}
	return t.keep(ctx, tx, orgID)
}

// Copy makes a draft of what is written of another.
func (s *Service) Copy(ctx context.Context, id string) (SOP, error) {
	a := actor(ctx)
	var r *row
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		r, err = load(ctx, tx, a.OrgID, id)
		return err
	}); err != nil {
		return SOP{}, err
	}
	var sp Spec
	if err := json.Unmarshal([]byte(r.draft), &sp); err != nil {
		return SOP{}, err
	}
	return s.Create(ctx, Input{Name: plaintext.Cut(r.name, 54) + i18n.T("（副本）", " (copy)").In(i18n.From(ctx)), Kind: r.kind, Spec: sp})
}
