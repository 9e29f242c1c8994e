package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// brand is all that reports need of others, in miniature.
type brand struct {
	now     time.Time
	zone    *time.Location
	staff   []report.Colleague
	boxes   []report.ReportMailbox
	queued  []string
	mails   []report.Mail
	outcome func(m report.Mail) (report.Outcome, error) // error: the process dies there
}

var errDied = errors.New("killed")

func (b *brand) OrgIDs(context.Context) ([]string, error) { return []string{"org_a", "org_b"}, nil }
func (b *brand) Settings(context.Context, *db.Tx, string) (report.OrgSettings, error) {
	return report.OrgSettings{Name: "池塘", Zone: b.zone}, nil
}
func (b *brand) Staff(_ context.Context, _ *db.Tx, org string) ([]report.Colleague, error) {
	if org != "org_a" {
		return nil, nil
	}
	return b.staff, nil
}
func (b *brand) Mailboxes(context.Context, *db.Tx, string) ([]report.ReportMailbox, error) {
	return b.boxes, nil
}
func (b *brand) EnqueueReport(_ context.Context, _ *db.Tx, _, run string) error {
	if !slices.Contains(b.queued, run) {
		b.queued = append(b.queued, run)
	}
	return nil
}

func (b *brand) Send(_ context.Context, _, _ string, m report.Mail) (report.Outcome, i18n.Text) {
	if b.outcome != nil {
		out, err := b.outcome(m)
		if err != nil {
			panic(errDied)
		}
		if out != "" {
			return out, i18n.T("不行", "no")
		}
	}
	if err := m.Begin(); err != nil {
		return report.OutLater, i18n.Text{}
	}
	b.mails = append(b.mails, m)
	return report.OutSent, i18n.Text{}
}

func newBrand(t *testing.T) *brand {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &brand{now: at("2026-03-01 09:30"), zone: zone, boxes: []report.ReportMailbox{{ID: "acc_1", Name: "Post"}}, staff: []report.Colleague{
		{ID: "stf_1", Name: "Ann", Address: "ann@example.com", Locale: i18n.EN, MayRead: true}, {ID: "stf_2", Name: "鱼", Address: "yu@example.com", Locale: i18n.ZH, MayRead: true},
		{ID: "stf_3", Name: "Associate", Address: "x@example.com", Locale: i18n.EN}}}
}

func (b *brand) service(d *db.DB, audit *ledger) *report.Service {
	s := report.New(d, func() time.Time { return b.now }, slog.New(slog.DiscardHandler), pages(), parts(), report.Ports{Auditor: audit, Orgs: b, Mailer: b, Later: b})
	s.SetBaseURL("https://pond.example/")
	return s
}

// work does what is queued, dying where the brand says so.
func (b *brand) work(t *testing.T, s *report.Service) (died bool) {
	t.Helper()
	queued := b.queued
	b.queued = nil
	for _, run := range queued {
		func() {
			defer func() {
				if v := recover(); v != nil {
					if err, ok := v.(error); !ok || !errors.Is(err, errDied) {
						panic(v)
					}
					died = true
				}
			}()
			if err := s.Run(t.Context(), "org_a", run); err != nil {
				t.Fatal(err)
			}
		}()
	}
	return died
}

func staffCtx(t *testing.T, org string) context.Context {
	return i18n.With(access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_1"}), i18n.EN)
}

func daily(recipients ...string) report.ReportInput {
	return report.ReportInput{Name: "晨报", Pages: []report.ReportPart{{Page: "people"}}, Cadence: report.ReportCadence{Every: report.Daily, Hour: 8}, Recipients: recipients}
}

func statuses(t *testing.T, s *report.Service, id string) string {
	t.Helper()
	runs, err := s.Runs(staffCtx(t, "org_a"), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range runs {
		line := r.Period + " " + r.Status
		for _, m := range r.Mails {
			line += " " + m.StaffID + "=" + m.Status
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

func TestSchedules(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		b, audit := newBrand(t), &ledger{}
		s := b.service(d, audit)
		ctx := staffCtx(t, "org_a")
		for name, in := range map[string]report.ReportInput{
			"no name":      {Pages: daily().Pages, Cadence: daily().Cadence, Recipients: []string{"stf_1"}},
			"who may not":  daily("stf_3"),
			"nobody known": daily("stf_9"),
			"no such page": {Name: "x", Pages: []report.ReportPart{{Page: "moon"}}, Cadence: daily().Cadence, Recipients: []string{"stf_1"}},
			"no weekday":   {Name: "x", Pages: daily().Pages, Cadence: report.ReportCadence{Every: report.Weekly}, Recipients: []string{"stf_1"}},
		} {
			if _, err := s.Create(ctx, in); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		made, err := s.Create(ctx, daily("stf_2", "stf_1", "stf_1"))
		if err != nil {
			t.Fatal(err)
		}
		if made.NextAt == nil || !made.NextAt.Equal(at("2026-03-02 00:00")) || made.TimeZone != "Asia/Shanghai" || len(made.Recipients) != 2 || made.Version != 1 || made.LastRun != nil {
			t.Fatalf("%+v", made)
		}
		if _, err := s.Schedule(staffCtx(t, "org_b"), made.ID); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("another org: %v", err)
		}
		tick := func() {
			t.Helper()
			if err := s.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if b.work(t, s) {
				t.Fatal("it died")
			}
		}
		tick()
		if len(b.mails) != 0 {
			t.Fatalf("too early: %+v", b.mails)
		}
		b.now = at("2026-03-02 00:01")
		tick()
		tick()
		if got := statuses(t, s, made.ID); got != "2026-03-02 done stf_1=sent stf_2=sent" || len(b.mails) != 2 {
			t.Fatalf("%s: %d mails", got, len(b.mails))
		}
		en, zh := b.mails[0], b.mails[1]
		if en.To != "ann@example.com" || en.Subject != "晨报 · 2026-03-02 · 池塘" || !strings.Contains(en.Text, "Paid (CNY)") || !strings.Contains(zh.Text, "字Paid（CNY）") || !strings.Contains(en.HTML, "https://pond.example/people") {
			t.Errorf("%+v", en)
		}
		if strings.Contains(en.HTML, "http://evil\"") {
			t.Errorf("a name became markup: %s", en.HTML)
		}
		f, err := excelize.OpenReader(bytes.NewReader(en.Files[0].Content))
		if err != nil || en.Files[0].Name != "report-2026-03-02.xlsx" {
			t.Fatalf("%v %s", err, en.Files[0].Name)
		}
		defer f.Close()
		if got, err := f.GetCellValue("Who a", "A3"); err != nil || got != "'"+hostile {
			t.Errorf("%q %v", got, err)
		}

		// Down for days: only the newest is made up for.
		b.now = at("2026-03-06 05:00")
		tick()
		if got := statuses(t, s, made.ID); !strings.HasPrefix(got, "2026-03-06 done stf_1=sent stf_2=sent; 2026-03-02") {
			t.Error(got)
		}
		// Moved to a later hour of the same day: it is not sent again.
		in := made.ReportInput
		in.Cadence.Hour = 20
		if _, err := s.Change(ctx, made.ID, made.Version, in); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Change(ctx, made.ID, made.Version, in); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("a change over another's: %v", err)
		}
		b.now = at("2026-03-06 13:00")
		tick()
		if len(b.mails) != 4 {
			t.Errorf("%d mails", len(b.mails))
		}
		// At once, asked for twice under one key.
		for range 2 {
			if _, err := s.SendNow(ctx, made.ID, "key-12345"); err != nil {
				t.Fatal(err)
			}
		}
		tick()
		if len(b.mails) != 6 {
			t.Errorf("%d mails", len(b.mails))
		}
		// Who may not read any more gets nothing.
		b.staff[1].MayRead = false
		b.now = at("2026-03-07 13:00")
		tick()
		if got := statuses(t, s, made.ID); !strings.HasPrefix(got, "2026-03-07 done stf_1=sent stf_2=left_out") {
			t.Error(got)
		}
		if paused, err := s.SetStatus(ctx, made.ID, report.Paused); err != nil || paused.NextAt != nil {
			t.Errorf("%+v %v", paused, err)
		}
		b.now = at("2026-03-09 13:00")
		tick()
		if len(b.mails) != 7 {
			t.Errorf("%d mails", len(b.mails))
		}
		if err := s.Delete(ctx, made.ID); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Schedules(ctx); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if back, err := s.Restore(ctx, made.ID, report.Active); err != nil || back.NextAt == nil || back.LastRun == nil {
			t.Errorf("%+v %v", back, err)
		}
		b.boxes = nil
		if _, err := s.SendNow(ctx, made.ID, "key-99999"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("without an account: %v", err)
		}
		if v, err := s.Schedule(ctx, made.ID); err != nil || v.Cannot == "" {
			t.Errorf("%+v %v", v, err)
		}
		if len(audit.lines) < 6 {
			t.Error(audit.lines)
		}
	})
}

// A mail server that does not work is asked again, and in the end given up.
func TestTrouble(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		b := newBrand(t)
		s := b.service(d, &ledger{})
		made, err := s.Create(staffCtx(t, "org_a"), daily("stf_1", "stf_2"))
		if err != nil {
			t.Fatal(err)
		}
		b.outcome = func(m report.Mail) (report.Outcome, error) {
			if m.To == "yu@example.com" {
				return report.OutFailed, nil
			}
			return report.OutLater, nil
		}
		b.now = at("2026-03-02 00:00")
		for range 40 {
			if err := s.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.work(t, s)
			b.now = b.now.Add(30 * time.Minute)
		}
		if got := statuses(t, s, made.ID); got != "2026-03-02 done stf_1=failed stf_2=failed" {
			t.Error(got)
		}
		if len(b.mails) != 0 {
			t.Errorf("%d mails", len(b.mails))
		}
	})
}

// Killed anywhere, a mail is sent once or said to be doubtful, never twice and
// never lost without a word.
func TestKilled(t *testing.T) {
	for _, point := range []string{"before it is begun", "once it is begun", "once the server has it"} {
		t.Run(point, func(t *testing.T) {
			testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
				b := newBrand(t)
				s := b.service(d, &ledger{})
				made, err := s.Create(staffCtx(t, "org_a"), daily("stf_1", "stf_2"))
				if err != nil {
					t.Fatal(err)
				}
				taken := map[string]int{}
				kill := true
				b.outcome = func(m report.Mail) (report.Outcome, error) {
					if !kill || m.To != "ann@example.com" {
						taken[m.To]++
						return "", nil
					}
					if point == "before it is begun" {
						return "", errDied
					}
					if err := m.Begin(); err != nil {
						return "", err
					}
					if point == "once the server has it" {
						taken[m.To]++
					}
					return "", errDied
				}
				b.now = at("2026-03-02 00:00")
				if err := s.Tick(t.Context()); err != nil {
					t.Fatal(err)
				}
				if !b.work(t, s) {
					t.Fatal("nobody was killed")
				}
				kill = false
				s = b.service(d, &ledger{}) // the process that comes after
				for range 6 {
					b.now = b.now.Add(30 * time.Minute)
					if err := s.Tick(t.Context()); err != nil {
						t.Fatal(err)
					}
					b.work(t, s)
				}
				want := "2026-03-02 done stf_1=doubtful stf_2=sent"
				if point == "before it is begun" {
					want = "2026-03-02 done stf_1=sent stf_2=sent"
				}
				if got := statuses(t, s, made.ID); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				if fmt.Sprint(taken["yu@example.com"]) != "1" || taken["ann@example.com"] > 1 {
					t.Errorf("sent %v", taken)
				}
			})
		})
	}
}
