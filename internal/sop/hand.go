package sop

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
)

// mostTask is how long a task may be, in characters: as long as a promise.
const mostTask = 500

// payload is what making a message needs, frozen when it is handed over.
type payload struct {
	Version int64          `json:"v"`
	Step    string         `json:"s"`
	Owner   string         `json:"o,omitempty"` // whose radar links go along
	Values  map[string]any `json:"w,omitempty"`
}

// hand gives a step to whoever does it.
func (w *round) hand(ctx context.Context, e *edition, d *decision) error {
	if w.row.kind == Group {
		return w.handGroup(d)
	}
	who := w.people[d.of.subject]
	if d.step.Kind == "task" {
		return w.handTask(ctx, who, d)
	}
	ways, err := w.waysTo(ctx, e, d.of.version)
	if err != nil {
		return err
	}
	plan, err := w.plan(ctx, w.tx, w.orgID, w.row, d.step)
	if err != nil {
		return err
	}
	data, err := json.Marshal(payload{Version: d.of.version, Step: d.step.ID, Owner: who.Owner, Values: e.values(d.step.ID, who, w.org)})
	if err != nil {
		return err
	}
	w.messages[plan] = append(w.messages[plan], Recipient{Key: d.of.id + ":" + d.step.ID, PersonID: d.of.subject, Addresses: ways[d.of.subject], Until: clock.Time(d.until), Data: data})
	d.status, d.why, d.ref = Given, "", plan
	d.of.last, d.of.lastPlan = d.step.ID, plan
	return nil
}

// waysTo are the ways to the batch's people over the accounts of a version.
func (w *round) waysTo(ctx context.Context, e *edition, version int64) (map[string][]Address, error) {
	if ways, ok := w.ways[version]; ok {
		return ways, nil
	}
	var people []string
	for _, x := range w.all {
		if x.version == version {
			people = append(people, x.subject)
		}
	}
	ways, err := w.Accounts.Addresses(ctx, w.tx, w.orgID, chosen(e.AccountIDs, w.accounts), people)
	w.ways[version] = ways
	return ways, err
}

// chosen are the accounts of a series that work, in its order.
func chosen(ids []string, all []Account) (out []Account) {
	for _, id := range ids {
		if i := slices.IndexFunc(all, func(a Account) bool { return a.ID == id && a.Active }); i >= 0 {
			out = append(out, all[i])
		}
	}
	return out
}

// plan is the standing plan of a step; it is made when it is first needed.
func (s *Service) plan(ctx context.Context, tx *db.Tx, orgID string, r *row, st *Step) (string, error) {
	id := fmt.Sprintf("%s.%s.%c", r.id, st.ID, st.Purpose[0])
	n, err := tx.Changed(ctx, "INSERT INTO sop_plan (org_id, sop_id, step_id, purpose, plan_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", orgID, r.id, st.ID, st.Purpose, id)
	if err != nil || n == 0 {
		return id, err
	}
	return id, s.Outbox.CreatePlan(ctx, tx, Plan{ID: id, OrgID: orgID, SOPID: r.id, Purpose: st.Purpose, Title: fmt.Sprintf("%s · D%d %s", r.name, st.Day, st.At)})
}

func plansOf(ctx context.Context, tx *db.Tx, orgID, sopID string) (map[string][]string, error) {
	type one struct{ step, plan string }
	all, err := db.All(ctx, tx, func(r *sql.Rows, o *one) error { return r.Scan(&o.step, &o.plan) },
		"SELECT step_id, plan_id FROM sop_plan WHERE org_id = ? AND sop_id = ? ORDER BY plan_id", orgID, sopID)
	out := map[string][]string{}
	for _, o := range all {
		out[o.step] = append(out[o.step], o.plan)
	}
	return out, err
}

func (w *round) handTask(ctx context.Context, who Known, d *decision) error {
	if who.Owner == "" {
		d.why = WhyNoStaff
		return nil
	}
	id, err := w.Tasks.Assign(ctx, w.tx, w.orgID, Task{PersonID: d.of.subject, StaffID: who.Owner, Text: d.step.Text, Due: clock.Time(max(d.due, w.now))})
	if errs.Is(err, errs.CodeNotFound) {
		d.why = WhyNoStaff
		return nil
	}
	d.status, d.why, d.ref = Tasked, "", id
	return err
}

// values are those of a person that a step's texts use.
func (e *edition) values(step string, p Known, org OrgSettings) map[string]any {
	v := map[string]any{}
	uses := map[string]bool{}
	for _, t := range []Text{e.texts[step], e.subject[step]} {
		if t != nil {
			for _, name := range t.Uses() {
				uses[name] = true
			}
		}
	}
	put := func(name string, value any) {
		if uses[name] && value != nil && value != "" {
			v[name] = value
		}
	}
	day := func(us int64) string {
		if us == 0 {
			return ""
		}
		return clock.Time(us).In(org.Zone).Format("2006-01-02")
	}
	put("name", p.Name)
	put("region", p.Region)
	put("stage", p.Stage)
	put("orders", p.Orders)
	put("spent", float64(p.GMVMinor)/math.Pow10(org.Digits))
	put("first_order", day(p.FirstOrder))
	put("last_order", day(p.LastOrder))
	put("birthday", p.Birthday)
	put("brand", org.Name)
	for key, value := range p.Traits {
		put("trait."+key, value)
	}
	return v
}

// card is what goes to a group for a material.
type card struct {
	parts []Part
	err   error // it can never be made: deleted, expired
}

func cardKey(m Material, staffID string) string {
	return fmt.Sprintf("%s/%d/%s", m.ID, m.Version, staffID)
}

func (s *Service) chatsOf(ctx context.Context, tx *db.Tx, orgID string, all []*enrolment) (map[string]Chat, error) {
	of := map[string][]string{}
	for _, x := range all {
		of[x.account] = append(of[x.account], x.subject)
	}
	out := map[string]Chat{}
	for _, account := range sorted(of) {
		found, err := s.Groups.Chats(ctx, tx, orgID, ChatFilter{AccountID: account, ChatIDs: of[account]})
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			out[account+"/"+c.ChatID] = c
		}
	}
	return out, nil
}

// prepare makes the cards that the groups that are due now need: radar links are
// made in transactions of their own.
func (s *Service) prepare(ctx context.Context, orgID string, r *row) (map[string]card, error) {
	type want struct {
		m     Material
		staff string
	}
	wants := map[string]want{}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		all, err := enrolments(ctx, tx, orgID, "sop_id = ? AND status = 'active' AND due_at <= ? ORDER BY due_at LIMIT ?", r.id, s.micros(), s.batch)
		if err != nil {
			return err
		}
		chats, err := s.chatsOf(ctx, tx, orgID, all)
		if err != nil {
			return err
		}
		for _, x := range all {
			e, err := s.edition(ctx, tx, orgID, x.sop, x.version)
			if err != nil {
				return err
			}
			for _, st := range e.Steps {
				for _, m := range st.Materials {
					if staff := chats[x.account+"/"+x.subject].OwnerID; st.ID == x.next {
						wants[cardKey(m, staff)] = want{m, staff}
					}
				}
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	out := map[string]card{}
	for _, key := range sorted(wants) {
		parts, err := s.Library.Card(ctx, orgID, wants[key].m, wants[key].staff, "")
		if err != nil && !errs.Is(err, errs.CodeNotFound) && !errs.Is(err, errs.CodeInvalid) && !errs.Is(err, errs.CodeConflict) {
			return nil, err
		}
		out[key] = card{parts, err}
	}
	return out, nil
}

// handGroup says what goes to a group; askGroups asks for it.
func (w *round) handGroup(d *decision) error {
	owner := w.chats[d.of.account+"/"+d.of.subject].OwnerID
	for _, m := range d.step.Materials {
		c, ok := w.cards[cardKey(m, owner)]
		if !ok {
			d.status = ""
			return nil
		}
		if c.err != nil {
			d.why = WhyContent
			return nil
		}
	}
	d.status, d.why = Asked, ""
	return nil
}

// askGroups asks the groups' owners, each once for all of their groups that are
// to get the same.
func (w *round) askGroups(ctx context.Context) error {
	if w.row.kind != Group {
		return nil
	}
	type ask struct {
		GroupAsk
		of []int
	}
	asks := map[string]*ask{}
	for i := range w.decisions {
		d := &w.decisions[i]
		if d.status != Asked {
			continue
		}
		chat := w.chats[d.of.account+"/"+d.of.subject]
		key := fmt.Sprintf("%s\x00%s\x00%s\x00%d\x00%d", d.of.account, cmp.Or(chat.Owner, chat.ChatID), d.step.ID, d.of.version, d.until)
		a := asks[key]
		if a == nil {
			a = &ask{GroupAsk: GroupAsk{OrgID: w.orgID, Key: ids.New("soa"), AccountID: d.of.account, At: clock.Time(w.now), EndAt: clock.Time(d.until)}}
			asks[key] = a
			e := w.editions[d.of.version]
			text, err := e.texts[d.step.ID].Write(map[string]any{"brand": w.org.Name})
			if err != nil {
				return err
			}
			if text != "" {
				a.Parts = append(a.Parts, Part{Kind: "text", Text: text})
			}
			for _, m := range d.step.Materials {
				a.Parts = append(a.Parts, w.cards[cardKey(m, chat.OwnerID)].parts...)
			}
		}
		a.ChatIDs, a.of = append(a.ChatIDs, d.of.subject), append(a.of, i)
	}
	for _, key := range sorted(asks) {
		a := asks[key]
		if err := w.Groups.Ask(ctx, w.tx, a.GroupAsk); err != nil {
			return fmt.Errorf("sop: ask for groups: %w", err)
		}
		for _, i := range a.of {
			w.decisions[i].ref = a.Key
		}
	}
	return nil
}
