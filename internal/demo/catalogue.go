package demo

// Brand is what the synthetic brand is called.
const Brand = "山野茶事（演示）"

// product is something that the brand sells.
type product struct {
	sku, name  string
	priceMinor int64   // CNY fen
	weight     float64 // how often it is picked
	season     season
}

// season says when people like a thing most.
type season int

const (
	always season = iota
	spring
	summer
	autumn
	winter
	gifting // before Spring Festival and Mid-Autumn
)

var products = []product{
	{"LJ-100", "明前龙井 100g", 16800, 6, spring}, {"LJ-250", "雨前龙井 250g", 23800, 4, spring}, {"BLC-100", "洞庭碧螺春 100g", 14800, 4, spring},
	{"AJ-100", "安吉白茶 100g", 12800, 5, spring}, {"HS-100", "黄山毛峰 100g", 9800, 4, spring}, {"XY-250", "信阳毛尖 250g", 13800, 3, spring},
	{"TGY-250", "铁观音清香型 250g", 11800, 6, always}, {"DHP-125", "武夷大红袍 125g", 15800, 5, autumn}, {"RG-125", "武夷肉桂 125g", 19800, 3, autumn},
	{"FHDC-100", "凤凰单丛蜜兰香 100g", 13600, 4, autumn}, {"PE-357", "普洱生茶饼 357g", 18800, 4, winter}, {"PS-357", "普洱熟茶饼 357g", 16800, 5, winter},
	{"PX-200", "小青柑普洱 200g", 8800, 8, winter}, {"QH-150", "祁门红茶 150g", 10800, 5, winter}, {"DX-150", "滇红金芽 150g", 11800, 5, winter},
	{"ZS-150", "正山小种 150g", 9900, 6, winter}, {"BH-100", "白毫银针 100g", 26800, 2, always}, {"SM-300", "寿眉老白茶饼 300g", 12800, 4, winter},
	{"ML-250", "茉莉花茶 250g", 6800, 9, summer}, {"JH-50", "胎菊 50g", 3900, 9, summer}, {"MG-50", "玫瑰花 50g", 3600, 7, summer},
	{"CP-20", "陈皮白茶袋泡 20 袋", 4900, 10, always}, {"LN-15", "冷泡乌龙 15 袋", 3900, 9, summer}, {"HM-12", "花果茶 12 袋", 2900, 10, summer},
	{"ZH-24", "一周尝鲜组合 24 泡", 1990, 14, always}, {"GW-150", "盖碗 150ml", 5900, 4, always}, {"PZ-04", "品茗杯四只", 4900, 3, always},
	{"BW-500", "便携泡茶杯 500ml", 7900, 5, summer}, {"GF-A", "四时礼盒", 29800, 3, gifting}, {"GF-B", "臻品礼盒", 49800, 2, gifting},
	{"GF-C", "中秋茶点礼盒", 19800, 2, gifting}, {"CK-SUB", "每月一茶（订阅）", 9900, 4, always},
}

// channel is where people come from: what it costs, how fast its people buy
// and how well they stay.
type channel struct {
	key       string
	path      [3]string // platform, campaign, entrance
	weight    float64
	convert   float64 // share of arrivals that ever buy
	loyalty   float64 // multiplies how long people stay
	costMinor int64   // per arrival
}

var channels = []channel{
	{"douyin_live", [3]string{"抖音", "春茶直播季", "直播间活码"}, 26, .46, .72, 1180},
	{"xiaohongshu", [3]string{"小红书", "泡茶笔记", "笔记主页"}, 19, .52, .95, 860},
	{"parcel_card", [3]string{"包裹", "随单茶卡", "包裹卡"}, 21, .78, 1.25, 210},
	{"store_code", [3]string{"门店", "收银台", "门店台卡"}, 12, .71, 1.35, 150},
	{"official_account", [3]string{"公众号", "菜单", "会员菜单"}, 9, .49, 1.10, 120},
	{"friend", [3]string{"转介绍", "老客带新", "老客推荐"}, 8, .69, 1.50, 300},
	{"search_ad", [3]string{"搜索", "品牌词投放", "搜索落地页"}, 5, .38, .70, 2350},
}

var regions = []struct {
	name   string
	weight float64
}{
	{"浙江", 15}, {"江苏", 14}, {"上海", 12}, {"广东", 12}, {"北京", 8}, {"山东", 7}, {"福建", 6}, {"四川", 5}, {"湖北", 4}, {"河南", 4},
	{"安徽", 4}, {"湖南", 3}, {"陕西", 2}, {"辽宁", 2}, {"河北", 2}, {"重庆", 2}, {"天津", 1}, {"云南", 1}, {"江西", 1}, {"新疆", .5},
}

var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤")
	given    = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红飞鹏波斌宇浩凯健俊帆雪琳雅欣怡婷倩颖慧悦晨曦梓涵子轩思远嘉宁安然若彤一诺可心书瑶宛如清秋竹溪墨言知行")
	staff    = []string{"林小满", "周谷雨", "陈清和", "许白露", "何立秋", "沈冬至"}
	tags     = []struct {
		group, name, color string
		share              float64
	}{
		{"口味", "爱绿茶", "#4d8c57", .22}, {"口味", "爱红茶", "#b5524a", .18}, {"口味", "爱普洱", "#b0873b", .15}, {"口味", "爱花茶", "#a8577e", .17},
		{"人群", "送礼", "#c06c3e", .14}, {"人群", "母婴", "#3d8f94", .08}, {"人群", "办公室", "#4a78a8", .16}, {"服务", "易退款", "#7d8790", .03}, {"服务", "要发票", "#7a62a3", .05},
	}
	pages    = []string{"春茶专场", "新人礼", "会员日", "器具", "送礼指南", "冲泡方法", "老白茶故事"}
	asks     = []string{"这款茶适合空腹喝吗？", "什么时候发货？", "有没有小份装？", "上次那款还有吗？", "想送长辈，推荐哪款？", "水温多少合适？", "可以开发票吗？", "订单能改地址吗？"}
	messages = []string{"新到的春茶可以试饮了，需要给您留一份吗？", "您常喝的这款今天补货了。", "上次的茶还合口味吗？", "会员日到了，为您留了一张券。", "天气转凉，给您配了一份暖胃的红茶。"}
)

// Segment is a saved segment of the brand, as text.
type Segment struct{ Name, Description, Text string }

// Segments are those that the brand begins with.
func Segments() []Segment {
	return []Segment{
		{"沉默高客单", "买得多、最近没来，值得一对一唤回", "stage in (silent, lost) and gmv > 500 and not tag:服务/易退款"},
		{"90 天内复购", "90 天里下过两单以上", "did order.paid >= 2 in 90d"},
		{"本周生日", "本周过生日、能联系上", "birthday this week and reachable any"},
		{"新客未下单", "30 天内成为客户，还没买过", "created in 30d and orders = 0"},
		{"花茶爱好者", "爱花茶，半年内买过", "tag:口味/爱花茶 and did order.paid in 180d"},
		{"不看消息的人", "发过消息，30 天没打开过", "did message.sent in 60d and not did message.opened in 30d"},
		{"春节活动对照组", "随机留出一成，不发活动消息", "random 10% salt 春节活动"},
		{"可唤回的花茶客", "引用两个人群", "segment:沉默高客单 and tag:口味/爱花茶"},
	}
}
