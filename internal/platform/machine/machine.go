// Package machine tells requests that no person made.
package machine

import (
	"net/http"
	"regexp"
	"strings"
)

// machines are what calls itself so in User-Agent: previews of messengers,
// search engines, monitors, libraries. People's browsers never do.
var machines = regexp.MustCompile(`(?i)bot\b|bot/|crawl|spider|slurp|preview|externalhit|facebookcatalog|embedly|quora link|vkshare|whatsapp/|skypeuripreview|iframely|monitor|pingdom|uptime|headlesschrome|lighthouse|` +
	`curl/|wget/|python-|go-http-client|okhttp|java/|apache-httpclient|libwww|node-fetch|axios/|httpx/|scrapy|postman|mail\.ru|yahoo! slurp|bytespider|sogou web|360spider|yisouspider|wechatwork-link|google-safety|safe ?browsing|barracuda|proofpoint|mimecast`)

// Made reports whether a request was made by a machine that looks at links,
// or by a browser in advance: nobody has opened anything then. One that passes
// itself off as a browser cannot be told apart.
func Made(r *http.Request) bool {
	agent := r.UserAgent()
	if r.Method == http.MethodHead || strings.TrimSpace(agent) == "" || machines.MatchString(agent) {
		return true
	}
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(r.Header.Get(header)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") || strings.Contains(v, "prerender") {
			return true
		}
	}
	return false
}
