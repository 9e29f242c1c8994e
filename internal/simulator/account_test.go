package simulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/simulator/envelope"
	"fishpond/internal/simulator/people"
)

// accountReceiver takes messages of an official account, encrypted or plain, and answers
// in place when it has something to say.
type accountReceiver struct {
	t      *testing.T
	appid  string
	key    string
	answer func(m map[string]string) string
	mu     sync.Mutex
	got    []map[string]string
}

func (r *accountReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	q := req.URL.Query()
	if q.Get("signature") != envelope.Sign(testToken, q.Get("timestamp"), q.Get("nonce")) {
		r.t.Error("the signature is wrong")
	}
	if req.Method == http.MethodGet {
		_, _ = io.WriteString(w, q.Get("echostr"))
		return
	}
	body, _ := io.ReadAll(req.Body)
	if r.key != "" {
		seal, err := envelope.New(testToken, r.key, r.appid)
		if err != nil {
			r.t.Error(err)
			return
		}
		var outer struct{ ToUserName, Encrypt string }
		if err := xml.Unmarshal(body, &outer); err != nil || q.Get("encrypt_type") != "aes" || q.Get("msg_signature") != seal.Signature(q.Get("timestamp"), q.Get("nonce"), outer.Encrypt) {
			r.t.Errorf("the envelope is wrong: %v", err)
		}
		var receiver string
		if body, receiver, err = seal.Decrypt(outer.Encrypt); err != nil || receiver != r.appid {
			r.t.Errorf("opened for %q: %v", receiver, err)
		}
	}
	m := elements(r.t, body)
	r.mu.Lock()
	r.got = append(r.got, m)
	r.mu.Unlock()
	if r.answer != nil {
		_, _ = io.WriteString(w, r.answer(m))
		return
	}
	_, _ = io.WriteString(w, "success")
}

func (r *accountReceiver) take() []map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// account makes an account and returns its appid, secret and a receiver.
func (s *sea) account(kind, key string) (appid, secret string, r *accountReceiver) {
	s.t.Helper()
	var made struct{ AppID, Secret string }
	s.control("POST", "/control/accounts", object{"kind": kind, "name": "海味服务号"}, &made)
	r = &accountReceiver{t: s.t, appid: made.AppID, key: key}
	server := httptest.NewServer(r)
	s.t.Cleanup(server.Close)
	s.control("PUT", "/control/accounts/"+made.AppID+"/callback", object{"url": server.URL, "token": testToken, "key": key}, nil)
	return made.AppID, made.Secret, r
}

// wx calls the official account's API with a token.
func (s *sea) wx(appid, secret, path string, in any) (out object) {
	s.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	s.control("POST", "/cgi-bin/stable_token", object{"grant_type": "client_credential", "appid": appid, "secret": secret}, &token)
	method, mark := "GET", "?"
	if in != nil {
		method = "POST"
	}
	if strings.Contains(path, "?") {
		mark = "&"
	}
	s.control(method, path+mark+"access_token="+token.AccessToken, in, &out)
	return out
}

func TestOfficialAccount(t *testing.T) {
	for _, mode := range []struct{ name, key string }{{"encrypted", testKey}, {"plain", ""}} {
		t.Run(mode.name, func(t *testing.T) {
			s := newSea(t, Options{})
			appid, secret, r := s.account("", mode.key)
			code := s.wx(appid, secret, "/cgi-bin/qrcode/create", object{"action_name": "QR_LIMIT_STR_SCENE", "action_info": object{"scene": object{"scene_str": "parcel-7"}}})
			if code["ticket"] == nil || !strings.HasPrefix(code["url"].(string), s.url+"/scan/oa/") {
				t.Fatalf("code: %v", code)
			}
			lin := s.person("林")
			if in := s.scan(lin, code["url"].(string)); in.Outcome != "followed" {
				t.Errorf("scanned: %+v", in)
			}
			if in := s.scan(lin, s.url+"/cgi-bin/showqrcode?ticket="+code["ticket"].(string)); in.Outcome != "scanned" {
				t.Errorf("scanned again: %+v", in)
			}
			if err := s.sim.OfficialAccounts().Say(appid, lin.ID, "有 ]]> 优惠吗"); err != nil {
				t.Fatal(err)
			}
			s.drained()
			got := r.take()
			if len(got) != 3 || got[0]["Event"] != "subscribe" || got[0]["EventKey"] != "qrscene_parcel-7" || got[0]["Ticket"] != code["ticket"] ||
				got[1]["Event"] != "SCAN" || got[1]["EventKey"] != "parcel-7" || got[2]["MsgType"] != "text" || got[2]["Content"] != "有 ]]> 优惠吗" || got[2]["MsgId"] == "" {
				t.Fatalf("told: %v", got)
			}
			openid := got[0]["FromUserName"]
			info := s.wx(appid, secret, "/cgi-bin/user/info?openid="+openid, nil)
			if info["subscribe"] != 1.0 || info["unionid"] != lin.Unionid("main") || info["qr_scene_str"] != "parcel-7" || info["subscribe_scene"] != "ADD_SCENE_QR_CODE" {
				t.Errorf("user: %v", info)
			}
			if list := s.wx(appid, secret, "/cgi-bin/user/get", nil); list["total"] != 1.0 || list["data"].(map[string]any)["openid"].([]any)[0] != openid {
				t.Errorf("followers: %v", list)
			}
			if err := s.sim.OfficialAccounts().Unfollow(appid, lin.ID); err != nil {
				t.Fatal(err)
			}
			s.drained()
			if got := r.take(); len(got) != 1 || got[0]["Event"] != "unsubscribe" {
				t.Errorf("told: %v", got)
			}
			if info := s.wx(appid, secret, "/cgi-bin/user/info?openid="+openid, nil); info["subscribe"] != 0.0 {
				t.Errorf("user: %v", info)
			}
		})
	}
}

// What an account may write depends on what the follower did, and when.
func TestCustomerMessageWindows(t *testing.T) {
	s := newSea(t, Options{})
	appid, secret, r := s.account("", testKey)
	lin := s.person("林")
	oa := s.sim.OfficialAccounts()
	if err := oa.Follow(appid, lin.ID); err != nil {
		t.Fatal(err)
	}
	s.drained()
	openid := r.take()[0]["FromUserName"]
	send := func() int {
		return s.wx(appid, secret, "/cgi-bin/message/custom/send", object{"touser": openid, "msgtype": "text", "text": object{"content": "你好"}}).code()
	}
	expect := func(when string, want ...int) {
		t.Helper()
		for i, code := range want {
			if got := send(); got != code {
				t.Errorf("%s, message %d: %d, want %d", when, i+1, got, code)
			}
		}
	}
	expect("after following", 0, 0, 0, 45047)
	s.clock.move(2 * time.Minute)
	expect("two minutes later", 45015)
	if err := oa.Say(appid, lin.ID, "在吗"); err != nil {
		t.Fatal(err)
	}
	s.clock.move(47 * time.Hour)
	expect("47 hours after a word", 0, 0, 0, 0, 0, 45047)
	if err := oa.Say(appid, lin.ID, "还在吗"); err != nil {
		t.Fatal(err)
	}
	expect("after another word", 0)
	s.clock.move(49 * time.Hour)
	expect("49 hours later", 45015)
	if code := s.wx(appid, secret, "/cgi-bin/message/custom/send", object{"touser": "nobody", "msgtype": "text", "text": object{"content": "x"}}).code(); code != 40003 {
		t.Errorf("to a stranger: %d, want 40003", code)
	}
	if lines := oa.Views(lin)[0].Lines; len(lines) != 11 {
		t.Errorf("the follower sees %d lines, want 9 of the account and 2 of their own", len(lines))
	}
}

func TestPassiveAnswer(t *testing.T) {
	s := newSea(t, Options{})
	appid, _, r := s.account("", testKey)
	r.answer = func(m map[string]string) string {
		inner := "<xml><ToUserName><![CDATA[" + m["FromUserName"] + "]]></ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>欢迎关注</Content></xml>"
		seal, err := envelope.New(testToken, testKey, appid)
		if err != nil {
			t.Error(err)
		}
		closed, err := seal.Encrypt([]byte(inner))
		if err != nil {
			t.Error(err)
		}
		return "<xml><Encrypt>" + closed + "</Encrypt></xml>"
	}
	lin := s.person("林")
	if err := s.sim.OfficialAccounts().Follow(appid, lin.ID); err != nil {
		t.Fatal(err)
	}
	s.drained()
	if lines := s.sim.OfficialAccounts().Views(lin)[0].Lines; len(lines) != 1 || lines[0].Text != "欢迎关注" {
		t.Errorf("the follower sees %+v", lines)
	}
}

func TestSignInOfPagesAndMiniPrograms(t *testing.T) {
	s := newSea(t, Options{})
	appid, secret, _ := s.account("official_account", "")
	mini, miniSecret, _ := s.account("mini_program", "")
	lin := s.sim.People().Add(people.Person{Name: "林", Phone: "13800000000"})
	get := func(path string) (out object) { s.control("GET", path, nil, &out); return out }
	code := func(appid, scope, name string) string {
		var out struct{ Code string }
		s.control("POST", "/control/accounts/"+appid+"/"+name, object{"customer": lin.ID, "scope": scope}, &out)
		return out.Code
	}
	page := "/sns/oauth2/access_token?grant_type=authorization_code&appid=" + appid + "&secret=" + secret + "&code="
	base := code(appid, "snsapi_base", "oauth_code")
	quiet := get(page + base)
	if quiet["openid"] == nil || quiet["unionid"] != nil {
		t.Errorf("snsapi_base: %v", quiet)
	}
	if again := get(page + base); again.code() != 40163 {
		t.Errorf("the code again: %v, want 40163", again)
	}
	full := get(page + code(appid, "snsapi_userinfo", "oauth_code"))
	if full["openid"] != quiet["openid"] || full["unionid"] != lin.Unionid("main") {
		t.Errorf("snsapi_userinfo: %v", full)
	}
	user := get("/sns/userinfo?openid=" + full["openid"].(string) + "&access_token=" + full["access_token"].(string))
	if user["nickname"] != "林" {
		t.Errorf("user: %v", user)
	}
	if refused := get("/sns/userinfo?openid=" + full["openid"].(string) + "&access_token=" + quiet["access_token"].(string)); refused.code() != 48001 {
		t.Errorf("with the quiet token: %v, want 48001", refused)
	}
	late := code(appid, "snsapi_base", "oauth_code")
	s.clock.move(6 * time.Minute)
	if out := get(page + late); out.code() != 40029 {
		t.Errorf("six minutes later: %v, want 40029", out)
	}
	login := "/sns/jscode2session?grant_type=authorization_code&appid=" + mini + "&secret=" + miniSecret + "&js_code="
	session := get(login + code(mini, "", "oauth_code"))
	if session["unionid"] != lin.Unionid("main") || session["session_key"] == nil || session["openid"] == full["openid"] {
		t.Errorf("session: %v", session)
	}
	if out := get(login + code(appid, "snsapi_base", "oauth_code")); out.code() != 40029 {
		t.Errorf("another account's code: %v, want 40029", out)
	}
	phone := s.wx(mini, miniSecret, "/wxa/business/getuserphonenumber", object{"code": code(mini, "", "phone_code")})
	if info, _ := phone["phone_info"].(map[string]any); info["purePhoneNumber"] != "13800000000" {
		t.Errorf("phone: %v", phone)
	}
	for path, want := range map[string]int{
		"/cgi-bin/token?grant_type=client_credential&appid=wxnone&secret=x":                          40013,
		"/cgi-bin/token?grant_type=client_credential&appid=" + appid + "&secret=x":                   40125,
		"/cgi-bin/token?grant_type=x&appid=" + appid + "&secret=" + secret:                           40002,
		"/cgi-bin/user/info?openid=x&access_token=x":                                                 40001,
		"/cgi-bin/user/info?openid=x":                                                                41001,
		"/sns/oauth2/access_token?grant_type=authorization_code&appid=" + appid + "&secret=x&code=y": 40125,
	} {
		if out := get(path); out.code() != want {
			t.Errorf("%s: %v, want %d", path, out, want)
		}
	}
}

// A new token ends the one before after five minutes; an official account is not WeCom.
func TestAccountTokens(t *testing.T) {
	s := newSea(t, Options{})
	appid, secret, _ := s.account("", "")
	fetch := func() string {
		var out struct {
			AccessToken string `json:"access_token"`
		}
		s.control("GET", "/cgi-bin/token?grant_type=client_credential&appid="+appid+"&secret="+secret, nil, &out)
		return out.AccessToken
	}
	works := func(token string) int {
		var out object
		s.control("GET", "/cgi-bin/user/get?access_token="+token, nil, &out)
		return out.code()
	}
	first := fetch()
	second := fetch()
	if first == second || works(first) != 0 || works(second) != 0 {
		t.Error("both tokens should work for five minutes")
	}
	s.clock.move(5 * time.Minute)
	if a, b := works(first), works(second); a != 42001 || b != 0 {
		t.Errorf("five minutes later %d and %d, want 42001 and 0", a, b)
	}
	s.control("POST", "/control/tokens/expire", object{"scope": appid}, nil)
	if code := works(second); code != 42001 {
		t.Errorf("expired on request: %d", code)
	}
	// The picture of a message, through the path that WeCom has too.
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("media", "a.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(picture(t))
	w.Close()
	resp, err := s.client.Post(s.url+"/cgi-bin/media/upload?type=image&access_token="+fetch(), w.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out object
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out["media_id"] == nil {
		t.Errorf("upload: %v, %v", out, err)
	}
}
