package scorecard

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"fishpond/internal/insight/follow"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Scorecard is the six elements of a month, and how they came to be so.
type Scorecard struct {
	Month      string             `json:"month" example:"2026-06" doc:"The card's; empty without any"`
	From       string             `json:"from" doc:"First month of the window of three"`
	TimeZone   string             `json:"time_zone"`
	Currency   string             `json:"currency"`
	ComputedAt *time.Time         `json:"computed_at" doc:"null before anything was counted"`
	Total      *float64           `json:"total" minimum:"0" maximum:"100" doc:"Mean of the elements that have a score; null when fewer than three have"`
	Why        string             `json:"why" doc:"Why there is no total; empty when there is one"`
	Elements   []ScorecardElement `json:"elements" nullable:"false" doc:"The six, always"`
	Weakest    *ScorecardWeakest  `json:"weakest" doc:"null when fewer than two have a score, or all are equal"`
	Months     []ScorecardMonth   `json:"months" nullable:"false" doc:"Up to twelve, the oldest first"`
}

// ScorecardElement is one element of the card.
type ScorecardElement struct {
	Key     string   `json:"key" enum:"unique,reach,cost,scenes,relation,efficiency"`
	Name    string   `json:"name"`
	Measure string   `json:"measure" doc:"What raw is, in words"`
	Zero    float64  `json:"zero" doc:"The measure at which the score is 0"`
	Full    float64  `json:"full" doc:"The measure at which it is 100; below zero's: less is better"`
	Raw     *float64 `json:"raw" doc:"null when it cannot be said"`
	Score   *float64 `json:"score" minimum:"0" maximum:"100" doc:"null when it cannot be said"`
	Part    int64    `json:"part" doc:"What raw is a share of, above: persons, questions or minor units"`
	Whole   int64    `json:"whole" doc:"… and below"`
	Change  *float64 `json:"change" doc:"Points more than three months before; null when one of them has no score"`
	Why     string   `json:"why" doc:"Why there is no score; empty when there is one"`
	Advice  string   `json:"advice"`
	Path    string   `json:"path" doc:"Page of the console where that is done"`
	Link    string   `json:"link" doc:"What the page is called"`
}

// ScorecardWeakest is the element with the lowest score.
type ScorecardWeakest struct {
	Key  string `json:"key"`
	Text string `json:"text" doc:"How it stands and what to do, in words"`
}

// ScorecardMonth is the scores of a month.
type ScorecardMonth struct {
	Month  string           `json:"month"`
	Open   bool             `json:"open" doc:"It is not over"`
	Kept   bool             `json:"kept" doc:"Counted while it ran, and final. Otherwise told from the log as it is known now"`
	Total  *float64         `json:"total"`
	Scores []ScorecardScore `json:"scores" nullable:"false"`
}

// ScorecardScore is one score of a month.
type ScorecardScore struct {
	Key   string   `json:"key"`
	Score *float64 `json:"score"`
	Why   string   `json:"why"`
}

func number(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

func (m mark) score() *float64 {
	if m.Why != "" {
		return nil
	}
	return &m.Score
}

func (m mark) raw() *float64 {
	if m.Why != "" {
		return nil
	}
	return &m.Raw
}

var (
	notYet   = i18n.T("还没有可以打分的数据：导入客户和订单，或接入账号后，每小时计算一次", "there is nothing to score yet: import customers and orders, or connect an account; it is counted every hour")
	tooFew   = i18n.T("六项中能打分的不到三项", "fewer than three of the six can be scored")
	lowest   = i18n.T("最弱的是“{name}”，{score} 分：{what}。{advice}", "The weakest is {name}, at {score} points: {what}. {advice}")
	quantity = map[string]i18n.Text{
		"unique":     i18n.T("{whole} 位客户里，{part} 位记着两种以上强身份", "of {whole} people, {part} have two kinds of strong identities"),
		"reach":      i18n.T("{whole} 位客户里，近三个月 {part} 位收到过两条以上消息", "of {whole} people, {part} were written to twice or more in three months"),
		"cost":       i18n.T("近三个月的渠道费用占净成交的 {percent}%", "channels took {percent} percent of net sales in three months"),
		"scenes":     i18n.T("近三个月出现过的 {whole} 位客户里，{part} 位出现在两种以上场景", "of {whole} people met in three months, {part} were in two scenes or more"),
		"relation":   i18n.T("近三个月写给 {whole} 位客户，{part} 位开过口", "of {whole} people written to in three months, {part} spoke"),
		"efficiency": i18n.T("近三个月 {whole} 次提问，{part} 次在 30 分钟内得到答复", "of {whole} questions in three months, {part} were answered within 30 minutes"),
	}
)

// Card is the card of a month (YYYY-MM; empty: the newest), as it is kept.
func (s *Service) Card(ctx context.Context, orgID, to string) (out Scorecard, err error) {
	lang := i18n.From(ctx)
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		org, _, err := follow.State(ctx, tx, orgID, "insight_scorecard_state", s.orgs)
		if err != nil {
			return err
		}
		present := follow.MonthOf(clock.Micros(s.now()), org.Zone)
		last := follow.None
		if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(month), -1) FROM insight_scorecard_month WHERE org_id = ?", orgID).Scan(&last); err != nil {
			return err
		}
		month, err := s.monthOf(to, last)
		if err != nil {
			return err
		}
		cards, err := keptCards(ctx, tx, orgID, month-shown+1, month)
		if err != nil {
			return err
		}
		out = tell(cards, month, present, lang)
		out.TimeZone, out.Currency = org.Zone.String(), org.Currency
		return nil
	})
	return out, err
}

// tell puts a card into words.
func tell(cards map[int64]*kept, month, present int64, lang i18n.Lang) Scorecard {
	out := Scorecard{Elements: []ScorecardElement{}, Months: []ScorecardMonth{}}
	now, before := cards[month], cards[month-window]
	if now == nil {
		out.Why = notYet.In(lang)
		now = &kept{}
	} else {
		out.Month, out.From = follow.MonthName(month), follow.MonthName(month-window+1)
		out.ComputedAt = clock.Ptr(now.computedAt)
		if out.Total = number(mean(now.Marks)); out.Total == nil {
			out.Why = tooFew.In(lang)
		}
	}
	for _, e := range Elements {
		v := ScorecardElement{Key: e.Key, Name: e.Name.In(lang), Measure: e.Measure.In(lang), Zero: e.Zero, Full: e.Full, Advice: e.Advice.In(lang), Path: e.Path, Link: e.Link.In(lang)}
		m, ok := now.Marks[e.Key]
		if !ok {
			m = mark{Why: "no_people"}
		}
		v.Raw, v.Score = m.raw(), m.score()
		v.Part, v.Whole = e.of(now.Facts)
		if m.Why != "" {
			v.Why = whys[m.Why].In(lang)
		} else if before != nil && before.Marks[e.Key].score() != nil {
			v.Change = number(math.Round(10*(m.Score-before.Marks[e.Key].Score)) / 10)
		}
		out.Elements = append(out.Elements, v)
	}
	if key := weakest(now.Marks); key != "" {
		for _, v := range out.Elements {
			if v.Key == key {
				what := strings.NewReplacer("{part}", fmt.Sprint(v.Part), "{whole}", fmt.Sprint(v.Whole), "{percent}", fmt.Sprintf("%.1f", 100**v.Raw)).Replace(quantity[key].In(lang))
				out.Weakest = &ScorecardWeakest{key, strings.NewReplacer("{name}", v.Name, "{score}", fmt.Sprint(*v.Score), "{what}", what, "{advice}", v.Advice).Replace(lowest.In(lang))}
			}
		}
	}
	for m := month - shown + 1; m <= month && month >= 0; m++ {
		k := cards[m]
		if k == nil {
			continue
		}
		row := ScorecardMonth{Month: follow.MonthName(m), Open: m == present, Kept: k.final, Total: number(mean(k.Marks)), Scores: []ScorecardScore{}}
		for _, e := range Elements {
			x := k.Marks[e.Key]
			row.Scores = append(row.Scores, ScorecardScore{Key: e.Key, Score: x.score(), Why: whys[x.Why].In(lang)})
		}
		out.Months = append(out.Months, row)
	}
	return out
}
