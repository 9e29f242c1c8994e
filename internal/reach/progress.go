package reach

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Progress is how far a plan is.
type Progress struct {
	PlanID     string           `json:"plan_id"`
	Origin     string           `json:"origin"`
	OriginID   string           `json:"origin_id"`
	Purpose    string           `json:"purpose" enum:"marketing,service,transactional"`
	Title      string           `json:"title"`
	Status     string           `json:"status" enum:"draft,running,paused,cancelling,done,cancelled"`
	Total      int64            `json:"total"`
	Planned    int64            `json:"planned" doc:"Not looked at yet"`
	Waiting    map[string]int64 `json:"waiting" doc:"By reason"`
	Held       map[string]int64 `json:"held" doc:"By reason"`
	Sending    int64            `json:"sending"`
	Asked      int64            `json:"asked" doc:"With the carrier, which waits until a member of staff confirms them"`
	Sent       int64            `json:"sent" doc:"Taken by the carrier, delivered and read ones included"`
	Delivered  int64            `json:"delivered" doc:"Of those, said to have arrived, read ones included"`
	Read       int64            `json:"read"`
	Failed     map[string]int64 `json:"failed" doc:"By reason"`
	Doubtful   int64            `json:"doubtful" doc:"May have arrived; not sent again by themselves"`
	Cancelled  int64            `json:"cancelled"`
	PerMinute  int64            `json:"per_minute" doc:"0: as fast as the carriers take it"`
	StartAt    time.Time        `json:"start_at"`
	EndAt      time.Time        `json:"end_at" doc:"What could not go by then is held back; year 1: a standing plan, which has no end"`
	Standing   bool             `json:"standing" doc:"It does not end by itself: people are added as they come"`
	NextAt     *time.Time       `json:"next_at" doc:"Nothing happens before; null: at once, or it is over"`
	StartedAt  *time.Time       `json:"started_at"`
	FinishedAt *time.Time       `json:"finished_at"`
}

// Progress tells how far a plan is; errs.CodeNotFound.
func (s *Service) Progress(ctx context.Context, tx *db.Tx, orgID, planID string) (Progress, error) {
	p := &planRow{orgID: orgID}
	err := p.scan(tx.QueryRow(ctx, "SELECT "+planColumns+" FROM reach_plan WHERE org_id = ? AND id = ?", orgID, planID))
	if db.IsNoRows(err) {
		return Progress{}, errNoPlan
	}
	if err != nil {
		return Progress{}, err
	}
	all, err := progressOf(ctx, tx, orgID, []*planRow{p})
	if err != nil {
		return Progress{}, err
	}
	return all[0], nil
}

func progressOf(ctx context.Context, tx *db.Tx, orgID string, plans []*planRow) ([]Progress, error) {
	out, at, ids := make([]Progress, len(plans)), map[string]int{}, make([]string, len(plans))
	for i, p := range plans {
		out[i] = Progress{PlanID: p.id, Origin: p.origin, OriginID: p.originID, Purpose: p.purpose, Title: p.title, Status: p.status, Total: p.total, PerMinute: p.perMinute, Standing: p.standing == 1,
			Waiting: map[string]int64{}, Held: map[string]int64{}, Failed: map[string]int64{}, StartAt: clock.Time(p.start), EndAt: clock.Time(p.end), StartedAt: clock.Ptr(p.started), FinishedAt: clock.Ptr(p.finished)}
		if p.status == PlanRunning && p.wake != never {
			out[i].NextAt = clock.Ptr(p.wake)
		}
		at[p.id], ids[i] = i, p.id
	}
	where, arg := tx.In("plan_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var plan, status, why string
		var n int64
		if err := rows.Scan(&plan, &status, &why, &n); err != nil {
			return err
		}
		out[at[plan]].count(status, why, n)
		return nil
	}, "SELECT plan_id, status, why, n FROM reach_tally WHERE org_id = ? AND n <> 0 AND "+where, orgID, arg)
}

func (p *Progress) count(status, why string, n int64) {
	switch status {
	case Planned:
		p.Planned += n
	case Waiting:
		p.Waiting[why] += n
	case Held:
		p.Held[why] += n
	case Sending:
		p.Sending += n
	case Asked:
		p.Asked += n
	case Sent:
		p.Sent += n
	case Delivered:
		p.Sent, p.Delivered = p.Sent+n, p.Delivered+n
	case ReadState:
		p.Sent, p.Delivered, p.Read = p.Sent+n, p.Delivered+n, p.Read+n
	case Failed:
		p.Failed[why] += n
	case Doubtful:
		p.Doubtful += n
	case Cancelled:
		p.Cancelled += n
	}
}

// planPlace is where a page of plans goes on.
type planPlace struct {
	At int64
	ID string
}

// Plans lists the actor's org's plans, the newest first.
func (s *Service) Plans(ctx context.Context, status string, after planPlace, most int) (out []Progress, next planPlace, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		query, args := "SELECT "+planColumns+" FROM reach_plan WHERE org_id = ? AND (? = '' OR status = ?)", []any{org, status, status}
		if after != (planPlace{}) {
			query, args = query+" AND (created_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		var plans []*planRow
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			p := &planRow{orgID: org}
			err := p.scan(rows)
			plans = append(plans, p)
			return err
		}, query+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, most+1)...); err != nil {
			return err
		}
		next = planPlace{}
		if len(plans) > most {
			plans = plans[:most]
			next = planPlace{plans[most-1].created, plans[most-1].id}
		}
		if len(plans) == 0 {
			return nil
		}
		out, err = progressOf(ctx, tx, org, plans)
		return err
	})
	return out, next, err
}

// PlanProgress is Progress for the actor's org.
func (s *Service) PlanProgress(ctx context.Context, planID string) (out Progress, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = s.Progress(ctx, tx, org, planID)
		return err
	})
	return out, err
}

// Act pauses, resumes or cancels a plan of the actor's org.
func (s *Service) Act(ctx context.Context, planID, what string) (out Progress, err error) {
	org := actor(ctx).OrgID
	do := map[string]func(context.Context, *db.Tx, string, string) error{"pause": s.Pause, "resume": s.Resume, "cancel": s.Cancel}[what]
	if do == nil {
		return out, errs.Invalid(i18n.T("没有这个动作", "There is no such action"))
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := do(ctx, tx, org, planID); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "reach.plan_"+what, "plan", planID, nil); err != nil {
			return err
		}
		out, err = s.Progress(ctx, tx, org, planID)
		return err
	})
	return out, err
}
