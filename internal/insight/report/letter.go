package report

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// mostAttached is how large a document may be that goes along with a mail:
// what mailboxes take, less what the mail's own coding adds.
const mostAttached = 5_000_000

const (
	mostLines = 6 // of a table in the mail
	mostCells = 6
	mostBrief = 1000 // rows that are looked at for that
)

// letter is a report in one language.
type letter struct {
	subject, text, html string
	files               []File
	fileName            string
	rows, bytes         int64
}

// section is a page in a letter: its first table, shortened.
type section struct {
	Name, Note, Link string
	Pairs            [][2]string // heading and value, of a table with a row or two

	Header []string
	Rows   [][]string
	More   int
}

// letter makes a report for readers of ctx's language.
func (s *Service) letter(ctx context.Context, orgID string, org OrgSettings, in ReportInput, due time.Time) (*letter, error) {
	lang := i18n.From(ctx)
	day := due.In(org.Zone).Format(time.DateOnly)
	var all []Table
	var sections []section
	for _, c := range in.Pages {
		p, err := s.page(c.Page)
		if err != nil {
			return nil, err
		}
		query, err := c.query(due, org.Zone)
		if err != nil {
			return nil, err
		}
		tables, err := p.Tables(ctx, orgID, query)
		if err != nil {
			return nil, err
		}
		sec := section{Name: p.Name.In(lang)}
		if s.baseURL != "" {
			sec.Link = s.baseURL + p.Path
		}
		if len(tables) > 0 {
			first, err := s.figures.brief(tables[0], lang)
			if err != nil {
				return nil, err
			}
			sec.fill(first, tables[0].Before, lang)
		}
		sections = append(sections, sec)
		for _, t := range tables {
			if len(in.Pages) > 1 && len(tables) > 1 {
				t.Title = i18n.Text{ZH: p.Name.ZH + " " + t.Title.ZH, EN: p.Name.EN + " " + t.Title.EN}
			}
			all = append(all, t)
		}
	}
	var doc bytes.Buffer
	if err := s.figures.write(&doc, sheet.XLSX, all, lang); err != nil {
		return nil, err
	}
	l := &letter{subject: oneLine(i18n.T("%s · %s · %s", "%s · %s · %s", in.Name, day, org.Name).In(lang)), rows: int64(rows(all)), bytes: int64(doc.Len()), fileName: "report-" + day + ".xlsx"}
	large := doc.Len() > mostAttached
	if !large {
		l.files = []File{{Name: l.fileName, Type: sheet.Type(sheet.XLSX), Content: doc.Bytes()}}
	}
	l.write(in.Name, org, day, sections, large, lang)
	return l, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// fill takes a sheet's beginning.
func (sec *section) fill(s sheet.Sheet, before bool, lang i18n.Lang) {
	sec.Note = s.Note
	words := func(cells []any) []string {
		out := make([]string, len(cells))
		for i, c := range cells {
			if out[i] = cellText(c); out[i] == "" {
				out[i] = "—"
			}
		}
		return out
	}
	if len(s.Rows) == 0 {
		return
	}
	if before && len(s.Rows) == 2 || len(s.Rows) == 1 && len(s.Header) > 2 {
		first := words(s.Rows[0])
		for i := 1; i < len(s.Header); i++ {
			pair := [2]string{s.Header[i], first[i]}
			if len(s.Rows) == 2 {
				pair[1] += i18n.T("（此前 %s）", " (before: %s)", words(s.Rows[1])[i]).In(lang)
			}
			sec.Pairs = append(sec.Pairs, pair)
		}
		return
	}
	wide := min(len(s.Header), mostCells)
	sec.Header = s.Header[:wide]
	for _, r := range s.Rows[:min(len(s.Rows), mostLines)] {
		sec.Rows = append(sec.Rows, words(r)[:wide])
	}
	sec.More = len(s.Rows) - len(sec.Rows)
}

// query is the page's question with the months before the day in it.
func (c ReportPart) query(due time.Time, zone *time.Location) (url.Values, error) {
	q, err := url.ParseQuery(c.Query)
	if err != nil {
		return nil, err
	}
	months := map[string]int{"last_month": 1, "last_3_months": 3, "last_12_months": 12}[c.Span]
	if months == 0 {
		return q, nil
	}
	y, m, _ := due.In(zone).Date()
	first := time.Date(y, m-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(y, m, 0, 0, 0, 0, 0, time.UTC)
	if text := q.Get("q"); text != "" { // days, within the question
		var asked map[string]any
		if err := json.Unmarshal([]byte(text), &asked); err != nil {
			return nil, err
		}
		asked["from"], asked["to"] = first.Format(time.DateOnly), last.Format(time.DateOnly)
		b, err := json.Marshal(asked)
		q.Set("q", string(b))
		return q, err
	}
	if slices.Contains([]string{"funnel", "retention", "paths"}, c.Page) {
		q.Set("from", first.Format(time.DateOnly))
		q.Set("to", last.Format(time.DateOnly))
		return q, nil
	}
	q.Set("from", first.Format("2006-01"))
	q.Set("to", last.Format("2006-01"))
	return q, nil
}

var letterPage = template.Must(template.New("report").Parse(`<!doctype html><html lang="{{.Lang}}"><body style="margin:0;background:#f2f5f5;font:14px/1.6 system-ui,-apple-system,'PingFang SC','Microsoft YaHei',sans-serif;color:#16282b">
<div style="max-width:640px;margin:0 auto;padding:20px 16px;background:#fff">
<h1 style="font-size:18px;margin:0 0 4px">{{.Title}}</h1><p style="margin:0 0 16px;color:#5a6d70">{{.Sub}}</p>
{{range .Sections}}<h2 style="font-size:15px;margin:20px 0 4px">{{.Name}}</h2>{{if .Note}}<p style="margin:0 0 8px;color:#5a6d70;font-size:13px">{{.Note}}</p>{{end}}
{{if .Pairs}}<table style="border-collapse:collapse;width:100%">{{range .Pairs}}<tr><td style="padding:4px 0;border-bottom:1px solid #e3eaea;color:#4d6063">{{index . 0}}</td><td style="padding:4px 0;border-bottom:1px solid #e3eaea;text-align:right">{{index . 1}}</td></tr>{{end}}</table>{{end}}
{{if .Rows}}<table style="border-collapse:collapse;width:100%"><tr>{{range .Header}}<th style="padding:4px 6px 4px 0;text-align:left;color:#4d6063;font-weight:500;border-bottom:1px solid #c6d2d3">{{.}}</th>{{end}}</tr>{{range .Rows}}<tr>{{range .}}<td style="padding:4px 6px 4px 0;border-bottom:1px solid #e3eaea">{{.}}</td>{{end}}</tr>{{end}}</table>{{end}}
{{if .Link}}<p style="margin:8px 0 0"><a href="{{.Link}}" style="color:#0a6a73">{{$.Open}}</a></p>{{end}}{{end}}
<p style="margin:24px 0 0;color:#5a6d70;font-size:13px">{{.Foot}}</p></div></body></html>`))

// write says the report, as text and as HTML.
func (l *letter) write(name string, org OrgSettings, day string, sections []section, large bool, lang i18n.Lang) {
	say := func(zh, en string) string { return i18n.Text{ZH: zh, EN: en}.In(lang) }
	foot := say("完整数据见附件。这封邮件由 Fishpond 按计划发出，只发给品牌员工，请勿转发给客户。", "All figures are in the attachment. Fishpond sent this mail on schedule, to staff only: please do not pass it on to customers.")
	if large {
		foot = say("附件超过 5 MB，没有随信附上：请在页面里导出。只发给品牌员工，请勿转发给客户。", "The attachment would exceed 5 MB and is left out: export it from the page. For staff only: please do not pass it on to customers.")
	}
	sub := org.Name + " · " + day + " · " + org.Zone.String()
	var b strings.Builder
	b.WriteString(name + "\n" + sub + "\n")
	for i := range sections {
		sec := &sections[i]
		b.WriteString("\n" + sec.Name + "\n")
		if sec.Note != "" {
			b.WriteString(sec.Note + "\n")
		}
		for _, p := range sec.Pairs {
			b.WriteString("  " + p[0] + ": " + p[1] + "\n")
		}
		if len(sec.Rows) > 0 {
			b.WriteString("  " + strings.Join(sec.Header, " | ") + "\n")
		}
		for _, r := range sec.Rows {
			b.WriteString("  " + strings.Join(r, " | ") + "\n")
		}
		if sec.Link != "" {
			b.WriteString("  " + sec.Link + "\n")
		}
	}
	b.WriteString("\n" + foot + "\n")
	l.text = b.String()
	var h bytes.Buffer
	if err := letterPage.Execute(&h, map[string]any{"Lang": string(lang), "Title": name, "Sub": sub, "Sections": sections, "Open": say("打开页面", "Open the page"), "Foot": foot}); err == nil {
		l.html = h.String() // otherwise the text alone
	}
}

// ReportPreview is a report as it would be sent now.
type ReportPreview struct {
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	HTML     string `json:"html" doc:"Of the mail; show it in a sandbox"`
	FileName string `json:"file_name"`
	Rows     int64  `json:"rows" doc:"Of all tables in the document"`
	Bytes    int64  `json:"bytes"`
	Attached bool   `json:"attached" doc:"False: it is too large, and the mail says where to export it"`
}

// Preview makes a report and sends nothing.
func (s *Service) Preview(ctx context.Context, in ReportInput) (ReportPreview, error) {
	a, _ := access.From(ctx)
	var org OrgSettings
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		if err = s.check(ctx, tx, a.OrgID, &in); err != nil {
			return err
		}
		org, err = s.Orgs.Settings(ctx, tx, a.OrgID)
		return err
	}); err != nil {
		return ReportPreview{}, err
	}
	l, err := s.letter(ctx, a.OrgID, org, in, s.now())
	if err != nil {
		return ReportPreview{}, err
	}
	return ReportPreview{l.subject, l.text, l.html, l.fileName, l.rows, l.bytes, len(l.files) > 0}, nil
}
