package clv

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"fishpond/internal/platform/i18n"
)

// sentence says the most important.
func (r Report) sentence() i18n.Text {
	if r.Refusal != nil {
		return i18n.Text{ZH: "说不出来：" + r.Refusal.ZH, EN: "Cannot say: " + r.Refusal.EN}
	}
	p := r.Population
	year := p.Ahead[len(p.Ahead)-1]
	t := i18n.T("%s 人中预计还有 %s 人会再买，未来一年约 %s 单", "Of %s people about %s will buy again, some %s orders in the year to come",
		count(float64(p.People)), count(p.Alive), count(year.Orders))
	add := func(more i18n.Text) { t.ZH += more.ZH; t.EN += more.EN }
	switch {
	case year.Worth != nil:
		add(i18n.T("，值 %s", " worth %s", strings.TrimSpace(short(*year.Worth)+" "+r.Currency)))
	case r.ValueRefusal != nil:
		add(i18n.Text{ZH: "；值多少说不出来：" + r.ValueRefusal.ZH, EN: "; what they are worth cannot be said: " + r.ValueRefusal.EN})
	}
	switch {
	case r.Validation != nil:
		c := r.Validation.Purchases[0]
		add(i18n.T("。拿 %s 之后的 %d 天检验：预计 %s 单，实际 %s 单", ". Held to the %[2]d days after %[1]s it expected %[3]s orders and there were %[4]s",
			r.Validation.CalibrationEnd, r.Validation.HoldoutDays, count(c.Expected), count(c.Actual)))
		if best := r.Validation.Best; best == RuleSameRate || best == RuleMean {
			add(i18n.Text{ZH: "；不如简单的规则（" + names[best].ZH + "）准", EN: "; a simple rule (" + names[best].EN + ") came closer"})
		}
	case r.ValidationRefusal != nil:
		add(i18n.Text{ZH: "。没有检验：" + r.ValidationRefusal.ZH, EN: ". Not held to its word: " + r.ValidationRefusal.EN})
	}
	return t
}

// short is a number to four digits, without an exponent.
func short(v float64) string {
	if v == 0 {
		return "0"
	}
	if math.Abs(v) >= 1000 {
		return count(v)
	}
	decimals := max(0, 3-int(math.Floor(math.Log10(math.Abs(v)))))
	s := strconv.FormatFloat(v, 'f', min(decimals, 12), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// count is a number without a fraction, its thousands set apart.
func count(v float64) string {
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

var names = map[string]i18n.Text{
	NameBGNBD:     i18n.T("BG/NBD", "BG/NBD"),
	NameParetoNBD: i18n.T("Pareto/NBD", "Pareto/NBD"),
	RuleSameRate:  i18n.T("照以前的速度", "same rate as before"),
	RuleMean:      i18n.T("人人一样", "everybody the mean"),
}

// Print writes the report for reading.
func (r Report) Print(w io.Writer, l i18n.Lang) error {
	p := printer{l: l}
	p.line("%s\n", i18n.Text{ZH: r.Zh + "。", EN: r.En + "."}.In(l))
	p.table([][]string{
		{p.say("行数", "rows"), p.say("无客户", "no customer"), p.say("退款", "refunds"), p.say("零金额", "zero"), p.say("人", "people"), p.say("买过两次", "bought twice"), p.say("购买日", "purchases"), p.say("从", "from"), p.say("到", "until")},
		{count(float64(r.Rows)), count(float64(r.WithoutCustomer)), count(float64(r.Refunds)), count(float64(r.Nothing)), count(float64(r.People)), count(float64(r.Repeaters)), count(float64(r.Purchases)), r.First, r.Last},
	})
	if r.Refusal == nil {
		p.models(r)
		p.population(r)
		if r.Validation != nil {
			p.validation(*r.Validation)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct {
	b strings.Builder
	l i18n.Lang
}

func (p *printer) say(zh, en string) string        { return i18n.Text{ZH: zh, EN: en}.In(p.l) }
func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }
func (p *printer) name(s string) string            { return names[s].In(p.l) }
func (p *printer) fits(title string, fits []FittedModel, v *FittedValue) {
	rows := [][]string{{title, p.say("对数似然", "log-likelihood"), p.say("参数", "parameters")}}
	for _, f := range fits {
		rows = append(rows, append([]string{p.name(f.Name), strconv.FormatFloat(f.LogLikelihood, 'f', 3, 64)}, p.parameters(f.Parameters, f.Edge)))
	}
	if v != nil {
		rows = append(rows, []string{"Gamma-Gamma", strconv.FormatFloat(v.LogLikelihood, 'f', 3, 64), p.parameters(v.Parameters, v.Edge)})
	}
	p.table(rows)
}

func (p *printer) parameters(parameters []ModelParameter, edge bool) string {
	var parts []string
	for _, e := range parameters {
		s := e.Name + " " + short(e.Value)
		if e.Error > 0 {
			s += " ± " + short(e.Error)
		}
		parts = append(parts, s)
	}
	if edge {
		parts = append(parts, p.say("（有参数到了边界）", "(a parameter at the edge)"))
	}
	return strings.Join(parts, "   ")
}

func (p *printer) models(r Report) {
	unit := map[string]string{"day": p.say("天", "days"), "week": p.say("周", "weeks"), "month": p.say("月", "months")}[r.Unit]
	p.line("")
	p.fits(p.say("模型（单位：", "model (in ")+unit+p.say("）", ")"), r.Models, r.Value)
	if r.Value != nil {
		p.line(p.say("次数与金额的相关系数 %.2f（模型假定为零）", "correlation of frequency and value %.2f (the model takes it for nought)"), r.Value.Correlation)
	}
}

func (p *printer) population(r Report) {
	rows := [][]string{{p.say("今后", "ahead"), p.say("订单", "orders"), p.say("金额", "worth")}}
	for _, a := range r.Population.Ahead {
		worth := "–"
		if a.Worth != nil {
			worth = short(*a.Worth)
		}
		rows = append(rows, []string{p.say(strconv.Itoa(a.Days)+" 天", strconv.Itoa(a.Days)+" days"), short(a.Orders), worth})
	}
	p.line("")
	p.table(rows)
	if l := r.Population.Lifetime; l != nil {
		p.line(p.say("终身价值（%d 天，年折现 %s）：合计 %s，平均 %s，中位 %s，最高的十分之一的人占 %s", "lifetime value (%d days, %s a year): %s in all, mean %s, median %s; the top tenth brings %s"),
			l.Days, percent(l.Discount), short(l.Total), short(l.Mean), short(l.Median), percent(l.TopTenth))
	}
}

func (p *printer) validation(v ValueValidation) {
	p.line("")
	p.line(p.say("检验：只看到 %s 为止的 %s 人，之后 %d 天", "held to its word: knowing %[2]s people until %[1]s, the %[3]d days after"), v.CalibrationEnd, count(float64(v.People)), v.HoldoutDays)
	p.fits(p.say("模型", "model"), v.Models, v.Value)
	p.line("")
	checks := func(title string, list []ValueCheck) {
		rows := [][]string{{title, p.say("预计", "expected"), p.say("实际", "actual"), p.say("总偏差", "bias"), "MAE", "RMSE"}}
		for _, c := range list {
			rows = append(rows, []string{p.name(c.Name), short(c.Expected), short(c.Actual), percent(c.Bias), short(c.MAE), short(c.RMSE)})
		}
		p.table(rows)
		p.line("")
	}
	checks(p.say("订单", "orders"), v.Purchases)
	if len(v.Worth) > 0 {
		checks(p.say("金额", "worth"), v.Worth)
	}
	head := []string{p.say("此前复购", "bought again"), p.say("人", "people"), p.say("此后实际", "actual")}
	for _, c := range v.Purchases {
		head = append(head, p.name(c.Name))
	}
	rows := [][]string{head}
	for _, g := range v.Groups {
		row := []string{times(g.X, g.AndMore), count(float64(g.People)), short(g.Actual)}
		for _, c := range v.Purchases {
			row = append(row, short(g.Expected[c.Name]))
		}
		rows = append(rows, row)
	}
	p.table(rows)
	p.line("")
	head = []string{p.say("复购次数", "times"), p.say("实际人数", "people")}
	for _, f := range v.Models {
		head = append(head, p.name(f.Name))
	}
	rows = [][]string{head}
	for _, g := range v.Frequencies {
		row := []string{times(g.X, g.AndMore), count(float64(g.Actual))}
		for _, f := range v.Models {
			row = append(row, short(g.Expected[f.Name]))
		}
		rows = append(rows, row)
	}
	p.table(rows)
}

func times(x int, more bool) string {
	if more {
		return strconv.Itoa(x) + "+"
	}
	return strconv.Itoa(x)
}

// table sets columns as wide as their widest cell, a Chinese character being two
// wide.
func (p *printer) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-cells(cell)+2))
		}
		p.b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

func cells(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n++
		}
		n++
	}
	return n
}
