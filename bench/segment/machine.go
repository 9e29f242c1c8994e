package segment

import (
	"context"
	"os"
	"runtime"
	"strings"
)

// machine is where figures come from.
type machine struct {
	CPU      string `json:"cpu"`
	CPUs     int    `json:"cpus"`
	MemoryMB int64  `json:"memory_mb"`
	Go       string `json:"go"`
	Postgres string `json:"postgres,omitempty"`
	SQLite   string `json:"sqlite,omitempty"`
	Load     string `json:"load"` // averages over 1, 5 and 15 minutes at the end
}

func thisMachine(_ context.Context, stores []*store) machine {
	m := machine{CPU: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()}
	if name := field("/proc/cpuinfo", "model name"); name != "" {
		m.CPU = name
	}
	var kb int64
	for _, c := range strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB") {
		kb = kb*10 + int64(c-'0')
	}
	m.MemoryMB = kb / 1024
	for _, s := range stores {
		if s.name == "sqlite" {
			m.SQLite = s.version
		} else {
			m.Postgres = s.version
		}
	}
	return m
}

// field is a line of a file of "name: value"; empty when it cannot be read.
func field(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
