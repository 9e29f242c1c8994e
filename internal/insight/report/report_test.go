package report_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Migrations(insight.Migration)

// ledger is an audit log.
type ledger struct{ lines []string }

func (l *ledger) Audit(_ context.Context, _ *db.Tx, action, _, id string, _ any) error {
	l.lines = append(l.lines, action+" "+id)
	return nil
}

// hostile is what somebody calls herself.
const hostile = `=HYPERLINK("http://evil","x")`

func pages() []report.Page {
	share := 0.25
	return []report.Page{{Key: "people", Name: i18n.T("人", "People"), Path: "/people", Tables: func(_ context.Context, org string, q url.Values) ([]report.Table, error) {
		if q.Get("from") == "never" {
			return nil, errs.InvalidField("query.from", i18n.T("没有这个月", "No such month"))
		}
		if q.Get("from") == "nan" {
			return []report.Table{{Key: "a", Title: i18n.T("甲", "A"), Columns: []report.Column{report.Of("people.share")}, Rows: [][]any{{math.NaN()}}}}, nil
		}
		return []report.Table{
			{Key: "who", Title: i18n.T("谁/人", "Who/a"), Note: i18n.T("时段 %s", "=Period of %s", org), Currency: "CNY",
				Columns: []report.Column{report.Text("姓名", "Name"), report.Of("people.n"), report.Of("people.money_minor"), report.Of("people.share")},
				Rows:    [][]any{{hostile, int64(-3), int64(-1205), &share}, {i18n.T("无", "none"), 0, int64(7), (*float64)(nil)}}},
			{Key: "when", Title: i18n.T("何时", "When"), Columns: []report.Column{report.Text("时间", "Time")}, Rows: [][]any{{time.Unix(0, 0)}, {nil}}},
		}, nil
	}}}
}

func parts() []figure.Part {
	f := func(key, en string, u figure.Unit) figure.Figure {
		return figure.Figure{Key: key, Name: i18n.T("字%s", "%[1]s", en), Formula: i18n.T("式", "f"), Unit: u, Period: figure.Now}
	}
	return []figure.Part{{Name: i18n.T("人", "People"), Figures: []figure.Figure{f("people.n", "Persons", figure.Persons), f("people.money_minor", "Paid", figure.Money), f("people.share", "Share", figure.Share)}}}
}

// auth makes whoever names an org in a header its staff.
type auth struct{}

func (auth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	a := access.Actor{Kind: access.Staff, OrgID: r.Header.Get("X-Org"), ID: "stf_a", Role: r.Header.Get("X-Role")}
	var keys []string
	for _, p := range append(insight.Permissions, report.Permissions...) {
		for _, role := range p.Roles {
			if role == a.Role {
				keys = append(keys, p.Key)
			}
		}
	}
	return a.WithPermissions(keys), a.OrgID != "", nil
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func fixed(t time.Time) clock.Clock { return func() time.Time { return t } }

func TestExport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		log, audit := slog.New(slog.DiscardHandler), &ledger{}
		s := report.New(d, fixed(at("2026-03-01 09:30")), log, pages(), parts(), report.Ports{Auditor: audit})
		r := httpx.NewRouter(log, "test")
		s.Routes(r)
		h := httpx.Middleware(log, auth{}, false, r)
		get := func(path, role, lang string) *httptest.ResponseRecorder {
			req := httptest.NewRequest("GET", httpx.Prefix+path, nil)
			req.Header.Set("X-Org", "org_a")
			req.Header.Set("X-Role", role)
			req.Header.Set("Accept-Language", lang)
			rec := httptest.NewRecorder()
			func() {
				defer func() {
					if v := recover(); v != nil && !errors.Is(v.(error), http.ErrAbortHandler) {
						panic(v)
					}
				}()
				h.ServeHTTP(rec, req)
			}()
			return rec
		}
		want := "\uFEFFWho/a\r\n'=Period of org_a\r\nName,Persons,Paid (CNY),\"Share (share, 0–1)\"\r\n\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\",-3,-12.05,0.25\r\nnone,0,0.07,\r\n\r\nWhen\r\nTime\r\n1970-01-01T00:00:00Z\r\n\r\n"
		rec := get("/insight/reports/people?format=csv", "operator", "en")
		if got := rec.Body.String(); rec.Code != 200 || got != want {
			t.Errorf("%d\n%q\n%q", rec.Code, got, want)
		}
		if d := rec.Header().Get("Content-Disposition"); d != `attachment; filename="people-20260301-093000.csv"` {
			t.Error(d)
		}
		rec = get("/insight/reports/people?format=xlsx", "finance", "zh-CN")
		f, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if names := strings.Join(f.GetSheetList(), "|"); names != "谁 人|何时" {
			t.Error(names)
		}
		for cell, want := range map[string]string{"A1": "时段 org_a", "C2": "字Paid（CNY）", "A3": "'" + hostile, "C3": "-12.05", "D3": "0.25", "D4": ""} {
			got, err := f.GetCellValue("谁 人", cell)
			formula, err2 := f.GetCellFormula("谁 人", cell)
			if err != nil || err2 != nil || got != want || formula != "" {
				t.Errorf("%s: %q, want %q; formula %q %v %v", cell, got, want, formula, err, err2)
			}
		}
		rec = get("/insight/reports/people?table=when", "owner", "en")
		if got := rec.Body.String(); !strings.HasPrefix(got, "\uFEFFTime\r\n1970") {
			t.Errorf("%q", got)
		}
		for path, status := range map[string]int{"/insight/reports/people": 403, "/insight/reports/pages": 200} {
			if rec := get(path, "viewer", "en"); rec.Code != status {
				t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
			}
		}
		for path, status := range map[string]int{"/insight/reports/moon": 404, "/insight/reports/people?table=moon": 404, "/insight/reports/people?from=never": 422, "/insight/reports/people?format=pdf": 422} {
			if rec := get(path, "owner", "en"); rec.Code != status {
				t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
			}
		}
		if rec := get("/insight/reports/people?from=nan", "owner", "en"); rec.Body.Len() > 0 {
			t.Errorf("a number that is none left: %q", rec.Body)
		}
		if got := strings.Join(audit.lines, ";"); got != "report.exported people;report.exported people;report.exported people;report.exported people" {
			t.Error(got)
		}
	})
}

// What tables cannot say is refused while they are written, not sent.
func TestMistakesInTables(t *testing.T) {
	for name, table := range map[string]report.Table{
		"figure":  {Columns: []report.Column{report.Of("moon.x")}},
		"width":   {Columns: []report.Column{report.Of("people.n")}, Rows: [][]any{{1, 2}}},
		"type":    {Columns: []report.Column{report.Of("people.n")}, Rows: [][]any{{struct{}{}}}},
		"inf":     {Columns: []report.Column{report.Of("people.share")}, Rows: [][]any{{math.Inf(1)}}},
		"a float": {Columns: []report.Column{report.Of("people.money_minor")}, Rows: [][]any{{1.5}}},
	} {
		if err := report.Write(io.Discard, "csv", parts(), []report.Table{table}, i18n.EN); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}
