package pool

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

const (
	trackClients = 16
	trackBatch   = 100
	trackPersons = 20_000
)

// BenchmarkTrackHTTP reports how many events a second 16 clients get recorded
// through POST /events/batch, 100 a call, each call on disk when it is
// answered, and what share that is of writing the same rows straight into
// timeline_event in transactions of 1,000 rows (the raw engine). Events are
// of 20,000 known persons, found by their phone; every fiftieth is of
// somebody new.
//
//	go test ./internal/pool -run xxx -bench TrackHTTP -benchtime 10s
func BenchmarkTrackHTTP(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			f := newFixture(b, testkit.Open(b, engine, schema))
			f.fill(trackPersons)
			server := httptest.NewServer(f.handler())
			defer server.Close()
			client := server.Client()
			client.Transport.(*http.Transport).MaxIdleConnsPerHost = trackClients
			var serial atomic.Int64
			b.ResetTimer()
			began, cpu := time.Now(), cpuTime()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range trackClients {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if err := post(client, server.URL, trackCall(&serial)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			events := float64(b.N * trackBatch)
			rate, cpuRate := events/time.Since(began).Seconds(), events/(cpuTime()-cpu).Seconds()
			b.StopTimer()
			raw := rawRate(b, f, 50_000)
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(cpuRate, "events/cpu-s") // of this process, clients included
			b.ReportMetric(raw, "raw-rows/s")
			b.ReportMetric(100*rate/raw, "%of-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func post(client *http.Client, url string, body []byte) error {
	req, err := http.NewRequest("POST", url+httpx.Prefix+"/events/batch", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Test-Role", "owner")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(res.Body); err != nil {
		return err
	}
	if res.StatusCode != 200 || !bytes.Contains(answer.Bytes(), []byte(`"accepted":100,"duplicates":0,"rejected":[]`)) {
		return fmt.Errorf("%d %s", res.StatusCode, answer.Bytes())
	}
	return nil
}

func trackCall(serial *atomic.Int64) []byte {
	var b bytes.Buffer
	b.WriteString(`{"events":[`)
	for i := range trackBatch {
		n := serial.Add(1)
		who := fmt.Sprintf("138%08d", n*7919%trackPersons)
		if n%50 == 0 {
			who = fmt.Sprintf("139%08d", n)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"kind":"page.viewed","identities":[{"kind":"phone","value":"%s"}],"occurred_at":"2026-03-01T07:%02d:%02dZ","idempotency_key":"k%d","source":"shop","data":{"url":"/products/%d","title":"绿茶 250 g","seconds":%d}}`,
			who, n/60%60, n%60, n, n%500, n%90)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// rawRate is how fast the engine takes the same rows with nothing around it.
func rawRate(b *testing.B, f *fixture, n int) float64 {
	b.Helper()
	const step = 1000
	began := time.Now()
	for from := 0; from < n; from += step {
		err := f.d.Write(f.ctx, org, func(tx *db.Tx) error {
			var id, person, key, data []string
			for i := range step {
				k := from + i
				id, person, key = append(id, fmt.Sprintf("evt_raw%029d", k)), append(person, fmt.Sprintf("per_%032d", k*7919%trackPersons)), append(key, fmt.Sprintf("raw:%d", k))
				data = append(data, fmt.Sprintf(`{"url":"/products/%d","title":"绿茶 250 g","seconds":%d}`, k%500, k%90))
			}
			_, err := tx.BulkInsert(f.ctx, "timeline_event", "", db.Same("org_id", org, step), db.Text("id", id), db.Same("kind", "page.viewed", step), db.Text("person_id", person),
				db.Int("occurred_at", make([]int64, step)), db.Int("recorded_at", make([]int64, step)), db.Text("dedupe_key", key), db.Same("source", "raw", step), db.Text("data", data))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}
