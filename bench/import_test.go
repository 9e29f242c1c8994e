package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
	"testing"
	"time"
)

// BenchmarkImport imports an order file end to end with the real binary
// (parse, resolve, store, stage) and, in turn, loads the same CSV with
// sqlite3's own .import, which does no more than split lines and insert them.
// It reports the ratio of the medians and the peak memory.
//
// FISHPOND_RETAIL_CSV names the UCI Online Retail file (plain CSV); without
// it a synthetic file of the same size and shape is used.
func BenchmarkImport(b *testing.B) {
	sqlite3, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Skip("the sqlite3 command is the peer of this benchmark; install it to compare")
	}
	bin := os.Getenv("FISHPOND_BIN") // make bench sets it
	if bin == "" {
		bin = filepath.Join(b.TempDir(), "fishpond")
		if out, err := exec.Command("go", "build", "-o", bin, "fishpond/cmd/fishpond").CombinedOutput(); err != nil {
			b.Fatalf("build: %v\n%s", err, out)
		}
	}
	file := os.Getenv("FISHPOND_RETAIL_CSV")
	if file == "" {
		file = filepath.Join(b.TempDir(), "orders.csv")
		if err := writeRetail(file, 541_909); err != nil {
			b.Fatal(err)
		}
	}
	var ours, peer []float64
	var peak int64
	for b.Loop() {
		dir := b.TempDir()
		cmd := exec.Command(bin, "import", "orders", file, "--data", dir, "--org", "Bench", "--preset", "online-retail", "--rejected", filepath.Join(dir, "rejected.csv"), "--json")
		var out, progress bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &progress
		began := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatalf("import: %v\n%s", err, progress.Bytes())
		}
		ours = append(ours, time.Since(began).Seconds())
		peak = max(peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss/1024)
		var result struct{ Rows, Orders int64 }
		if err := json.Unmarshal(out.Bytes(), &result); err != nil || result.Rows == 0 || result.Orders == 0 {
			b.Fatalf("import printed %s (%v)", out.Bytes(), err)
		}

		began = time.Now()
		load := exec.Command(sqlite3, filepath.Join(dir, "peer.db"), ".mode csv", ".import "+file+" lines")
		if out, err := load.CombinedOutput(); err != nil {
			b.Fatalf("sqlite3: %v\n%s", err, out)
		}
		peer = append(peer, time.Since(began).Seconds())
	}
	b.ReportMetric(median(ours), "import-s")
	b.ReportMetric(median(peer), "sqlite3-s")
	b.ReportMetric(median(ours)/median(peer), "ratio")
	b.ReportMetric(float64(peak), "peak-MB")
}

func median(v []float64) float64 {
	sort.Float64s(v)
	return v[len(v)/2]
}

// writeRetail writes a file in the shape of the Online Retail data: 24 lines
// an invoice, a quarter without customer, one invoice in six a cancellation.
func writeRetail(path string, lines int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var w bytes.Buffer
	w.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
	for line, invoice := 0, 536365; line < lines; invoice++ {
		at = at.Add(20 * time.Minute)
		prefix, sign, customer := "", 1, fmt.Sprintf("%d.0", 12346+r.IntN(4372))
		if r.IntN(6) == 0 {
			prefix, sign = "C", -1
		}
		if r.IntN(4) == 0 {
			customer = ""
		}
		for range 1 + r.IntN(47) {
			sku := 20000 + r.IntN(4000)
			fmt.Fprintf(&w, "%s%d,%d,SOMETHING NICE FOR THE HOME %d,%d,%s,%d.%02d,%s,United Kingdom\n",
				prefix, invoice, sku, sku, sign*(1+r.IntN(12)), at.Format(time.DateTime), r.IntN(12), 1+r.IntN(99), customer)
			if line++; line == lines {
				break
			}
		}
		if w.Len() > 1<<20 {
			if _, err := io.Copy(f, &w); err != nil {
				return err
			}
		}
	}
	_, err = io.Copy(f, &w)
	return err
}
