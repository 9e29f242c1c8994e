package insight

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/insight/diagnosis"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// DiagnosisInput is what a brand answers before it begins.
type DiagnosisInput struct {
	Answers     map[string]int64      `json:"answers" maxProperties:"40" doc:"By the key of the question, 0 to 3; unanswered ones count as half"`
	Business    BusinessInput         `json:"business"`
	Months      int                   `json:"months" minimum:"6" maximum:"60" default:"24" doc:"How far to look"`
	Assumptions map[string]RangeInput `json:"assumptions,omitempty" maxProperties:"40" doc:"Those that are replaced, by key"`
}

// BusinessInput is five numbers.
type BusinessInput struct {
	Buyers     float64 `json:"buyers" doc:"People who buy in a month, today"`
	OrderMinor int64   `json:"order_minor" doc:"Average order"`
	MarginBP   int64   `json:"margin_bp" doc:"Gross margin before marketing, in basis points"`
	CostMinor  int64   `json:"cost_minor" doc:"To win one buyer on the platforms"`
	OrdersYear float64 `json:"orders_year" doc:"Orders of one customer a year, today"`
}

// RangeInput is what one believes of a number. Shares are 0 to 1, money is in minor
// units.
type RangeInput struct {
	Low    float64 `json:"low"`
	Likely float64 `json:"likely"`
	High   float64 `json:"high"`
}

// Assumed is an assumption of a forecast.
type Assumed struct {
	Key     string     `json:"key"`
	Name    string     `json:"name"`
	Why     string     `json:"why" doc:"What it stands for"`
	Unit    string     `json:"unit" enum:"share,money,people"`
	Part    string     `json:"part,omitempty" doc:"Whose answers move it"`
	Range   RangeInput `json:"range"`
	Default RangeInput `json:"default"`
}

// SpreadView is a number that is not known: one in ten lies below low, half below
// mid, nine in ten below high.
type SpreadView struct {
	Low  float64 `json:"low"`
	Mid  float64 `json:"mid"`
	High float64 `json:"high"`
}

// DiagnosisMonth is one month of a forecast; money in minor units.
type DiagnosisMonth struct {
	Month        int        `json:"month" doc:"1 is the first"`
	Members      SpreadView `json:"members"`
	Cost         SpreadView `json:"cost"`
	Contribution SpreadView `json:"contribution"`
	Balance      SpreadView `json:"balance" doc:"Of all months up to this one"`
}

// DiagnosisFirst is what to mend first.
type DiagnosisFirst struct {
	Key    string `json:"key"`
	Advice string `json:"advice"`
	Path   string `json:"path,omitempty" doc:"Of the console, where that is done"`
}

// DiagnosisDriver is how much the end depends on an assumption.
type DiagnosisDriver struct {
	Key         string  `json:"key"`
	Correlation float64 `json:"correlation" doc:"Spearman's, between the assumption and the last balance"`
}

// DiagnosisForecast is how ready a brand is, and what a pool would cost and bring.
type DiagnosisForecast struct {
	Currency    string             `json:"currency"`
	Scores      map[string]float64 `json:"scores" doc:"0 to 100 by part"`
	Total       float64            `json:"total"`
	Weakest     string             `json:"weakest"`
	Missing     []string           `json:"missing" nullable:"false" doc:"Questions without an answer"`
	First       []DiagnosisFirst   `json:"first" nullable:"false"`
	Verdict     string             `json:"verdict" enum:"pays,open,pays_not"`
	Chance      float64            `json:"chance" doc:"That it has earned back its cost by the last month, 0 to 1"`
	BreakEven   SpreadView         `json:"break_even" doc:"In months; 0: not within the months"`
	PerMember   SpreadView         `json:"per_member" doc:"What one who joined brings in all months, minor units"`
	CostMember  SpreadView         `json:"cost_member" doc:"What one who joined costs in all months, minor units"`
	Return      SpreadView         `json:"return" doc:"(contribution − cost) ÷ cost"`
	ExtraCost   SpreadView         `json:"extra_cost" doc:"All cost for each extra order, minor units: beside what the platforms take for a buyer"`
	Months      []DiagnosisMonth   `json:"months" nullable:"false"`
	Drivers     []DiagnosisDriver  `json:"drivers" nullable:"false"`
	Assumptions []Assumed          `json:"assumptions" nullable:"false"`
}

// Diagnose forecasts for the org in ctx's actor. It stores nothing.
func (s *Service) Diagnose(ctx context.Context, in DiagnosisInput) (*DiagnosisForecast, error) {
	code, err := s.currency(ctx)
	if err != nil {
		return nil, err
	}
	return diagnose(in, code, i18n.From(ctx))
}

// currency is that of the org in ctx's actor.
func (s *Service) currency(ctx context.Context) (string, error) {
	a, _ := access.From(ctx)
	var set OrgSettings
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		set, err = s.orgs.Settings(ctx, tx, a.OrgID)
		return err
	})
	return set.Currency, err
}

// patient is what a diagnosis is of, in whole units of money.
type patient struct {
	unit     float64 // minor units of one
	business diagnosis.Business
	ready    diagnosis.Readiness
	usual    []diagnosis.Assumption // what is assumed when nothing is said
	assumed  []diagnosis.Assumption
}

func (in DiagnosisInput) patient(code string) (*patient, error) {
	answers, err := in.answers()
	if err != nil {
		return nil, err
	}
	p := &patient{unit: math.Pow10(currency.Digits(code)), ready: diagnosis.Ready(answers)}
	p.business = diagnosis.Business{Buyers: in.Business.Buyers, Order: float64(in.Business.OrderMinor) / p.unit, Margin: float64(in.Business.MarginBP) / 10_000,
		Cost: float64(in.Business.CostMinor) / p.unit, OrdersYear: in.Business.OrdersYear}
	p.usual = diagnosis.Assume(p.business, code, p.ready)
	p.assumed = slices.Clone(p.usual)
	replaced := 0
	for i := range p.assumed {
		a := &p.assumed[i]
		if r, ok := in.Assumptions[a.Key]; ok {
			replaced++
			by := p.scale(a)
			a.Range = diagnosis.Range{Low: r.Low / by, Likely: r.Likely / by, High: r.High / by}
		}
	}
	if replaced < len(in.Assumptions) {
		return nil, errs.InvalidField("assumptions", i18n.T("有不认识的假设", "There is an assumption of which nothing is known"))
	}
	return p, nil
}

// scale is how many units of the API are one of the model's.
func (p *patient) scale(a *diagnosis.Assumption) float64 {
	if a.Unit == diagnosis.Money {
		return p.unit
	}
	return 1
}

func diagnose(in DiagnosisInput, code string, lang i18n.Lang) (*DiagnosisForecast, error) {
	p, err := in.patient(code)
	if err != nil {
		return nil, err
	}
	f, err := diagnosis.Run(p.business, p.assumed, in.Months)
	if err != nil {
		return nil, err
	}
	ready, unit := p.ready, p.unit
	out := &DiagnosisForecast{Currency: code, Scores: ready.Parts, Total: ready.Total, Weakest: ready.Weakest, Missing: ready.Missing, First: []DiagnosisFirst{}, Drivers: []DiagnosisDriver{}}
	if out.Missing == nil {
		out.Missing = []string{}
	}
	ranged := func(r diagnosis.Range, by float64) RangeInput {
		return RangeInput{r.Low * by, r.Likely * by, r.High * by}
	}
	for i := range p.assumed {
		a := &p.assumed[i]
		out.Assumptions = append(out.Assumptions, Assumed{Key: a.Key, Name: a.Text.In(lang), Why: a.Why.In(lang), Unit: a.Unit, Part: a.Part,
			Range: ranged(a.Range, p.scale(a)), Default: ranged(p.usual[i].Range, p.scale(a))})
	}
	spread := func(s diagnosis.Spread, by float64) SpreadView {
		return SpreadView{s.Low * by, s.Mid * by, s.High * by}
	}
	out.Verdict, out.Chance, out.BreakEven = string(f.Verdict), f.Chance, spread(f.BreakEven, 1)
	out.PerMember, out.CostMember, out.Return, out.ExtraCost = spread(f.PerMember, unit), spread(f.CostMember, unit), spread(f.Return, 1), spread(f.ExtraCost, unit)
	for _, m := range f.Months {
		out.Months = append(out.Months, DiagnosisMonth{m.N, spread(m.Members, 1), spread(m.Cost, unit), spread(m.Contribution, unit), spread(m.Balance, unit)})
	}
	for _, d := range f.Drivers {
		out.Drivers = append(out.Drivers, DiagnosisDriver(d))
	}
	for _, q := range ready.First {
		out.First = append(out.First, DiagnosisFirst{q.Key, q.Advice.In(lang), q.Path})
	}
	return out, nil
}

// answers checks what was answered.
func (in DiagnosisInput) answers() (diagnosis.Answers, error) {
	out := diagnosis.Answers{}
	for _, p := range diagnosis.Parts {
		for _, q := range p.Questions {
			v, ok := in.Answers[q.Key]
			if !ok {
				continue
			}
			if v < 0 || v > diagnosis.Best {
				return nil, errs.InvalidField("answers."+q.Key, i18n.T("答案应为 0 到 %d", "An answer is 0 to %d", diagnosis.Best))
			}
			out[q.Key] = int(v)
		}
	}
	if len(out) < len(in.Answers) {
		return nil, errs.InvalidField("answers", i18n.T("有不认识的题目", "There is an answer to no question"))
	}
	return out, nil
}

// Diagnosis is one that was kept.
type Diagnosis struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Input     DiagnosisInput `json:"input"`
	CreatedAt time.Time      `json:"created_at"`
}

const (
	mostDiagnoses = 100 // that an org keeps
	mostName      = 60
)

var errNoDiagnosis = errs.NotFound(i18n.T("这份诊断", "diagnosis"))

// KeepDiagnosis stores one under a name; it must be one that can be forecast.
func (s *Service) KeepDiagnosis(ctx context.Context, name string, in DiagnosisInput) (*Diagnosis, error) {
	name = strings.TrimSpace(plaintext.Tidy(name))
	if name == "" || utf8.RuneCountInString(name) > mostName {
		return nil, errs.InvalidField("name", i18n.T("名称应为 1 到 %d 个字", "A name has 1 to %d characters", mostName))
	}
	code, err := s.currency(ctx)
	if err != nil {
		return nil, err
	}
	p, err := in.patient(code)
	if err != nil {
		return nil, err
	}
	if err := diagnosis.Check(p.business, p.assumed, in.Months); err != nil {
		return nil, err
	}
	a, _ := access.From(ctx)
	d := &Diagnosis{ID: ids.New("dia"), Name: name, Input: in, CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("insight: diagnosis: %w", err)
	}
	return d, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM insight_diagnosis WHERE org_id = ?", a.OrgID).Scan(&n); err != nil {
			return err
		}
		if n >= mostDiagnoses {
			return errs.Conflict(i18n.T("最多保存 %d 份，请先删除旧的", "At most %d are kept: delete an old one first", mostDiagnoses))
		}
		_, err := tx.Exec(ctx, "INSERT INTO insight_diagnosis (org_id, id, name, input, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)", a.OrgID, d.ID, d.Name, string(text), clock.Micros(d.CreatedAt), a.ID)
		return err
	})
}

// Diagnoses lists those that were kept, the newest first.
func (s *Service) Diagnoses(ctx context.Context) (out []Diagnosis, err error) {
	a, _ := access.From(ctx)
	return out, s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = []Diagnosis{}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var d Diagnosis
			var text string
			var at int64
			if err := rows.Scan(&d.ID, &d.Name, &text, &at); err != nil {
				return err
			}
			d.CreatedAt = clock.Time(at)
			if err := json.Unmarshal([]byte(text), &d.Input); err != nil {
				return fmt.Errorf("insight: a diagnosis that we wrote does not read: %w", err)
			}
			out = append(out, d)
			return nil
		}, "SELECT id, name, input, created_at FROM insight_diagnosis WHERE org_id = ? ORDER BY created_at DESC, id DESC", a.OrgID)
	})
}

// DropDiagnosis deletes one; errs.CodeNotFound.
func (s *Service) DropDiagnosis(ctx context.Context, id string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "DELETE FROM insight_diagnosis WHERE org_id = ? AND id = ?", a.OrgID, id)
		if err == nil && n == 0 {
			err = errNoDiagnosis
		}
		return err
	})
}
