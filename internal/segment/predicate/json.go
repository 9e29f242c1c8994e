package predicate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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

// readJSON reads one JSON value token by token and stops at the first thing
// that goes too far, however much comes behind it.
func readJSON(data []byte) (*value, *problem) {
	if len(data) > MaxJSON {
		return nil, &problem{text: i18n.T("条件太长，最多 %d KB", "The condition is too long: at most %d KB", MaxJSON>>10)}
	}
	if !utf8.Valid(data) {
		return nil, &problem{text: i18n.T("文字编码不正确，应为 UTF-8", "The text is not valid UTF-8")}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	r := &reader{dec: dec}
	root, bad := r.read(nil, 0)
	if bad == nil {
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			bad = &problem{text: i18n.T("JSON 后面还有内容", "Something follows the JSON")}
		}
	}
	return root, bad
}

type reader struct {
	dec    *json.Decoder
	values int
}

func (r *reader) read(parent *value, depth int) (*value, *problem) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, r.syntax(parent)
	}
	v := &value{parent: parent}
	if parent != nil {
		v.slot = len(parent.items)
		parent.items = append(parent.items, v)
	}
	if r.values++; r.values > maxJSONValues {
		return nil, &problem{pointer: v.pointer(), text: i18n.T("条件太多", "There is too much in the condition")}
	}
	switch t := token.(type) {
	case string:
		v.kind, v.text = '"', t
	case bool:
		v.kind, v.text = 't', "false"
		if t {
			v.text = "true"
		}
	case json.Number:
		d, ok := jsonDecimal(string(t))
		if v.kind, v.text = '0', d; !ok {
			return nil, &problem{pointer: v.pointer(), text: i18n.T("数字太长", "The number is too long")}
		}
	case nil:
		v.kind = 'n'
	case json.Delim:
		v.kind = byte(t)
		if depth >= maxJSONDepth {
			return nil, &problem{pointer: v.pointer(), text: i18n.T("嵌套太深，最多 %d 层", "Nested too deeply: at most %d levels", MaxDepth)}
		}
		return v, r.fill(v, depth+1)
	}
	return v, nil
}

// fill reads the members or entries of v up to its end.
func (r *reader) fill(v *value, depth int) *problem {
	for r.dec.More() {
		if len(v.items) >= MaxItems {
			return &problem{pointer: v.pointer(), text: i18n.T("列表太长，最多 %d 项", "The list is too long: at most %d entries", MaxItems)}
		}
		if v.kind == '{' {
			token, err := r.dec.Token()
			name, ok := token.(string)
			if err != nil || !ok {
				return r.syntax(v)
			}
			if len(v.names) >= 16 || v.member(name) != nil {
				return &problem{pointer: v.pointer(), text: i18n.T("%s 重复，或这里的项太多", "%s is there twice, or there are too many members", short(name))}
			}
			v.names = append(v.names, name)
		}
		if _, bad := r.read(v, depth); bad != nil {
			return bad
		}
	}
	if _, err := r.dec.Token(); err != nil { // the closing bracket
		return r.syntax(v)
	}
	return nil
}

func (r *reader) syntax(v *value) *problem {
	p := &problem{text: i18n.T("不是正确的 JSON（第 %d 字节附近）", "This is not JSON (near byte %d)", r.dec.InputOffset())}
	if v != nil {
		p.pointer = v.pointer()
	}
	return p
}
