package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
)

//go:embed widget.js
var widget string

// Look is how the chat of an account looks and what it says first.
type Look struct {
	Account  string `json:"account"`
	Colour   string `json:"colour"`   // #rrggbb
	Title    string `json:"title"`    // empty: in the page's language
	Greeting string `json:"greeting"` // empty: in the page's language
	Locale   string `json:"locale"`   // zh-CN, en, or empty: the page's
	Ask      string `json:"ask"`      // before, after or off: when the visitor is asked for a phone number or address
}

// Script is the script with the account's look in it, and a tag that changes
// with either.
func Script(l Look) (script, tag string) {
	b, err := json.Marshal(l) // escapes <, > and & too
	if err != nil {
		panic("web: a look does not marshal: " + err.Error()) // cannot happen
	}
	script = strings.Replace(widget, "'__LOOK__'", string(b), 1)
	sum := sha256.Sum256([]byte(script))
	return script, hex.EncodeToString(sum[:8])
}

//go:embed try.html
var tryPage string

// TryPage is a page that shows the chat, for whoever sets it up. nonce is that
// of the page's style.
func TryPage(account, nonce, title, words string) string {
	return strings.NewReplacer("{{account}}", account, "{{nonce}}", nonce, "{{title}}", title, "{{words}}", words).Replace(tryPage)
}
