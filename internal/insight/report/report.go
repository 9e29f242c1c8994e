package report

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Permissions are those that the package checks.
var Permissions = []access.Permission{
	{Key: "insight.export", Module: "insight", Text: i18n.T("导出分析页的数据", "Export what the measuring pages show"), Roles: []string{"owner", "operator", "finance"}},
	{Key: "insight.report", Module: "insight", Text: i18n.T("管理定时报表", "Manage scheduled reports"), Roles: []string{"owner", "operator"}},
}

// Ports are what reports need of others.
type Ports struct {
	Auditor Auditor
	Orgs    Orgs
	Mailer  Mailer
	Later   Later
}

// Service is the package.
type Service struct {
	db      *db.DB
	now     clock.Clock
	slog    *slog.Logger
	pages   []Page
	figures figures
	baseURL string
	Ports
}

// New returns the package with the pages that there are and the figures that
// their columns name.
func New(d *db.DB, now clock.Clock, log *slog.Logger, pages []Page, parts []figure.Part, p Ports) *Service {
	return &Service{db: d, now: now, slog: log, pages: pages, figures: known(parts), Ports: p}
}

// SetBaseURL tells where people reach the console, for links in mails. It is
// called once, before anything is sent.
func (s *Service) SetBaseURL(address string) { s.baseURL = strings.TrimSuffix(address, "/") }

// ReportPage is a page that can be exported.
type ReportPage struct {
	Key  string `json:"key" example:"overview"`
	Name string `json:"name"`
	Path string `json:"path" doc:"Of the console"`
}

// Pages lists what can be exported, in the language of ctx.
func (s *Service) Pages(ctx context.Context) []ReportPage {
	out := make([]ReportPage, len(s.pages))
	for i, p := range s.pages {
		out[i] = ReportPage{p.Key, p.Name.In(i18n.From(ctx)), p.Path}
	}
	return out
}

func (s *Service) page(key string) (Page, error) {
	i := slices.IndexFunc(s.pages, func(p Page) bool { return p.Key == key })
	if i < 0 {
		return Page{}, errs.NotFound(i18n.T("页面", "page"))
	}
	return s.pages[i], nil
}

// Export is a page that was asked for and audited, ready to be written.
type Export struct {
	figures figures
	tables  []Table
	format  string
	lang    i18n.Lang
	Name    string // of the file, without its ending
}

// NewExport answers the page's question and writes the audit log before
// anything leaves. chosen is the key of one table; empty means all.
func (s *Service) NewExport(ctx context.Context, pageKey, chosen, format string, query url.Values) (*Export, error) {
	a, _ := access.From(ctx)
	p, err := s.page(pageKey)
	if err != nil {
		return nil, err
	}
	tables, err := p.Tables(ctx, a.OrgID, query)
	if err != nil {
		return nil, err
	}
	if chosen != "" {
		tables = slices.DeleteFunc(slices.Clone(tables), func(t Table) bool { return t.Key != chosen })
	}
	if len(tables) == 0 {
		return nil, errs.NotFound(i18n.T("表格", "table"))
	}
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "report.exported", "report", p.Key, map[string]any{"format": format, "table": chosen, "rows": rows(tables)})
	}); err != nil {
		return nil, err
	}
	return &Export{figures: s.figures, tables: tables, format: format, lang: i18n.From(ctx), Name: p.Key + "-" + s.now().UTC().Format("20060102-150405")}, nil
}

// Write writes the export to w.
func (e *Export) Write(w io.Writer) error { return e.figures.write(w, e.format, e.tables, e.lang) }
