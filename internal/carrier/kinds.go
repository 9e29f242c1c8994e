package carrier

import (
	"regexp"
	"strings"

	"fishpond/internal/platform/i18n"
)

// The kinds of accounts.
const (
	KindWecom    = "wecom"
	KindOfficial = "official_account"
	KindMini     = "mini_program"
	KindWeb      = "web"
	KindEmail    = "email"
	KindSMS      = "sms"
	KindKf       = "wecom_kf"
)

// field is one value that connecting an account asks for.
type field struct {
	key      string
	label    i18n.Text
	help     i18n.Text // where to find it, step by step
	secret   bool
	optional bool
	pattern  *regexp.Regexp
	choices  []string // where there are only these; the first is the default
	example  string
	choose   bool // the platform can be asked what there is; see Service.Choices
}

// kind is a sort of account: what it is, what it asks for, what it can do.
type kind struct {
	id         string
	name       i18n.Text
	about      i18n.Text
	platformID string // the field that names the account on its platform
	fields     []field
	callbacks  bool
	can        []string // receive, send, sync, welcome, codes, groups, transfer, tags, sign_in, bounces
	secretDays int64    // how long secrets live by themselves; 0: for ever
}

var (
	plainID = regexp.MustCompile(`^[A-Za-z0-9_@.\-]{2,64}$`)
	keyText = regexp.MustCompile(`^[\x21-\x7e]{1,256}$`)
	aesText = regexp.MustCompile(`^[A-Za-z0-9+/]{43}$`)
	webURL  = regexp.MustCompile(`^https?://[^\s/?#@]+(/[^\s?#]*)?$`)
	hostway = regexp.MustCompile(`^[A-Za-z0-9.\-]{1,253}:[0-9]{1,5}$`)
	mailbox = regexp.MustCompile(`^[^@\s<>]{1,64}@[A-Za-z0-9.\-]{3,253}$`)
)

// corpField and proxyField are the same for several kinds.
var (
	corpField = field{key: "corp_id", pattern: plainID, example: "ww1234567890abcdef", label: i18n.T("企业 ID", "Corp id"),
		help: i18n.T("企业微信管理后台 → 我的企业 → 企业信息，最下方的“企业 ID”", "WeCom console → My company → Company information, at the bottom")}
	proxyField = baseField("可不填。只有连接模拟器或代理时才填", "May be left out. Only for a simulator or a proxy")
)

func baseField(zh, en string) field {
	return field{key: "base_url", optional: true, pattern: webURL, label: i18n.T("平台地址", "Platform address"), help: i18n.Text{ZH: zh, EN: en}}
}

// linksField says what becomes of a phone number, an address or an order number
// that somebody tells in a message.
var linksField = chosen("links", []string{linksPropose, linksOff, linksAttach}, i18n.T("聊天中认人", "Recognise people in chats"),
	i18n.T("客户在消息里说出手机号、邮箱、订单号、会员号时：propose 提出关联建议由员工确认（默认）；link 没有别人用过的号码直接记下，其余仍提建议；off 不处理。永远不会自动合并两位客户",
		"When somebody tells a phone number, e-mail, order or member number: propose suggests a link for staff to confirm (default); link notes at once what nobody else has and suggests the rest; off does nothing. Two people are never merged without a human"))

// chosen is a field with choices.
func chosen(key string, choices []string, label, help i18n.Text) field {
	return field{key: key, optional: true, choices: choices, pattern: regexp.MustCompile("^(" + strings.Join(choices, "|") + ")$"), example: choices[0], label: label, help: help}
}

var (
	colourText   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	plainText    = regexp.MustCompile(`^[^\x00-\x1f\x7f]{0,200}$`)
	domainText   = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?){1,6}$`)
	agentText    = regexp.MustCompile(`^[0-9]{1,12}$`)
	greetingText = regexp.MustCompile(`^[^\x00-\x1f\x7f]{0,500}$`)
	originList   = regexp.MustCompile(`^https?://[^\s/?#@,]+([ ,]+https?://[^\s/?#@,]+){0,19}$`)
)

var callbackFields = []field{
	{key: "callback_token", secret: true, pattern: regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`), label: i18n.T("回调 Token", "Callback token"),
		help: i18n.T("在平台的“接收消息服务器配置”里点“随机获取”，把 Token 复制到这里", "Press “random” beside Token in the platform's callback settings and copy it here")},
	{key: "callback_key", secret: true, pattern: aesText, label: i18n.T("回调 EncodingAESKey", "Callback EncodingAESKey"),
		help: i18n.T("同一页里的 EncodingAESKey，43 个字符", "EncodingAESKey on the same page, 43 characters")},
}

// kinds is every sort of account, in the order in which the wizard shows them.
var kinds = []kind{
	{id: KindWecom, platformID: "corp_id", callbacks: true, can: []string{"receive", "sync", "welcome", "codes", "groups", "transfer", "tags", "send"},
		name:  i18n.T("企业微信", "WeCom"),
		about: i18n.T("员工的企业微信：客户联系、活码、客户群、欢迎语", "Your staff's WeCom: customers, live codes, groups, welcome messages"),
		fields: append([]field{
			corpField,
			{key: "secret", secret: true, pattern: keyText, label: i18n.T("客户联系 Secret", "Secret of customer contact"),
				help: i18n.T("管理后台 → 客户与上下游 → 客户联系 → API → 查看 Secret。自建应用也可以，但要把它加进“可调用接口的应用”",
					"Console → Customers → Customer contact → API → show the secret. That of your own app will do too, once it is listed among the apps that may call")},
			{key: "directory_secret", secret: true, optional: true, pattern: keyText, label: i18n.T("通讯录 Secret", "Secret of the directory"),
				help: i18n.T("可不填。填了才能读到员工邮箱，自动对应到这里的员工。要用可见范围包含全体员工的自建应用的 Secret，“通讯录同步”的 Secret 已经读不到成员",
					"May be left out. With it, members' e-mail addresses are read and they are matched with staff here. It is that of your own app whose visible range holds all staff; the one of contact sync may not read members any more")},
			{key: "archive_secret", secret: true, optional: true, pattern: keyText, label: i18n.T("会话存档 Secret", "Secret of the chat archive"),
				help: i18n.T("可不填。开通了会话内容存档时填：管理后台 → 管理工具 → 会话内容存档 → 查看 Secret", "May be left out. Where chat archiving is switched on: Console → Tools → Chat archive → show the secret")},
			{key: "agent_id", optional: true, pattern: agentText, example: "1000002", label: i18n.T("侧边栏应用 AgentId", "AgentId of the sidebar app"),
				help: i18n.T("可不填。要在企业微信聊天侧边栏里看客户资料时填：管理后台 → 应用管理 → 自建应用，最上方的 AgentId。还要在该应用里配置可信域名和“聊天工具栏”",
					"May be left out. For customers' profiles in WeCom's chat sidebar: Console → Apps → your own app, at the top. Set its trusted domain and its chat toolbar too")},
			{key: "agent_secret", secret: true, optional: true, pattern: keyText, label: i18n.T("侧边栏应用 Secret", "Secret of the sidebar app"),
				help: i18n.T("同一页的 Secret。上面的 Secret 就是这个应用的时可不填", "On the same page. May be left out when the secret above is this app's")},
			proxyField,
			linksField,
		}, callbackFields...)},
	{id: KindKf, platformID: "open_kfid", callbacks: true, can: []string{"receive", "send", "welcome"},
		name:  i18n.T("微信客服", "WeChat customer service"),
		about: i18n.T("客户从公众号、视频号、网页或二维码直接咨询，不用加好友；在这里接待和回复", "Customers write from anywhere in WeChat without adding anybody; you answer here"),
		fields: append([]field{
			corpField,
			{key: "secret", secret: true, pattern: keyText, label: i18n.T("微信客服 Secret", "Secret of customer service"),
				help: i18n.T("管理后台 → 应用管理 → 微信客服 → API → 查看 Secret；自建应用的 Secret 也可以，但要把它加进“可调用接口的应用”，并把客服账号设为由 API 管理",
					"Console → Apps → Customer service → API → show the secret. That of your own app will do too, once it is listed among the apps that may call and the account is managed by the API")},
			{key: "open_kfid", pattern: plainID, example: "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", choose: true, label: i18n.T("客服账号", "Customer service account"),
				help: i18n.T("填好企业 ID 和 Secret 后点“查找”，从列表里选一个。每个客服账号接入一次", "Fill in the corp id and the secret, press “find” and choose one. Each is connected by itself")},
			{key: "greeting", optional: true, pattern: greetingText, label: i18n.T("欢迎语", "Greeting"),
				help: i18n.T("可不填。客户进入会话后 20 秒内自动发出；活码另有欢迎语时用活码的", "May be left out. Sent within 20 seconds when somebody enters; a code's own greeting comes first")},
			proxyField,
			linksField,
		}, callbackFields...)},
	{id: KindOfficial, platformID: "app_id", callbacks: true, can: []string{"receive", "send", "codes", "sign_in"},
		name:  i18n.T("公众号", "Official account"),
		about: i18n.T("关注、带参数二维码、消息、网页授权", "Followers, codes with parameters, messages, sign-in on pages"),
		fields: append([]field{
			{key: "app_id", pattern: plainID, example: "wx1234567890abcdef", label: i18n.T("开发者 ID (AppID)", "Developer id (AppID)"),
				help: i18n.T("公众平台 → 设置与开发 → 开发接口管理 → 基本配置", "mp.weixin.qq.com → Settings → Development → Basic configuration")},
			{key: "secret", secret: true, pattern: keyText, label: i18n.T("开发者密码 (AppSecret)", "Developer password (AppSecret)"),
				help: i18n.T("同一页，重置后复制。还要把服务器的 IP 加进“IP 白名单”", "On the same page, after a reset. Also add the server's address to the IP whitelist")},
			proxyField,
			linksField,
		}, callbackFields...)},
	{id: KindMini, platformID: "app_id", can: []string{"sign_in"},
		name:  i18n.T("小程序", "Mini program"),
		about: i18n.T("在小程序里认出客户", "Know customers inside your mini program"),
		fields: []field{
			{key: "app_id", pattern: plainID, example: "wx1234567890abcdef", label: i18n.T("小程序 AppID", "AppID"),
				help: i18n.T("小程序后台 → 开发管理 → 开发设置", "Mini program console → Development → Settings")},
			{key: "secret", secret: true, pattern: keyText, label: i18n.T("小程序 AppSecret", "AppSecret"), help: i18n.T("同一页，重置后复制", "On the same page, after a reset")},
			proxyField,
		}},
	{id: KindWeb, platformID: "site", can: []string{"receive", "send"},
		name:  i18n.T("网站", "Website"),
		about: i18n.T("在网页里放一段脚本，访客先是匿名的，留下联系方式后成为客户", "A small script on your pages: visitors are anonymous first and become customers when they tell who they are"),
		fields: []field{
			{key: "site", pattern: webURL, example: "https://www.example.com", label: i18n.T("网站地址", "Site"),
				help: i18n.T("只接受从这个地址来的访问和消息", "Only visits and messages from this address are taken")},
			{key: "origins", optional: true, pattern: originList, example: "https://shop.example.com https://m.example.com", label: i18n.T("其他网址", "Further addresses"),
				help: i18n.T("可不填。聊天窗口还放在哪些网址上，用空格分开，最多 20 个", "May be left out. Where else the chat stands, with spaces between them, at most 20")},
			{key: "title", optional: true, pattern: plainText, label: i18n.T("窗口标题", "Title"), help: i18n.T("可不填，默认“在线咨询”", "May be left out: “Chat with us”")},
			{key: "greeting", optional: true, pattern: plainText, label: i18n.T("问候语", "Greeting"), help: i18n.T("打开窗口时先显示的话，可不填", "What is shown first; may be left out")},
			{key: "colour", optional: true, pattern: colourText, example: "#1677ff", label: i18n.T("颜色", "Colour"), help: i18n.T("可不填，写作 #1677ff", "May be left out; written as #1677ff")},
			chosen("locale", []string{"auto", "zh-CN", "en"}, i18n.T("语言", "Language"), i18n.T("auto 跟随网页", "auto follows the page")),
			chosen("ask", []string{"off", "before", "after"}, i18n.T("请访客留联系方式", "Ask for a way to reach visitors"), i18n.T("off 不问；before 聊天前；after 第一条消息之后。访客都可以跳过", "off: never; before the chat; after the first message. Visitors may always decline")),
			linksField,
		}},
	{id: KindEmail, platformID: "from", can: []string{"receive", "send", "bounces"},
		name:  i18n.T("邮件", "E-mail"),
		about: i18n.T("用自己的邮箱发信（SMTP）", "Send from your own mailbox over SMTP"),
		fields: []field{
			{key: "from", pattern: mailbox, example: "hello@example.com", label: i18n.T("发件地址", "Sender address"), help: i18n.T("客户看到的发件人", "Whom the mail is from")},
			{key: "from_name", optional: true, pattern: regexp.MustCompile(`^[^\r\n<>"]{0,64}$`), label: i18n.T("发件人名称", "Sender name"), help: i18n.T("可不填", "May be left out")},
			{key: "server", pattern: hostway, example: "smtp.example.com:465", label: i18n.T("SMTP 服务器", "SMTP server"),
				help: i18n.T("主机名和端口。465 直接加密，587 先连接再加密；不支持不加密的连接", "Host and port. 465 is encrypted from the start, 587 after a greeting; nothing is sent in the clear")},
			{key: "user", pattern: regexp.MustCompile(`^[^\r\n]{1,128}$`), label: i18n.T("登录名", "User name"), help: i18n.T("通常就是发件地址", "Often the sender address")},
			{key: "password", secret: true, pattern: regexp.MustCompile(`^[^\r\n]{1,256}$`), label: i18n.T("密码或授权码", "Password or app password"), help: i18n.T("QQ、163 等邮箱要用“授权码”", "Many providers want an app password rather than yours")},
			{key: "bounce_domain", optional: true, pattern: domainText, example: "bounce.example.com", label: i18n.T("退信域名", "Domain for bounces"),
				help: i18n.T("可不填。填了才能自动处理退信和投诉：给这个域名设置 MX 记录，指向 Fishpond 收退信的服务器（管理员要先打开退信接收）。投诉反馈（FBL）登记的地址是 complaints@这个域名",
					"May be left out. With it, bounces and complaints are dealt with: give the domain an MX record that leads to Fishpond's bounce server (an administrator switches it on). The address for feedback loops is complaints@ this domain")},
			chosen("replies", []string{repliesInbox, repliesSender}, i18n.T("客户的回信", "Answers"),
				i18n.T("inbox：填了退信域名时，客户直接回复就会进入会话（默认）；sender：回信寄到发件地址，可以在那个邮箱里设置转发到 inbox@退信域名", "inbox: with a domain for bounces, what customers answer comes into the conversation (default); sender: answers go to the sender address, whose mailbox may forward them to inbox@ the domain for bounces")),
		}},
	{id: KindSMS, platformID: "app_id", can: []string{"receive", "send"},
		name:  i18n.T("短信（腾讯云）", "SMS (Tencent Cloud)"),
		about: i18n.T("用审核过的签名和模板发短信", "Text messages with approved signatures and templates"),
		fields: []field{
			{key: "app_id", pattern: regexp.MustCompile(`^[0-9]{5,20}$`), example: "1400006666", label: i18n.T("短信应用 SdkAppId", "SdkAppId"), help: i18n.T("腾讯云 → 短信 → 应用管理", "Tencent Cloud → SMS → Applications")},
			{key: "secret_id", pattern: keyText, label: i18n.T("SecretId", "SecretId"), help: i18n.T("腾讯云 → 访问管理 → API 密钥。建议用只有短信权限的子账号", "Tencent Cloud → CAM → API keys. Better that of a sub-account with no more than SMS")},
			{key: "secret", secret: true, pattern: keyText, label: i18n.T("SecretKey", "SecretKey"), help: i18n.T("与 SecretId 成对", "The other half of SecretId")},
			{key: "sign", pattern: regexp.MustCompile(`^[^\r\n]{1,32}$`), label: i18n.T("短信签名", "Signature"), help: i18n.T("审核通过的签名，不带【】", "An approved one, without brackets")},
			{key: "region", optional: true, pattern: regexp.MustCompile(`^[a-z0-9\-]{2,32}$`), example: "ap-guangzhou", label: i18n.T("地域", "Region"), help: i18n.T("可不填，默认 ap-guangzhou", "May be left out: ap-guangzhou")},
			baseField("可不填。只有测试时才填", "May be left out. Only for tests"),
		}},
}

func kindOf(id string) (kind, bool) {
	for _, k := range kinds {
		if k.id == id {
			return k, true
		}
	}
	return kind{}, false
}

// KindField is a field of a Kind, in one language.
type KindField struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Help     string   `json:"help" doc:"Where to find it"`
	Secret   bool     `json:"secret" doc:"Written, never read"`
	Required bool     `json:"required"`
	Pattern  string   `json:"pattern" doc:"A regular expression; empty: anything"`
	Choices  []string `json:"choices,omitempty" doc:"Where there are only these; the first is the default"`
	Example  string   `json:"example"`
	Choose   bool     `json:"choose" doc:"The platform can be asked what there is, once the fields before it are filled: find-account-choices"`
}

// Kind is a sort of account, in one language.
type Kind struct {
	Kind      string      `json:"kind"`
	Name      string      `json:"name"`
	About     string      `json:"about"`
	Callbacks bool        `json:"callbacks" doc:"The platform must be given a callback address"`
	Can       []string    `json:"can" nullable:"false" doc:"What accounts of this kind can do"`
	Fields    []KindField `json:"fields" nullable:"false"`
	Send      Capability  `json:"send" doc:"What can be sent to one person"`
}

// Kinds lists what can be connected, in the given language.
func Kinds(lang i18n.Lang) []Kind {
	out := make([]Kind, 0, len(kinds))
	for _, k := range kinds {
		shown := Kind{Kind: k.id, Name: k.name.In(lang), About: k.about.In(lang), Callbacks: k.callbacks, Can: k.can, Fields: []KindField{}, Send: Capabilities(k.id, lang)}
		for _, f := range k.fields {
			shown.Fields = append(shown.Fields, KindField{Key: f.key, Label: f.label.In(lang), Help: f.help.In(lang), Secret: f.secret, Required: !f.optional, Pattern: f.pattern.String(), Choices: f.choices, Example: f.example, Choose: f.choose})
		}
		out = append(out, shown)
	}
	return out
}
