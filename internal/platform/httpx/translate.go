package httpx

import (
	"regexp"

	"fishpond/internal/platform/i18n"
)

// The HTTP library speaks English only; these are its sentences about wrong
// input, in the order in which they are tried.
var sentences = []struct {
	en *regexp.Regexp
	zh string
}{
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "缺少必填项 $1"},
	{regexp.MustCompile(`^unexpected property$`), "没有这个字段"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date-time$`), "应为 RFC 3339 时间，例如 2026-01-02T15:04:05Z"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date$`), "应为日期，例如 2026-01-02"},
	{regexp.MustCompile(`^expected string to be RFC 5322 email.*$`), "应为邮箱地址"},
	{regexp.MustCompile(`^expected string to be RFC 3986 uri.*$`), "应为网址"},
	{regexp.MustCompile(`^expected (?:boolean|value to be a boolean)$`), "应为 true 或 false"},
	{regexp.MustCompile(`^expected number$`), "应为数字"},
	{regexp.MustCompile(`^expected integer$`), "应为整数"},
	{regexp.MustCompile(`^expected string$`), "应为文本"},
	{regexp.MustCompile(`^expected array$`), "应为列表"},
	{regexp.MustCompile(`^expected object$`), "应为对象"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "应为其中之一：$1"},
	{regexp.MustCompile(`^expected number >= (.*)$`), "不能小于 $1"},
	{regexp.MustCompile(`^expected number > (.*)$`), "应大于 $1"},
	{regexp.MustCompile(`^expected number <= (.*)$`), "不能大于 $1"},
	{regexp.MustCompile(`^expected number < (.*)$`), "应小于 $1"},
	{regexp.MustCompile(`^expected length >= (.*)$`), "至少 $1 个字符"},
	{regexp.MustCompile(`^expected length <= (.*)$`), "最多 $1 个字符"},
	{regexp.MustCompile(`^expected array length >= (.*)$`), "至少 $1 项"},
	{regexp.MustCompile(`^expected array length <= (.*)$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected string to (?:be|match pattern) (.*)$`), "格式不符：$1"},
	{regexp.MustCompile(`^(?:request body is required)$`), "请求没有内容"},
	{regexp.MustCompile(`^required (\w+) parameter is missing$`), "缺少必填的参数"},
	{regexp.MustCompile(`^invalid (?:integer|float|boolean)$`), "格式不符"},
	{regexp.MustCompile(`^(?:cannot read request body|unmarshal.*|invalid character.*|unexpected end.*)$`), "请求内容不是有效的 JSON：$0"},
}

func translate(lang i18n.Lang, msg string) string {
	if lang == i18n.EN {
		return msg
	}
	for _, s := range sentences {
		if m := s.en.FindStringSubmatchIndex(msg); m != nil {
			return string(s.en.ExpandString(nil, s.zh, msg, m))
		}
	}
	return "不合要求：" + msg
}
