package sop

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// SOP is a series as it is shown.
type SOP struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind" enum:"person,group"`
	Status      string           `json:"status" enum:"draft,live,paused,stopped"`
	Spec        Spec             `json:"spec" doc:"As it is being written"`
	Revision    int64            `json:"revision" doc:"Goes up with every change"`
	Version     int64            `json:"version" doc:"That is valid for who comes in; 0: never published"`
	Unpublished bool             `json:"unpublished" doc:"What is written differs from what is valid"`
	Inside      int64            `json:"inside" doc:"Who is in it now"`
	Elsewhere   int64            `json:"elsewhere" doc:"Of these, on an older version"`
	Done        int64            `json:"done" doc:"Came to the end"`
	Ended       map[string]int64 `json:"ended" doc:"Left before, by reason"`
	StartedAt   *time.Time       `json:"started_at"`
	StoppedAt   *time.Time       `json:"stopped_at"`
	CreatedAt   time.Time        `json:"created_at"`
	CreatedName string           `json:"created_name"`
	ChangedAt   time.Time        `json:"changed_at"`
	ChangedName string           `json:"changed_name"`
}

// Get shows a series.
func (s *Service) Get(ctx context.Context, id string) (out SOP, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		all, err := s.show(ctx, tx, a.OrgID, []*row{r})
		if err != nil {
			return err
		}
		out = all[0]
		if r.version > 0 {
			return tx.QueryRow(ctx, "SELECT count(*) FROM sop_enrolment WHERE org_id = ? AND sop_id = ? AND status = 'active' AND version <> ?", a.OrgID, id, r.version).Scan(&out.Elsewhere)
		}
		return nil
	})
	return out, err
}

// Filter selects series.
type Filter struct {
	Kind   string `query:"kind" enum:",person,group"`
	Status string `query:"status" enum:",draft,live,paused,stopped"`
	Q      string `query:"q" maxLength:"60" doc:"Part of the name"`
}

// at is where a page goes on.
type at struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// List shows series, those changed last first.
func (s *Service) List(ctx context.Context, f Filter, after at, most int) (out []SOP, next at, err error) {
	a := actor(ctx)
	where, args := "org_id = ? AND (? = '' OR kind = ?) AND (? = '' OR status = ?)", []any{a.OrgID, f.Kind, f.Kind, f.Status, f.Status}
	if q := strings.TrimSpace(f.Q); q != "" {
		where, args = where+" AND LOWER(name) LIKE LOWER(?) ESCAPE '!'", append(args, like(q))
	}
	if after.ID != "" {
		where, args = where+" AND (changed_at, id) < (?, ?)", append(args, after.At, after.ID)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		var rows []*row
		if err := tx.Each(ctx, func(r *sql.Rows) error {
			one := &row{}
			rows = append(rows, one)
			return one.scan(r)
		}, "SELECT "+columns+" FROM sop_sop WHERE "+where+" ORDER BY changed_at DESC, id DESC LIMIT ?", append(slices.Clone(args), most+1)...); err != nil {
			return err
		}
		if len(rows) > most {
			rows = rows[:most]
			next = at{rows[most-1].changed, rows[most-1].id}
		}
		out, err = s.show(ctx, tx, a.OrgID, rows)
		return err
	})
	return out, next, err
}

func (s *Service) show(ctx context.Context, tx *db.Tx, orgID string, rows []*row) ([]SOP, error) {
	names, err := s.Orgs.StaffNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]SOP, len(rows))
	at, ids := map[string]int{}, []string{}
	for i, r := range rows {
		sp, err := r.spec()
		if err != nil {
			return nil, err
		}
		out[i] = SOP{ID: r.id, Name: r.name, Kind: r.kind, Status: r.status, Spec: *sp, Revision: r.revision, Version: r.version, Unpublished: r.revision != r.published, Ended: map[string]int64{},
			StartedAt: clock.Ptr(r.started), StoppedAt: clock.Ptr(r.stopped), CreatedAt: clock.Time(r.created), CreatedName: names[r.createdBy], ChangedAt: clock.Time(r.changed), ChangedName: names[r.changedBy]}
		at[r.id], ids = i, append(ids, r.id)
	}
	if len(ids) == 0 {
		return out, nil
	}
	where, arg := tx.In("sop_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status, why string
		var n int64
		if err := rows.Scan(&id, &status, &why, &n); err != nil {
			return err
		}
		o := &out[at[id]]
		switch {
		case status == Active:
			o.Inside = n
		case status == Done:
			o.Done += n
		case n > 0:
			o.Ended[why] = n
		}
		return nil
	}, "SELECT sop_id, status, why, n FROM sop_tally WHERE org_id = ? AND step_id = '' AND "+where, orgID, arg)
}

// StepState is how a step fares.
type StepState struct {
	StepID  string           `json:"step_id"`
	Gone    bool             `json:"gone" doc:"It is no longer in what is valid"`
	Here    int64            `json:"here" doc:"For whom it is the next one"`
	Due     int64            `json:"due" doc:"For whom it was decided"`
	Skipped map[string]int64 `json:"skipped" doc:"By reason"`
	Tasked  int64            `json:"tasked" doc:"Put on associates' lists"`
	Waiting map[string]int64 `json:"waiting" doc:"In the outbox, by reason; planned: not looked at yet"`
	Held    map[string]int64 `json:"held" doc:"Held back by the gate, by reason"`
	Asked   int64            `json:"asked" doc:"Staff have not confirmed yet"`
	Sent    int64            `json:"sent"`
	Failed  map[string]int64 `json:"failed" doc:"By reason"`
	Off     int64            `json:"cancelled" doc:"Called off because somebody left the series"`
	Replied int64            `json:"replied" doc:"Who answered within three days, before the next step"`
}

// Steps tells how each step fares.
func (s *Service) Steps(ctx context.Context, id string) (out []StepState, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		sp, err := r.spec()
		if err != nil {
			return err
		}
		if r.version > 0 {
			e, err := s.edition(ctx, tx, a.OrgID, id, r.version)
			if err != nil {
				return err
			}
			sp = e.Spec
		}
		at := map[string]*StepState{}
		state := func(id string) *StepState {
			if at[id] == nil {
				out = append(out, StepState{})
				at[id] = &StepState{StepID: id, Gone: true, Skipped: map[string]int64{}, Waiting: map[string]int64{}, Held: map[string]int64{}, Failed: map[string]int64{}}
				out[len(out)-1].StepID = id
			}
			return at[id]
		}
		for _, st := range sp.Steps {
			state(st.ID).Gone = false
		}
		if err := s.countSteps(ctx, tx, a.OrgID, r, state); err != nil {
			return err
		}
		for i := range out {
			out[i] = *at[out[i].StepID]
		}
		return nil
	})
	return out, err
}

func (s *Service) countSteps(ctx context.Context, tx *db.Tx, orgID string, r *row, state func(string) *StepState) error {
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status, why string
		var n int64
		if err := rows.Scan(&id, &status, &why, &n); err != nil {
			return err
		}
		st := state(id)
		switch status {
		case "replied":
			st.Replied = n
			return nil
		case Skipped:
			st.Skipped[why] = n
		case Tasked:
			st.Tasked = n
		case Asked:
			st.Asked = n
		}
		st.Due += n
		return nil
	}, "SELECT step_id, status, why, n FROM sop_tally WHERE org_id = ? AND sop_id = ? AND step_id <> '' ORDER BY step_id", orgID, r.id); err != nil {
		return err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int64
		err := rows.Scan(&id, &n)
		state(id).Here = n
		return err
	}, "SELECT next_step, count(*) FROM sop_enrolment WHERE org_id = ? AND sop_id = ? AND status = 'active' GROUP BY next_step ORDER BY next_step", orgID, r.id); err != nil {
		return err
	}
	if r.kind == Group {
		return s.countGroups(ctx, tx, orgID, r, state)
	}
	plans, err := plansOf(ctx, tx, orgID, r.id)
	if err != nil {
		return err
	}
	for _, id := range sorted(plans) {
		for _, plan := range plans[id] {
			p, err := s.Outbox.Progress(ctx, tx, orgID, plan)
			if err != nil {
				return err
			}
			st := state(id)
			for why, n := range p.Waiting {
				st.Waiting[why] += n
			}
			if n := p.Planned + p.Sending; n > 0 {
				st.Waiting["planned"] += n
			}
			for why, n := range p.Held {
				st.Held[why] += n
			}
			for why, n := range p.Failed {
				st.Failed[why] += n
			}
			if p.Doubtful > 0 {
				st.Failed["doubtful"] += p.Doubtful
			}
			st.Asked, st.Sent, st.Off = st.Asked+p.Asked, st.Sent+p.Sent, st.Off+p.Cancelled
		}
	}
	return nil
}

// looked bounds how many requests to groups' owners are asked about.
const looked = 1000

func (s *Service) countGroups(ctx context.Context, tx *db.Tx, orgID string, r *row, state func(string) *StepState) error {
	type one struct{ step, key, chat string }
	all, err := db.All(ctx, tx, func(r *sql.Rows, o *one) error { return r.Scan(&o.step, &o.key, &o.chat) },
		"SELECT step_id, ref, subject_id FROM sop_step WHERE org_id = ? AND sop_id = ? AND status = 'asked' ORDER BY decided_at DESC LIMIT ?", orgID, r.id, looked)
	if err != nil || len(all) == 0 {
		return err
	}
	var keys []string
	for _, o := range all {
		keys = append(keys, o.key)
	}
	slices.Sort(keys)
	states, err := s.Groups.States(ctx, tx, orgID, slices.Compact(keys))
	if err != nil {
		return err
	}
	for _, o := range all {
		st := state(o.step)
		switch states[o.key][o.chat] {
		case "sent":
			st.Asked, st.Sent = st.Asked-1, st.Sent+1
		case "failed":
			st.Asked, st.Failed["failed"] = st.Asked-1, st.Failed["failed"]+1
		case "cancelled":
			st.Asked, st.Off = st.Asked-1, st.Off+1
		}
	}
	return nil
}

// Enrolment is somebody in a series.
type Enrolment struct {
	ID         string     `json:"id"`
	PersonID   string     `json:"person_id"`
	AccountID  string     `json:"account_id" doc:"Of a group"`
	ChatID     string     `json:"chat_id" doc:"Of a group"`
	Name       string     `json:"name"`
	Owner      string     `json:"owner" doc:"Who looks after them; of a group its owner"`
	Version    int64      `json:"version"`
	Source     string     `json:"source" enum:"friend,channel,segment,group,hand,api"`
	Status     string     `json:"status" enum:"active,done,ended"`
	Why        string     `json:"why,omitempty" enum:",replied,ordered,left_segment,unfriended,consent,gone,merged,dismissed,stopped,removed"`
	Day        int        `json:"day" doc:"On which day of the series they are; 0: the first"`
	SinceAt    time.Time  `json:"since_at" doc:"From when their days are counted"`
	EnrolledAt time.Time  `json:"enrolled_at"`
	NextStep   string     `json:"next_step"`
	DueAt      *time.Time `json:"due_at" doc:"When it is looked at next"`
	EndedAt    *time.Time `json:"ended_at"`
	Steps      []Taken    `json:"steps,omitempty" doc:"Of one: what became of each step, the earliest first"`
}

// Taken is what became of a step for somebody.
type Taken struct {
	StepID    string     `json:"step_id"`
	Version   int64      `json:"version"`
	Status    string     `json:"status" enum:"given,asked,tasked,skipped"`
	Why       string     `json:"why,omitempty" enum:",before,late,order,no_staff,content"`
	DueAt     time.Time  `json:"due_at"`
	DecidedAt time.Time  `json:"decided_at"`
	RepliedAt *time.Time `json:"replied_at"`
}

// EnrolmentFilter selects enrolments.
type EnrolmentFilter struct {
	Status string `query:"status" enum:",active,done,ended"`
	Step   string `query:"step" maxLength:"8" doc:"For whom that step is the next one"`
}

// Enrolments lists who is, or was, in a series, the latest first.
func (s *Service) Enrolments(ctx context.Context, id string, f EnrolmentFilter, after at, most int) (out []Enrolment, next at, err error) {
	a := actor(ctx)
	where, args := "sop_id = ? AND (? = '' OR status = ?)", []any{id, f.Status, f.Status}
	if f.Step != "" {
		where, args = where+" AND status = 'active' AND next_step = ?", append(args, f.Step)
	}
	if after.ID != "" {
		where, args = where+" AND (enrolled_at, id) < (?, ?)", append(args, after.At, after.ID)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		all, err := enrolments(ctx, tx, a.OrgID, where+" ORDER BY enrolled_at DESC, id DESC LIMIT ?", append(slices.Clone(args), most+1)...)
		if err != nil {
			return err
		}
		if len(all) > most {
			all = all[:most]
			next = at{all[most-1].enrolled, all[most-1].id}
		}
		out, err = s.showEnrolments(ctx, tx, a.OrgID, r, all)
		return err
	})
	return out, next, err
}

// Enrolment shows one with what became of its steps.
func (s *Service) Enrolment(ctx context.Context, id, enrolmentID string) (out Enrolment, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		all, err := enrolments(ctx, tx, a.OrgID, "id = ? AND sop_id = ?", enrolmentID, id)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errNoEnrolment
		}
		shown, err := s.showEnrolments(ctx, tx, a.OrgID, r, all)
		if err != nil {
			return err
		}
		out = shown[0]
		out.Steps = []Taken{}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var t Taken
			var due, decided, replied int64
			err := rows.Scan(&t.StepID, &t.Version, &t.Status, &t.Why, &due, &decided, &replied)
			t.DueAt, t.DecidedAt, t.RepliedAt = clock.Time(due), clock.Time(decided), clock.Ptr(replied)
			out.Steps = append(out.Steps, t)
			return err
		}, "SELECT step_id, version, status, why, due_at, decided_at, replied_at FROM sop_step WHERE org_id = ? AND enrolment_id = ? ORDER BY due_at, step_id", a.OrgID, enrolmentID)
	})
	return out, err
}

func (s *Service) showEnrolments(ctx context.Context, tx *db.Tx, orgID string, r *row, all []*enrolment) ([]Enrolment, error) {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	people, chats := map[string]Known{}, map[string]Chat{}
	var staff map[string]string
	if r.kind == Group {
		chats, err = s.chatsOf(ctx, tx, orgID, all)
	} else {
		var ids []string
		for _, x := range all {
			ids = append(ids, x.subject)
		}
		if staff, err = s.Orgs.StaffNames(ctx, tx, orgID); err == nil && len(ids) > 0 {
			people, err = s.People.Persons(ctx, tx, orgID, ids)
		}
	}
	if err != nil {
		return nil, err
	}
	out := make([]Enrolment, len(all))
	for i, x := range all {
		zone := org.Zone
		out[i] = Enrolment{ID: x.id, AccountID: x.account, Version: x.version, Source: x.source, Status: x.status, Why: x.why, SinceAt: clock.Time(x.anchor), EnrolledAt: clock.Time(x.enrolled), NextStep: x.next, EndedAt: clock.Ptr(x.ended)}
		if r.kind == Group {
			c := chats[x.account+"/"+x.subject]
			out[i].ChatID, out[i].Name, out[i].Owner = x.subject, c.Name, c.OwnerName
		} else {
			p := people[x.subject]
			zone = zoneOf(p.Zone, org.Zone)
			out[i].PersonID, out[i].Name, out[i].Owner = x.subject, p.Name, staff[p.Owner]
		}
		until := s.now()
		if x.status == Active {
			out[i].DueAt = clock.Ptr(x.due)
		} else if x.ended > 0 {
			until = clock.Time(x.ended)
		}
		out[i].Day = days(clock.Time(x.anchor).In(zone), until.In(zone))
	}
	return out, nil
}

// days counts the midnights between two moments.
func days(from, to time.Time) int {
	civil := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(civil(to).Sub(civil(from)) / (24 * time.Hour))
}

// refs reads one column of texts that are not empty.
func refs(ctx context.Context, tx *db.Tx, query string, args ...any) ([]string, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows, s *string) error { return r.Scan(s) }, query, args...)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" }), err
}

// Drafts lists the newest series of a kind that never were live, 100 at most.
func (s *Service) Drafts(ctx context.Context, kind string) ([]SOP, error) {
	out, _, err := s.List(ctx, Filter{Kind: kind, Status: Draft}, at{}, 100)
	return out, err
}
