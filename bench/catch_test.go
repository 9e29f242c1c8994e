package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/simulator"
	"fishpond/internal/simulator/envelope"
	"fishpond/internal/simulator/wecom"
)

const (
	catchCorp  = "ww5823bf96d3bd56c7"
	catchToken = "QDG6eK"
	catchKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	catchRate  = 500 // callbacks a second
)

// sea is a server with a brand whose corp is on a simulator, all in this process.
type sea struct {
	*app.App
	ctx     context.Context // of the brand
	org     string
	corp    *wecom.Corp
	account string
	url     string // of the server
}

func newSea(b *testing.B, engine db.Engine, members int, contacts int64) *sea {
	b.Helper()
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	platform := httptest.NewServer(sim)
	corp, err := sim.MakeCorp(catchCorp, "Bench", "main")
	if err != nil {
		b.Fatal(err)
	}
	var users []wecom.User
	var ids []string
	for i := range members {
		ids = append(ids, fmt.Sprint("u", i))
		users = append(users, wecom.User{ID: ids[i], Name: fmt.Sprint("Member ", i)})
	}
	if err := corp.AddUsers(users); err != nil {
		b.Fatal(err)
	}
	if err := corp.AddBulk(wecom.Bulk{Count: contacts, Users: ids, Seed: 1, Unionid: true}); err != nil {
		b.Fatal(err)
	}
	address := testkit.URL(b, engine, testkit.Schema{Name: "bench", Migrate: app.Migrate})
	a, err := app.Open(b.Context(), app.Config{Data: b.TempDir(), Database: secret.Redacted(address), LogFormat: "text", LogLevel: slog.LevelError},
		app.ServeConfig{Platforms: []string{platform.URL}}, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	ours := httptest.NewServer(a.Handler())
	b.Cleanup(func() { ours.Close(); _ = a.Close(); platform.Close(); _ = sim.Close() })
	o, _, err := a.Org.CreateOrg(b.Context(), org.NewOrg{Name: "Bench", TimeZone: "Asia/Shanghai", Currency: "CNY"})
	if err != nil {
		b.Fatal(err)
	}
	s := &sea{App: a, ctx: access.With(b.Context(), access.ForSystem(o.ID, "bench")), org: o.ID, corp: corp, url: ours.URL}
	apps := corp.Summary().Apps
	i := slices.IndexFunc(apps, func(x wecom.App) bool { return x.Kind == wecom.KindCustomers })
	acc, err := a.Carrier.Connect(s.ctx, carrier.NewAccount{Kind: carrier.KindWecom, Name: "Bench", Values: map[string]string{
		"corp_id": catchCorp, "secret": apps[i].Secret, "callback_token": catchToken, "callback_key": catchKey, "base_url": platform.URL}})
	if err != nil {
		b.Fatal(err)
	}
	s.account = acc.ID
	return s
}

// BenchmarkCallbacksAccepted brings 500 callbacks a second, each of another
// customer who has become a friend, while they are worked off: the platform is
// asked who each is, and the person, the contact and the arrival are stored.
// Times are from when a callback was due until its answer. N is seconds:
//
//	go test ./bench -run '^$' -bench CallbacksAccepted -benchtime 20x
func BenchmarkCallbacksAccepted(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			total := catchRate * b.N
			s := newSea(b, engine, 10, int64(total))
			var friends []wecom.Friendship
			for i := range 10 {
				friends = append(friends, s.corp.FriendsOf(fmt.Sprint("u", i), total)...)
			}
			if len(friends) != total {
				b.Fatalf("%d friends", len(friends))
			}
			seal, err := envelope.New(catchToken, catchKey, catchCorp)
			if err != nil {
				b.Fatal(err)
			}
			work, stop := context.WithCancel(s.ctx)
			var running sync.WaitGroup
			running.Go(func() { s.Runner.Run(work) })
			running.Go(func() { s.Carrier.Run(work) })
			defer func() { stop(); running.Wait() }()

			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second}
			took := make([]time.Duration, total)
			var calls sync.WaitGroup
			b.ResetTimer()
			began := time.Now()
			for i := range total {
				due := began.Add(time.Duration(i) * time.Second / catchRate)
				time.Sleep(time.Until(due))
				calls.Go(func() {
					if err := s.tell(b.Context(), client, seal, friends[i]); err != nil {
						b.Error(err)
					}
					took[i] = time.Since(due)
				})
			}
			calls.Wait()
			sent := time.Since(began)
			for s.count(b, "SELECT count(*) FROM carrier_callback WHERE org_id = ? AND status = 'stored'") > 0 {
				time.Sleep(20 * time.Millisecond)
			}
			worked := time.Since(began)
			b.StopTimer()
			if n := s.count(b, "SELECT count(*) FROM carrier_contact WHERE org_id = ?"); n != int64(total) {
				b.Fatalf("%d contacts of %d", n, total)
			}
			slices.Sort(took)
			b.ReportMetric(float64(total)/sent.Seconds(), "accepted/s")
			b.ReportMetric(float64(total)/worked.Seconds(), "worked/s")
			b.ReportMetric(float64(took[total/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[total*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(took[total-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// tell brings one callback as the platform does.
func (s *sea) tell(ctx context.Context, client *http.Client, seal *envelope.Seal, f wecom.Friendship) error {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	plain := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>%s</CreateTime><MsgType><![CDATA[event]]></MsgType>"+
		"<Event><![CDATA[change_external_contact]]></Event><ChangeType><![CDATA[add_external_contact]]></ChangeType><UserID><![CDATA[%s]]></UserID><ExternalUserID><![CDATA[%s]]></ExternalUserID></xml>",
		catchCorp, at, f.User, f.External)
	sealed, err := seal.Encrypt([]byte(plain))
	if err != nil {
		return err
	}
	url := s.url + "/callbacks/" + s.account + "?msg_signature=" + seal.Signature(at, "n0nce", sealed) + "&timestamp=" + at + "&nonce=n0nce"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("<xml><ToUserName><![CDATA["+catchCorp+"]]></ToUserName><Encrypt><![CDATA["+sealed+"]]></Encrypt></xml>"))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || string(body) != "success") {
		err = fmt.Errorf("%d %s", resp.StatusCode, body)
	}
	return err
}

func (s *sea) count(b *testing.B, query string) (n int64) {
	b.Helper()
	if err := s.DB.Read(s.ctx, s.org, func(tx *db.Tx) error { return tx.QueryRow(s.ctx, query, s.org).Scan(&n) }); err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkFullSync pulls all contacts of a corp with 100 members for the
// first time. N is tens of thousands of contacts: a million are
//
//	go test ./bench -run '^$' -bench FullSync -benchtime 100x -timeout 60m
//
// heap-MB is the largest heap of the process, the simulator included.
func BenchmarkFullSync(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			contacts := int64(b.N) * 10_000
			s := newSea(b, engine, 100, contacts)
			runtime.GC()
			stop, peak := watchHeap()
			b.ResetTimer()
			run, err := s.Carrier.StartSync(s.ctx, s.account)
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			if err := s.Carrier.Sync(s.ctx, s.org, run.ID); err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			b.StopTimer()
			stop()
			if n := s.count(b, "SELECT count(*) FROM carrier_contact WHERE org_id = ? AND status = 'friend'"); n != contacts {
				b.Fatalf("%d contacts of %d", n, contacts)
			}
			var busiest int64
			if err := s.DB.Read(s.ctx, s.org, func(tx *db.Tx) error {
				return tx.Each(s.ctx, func(rows *sql.Rows) error { return rows.Scan(&busiest) },
					"SELECT COALESCE(MAX(calls), 0) FROM carrier_call WHERE org_id = ?", s.org)
			}); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(took.Seconds(), "s")
			b.ReportMetric(float64(contacts)/took.Seconds(), "contacts/s")
			b.ReportMetric(float64(busiest), "calls/min-max")
			b.ReportMetric(float64(*peak)/(1<<20), "heap-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// watchHeap follows the heap until stop is called.
func watchHeap() (stop func(), peak *uint64) {
	peak = new(uint64)
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			*peak = max(*peak, m.HeapInuse)
			select {
			case <-ended:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(ended); <-done }, peak
}
