package diagnosis

import "fishpond/internal/platform/i18n"

// The four parts of the questionnaire.
const (
	Scenes      = "scenes"      // where people can be caught
	Content     = "content"     // what they are given to read
	Interaction = "interaction" // who talks with them
	System      = "system"      // what remembers them
)

// Part is one of the four.
type Part struct {
	Key       string
	Text      i18n.Text
	Questions []Question
}

// Question has four answers, from the least to the most ready: 0 to 3.
type Question struct {
	Key     string
	Text    i18n.Text
	Answers [4]i18n.Text
	Advice  i18n.Text // what to do first
	Path    string    // of the console, where that is done; empty: not in the software
}

// Best is the highest answer.
const Best = 3

// Parts are the questionnaire in its order.
var Parts = []Part{
	{Scenes, i18n.T("场景", "Scenes"), []Question{
		{"parcel", i18n.T("包裹、小票里有引导加好友的卡片吗？", "Do parcels and receipts carry a card that leads to you?"),
			[4]i18n.Text{i18n.T("没有", "None"), i18n.T("个别活动有", "Now and then"), i18n.T("大部分有", "Most do"), i18n.T("都有，并知道扫码率", "All do, and we know how many scan")},
			i18n.T("给每个包裹放一张卡，一批一个码，看扫码率", "Put a card in each parcel, one code a batch, and watch how many scan"), "/links"},
		{"counter", i18n.T("门店或客服有固定的加好友动作吗？", "Do shops or customer service ask people to stay in touch?"),
			[4]i18n.Text{i18n.T("没有", "No"), i18n.T("个别人在做", "Some do"), i18n.T("有统一话术", "With agreed words"), i18n.T("有话术，也看每人的结果", "With agreed words, and results by associate")},
			i18n.T("给每家店、每位导购一个活码，先把话术统一", "Give each shop and associate a live code, and agree on the words"), "/codes"},
		{"ocean", i18n.T("内容、直播、广告能把人带到自己的账号吗？", "Do posts, live shows and ads lead to accounts of your own?"),
			[4]i18n.Text{i18n.T("不能", "No"), i18n.T("偶尔", "Now and then"), i18n.T("每次都带", "Always"), i18n.T("每次都带，并按渠道算成本", "Always, and costs are known by channel")},
			i18n.T("每个渠道一个入口，把花费记上", "One entrance a channel, with its costs"), "/channels"},
		{"carriers", i18n.T("一位客户，您能在几处联系到（企业微信、公众号、小程序、短信、邮件）？", "In how many places can you reach one customer (WeCom, official account, mini program, SMS, e-mail)?"),
			[4]i18n.Text{i18n.T("一处，或没有", "One or none"), i18n.T("两处", "Two"), i18n.T("三处", "Three"), i18n.T("四处以上", "Four or more")},
			i18n.T("至少再开一处，账号被封时人还在", "Open at least one more: people stay when an account is lost"), "/accounts"},
	}},
	{Content, i18n.T("内容", "Content"), []Question{
		{"worth", i18n.T("除了促销，有客户愿意看的内容吗？", "Is there something to read besides offers?"),
			[4]i18n.Text{i18n.T("没有", "No"), i18n.T("偶尔写", "Now and then"), i18n.T("每周都有", "Every week"), i18n.T("每周都有，按客户的需要分开", "Every week, by what people need")},
			i18n.T("先准备十份能回答客户常见问题的素材", "Begin with ten answers to what customers ask most"), "/content"},
		{"plan", i18n.T("发什么、什么时候发，有计划吗？", "Is it planned what is sent and when?"),
			[4]i18n.Text{i18n.T("想到再发", "When it comes to mind"), i18n.T("大促才有", "For sales only"), i18n.T("有月度计划", "By the month"), i18n.T("从加好友起每天都排好", "By the day, from the first contact on")},
			i18n.T("先排好加好友后的七天", "Lay out the first seven days"), "/sops"},
		{"voice", i18n.T("对客户说话的是谁？", "Who is it that speaks to them?"),
			[4]i18n.Text{i18n.T("没有固定的人", "Nobody in particular"), i18n.T("官方口吻", "The brand"), i18n.T("有名有姓的导购", "An associate with a name"), i18n.T("懂行的人，客户会主动来问", "An expert whom people ask")},
			i18n.T("给每位导购一张智能名片，写清楚能帮什么", "Give each associate a card that says what they can help with"), "/content"},
		{"effect", i18n.T("知道哪些内容带来了成交吗？", "Do you know which content sells?"),
			[4]i18n.Text{i18n.T("不知道", "No"), i18n.T("看打开数", "We count openings"), i18n.T("看谁看了多久", "We know who read how long"), i18n.T("有对照组，看多卖了多少", "Against people left out: what it added")},
			i18n.T("群发时留一组不发，看差多少", "Leave some people out, and look at the difference"), "/campaigns"},
	}},
	{Interaction, i18n.T("互动", "Interaction"), []Question{
		{"answer", i18n.T("客户发来消息，多久有人答？", "How soon does somebody answer?"),
			[4]i18n.Text{i18n.T("隔天或不答", "The next day, or never"), i18n.T("当天", "The same day"), i18n.T("一小时内", "Within an hour"), i18n.T("十分钟内", "Within ten minutes")},
			i18n.T("把所有账号的会话收到一处，先做到当天都答", "Bring all conversations to one place, and answer each the same day"), "/inbox"},
		{"follow", i18n.T("没成交的客户，谁来跟进？", "Who looks after those who have not bought?"),
			[4]i18n.Text{i18n.T("没人", "Nobody"), i18n.T("想起来才跟", "Whoever thinks of it"), i18n.T("有名单", "There is a list"), i18n.T("每天有名单，也看结果", "A list each day, with results")},
			i18n.T("每天早上按名单跟进，先从十个人开始", "Work a list each morning, ten people to begin with"), "/today"},
		{"rhythm", i18n.T("群、会员日、活动有固定节奏吗？", "Do groups, member days and events keep a rhythm?"),
			[4]i18n.Text{i18n.T("没有", "No"), i18n.T("一年几次", "A few times a year"), i18n.T("每月", "Monthly"), i18n.T("每周", "Weekly")},
			i18n.T("定一个客户记得住的日子", "Choose a day that people remember"), "/sops"},
		{"bring", i18n.T("老客户有机会带新客户来吗？", "Can customers bring others?"),
			[4]i18n.Text{i18n.T("没有", "No"), i18n.T("口头说说", "By word of mouth"), i18n.T("做过活动", "There were campaigns"), i18n.T("一直有，也知道带来多少", "Always, and it is counted")},
			i18n.T("先问最满意的客户，愿不愿意推荐", "Ask the happiest customers first"), ""},
	}},
	{System, i18n.T("系统", "System"), []Question{
		{"memory", i18n.T("客户资料放在哪里？", "Where is what you know of customers?"),
			[4]i18n.Text{i18n.T("只在平台里", "With the platforms only"), i18n.T("员工手机里", "On staff's phones"), i18n.T("表格里", "In spreadsheets"), i18n.T("一个系统里，订单也在", "In one system, with their orders")},
			i18n.T("先把订单导进来，每个人一条时间线", "Import the orders: one timeline a person"), "/imports"},
		{"groups", i18n.T("能按买过什么、多久没来把客户分开吗？", "Can you tell people apart by what they bought and when?"),
			[4]i18n.Text{i18n.T("不能", "No"), i18n.T("手工标签", "By tags made by hand"), i18n.T("有几个固定人群", "There are some fixed groups"), i18n.T("随时能圈", "At any time")},
			i18n.T("先圈出三个月没来的老客户", "Begin with regulars of whom nothing was seen for three months"), "/segments"},
		{"leaving", i18n.T("员工离职或账号被封，客户还在吗？", "Are customers still there when staff leave or an account is lost?"),
			[4]i18n.Text{i18n.T("不在了", "No"), i18n.T("能找回一部分", "Some"), i18n.T("能交接", "They are handed over"), i18n.T("能交接，也练过", "They are handed over, and it was rehearsed")},
			i18n.T("用企业的账号加客户，员工离职时交接", "Use accounts of the brand, and hand over when staff leave"), "/accounts"},
		{"consent", i18n.T("有没有征得同意，并让人随时退出？", "Do people agree, and can they leave at any time?"),
			[4]i18n.Text{i18n.T("没有", "No"), i18n.T("有隐私条款", "There is a privacy note"), i18n.T("会问，也能退", "We ask, and they can leave"), i18n.T("会问，也能退，还限制打扰次数", "We ask, they can leave, and disturbance is limited")},
			i18n.T("先定免打扰时间和每周上限", "Set quiet hours and a weekly limit first"), "/gate"},
	}},
}

// Answers are the answers by the key of their question.
type Answers map[string]int

// Readiness is how ready a brand is: 0 to 100 for each part and for all.
type Readiness struct {
	Parts   map[string]float64
	Total   float64
	Weakest string     // the part with the least
	First   []Question // what to mend first: the lowest answers, three at most, those of the weakest part first
	Missing []string   // questions without an answer
}

// Ready weighs answers. A question without an answer counts as half.
func Ready(a Answers) Readiness {
	r := Readiness{Parts: map[string]float64{}}
	low := 101.0
	for _, p := range Parts {
		sum := 0.0
		for _, q := range p.Questions {
			v, ok := a[q.Key]
			if !ok {
				r.Missing = append(r.Missing, q.Key)
				sum += Best / 2.0
				continue
			}
			sum += float64(v)
		}
		score := sum * 100 / float64(Best*len(p.Questions))
		r.Parts[p.Key] = score
		r.Total += score / float64(len(Parts))
		if score < low {
			low, r.Weakest = score, p.Key
		}
	}
	r.First = first(a, r.Weakest)
	return r
}

func first(a Answers, weakest string) (out []Question) {
	const most = 3
	for level := range Best {
		for _, own := range []bool{true, false} {
			for _, p := range Parts {
				if (p.Key == weakest) != own {
					continue
				}
				for _, q := range p.Questions {
					if v, ok := a[q.Key]; ok && v == level && len(out) < most {
						out = append(out, q)
					}
				}
			}
		}
	}
	return out
}
