package acquisition

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// listener reads a stream over a real connection.
type listener struct {
	t    *testing.T
	body *bufio.Reader
	stop func()
	last string // the latest id
}

func (w *world) listen(t *testing.T, server *httptest.Server, as, query, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+httpx.Prefix+"/arrivals/stream"+query, http.NoBody)
	w.must(err)
	testkit.Identify(req, as)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := server.Client().Do(req)
	w.must(err)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header)
	}
	l := &listener{t: t, body: bufio.NewReader(resp.Body), stop: func() { cancel(); _ = resp.Body.Close() }}
	if _, ok := l.frame(); !ok { // the sign of life: it is on
		t.Fatal("the stream ended")
	}
	return l
}

// frame reads up to an empty line; ok is false at the end.
func (l *listener) frame() (text string, ok bool) {
	for {
		line, err := l.body.ReadString('\n')
		if err != nil {
			return text, false
		}
		if line == "\n" {
			return text, true
		}
		text += line
	}
}

// next waits for the next arrival and says whose it is.
func (l *listener) next() Arrival {
	l.t.Helper()
	for {
		text, ok := l.frame()
		if !ok {
			l.t.Fatal("the stream ended")
		}
		_, data, found := strings.Cut(text, "data: ")
		if !found {
			continue
		}
		_, id, _ := strings.Cut(text, "id: ")
		l.last, _, _ = strings.Cut(id, "\n")
		var a Arrival
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			l.t.Fatalf("%s: %v", text, err)
		}
		return a
	}
}

func TestArrivalStream(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.streamPoll = time.Hour // only what is said
		server := httptest.NewServer(w.api.Handler())
		defer server.Close()
		live := w.channel("抖音", "")
		come := func(person, staff string, when time.Time, channel string) {
			w.tell(arrived(person, when, acquisitionevent.Arrival{Way: "friend", StaffID: staff, ChannelID: channel}))
			w.catchUp()
		}
		now := w.clock.Now()
		come("per_before", "stf_1", now.Add(-time.Minute), live)
		owner, mine, douyin := w.listen(t, server, "org_a owner", "", ""), w.listen(t, server, "org_a associate", "", ""), w.listen(t, server, "org_a owner", "?channel_id="+live, "")
		other := w.listen(t, server, "org_b owner", "", "")
		defer owner.stop()
		defer douyin.stop()
		defer other.stop()
		come("per_1", "stf_2", now, "")
		come("per_2", "stf_1", now.Add(-time.Second), live) // happened earlier, stored later
		come("per_3", "stf_1", now.Add(time.Second), "")
		got := []string{owner.next().PersonID, owner.next().PersonID, owner.next().PersonID}
		slices.Sort(got) // those that are read together come in the order in which they happened
		if fmt.Sprint(got) != "[per_1 per_2 per_3]" {
			t.Errorf("an owner: %s", got)
		}
		if a := mine.next(); a.PersonID != "per_2" || a.StaffName != "小鱼" || a.ID == "" || !a.First {
			t.Errorf("an associate: %+v", a)
		}
		if a := mine.next(); a.PersonID != "per_3" {
			t.Errorf("an associate: %+v", a)
		}
		if a := douyin.next(); a.PersonID != "per_2" {
			t.Errorf("a channel: %+v", a)
		}
		// Whoever comes back is told of what was missed.
		mine.stop()
		come("per_4", "stf_1", now.Add(2*time.Second), "")
		come("per_5", "stf_2", now.Add(2*time.Second), "")
		come("per_6", "stf_1", now.Add(3*time.Second), "")
		mine = w.listen(t, server, "org_a associate", "", mine.last)
		defer mine.stop()
		if a, b := mine.next(), mine.next(); a.PersonID != "per_4" || b.PersonID != "per_6" {
			t.Errorf("missed: %s %s", a.PersonID, b.PersonID)
		}
		// The server stops: all end at once, the other brand's having said nothing.
		w.svc.StopStreams()
		w.svc.StopStreams()
		if text, ok := other.frame(); ok {
			t.Errorf("another brand was told %q", text)
		}
		for _, l := range []*listener{owner, mine, douyin} {
			for {
				if _, ok := l.frame(); !ok {
					break
				}
			}
		}
	})
}

// What another node stored is found by looking.
func TestStreamFindsWhatOtherNodesStored(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.streamPoll = time.Millisecond
		server := httptest.NewServer(w.api.Handler())
		defer server.Close()
		node := newWorld(t, d) // same database, its own process for all that it knows
		l := w.listen(t, server, "org_a owner", "", "")
		defer l.stop()
		node.tell(arrived("per_1", w.clock.Now(), acquisitionevent.Arrival{Way: "friend"}))
		node.catchUp()
		if a := l.next(); a.PersonID != "per_1" {
			t.Errorf("%+v", a)
		}
		w.svc.StopStreams()
	})
}

func TestStreamLimits(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	w := newWorld(t, d)
	var open []*ArrivalStream
	for range maxStreams {
		st, err := w.svc.NewArrivalStream(w.ctx(), ArrivalFilter{}, ArrivalPlace{})
		w.must(err)
		open = append(open, st)
	}
	if code, body := w.do("org_a owner", "GET", "/arrivals/stream", ""); code != 429 {
		t.Errorf("%d %s", code, body)
	}
	open[0].Close()
	st, err := w.svc.NewArrivalStream(w.ctx(), ArrivalFilter{}, ArrivalPlace{})
	w.must(err)
	if code, _ := w.do("org_a owner", "GET", "/arrivals/stream?channel_id=chn_foreign", ""); code != 429 {
		t.Errorf("%d", code)
	}
	st.Close()
	if code, _ := w.do("org_a owner", "GET", "/arrivals/stream?channel_id=chn_foreign", ""); code != 404 {
		t.Errorf("a foreign channel: %d", code)
	}
	if code, _ := w.do("org_a owner", "GET", "/arrivals/stream?since=nonsense", ""); code != 422 {
		t.Errorf("a bad place: %d", code)
	}
	// More than a stream tells: the reader is told to load the list.
	st, err = w.svc.NewArrivalStream(w.ctx(), ArrivalFilter{}, ArrivalPlace{})
	w.must(err)
	var many []timeline.Fact
	for i := range streamPage*streamBurst + 7 {
		many = append(many, arrived(fmt.Sprint("per_", i), w.clock.Now(), acquisitionevent.Arrival{Way: "friend"}))
	}
	w.tell(many...)
	w.catchUp()
	fresh, reload, err := st.fresh()
	w.must(err)
	if len(fresh) != streamPage*streamBurst || !reload {
		t.Errorf("%d, reload %v", len(fresh), reload)
	}
	if fresh, _, err := st.fresh(); err != nil || len(fresh) != 0 {
		t.Errorf("told again: %d %v", len(fresh), err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
