package drill

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// The states of a run. The last two are final.
const (
	StatusQueued  = "queued"
	StatusRunning = "running"
	StatusDone    = "done"
	StatusFailed  = "failed"
)

// Run is a drill that was asked for, with its sums once it is done.
type Run struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Purpose    string     `json:"purpose" enum:"marketing,service" doc:"Of the messages with which people would be reached: the gate is asked about it"`
	Month      string     `json:"month" doc:"In which it was made, in the org's time zone"`
	Status     string     `json:"status" enum:"queued,running,done,failed"`
	Step       int        `json:"step" doc:"How many of steps are behind it"`
	Steps      int        `json:"steps"`
	Kept       bool       `json:"kept" doc:"Stays when newer ones come; of the others the newest ten do"`
	MadeAt     time.Time  `json:"made_at"`
	MadeBy     string     `json:"made_by" doc:"Empty: by itself, once a month"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at" doc:"As of when its figures are"`
	Error      string     `json:"error,omitempty"`
	Totals     *Totals    `json:"totals" doc:"Null until it is done"`
}

var aRun = i18n.T("这次演练", "drill")

const runColumns = "id, name, purpose, month, status, step, kept, made_at, made_by, started_at, finished_at, error, totals"

func scanRun(rows interface{ Scan(...any) error }, r *Run) error {
	var kept, made, started, finished int64
	var totals string
	if err := rows.Scan(&r.ID, &r.Name, &r.Purpose, &r.Month, &r.Status, &r.Step, &kept, &made, &r.MadeBy, &started, &finished, &r.Error, &totals); err != nil {
		return err
	}
	r.Steps, r.Kept, r.MadeAt, r.StartedAt, r.FinishedAt = stepsOfRun, kept == 1, clock.Time(made), clock.Ptr(started), clock.Ptr(finished)
	if totals == "" {
		return nil
	}
	r.Totals = &Totals{}
	return json.Unmarshal([]byte(totals), r.Totals)
}

func runByID(ctx context.Context, tx *db.Tx, orgID, id string) (r Run, err error) {
	err = scanRun(tx.QueryRow(ctx, "SELECT "+runColumns+" FROM insight_drill_run WHERE org_id = ? AND id = ?", orgID, id), &r)
	if db.IsNoRows(err) {
		return r, errs.NotFound(aRun)
	}
	return r, err
}

// findings are a run's figures; a conflict while it has none.
func findings(ctx context.Context, tx *db.Tx, orgID, id string) (r Run, f figures, err error) {
	if r, err = runByID(ctx, tx, orgID, id); err != nil {
		return r, f, err
	}
	if r.Status != StatusDone {
		return r, f, errs.Conflict(i18n.T("这次演练还没有结果", "This drill has no figures yet"))
	}
	var text string
	if err := tx.QueryRow(ctx, "SELECT figures FROM insight_drill_run WHERE org_id = ? AND id = ?", orgID, id).Scan(&text); err != nil {
		return r, f, err
	}
	return r, f, json.Unmarshal([]byte(text), &f)
}

// What the sets of a run are.
const (
	bitsAll    = "all"
	bitsValued = "valued"
	bitsDirect = "direct"
	bitsWaits  = "waits"
	bitsBar    = "bar/"
	bitsStep   = "step"
)

type bitsRow struct {
	what, account, seat string
	who                 *roaring.Bitmap
}

func (g *ground) bits(people []*roaring.Bitmap) []bitsRow {
	out := []bitsRow{{bitsAll, "", "", g.all}, {bitsValued, "", "", g.valued}}
	for _, w := range g.ways {
		id := g.accounts[w.account].ID
		out = append(out, bitsRow{bitsDirect, id, w.seat, w.direct}, bitsRow{bitsWaits, id, w.seat, w.waits})
	}
	for _, b := range g.bars {
		out = append(out, bitsRow{bitsBar + b.why, g.accounts[b.account].ID, "", b.who})
	}
	for i, who := range people {
		out = append(out, bitsRow{bitsStep, "", strconv.Itoa(i + 1), who})
	}
	return out
}

func saveBits(ctx context.Context, tx *db.Tx, orgID, run string, all []bitsRow) error {
	if _, err := tx.Exec(ctx, "DELETE FROM insight_drill_bits WHERE org_id = ? AND run_id = ?", orgID, run); err != nil {
		return err
	}
	for _, b := range all {
		if b.who.IsEmpty() {
			continue
		}
		who, err := b.who.ToBytes()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO insight_drill_bits (org_id, run_id, what, account_id, seat, who) VALUES (?, ?, ?, ?, ?, ?)", orgID, run, b.what, b.account, b.seat, who); err != nil {
			return fmt.Errorf("drill: people: %w", err)
		}
	}
	return nil
}

// loadGround is a run's ground as it was, without values.
func loadGround(ctx context.Context, tx *db.Tx, orgID, run string, accounts []Account) (*ground, error) {
	g := newGround(accounts)
	at := map[string]int{}
	for i, a := range accounts {
		at[a.ID] = i
	}
	ways := map[seatKey]*way{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var b bitsRow
		var bytes []byte
		if err := rows.Scan(&b.what, &b.account, &b.seat, &bytes); err != nil {
			return err
		}
		b.who = roaring.New()
		if err := b.who.UnmarshalBinary(bytes); err != nil {
			return err
		}
		switch b.what {
		case bitsAll:
			g.all = b.who
		case bitsValued:
			g.valued = b.who
		case bitsDirect, bitsWaits:
			k := seatKey{at[b.account], b.seat}
			if ways[k] == nil {
				ways[k] = &way{account: k.account, seat: k.seat, direct: roaring.New(), waits: roaring.New()}
				g.ways = append(g.ways, ways[k])
			}
			if b.what == bitsDirect {
				ways[k].direct = b.who
			} else {
				ways[k].waits = b.who
			}
		default:
			g.bars = append(g.bars, &bar{account: at[b.account], why: b.what[len(bitsBar):], who: b.who})
		}
		return nil
	}, "SELECT what, account_id, seat, who FROM insight_drill_bits WHERE org_id = ? AND run_id = ? AND what <> ? ORDER BY what, account_id, seat", orgID, run, bitsStep)
	if err != nil {
		return nil, fmt.Errorf("drill: people: %w", err)
	}
	return g, nil
}

// stepPeople are those of a step of a run's plan; none where there is no such step.
func stepPeople(ctx context.Context, tx *db.Tx, orgID, run string, n int) (*roaring.Bitmap, error) {
	var bytes []byte
	err := tx.QueryRow(ctx, "SELECT who FROM insight_drill_bits WHERE org_id = ? AND run_id = ? AND what = ? AND account_id = '' AND seat = ?", orgID, run, bitsStep, strconv.Itoa(n)).Scan(&bytes)
	if db.IsNoRows(err) {
		return nil, errs.NotFound(i18n.T("计划里的这一步", "step of the plan"))
	}
	if err != nil {
		return nil, err
	}
	who := roaring.New()
	return who, who.UnmarshalBinary(bytes)
}
