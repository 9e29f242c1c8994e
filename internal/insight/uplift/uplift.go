// Package uplift reads the file of an experiment, a person a line, and tells by
// how much each treated group differs from the control group in each outcome.
// The sums are those of package stats, the same that judge campaigns.
package uplift

import (
	"context"
	"math"
	"slices"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/stats"
)

// Options say what the columns of the file mean.
type Options struct {
	Group    string   // the column that says in which group a person is
	Control  string   // that column's value for who was left out
	Outcomes []string // the columns that hold what came of it: numbers, or yes and no
	// Covariate is a column with what was known of the person before, such as what
	// they spent last year. It makes intervals narrower (CUPED). Empty: none.
	Covariate string
	// Shares are how large the groups were meant to be, in any unit. Empty: equal.
	Shares map[string]float64
	// EmptyIsZero takes an empty outcome or covariate for 0; otherwise it is an error.
	EmptyIsZero bool
}

// Group is one group of the file.
type Group struct {
	Name   string `json:"group"`
	People int64  `json:"people"`
	// Meant is the share of all people that the group was meant to have.
	Meant float64 `json:"meant_share"`
}

// SampleRatio says whether the groups are as large as they were meant to be.
type SampleRatio struct {
	P float64 `json:"p_value"`
	// Suspicious: they are not, beyond chance. Somebody got lost on the way, and
	// what is told of the outcomes is not to be trusted before it is known who.
	Suspicious bool `json:"suspicious"`
}

// Per1000 is a difference for a thousand people, with its 95 % interval.
type Per1000 struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// Comparison is one treated group against the control group in one outcome.
type Comparison struct {
	Outcome   string `json:"outcome"`
	Treatment string `json:"treatment"`
	stats.Effect
	Per1000 Per1000 `json:"per_1000"`
	// PHolm is the p-value that allows for there being several treatments.
	PHolm float64 `json:"p_value_holm"`
	// Zh and En say the verdict in a sentence.
	Zh string `json:"zh"`
	En string `json:"en"`
}

// SeveralTreatments is why a difference is not judged that would be, were its
// treatment the only one.
const SeveralTreatments = "several_treatments"

// Report is what an experiment came to.
type Report struct {
	Rows        int64        `json:"rows"`
	Control     string       `json:"control"`
	Covariate   string       `json:"covariate,omitempty"`
	Groups      []Group      `json:"groups"`
	SampleRatio SampleRatio  `json:"sample_ratio"`
	Comparisons []Comparison `json:"comparisons"`
}

// maxGroups is how many groups a file may have. More are a sign that the column
// is another one, such as the person's number.
const maxGroups = 64

// tally is what is kept of a group: a sample for each outcome.
type tally struct {
	name     string
	outcomes []stats.Sample
}

// Run reads the experiment. Its memory does not grow with the number of lines.
// Errors are errs.CodeInvalid and name line and column.
func Run(ctx context.Context, file *File, o Options) (Report, error) {
	columns, err := o.columns(file)
	if err != nil {
		return Report{}, err
	}
	var tallies []*tally
	byName := map[string]*tally{}
	rows := int64(0)
	for {
		more, err := file.Next()
		if err != nil {
			return Report{}, err
		}
		if !more {
			break
		}
		if rows++; rows&0xffff == 0 && ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		t := byName[string(file.Cell(columns.group))]
		if t == nil {
			name := file.Cell(columns.group)
			if t, err = newTally(file, columns.group, name, len(o.Outcomes), len(tallies)); err != nil {
				return Report{}, err
			}
			byName[t.name] = t
			tallies = append(tallies, t)
		}
		before := 0.0
		if columns.covariate >= 0 {
			if before, err = number(file, columns.covariate, o.EmptyIsZero); err != nil {
				return Report{}, err
			}
		}
		for i, c := range columns.outcomes {
			y, err := number(file, c, o.EmptyIsZero)
			if err != nil {
				return Report{}, err
			}
			t.outcomes[i].AddWith(before, y)
		}
	}
	return o.report(tallies, rows)
}

func newTally(file *File, column int, name string, outcomes, groups int) (*tally, error) {
	if name == "" {
		return nil, file.Complain(column, i18n.T("没有写明属于哪一组", "does not say which group"))
	}
	if groups == maxGroups {
		return nil, file.Complain(column, i18n.T("已有 %d 个不同的组，这一列像是别的内容", "already %d different groups; this column looks like something else", maxGroups))
	}
	return &tally{name: string([]byte(name)), outcomes: make([]stats.Sample, outcomes)}, nil
}

type columns struct {
	group, covariate int
	outcomes         []int
}

func (o Options) columns(file *File) (c columns, err error) {
	if len(o.Outcomes) == 0 {
		return c, errs.Invalid(i18n.T("至少要有一列结果", "At least one column of outcomes is needed"))
	}
	if c.group, err = file.Column(o.Group); err != nil {
		return c, err
	}
	c.covariate = -1
	if o.Covariate != "" {
		if c.covariate, err = file.Column(o.Covariate); err != nil {
			return c, err
		}
	}
	for _, name := range o.Outcomes {
		at, err := file.Column(name)
		if err != nil {
			return c, err
		}
		if at == c.group || at == c.covariate || slices.Contains(c.outcomes, at) {
			return c, errs.Invalid(i18n.T("“%s”这一列用了两次", "Column “%s” is used twice", name))
		}
		c.outcomes = append(c.outcomes, at)
	}
	return c, nil
}

func (o Options) report(tallies []*tally, rows int64) (Report, error) {
	at := slices.IndexFunc(tallies, func(t *tally) bool { return t.name == o.Control })
	if at < 0 {
		names := make([]string, len(tallies))
		for i, t := range tallies {
			names[i] = t.name
		}
		return Report{}, errs.Invalid(i18n.T("没有“%s”这一组；文件里有：%q", "There is no group “%s”; the file has %q", o.Control, names))
	}
	control := tallies[at]
	treated := slices.Delete(slices.Clone(tallies), at, at+1)
	if len(treated) == 0 {
		return Report{}, errs.Invalid(i18n.T("除了“%s”没有别的组，无从比较", "There is no group but “%s” and nothing to compare", o.Control))
	}
	r := Report{Rows: rows, Control: o.Control, Covariate: o.Covariate}
	if err := o.sizes(&r, append([]*tally{control}, treated...)); err != nil {
		return Report{}, err
	}
	for i, outcome := range o.Outcomes {
		r.Comparisons = append(r.Comparisons, o.compare(outcome, i, control, treated)...)
	}
	return r, nil
}

func (o Options) sizes(r *Report, tallies []*tally) error {
	sizes, meant, whole := make([]int64, len(tallies)), make([]float64, len(tallies)), 0.0
	for i, t := range tallies {
		sizes[i], meant[i] = t.outcomes[0].N(), 1
		if len(o.Shares) > 0 {
			share, ok := o.Shares[t.name]
			if !ok || share <= 0 || math.IsInf(share, 0) || math.IsNaN(share) {
				return errs.Invalid(i18n.T("“%s”组没有给出大于零的份额", "Group “%s” is given no share above zero", t.name))
			}
			meant[i] = share
		}
		whole += meant[i]
	}
	for i, t := range tallies {
		r.Groups = append(r.Groups, Group{Name: t.name, People: sizes[i], Meant: meant[i] / whole})
	}
	if len(o.Shares) > len(tallies) {
		return errs.Invalid(i18n.T("给出了文件里没有的组的份额", "A share is given for a group that the file does not have"))
	}
	r.SampleRatio.P = stats.Ratio(sizes, meant)
	r.SampleRatio.Suspicious = r.SampleRatio.P < stats.Suspicious
	return nil
}

// compare compares all treatments in one outcome. Which interval is shown does
// not depend on how many treatments there are; the verdict does.
func (o Options) compare(outcome string, i int, control *tally, treated []*tally) []Comparison {
	theta := 0.0
	if o.Covariate != "" {
		samples := []stats.Sample{control.outcomes[i]}
		for _, t := range treated {
			samples = append(samples, t.outcomes[i])
		}
		theta = stats.Theta(samples...)
	}
	result, ps := make([]Comparison, len(treated)), make([]float64, len(treated))
	for k, t := range treated {
		c := Comparison{Outcome: outcome, Treatment: t.name, Effect: stats.Compare(control.outcomes[i], t.outcomes[i], theta)}
		c.Per1000.Difference, c.Per1000.Low, c.Per1000.High = c.Effect.Per1000()
		if ps[k] = c.P; !c.Known {
			ps[k] = 1
		}
		result[k] = c
	}
	for k, p := range stats.Holm(ps) {
		c := &result[k]
		c.PHolm = p
		if c.Verdict != stats.CannotTell && p >= 1-stats.Level {
			c.Verdict, c.Why = stats.CannotTell, SeveralTreatments
		}
		c.Zh, c.En = c.sentence()
	}
	return result
}
