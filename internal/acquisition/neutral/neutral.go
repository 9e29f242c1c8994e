// Package neutral keeps promises of a reward apart from what people say of a
// product. Paying for a good review, for a rating, for a picture of one or for
// passing an advertisement on is illegal or against the platforms' rules; a
// text that asks for it is refused, and why is said.
//
// Words cannot decide what every text means. These leave no doubt, and a text
// that only mentions them can be put differently.
package neutral

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fishpond/internal/platform/i18n"
)

var (
	// Of Chinese, without blanks and punctuation.
	reviewZH = regexp.MustCompile(`好评|五星|5星|满星|五颗星|[5五]分评|满分评|打[5五]分|给[5五满]分|晒图|晒单|买家秀|带图评|图文评|评价截图|评论截图|截图评|删差评|改差评|改评价|返现|` +
		`(评价|评论|追评|留评|写评|测评)(后|完|并截图|截图|即|即可|就|可|可以)*(返|送|得|领|奖|有礼|有奖|获|换|抽)|(返|送|领|奖励|红包|现金)[^，。]{0,4}(写评|留评|追评|换评)`)
	shareZH = regexp.MustCompile(`集赞|(转发|分享)(到|至|给|本|此|这个)*(朋友圈|微信群|群|[0-9一二三两四五六七八九十]*(个|位)?(好友|朋友))|(转发|分享|点赞)(后|完|并截图|截图|即|即可|就|可|可以)*(返|送|得|领|奖|有礼|有奖|获|换|抽)`)

	// Of English, in lower case with single blanks.
	reviewEN = regexp.MustCompile(`\b(good|great|nice|positive|favou?rable|top|5|five)[- ]?(star(s)?)?[- ](review|rating|rate|feedback|comment)|\b(5|five)[- ]?stars?\b|[★⭐☆]{3,}|cash ?back|` +
		`\b(review|rating)s?\b.{0,30}\b(cash|refund|reward|gift|coupon|voucher|discount|rebate|free)|\b(cash|refund|reward|gift|coupon|voucher|discount|rebate|free)s?\b.{0,20}\b(for|if|when|after|once)\b.{0,20}\b(review|rat(e|ing))|` +
		`\bscreenshot.{0,20}\b(review|rating)|\b(remove|delete|change)\b.{0,20}\b(negative|bad|low)\b.{0,10}\b(review|rating)`)
	shareEN = regexp.MustCompile(`\b(share|repost|forward)\b.{0,20}\b(moments|wechat|friends?|groups?|timeline|facebook|instagram)\b|\b(share|repost|like)\b.{0,15}\b(to|and) (get|win|receive|claim)\b`)

	traditional = strings.NewReplacer("評", "评", "論", "论", "圖", "图", "曬", "晒", "單", "单", "贊", "赞", "轉", "转", "發", "发", "現", "现", "紅", "红", "買", "买", "滿", "满",
		"刪", "删", "寫", "写", "測", "测", "價", "价", "後", "后", "獎", "奖", "禮", "礼", "領", "领", "換", "换", "獲", "获", "給", "给", "個", "个", "顆", "颗", "線", "线", "⭐️", "⭐")
)

// Why says why a text is refused; ok: it is not. Asking for a share is refused
// only of what gives a reward.
func Why(text string, rewarded bool) (why i18n.Text, ok bool) {
	wide := strings.ToLower(traditional.Replace(norm.NFKC.String(text)))
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, wide)
	words := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // zero width
			return -1
		}
		return r
	}, wide)), " ")
	switch {
	case reviewZH.MatchString(letters), reviewEN.MatchString(words):
		return i18n.T("不能以奖励换取好评、评分、晒图或截图（反不正当竞争法与平台规则禁止）；可以奖励扫码、添加、登记或如实反馈",
			"a reward must not ask for a good review, a rating or a picture of one: that is illegal. It may be for a scan, a contact, a registration or honest feedback"), false
	case rewarded && (shareZH.MatchString(letters) || shareEN.MatchString(words)):
		return i18n.T("不能以奖励诱导分享、转发或集赞（平台外链规则禁止）；可以奖励扫码、添加、登记或如实反馈",
			"a reward must not ask for a share or for likes: the platforms forbid it. It may be for a scan, a contact, a registration or honest feedback"), false
	}
	return i18n.Text{}, true
}
