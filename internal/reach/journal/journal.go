// Package journal notes in files beside the database which messages of a batch
// a process has begun to hand to a carrier, and which the carrier has taken. It
// is what is left of a process that was killed: what it had not begun can be
// sent by another, what was taken is known to be, and only what was on its way
// at that moment is doubtful.
//
// A process has a folder of its own, which it keeps locked; the system lets the
// lock go when the process ends, however it ends. A note is one small write
// without a sync: it outlives the process, but not the machine. So the folder
// holds the machine's boot id, and what it says counts only until the machine
// starts anew.
package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
)

// What is known of a message of a batch. One of which nothing is known was not
// begun.
const (
	Begun    = 's' // the carrier may have taken it
	Taken    = 't' // it has
	NotTaken = 'n' // it has not, and will not
)

const (
	lockFile = "lock"
	bootFile = "boot"
)

// Folder is where one process keeps its journal. The zero pointer keeps none.
type Folder struct {
	dir  string
	lock *os.File
}

// Open makes the folder of a process under dir and locks it.
func Open(dir, node string) (*Folder, error) {
	f := &Folder{dir: filepath.Join(dir, node)}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var err error
	if f.lock, err = os.OpenFile(filepath.Join(f.dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err = lock(f.lock); err == nil { // before this, who looks for journals passes it over
		err = os.WriteFile(filepath.Join(f.dir, bootFile), []byte(bootID()), 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: lock %s: %w", f.dir, err), f.lock.Close())
	}
	return f, nil
}

// Close lets the folder go. It stays when batches are left in it, for the next
// process to read.
func (f *Folder) Close() error {
	if f == nil {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(f.dir, "bat_*"))
	if err == nil && len(left) == 0 {
		err = os.RemoveAll(f.dir)
	}
	return errors.Join(err, f.lock.Close())
}

// Batch is the journal of one batch. The zero pointer notes nothing.
type Batch struct {
	file   *os.File
	broken atomic.Bool
}

// Batch begins the journal of a batch, before anything of it is begun.
func (f *Folder) Batch(id string) (*Batch, error) {
	if f == nil {
		return nil, nil
	}
	file, err := os.OpenFile(filepath.Join(f.dir, id), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return &Batch{file: file}, nil
}

var errBroken = errors.New("journal: an earlier note could not be written")

// Note writes down what is known of a message, by its number. A message may
// only be begun when that was noted.
func (b *Batch) Note(n int64, what byte) error {
	if b == nil {
		return nil
	}
	if b.broken.Load() {
		return errBroken
	}
	var space [24]byte
	line := append(strconv.AppendInt(append(space[:0], what, ' '), n, 10), '\n')
	if _, err := b.file.Write(line); err != nil { // nothing may follow half a line
		b.broken.Store(true)
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Done ends a batch of which the database knows all that became of it.
func (b *Batch) Done() error {
	if b == nil {
		return nil
	}
	return errors.Join(b.file.Close(), os.Remove(b.file.Name()))
}

// Keep ends a batch of which the database does not know all: its journal stays
// for the next process.
func (b *Batch) Keep() error {
	if b == nil {
		return nil
	}
	return b.file.Close()
}

// Left is the journal of a process that is no more. It belongs to who found it
// until Forget or Leave.
type Left struct {
	Node string
	// Counts tells whether what it says can be relied on; else nothing is known
	// of what the process had begun.
	Counts bool

	dir  string
	lock *os.File
}

// Find takes the journals of processes that are no more.
func Find(dir string) (out []*Left, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || !locks {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for _, e := range entries {
		l, e := take(filepath.Join(dir, e.Name()))
		if e != nil {
			err = errors.Join(err, e)
		}
		if l != nil {
			out = append(out, l)
		}
	}
	return out, err
}

func take(dir string) (*Left, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR, 0o600)
	if err != nil { // not one of ours, being made just now, or gone since
		return nil, nil //nolint:nilerr // there is nothing to take
	}
	ok, err := tryLock(f)
	if !ok || err != nil {
		return nil, errors.Join(err, f.Close())
	}
	boot, err := os.ReadFile(filepath.Join(dir, bootFile))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) { // it is just being made, or was forgotten just now
			err = nil
		}
		return nil, errors.Join(err, f.Close())
	}
	now := bootID()
	return &Left{Node: filepath.Base(dir), Counts: now != "" && string(boot) == now, dir: dir, lock: f}, nil
}

// Batch is what was noted of the messages of a batch, by their numbers.
func (l *Left) Batch(id string) (map[int64]byte, error) {
	text, err := os.ReadFile(filepath.Join(l.dir, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing of it was begun
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	out := map[int64]byte{}
	for {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole { // the process died while it wrote: what was to follow the note did not
			return out, nil
		}
		text = rest
		what, number, ok := strings.Cut(string(line), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || len(what) != 1 {
			return nil, fmt.Errorf("journal: %s says %q", id, line)
		}
		out[n] = what[0]
	}
}

// Forget ends a journal of which everything has been dealt with.
func (l *Left) Forget() error {
	return errors.Join(os.RemoveAll(l.dir), l.lock.Close())
}

// Leave lets the journal go, for somebody else to deal with.
func (l *Left) Leave() error { return l.lock.Close() }
