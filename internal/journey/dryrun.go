package journey

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// DryEvent is something that is supposed to happen.
type DryEvent struct {
	Kind string    `json:"kind" minLength:"1" maxLength:"80"`
	At   time.Time `json:"at"`
	Data any       `json:"data,omitempty"`
}

// DryInput is a walk to be tried.
type DryInput struct {
	Spec     *graph.Spec    `json:"spec,omitempty" doc:"Absent: the draft"`
	PersonID string         `json:"person_id" minLength:"1" maxLength:"64"`
	At       *time.Time     `json:"at,omitempty" doc:"When they come in; absent: now"`
	Data     any            `json:"data,omitempty" doc:"Of the event with which they come in"`
	Events   []DryEvent     `json:"events,omitempty" maxItems:"100" nullable:"false"`
	Choices  map[string]int `json:"choices,omitempty" doc:"By step: the way that is taken whatever is true; -1: the default"`
}

// DryMessage is what they would read.
type DryMessage struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Carrier string `json:"carrier"`
}

// DryStep is a step of a walk that is tried.
type DryStep struct {
	At      time.Time   `json:"at" doc:"When they come to it"`
	LeftAt  time.Time   `json:"left_at"`
	Step    string      `json:"step"`
	Kind    string      `json:"kind" enum:"message,tag,trait,note,task,webhook,enter,wait,wait_until,wait_date,wait_event,branch,property,split,reachable,goal,exit"`
	Name    string      `json:"name"`
	Way     int         `json:"way" doc:"Index of the step's ways; -1: next; -2: the walk ends there"`
	Outcome string      `json:"outcome"`
	Why     string      `json:"why"`
	Verdict string      `json:"verdict,omitempty" doc:"message: what the gate says: go, wait:why or held:why"`
	Message *DryMessage `json:"message,omitempty"`
}

// DryEnd is how a walk that is tried ends.
type DryEnd struct {
	At     time.Time `json:"at"`
	Status string    `json:"status" enum:"active,done,failed,exited"`
	Why    string    `json:"why"`
}

// DryRun is a walk that was tried. Nothing is stored, sent or changed; what steps
// on the way would change is not seen by the conditions after them.
type DryRun struct {
	Steps     []DryStep `json:"steps" nullable:"false"`
	Ended     DryEnd    `json:"ended"`
	Truncated bool      `json:"truncated" doc:"It would go on"`
}

const mostDry = 200

// trying is a walk that is tried.
type trying struct {
	*Service
	ctx   context.Context
	orgID string
	in    DryInput
	e     *edition
	org   OrgSettings
	who   Known
	ways  map[string][]Address // by step
	holds map[string]bool      // by predicate
	state walk.State
	now   int64
	data  json.RawMessage
	kind  string
	fate  walk.Fate
	out   DryRun
	said  map[int64]DryStep // messages, by visit
}

// DryRun walks a person through a journey in thought.
func (s *Service) DryRun(ctx context.Context, id string, in DryInput) (DryRun, error) {
	a := actor(ctx)
	t := &trying{Service: s, ctx: ctx, orgID: a.OrgID, in: in, ways: map[string][]Address{}, holds: map[string]bool{}, said: map[int64]DryStep{}, out: DryRun{Steps: []DryStep{}}}
	var seq uint32
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		seq, err = t.read(tx, id)
		return err
	}); err != nil {
		return t.out, err
	}
	if err := t.judge(seq); err != nil {
		return t.out, err
	}
	t.now = s.micros()
	if in.At != nil {
		t.now = clock.Micros(*in.At)
	}
	t.kind = t.e.Entry.Event
	if in.Data != nil {
		t.data = json.RawMessage(db.JSON(in.Data))
	}
	slices.SortStableFunc(t.in.Events, func(a, b DryEvent) int { return a.At.Compare(b.At) })
	return t.out, t.walk()
}

func (t *trying) read(tx *db.Tx, id string) (uint32, error) {
	r, err := load(t.ctx, tx, t.orgID, id)
	if err != nil {
		return 0, err
	}
	spec := t.in.Spec
	if spec == nil {
		if spec, err = readSpec(r.draft); err != nil {
			return 0, err
		}
	} else {
		free(spec)
	}
	if found := spec.Graph.Check(); len(found) > 0 {
		return 0, errs.Invalid(i18n.T("画好再试走", "Finish the drawing first"), errs.Field{Path: "steps." + found[0].Step, Text: found[0].Text})
	}
	if t.e, err = t.ready(id, 0, spec); err != nil {
		return 0, errs.Invalid(i18n.T("消息的文字读不懂", "The text of a message cannot be read")).Because(err)
	}
	at, err := t.People.Speakers(t.ctx, tx, t.orgID, []string{t.in.PersonID})
	if err != nil {
		return 0, err
	}
	by, ok := at[t.in.PersonID]
	if !ok {
		return 0, errNoPerson
	}
	known, err := t.People.Persons(t.ctx, tx, t.orgID, []string{by.ID})
	if err != nil {
		return 0, err
	}
	t.who = known[by.ID]
	if t.org, err = t.Orgs.Settings(t.ctx, tx, t.orgID); err != nil {
		return 0, err
	}
	accounts, err := t.Accounts.Accounts(t.ctx, tx, t.orgID)
	if err != nil {
		return 0, err
	}
	for i := range spec.Graph.Steps {
		st := &spec.Graph.Steps[i]
		if st.Kind != graph.Message {
			continue
		}
		over := st.Message.AccountIDs
		if len(over) == 0 {
			over = spec.AccountIDs
		}
		ways, err := t.Accounts.Addresses(t.ctx, tx, t.orgID, chosen(over, accounts), []string{by.ID})
		if err != nil {
			return 0, err
		}
		t.ways[st.ID] = ways[by.ID]
	}
	return by.Seq, nil
}

func (t *trying) judge(seq uint32) error {
	me := roaring.BitmapOf(seq)
	for i := range t.e.Graph.Steps {
		st := &t.e.Graph.Steps[i]
		for _, w := range st.Ways {
			text := whenOf(st, w)
			if text == "" {
				continue
			}
			who, err := t.Conditions.Among(t.ctx, t.orgID, text, me)
			if err != nil && !unreadable(err) {
				return err
			}
			t.holds[text] = err == nil && who.Contains(seq)
		}
	}
	return nil
}

func (t *trying) look() walk.Look {
	return walk.Look{Now: t.now, Zone: zoneOf(t.who.Zone, t.org.Zone),
		Holds: func(s *graph.Step, way int) walk.Truth {
			if want, chosen := t.in.Choices[s.ID]; chosen {
				return truth(way == want)
			}
			if s.Kind == graph.Property {
				holds, err := t.Conditions.Event(t.ctx, t.orgID, t.kind, s.Ways[way].When)
				return truth(err == nil && holds(t.data))
			}
			return truth(t.holds[whenOf(s, s.Ways[way])])
		},
		Lot: func(s *graph.Step, drawn int) int {
			if want, chosen := t.in.Choices[s.ID]; chosen && want >= graph.Default && want < len(s.Ways) {
				return want
			}
			return drawn
		},
		Date: t.who.date,
		Can: func(s *graph.Step) (string, string) {
			if s.Kind == graph.Task && t.who.Owner == "" {
				return walk.Skipped, "no_staff"
			}
			return "", ""
		},
		Fate: func() walk.Fate { return t.fate },
	}
}

func (t *trying) walk() error {
	t.state = walk.State{Step: t.e.Graph.Steps[0].ID, Visit: 1, Arrived: t.now, Wait: walk.Begin}
	for range mostDry {
		r := walk.On(t.e.journey, "dry", &t.e.Graph, t.state, t.look())
		for _, a := range r.Acts {
			if a.Step.Kind == graph.Message {
				if err := t.message(a); err != nil {
					return err
				}
			}
		}
		for _, l := range r.Left {
			t.left(l)
		}
		t.state = r.State
		if r.Status != "" {
			t.out.Ended = DryEnd{clock.Time(t.now), r.Status, r.Why}
			return nil
		}
		if len(t.out.Steps) >= mostDry {
			break
		}
		t.pass(r)
	}
	t.out.Truncated, t.out.Ended = true, DryEnd{clock.Time(t.now), Active, ""}
	return nil
}

func (t *trying) left(l walk.Left) {
	d := t.said[l.Visit]
	switch {
	case d.Verdict == "go" && d.Why != "": // it had to wait
		d.Verdict = "wait:" + d.Why
	case d.Verdict == "held":
		d.Verdict = "held:" + d.Why
	}
	d.At, d.LeftAt, d.Step, d.Kind, d.Name, d.Way, d.Outcome, d.Why = clock.Time(l.Arrived), clock.Time(l.At), l.Step.ID, string(l.Step.Kind), l.Step.Name, l.Way, l.Outcome, l.Why
	t.out.Steps = append(t.out.Steps, d)
}

// pass lets time go by until something happens for them.
func (t *trying) pass(r walk.Result) {
	switch r.Wait {
	case walk.Event:
		s := t.e.Graph.Step(r.Step)
		if want, is := t.in.Choices[r.Step]; is {
			if want == 0 {
				t.now, t.state.Wait = r.Arrived+(r.Due-r.Arrived)/2, walk.Happened
				return
			}
			t.now = r.Due
			return
		}
		for _, e := range t.in.Events {
			at := clock.Micros(e.At)
			if e.Kind != s.Event || at < r.Arrived || at >= r.Due {
				continue
			}
			data := json.RawMessage(db.JSON(e.Data))
			if holds, err := t.Conditions.Event(t.ctx, t.orgID, s.Event, s.Where); err == nil && holds(data) {
				t.now, t.kind, t.data, t.state.Wait = at, e.Kind, data, walk.Happened
				return
			}
		}
		t.now = r.Due
	case walk.Webhook:
		t.state.Wait, t.fate = walk.Answered, walk.Fate{Over: true, Outcome: walk.WasDone}
		t.now += 1e6
	case walk.Message:
		t.now = max(t.now, t.said[r.Visit].LeftAt.UnixMicro())
		d := t.said[r.Visit]
		t.fate = walk.Fate{Over: true, Outcome: "sent"}
		if d.Verdict == "held" {
			t.fate = walk.Fate{Over: true, Outcome: "held", Why: d.Why, Failed: true}
		}
	default:
		t.now = max(t.now+1, r.Due)
	}
}

// message says what they would read, and when the gate would let it through.
func (t *trying) message(a walk.Act) error {
	d := DryStep{Verdict: "held", LeftAt: clock.Time(t.now)}
	to := t.ways[a.Step.ID]
	values := t.e.values(a.Step.ID, t.who, t.org)
	if a.Step.Message.CouponPoolID != "" {
		values[couponName] = sampleCode
	}
	m := &DryMessage{}
	for part, from := range map[*string]map[string]Text{&m.Text: t.e.texts, &m.Subject: t.e.subject} {
		if text := from[a.Step.ID]; text != nil {
			written, err := text.Write(values)
			if err != nil {
				d.Why = "content"
			}
			*part = written
		}
	}
	if len(to) > 0 {
		m.Carrier = to[0].Carrier
	}
	d.Message = m
	if d.Why == "" {
		until := clock.Time(t.now).Add(a.Step.Message.Patience())
		for at := clock.Time(t.now); ; at = at.Add(time.Hour) {
			verdict, why, err := t.Outbox.Explain(t.ctx, t.orgID, t.who.ID, t.e.Purpose, to, at)
			if err != nil {
				return err
			}
			if verdict != "waiting" || at.After(until) {
				if d.LeftAt = at; verdict == "waiting" {
					verdict, why = "held", "expired"
				} else if d.Why == "" {
					d.Why = why
				}
				if d.Verdict = verdict; d.Why == "" {
					d.Why = why
				}
				break
			}
			if d.Why == "" {
				d.Why = why
			}
		}
	}
	t.said[a.Visit] = d
	return nil
}
