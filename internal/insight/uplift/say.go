package uplift

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/stats"
)

// sentence is the verdict in words.
func (c Comparison) sentence() (zh, en string) {
	t := c.text()
	return t.ZH, t.EN
}

func (c Comparison) text() i18n.Text {
	p := c.Per1000
	switch c.Verdict {
	case stats.Higher:
		return i18n.T("“%[1]s”每千人多出 %[3]s 的 %[2]s（95%% 区间 %[4]s 到 %[5]s）", "%[1]s brings %[3]s more %[2]s per 1,000 people (95%% interval %[4]s to %[5]s)",
			c.Treatment, c.Outcome, short(p.Difference), short(p.Low), short(p.High))
	case stats.Lower:
		return i18n.T("“%[1]s”每千人少了 %[3]s 的 %[2]s（95%% 区间少 %[4]s 到 %[5]s）", "%[1]s costs %[3]s of %[2]s per 1,000 people (95%% interval %[4]s to %[5]s)",
			c.Treatment, c.Outcome, short(-p.Difference), short(-p.High), short(-p.Low))
	}
	say := i18n.T("“%[1]s”对 %[2]s 有没有作用，还看不出来", "Cannot tell yet what %[1]s does to %[2]s", c.Treatment, c.Outcome)
	also := func(zh, en string, args ...any) { t := i18n.T(zh, en, args...); say.ZH += t.ZH; say.EN += t.EN }
	if c.Why == stats.TooFew {
		also("：人太少，或结果没有差别", ": too few people, or nothing varies")
		return say
	}
	also("（每千人 %s 到 %s）", " (%s to %s per 1,000 people)", short(p.Low), short(p.High))
	switch c.Why {
	case stats.TooUneven:
		also("：少数几个特别大的数值说了算", ": a few very large values decide")
	case SeveralTreatments:
		also("：同时比较几种做法时，这样的差别可能是碰巧", ": with several treatments such a difference may be chance")
	}
	if c.NeededEach > 0 {
		also("；若真实的差别就是看到的这么大，每组约要 %s 人", "; were the difference seen the true one, it would take about %s people per group", count(c.NeededEach))
	}
	return say
}

// short is a number to four digits, without an exponent.
func short(v float64) string {
	if v == 0 {
		return "0"
	}
	decimals := max(0, 3-int(math.Floor(math.Log10(math.Abs(v)))))
	s := strconv.FormatFloat(v, 'f', min(decimals, 12), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// count is a whole number with its thousands set apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Print writes the report for reading.
func (r Report) Print(w io.Writer, l i18n.Lang) error {
	var b strings.Builder
	say := func(zh, en string) string { return i18n.Text{ZH: zh, EN: en}.In(l) }
	rows := [][]string{{say("组", "group"), say("人数", "people"), say("份额", "share"), say("应有", "meant")}}
	for _, g := range r.Groups {
		rows = append(rows, []string{g.Name, count(g.People), percent(float64(g.People) / float64(r.Rows)), percent(g.Meant)})
	}
	table(&b, rows)
	if r.SampleRatio.Suspicious {
		fmt.Fprintf(&b, say("\n各组人数与应有的份额不符（p = %s）：先弄清少了谁，再看下面的结果。若本来就不等份，用 --share 组=份额 说明。\n",
			"\nThe groups are not as large as meant (p = %s): find out who is missing before you trust what follows. If they were meant to be unequal, say so with --share GROUP=SHARE.\n"), short(r.SampleRatio.P))
	}
	rows = [][]string{{say("结果", "outcome"), say("组", "group"), say("对照", "control"), say("该组", "treated"), say("每千人增量", "per 1,000"), say("95% 区间", "95 % interval"), "p", say("结论", "verdict")}}
	for _, c := range r.Comparisons {
		interval, p := "–", "–"
		if c.Known {
			interval, p = short(c.Per1000.Low)+" … "+short(c.Per1000.High), pValue(c.P)
		}
		rows = append(rows, []string{c.Outcome, c.Treatment, mean(c.Control, c.Rate), mean(c.Treated, c.Rate), short(c.Per1000.Difference), interval, p, verdict(c.Verdict).In(l)})
	}
	b.WriteString("\n")
	table(&b, rows)
	b.WriteString("\n")
	for _, c := range r.Comparisons {
		b.WriteString(say(c.Zh, c.En) + say("。", ".") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func verdict(v stats.Verdict) i18n.Text {
	switch v {
	case stats.Higher:
		return i18n.T("更高", "higher")
	case stats.Lower:
		return i18n.T("更低", "lower")
	}
	return i18n.T("还看不出", "cannot tell yet")
}

func mean(s stats.Side, rate bool) string {
	if rate {
		return percent(s.Mean)
	}
	return short(s.Mean)
}

func percent(v float64) string { return short(100*v) + " %" }

func pValue(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return strconv.FormatFloat(p, 'f', 4, 64)
}

// table sets columns as wide as their widest cell, a Chinese character being two
// wide.
func table(b *strings.Builder, rows [][]string) {
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
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
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
