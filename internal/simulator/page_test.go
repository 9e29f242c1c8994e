package simulator

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"fishpond/internal/simulator/wecom"
)

// page fetches a page in a language, following redirects.
func (s *sea) page(method, path, lang string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", lang)
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(body)
}

// A person plays: scans as somebody new, reads the welcome, writes, deletes.
func TestPlayingOnThePages(t *testing.T) {
	s := newSea(t, Options{})
	in := s.listen(wecom.KindAgent)
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}, "state": "card"})
	qr := strings.TrimPrefix(way["qr_code"].(string), s.url)
	resp, body := s.page("GET", qr, "en", nil)
	if !strings.Contains(body, "As which customer do you scan?") || !strings.HasPrefix(resp.Request.URL.Path, "/scan/way/") {
		t.Fatalf("%s: %s", resp.Request.URL, body)
	}
	hostile := `<script>alert(1)</script>`
	resp, body = s.page("POST", resp.Request.URL.Path, "zh-CN", url.Values{"new_name": {hostile}, "new_phone": {"13800000000"}})
	if !strings.HasPrefix(resp.Request.URL.Path, "/customers/p1") || !strings.Contains(body, "已加为好友") || !strings.Contains(body, "爱丽丝") {
		t.Fatalf("%s: %s", resp.Request.URL, body)
	}
	if strings.Contains(body, hostile) || !strings.Contains(body, html.EscapeString(hostile)) {
		t.Error("the name is not escaped")
	}
	s.drained()
	event, _ := in.take()[0].EventAddExternalContact()
	if out := s.api(wecom.KindAgent, "externalcontact/send_welcome_msg", object{"welcome_code": event.GetWelcomeCode(), "text": object{"content": "欢迎来到海味"},
		"attachments": []object{{"msgtype": "link", "link": object{"title": "首单券", "url": "https://example.com/c"}}}}); out.code() != 0 {
		t.Fatal(out)
	}
	if _, body = s.page("GET", "/customers/p1", "zh-CN", nil); !strings.Contains(body, "欢迎来到海味") || !strings.Contains(body, `href="https://example.com/c"`) {
		t.Errorf("the customer does not see the welcome: %s", body)
	}
	fields := url.Values{"external_userid": {event.GetExternalUserID()}, "userid": {"alice"}, "back": {"/customers/p1"}, "text": {"谢谢"}}
	if _, body = s.page("POST", "/act/corp/"+s.corp.ID+"/say", "zh-CN", fields); !strings.Contains(body, "谢谢") {
		t.Errorf("the word is not there: %s", body)
	}
	if _, body = s.page("POST", "/act/corp/"+s.corp.ID+"/delete_member", "zh-CN", fields); !strings.Contains(body, "客户已删除该员工") {
		t.Errorf("not deleted: %s", body)
	}
	if _, body = s.page("POST", "/act/corp/"+s.corp.ID+"/delete_member", "en", fields); !strings.Contains(body, `role="alert"`) {
		t.Errorf("a second time is not refused: %s", body)
	}
	s.drained()
	if got := in.take(); len(got) != 1 || string(got[0].ChangeType) != "del_follow_user" {
		t.Errorf("told: %v", got)
	}
	for _, back := range []string{"//example.com/x", "https://example.com/x", `/\example.com`, "javascript:alert(1)"} {
		if resp, _ := s.page("POST", "/act/fault", "en", url.Values{"do": {"clear"}, "back": {back}}); resp.Request.URL.Host != strings.TrimPrefix(s.url, "http://") || resp.Request.URL.Path != "/" {
			t.Errorf("back to %q led to %s", back, resp.Request.URL)
		}
	}
}

// Members act on the corp's page.
func TestMembersOnThePages(t *testing.T) {
	s := newSea(t, Options{})
	lin := s.friend("林")
	if out := s.api(wecom.KindAgent, "externalcontact/add_msg_template", object{"sender": "alice", "text": object{"content": "上新啦"}}); out.code() != 0 {
		t.Fatal(out)
	}
	if out := s.api(wecom.KindAgent, "externalcontact/add_moment_task", object{"text": object{"content": "今日鲜虾"}, "visible_range": object{"sender_list": object{"user_list": []string{"alice"}}}}); out.code() != 0 {
		t.Fatal(out)
	}
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}, "skip_verify": false})
	wang := s.person("王")
	if in := s.scan(wang, way["qr_code"].(string)); in.Outcome != "requested" {
		t.Fatalf("scanned: %+v", in)
	}
	path := "/corps/" + s.corp.ID
	_, body := s.page("GET", path, "en", nil)
	for _, want := range []string{"上新啦", "今日鲜虾", "Requests to accept", "林"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	masses := s.corp.MassList()
	for verb, form := range map[string]url.Values{
		"confirm_mass":   {"id": {masses[0].ID}, "userid": {"alice"}},
		"publish_moment": {"id": {s.corp.MomentList()[0].ID}, "userid": {"alice"}},
		"accept":         {"request": {strconv.FormatInt(s.corp.Summary().Requests[0].ID, 10)}},
		"reply":          {"external_userid": {lin}, "userid": {"alice"}, "text": {"您好"}},
	} {
		form.Set("back", path)
		if _, body := s.page("POST", "/act/corp/"+s.corp.ID+"/"+verb, "en", form); strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: %s", verb, body)
		}
	}
	if s.corp.MassList()[0].Tasks[0].SentAt == 0 || len(s.corp.MomentList()[0].Published) != 1 || len(s.corp.FriendshipsOf(wang.ID)) != 1 {
		t.Error("what was clicked did not happen")
	}
}

func TestPagesInBothLanguages(t *testing.T) {
	s := newSea(t, Options{})
	s.friend("林")
	appid, _, _ := s.account("", "")
	s.drained()
	for path, words := range map[string][2]string{
		"/":                   {"总览", "Overview"},
		"/customers":          {"客户", "Customers"},
		"/customers/p1":       {"删除该员工", "Delete this member"},
		"/corps/" + s.corp.ID: {"待发送的群发", "Mass messages to confirm"},
		"/callbacks":          {"回调", "Callbacks"},
		"/faults":             {"制造故障", "Make a fault"},
		"/scan/way/gone":      {"这个码已失效", "This code no longer works"},
		"/scan/oa/" + appid:   {"谁来扫这个码", "As which customer do you scan?"},
		"/connect/oauth2/authorize?appid=" + s.corp.ID + "&response_type=code&scope=snsapi_base&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F": {"谁打开这个页面", "Who opens this page?"},
	} {
		for i, lang := range []string{"zh-CN", "en"} {
			resp, body := s.page("GET", path, lang, nil)
			if resp.StatusCode != http.StatusOK || !strings.Contains(body, words[i]) {
				t.Errorf("%s in %s: %d, no %q", path, lang, resp.StatusCode, words[i])
			}
			if strings.Contains(body, "<no value>") || strings.Contains(resp.Header.Get("Content-Security-Policy"), "script-src") {
				t.Errorf("%s in %s: %s", path, lang, body)
			}
			if len(body) > 50_000 {
				t.Errorf("%s weighs %d bytes", path, len(body))
			}
		}
	}
	for _, pair := range texts {
		if pair[0] == "" || pair[1] == "" {
			t.Errorf("a text lacks a language: %q", pair)
		}
	}
	for _, path := range []string{"/customers/p99", "/corps/none", "/qr2/x", "/media/none/x"} {
		if resp, _ := s.page("GET", path, "en", nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, resp.StatusCode)
		}
	}
}

func TestOAuthOnThePages(t *testing.T) {
	s := newSea(t, Options{})
	client := &http.Client{Transport: s.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	query := "appid=" + s.corp.ID + "&redirect_uri=" + url.QueryEscape("http://127.0.0.1:9/back?x=1") + "&response_type=code&scope=snsapi_base&state=s1"
	resp, err := client.PostForm(s.url+"/authorize", url.Values{"query": {query}, "userid": {"alice"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || to.Host != "127.0.0.1:9" || to.Query().Get("state") != "s1" || to.Query().Get("x") != "1" {
		t.Fatalf("sent to %s, %v", to, err)
	}
	if who := s.api(wecom.KindAgent, "auth/getuserinfo?code="+to.Query().Get("code"), nil); who["userid"] != "alice" {
		t.Errorf("who: %v", who)
	}
	// A code works once, for five minutes, for the app it was given out for.
	back := func(query string) (int, string) {
		t.Helper()
		resp, err := client.PostForm(s.url+"/authorize", url.Values{"query": {query}, "userid": {"alice"}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		to, _ := url.Parse(resp.Header.Get("Location"))
		return resp.StatusCode, to.Query().Get("code")
	}
	who := func(kind wecom.Kind, code string) int {
		t.Helper()
		return s.api(kind, "auth/getuserinfo?code="+code, nil).code()
	}
	if got := who(wecom.KindAgent, to.Query().Get("code")); got != 40029 {
		t.Errorf("a code that was used: %v", got)
	}
	_, late := back(query)
	s.clock.move(5 * time.Minute)
	if got := who(wecom.KindAgent, late); got != 40029 {
		t.Errorf("after five minutes: %v", got)
	}
	_, foreign := back(query)
	var another wecom.App
	s.control("POST", "/control/corps/"+s.corp.ID+"/apps", object{"kind": wecom.KindAgent, "name": "another"}, &another)
	const other = wecom.Kind("another")
	s.apps[other] = another
	if got := who(other, foreign); got != 40029 {
		t.Errorf("another app's: %v", got)
	}
	if got := who(wecom.KindAgent, foreign); got != 0 {
		t.Errorf("its own: %v", got)
	}
	if got := who(wecom.KindAgent, ""); got != 41008 {
		t.Errorf("none: %v", got)
	}
	for wrong, want := range map[string]int{
		strings.Replace(query, "http%3A%2F%2F", "javascript%3A", 1):                    400,
		strings.Replace(query, "response_type=code", "response_type=token", 1):         400,
		strings.Replace(query, "snsapi_base", "snsapi_all", 1):                         400,
		strings.Replace(query, "snsapi_base", "snsapi_privateinfo", 1):                 400,
		strings.Replace(query, "state=s1", "state=a-b", 1):                             400,
		strings.Replace(query, "state=s1", "state="+strings.Repeat("a", 129), 1):       400,
		query + "&agentid=1999999":                                                     404,
		strings.Replace(query, "snsapi_base", "snsapi_privateinfo&agentid=1000001", 1): 303,
	} {
		if got, _ := back(wrong); got != want {
			t.Errorf("%s: %d, want %d", wrong, got, want)
		}
	}
	if _, body := s.page("GET", "/connect/oauth2/authorize?appid="+s.corp.ID+"&redirect_uri=x", "en", nil); !strings.Contains(body, "redirect_uri must begin") || strings.Contains(body, "alice") {
		t.Error(body)
	}
	s.control("PATCH", "/control/corps/"+s.corp.ID+"/apps/agent-1000001", object{"domain": "pond.example"}, nil)
	if got, _ := back(query); got == 303 {
		t.Error("an address outside the app's domain")
	}
}

// Another site cannot play with the simulator through its user's browser.
func TestForeignFormsAreRefused(t *testing.T) {
	s := newSea(t, Options{})
	req, err := http.NewRequest("POST", s.url+"/act/fault", strings.NewReader("do=expire"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want 403", resp.StatusCode)
	}
}

func TestPicturesOfCodes(t *testing.T) {
	s := newSea(t, Options{})
	way := s.api(wecom.KindAgent, "externalcontact/add_contact_way", object{"type": 1, "scene": 2, "user": []string{"alice"}})
	status, body := s.raw("GET", strings.TrimPrefix(way["qr_code"].(string), s.url), nil)
	if status != 200 || !strings.HasPrefix(string(body), "\x89PNG") {
		t.Errorf("%d, %d bytes", status, len(body))
	}
}
