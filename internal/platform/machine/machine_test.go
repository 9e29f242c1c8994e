package machine

import (
	"net/http/httptest"
	"testing"
)

func TestMade(t *testing.T) {
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.54"
	for _, c := range []struct {
		method, agent, header, value string
		want                         bool
	}{
		{"GET", phone, "", "", false},
		{"GET", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Sec-Purpose", "", false},
		{"HEAD", phone, "", "", true},
		{"GET", "", "", "", true},
		{"GET", "curl/8.5.0", "", "", true},
		{"GET", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "", true},
		{"GET", phone, "Sec-Purpose", "prefetch;prerender", true},
		{"GET", phone, "Purpose", "Preview", true},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Header.Set("User-Agent", c.agent)
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		if got := Made(r); got != c.want {
			t.Errorf("%s %q %s: %s: %v", c.method, c.agent, c.header, c.value, got)
		}
	}
}
