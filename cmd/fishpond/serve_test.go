package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// server is a real process that serves.
type server struct {
	cmd    *exec.Cmd
	ready  ready
	stderr *bytes.Buffer
	client *http.Client
}

func (p place) serve(t *testing.T) *server { return p.start(t, "serve") }

// start runs a command that serves until it says that it is ready.
func (p place) start(t *testing.T, command ...string) *server {
	t.Helper()
	args := append(command, "--data", p.dir, "--listen", cmp.Or(p.listen, "127.0.0.1:0"))
	args = append(args, p.flags...)
	if p.database != "" {
		args = append(args, "--database", p.database)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: program(t, args...), stderr: &bytes.Buffer{}, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.ready)
	}
	if err != nil || !s.ready.Ready {
		t.Fatalf("server said %q (%v)\n%s", line, err, s.stderr)
	}
	return s
}

// stop asks for an orderly end.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the server did not stop in order: %v\n%s", err, s.stderr)
	}
}

func (s *server) call(t *testing.T, method, path, contentType string, body io.Reader, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.ready.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, s.stderr)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && resp.StatusCode/100 == 2 {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	} else if resp.StatusCode >= 400 {
		t.Logf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	return resp.StatusCode
}

func (s *server) json(t *testing.T, method, path, body string, out any) int {
	t.Helper()
	return s.call(t, method, "/api/v1"+path, "application/json", strings.NewReader(body), out)
}

// A new installation, from the printed link over an uploaded file to people
// with stages; the server is killed while the import runs and takes it up
// again by itself.
func TestFromTheFirstLinkToAPool(t *testing.T) {
	file := orders(t, 2500)
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			direct := newPlace(t, e)
			want := direct.runImport(t, file)

			p := newPlace(t, e)
			s := p.serve(t)
			link, err := url.Parse(s.ready.SetupURL)
			if err != nil || link.Query().Get("token") == "" {
				t.Fatalf("no link: %+v", s.ready)
			}
			setup := fmt.Sprintf(`{"token":%q,"org_name":"Shop","name":"Ann","email":"ann@shop.example","password":"correct horse battery","time_zone":"Europe/London","currency":"GBP","locale":"en"}`, link.Query().Get("token"))
			if st := s.json(t, "POST", "/setup", setup, nil); st != 200 && st != 201 {
				t.Fatalf("set-up: %d", st)
			}
			if st := s.json(t, "POST", "/setup", setup, nil); st/100 == 2 {
				t.Fatal("the link worked twice")
			}
			id := s.startImport(t, file)
			s.waitImport(t, id, func(r importRun) bool { return r.Status != "queued" })
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()

			s2 := p.serve(t)
			if s2.ready.SetupURL != "" {
				t.Error("a link is offered although there is an owner")
			}
			if st := s2.json(t, "POST", "/auth/sign-in", `{"email":"ann@shop.example","password":"correct horse battery"}`, nil); st != 200 {
				t.Fatalf("sign-in: %d", st)
			}
			run := s2.waitImport(t, id, func(r importRun) bool { return r.Status == "done" || r.Status == "failed" })
			if run.Status != "done" || run.Result.Orders != want.Orders || run.Result.GMVMinor != want.GMVMinor || run.Result.RowsRejected != want.RowsRejected {
				t.Fatalf("%+v, want %+v", run, want)
			}
			s2.waitSettled(t)
			var people struct{ Total int64 }
			s2.json(t, "GET", "/persons", "", &people)
			if people.Total != want.Persons {
				t.Errorf("%d people, want %d", people.Total, want.Persons)
			}
			if st := s2.call(t, "GET", "/readyz", "", nil, nil); st != 200 {
				t.Errorf("readyz: %d", st)
			}
			s2.stop(t)
			if got, want := orderLines(p.digest(t)), orderLines(direct.digest(t)); got != want {
				t.Errorf("left behind:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// orderLines keeps what does not depend on when thresholds were learned.
func orderLines(digest string) string { return strings.SplitN(digest, "\n2 people", 2)[0] }

type importRun struct {
	ID, Status string
	Error      string
	Result     struct {
		Orders       int64
		GMVMinor     int64 `json:"gmv_minor"`
		RowsRejected int64 `json:"rows_rejected"`
	}
}

func (s *server) startImport(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "../../orders.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var up struct {
		UploadID string `json:"upload_id"`
		Guess    struct{ Preset string }
	}
	if st := s.call(t, "POST", "/api/v1/imports/uploads", w.FormDataContentType(), &form, &up); st != 201 || up.Guess.Preset != "online-retail" {
		t.Fatalf("upload: %d %+v", st, up)
	}
	var run importRun
	if st := s.json(t, "POST", "/imports", fmt.Sprintf(`{"upload_id":%q,"kind":"orders","preset":"online-retail"}`, up.UploadID), &run); st != 201 {
		t.Fatalf("import: %d", st)
	}
	return run.ID
}

func (s *server) waitImport(t *testing.T, id string, until func(importRun) bool) importRun {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(30 * time.Millisecond) { // polling another process
		var run importRun
		if st := s.json(t, "GET", "/imports/"+id, "", &run); st != 200 {
			t.Fatalf("import: %d", st)
		}
		if until(run) {
			return run
		}
		if time.Now().After(deadline) {
			t.Fatalf("the import stays %+v\n%s", run, s.stderr)
		}
	}
}

func (s *server) waitSettled(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(30 * time.Millisecond) { // polling another process
		var health struct {
			Subscribers []struct {
				Name string
				Lag  int64
			}
		}
		s.json(t, "GET", "/system/health", "", &health)
		behind := int64(0)
		for _, sub := range health.Subscribers {
			behind += sub.Lag
		}
		if len(health.Subscribers) > 0 && behind == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("subscribers stay behind: %+v", health)
		}
	}
}

// A backup that is taken while the server writes is whole, and a restore
// brings back what was there then.
func TestBackupAndRestoreOfARunningServer(t *testing.T) {
	p := newPlace(t, db.SQLite)
	p.runImport(t, orders(t, 300))
	want := p.digest(t)
	s := p.serve(t)
	copied := t.TempDir() + "/copy.db"
	if out, err := program(t, "backup", copied, "--data", p.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.stop(t)
	if out, err := program(t, "restore", copied, "--data", p.dir).CombinedOutput(); err == nil {
		t.Fatalf("replaced a database without being asked to: %s", out)
	}
	elsewhere := place{dir: t.TempDir()}
	if out, err := program(t, "restore", copied, "--data", elsewhere.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := elsewhere.digest(t); got != want {
		t.Errorf("restored:\n%s\nwant:\n%s", got, want)
	}
}
