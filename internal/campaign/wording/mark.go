package wording

import (
	"html"
	"regexp"
	"strings"
)

var (
	action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	bare   = regexp.MustCompile(`(?i)\bhttps?://[^\s"'<>(){}\[\]|\\^` + "`" + `，。；：！？、（）《》【】“”‘’…]+`)
	anchor = regexp.MustCompile(`(?is)<a(?:rea)?\s(?:[^>"']|"[^"]*"|'[^']*')*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// Links finds the addresses that readers can follow, in the order in which they
// stand, and puts mark(address) in the place of each. Of a page these are the
// targets of its <a> and <area>, of a plain text whatever begins with http. An
// address that holds a variable is not found: it is not the same for all.
// Where mark is empty the address stays.
func Links(source string, page bool, mark func(url string) string) string {
	var spans [][2]int
	if page {
		for _, m := range anchor.FindAllStringSubmatchIndex(source, -1) {
			from, to := m[2], m[3]
			if from < 0 {
				from, to = m[4], m[5]
			}
			spans = append(spans, [2]int{from, to})
		}
	} else {
		actions := action.FindAllStringIndex(source, -1)
		for _, m := range bare.FindAllStringIndex(source, -1) {
			from, to := m[0], m[1]
			to = from + len(strings.TrimRight(source[from:to], ".,;:!?*_~"))
			inside := strings.HasPrefix(source[to:], "{{")
			for _, a := range actions {
				inside = inside || a[0] <= from && from < a[1]
			}
			if !inside {
				spans = append(spans, [2]int{from, to})
			}
		}
	}
	var out strings.Builder
	at := 0
	for _, s := range spans {
		url := source[s[0]:s[1]]
		if page {
			url = strings.TrimSpace(html.UnescapeString(url))
		}
		if strings.Contains(url, "{{") || !strings.HasPrefix(strings.ToLower(url), "http://") && !strings.HasPrefix(strings.ToLower(url), "https://") {
			continue
		}
		if m := mark(url); m != "" {
			out.WriteString(source[at:s[0]])
			out.WriteString(m)
			at = s[1]
		}
	}
	if at == 0 {
		return source
	}
	out.WriteString(source[at:])
	return out.String()
}
