package neutral

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var refused = []string{
	"五星好评返现5元", "晒图返红包", "好 评 有 礼", "好\u200b评领券", "５星评价送礼", "請給我們五星好評", "评价后即可领红包", "写评价送券", "追评返5元", "带图评价截图发客服", "删差评联系客服", "打5分领奖",
	"给满分有惊喜", "曬單有獎", "买家秀征集，返现", "⭐⭐⭐⭐⭐ 晒出来", "★★★★★", "集赞 30 个领礼物", "转发到朋友圈领券", "分享给3位好友得红包", "分享后可领",
	"Leave a 5-star review and get cash", "Good reviews: cash back", "FIVE STARS please", "Get a coupon after you rate us", "A gift for your review", "Review us and receive a gift",
	"Send a screenshot of your review", "Please remove the negative review", "Share to Moments to win", "share and get a coupon", "positive feedback wanted",
}

var allowed = []string{
	"", "谢谢惠顾，扫码领 5 元券", "添加店长，登记生日领礼物", "欢迎如实反馈，反馈即领优惠券", "无论评价如何，都可领取", "奖励与是否评价、评价内容无关", "首单立减", "Thanks for your order: scan to get a coupon",
	"Tell us honestly what you think and get a voucher", "Our stars of the season", "扫码入群，每日分享穿搭", "We share recipes every day", "凭订单号领取",
}

func TestWhy(t *testing.T) {
	for _, text := range refused {
		if why, ok := Why(text, true); ok || why.ZH == "" || why.EN == "" {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range allowed {
		if why, ok := Why(text, true); !ok {
			t.Errorf("%q is refused: %s", text, why.ZH)
		}
	}
}

func TestSharingIsFree(t *testing.T) {
	if _, ok := Why("欢迎分享给朋友", false); !ok {
		t.Error("a text without a reward may ask for a share")
	}
	if _, ok := Why("求好评", false); ok {
		t.Error("a good review may not be asked for with a card at all")
	}
}

// Blanks, dots and zero-width letters between the letters hide nothing.
func TestNothingIsHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"好评", "五星", "晒图", "集赞", "返现", "评价后领券"}).Draw(t, "text")
		var out strings.Builder
		for _, r := range text {
			out.WriteRune(r)
			out.WriteString(rapid.SampledFrom([]string{"", " ", "·", "\u200b", "\u2060", "。", "-", "\n"}).Draw(t, "between"))
		}
		around := rapid.StringOf(rapid.SampledFrom([]rune("谢惠顾ab 1"))).Draw(t, "around")
		if _, ok := Why(around+out.String()+around, true); ok {
			t.Fatalf("%q passes", out.String())
		}
	})
}
