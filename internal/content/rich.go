package content

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"fishpond/internal/platform/plaintext"
)

// filePath is where the console finds a file; the pictures of articles are
// kept with it.
const filePath = "/api/v1/material-files/"

var (
	fileForm  = regexp.MustCompile(`^mfl_[0-9a-f]{32}$`)
	pictureAt = regexp.MustCompile(`^` + filePath + `mfl_[0-9a-f]{32}$`)
	pictures  = regexp.MustCompile(`<img [^>]*>`)
	pictureID = regexp.MustCompile(`src="` + filePath + `(mfl_[0-9a-f]{32})"`)
	webLink   = regexp.MustCompile(`^https?://`)
)

// article is the policy of rich text: the words, their structure, links to the
// web and pictures out of the library. No styles, no classes, no scripts.
var article = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "ul", "ol", "li", "blockquote", "pre", "code", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").Matching(webLink).OnElements("a")
	p.AllowAttrs("src").Matching(pictureAt).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowURLSchemes("http", "https")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// cleanHTML is what may be kept of rich text that somebody sent.
func cleanHTML(html string) string {
	// Editors of browsers make a line a div.
	html = strings.NewReplacer("<div", "<p", "</div>", "</p>", "\x00", "").Replace(strings.ToValidUTF8(html, ""))
	html = article.Sanitize(html)
	return pictures.ReplaceAllStringFunc(html, func(img string) string {
		if !pictureID.MatchString(img) {
			return "" // nothing to show
		}
		if !strings.Contains(img, " alt=") {
			return strings.Replace(img, "<img ", `<img alt="" `, 1)
		}
		return img
	})
}

// picturesOf are the ids of the files that an article shows.
func picturesOf(html string) (out []string) {
	for _, m := range pictureID.FindAllStringSubmatch(html, -1) {
		out = append(out, m[1])
	}
	return out
}

var bare = bluemonday.StrictPolicy()

// words are those of rich text.
func words(html string) string {
	return plaintext.Tidy(strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(bare.Sanitize(strings.ReplaceAll(html, "</p>", "</p> "))))
}
