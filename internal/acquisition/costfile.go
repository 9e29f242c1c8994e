package acquisition

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Limits of a file of costs.
const (
	MaxCostFile  = 2 << 20 // bytes
	maxCostLines = 20_000
	maxCostErrs  = 100 // lines that are named
	maxFileDays  = 100_000
)

// costColumns are the names that a column may have, in lower case.
var costColumns = map[string]string{
	"channel": "channel", "channel_id": "channel", "渠道": "channel", "渠道编号": "channel",
	"from": "from", "day": "from", "date": "from", "日期": "from", "开始日期": "from", "开始": "from",
	"to": "to", "until": "to", "结束日期": "to", "结束": "to",
	"amount": "amount", "cost": "amount", "费用": "amount", "金额": "amount", "花费": "amount",
	"currency": "currency", "币种": "currency",
}

// costLine is a line of a file of costs, understood.
type costLine struct {
	line     int
	channel  string
	from, to int64
	minor    int64
}

// complaints gathers what is wrong with a file, line by line.
type complaints struct{ fields []errs.Field }

func (c *complaints) add(line int, t i18n.Text) {
	if len(c.fields) < maxCostErrs {
		c.fields = append(c.fields, errs.Field{Path: fmt.Sprintf("line %d", line), Text: i18n.Text{
			ZH: fmt.Sprintf("第 %d 行：", line) + t.ZH, EN: fmt.Sprintf("Line %d: ", line) + t.EN}})
	}
}

func (c *complaints) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return errs.Invalid(i18n.T("费用文件有错误，什么也没有写入；请按行改正后重新上传", "The file of costs has mistakes and nothing was stored; correct the lines and upload it again"), c.fields...)
}

// readCosts understands a CSV of costs: a header, then a channel (its id, or
// names from the platform down separated by /), a day or a first and a last
// day, an amount in the currency's unit, and perhaps the currency. Semicolons
// and tabs separate as well as commas; text is UTF-8 or GB 18030.
func readCosts(data []byte, t *tree, code string) ([]costLine, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || !utf8.Valid(decoded) {
			return nil, errs.InvalidField("file", i18n.T("无法识别文件的编码，请存为 UTF-8 的 CSV", "The encoding of the file is not known; save it as CSV in UTF-8"))
		}
		data = decoded
	}
	head, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for _, sep := range []rune{';', '\t'} {
		if bytes.Count(head, []byte(string(sep))) > bytes.Count(head, []byte(string(r.Comma))) {
			r.Comma = sep
		}
	}
	at := map[string]int{}
	header, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errs.InvalidField("line 1", i18n.T("第 1 行无法读取", "Line 1 cannot be read"))
	}
	for i, name := range header {
		if column, ok := costColumns[strings.ToLower(strings.TrimSpace(name))]; ok {
			if _, twice := at[column]; twice {
				return nil, errs.InvalidField("line 1", i18n.T("表头的“%s”出现了两次", "The header has %s twice", line(name)))
			}
			at[column] = i
		}
	}
	for _, need := range []string{"channel", "from", "amount"} {
		if _, ok := at[need]; !ok {
			return nil, errs.InvalidField("line 1", i18n.T("第 1 行应是表头，至少有：渠道、日期、金额（可另有：结束日期、币种）", "Line 1 must be the header, with at least channel, from and amount (and perhaps to and currency)"))
		}
	}
	names := t.byName()
	var out []costLine
	var wrong complaints
	for n := 0; ; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, wrong.err()
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			wrong.add(bad.StartLine, i18n.T("无法读取，可能引号没有成对", "cannot be read; perhaps a quote is not closed"))
			return nil, wrong.err()
		}
		number, _ := r.FieldPos(0)
		if n >= maxCostLines {
			return nil, errs.TooLarge(i18n.T("文件最多 %d 行", "A file has %d lines at most", maxCostLines))
		}
		cell := func(column string) string {
			i, ok := at[column]
			if !ok || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		if strings.Join(record, "") == "" {
			continue
		}
		if l, ok := readCostLine(&wrong, number, cell, t, names, code); ok {
			out = append(out, l)
		}
	}
}

func readCostLine(wrong *complaints, number int, cell func(string) string, t *tree, names map[string]string, code string) (l costLine, ok bool) {
	l, ok = costLine{line: number}, true
	bad := func(t i18n.Text) { ok = false; wrong.add(number, t) }
	l.channel = cell("channel")
	if t.nodes[l.channel] == nil {
		id, found := names[pathKey(strings.Split(strings.TrimPrefix(l.channel, "'"), "/"))] // an export writes '=name
		if !found {
			bad(i18n.T("没有渠道“%s”；请写渠道编号，或从平台起写全名称，如 抖音/618/直播间", "there is no channel %q; write its id, or all names from the platform down, as Douyin/June/Live", short(l.channel, 80)))
		}
		l.channel = id
	}
	from, to := cell("from"), cell("to")
	var okFrom, okTo bool
	l.from, okFrom = parseDay(from)
	l.to, okTo = parseDay(cmp.Or(to, from))
	switch {
	case !okFrom:
		bad(i18n.T("日期“%s”不正确，应写作 2026-03-08", "the day %q is not right; write it as 2026-03-08", short(from, 30)))
	case !okTo:
		bad(i18n.T("结束日期“%s”不正确，应写作 2026-03-08", "the last day %q is not right; write it as 2026-03-08", short(to, 30)))
	case l.from > l.to || l.to-l.from >= maxCostDays:
		bad(i18n.T("开始日期应不晚于结束日期，且最多 %d 天", "the first day must not be after the last, and the span at most %d days", maxCostDays))
	}
	amount := strings.ReplaceAll(strings.ReplaceAll(cell("amount"), ",", ""), " ", "")
	var okAmount bool
	if l.minor, okAmount = parseMinor(amount, code); !okAmount {
		bad(i18n.T("金额“%s”不正确，应是不小于 0 的数，最多 %d 位小数", "the amount %q is not right; it must be a number of at least 0 with at most %d decimals", short(cell("amount"), 30), currency.Digits(code)))
	}
	if c := cell("currency"); c != "" && !strings.EqualFold(c, code) {
		bad(i18n.T("币种应是 %s；没有汇率，无法换算", "the currency must be %s: no rate is known to convert it", code))
	}
	return l, ok
}

// parseMinor reads a decimal amount as minor units. Scientific notation is not
// money that somebody typed.
func parseMinor(s, code string) (int64, bool) {
	if s == "" || len(s) > 20 || strings.ContainsAny(s, "eE") {
		return 0, false
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return 0, false
	}
	d = d.Shift(int32(currency.Digits(code))) //nolint:gosec // 0, 2 or 3
	if !d.IsInteger() || d.IsNegative() || d.GreaterThan(decimal.NewFromInt(maxCost)) {
		return 0, false
	}
	return d.IntPart(), true
}

// pathKey is a path as it is compared: without blanks around the names and in
// lower case.
func pathKey(names []string) string {
	for i, n := range names {
		names[i] = strings.ToLower(line(n))
	}
	return strings.Join(names, "\x00")
}

// byName finds channels by their path. Two that differ in case only are found
// by neither.
func (t *tree) byName() map[string]string {
	out := make(map[string]string, len(t.nodes))
	twice := map[string]bool{}
	for id := range t.nodes {
		key := pathKey(t.path(id))
		twice[key] = out[key] != ""
		out[key] = id
	}
	for key, again := range twice {
		if again {
			delete(out, key)
		}
	}
	return out
}

// short keeps what is quoted back small.
func short(s string, n int) string {
	r := []rune(line(s))
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return string(r)
}

// dates turns lines into costs by day and refuses days that two lines name.
func dates(lines []costLine, t *tree, code string, now int64) ([]cost, map[channelDay]int, error) {
	var wrong complaints
	var out []cost
	seen := map[channelDay]int{}
	for _, l := range lines {
		if len(out) > maxFileDays {
			return nil, nil, errs.TooLarge(i18n.T("文件合计最多 %d 个渠道日", "A file has at most %d days of channels in all", maxFileDays))
		}
		told := false
		for i, minor := range spread(l.minor, l.to-l.from+1) {
			day := channelDay{l.channel, l.from + int64(i)}
			if other, twice := seen[day]; twice {
				if !told {
					wrong.add(l.line, i18n.T("与第 %d 行重叠：两行都有渠道“%s”在 %s 的费用", "overlaps line %d: both have a cost of %s on %s",
						other, strings.Join(t.path(l.channel), "/"), dayName(day.day)))
				}
				told = true
				continue
			}
			seen[day] = l.line
			out = append(out, cost{channel: l.channel, day: day.day, minor: minor, currency: code, source: "file", updated: now})
		}
	}
	return out, seen, wrong.err()
}

// UploadCosts stores a CSV of costs: all of it, or nothing when any line is
// wrong. Days that have a cost already are refused by line, unless replace is
// set: the file's costs then take their place.
func (s *Service) UploadCosts(ctx context.Context, data []byte, replace bool) (out Booked, err error) {
	org := orgOf(ctx)
	var t *tree
	var set OrgSettings
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		if set, err = s.Orgs.Settings(ctx, tx, org); err != nil {
			return err
		}
		t, err = treeOf(ctx, tx, org)
		return err
	}); err != nil {
		return out, err
	}
	lines, err := readCosts(data, t, set.Currency)
	if err != nil {
		return out, err
	}
	if len(lines) == 0 {
		return out, errs.InvalidField("file", i18n.T("文件里没有费用", "The file has no costs"))
	}
	costs, line, err := dates(lines, t, set.Currency, clock.Micros(s.now()))
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := lock(ctx, tx, org, "costs"); err != nil {
			return err
		}
		out = Booked{Days: int64(len(costs)), Currency: set.Currency}
		for _, c := range costs {
			out.AmountMinor += c.minor
		}
		if !replace {
			there, err := occupied(ctx, tx, org, costs)
			if err != nil {
				return err
			}
			if err := refuseOccupied(costs, there, line, t); err != nil {
				return err
			}
		}
		if out.Replaced, err = s.book(ctx, tx, org, costs); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "channel.costs_uploaded", "channel", "", map[string]any{"days": out.Days, "replaced": out.Replaced, "amount_minor": out.AmountMinor})
	})
	return out, err
}

func refuseOccupied(costs []cost, there map[channelDay]bool, lines map[channelDay]int, t *tree) error {
	var wrong complaints
	told := map[int]bool{}
	for _, c := range costs {
		day := channelDay{c.channel, c.day}
		if n := lines[day]; there[day] && !told[n] {
			told[n] = true
			wrong.add(n, i18n.T("渠道“%s”在 %s 已有费用；若要以文件为准，请选择“覆盖”", "%s has a cost on %s already; choose to replace if the file is right",
				strings.Join(t.path(c.channel), "/"), dayName(c.day)))
		}
	}
	return wrong.err()
}
