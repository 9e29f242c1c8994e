package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xen0n/go-workwx"
	"go.uber.org/goleak"

	"fishpond/internal/simulator/people"
	"fishpond/internal/simulator/wecom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The receiver's token and key in the tests.
const (
	testToken = "kz7Yx62CH8SaLN"
	testKey   = "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP"
)

// sea is a simulator on an address, with one corp and its clients.
type sea struct {
	t       *testing.T
	sim     *Server
	url     string
	client  *http.Client
	clock   *handClock
	corp    *wecom.Corp
	apps    map[wecom.Kind]wecom.App
	workwx  map[wecom.Kind]*workwx.WorkwxApp
	inbox   *inbox
	backend *httptest.Server
}

// handClock is moved by the test.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// newSea starts a simulator with a corp of three members: alice, bob and carol.
func newSea(t *testing.T, o Options) *sea {
	t.Helper()
	s := &sea{t: t, clock: &handClock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, apps: map[wecom.Kind]wecom.App{},
		workwx: map[wecom.Kind]*workwx.WorkwxApp{}, client: &http.Client{Transport: &http.Transport{}}}
	if o.Clock == nil {
		o.Clock = s.clock.now
	}
	sim, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.sim = sim
	server := httptest.NewServer(sim)
	s.url = server.URL
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	s.corp, s.apps, s.workwx = s.addCorp("wwsea0000000000001", "海味")
	return s
}

func (s *sea) addCorp(id, name string) (*wecom.Corp, map[wecom.Kind]wecom.App, map[wecom.Kind]*workwx.WorkwxApp) {
	s.t.Helper()
	var summary wecom.Summary
	s.control("POST", "/control/corps", object{"id": id, "name": name}, &summary)
	s.control("POST", "/control/corps/"+id+"/users", object{"items": []object{
		{"userid": "alice", "name": "爱丽丝"}, {"userid": "bob", "name": "小波"}, {"userid": "carol", "name": "卡罗"},
	}}, nil)
	apps, clients := map[wecom.Kind]wecom.App{}, map[wecom.Kind]*workwx.WorkwxApp{}
	for _, a := range summary.Apps {
		apps[a.Kind] = a
		clients[a.Kind] = workwx.New(id, workwx.WithQYAPIHost(s.url), workwx.WithHTTPClient(s.client)).WithApp(a.Secret, a.AgentID)
	}
	return s.sim.WeCom().Corp(id), apps, clients
}

// renew is a client with a token of its own: go-workwx keeps the first one for ever
// unless its refresher runs, which looks at the machine's clock.
func (s *sea) renew(kind wecom.Kind) *workwx.WorkwxApp {
	a := s.apps[kind]
	return workwx.New(s.corp.ID, workwx.WithQYAPIHost(s.url), workwx.WithHTTPClient(s.client)).WithApp(a.Secret, a.AgentID)
}

// person makes a customer.
func (s *sea) person(name string) people.Person { return s.sim.People().Add(people.Person{Name: name}) }

// control calls the control API and fails the test unless it succeeds.
func (s *sea) control(method, path string, in, out any) {
	s.t.Helper()
	status, body := s.raw(method, path, in)
	if status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, body)
		}
	}
}

func (s *sea) raw(method, path string, in any) (int, []byte) {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, data
}

// scan lets a person scan a code.
func (s *sea) scan(p people.Person, code string) (out wecom.Scanned) {
	s.t.Helper()
	s.control("POST", "/control/scan", object{"customer": p.ID, "code": code}, &out)
	return out
}

// drained waits until every callback that is due has arrived.
func (s *sea) drained() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.sim.Callbacks().Drain(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// inbox receives callbacks through go-workwx's own handler.
type inbox struct {
	mu   sync.Mutex
	got  []*workwx.RxMessage
	fail int // how many to refuse with 500
}

func (i *inbox) OnIncomingMessage(m *workwx.RxMessage) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail > 0 {
		i.fail--
		return io.ErrUnexpectedEOF
	}
	i.got = append(i.got, m)
	return nil
}

// take returns what has arrived and forgets it.
func (i *inbox) take() []*workwx.RxMessage {
	i.mu.Lock()
	defer i.mu.Unlock()
	got := i.got
	i.got = nil
	return got
}

// listen starts a receiver made of go-workwx and registers it as the app's callback.
func (s *sea) listen(kind wecom.Kind) *inbox {
	s.t.Helper()
	in := &inbox{}
	handler, err := workwx.NewHTTPHandler(testToken, testKey, in)
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	s.t.Cleanup(server.Close)
	s.control("PUT", "/control/corps/"+s.corp.ID+"/apps/"+s.apps[kind].ID+"/callback",
		object{"url": server.URL, "token": testToken, "key": testKey}, nil)
	return in
}

// api calls the server API by hand, for what go-workwx does not have, and returns the
// answer with its errcode.
func (s *sea) api(kind wecom.Kind, path string, in any) (out object) {
	s.t.Helper()
	_, body := s.raw("GET", "/cgi-bin/gettoken?corpid="+s.corp.ID+"&corpsecret="+s.apps[kind].Secret, nil)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &token); err != nil || token.AccessToken == "" {
		s.t.Fatalf("no token: %s", body)
	}
	method, mark := "POST", "?"
	if in == nil {
		method = "GET"
	}
	if strings.Contains(path, "?") {
		mark = "&"
	}
	_, body = s.raw(method, "/cgi-bin/"+path+mark+"access_token="+token.AccessToken, in)
	if err := json.Unmarshal(body, &out); err != nil {
		s.t.Fatalf("%s: %v in %s", path, err, body)
	}
	return out
}

// code is the errcode of an answer.
func (o object) code() int {
	n, _ := o["errcode"].(float64)
	return int(n)
}

// codeOf is the errcode in an error of go-workwx, 0 for none.
func codeOf(err error) int64 {
	if e, ok := err.(*workwx.WorkwxClientError); ok { //nolint:errorlint // it is returned bare
		return e.Code
	}
	return 0
}

var noConclusions workwx.Conclusions

func remarkOf(user, external, remark string) *workwx.ExternalContactRemark {
	return &workwx.ExternalContactRemark{Userid: user, ExternalUserid: external, Remark: remark}
}

func mediaOf(t *testing.T) *workwx.Media {
	t.Helper()
	m, err := workwx.NewMediaFromBuffer("a.png", picture(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newSeaFrom starts another simulator as after a restart of s, on the same clock.
func newSeaFrom(t *testing.T, s *sea, o Options) *sea {
	t.Helper()
	again := &sea{t: t, clock: s.clock, apps: s.apps, client: s.client}
	o.Clock = s.clock.now
	sim, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	again.sim, again.url, again.corp = sim, server.URL, sim.WeCom().Corp(s.corp.ID)
	return again
}
