package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	maxName        = 80   // characters
	maxDescription = 1000 // characters
)

var (
	errNoSegment = errs.NotFound(i18n.T("这个人群", "segment"))
	errNoPerson  = errs.NotFound(i18n.T("这位客户", "person"))
	errNoList    = errs.NotFound(i18n.T("这份名单", "list"))
)

// cleanLine makes one line of text out of what somebody typed: no control
// characters, no blanks at the ends, single blanks within. In a predicate a
// name stands between quotes if need be, so that any sign may be in it.
func cleanLine(path, s string, most int) (string, error) {
	if !utf8.ValidString(s) {
		return "", errs.InvalidField(path, i18n.T("文字编码不正确", "The text is not valid UTF-8"))
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		return "", errs.InvalidField(path, i18n.T("最多 %d 个字", "At most %d characters", most))
	}
	return s, nil
}

func cleanName(s string) (string, error) {
	s, err := cleanLine("body.name", s, maxName)
	if err == nil && s == "" {
		err = errs.InvalidField("body.name", i18n.T("请填写名称", "A name is needed"))
	}
	return s, err
}
