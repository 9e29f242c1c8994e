package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/simulator/delivery"
	"fishpond/internal/simulator/fault"
	"fishpond/internal/simulator/officialaccount"
	"fishpond/internal/simulator/people"
	"fishpond/internal/simulator/wecom"
)

// Options are how a simulator is made. The zero value is a simulator in memory with
// the platform's limits.
type Options struct {
	Clock clock.Clock  // nil: the machine's
	Log   *slog.Logger // nil: silent
	// BaseURL is where browsers and clients reach the simulator; "" takes the address
	// under which each request came.
	BaseURL string
	// File keeps everything over a restart, as JSON; "" keeps it in memory only.
	File string
	// RetryAfter is the pause before a callback is sent again; 0 sends it at once.
	RetryAfter time.Duration
	Limits     wecom.Limits
}

// Server is a simulator. It is an http.Handler; Close it when done.
type Server struct {
	log     *slog.Logger
	file    string
	clock   clock.Clock
	ahead   atomic.Int64 // nanoseconds by which time was moved
	people  *people.Registry
	faults  *fault.Set
	out     *delivery.Dispatcher
	wecom   *wecom.World
	oa      *officialaccount.World
	handler http.Handler
	changed atomic.Bool
	stop    context.CancelFunc
	wg      sync.WaitGroup
	saving  sync.Mutex
}

// saveEvery is how often a changed state is written to the file.
const saveEvery = 2 * time.Second

// New makes a simulator and reads its file, when it has one.
func New(o Options) (*Server, error) {
	s := &Server{log: o.Log, file: o.File, clock: o.Clock, people: people.NewRegistry(), faults: fault.NewSet()}
	if s.clock == nil {
		s.clock = clock.System
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.out = delivery.New(s.now, s.faults, o.RetryAfter)
	base := strings.TrimSuffix(o.BaseURL, "/")
	s.wecom = wecom.NewWorld(wecom.Options{Clock: s.now, People: s.people, Dispatcher: s.out, Faults: s.faults, Limits: o.Limits, BaseURL: base})
	s.oa = officialaccount.NewWorld(officialaccount.Options{Clock: s.now, People: s.people, Dispatcher: s.out, Faults: s.faults, BaseURL: base})
	s.routes()
	if err := s.load(); err != nil {
		s.out.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if s.file != "" {
		s.wg.Go(func() { s.keep(ctx) })
	}
	return s, nil
}

// Close stops sending callbacks and writes the file.
func (s *Server) Close() error {
	s.stop()
	s.wg.Wait()
	s.out.Close()
	return s.save()
}

// now is the simulator's time: the clock, and what it was moved ahead.
func (s *Server) now() time.Time { return s.clock().Add(time.Duration(s.ahead.Load())) }

// Advance moves the simulator's time ahead and lets happen what is due by then.
func (s *Server) Advance(d time.Duration) {
	s.ahead.Add(int64(d))
	s.out.Wake()
}

// WeCom is the WeCom half, for tests in the same process.
func (s *Server) WeCom() *wecom.World { return s.wecom }

// OfficialAccounts is the other half, for tests in the same process.
func (s *Server) OfficialAccounts() *officialaccount.World { return s.oa }

// People are the humans.
func (s *Server) People() *people.Registry { return s.people }

// Faults are the standing faults.
func (s *Server) Faults() *fault.Set { return s.faults }

// Callbacks is what sends callbacks, with their record.
func (s *Server) Callbacks() *delivery.Dispatcher { return s.out }

// ServeHTTP answers the platforms' APIs, the control API and the pages.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A token or a sign-in changes something too, though it is a GET.
	if r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, "/cgi-bin/") || strings.HasPrefix(r.URL.Path, "/sns/") {
		defer s.changed.Store(true)
	}
	s.handler.ServeHTTP(w, r)
}

// Serve answers on a listener until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("simulator: %w", err)
	case <-ctx.Done():
	}
	// Clients keep connections open; they get a moment to finish what they asked.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		_ = server.Close()
	}
	<-failed
	return nil
}

func (s *Server) routes() {
	mux := http.NewServeMux()
	mux.HandleFunc("/cgi-bin/", func(w http.ResponseWriter, r *http.Request) {
		if s.oa.Knows(r) {
			s.oa.ServeHTTP(w, r)
			return
		}
		s.wecom.ServeHTTP(w, r)
	})
	mux.Handle("/sns/", s.oa)
	mux.Handle("/wxa/", s.oa)
	s.control(mux)
	s.codes(mux)
	s.pages(mux)
	// A page elsewhere must not play with the simulator behind its user's back.
	s.handler = http.NewCrossOriginProtection().Handler(mux)
}

// snapshot is the file.
type snapshot struct {
	Version  int                    `json:"version"`
	Ahead    int64                  `json:"ahead"` // by which time was moved, in nanoseconds
	People   *people.Registry       `json:"people"`
	WeCom    *wecom.World           `json:"wecom"`
	Accounts *officialaccount.World `json:"accounts"`
}

func (s *Server) load() error {
	if s.file == "" {
		return nil
	}
	data, err := os.ReadFile(s.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	kept := snapshot{People: s.people, WeCom: s.wecom, Accounts: s.oa}
	if err := json.Unmarshal(data, &kept); err != nil {
		return fmt.Errorf("simulator: %s is not a simulator's file: %w", s.file, err)
	}
	s.ahead.Store(kept.Ahead)
	return nil
}

// keep writes the file from time to time until ctx ends.
func (s *Server) keep(ctx context.Context) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !s.changed.Swap(false) {
			continue
		}
		began := s.clock()
		if err := s.save(); err != nil {
			s.log.Error("simulator: save", "error", err)
		}
		// A large world takes long to write; it is not to do nothing else.
		ticker.Reset(max(saveEvery, 20*s.clock().Sub(began)))
	}
}

// save writes the file as a whole beside the old one and puts it in its place.
func (s *Server) save() error {
	if s.file == "" {
		return nil
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	data, err := json.Marshal(snapshot{Version: 1, Ahead: s.ahead.Load(), People: s.people, WeCom: s.wecom, Accounts: s.oa})
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	if err := os.WriteFile(s.file+".new", data, 0o600); err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return os.Rename(s.file+".new", s.file)
}
