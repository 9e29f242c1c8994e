package journal

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const childFolder = "JOURNAL_TEST_FOLDER"

// TestMain plays a process that notes some messages and is killed then.
func TestMain(m *testing.M) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	f, err := Open(dir, "nod_child")
	if err != nil {
		panic(err)
	}
	b, err := f.Batch("bat_1")
	for n := range int64(100) {
		err = firstOf(err, b.Note(n, Begun))
		if n%3 == 0 {
			err = firstOf(err, b.Note(n, Taken))
		}
		if n%3 == 1 {
			err = firstOf(err, b.Note(n, NotTaken))
		}
	}
	done, e := f.Batch("bat_2")
	err = firstOf(err, firstOf(e, done.Done()))
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	select {}
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// die starts such a process and kills it when it is ready.
func die(t *testing.T, dir string, alive func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this test itself
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	alive()
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// Of a process that was killed everything is known that it noted; of one that
// lives nobody takes the journal.
func TestWhatAKilledProcessLeaves(t *testing.T) {
	dir := t.TempDir()
	die(t, dir, func() {
		if found, err := Find(dir); err != nil || len(found) != 0 {
			t.Fatalf("%d journals of a process that lives: %v", len(found), err)
		}
	})
	found, err := Find(dir)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d journals: %v", len(found), err)
	}
	l := found[0]
	if !l.Counts || l.Node != "nod_child" {
		t.Errorf("%+v", l)
	}
	if again, err := Find(dir); err != nil || len(again) != 0 {
		t.Errorf("%d journals that somebody has: %v", len(again), err)
	}
	got, err := l.Batch("bat_1")
	want := map[int64]byte{}
	for n := range int64(100) {
		want[n] = [3]byte{Taken, NotTaken, Begun}[n%3]
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
	for _, id := range []string{"bat_2", "bat_3"} { // dealt with, and not begun
		if got, err := l.Batch(id); err != nil || len(got) != 0 {
			t.Errorf("%s: %v %v", id, got, err)
		}
	}
	if err := l.Leave(); err != nil {
		t.Fatal(err)
	}
	if found, err = Find(dir); err != nil || len(found) != 1 {
		t.Fatalf("%d journals that were left: %v", len(found), err)
	}
	if err := found[0].Forget(); err != nil {
		t.Fatal(err)
	}
	if found, err = Find(dir); err != nil || len(found) != 0 {
		t.Errorf("%d journals that were forgotten: %v", len(found), err)
	}
}

// After the machine has started anew nothing that was noted counts.
func TestAnotherStartOfTheMachine(t *testing.T) {
	dir := t.TempDir()
	die(t, dir, func() {})
	if err := os.WriteFile(filepath.Join(dir, "nod_child", bootFile), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Find(dir)
	if err != nil || len(found) != 1 || found[0].Counts {
		t.Fatalf("%+v %v", found, err)
	}
	if err := found[0].Forget(); err != nil {
		t.Fatal(err)
	}
}

// Half a line at the end says nothing; elsewhere it is an error.
func TestHalfALine(t *testing.T) {
	dir := t.TempDir()
	die(t, dir, func() {})
	found, err := Find(dir)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	defer func() { _ = found[0].Forget() }()
	for text, want := range map[string]string{"s 1\ns 2": "map[1:115]", "s 1\nt 1\ns 23\nt 2": "map[1:116 23:115]", "": "map[]", "s": "map[]", "s 1\nx\ns 2\n": "error", "s 1\nss 2\n": "error", "s x\n": "error"} {
		if err := os.WriteFile(filepath.Join(dir, "nod_child", "bat_9"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := found[0].Batch("bat_9")
		if said := fmt.Sprint(got); err == nil && said != want || (err != nil) != (want == "error") {
			t.Errorf("%q: %s %v, want %s", text, said, err, want)
		}
	}
}

// What ends in order leaves nothing behind, but for batches that are kept.
func TestEndInOrder(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(dir, "nod_1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Batch("bat_1")
	if err != nil || b.Note(7, Begun) != nil || b.Keep() != nil || f.Close() != nil {
		t.Fatal("cannot be kept", err)
	}
	found, err := Find(dir)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if got, err := found[0].Batch("bat_1"); err != nil || got[7] != Begun {
		t.Error(got, err)
	}
	if err := found[0].Forget(); err != nil {
		t.Fatal(err)
	}
	if f, err = Open(dir, "nod_2"); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v left: %v", left, err)
	}
	var none *Folder
	nothing, err := none.Batch("bat_1")
	if err != nil || nothing.Note(1, Begun) != nil || nothing.Done() != nil || none.Close() != nil {
		t.Error("no journal fails", err)
	}
}

func BenchmarkNote(b *testing.B) {
	f, err := Open(b.TempDir(), "nod_1")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	notes, err := f.Batch("bat_1")
	if err != nil {
		b.Fatal(err)
	}
	for n := range b.N {
		if err := notes.Note(int64(n), Begun); err != nil {
			b.Fatal(err)
		}
	}
	if err := notes.Done(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkBatch(b *testing.B) {
	f, err := Open(b.TempDir(), "nod_1")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for range b.N {
		notes, err := f.Batch("bat_1")
		if err != nil {
			b.Fatal(err)
		}
		if err := notes.Done(); err != nil {
			b.Fatal(err)
		}
	}
}
