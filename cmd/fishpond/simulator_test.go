package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// The simulator says where it answers, and what it holds is there after a restart.
func TestSimulator(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ocean.json")
	session := func(use func(url string)) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		r, w := io.Pipe()
		var stderr bytes.Buffer
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"simulator", "--listen", "127.0.0.1:0", "--file", file}, w, &stderr)
			w.Close()
		}()
		var line ready
		if err := json.NewDecoder(r).Decode(&line); err != nil || !line.Ready {
			t.Fatalf("not ready: %+v, %v, %s", line, err, stderr.String())
		}
		use(line.URL)
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("ended with %d: %s", code, stderr.String())
		}
	}
	session(func(url string) {
		resp, err := http.Post(url+"/control/corps", "application/json", strings.NewReader(`{"id":"wwcorp","name":"海味"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
	session(func(url string) {
		resp, err := http.Get(url + "/control/corps/wwcorp")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.Contains(body, []byte("海味")) {
			t.Errorf("after a restart: %s, %v", body, err)
		}
	})
}
