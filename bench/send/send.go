// Package send measures the outbox: a plan of mails that passes the gate and
// leaves over SMTP, to a server that takes all mail, in a process of its own.
package send

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
	"fishpond/internal/timeline"
)

// Options of a run.
type Options struct {
	Recipients int
	Engine     string   // sqlite or postgres
	Postgres   string   // address of an empty database; with engine postgres
	Dir        string   // for files, removed afterwards; empty: the system's
	Sink       []string // command and arguments that run the mail server: it prints a [Hello] line and ends with its input
	Profile    string   // a file for where the processor time of sending went (pprof); empty: none
	JSON       bool
}

// Hello is what the mail server says first, and its counts last.
type Hello struct {
	Addr  string `json:"addr,omitempty"`
	Root  string `json:"root,omitempty"` // PEM
	Mails int64  `json:"mails,omitempty"`
	Bytes int64  `json:"bytes,omitempty"`
}

// Result is what is printed.
type Result struct {
	Engine        string  `json:"engine"`
	Recipients    int     `json:"recipients"` // mails that left
	HeldOut       int64   `json:"held_out"`   // people on record who got none, besides
	Sent          int64   `json:"sent"`
	Arrived       int64   `json:"arrived"` // as the mail server counts
	MailBytes     int64   `json:"mail_bytes"`
	PlanSeconds   float64 `json:"plan_seconds"` // to store plan and messages
	Seconds       float64 `json:"seconds"`
	PerSecond     float64 `json:"per_second"`
	CPUMicros     float64 `json:"cpu_us_per_message"`      // of this process, while sending
	SinkCPUMicros float64 `json:"sink_cpu_us_per_message"` // of the mail server
	PeakMB        float64 `json:"peak_mb"`                 // of this process, while planning and sending
	Processors    int     `json:"processors"`
}

const origin = "bench"

// Run measures and prints.
func Run(ctx context.Context, o Options, out, log io.Writer) error {
	dir, err := os.MkdirTemp(o.Dir, "fishpond-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sink, err := startSink(ctx, o.Sink, log)
	if err != nil {
		return err
	}
	defer sink.stop() //nolint:errcheck // its counts were asked for already
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(sink.Root)) {
		return errors.New("the mail server has no certificate")
	}
	c := app.Config{Data: filepath.Join(dir, "data"), LogFormat: "text", LogLevel: slog.LevelWarn}
	if o.Engine == string(db.Postgres) {
		c.Database = secret.Redacted(o.Postgres)
	}
	a, err := app.Open(ctx, c, app.ServeConfig{MailRoots: roots, Platforms: []string{"smtp://" + sink.Addr}}, log)
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := measure(ctx, a, o, sink)
	if err != nil {
		return err
	}
	return print(out, r, o.JSON)
}

func measure(ctx context.Context, a *app.App, o Options, sink *sink) (Result, error) {
	r := Result{Engine: string(a.DB.Engine()), Recipients: o.Recipients, Processors: runtime.GOMAXPROCS(0)}
	brand, _, err := a.Org.CreateOrg(ctx, org.NewOrg{Name: "Bench", TimeZone: "UTC", Currency: "EUR", Locale: "en", Synthetic: true, OwnerName: "Ann", OwnerEmail: "ann@bench.example", OwnerPassword: "correct horse battery"})
	if err != nil {
		return r, err
	}
	ctx = access.With(ctx, access.ForSystem(brand.ID, "bench"))
	account, err := a.Carrier.Connect(ctx, carrier.NewAccount{Kind: carrier.KindEmail, Name: "Mail", Values: map[string]string{"from": "shop@pond.example", "from_name": "Pond", "server": sink.Addr, "user": "u", "password": "p", "bounce_domain": "bounce.pond.example"}})
	if err != nil {
		return r, err
	}
	// The gate as it is by default, but that there is no night in a measurement.
	set := reach.DefaultSettings()
	now := time.Now().UTC()
	set.Quiet.From, set.Quiet.To = now.Add(11*time.Hour).Format("15:04"), now.Add(13*time.Hour).Format("15:04")
	if _, err := a.Reach.PutSettings(ctx, set); err != nil {
		return r, err
	}
	a.Reach.SetContents(origin, newLetter())
	if err := consents(ctx, a, brand.ID, o.Recipients); err != nil {
		return r, err
	}
	forgetPeak() // signing a password up takes 64 MB, which is not what is measured
	began := time.Now()
	if r.HeldOut, err = plan(ctx, a, brand.ID, account.ID, o.Recipients); err != nil {
		return r, err
	}
	r.PlanSeconds = time.Since(began).Seconds()

	if o.Profile != "" {
		f, err := os.Create(o.Profile)
		if err != nil {
			return r, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return r, err
		}
		defer pprof.StopCPUProfile()
	}
	work, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	before := cpu(syscall.RUSAGE_SELF)
	began = time.Now()
	go func() { defer close(ended); a.Reach.Run(work) }()
	if err := a.DB.Write(ctx, brand.ID, func(tx *db.Tx) error { return a.Reach.Start(ctx, tx, brand.ID, planID) }); err != nil {
		stop()
		<-ended
		return r, err
	}
	for {
		p, err := a.Reach.PlanProgress(ctx, planID)
		if err != nil || p.Status == reach.PlanDone || ctx.Err() != nil {
			r.Seconds, r.Sent = time.Since(began).Seconds(), p.Sent
			r.CPUMicros = float64((cpu(syscall.RUSAGE_SELF) - before).Microseconds()) / float64(o.Recipients)
			stop()
			<-ended
			if err = errors.Join(err, ctx.Err()); err != nil {
				return r, err
			}
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.PerSecond = float64(r.Sent) / r.Seconds
	r.PeakMB = peak()
	if o.Profile != "" {
		status, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "Vm") || strings.HasPrefix(line, "Rss") {
				fmt.Fprint(os.Stderr, line)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(os.Stderr, "heap in use %d MB, idle %d MB, released %d MB, stacks %d MB, other %d MB; allocated %.1f kB a message, %d collections\n", m.HeapInuse>>20, m.HeapIdle>>20, m.HeapReleased>>20, m.StackInuse>>20,
			(m.MSpanSys+m.MCacheSys+m.BuckHashSys+m.GCSys+m.OtherSys)>>20, float64(m.TotalAlloc)/1024/float64(o.Recipients), m.NumGC)
		if f, err := os.Create(o.Profile + ".allocs"); err == nil {
			_ = pprof.Lookup("allocs").WriteTo(f, 0)
			_ = f.Close()
		}
	}
	counts, used, err := sink.end()
	r.Arrived, r.MailBytes = counts.Mails, counts.Bytes
	r.SinkCPUMicros = float64(used.Microseconds()) / float64(o.Recipients)
	if err == nil && (r.Sent != int64(o.Recipients) || r.Arrived != r.Sent) {
		err = fmt.Errorf("%d were to be sent, %d are said to be, %d arrived", o.Recipients, r.Sent, r.Arrived)
	}
	return r, err
}

const planID = "pln_bench"

func personID(i int) string { return fmt.Sprintf("per_%032x", i) }

// consents has everybody agree to marketing.
func consents(ctx context.Context, a *app.App, orgID string, n int) error {
	const chunk = 2000
	follow := a.Reach.Subscribers()[0].Handle
	for from := 0; from < n; from += chunk {
		events := make([]timeline.Event, min(chunk, n-from))
		for i := range events {
			events[i] = timeline.Event{ID: "e", Kind: poolevent.ConsentGranted, PersonID: personID(from + i), OccurredAt: time.Now(), Data: json.RawMessage(`{"purpose":"marketing"}`)}
		}
		if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error { return follow(ctx, tx, orgID, events) }); err != nil {
			return err
		}
	}
	return nil
}

// plan stores the plan: n people who get a mail and, of a stable hash, one in
// twenty besides who is left out.
func plan(ctx context.Context, a *app.App, orgID, accountID string, n int) (heldOut int64, err error) {
	if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
		return a.Reach.CreatePlan(ctx, tx, reach.Plan{ID: planID, OrgID: orgID, Origin: origin, OriginID: "b", Purpose: gate.Marketing, Title: "Bench"})
	}); err != nil {
		return 0, err
	}
	const chunk = 1000
	for i, planned := 0, 0; planned < n; {
		var r []reach.Recipient
		for len(r) < chunk && planned < n {
			id := personID(planned)
			one := reach.Recipient{PersonID: id, Addresses: []reach.Address{{AccountID: accountID, Carrier: carrier.KindEmail, To: fmt.Sprintf("person%d@example.com", planned)}}, Data: json.RawMessage(fmt.Sprintf(`{"name":"Person %d","seq":%d}`, planned, planned))}
			if out := fnv.New32a(); i%2 == 0 {
				_, _ = out.Write([]byte(id))
				if out.Sum32()%10 == 0 {
					one.PersonID, one.Variant = "per_out"+id[7:], reach.Holdout
					heldOut++
				}
			}
			if i++; one.Variant == "" {
				planned++
			} else {
				one.Data = nil
			}
			r = append(r, one)
		}
		if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error { return a.Reach.Add(ctx, tx, orgID, planID, r) }); err != nil {
			return heldOut, err
		}
	}
	return heldOut, nil
}

// letter makes mails of about 4.7 kB on the line, as the peer's measurement has.
type letter struct{ text, html []string } // what stands before, between and after the name

func newLetter() *letter {
	para := `<p style="margin:0 0 16px;font-family:sans-serif;color:#334155">The new tea is in: picked in April above the clouds, dried in the shade, and packed by the people who grew it. Come and have a cup.</p>` + "\n"
	html := "<!doctype html>\n<html><body>\n<h1>Dear {name},</h1>\n" + strings.Repeat(para, 17) + "<p><a href=\"https://pond.example/l/{name}\">See it</a></p>\n</body></html>\n"
	text := "Dear {name},\n\n" + strings.Repeat("The new tea is in: picked in April above the clouds, dried in the shade.\n", 5) + "\nhttps://pond.example/l\n"
	return &letter{strings.Split(text, "{name}"), strings.Split(html, "{name}")}
}

// Render implements reach.Contents.
func (l *letter) Render(_ context.Context, _ string, p reach.Plan, all []reach.Recipient) []reach.Rendered {
	out := make([]reach.Rendered, len(all))
	for i, r := range all {
		var d struct{ Name string }
		if err := json.Unmarshal(r.Data, &d); err != nil {
			out[i].Err = err
			continue
		}
		out[i] = reach.Rendered{Subject: "Tea for " + d.Name, Text: strings.Join(l.text, d.Name), HTML: strings.Join(l.html, d.Name), Headers: unsubscribe}
	}
	_ = p
	return out
}

var unsubscribe = map[string]string{"List-Unsubscribe": "<https://pond.example/u/1>"}

// sink is the mail server's process.
type sink struct {
	Hello
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startSink(ctx context.Context, command []string, log io.Writer) (*sink, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // our own program
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &sink{cmd: cmd, in: in, out: bufio.NewScanner(out)}
	if !s.out.Scan() {
		return nil, errors.Join(errors.New("the mail server did not start"), s.stop())
	}
	return s, json.Unmarshal(s.out.Bytes(), &s.Hello)
}

// end stops the mail server and returns its counts and processor time.
func (s *sink) end() (counts Hello, used time.Duration, err error) {
	_ = s.in.Close()
	if s.out.Scan() {
		err = json.Unmarshal(s.out.Bytes(), &counts)
	}
	err = errors.Join(err, s.cmd.Wait())
	return counts, s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime(), err
}

func (s *sink) stop() error {
	_ = s.in.Close()
	return s.cmd.Wait()
}

func cpu(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forgetPeak lets the peak of this process's memory begin anew.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // where there is none, the whole process is told
}

// peak is the most memory that this process held, in MB.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Maxrss) / 1024
}

func print(out io.Writer, r Result, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	_, err := fmt.Fprintf(out, "%s: %d mails in %.1f s, %.0f a second, %.0f µs of processor time each (the mail server %.0f µs), %.0f MB at most; %d people held out; planned in %.1f s\n",
		r.Engine, r.Sent, r.Seconds, r.PerSecond, r.CPUMicros, r.SinkCPUMicros, r.PeakMB, r.HeldOut, r.PlanSeconds)
	return err
}
