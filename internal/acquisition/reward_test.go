package acquisition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func (w *world) reward(body string) (r Reward) {
	w.tb.Helper()
	w.want(201, "POST", "/rewards", body, &r)
	return r
}

func (w *world) firstCard(b Batch) string {
	w.tb.Helper()
	var page struct{ Items []Card }
	w.want(200, "GET", "/cards/"+b.ID+"/cards?limit=1", "", &page)
	return pathOf(page.Items[0].URL)
}

// earned are the reward events so far, as "kind person claim-card-or-order".
func (w *world) earned() (out []string) {
	w.tb.Helper()
	for _, e := range w.events(acquisitionevent.RewardEarned, acquisitionevent.RewardAssigned) {
		var r acquisitionevent.Reward
		w.must(json.Unmarshal(e.Data, &r))
		if r.ClaimID == "" || r.RuleID == "" || len(r.Receipt) != 8 {
			w.tb.Errorf("%s", e.Data)
		}
		out = append(out, strings.TrimPrefix(e.Kind, "reward.")+" "+e.PersonID+" "+r.OrderID)
	}
	return out
}

func receiptOn(page string) string {
	if m := regexp.MustCompile(`class="receipt">([A-Z2-9]{8})<`).FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

func TestRewardRules(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for body, path := range map[string]string{
			`{"name":"x","title":"五星好评礼","condition":"scanned"}`:                                                                      "body.title",
			`{"name":"晒图返现","title":"x","condition":"scanned"}`:                                                                       "body.name",
			`{"name":"x","title":"转发朋友圈领券","condition":"scanned"}`:                                                                    "body.title",
			`{"name":"x","title":"x","condition":"reviewed"}`:                                                                         "body.condition",
			`{"name":"x","title":"x","condition":"shared"}`:                                                                           "body.condition",
			`{"name":"x","title":"x","condition":"scanned","valid_from":"2026-07-01T00:00:00Z","valid_until":"2026-06-30T00:00:00Z"}`: "body.valid_until",
			`{"name":" ","title":"x","condition":"scanned"}`:                                                                          "body.name",
		} {
			contains(t, w.want(422, "POST", "/rewards", body, nil), path)
		}
		scan, friend := w.reward(`{"name":"扫码","title":"券","condition":"scanned"}`), w.reward(`{"name":"加好友","title":"红包","kind":"red_packet","condition":"friend_added"}`)
		order := w.reward(`{"name":"订单","title":"礼","condition":"order_proven"}`)
		if scan.PerPerson != 1 || scan.PerOrder != 1 || scan.Budget != 0 || scan.Kind != "none" || scan.Status != "active" {
			t.Errorf("%+v", scan)
		}
		// A thing gives only what it can see met.
		for _, c := range []struct{ method, path, body, wrong string }{
			{"POST", "/forms", `{"name":"x","spec":{"title":"x","consent":"x","reward_id":"` + scan.ID + `"}}`, "body.spec.reward_id"},
			{"POST", "/codes", `{"name":"x","mode":"page","members":[{"staff_id":"stf_1"}],"reward_id":"` + scan.ID + `"}`, "body.reward_id"},
			{"POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x","target":"https://a.example","reward_id":"` + friend.ID + `"}}`, "body.spec.code_id"},
			{"POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x","target":"https://a.example","reward_id":"` + order.ID + `"}}`, "body.spec.reward_id"},
			{"POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x","target":"https://a.example","reward_id":"rwd_nobody"}}`, "没有这条"},
			{"POST", "/forms", `{"name":"x","spec":{"title":"x","consent":"x","thanks":"记得五星好评"}}`, "body.spec.thanks"},
			{"POST", "/codes", `{"name":"x","mode":"page","members":[{"staff_id":"stf_1"}],"welcome":[{"parts":[{"kind":"text","text":"晒图返现"}]}]}`, "body.welcome[0].parts[0].text"},
		} {
			contains(t, w.want(422, c.method, c.path, c.body, nil), c.wrong)
		}
		w.want(200, "PATCH", "/rewards/"+scan.ID, `{"terms":{"name":"扫码","title":"新券","budget":5},"version":1}`, &scan)
		if scan.Title != "新券" || scan.Budget != 5 || scan.Version != 2 {
			t.Errorf("%+v", scan)
		}
		w.want(409, "PATCH", "/rewards/"+scan.ID, `{"status":"ended","version":1}`, nil)
		contains(t, w.want(422, "PATCH", "/rewards/"+scan.ID, `{"terms":{"name":"x","title":"评价后返现"}}`, nil), "body.terms.title")
		contains(t, w.want(200, "GET", "/rewards?q=扫码", "", nil), `"total":1`, scan.ID)
		for _, c := range [][2]string{{"GET", "/rewards/" + scan.ID}, {"PATCH", "/rewards/" + scan.ID}} {
			if code, _ := w.do("org_b owner", c[0], c[1], `{"status":"ended"}`); code != 404 {
				t.Errorf("another org: %s %s: %d", c[0], c[1], code)
			}
		}
		if code, _ := w.do("org_b owner", "POST", "/cards", `{"name":"x","cards":1,"spec":{"title":"x","target":"https://a.example","reward_id":"`+scan.ID+`"}}`); code != 422 {
			t.Errorf("another org's reward: %d", code)
		}
		for _, role := range []string{"associate", "viewer", "finance"} {
			if code, _ := w.do("org_a "+role, "POST", "/rewards", `{"name":"x","title":"x","condition":"scanned"}`); code != 403 {
				t.Errorf("%s made a reward: %d", role, code)
			}
		}
	})
}

// A budget holds however many come at once, and each is told of once.
func TestBudgetUnderRaces(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"x","title":"券","condition":"scanned","budget":5}`)
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"x","cards":20,"spec":{"title":"x","target":"https://a.example","reward_id":"`+r.ID+`"}}`, &b)
		var cards struct{ Items []Card }
		w.want(200, "GET", "/cards/"+b.ID+"/cards?limit=20", "", &cards)
		var wg sync.WaitGroup
		codes := make([]int, 28) // as many as one address may send in a while
		for i, c := range cards.Items[:14] {
			for j := range 2 { // each button is pressed twice
				other := w.browser()
				other.cookies[visitorCookie] = fmt.Sprintf("vaaaaaaaaaaaaa%c%c%c", 'a'+i/26, 'a'+i%26, 'a')
				wg.Go(func() { codes[2*i+j] = other.do("POST", pathOf(c.URL), url.Values{}).Code })
			}
		}
		wg.Wait()
		won := 0
		for i := 0; i < len(codes); i += 2 {
			if codes[i] != codes[i+1] && codes[i]+codes[i+1] != 609 {
				t.Errorf("%d %d", codes[i], codes[i+1])
			}
			if codes[i] == 200 || codes[i+1] == 200 {
				won++
			}
		}
		w.want(200, "GET", "/rewards/"+r.ID, "", &r)
		if won != 5 || r.Claims != 5 || r.Earned != 5 || len(w.earned()) != 5 {
			t.Errorf("%d won, %+v, %v", won, r, w.earned())
		}
	})
}

func TestLimitsAndTimes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"x","title":"券","condition":"scanned","per_batch":2,"valid_from":"2026-06-16T00:00:00Z","valid_until":"2026-07-01T00:00:00Z"}`)
		batch := func(mode string) (b Batch) {
			w.want(201, "POST", "/cards", `{"name":"x","cards":3,"mode":"`+mode+`","spec":{"title":"x","target":"https://a.example","reward_id":"`+r.ID+`"}}`, &b)
			return b
		}
		till := w.firstCard(batch("store"))
		ann, bea, cleo := w.browser(), w.browser(), w.browser()
		for _, b := range []*browser{ann, bea, cleo} {
			b.do("GET", till, nil)
		}
		press := func(b *browser, path string, form url.Values, want int, says string) string {
			t.Helper()
			rec := b.do("POST", path, form)
			if rec.Code != want {
				t.Errorf("%d, not %d: %s", rec.Code, want, rec.Body)
			}
			contains(t, rec.Body.String(), says)
			return receiptOn(rec.Body.String())
		}
		press(ann, till, url.Values{}, 409, "还没有开始")
		contains(t, ann.do("GET", till, nil).Body.String(), "还没有开始")
		w.clock.Advance(24 * time.Hour)
		first := press(ann, till, url.Values{}, 200, "已领取 券")
		if again := press(ann, till, url.Values{}, 200, "已领取 券"); again != first || first == "" {
			t.Errorf("pressed again: %q, %q", first, again)
		}
		if shown := receiptOn(ann.do("GET", till, nil).Body.String()); shown != first {
			t.Errorf("a later visit shows %q", shown)
		}
		shy := w.browser()
		shy.headers["DNT"] = "1"
		press(shy, till, url.Values{}, 409, "Cookie")
		press(bea, till, url.Values{}, 200, "已领取")
		press(cleo, till, url.Values{}, 409, "已经领完") // two of a batch
		other := w.firstCard(batch("per_order"))
		press(ann, other, url.Values{"order_no": {"A-1001"}}, 409, "每人")
		press(cleo, other, url.Values{"order_no": {"A-1001"}}, 200, "已领取")
		dan := w.browser()
		dan.do("GET", other, nil)
		press(dan, other, url.Values{"order_no": {"a-1001"}}, 409, "领取过了")
		third := w.firstCard(batch("per_order"))
		press(dan, third, url.Values{"order_no": {"A-1001"}}, 409, "领取过了") // an order earns a rule once
		w.clock.Advance(30 * 24 * time.Hour)
		press(dan, third, url.Values{"order_no": {"A-1002"}}, 409, "已经结束")
		en := w.browser()
		en.lang = "en"
		contains(t, en.do("GET", third, nil).Body.String(), "It is over", "does not depend on whether you review")
	})
}

// A claim by somebody unknown is theirs once their browser is known.
func TestRewardFindsItsPerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"x","title":"券","condition":"scanned","kind":"coupon","ref":"cpt_9"}`)
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"x","cards":2,"mode":"single","spec":{"title":"x","target":"https://a.example","reward_id":"`+r.ID+`"}}`, &b)
		ann := w.browser()
		ann.do("GET", w.firstCard(b), nil)
		ann.do("POST", w.firstCard(b), url.Values{})
		known := timeline.Fact{Kind: poolevent.IdentityAdded, PersonID: "per_ann", Data: poolevent.Identity{Kind: "cookie", Value: ann.cookies[visitorCookie]}}
		w.tell(known, known)
		w.catchUp()
		if got := fmt.Sprint(w.earned()); got != "[earned   assigned per_ann ]" {
			t.Errorf("%s", got)
		}
		var cards struct{ Items []Card }
		w.want(200, "GET", "/cards/"+b.ID+"/cards", "", &cards)
		phone := w.browser() // her phone, known by now
		phone.do("GET", pathOf(cards.Items[1].URL), nil)
		w.tell(timeline.Fact{Kind: poolevent.IdentityAdded, PersonID: "per_ann2", Data: poolevent.Identity{Kind: "device", Value: phone.cookies[visitorCookie]}},
			timeline.Fact{Kind: poolevent.Merged, PersonID: "per_ann", Data: poolevent.Merge{WinnerID: "per_ann", LoserID: "per_ann2", MergeID: "mrg_1", Members: []string{"per_ann2"}}})
		w.catchUp()
		if rec := phone.do("POST", pathOf(cards.Items[1].URL), url.Values{}); rec.Code != 409 || !strings.Contains(rec.Body.String(), "每人") {
			t.Errorf("another device of the same person: %d", rec.Code)
		}
		contains(t, w.want(200, "GET", "/reward-claims?person_id=per_ann2", "", nil), `"total":1`, `"status":"earned"`, "per_ann")
		text := w.want(200, "GET", "/reward-claims/export?format=csv", "", nil)
		contains(t, text, "凭证", "earned")
		if n := len(w.want(200, "GET", "/reward-claims/export?format=xlsx", "", nil)); n < 1000 {
			t.Errorf("an XLSX of %d bytes", n)
		}
		if _, text := w.do("org_b owner", "GET", "/reward-claims", ""); !strings.Contains(text, `"items":[]`) {
			t.Errorf("another org sees %s", text)
		}
	})
}

// friend makes a person a friend by a code.
func friend(person, codeID string, at time.Time) timeline.Fact {
	return timeline.Fact{Kind: carrierevent.FriendAdded, PersonID: person, OccurredAt: at, Data: carrierevent.Friend{AccountID: "acc_1", UserID: "u", StaffID: "stf_1", CodeID: codeID}}
}

func TestRewardForAFriend(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"加好友","title":"红包","kind":"red_packet","condition":"friend_added"}`)
		c := w.code(`{"name":"x","account_id":"acc_1","members":[{"staff_id":"stf_1"}]}`)
		own := w.reward(`{"name":"活码","title":"礼","condition":"friend_added","budget":2}`)
		w.clock.Advance(time.Minute)
		direct := w.code(`{"name":"y","account_id":"acc_1","members":[{"staff_id":"stf_1"}],"reward_id":"` + own.ID + `"}`)
		w.refresh()
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"包裹","cards":9,"spec":{"title":"x","code_id":"`+c.ID+`","reward_id":"`+r.ID+`"}}`, &b)
		var cards struct{ Items []Card }
		w.want(200, "GET", "/cards/"+b.ID+"/cards", "", &cards)
		ask := func(i int) (*browser, string) {
			t.Helper()
			browser := w.browser()
			browser.do("GET", pathOf(cards.Items[i].URL), nil)
			page := browser.do("POST", pathOf(cards.Items[i].URL), url.Values{}).Body.String()
			contains(t, page, "还差一步", "wework.qpic.cn")
			return browser, receiptOn(page)
		}
		ann, _ := ask(0)
		_, said := ask(1)
		_, shown := ask(2)
		ask(3)
		if len(w.earned()) != 0 {
			t.Fatalf("before anybody is a friend: %v", w.earned())
		}
		now := w.clock.Now()
		// The browser turns out to be Ann's, who comes as a friend.
		w.tell(timeline.Fact{Kind: poolevent.IdentityAdded, PersonID: "per_ann", Data: poolevent.Identity{Kind: "cookie", Value: ann.cookies[visitorCookie]}})
		w.tell(friend("per_ann", c.ID, now), friend("per_ann", c.ID, now.Add(time.Second)))
		w.catchUp()
		// Bea sends her receipt, in small letters, to whom she added; so does another.
		for _, who := range []string{"per_bea", "per_thief"} {
			w.tell(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: who, Data: carrierevent.Message{Type: "text", Text: "你好，凭证 " + strings.ToLower(said) + "。"}})
		}
		w.catchUp()
		// Cleo shows hers to the staff.
		confirm := `{"receipt":"` + shown + `","person_id":"per_cleo"}`
		var done Claim
		w.want(200, "POST", "/reward-claims/confirm", confirm, &done)
		w.want(200, "POST", "/reward-claims/confirm", confirm, nil)
		w.want(409, "POST", "/reward-claims/confirm", `{"receipt":"`+shown+`","person_id":"per_dan"}`, nil)
		w.want(404, "POST", "/reward-claims/confirm", `{"receipt":"AAAAAAAA","person_id":"per_dan"}`, nil)
		if code, _ := w.do("org_b owner", "POST", "/reward-claims/confirm", confirm); code != 404 {
			t.Errorf("another org: %d", code)
		}
		if code, _ := w.do("org_a viewer", "POST", "/reward-claims/confirm", confirm); code != 403 {
			t.Errorf("a viewer: %d", code)
		}
		if code, _ := w.do("org_a associate", "POST", "/reward-claims/confirm", confirm); code != 200 {
			t.Errorf("an associate: %d", code)
		}
		if got := fmt.Sprint(w.earned()); got != "[earned per_ann  earned per_bea  earned per_cleo ]" || done.Status != "earned" {
			t.Errorf("%s %+v", got, done)
		}
		// What nobody fulfils lapses, and gives its place back.
		w.want(200, "GET", "/rewards/"+r.ID, "", &r)
		if r.Claims != 4 || r.Pending != 1 {
			t.Errorf("%+v", r)
		}
		w.clock.Advance(31 * 24 * time.Hour)
		w.must(w.svc.CleanVisits(t.Context()))
		w.want(200, "GET", "/rewards/"+r.ID, "", &r)
		if r.Claims != 3 || r.Pending != 0 {
			t.Errorf("%+v", r)
		}
		// A code's own reward: each person once, and not those of before the rule.
		now = w.clock.Now()
		w.tell(friend("per_old", direct.ID, at("2026-06-15 03:00")), friend("per_1", direct.ID, now), friend("per_1", direct.ID, now), friend("per_2", direct.ID, now), friend("per_3", direct.ID, now))
		w.catchUp()
		if got := fmt.Sprint(w.earned()[3:]); got != "[earned per_1  earned per_2 ]" {
			t.Errorf("of a code: %s of %v", got, w.earned())
		}
	})
}

func TestRewardForAnOrder(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"订单","title":"礼","condition":"order_proven"}`)
		var b Batch
		w.want(201, "POST", "/cards", `{"name":"包裹","cards":1,"mode":"per_order","spec":{"title":"x","target":"https://a.example","reward_id":"`+r.ID+`"}}`, &b)
		card := w.firstCard(b)
		paid := func(no string, at time.Time) timeline.Fact {
			return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_1", OccurredAt: at, Data: map[string]any{"order_id": no, "amount_minor": 100, "currency": "CNY"}}
		}
		w.tell(paid("Ab-1001", w.clock.Now().Add(-48*time.Hour)), paid("OLD-1", w.clock.Now().Add(-500*24*time.Hour)))
		w.catchUp()
		for i, c := range []struct{ no, says string }{{"ab-1001", "已领取"}, {"AB-1002", "正在核对"}, {"OLD-1", "正在核对"}} {
			page := w.browser().do("POST", card, url.Values{"order_no": {c.no}})
			if page.Code != 200 {
				t.Fatalf("%d: %d", i, page.Code)
			}
			contains(t, page.Body.String(), c.says)
		}
		w.tell(paid("AB-1002", w.clock.Now()))
		w.catchUp()
		w.catchUp()
		if got := fmt.Sprint(w.earned()); got != "[earned  AB-1001 earned  AB-1002]" {
			t.Errorf("%s", got)
		}
	})
}

func TestRewardForAForm(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"表单","title":"小样","kind":"gift","condition":"form_filled","budget":2}`)
		var f Form
		w.want(201, "POST", "/forms", `{"name":"x","spec":{"title":"x","consent":"同意","reward_id":"`+r.ID+`"}}`, &f)
		tablet := w.browser() // at a shop, used by many
		fill := func(phone string) (string, string) {
			t.Helper()
			token := regexp.MustCompile(`name="token" value="([a-z2-9]+)"`).FindStringSubmatch(tablet.do("GET", pathOf(f.URL), nil).Body.String())[1]
			form := url.Values{"name": {"张三"}, "phone": {phone}, "consent": {"yes"}, "token": {token}}
			first := tablet.do("POST", pathOf(f.URL), form).Body.String()
			if again := tablet.do("POST", pathOf(f.URL), form).Body.String(); receiptOn(again) != receiptOn(first) {
				t.Errorf("sent twice: %q and %q", receiptOn(first), receiptOn(again))
			}
			return receiptOn(first), first
		}
		one, _ := fill("13800000001")
		two, _ := fill("13800000002")
		again, _ := fill("13800000001")
		if one == "" || two == "" || one == two || again != one {
			t.Errorf("%q %q %q", one, two, again)
		}
		none, page := fill("13800000003")
		contains(t, page, "提交成功", "已经领完") // the form counts all the same
		if none != "" || len(w.people) != 3 || len(w.earned()) != 2 {
			t.Errorf("%q %v %v", none, w.people, w.earned())
		}
	})
}

// When the transaction of a claim fails at its end, as when the process dies,
// nothing of it is there, and it can be made again.
func TestClaimIsWholeOrNothing(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reward(`{"name":"x","title":"券","condition":"scanned","budget":1}`)
		died := errors.New("killed")
		make1 := func(fail error) error {
			return d.Write(context.Background(), org, func(tx *db.Tx) error {
				if _, _, err := w.svc.claimReward(t.Context(), tx, org, claim{reward: r.ID, thing: "bat_x", what: "card", card: "card", visitor: "v1"}, w.clock.Now()); err != nil {
					return err
				}
				return fail
			})
		}
		if err := make1(died); !errors.Is(err, died) {
			t.Fatal(err)
		}
		w.want(200, "GET", "/rewards/"+r.ID, "", &r)
		if r.Claims != 0 || len(w.earned()) != 0 {
			t.Errorf("half a claim: %+v %v", r, w.earned())
		}
		w.must(make1(nil))
		w.must(make1(nil))
		w.want(200, "GET", "/rewards/"+r.ID, "", &r)
		if r.Claims != 1 || len(w.earned()) != 1 {
			t.Errorf("%+v %v", r, w.earned())
		}
	})
}
