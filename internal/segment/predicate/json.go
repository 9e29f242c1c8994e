package predicate

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"fishpond/internal/platform/i18n"
)

// value is a JSON value that knows where it stands.
type value struct {
	kind   byte     // { [ " 0 t (true and false) n (null)
	text   string   // of a text, number or boolean
	names  []string // of an object's members
	items  []*value // of an object or a list
	parent *value
	slot   int // among the parent's items
}

func (v *value) member(name string) *value {
	for i, n := range v.names {
		if n == name {
			return v.items[i]
		}
	}
	return nil
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer of the value.
func (v *value) pointer() string {
	switch {
	case v.parent == nil:
		return ""
	case v.parent.kind == '{':
		return v.parent.pointer() + "/" + escapePointer.Replace(short(v.parent.names[v.slot]))
	}
	return v.parent.pointer() + index(v.slot)
}

// The limits of JSON by itself: deeper or larger cannot be a tree.
const (
	maxJSONDepth  = 2*MaxDepth + 8
	maxJSONValues = 30_000
)

// readJSON reads one JSON value and stops at the first thing that goes too
// far, however much comes behind it. encoding/json would look at all of it
// first, and cannot say where in the tree a problem is.
func readJSON(data []byte) (*value, *problem) {
	if len(data) > MaxJSON {
		return nil, &problem{text: i18n.T("条件太长，最多 %d KB", "The condition is too long: at most %d KB", MaxJSON>>10)}
	}
	if !utf8.Valid(data) {
		return nil, &problem{text: i18n.T("文字编码不正确，应为 UTF-8", "The text is not valid UTF-8")}
	}
	r := &reader{data: data}
	root, bad := r.read(nil, 0)
	if bad == nil {
		if r.space(); r.at < len(data) {
			bad = &problem{text: i18n.T("JSON 后面还有内容", "Something follows the JSON")}
		}
	}
	return root, bad
}

type reader struct {
	data   []byte
	at     int
	values int
}

func (r *reader) space() {
	for r.at < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.at]) >= 0 {
		r.at++
	}
}

// next skips space and gives the next byte, 0 at the end.
func (r *reader) next() byte {
	if r.space(); r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

// literal takes a word if it stands here.
func (r *reader) literal(word string) bool {
	if strings.HasPrefix(string(r.data[r.at:min(r.at+len(word), len(r.data))]), word) {
		r.at += len(word)
		return true
	}
	return false
}

func (r *reader) read(parent *value, depth int) (*value, *problem) {
	v := &value{parent: parent}
	if parent != nil {
		v.slot = len(parent.items)
		parent.items = append(parent.items, v)
	}
	if r.values++; r.values > maxJSONValues {
		return nil, &problem{pointer: v.pointer(), text: i18n.T("条件太多", "There is too much in the condition")}
	}
	switch c := r.next(); {
	case c == '"':
		s, ok := r.string()
		if v.kind, v.text = '"', s; !ok {
			return nil, r.syntax(v)
		}
	case c == '{' || c == '[':
		if v.kind = c; depth >= maxJSONDepth {
			return nil, &problem{pointer: v.pointer(), text: i18n.T("嵌套太深，最多 %d 层", "Nested too deeply: at most %d levels", MaxDepth)}
		}
		r.at++
		return v, r.fill(v, depth+1)
	case c == '-' || c >= '0' && c <= '9':
		from := r.at
		for r.at < len(r.data) && strings.IndexByte("+-.0123456789eE", r.data[r.at]) >= 0 {
			r.at++
		}
		number := r.data[from:r.at]
		if !json.Valid(number) {
			return nil, r.syntax(v)
		}
		d, ok := jsonDecimal(string(number))
		if v.kind, v.text = '0', d; !ok {
			return nil, &problem{pointer: v.pointer(), text: i18n.T("数字太长", "The number is too long")}
		}
	case r.literal("true"):
		v.kind, v.text = 't', "true"
	case r.literal("false"):
		v.kind, v.text = 't', "false"
	case r.literal("null"):
		v.kind = 'n'
	default:
		return nil, r.syntax(v)
	}
	return v, nil
}

// fill reads the members or entries of v up to its end.
func (r *reader) fill(v *value, depth int) *problem {
	end := v.kind + 2 // ] follows [ by two, as } does {
	if r.next() == end {
		r.at++
		return nil
	}
	for {
		if len(v.items) >= MaxItems {
			return &problem{pointer: v.pointer(), text: i18n.T("列表太长，最多 %d 项", "The list is too long: at most %d entries", MaxItems)}
		}
		if v.kind == '{' {
			if bad := r.name(v); bad != nil {
				return bad
			}
		}
		if _, bad := r.read(v, depth); bad != nil {
			return bad
		}
		c := r.next()
		r.at++
		if c == end {
			return nil
		}
		if c != ',' {
			return r.syntax(v)
		}
	}
}

// name reads the name of the next member and its colon.
func (r *reader) name(v *value) *problem {
	if r.next() != '"' {
		return r.syntax(v)
	}
	name, ok := r.string()
	if !ok || r.next() != ':' {
		return r.syntax(v)
	}
	r.at++
	if len(v.names) >= 16 || v.member(name) != nil {
		return &problem{pointer: v.pointer(), text: i18n.T("%s 重复，或这里的项太多", "%s is there twice, or there are too many members", short(name))}
	}
	v.names = append(v.names, name)
	return nil
}

// string reads a text in quotes.
func (r *reader) string() (string, bool) {
	from := r.at
	escaped := false
	for r.at++; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			if r.at++; !escaped {
				return string(r.data[from+1 : r.at-1]), true
			}
			var s string
			err := json.Unmarshal(r.data[from:r.at], &s)
			return s, err == nil
		case c == '\\':
			escaped = true
			r.at++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

func (r *reader) syntax(v *value) *problem {
	p := &problem{text: i18n.T("不是正确的 JSON（第 %d 字节附近）", "This is not JSON (near byte %d)", min(r.at, len(r.data)))}
	if v != nil && v.parent != nil {
		p.pointer = v.parent.pointer()
	}
	return p
}
