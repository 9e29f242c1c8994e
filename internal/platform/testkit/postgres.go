package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/platform/db"
)

// postgresServer is the test process's own server. It lives behind a Unix
// socket in a private directory and ends with the process, however that ends:
// a shell holds a pipe from us and stops the server when the pipe closes.
type postgresServer struct {
	dir       string
	alive     io.Closer // our end of the pipe; collecting it would stop the server
	templates map[string]*sync.Once
	failed    map[string]error
	mu        sync.Mutex
}

var (
	serverOnce sync.Once
	server     *postgresServer
	serverErr  error
	cloneNo    atomic.Int64
)

const missing = `PostgreSQL's server programs (initdb, postgres) were not found; the tests need them.
Install them and run again:
  Debian, Ubuntu   apt-get install postgresql
  Fedora           dnf install postgresql-server
  Alpine           apk add postgresql
  macOS            brew install postgresql
or put their folder on PATH.`

// Postgres returns the address of a new, empty database on the test
// process's own server.
func postgresClone(tb testing.TB, s Schema) string {
	tb.Helper()
	serverOnce.Do(func() { server, serverErr = startPostgres() })
	if serverErr != nil {
		tb.Fatal(serverErr)
	}
	template, err := server.template(s)
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("t%d", cloneNo.Add(1))
	if err := server.admin(fmt.Sprintf(`CREATE DATABASE %s OWNER fishpond TEMPLATE %q`, name, template)); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("drop test database: %v", err)
		}
	})
	return server.url("fishpond", name)
}

func (p *postgresServer) template(s Schema) (string, error) {
	name := "tpl_" + s.Name
	if len(name) > 60 {
		name = name[:40] + strconv.FormatUint(uint64(hash(name)), 36)
	}
	p.mu.Lock()
	once := p.templates[name]
	if once == nil {
		once = &sync.Once{}
		p.templates[name] = once
	}
	p.mu.Unlock()
	once.Do(func() {
		err := p.admin(fmt.Sprintf("CREATE DATABASE %q OWNER fishpond", name))
		if err == nil {
			err = p.migrate(name, s)
		}
		p.mu.Lock()
		p.failed[name] = err
		p.mu.Unlock()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	return name, p.failed[name]
}

func (p *postgresServer) migrate(name string, s Schema) error {
	d, err := db.Open(context.Background(), p.url("fishpond", name))
	if err != nil {
		return err
	}
	defer d.Close()
	if err := s.Migrate(context.Background(), d); err != nil {
		return fmt.Errorf("testkit: %s: %w", s.Name, err)
	}
	return nil
}

func hash(s string) uint32 { // FNV-1a
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// url: tests connect as an ordinary role, because row level security does not
// hold superusers.
func (p *postgresServer) url(role, database string) string {
	q := url.Values{"host": {p.dir}, "sslmode": {"disable"}}
	return "postgres://" + role + "@/" + database + "?" + q.Encode()
}

func (p *postgresServer) admin(statement string) error {
	d, err := db.Open(context.Background(), p.url("postgres", "postgres"))
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Writer().Exec(statement); err != nil {
		return fmt.Errorf("testkit: %s: %w", statement, err)
	}
	return nil
}

func startPostgres() (*postgresServer, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "fishpond-pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	cred, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	initdb.Dir = dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("testkit: initdb: %w\n%s", err, out)
	}
	logFile, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	const script = `"$1"/postgres -D "$2"/data -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c shared_buffers=64MB -c max_connections=400 & p=$!
cat >/dev/null; kill -QUIT $p; wait $p; rm -rf "$2"/data "$2"/.s.PGSQL* "$2"/log; rmdir "$2"`
	sh := exec.Command("sh", "-c", script, "fishpond-test-postgres", bin, dir)
	sh.Dir, sh.Stdout, sh.Stderr = dir, logFile, logFile
	sh.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: cred}
	alive, err := sh.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := sh.Start(); err != nil {
		return nil, fmt.Errorf("testkit: start PostgreSQL: %w", err)
	}
	p := &postgresServer{dir: dir, alive: alive, templates: map[string]*sync.Once{}, failed: map[string]error{}}
	if err := p.ready(); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, fmt.Errorf("testkit: PostgreSQL does not answer: %w\n%s", err, bytes.TrimSpace(text))
	}
	return p, p.admin("CREATE ROLE fishpond LOGIN")
}

func (p *postgresServer) ready() error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		d, err := db.Open(context.Background(), p.url("postgres", "postgres"))
		if err == nil {
			return d.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // polling another process: it has no way to tell us
	}
}

func findPostgres() (string, error) {
	candidates := []string{}
	if p, err := exec.LookPath("postgres"); err == nil {
		if r, err := filepath.EvalSymlinks(p); err == nil {
			candidates = append(candidates, filepath.Dir(r))
		}
		candidates = append(candidates, filepath.Dir(p))
	}
	for _, g := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(g)
		sort.Sort(sort.Reverse(sort.StringSlice(found)))
		candidates = append(candidates, found...)
	}
	for _, c := range candidates {
		if _, err := os.Stat(filepath.Join(c, "initdb")); err == nil {
			if _, err := os.Stat(filepath.Join(c, "postgres")); err == nil {
				return c, nil
			}
		}
	}
	return "", errors.New(missing)
}

// unprivileged: PostgreSQL refuses to run as root, so a root test process
// runs it as postgres or nobody and hands the directory over.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("testkit: running as root, and there is neither a user postgres nor nobody to run PostgreSQL as")
}
