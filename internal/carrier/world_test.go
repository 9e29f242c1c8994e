package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

const org = "org_a"

// schema is the module's tables, the timeline, and tables in place of the pool.
var schema = testkit.Schema{Name: "carrier_with_people", Migrate: func(ctx context.Context, d *db.DB) error {
	if err := d.Migrate(ctx, timeline.Migration, Migration); err != nil {
		return err
	}
	_, err := d.Writer().ExecContext(ctx, `CREATE TABLE person_key (org_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (org_id, kind, value))`)
	if err == nil {
		_, err = d.Writer().ExecContext(ctx, `CREATE TABLE person_word (org_id TEXT NOT NULL, person TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (org_id, person, word))`)
	}
	return err
}}

func TestMain(m *testing.M) {
	testkit.AsProcess(workOff)
	goleak.VerifyTestMain(m)
}

// pond stands in for everything that the module needs of others.
type pond struct {
	mu      sync.Mutex
	greet   func(Arrival) (Greeting, error)
	audits  []string
	syncs   []string
	moves   []string
	staff   []StaffMember
	failing error             // of Resolve
	merged  map[string]string // loser → winner
}

func (p *pond) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []Contact) ([]string, error) {
	p.mu.Lock()
	failing := p.failing
	p.mu.Unlock()
	if failing != nil {
		return nil, failing
	}
	out := make([]string, len(contacts))
	for i, c := range contacts {
		if len(c.Identities) == 0 {
			return nil, fault("a contact without identities")
		}
		found, err := p.Find(ctx, tx, orgID, c.Identities)
		if err != nil {
			return nil, err
		}
		slices.Sort(found)
		for _, f := range found {
			if f != "" && out[i] == "" {
				out[i] = f
			}
		}
		if out[i] == "" {
			out[i] = "per_" + c.Identities[0].Value
		}
		for _, id := range c.Identities {
			if _, err := tx.Exec(ctx, "INSERT INTO person_key (org_id, kind, value, person) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", orgID, id.Kind, id.Value, out[i]); err != nil {
				return nil, err
			}
		}
		words := slices.Clone(c.Tags)
		for i := range words {
			words[i] = "tag " + words[i]
		}
		if c.OwnerStaffID != "" {
			words = append(words, "owner "+c.OwnerStaffID)
		}
		if c.Name != "" {
			words = append(words, "name "+c.Name)
		}
		for _, word := range words {
			if _, err := tx.Exec(ctx, "INSERT INTO person_word (org_id, person, word) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", orgID, out[i], word); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func fault(text string) error { return fmt.Errorf("test: %s", text) }

func (p *pond) Untag(ctx context.Context, tx *db.Tx, orgID, _, personID string, names []string) error {
	for _, n := range names {
		if _, err := tx.Exec(ctx, "DELETE FROM person_word WHERE org_id = ? AND person = ? AND word = ?", orgID, personID, "tag "+n); err != nil {
			return err
		}
	}
	return nil
}

func (p *pond) Find(ctx context.Context, tx *db.Tx, orgID string, of []Identity) ([]string, error) {
	out := make([]string, len(of))
	for i, id := range of {
		err := tx.QueryRow(ctx, "SELECT person FROM person_key WHERE org_id = ? AND kind = ? AND value = ?", orgID, id.Kind, id.Value).Scan(&out[i])
		if err != nil && !db.IsNoRows(err) {
			return nil, err
		}
		p.mu.Lock()
		if w := p.merged[out[i]]; w != "" {
			out[i] = w
		}
		p.mu.Unlock()
	}
	return out, nil
}

// Members says who speaks for a person.
func (p *pond) Members(_ context.Context, _ *db.Tx, _, personID string) (string, []string, error) {
	if !strings.HasPrefix(personID, "per_") {
		return "", nil, errs.NotFound(i18n.T("这位客户", "person"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.merged[personID]; w != "" {
		personID = w
	}
	members := []string{personID}
	for l, w := range p.merged {
		if w == personID {
			members = append(members, l)
		}
	}
	return personID, members, nil
}

func (p *pond) Attach(ctx context.Context, tx *db.Tx, orgID, personID string, id Identity) error {
	n, err := tx.Changed(ctx, "INSERT INTO person_key (org_id, kind, value, person) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", orgID, id.Kind, id.Value, personID)
	if err == nil && n == 0 {
		return errs.Conflict(i18n.T("已有人使用", "taken"))
	}
	return err
}

func (p *pond) Detach(ctx context.Context, tx *db.Tx, orgID, personID string, id Identity) error {
	n, err := tx.Changed(ctx, "DELETE FROM person_key WHERE org_id = ? AND kind = ? AND value = ? AND person = ?", orgID, id.Kind, id.Value, personID)
	if err == nil && n == 0 {
		return errs.NotFound(i18n.T("这个身份", "identity"))
	}
	return err
}

func (p *pond) Merge(_ context.Context, tx *db.Tx, _, personID, otherID, reason string) (string, error) {
	if reason == "" {
		return "", fault("a merge without a reason")
	}
	tx.OnCommit(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.merged == nil {
			p.merged = map[string]string{}
		}
		p.merged[personID] = otherID
	})
	return "mrg_" + personID, nil
}

func (p *pond) Split(_ context.Context, tx *db.Tx, _, mergeID string) error {
	loser := strings.TrimPrefix(mergeID, "mrg_")
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.merged[loser] == "" {
		return errs.Conflict(i18n.T("已拆分", "split already"))
	}
	tx.OnCommit(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.merged, loser)
	})
	return nil
}

func (p *pond) Visible(_ context.Context, _ *db.Tx, _, personID string) (bool, error) {
	return personID != "per_hidden", nil
}

func (p *pond) Names(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = "N " + id
	}
	return out, nil
}

func (p *pond) ActiveStaff(context.Context, *db.Tx, string) ([]StaffMember, error) {
	return p.staff, nil
}

func (p *pond) OrgIDs(context.Context) ([]string, error) { return []string{org}, nil }

func (p *pond) Greet(_ context.Context, _ *db.Tx, _ string, a Arrival) (Greeting, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.greet == nil {
		return Greeting{}, nil
	}
	return p.greet(a)
}

func (p *pond) Audit(_ context.Context, tx *db.Tx, action, _, _ string, detail any) error {
	tx.OnCommit(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.audits = append(p.audits, fmt.Sprint(action, " ", detail))
	})
	return nil
}

func (p *pond) EnqueueSync(_ context.Context, _ *db.Tx, _, id string) error {
	p.syncs = append(p.syncs, id)
	return nil
}

func (p *pond) EnqueueTransfer(_ context.Context, _ *db.Tx, _, id string) error {
	p.moves = append(p.moves, id)
	return nil
}

// world is a service on a database, a platform, and the clock of both.
type world struct {
	tb    testing.TB
	d     *db.DB
	s     *Service
	pond  *pond
	corp  *fakeCorp
	clock *testkit.Clock
	ring  *secret.Keyring
	acc   string
}

const (
	cbToken = "QDG6eK"
	cbKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	corpID  = "wx5823bf96d3bd56c7"
)

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	ring, err := secret.New(make([]byte, secret.KeyBytes))
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{tb: tb, d: d, pond: &pond{staff: []StaffMember{{"stf_li", "Li", "li@brand.example"}, {"stf_wu", "Wu", "wu@brand.example"}}}, corp: newFakeCorp(tb), clock: testkit.NewClock(tb, "2026-03-01T08:00:00Z"), ring: ring}
	w.s = w.service()
	w.acc = w.connect(KindWecom, map[string]string{"corp_id": corpID, "secret": "s3cret", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
	return w
}

// service is one more node on the same database.
func (w *world) service() *Service {
	return New(w.d, timeline.New(w.clock.Now), w.clock.Now, slog.New(slog.DiscardHandler), Ports{People: w.pond, Staff: w.pond, Orgs: w.pond, Sealer: w.ring, Auditor: w.pond, Greeter: w.pond, Jobs: w.pond, Links: w.pond},
		Options{Platforms: []string{w.corp.URL}, PublicURL: "https://pond.example", Sleep: func(ctx context.Context, d time.Duration) error {
			if d >= time.Second { // nobody waits in tests
				w.clock.Advance(d)
				return ctx.Err()
			}
			return wire.Rest(ctx, d/50) // for another goroutine, which does need real time
		}, HTTP: w.corp.Client()})
}

// owner is a context in which the org's owner acts.
func owner(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_owner"}.WithPermissions([]string{"carrier.read", "carrier.write", "carrier.link", "pool.merge", "pool.reveal"}))
}

func (w *world) ctx() context.Context { return owner(w.tb.Context()) }

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) connect(kind string, values map[string]string) Account {
	w.tb.Helper()
	a, err := w.s.Connect(w.ctx(), NewAccount{Kind: kind, Name: "Shop", Values: values})
	w.must(err)
	return a
}

// xml is the message with the given fields: "Event=change UserID=li".
func xmlOf(fields string) []byte {
	var b strings.Builder
	b.WriteString("<xml><ToUserName><![CDATA[" + corpID + "]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>")
	for f := range strings.FieldsSeq(fields) {
		k, v, _ := strings.Cut(f, "=")
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>", k, v, k)
	}
	return []byte(b.String() + "</xml>")
}

// signed is a request of the platform that brings a message.
func (w *world) signed(message []byte) *http.Request {
	w.tb.Helper()
	c, err := wire.NewCrypto(cbToken, cbKey, corpID)
	w.must(err)
	return w.request(c, w.acc, message)
}

func (w *world) request(c *wire.Crypto, account string, message []byte) *http.Request {
	at := fmt.Sprint(w.clock.Now().Unix())
	sealed, signature := c.Seal(at, "n0nce", message)
	return httptest.NewRequest("POST", "/callbacks/"+account+"?msg_signature="+signature+"&timestamp="+at+"&nonce=n0nce",
		strings.NewReader("<xml><ToUserName>"+corpID+"</ToUserName><Encrypt><![CDATA["+sealed+"]]></Encrypt></xml>"))
}

// deliver has the platform bring an event; it must be taken.
func (w *world) deliver(fields string) {
	w.tb.Helper()
	rec := httptest.NewRecorder()
	w.s.Callbacks().ServeHTTP(rec, w.signed(xmlOf("MsgType=event "+fields)))
	if rec.Code != 200 || rec.Body.String() != "success" {
		w.tb.Fatalf("%s: %d %s", fields, rec.Code, rec.Body)
	}
}

func (w *world) tick() {
	w.tb.Helper()
	w.must(w.s.Tick(w.tb.Context()))
}

// rows runs a query with one text column.
func (w *world) rows(query string, args ...any) (out []string) {
	w.tb.Helper()
	w.must(w.d.Read(context.Background(), org, func(tx *db.Tx) error {
		out = nil
		return tx.Each(context.Background(), func(r *sql.Rows) error {
			var s string
			err := r.Scan(&s)
			out = append(out, s)
			return err
		}, query, args...)
	}))
	return out
}

func (w *world) expect(want string, query string, args ...any) {
	w.tb.Helper()
	if got := strings.Join(w.rows(query, args...), "\n"); got != want {
		w.tb.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// state is everything that callbacks change, comparable.
func (w *world) state() string {
	w.tb.Helper()
	return strings.Join(slices.Concat(
		w.rows(`SELECT user_id || ' ' || external_id || ' ' || person_id || ' ' || status || ' ' || name || ' ' || remark || ' ' || state || ' ' || add_way || ' ' || tags || ' ' || since || ' ' || ended_at || ' ' || profile_due
			FROM carrier_contact WHERE org_id = ? ORDER BY user_id, external_id`, org),
		w.rows("SELECT 'history ' || user_id || ' ' || external_id || ' ' || at || ' ' || change FROM carrier_contact_history WHERE org_id = ? ORDER BY user_id, external_id, at, change", org),
		w.rows("SELECT 'person ' || person || ' ' || word FROM person_word WHERE org_id = ? ORDER BY person, word", org),
		w.rows("SELECT 'group ' || chat_id || ' ' || member_id || ' ' || joined_at || ' ' || left_at FROM carrier_group_member WHERE org_id = ? ORDER BY chat_id, member_id", org),
		// Not when: who is told of "half" and "added" the wrong way round says so once, with the time that came first.
		w.rows("SELECT 'event ' || kind || ' ' || person_id || ' ' || count(*) FROM timeline_event WHERE org_id = ? AND kind NOT LIKE 'welcome.%' GROUP BY kind, person_id ORDER BY kind, person_id", org),
		w.rows("SELECT 'welcome ' || external_id || ' ' || status || ' ' || reason FROM carrier_welcome WHERE org_id = ? ORDER BY external_id, code", org),
	), "\n")
}

// fakeCorp is the least that a test needs of the platform; the simulator is the
// whole of it.
type fakeCorp struct {
	*httptest.Server
	mu       sync.Mutex
	tokens   int
	valid    string
	calls    map[string]int
	people   map[string]map[string]any            // external id → external_contact
	follows  map[string]map[string]map[string]any // member → external id → follow
	tags     []map[string]any
	groups   map[string]map[string]any
	codes    map[string]string   // welcome code → what was sent
	answer   map[string][]string // API → answers that come first
	order    []string            // calls that change something
	sent     []string            // messages of an official account
	files    map[string]string   // media id → content
	pageSize int
	transfer map[string]int // external id → status
}

func newFakeCorp(tb testing.TB) *fakeCorp {
	f := &fakeCorp{calls: map[string]int{}, people: map[string]map[string]any{}, follows: map[string]map[string]map[string]any{}, groups: map[string]map[string]any{}, codes: map[string]string{}, answer: map[string][]string{}, pageSize: 100, files: map[string]string{}, transfer: map[string]int{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	tb.Cleanup(f.Close)
	return f
}

// befriend makes somebody a customer of a member.
func (f *fakeCorp) befriend(user, external, name string, at time.Time, more map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[external] = map[string]any{"external_userid": external, "name": name, "type": 1, "gender": 2}
	follow := map[string]any{"userid": user, "createtime": at.Unix(), "add_way": 1}
	for k, v := range more {
		if k == "unionid" {
			f.people[external][k] = v
			continue
		}
		follow[k] = v
	}
	if f.follows[user] == nil {
		f.follows[user] = map[string]map[string]any{}
	}
	f.follows[user][external] = follow
}

func (f *fakeCorp) part(user, external string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.follows[user], external)
}

// say has the next calls of an API answer something else.
func (f *fakeCorp) say(api string, answers ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer[api] = append(f.answer[api], answers...)
}

func (f *fakeCorp) count(api string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[api]
}

func (f *fakeCorp) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	api := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
	f.calls[api]++
	if a := f.answer[api]; len(a) > 0 {
		f.answer[api] = a[1:]
		_, _ = w.Write([]byte(a[0]))
		return
	}
	q := r.URL.Query()
	var in map[string]any
	if q.Get("media_id") != "" || api == "media/upload" {
		f.serveMedia(w, api, q.Get("media_id"))
		return
	}
	if r.Method == "POST" {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
	}
	if api == "gettoken" {
		if q.Get("corpsecret") != "s3cret" {
			_, _ = w.Write([]byte(`{"errcode":40001,"errmsg":"invalid credential"}`))
			return
		}
		f.tokens++
		f.valid = fmt.Sprintf("tok%d", f.tokens)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": f.valid, "expires_in": 7200})
		return
	}
	switch api { // an official account's
	case "stable_token":
		_, _ = w.Write([]byte(`{"access_token":"oa","expires_in":7200}`))
		return
	case "user/info":
		_ = json.NewEncoder(w).Encode(map[string]any{"subscribe": 1, "openid": q.Get("openid"), "unionid": "u_" + q.Get("openid")})
		return
	case "message/custom/send":
		b, _ := json.Marshal(in)
		f.sent = append(f.sent, string(b))
		_, _ = w.Write([]byte(`{"errcode":0}`))
		return
	case "qrcode/create":
		_ = json.NewEncoder(w).Encode(map[string]any{"url": "http://weixin.qq.com/q/" + q.Get("access_token"), "ticket": "t"})
		return
	}
	if q.Get("access_token") != f.valid {
		_, _ = w.Write([]byte(`{"errcode":40014,"errmsg":"invalid access_token"}`))
		return
	}
	out := f.handle(api, q.Get, in)
	if out == nil {
		out = map[string]any{"errcode": 84061, "errmsg": "not external contact"}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// serveMedia keeps nothing of what is uploaded, and gives what a test has laid down.
func (f *fakeCorp) serveMedia(w http.ResponseWriter, api, id string) {
	switch content := f.files[id]; {
	case api == "media/upload":
		_, _ = fmt.Fprintf(w, `{"media_id":"up%d"}`, f.calls[api])
	case content == "":
		_, _ = w.Write([]byte(`{"errcode":40007,"errmsg":"invalid media_id"}`))
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.bin"`)
		_, _ = w.Write([]byte(content))
	}
}

func (f *fakeCorp) handle(api string, q func(string) string, in map[string]any) map[string]any {
	switch api {
	case "externalcontact/get":
		who := f.people[q("external_userid")]
		var ties []map[string]any
		for _, user := range keysOf(f.follows) {
			if t := f.follows[user][q("external_userid")]; t != nil {
				ties = append(ties, t)
			}
		}
		if who == nil || len(ties) == 0 {
			return nil
		}
		return map[string]any{"external_contact": who, "follow_user": ties}
	case "externalcontact/batch/get_by_user":
		user := in["userid_list"].([]any)[0].(string)
		ids := keysOf(f.follows[user])
		from := 0
		_, _ = fmt.Sscan(in["cursor"].(string), &from)
		to := min(from+f.pageSize, len(ids))
		var list []map[string]any
		for _, id := range ids[from:to] {
			list = append(list, map[string]any{"external_contact": f.people[id], "follow_info": f.follows[user][id]})
		}
		next := ""
		if to < len(ids) {
			next = fmt.Sprint(to)
		}
		return map[string]any{"external_contact_list": list, "next_cursor": next}
	case "externalcontact/get_follow_user_list":
		return map[string]any{"follow_user": keysOf(f.follows)}
	case "user/get":
		return map[string]any{"userid": q("userid"), "name": "M " + q("userid"), "email": q("userid") + "@brand.example", "status": 1}
	case "externalcontact/get_corp_tag_list":
		return map[string]any{"tag_group": f.tags}
	case "externalcontact/mark_tag", "externalcontact/remark":
		b, _ := json.Marshal(in)
		f.order = append(f.order, api+" "+string(b))
		return map[string]any{}
	case "externalcontact/send_welcome_msg":
		code := in["welcome_code"].(string)
		if f.codes[code] != "" {
			return map[string]any{"errcode": 41051, "errmsg": "sent"}
		}
		b, _ := json.Marshal(in["text"])
		f.codes[code] = string(b)
		return map[string]any{}
	case "externalcontact/groupchat/list":
		var list []map[string]any
		for _, id := range keysOf(f.groups) {
			list = append(list, map[string]any{"chat_id": id, "status": 0})
		}
		return map[string]any{"group_chat_list": list}
	case "externalcontact/groupchat/get":
		if g := f.groups[in["chat_id"].(string)]; g != nil {
			return map[string]any{"group_chat": g}
		}
	case "externalcontact/transfer_customer", "externalcontact/resigned/transfer_customer":
		var list []map[string]any
		for _, id := range in["external_userid"].([]any) {
			code := 0
			if strings.HasPrefix(id.(string), "wm_bad") {
				code = 40128
			}
			list = append(list, map[string]any{"external_userid": id, "errcode": code})
		}
		return map[string]any{"customer": list}
	case "externalcontact/transfer_result", "externalcontact/resigned/transfer_result":
		var list []map[string]any
		for _, id := range keysOf(f.transfer) {
			list = append(list, map[string]any{"external_userid": id, "status": f.transfer[id], "takeover_time": 1772352000})
		}
		return map[string]any{"customer": list}
	}
	return nil
}
