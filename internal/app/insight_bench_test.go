package app

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// benchPersons is FISHPOND_BENCH_PERSONS, or else usual.
func benchPersons(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_PERSONS")); err == nil {
		return n
	}
	return usual
}

// gauge loops once, and tells beside the time the processor's, which a busy machine
// does not stretch (PostgreSQL's own is not in it), and the most memory in use beyond
// what was in use before.
func gauge(b *testing.B, once func()) {
	b.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	idle, peak := m.HeapInuse, m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	for b.Loop() {
		once()
	}
	after := spent()
	close(stop)
	<-done
	b.ReportMetric(float64((after-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(peak-idle)/(1<<20), "MB-peak")
}
