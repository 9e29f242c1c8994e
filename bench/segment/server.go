package segment

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
	"slices"
	"strconv"
	"syscall"
	"time"

	"fishpond/internal/platform/db"
)

// server is a PostgreSQL of our own behind a socket in a private folder, with
// the memory that a server of its own would have. It ends with this process,
// however that ends: a shell holds a pipe from us and stops it when the pipe
// closes.
type server struct {
	dir   string
	url   string
	alive io.Closer
	shell *exec.Cmd
}

const script = `"$1"/postgres -D "$2"/data -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
  -c shared_buffers=3GB -c maintenance_work_mem=512MB -c max_wal_size=8GB -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 \
  -c max_parallel_workers=8 -c max_parallel_maintenance_workers=2 & p=$!
cat >/dev/null; kill -INT $p; wait $p; rm -rf "$2"/data "$2"/.s.PGSQL* "$2"/log; rmdir "$2"`

func startServer(ctx context.Context) (*server, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "fishpond-pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:gosec // found among the system's programs
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	shell := exec.Command("sh", "-c", script, "fishpond-bench-postgres", bin, dir) //nolint:gosec // as above; it ends by its pipe
	shell.Dir, shell.Stdout, shell.Stderr = dir, log, log
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	alive, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	s := &server{dir: dir, alive: alive, shell: shell,
		url: "postgres://postgres@/postgres?" + url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode()}
	if err := s.ready(ctx); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, bytes.TrimSpace(text)), s.stop())
	}
	return s, nil
}

func (s *server) ready(ctx context.Context) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		d, err := db.Open(ctx, s.url)
		if err == nil {
			return d.Close()
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond) // polling another process: it has no way to tell us
	}
}

// stop ends the server and removes its files.
func (s *server) stop() error {
	if err := s.alive.Close(); err != nil {
		return err
	}
	return s.shell.Wait()
}

func findServer() (string, error) {
	var candidates []string
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			candidates = append(candidates, filepath.Dir(p))
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(pattern)
		slices.Reverse(found)
		candidates = append(candidates, found...)
	}
	for _, c := range candidates {
		_, noInit := os.Stat(filepath.Join(c, "initdb"))
		_, noServer := os.Stat(filepath.Join(c, "postgres"))
		if noInit == nil && noServer == nil {
			return c, nil
		}
	}
	return "", errors.New("PostgreSQL's programs initdb and postgres were not found: install them, or name an empty database with --postgres, or leave postgres out of --engines")
}

// unprivileged: PostgreSQL refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // as who we are
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil { //nolint:gosec // 32 bits
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("running as root, and there is neither a user postgres nor nobody to run PostgreSQL as")
}
