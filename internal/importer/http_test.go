package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// fakeAuth takes the org from one header and the permission from another.
type fakeAuth struct{}

func (fakeAuth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	orgID := r.Header.Get("X-Test-Org")
	if orgID == "" {
		return access.Actor{}, false, nil
	}
	a := access.Actor{Kind: access.Staff, OrgID: orgID, ID: "stf_1"}
	if r.Header.Get("X-Test-Viewer") != "" {
		return a.WithPermissions(nil), true, nil
	}
	return a.WithPermissions([]string{PermRun}), true, nil
}

// queue remembers what was enqueued and what was audited.
type queue struct {
	people
	jobs, audit []string
}

func (q *queue) EnqueueImport(_ context.Context, tx *db.Tx, orgID, importID string) error {
	tx.OnCommit(func() { q.jobs = append(q.jobs, importID) })
	return nil
}

func (q *queue) Audit(_ context.Context, tx *db.Tx, action, _, _ string, _ any) error {
	tx.OnCommit(func() { q.audit = append(q.audit, action) })
	return nil
}

type site struct {
	t     *testing.T
	s     *Service
	clock *testkit.Clock
	queue *queue
	http  http.Handler
}

func newSite(t *testing.T, d *db.DB) *site {
	q := &queue{}
	c := testkit.NewClock(t, "2026-01-02T03:04:05Z")
	log := slog.New(slog.DiscardHandler)
	s := New(d, timeline.New(c.Now), c.Now, log, Ports{People: q, Staff: q, Settings: q, Auditor: q, Jobs: q}, Config{Dir: t.TempDir(), MaxUpload: 1 << 20})
	r := httpx.NewRouter(log, "test")
	s.Routes(r)
	return &site{t: t, s: s, clock: c, queue: q, http: httpx.Middleware(log, fakeAuth{}, false, r)}
}

func (s *site) do(method, path, orgID string, body io.Reader, contentType string) (int, string) {
	s.t.Helper()
	req := httptest.NewRequest(method, httpx.Prefix+path, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Test-Org", orgID)
	req.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func (s *site) json(method, path, orgID string, in, out any) int {
	s.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	status, answer := s.do(method, path, orgID, bytes.NewReader(b), "application/json")
	if out != nil && status < 300 {
		if err := json.Unmarshal([]byte(answer), out); err != nil {
			s.t.Fatalf("%s: %v", answer, err)
		}
	}
	return status
}

func (s *site) upload(name, content string) (int, string) {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("comment", "not the file"); err != nil {
		s.t.Fatal(err)
	}
	f, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err != nil || w.Close() != nil {
		s.t.Fatal(err)
	}
	return s.do("POST", "/imports/uploads", org, &b, w.FormDataContentType())
}

func (s *site) mustUpload(name, content string) (p Preview) {
	s.t.Helper()
	status, body := s.upload(name, content)
	if status != 201 || json.Unmarshal([]byte(body), &p) != nil {
		s.t.Fatalf("%d %s", status, body)
	}
	return p
}

func TestFromUploadToResult(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		p := s.mustUpload("../../etc/\u202epasswd\u0085.csv", retailSample+"536371,X,Y,oops,2010-12-01 08:45:00,1,1,France\n")
		if p.FileName != "passwd.csv" || p.Format != "csv" || p.Encoding != "utf-8" || p.Delimiter != "," || len(p.Columns) != 8 || len(p.Preview) != 7 ||
			p.Guess.Kind != Orders || p.Guess.Preset != "online-retail" || p.Guess.Mapping["customer"] != "CustomerID" || p.Guess.TimeLayout != "2006-1-2 15:04:05" {
			t.Fatalf("%+v", p)
		}
		var run Run
		if st := s.json("POST", "/imports", org, map[string]any{"upload_id": p.UploadID, "kind": "orders", "preset": "online-retail"}, &run); st != 201 || run.Status != StatusQueued || run.Result != nil || run.Currency != "GBP" {
			t.Fatalf("%d %+v", st, run)
		}
		if len(s.queue.jobs) != 1 || s.queue.jobs[0] != run.ID {
			t.Fatalf("enqueued %v", s.queue.jobs)
		}
		ctx := access.With(t.Context(), access.ForSystem(org, "job"))
		for range 2 { // a job may run twice
			if err := s.s.Run(ctx, org, run.ID); err != nil {
				t.Fatal(err)
			}
		}
		s.json("GET", "/imports/"+run.ID, org, nil, &run)
		want := Result{Rows: 7, RowsWithoutCustomer: 1, RowsRejected: 1, Persons: 2, Orders: 2, Refunds: 1, GMVMinor: 17967, RefundedMinor: 2750}
		if run.Status != StatusDone || run.Result == nil || without(*run.Result) != want || run.OrdersDone != 3 || run.OrdersTotal != 3 || run.BytesRead != run.BytesTotal || run.FinishedAt == nil {
			t.Fatalf("%+v %+v", run, run.Result)
		}
		st, csv := s.do("GET", "/imports/"+run.ID+"/rejected", org, nil, "")
		if st != 200 || csv != "\ufeffline,reason,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n8,\"Quantity is \"\"oops\"\": not a number\",536371,X,Y,oops,2010-12-01 08:45:00,1,1,France\n" {
			t.Fatalf("%d %q", st, csv)
		}
		if st := s.json("POST", "/imports/"+run.ID+"/cancel", org, nil, nil); st != 409 {
			t.Errorf("cancelled after the end: %d", st)
		}
		if got := fmt.Sprint(s.queue.audit); got != "[import.started import.rejected_downloaded]" {
			t.Errorf("audited %s", got)
		}
		var list httpx.Page[Run]
		if s.json("GET", "/imports?limit=1", org, nil, &list); len(list.Items) != 1 || list.Items[0].ID != run.ID || list.NextCursor == "" {
			t.Errorf("list %+v", list)
		}
		if s.json("GET", "/imports?limit=1&cursor="+list.NextCursor, org, nil, &list); len(list.Items) != 0 {
			t.Errorf("second page %+v", list)
		}
	})
}

func TestForeignIDsAndPermissions(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		p := s.mustUpload("x.csv", retailSample)
		var run Run
		s.json("POST", "/imports", org, map[string]any{"upload_id": p.UploadID, "kind": "orders"}, &run)
		for _, route := range []string{"GET /imports/" + run.ID, "POST /imports/" + run.ID + "/cancel", "GET /imports/" + run.ID + "/rejected", "GET /import-uploads/" + p.UploadID} {
			method, path, _ := strings.Cut(route, " ")
			if st := s.json(method, path, "org_b", nil, nil); st != 404 {
				t.Errorf("%s of another org: %d", route, st)
			}
		}
		if st := s.json("POST", "/imports", "org_b", map[string]any{"upload_id": p.UploadID, "kind": "orders"}, nil); st != 404 {
			t.Errorf("start with another org's upload: %d", st)
		}
		var list httpx.Page[Run]
		if s.json("GET", "/imports", "org_b", nil, &list); len(list.Items) != 0 {
			t.Errorf("another org sees %+v", list)
		}
		req := httptest.NewRequest("GET", httpx.Prefix+"/imports", nil)
		req.Header.Set("X-Test-Org", org)
		req.Header.Set("X-Test-Viewer", "yes")
		w := httptest.NewRecorder()
		if s.http.ServeHTTP(w, req); w.Code != 403 {
			t.Errorf("without the permission: %d", w.Code)
		}
	})
}

func TestUploadsThatAreRefused(t *testing.T) {
	s := newSite(t, testkit.Open(t, db.SQLite, schema))
	for _, c := range []struct {
		name, content, want string
		status              int
	}{
		{"binary", "\x7fELF\x00\x00", "not a CSV", 422},
		{"empty", "", "empty", 422},
		{"header only", "a,b\n", "no rows", 422},
		{"too large", "a,b\n" + strings.Repeat("1,2\n", 1<<20), "larger than 1 MB", 413},
		{"quote", "a,b\n\"1,2\n", "Line 2", 422},
	} {
		if st, body := s.upload("x.csv", c.content); st != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", c.name, st, body)
		}
	}
	if st, body := s.do("POST", "/imports/uploads", org, strings.NewReader("a,b\n1,2\n"), "text/csv"); st != 422 || !strings.Contains(body, "multipart/form-data") {
		t.Errorf("not a form: %d %s", st, body)
	}
	if st, body := s.do("POST", "/imports/uploads", org, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\na,b\n"), "multipart/form-data; boundary=x"); st != 422 || !strings.Contains(body, "broke off") {
		t.Errorf("broken off: %d %s", st, body)
	}
	if left, err := filepath.Glob(filepath.Join(s.s.dir, org, "*")); err != nil || len(left) > 0 {
		t.Errorf("kept %v %v", left, err)
	}
}

func TestStartTellsWhatIsWrongWithTheMapping(t *testing.T) {
	s := newSite(t, testkit.Open(t, db.SQLite, schema))
	p := s.mustUpload("x.csv", retailSample)
	b, err := json.Marshal(map[string]any{"upload_id": p.UploadID, "kind": "orders", "mapping": map[string]string{"customer": "Nobody"}})
	if err != nil {
		t.Fatal(err)
	}
	st, body := s.do("POST", "/imports", org, bytes.NewReader(b), "application/json")
	if st != 422 || !strings.Contains(body, "no column Nobody") || !strings.Contains(body, `"location":"mapping.customer"`) || len(s.queue.jobs) != 0 {
		t.Fatalf("%d %s", st, body)
	}
}

func TestFailedImportSaysWhy(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		p := s.mustUpload("x.csv", manyOrders(700)+"\"open\n")
		var run Run
		s.json("POST", "/imports", org, map[string]any{"upload_id": p.UploadID, "kind": "orders"}, &run)
		if err := s.s.Run(t.Context(), org, run.ID); err != nil {
			t.Fatal(err)
		}
		s.json("GET", "/imports/"+run.ID, org, nil, &run)
		if run.Status != StatusFailed || !strings.HasPrefix(run.Error, "Line 2102: A quote") || stored(t, d) != "" {
			t.Fatalf("%+v", run)
		}
		got, err := s.s.Get(i18n.With(t.Context(), i18n.ZH), org, run.ID)
		if err != nil || !strings.HasPrefix(got.Error, "第 2102 行") {
			t.Fatalf("%q %v", got.Error, err)
		}
	})
}

func TestCancel(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		p := s.mustUpload("x.csv", manyOrders(2000))
		start := func() (run Run) {
			s.json("POST", "/imports", org, map[string]any{"upload_id": p.UploadID, "kind": "orders"}, &run)
			return run
		}
		run := start()
		if st := s.json("POST", "/imports/"+run.ID+"/cancel", org, nil, &run); st != 200 || run.Status != StatusCancelled {
			t.Fatalf("%d %+v", st, run)
		}
		if err := s.s.Run(t.Context(), org, run.ID); err != nil || stored(t, d) != "" {
			t.Fatalf("a cancelled import ran: %v", err)
		}
		run = start()
		cancelled := false
		s.s.now = func() time.Time { // each look at the clock finds it a second later: progress is stored every time
			s.clock.Advance(time.Second)
			if got, err := s.s.Get(t.Context(), org, run.ID); err == nil && got.Status == StatusStoring && !cancelled {
				cancelled = true
				s.json("POST", "/imports/"+run.ID+"/cancel", org, nil, nil)
			}
			return s.clock.Now()
		}
		if err := s.s.Run(t.Context(), org, run.ID); err != nil {
			t.Fatal(err)
		}
		s.s.now = s.clock.Now
		s.json("GET", "/imports/"+run.ID, org, nil, &run)
		if n := checkWhole(t, d); run.Status != StatusCancelled || run.Result != nil || n >= 2000 {
			t.Fatalf("%+v with %d orders", run, n)
		}
	})
}

func TestInterruptedRunGoesOn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		p := s.mustUpload("x.csv", manyOrders(2000))
		var run Run
		s.json("POST", "/imports", org, map[string]any{"upload_id": p.UploadID, "kind": "orders"}, &run)
		ctx, stop := context.WithCancel(t.Context())
		stop() // as when the process is told to end
		if err := s.s.Run(ctx, org, run.ID); err == nil {
			t.Fatal("an interrupted run must be tried again")
		}
		if err := s.s.Run(t.Context(), org, run.ID); err != nil {
			t.Fatal(err)
		}
		s.json("GET", "/imports/"+run.ID, org, nil, &run)
		if n := checkWhole(t, d); run.Status != StatusDone || run.Result.Orders != 2000 || n != 2000 {
			t.Fatalf("%+v with %d orders", run, n)
		}
		if err := s.s.Abandon(t.Context(), org, run.ID, errs.Unavailable(i18n.T("数据库忙", "busy"), nil)); err != nil {
			t.Fatal(err)
		}
		if s.json("GET", "/imports/"+run.ID, org, nil, &run); run.Status != StatusDone {
			t.Errorf("a done import was abandoned: %+v", run)
		}
	})
}

func TestCleanRemovesWhatIsOld(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		old, busy := s.mustUpload("old.csv", retailSample), s.mustUpload("busy.csv", retailSample)
		var run Run
		s.json("POST", "/imports", org, map[string]any{"upload_id": busy.UploadID, "kind": "orders"}, &run)
		left, err := s.s.tempDir()
		if err != nil {
			t.Fatal(err)
		}
		rejected := s.s.rejectedPath(org, "imp_old")
		if err := os.WriteFile(rejected, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{left, rejected} { // files keep the machine's time
			if err := os.Chtimes(path, s.clock.Now(), s.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
		if err := s.s.Clean(t.Context()); err != nil || !exists(left) || !exists(rejected) || s.json("GET", "/import-uploads/"+old.UploadID, org, nil, nil) != 200 {
			t.Fatalf("too early: %v", err)
		}
		s.clock.Advance(31 * 24 * time.Hour)
		if err := s.s.Clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		if exists(left) || exists(rejected) || exists(s.s.uploadPath(org, old.UploadID)) || s.json("GET", "/import-uploads/"+old.UploadID, org, nil, nil) != 404 {
			t.Error("old things are still there")
		}
		if !exists(s.s.uploadPath(org, busy.UploadID)) {
			t.Error("an upload that waits to be imported is gone")
		}
	})
}

func TestPreviewInAnotherWay(t *testing.T) {
	s := newSite(t, testkit.Open(t, db.SQLite, schema))
	p := s.mustUpload("x.csv", "会员号;姓名;注册时间\n1;a,b;5/6/2024\n")
	if p.Guess.Kind != Persons || p.Guess.Mapping["name"] != "姓名" || p.Guess.TimeLayout != "" || strings.Join(p.Guess.Ambiguous, " ") != "1/2/2006 2/1/2006" {
		t.Fatalf("%+v", p.Guess)
	}
	if st := s.json("GET", "/import-uploads/"+p.UploadID+"?delimiter=,&kind=orders&encoding=utf-8", org, nil, &p); st != 200 || p.Delimiter != "," || p.Guess.Kind != Orders || p.Encoding != "utf-8" || len(p.Columns) != 1 || p.FileName != "x.csv" {
		t.Fatalf("%d %+v", st, p)
	}
	var presets httpx.List[Preset]
	if s.json("GET", "/imports/presets", org, nil, &presets); len(presets.Items) != 1 || presets.Items[0].RefundPrefix != "C" || presets.Items[0].Title != "UCI Online Retail sample data" {
		t.Fatalf("%+v", presets)
	}
}

func TestUploadIsInTheAPIDescription(t *testing.T) {
	r := httpx.NewRouter(slog.New(slog.DiscardHandler), "test")
	(&Service{}).Routes(r)
	doc, err := r.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(doc, &api); err != nil {
		t.Fatal(err)
	}
	form := api.Paths["/api/v1/imports/uploads"]["post"].RequestBody.Content["multipart/form-data"]
	if !bytes.Contains(form, []byte(`"file"`)) || !bytes.Contains(form, []byte(`"binary"`)) {
		t.Fatalf("multipart/form-data is %s", form)
	}
}
