package clv

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/insight/csvfile"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// FileOptions say what the columns of a file of orders mean.
type FileOptions struct {
	// Columns name a column for each of customer, time, amount and currency; the
	// last two may be missing. amount may be two columns: quantity*price.
	Columns map[string]string
	// TimeLayout is how times are written, as Go writes a layout; empty: one of the
	// usual ones in which the year comes first, or unix, or unix_ms.
	TimeLayout string
	// Currency picks the rows in one currency, where a column says which.
	Currency string
	// CalibrationEnd is a date, 2006-01-02, or empty.
	CalibrationEnd string
	Unit           string  // day, week or month
	Discount       float64 // a year
	Horizon        int     // days
}

// The units of time, in days.
var units = map[string]float64{"": 7, "day": 1, "week": 7, "month": yearDays / 12}

// Report is what a file of orders came to.
type Report struct {
	Rows            int64  `json:"rows"`
	WithoutCustomer int64  `json:"rows_without_customer"`
	OtherCurrency   int64  `json:"rows_in_other_currencies"`
	Refunds         int64  `json:"refund_rows"` // amounts below nought: taken off the value
	Nothing         int64  `json:"zero_rows"`   // amounts of nought: no purchase
	Currency        string `json:"currency,omitempty"`
	Unit            string `json:"unit"`
	ValueResult
	// Zh and En say the most important in a sentence.
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Run reads a file of orders, one or more lines an order, and analyses it. What
// is wrong with the file is errs.CodeInvalid and names line and column; what the
// file cannot tell is in the report.
func Run(ctx context.Context, file *csvfile.File, o FileOptions) (Report, error) {
	days, ok := units[o.Unit]
	if !ok {
		return Report{}, errs.InvalidField("--unit", i18n.T("单位只能是 day、week 或 month", "the unit is one of day, week and month"))
	}
	if !(o.Discount >= 0 && o.Discount <= 10) {
		return Report{}, errs.InvalidField("--discount", i18n.T("年折现率应在 0 到 10 之间，0.1 表示 10%%", "a yearly rate from 0 to 10, where 0.1 means 10 %%"))
	}
	if o.Horizon < 0 || o.Horizon > 36_500 {
		return Report{}, errs.InvalidField("--horizon", i18n.T("天数应在 1 到 36500 之间", "days from 1 to 36,500"))
	}
	options := Options{UnitDays: days, Discount: o.Discount, Horizon: o.Horizon, Amounts: o.Columns["amount"] != ""}
	if o.CalibrationEnd != "" {
		t, err := time.Parse(time.DateOnly, o.CalibrationEnd)
		if err != nil {
			return Report{}, errs.InvalidField("--calibration-end", i18n.T("“%s”不是 2006-01-02 这样的日期", "“%s” is no date like 2006-01-02", csvfile.Short(o.CalibrationEnd)))
		}
		options.CalibrationEnd = DayOf(t)
	}
	in, err := newReading(file, o)
	if err != nil {
		return Report{}, err
	}
	for {
		more, err := file.Next()
		if err != nil {
			return Report{}, err
		}
		if !more {
			break
		}
		if in.report.Rows++; in.report.Rows&0xffff == 0 && ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		if err := in.line(); err != nil {
			return Report{}, err
		}
	}
	r := in.report
	r.Unit = o.Unit
	if r.Unit == "" {
		r.Unit = "week"
	}
	if r.Currency == "" && len(in.currencies) > 1 {
		r.ValueResult = ValueResult{UnitDays: days, Refusal: refuse(CurrencyMix)}
		names := strings.Join(in.currencies, "、")
		r.Refusal.ZH += "：" + names
		r.Refusal.EN += ": " + strings.ReplaceAll(names, "、", ", ")
	} else {
		if r.Currency == "" && len(in.currencies) == 1 {
			r.Currency = in.currencies[0]
		}
		r.ValueResult = in.book.Analyse(options)
	}
	t := r.sentence()
	r.Zh, r.En = t.ZH, t.EN
	return r, nil
}

// reading is a file on its way into a book.
type reading struct {
	file                     *csvfile.File
	customer, time, currency int
	amount                   []int // columns to be multiplied
	layout                   string
	numbers                  map[string]int32
	currencies               []string
	book                     *Book
	report                   Report
}

func newReading(file *csvfile.File, o FileOptions) (in *reading, err error) {
	in = &reading{file: file, layout: o.TimeLayout, numbers: map[string]int32{}, book: NewBook(), currency: -1}
	in.report.Currency = strings.ToUpper(o.Currency)
	for name := range o.Columns {
		if !slices.Contains([]string{"customer", "time", "amount", "currency"}, name) {
			return nil, errs.InvalidField("--columns", i18n.T("不认识“%s”，只有 customer、time、amount、currency", "“%s” is none of customer, time, amount and currency", csvfile.Short(name)))
		}
	}
	for _, name := range []string{"customer", "time"} {
		if o.Columns[name] == "" {
			return nil, errs.InvalidField("--columns", i18n.T("没有说 %s 是哪一列", "does not say which column %s is", name))
		}
	}
	if in.customer, err = file.Column(o.Columns["customer"]); err != nil {
		return nil, err
	}
	if in.time, err = file.Column(o.Columns["time"]); err != nil {
		return nil, err
	}
	if name := o.Columns["amount"]; name != "" {
		parts := []string{name}
		if _, err := file.Column(name); err != nil && strings.Contains(name, "*") {
			parts = strings.Split(name, "*")
		}
		for _, part := range parts {
			at, err := file.Column(strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			in.amount = append(in.amount, at)
		}
	}
	if name := o.Columns["currency"]; name != "" {
		if in.currency, err = file.Column(name); err != nil {
			return nil, err
		}
	} else if o.Currency != "" {
		in.report.Currency = strings.ToUpper(o.Currency)
	}
	return in, nil
}

// mostCurrencies: more different values are a sign of another column.
const mostCurrencies = 200

func (in *reading) line() error {
	name := in.file.Cell(in.customer)
	if name == "" {
		in.report.WithoutCustomer++
		return nil
	}
	if in.currency >= 0 {
		c := strings.ToUpper(in.file.Cell(in.currency))
		if !slices.Contains(in.currencies, c) {
			if len(in.currencies) == mostCurrencies {
				return in.file.Complain(in.currency, i18n.T("已有 %d 种货币，这一列像是别的内容", "already %d currencies; this column looks like something else", mostCurrencies))
			}
			in.currencies = append(in.currencies, strings.Clone(c))
		}
		if in.report.Currency != "" && c != in.report.Currency {
			in.report.OtherCurrency++
			return nil
		}
	}
	day, err := in.day()
	if err != nil {
		return err
	}
	amount := 1.0
	for _, column := range in.amount {
		v, err := in.number(column)
		if err != nil {
			return err
		}
		amount *= v
	}
	if amount == 0 {
		in.report.Nothing++
		return nil
	}
	person, known := in.numbers[name]
	if !known {
		if len(in.numbers) == math.MaxInt32 {
			return in.file.Complain(in.customer, i18n.T("客户太多", "too many customers"))
		}
		person = int32(len(in.numbers)) //nolint:gosec // checked above
		in.numbers[strings.Clone(name)] = person
	}
	switch {
	case amount < 0:
		in.report.Refunds++
		in.book.Refund(person, day, -amount)
	case len(in.amount) == 0:
		in.book.Buy(person, day, 0)
	default:
		in.book.Buy(person, day, amount)
	}
	return nil
}

// number reads an amount as people write it, with a currency's mark and commas
// between thousands.
func (in *reading) number(column int) (float64, error) {
	s := in.file.Cell(column)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		plain := strings.TrimSpace(strings.Trim(s, "¥￥£€$元 "))
		if whole, rest, _ := strings.Cut(plain, "."); grouped(whole) {
			plain = strings.ReplaceAll(whole, ",", "")
			if rest != "" {
				plain += "." + rest
			}
		}
		v, err = strconv.ParseFloat(plain, 64)
	}
	if err == nil && !math.IsNaN(v) && math.Abs(v) <= 1e15 {
		return v, nil
	}
	if s == "" {
		return 0, in.file.Complain(column, i18n.T("是空的", "is empty"))
	}
	return 0, in.file.Complain(column, i18n.T("“%s”不是数字", "“%s” is not a number", csvfile.Short(s)))
}

// grouped: 1,234,567 and the like.
func grouped(whole string) bool {
	parts := strings.Split(strings.TrimLeft(whole, "+-"), ",")
	for i, p := range parts {
		if i > 0 && len(p) != 3 || i == 0 && (p == "" || len(p) > 3) {
			return false
		}
	}
	return len(parts) > 1
}

// layouts in which nobody can take the day for the month.
var layouts = []string{
	time.RFC3339, "2006-1-2 15:04:05", "2006-1-2T15:04:05", "2006-1-2 15:04", "2006-1-2T15:04", "2006-1-2", "2006-1-2 15:04:05 -0700",
	"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006.1.2 15:04:05", "2006.1.2 15:04", "2006.1.2", "20060102150405", "20060102",
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日15:04:05", "2006年1月2日15:04", "2006年1月2日",
	"2 Jan 2006 15:04:05", "2 Jan 2006", "Jan 2, 2006",
}

func (in *reading) day() (Day, error) {
	s := in.file.Cell(in.time)
	if in.layout == "" {
		if in.layout = guess(s); in.layout == "" {
			return 0, in.file.Complain(in.time, i18n.T("看不出“%s”是什么时间；请用 --time-layout 说明，例如 02/01/2006 15:04（日在前）或 01/02/2006（月在前）",
				"cannot tell which time “%s” is; say how it is written with --time-layout, such as 02/01/2006 15:04 (day first) or 01/02/2006 (month first)", csvfile.Short(s)))
		}
	}
	if t, ok := parse(in.layout, s); ok {
		return DayOf(t), nil
	}
	if other := guess(s); other != "" { // some exports leave out a midnight
		if t, ok := parse(other, s); ok {
			return DayOf(t), nil
		}
	}
	return 0, in.file.Complain(in.time, i18n.T("“%s”不是 %s 这样的时间", "“%s” is no time like %s", csvfile.Short(s), in.layout))
}

func guess(s string) string {
	for _, l := range layouts {
		if _, ok := parse(l, s); ok {
			return l
		}
	}
	if _, err := strconv.ParseUint(s, 10, 64); err == nil {
		switch len(s) {
		case 10:
			return "unix"
		case 13:
			return "unix_ms"
		}
	}
	return ""
}

// Years outside of these are slips of the pen.
const firstYear, lastYear = 1970, 2199

func parse(layout, s string) (time.Time, bool) {
	var t time.Time
	var err error
	switch layout {
	case "unix", "unix_ms":
		var n int64
		if n, err = strconv.ParseInt(s, 10, 64); err == nil {
			if t = time.UnixMilli(n).UTC(); layout == "unix" {
				t = time.Unix(n, 0).UTC()
			}
		}
	default:
		t, err = time.Parse(layout, s)
	}
	return t, err == nil && t.Year() >= firstYear && t.Year() <= lastYear
}
