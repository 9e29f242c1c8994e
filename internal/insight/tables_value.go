package insight

import (
	"context"
	"math"
	"net/url"
	"strconv"

	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// mostListed is how many people a table of people holds that goes out by mail.
const mostListed = 1000

// valueTables are the page about what customers are worth.
func (s *Service) valueTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	days, discount := 365, 0.1
	var err error
	if q := query.Get("days"); q != "" {
		if days, err = strconv.Atoi(q); err != nil || days < 1 || days > 3650 {
			return nil, errs.InvalidField("query.days", i18n.T("天数应在 1 到 3650 之间", "Days are from 1 to 3650"))
		}
	}
	if q := query.Get("discount"); q != "" {
		if discount, err = strconv.ParseFloat(q, 64); err != nil || !(discount >= 0 && discount <= 1) {
			return nil, errs.InvalidField("query.discount", i18n.T("折现率应在 0 到 1 之间", "The discount is from 0 to 1"))
		}
	}
	v, err := s.Value(ctx, orgID)
	if err != nil {
		return nil, err
	}
	sums := report.Table{Key: "together", Title: i18n.T("全部客户", "All customers"), Currency: v.Currency,
		Columns: []report.Column{report.Of("clv.people"), report.Of("clv.repeaters"), report.Of("clv.alive"), {Name: i18n.T("天数", "Days")}, {Name: i18n.T("每年折现", "Discount a year")},
			report.Of("clv.asked.orders"), report.Of("clv.asked.worth_minor"), report.Of("clv.asked.present_minor"), report.Of("clv.asked.mean_minor")}}
	if !v.Known {
		sums.Note = i18n.Text{ZH: v.Refusal.Text, EN: v.Refusal.Text} // in the caller's language
		return []report.Table{sums}, nil
	}
	note := i18n.T("%s 的情形，%s 估计，时区：%s", "As of %s, worked out %s, time zone: %s", v.AsOf, v.FittedAt.UTC().Format("2006-01-02T15:04:05Z"), v.TimeZone)
	money := func(n *float64) any {
		if n == nil {
			return nil
		}
		return minor(n)
	}
	a, p := v.Result.Population.Within(days, discount), v.Result.Population
	sums.Note = note
	sums.Rows = [][]any{{v.Result.People, v.Result.Repeaters, whole(p.Alive), strconv.Itoa(days), strconv.FormatFloat(discount, 'f', -1, 64), whole(a.Orders), money(a.Worth), money(a.Present), money(a.Mean)}}
	models := report.Table{Key: "models", Title: i18n.T("模型", "Models"), Note: note,
		Columns: []report.Column{report.Text("模型", "Model"), report.Text("对数似然", "Log-likelihood"), report.Text("参数", "Parameter"), report.Text("值", "Value"), report.Text("标准误", "Standard error")}}
	number := func(n float64) string { return strconv.FormatFloat(n, 'g', 8, 64) }
	for _, m := range v.Result.Models {
		for _, x := range m.Parameters {
			models.Rows = append(models.Rows, []any{m.Name, number(m.LogLikelihood), x.Name, number(x.Value), number(x.Error)})
		}
	}
	if m := v.Result.Value; m != nil {
		for _, x := range m.Parameters {
			models.Rows = append(models.Rows, []any{"gamma_gamma", number(m.LogLikelihood), x.Name, number(x.Value), number(x.Error)})
		}
	}
	out := []report.Table{sums, models}
	if h := v.Result.Validation; h != nil {
		held := i18n.T("拟合到 %s，检验到 %s，时区：%s", "Fitted until %s, held to the days until %s, time zone: %s", h.CalibrationEnd, h.HoldoutEnd, v.TimeZone)
		check := report.Table{Key: "holdout", Title: i18n.T("检验", "Held out"), Note: held, Columns: []report.Column{report.Text("谁说的", "Who said it"), report.Of("clv.validation.expected"), report.Of("clv.validation.actual"),
			report.Of("clv.validation.bias"), report.Of("clv.validation.mae")}}
		for _, c := range h.Purchases {
			bias := any(c.Bias)
			if !(c.Actual > 0) {
				bias = nil
			}
			check.Rows = append(check.Rows, []any{c.Name, whole(c.Expected), whole(c.Actual), bias, c.MAE})
		}
		track := report.Table{Key: "tracking", Title: i18n.T("累计复购", "Tracking"), Note: held, Columns: []report.Column{report.Text("截至", "Until"), report.Text("没看过的时间", "Not seen"), report.Of("clv.validation.actual"), report.Of("clv.validation.expected")}}
		for _, x := range h.Tracking {
			later := i18n.T("否", "no")
			if x.Later {
				later = i18n.T("是", "yes")
			}
			track.Rows = append(track.Rows, []any{x.Day, later, x.Actual, whole(x.Expected[h.Models[0].Name])})
		}
		out = append(out, check, track)
	}
	for _, show := range []struct {
		key   string
		title i18n.Text
	}{{"top", i18n.T("价值最高", "Worth most")}, {"risk", i18n.T("快要流失的贵客", "Valuable, about to be lost")}} {
		list, err := s.valuePeopleTable(ctx, orgID, show.key, show.title, note)
		if err != nil {
			return nil, err
		}
		out = append(out, list)
	}
	return out, nil
}

func whole(v float64) int64 { return int64(math.Round(v)) }

// valuePeopleTable is all people of a list for those who may export customers, and
// the first of them for the rest and for mails.
func (s *Service) valuePeopleTable(ctx context.Context, orgID, show string, title, note i18n.Text) (report.Table, error) {
	c, err := s.ValueBehind(ctx, orgID, ValuePeopleInput{Show: show})
	if err != nil {
		return report.Table{}, err
	}
	more, err := s.valueMore(ctx, orgID)
	if err != nil {
		return report.Table{}, err
	}
	n := len(c.Seqs)
	if !behind.MayExport(ctx) {
		c.Seqs = c.Seqs[:min(n, mostListed)]
	}
	t := behind.Table(ctx, s.measure.Desk, orgID, c, more)
	t.Key, t.Title, t.Note = show, title, note
	if len(c.Seqs) < n {
		cut := i18n.T("；共 %d 位，这里是前 %d 位", "; the first %[2]d of %[1]d", n, mostListed)
		t.Note = i18n.Text{ZH: note.ZH + cut.ZH, EN: note.EN + cut.EN}
	}
	return t, nil
}

// valueMore is what files tell of people whose value is known.
func (s *Service) valueMore(ctx context.Context, orgID string) (out behind.More[ValuedPerson], err error) {
	out.Columns = []report.Column{report.Text("最近一单", "Last order"), report.Of("person_value.alive"), report.Of("person_value.expected_orders"),
		report.Of("person_value.expected_minor"), report.Of("person_value.lifetime_minor"), report.Of("person_value.if_alive_minor")}
	out.Cells = func(_ i18n.Lang, v ValuedPerson) []any {
		return []any{v.LastOrderAt, v.Alive, v.ExpectedOrders, v.ExpectedMinor, v.LifetimeMinor, v.IfAliveMinor}
	}
	return out, s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := stateOf(ctx, tx, orgID)
		if st != nil {
			out.Currency = st.currency
		}
		return err
	})
}
