package sms_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/sms"
	"fishpond/internal/platform/errs"
)

const secretID, secretKey = "AKIDexample", "Gu5t9xGARNpq86cd98joQYCN3example"

// provider checks requests as the platform documents it, by its own reading of
// what came over the line, and answers.
func provider(t *testing.T, now time.Time, answer func(action string, in map[string]any) any) *httptest.Server {
	form := regexp.MustCompile(`^TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	sign := func(key []byte, s string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(s))
		return m.Sum(nil)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse := func(code string) {
			fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":"no"},"RequestId":"1"}}`, code)
		}
		body, _ := io.ReadAll(r.Body)
		m := form.FindStringSubmatch(r.Header.Get("Authorization"))
		at, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
		if m == nil || err != nil || m[1] != secretID || m[2] != time.Unix(at, 0).UTC().Format("2006-01-02") || now.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute {
			refuse("AuthFailure.SignatureExpire")
			return
		}
		headers := ""
		for _, h := range strings.Split(m[3], ";") {
			v := r.Header.Get(h)
			if h == "host" {
				v = r.Host
			}
			headers += h + ":" + strings.ToLower(strings.TrimSpace(v)) + "\n"
		}
		canonical := strings.Join([]string{r.Method, r.URL.Path, r.URL.RawQuery, headers, m[3], sum(body)}, "\n")
		text := strings.Join([]string{"TC3-HMAC-SHA256", strconv.FormatInt(at, 10), m[2] + "/sms/tc3_request", sum([]byte(canonical))}, "\n")
		want := hex.EncodeToString(sign(sign(sign(sign([]byte("TC3"+secretKey), m[2]), "sms"), "tc3_request"), text))
		if want != m[4] {
			refuse("AuthFailure.SignatureFailure")
			return
		}
		var in map[string]any
		if err := json.Unmarshal(body, &in); err != nil || r.Header.Get("X-TC-Version") != "2021-01-11" || r.Header.Get("X-TC-Region") != "ap-guangzhou" {
			refuse("InvalidParameter")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Response": answer(r.Header.Get("X-TC-Action"), in)})
	}))
	t.Cleanup(server.Close)
	return server
}

func TestSend(t *testing.T) {
	now := time.Date(2026, 3, 1, 23, 59, 59, 0, time.FixedZone("CST", 8*3600)) // another day in UTC
	server := provider(t, now, func(action string, in map[string]any) any {
		if action != "SendSms" || in["SignName"] != "鱼塘" || in["TemplateId"] != "1110" || in["SmsSdkAppId"] != "1400006666" || fmt.Sprint(in["TemplateParamSet"]) != "[王 <3]" {
			t.Errorf("%s %v", action, in)
		}
		return map[string]any{"SendStatusSet": []map[string]any{{"PhoneNumber": "+8613800138000", "SerialNo": "s1", "Code": "Ok"}, {"PhoneNumber": "+8613800138001", "Code": "LimitExceeded.PhoneNumberDailyLimit"}}}
	})
	options := sms.Options{Base: server.URL, HTTP: server.Client(), Now: func() time.Time { return now }, SecretID: secretID, SecretKey: secretKey, AppID: "1400006666", Sign: "鱼塘"}
	sent, err := sms.New(options).Send(t.Context(), "1110", []string{"王", "<3"}, []string{"+8613800138000", "+8613800138001"}, "job 7")
	if err != nil || fmt.Sprint(sent) != "[{+8613800138000 s1 Ok} {+8613800138001  LimitExceeded.PhoneNumberDailyLimit}]" {
		t.Errorf("%v %v", sent, err)
	}
	wrong := options
	wrong.SecretKey = "other"
	if err := sms.New(wrong).Check(t.Context()); !errs.Is(err, errs.CodeConflict) || strings.Contains(err.Error(), "other") {
		t.Errorf("a wrong key: %v", err)
	}
	late := options
	late.Now = func() time.Time { return now.Add(-time.Hour) }
	if err := sms.New(late).Check(t.Context()); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("an old request: %v", err)
	}
	for _, phones := range [][]string{nil, {"13800138000"}, make([]string, 201)} {
		if _, err := sms.New(options).Send(t.Context(), "1110", nil, phones, ""); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%v: %v", phones, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for code, want := range map[string]errs.Code{
		"RequestLimitExceeded": errs.CodeTooMany, "InternalError.Timeout": errs.CodeUnavailable,
		"FailedOperation.TemplateIncorrectOrUnapproved": errs.CodeConflict, "AuthFailure.SecretIdNotFound": errs.CodeConflict,
	} {
		server := provider(t, now, func(string, map[string]any) any {
			return map[string]any{"Error": map[string]string{"Code": code, "Message": "m"}}
		})
		c := sms.New(sms.Options{Base: server.URL, HTTP: server.Client(), Now: func() time.Time { return now }, SecretID: secretID, SecretKey: secretKey})
		if err := c.Check(t.Context()); !errs.Is(err, want) {
			t.Errorf("%s: %v", code, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	defer server.Close()
	c := sms.New(sms.Options{Base: server.URL, HTTP: server.Client(), Now: func() time.Time { return now }})
	if err := c.Check(t.Context()); !errs.Is(err, errs.CodeUnavailable) {
		t.Errorf("not JSON: %v", err)
	}
}
