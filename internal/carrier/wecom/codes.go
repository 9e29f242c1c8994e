package wecom

import (
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/i18n"
)

// Codes that callers tell apart.
const (
	CodeWelcomeUnknown = 41050 // the WelcomeCode is wrong or too old
	CodeWelcomeSent    = 41051 // a welcome has been sent with this code
	CodeWelcomeRetry   = 41096 // not now; try again
	CodeNoRelation     = 84061 // no such customer of this member; may pass right after the event
	CodeBadSecret      = 40001
	CodeBadCode        = 40029 // of a sign-in: used, or too old
	CodeForbidden      = 48002 // the secret may not make this call
	CodeSyncForbidden  = 48009 // the secret of contact sync may not read members any more
	CodeOutOfRange     = 60011 // the member or department is not visible to the app
	CodeNoReceivers    = 41048 // of a mass message: nobody it could go to
	CodeCancelled      = 41093 // the mass message was cancelled before
	CodeRemindedOften  = 41094 // three reminders in 24 hours were sent
	CodeDispatching    = 41063 // the mass message is being handed out; ask later
)

// Rules is what WeCom's error codes mean and what to do about them.
var Rules = map[int]wire.Rule{
	-1:     {Kind: wire.Busy, Text: i18n.T("企业微信繁忙，请稍后再试", "WeCom is busy; try again later")},
	40001:  {Kind: wire.Operator, Text: i18n.T("Secret 不正确：请到企业微信管理后台复制“客户联系”、“微信客服”或自建应用的 Secret", "The secret is not right: copy that of customer contact, of customer service or of your app from the WeCom console")},
	40003:  {Kind: wire.Missing, Text: i18n.T("企业微信里没有这个成员或客户", "WeCom knows no such member or customer")},
	40013:  {Kind: wire.Operator, Text: i18n.T("企业 ID 不正确", "The corp id is not right")},
	40014:  {Kind: wire.Token},
	40096:  {Kind: wire.Missing, Text: i18n.T("客户的 external_userid 不正确", "The customer's external_userid is not right")},
	40098:  {Kind: wire.Operator, Text: i18n.T("接替的成员没有实名认证", "The member who takes over has not verified their name")},
	40128:  {Kind: wire.Other, Text: i18n.T("客户被转接过于频繁：24 小时内一次，90 天内两次", "The customer was handed over too often: once in 24 hours, twice in 90 days")},
	40129:  {Kind: wire.Other, Text: i18n.T("客户正在转接中", "The customer is being handed over already")},
	40130:  {Kind: wire.Other, Text: i18n.T("跟进的成员与接手的成员相同", "The customer belongs to the member who should take over")},
	40131:  {Kind: wire.Other, Text: i18n.T("客户不是由原成员跟进", "The customer is not one of the former member's")},
	41001:  {Kind: wire.Token},
	41050:  {Kind: wire.Other, Text: i18n.T("欢迎语凭证不正确或已过期", "The welcome code is wrong or has expired")},
	41051:  {Kind: wire.Done, Text: i18n.T("已经发送过欢迎语", "A welcome message was sent already")},
	41047:  {Kind: wire.Missing, Text: i18n.T("企业微信里没有这条群发", "WeCom knows no such mass message")},
	41048:  {Kind: wire.Other, Text: i18n.T("没有可以发送的客户或客户群：已不是这位成员的好友，或群主已换", "There is nobody it could go to: they are not this member's contacts any more, or the groups have another owner")},
	41060:  {Kind: wire.Missing, Text: i18n.T("企业微信里没有这条朋友圈", "WeCom knows no such moment")},
	41062:  {Kind: wire.Missing, Text: i18n.T("成员还没有发表这条朋友圈", "The member has not published the moment yet")},
	41063:  {Kind: wire.Busy, Text: i18n.T("群发正在分派，请稍后再试", "The mass message is being handed out; try again later")},
	41064:  {Kind: wire.Other, Text: i18n.T("附件太多", "Too many attachments")},
	41065:  {Kind: wire.Other, Text: i18n.T("平台不接受这种附件，或附件不是同一种", "The platform does not take such an attachment, or they are of several kinds")},
	41093:  {Kind: wire.Done, Text: i18n.T("群发已经取消", "The mass message was cancelled before")},
	41094:  {Kind: wire.Other, Text: i18n.T("24 小时内最多提醒 3 次", "Three reminders in 24 hours at most")},
	45002:  {Kind: wire.Other, Text: i18n.T("内容超过平台允许的长度", "The content is longer than the platform allows")},
	41054:  {Kind: wire.Operator, Text: i18n.T("成员没有激活企业微信", "The member has not activated WeCom")},
	41096:  {Kind: wire.Busy, Text: i18n.T("欢迎语暂时发不出，请重试", "The welcome message cannot be sent just now; try again")},
	42001:  {Kind: wire.Token},
	45009:  {Kind: wire.Limited, Text: i18n.T("调用次数已到上限", "The call limit is reached")},
	45033:  {Kind: wire.Crowded, Text: i18n.T("同时调用太多", "Too many calls at once")},
	48002:  {Kind: wire.Operator, Text: i18n.T("应用没有调用这个接口的权限：请在管理后台为它开通“客户联系”", "The app may not make this call: grant it customer contact in the WeCom console")},
	48009:  {Kind: wire.Operator, Text: i18n.T("企业微信不再允许“通讯录同步”的 Secret 读取成员资料：客户照常同步，只是读不到员工邮箱。要自动对应员工，请换成可见范围包含这些员工的自建应用的 Secret", "WeCom no longer lets the secret of contact sync read members: customers are synced all the same, but staff's e-mail addresses are not known. To have staff matched, enter the secret of your own app whose visible range holds them")},
	50003:  {Kind: wire.Operator, Text: i18n.T("应用已被禁用：请在管理后台启用", "The app is disabled: enable it in the WeCom console")},
	60011:  {Kind: wire.Operator, Text: i18n.T("成员或部门不在应用的可见范围内：请在管理后台扩大可见范围", "The member or department is outside the app's visible range: widen it in the WeCom console")},
	60020:  {Kind: wire.Operator, Text: i18n.T("服务器的 IP 不在企业可信 IP 里：请在应用详情页添加", "The server's address is not among the trusted IPs: add it on the app's page")},
	60111:  {Kind: wire.Missing, Text: i18n.T("企业微信里没有这个成员", "WeCom knows no such member")},
	84061:  {Kind: wire.Missing, Text: i18n.T("客户不是这位成员的好友", "The customer is not a contact of this member")},
	84069:  {Kind: wire.Missing, Text: i18n.T("成员没有客户联系权限", "The member may not use customer contact")},
	40007:  {Kind: wire.Missing, Text: i18n.T("文件在企业微信上已过期或不存在", "WeCom does not have the file any more")},
	41055:  {Kind: wire.Operator, Text: i18n.T("微信客服 Secret 没有权限", "The secret may not use customer service")},
	50100:  {Kind: wire.Other, Text: i18n.T("消息游标无效", "The cursor is not valid")},
	95000:  {Kind: wire.Operator, Text: i18n.T("客服账号 ID（open_kfid）不正确", "The customer service account's id (open_kfid) is not right")},
	95001:  {Kind: wire.Other, Text: i18n.T("客户上次发言后已发满 5 条，要等客户再发消息", "Five messages were sent since the customer last wrote; they have to write first")},
	95002:  {Kind: wire.Other, Text: i18n.T("客户超过 48 小时没有发消息，平台不允许再发", "The customer has not written for 48 hours; the platform lets nothing be sent")},
	95004:  {Kind: wire.Operator, Text: i18n.T("这个客服账号不存在或已删除", "The customer service account does not exist any more")},
	95007:  {Kind: wire.Other, Text: i18n.T("回调凭证已过期", "The callback's token has expired")},
	95011:  {Kind: wire.Operator, Text: i18n.T("客服账号没有授权给这个应用：请在“微信客服 → 可调用接口的应用”中添加，并把账号设为由 API 管理", "The account is not given to this app: add it under Customer service → apps that may call, and let the API manage the account")},
	95013:  {Kind: wire.Other, Text: i18n.T("会话已结束，客户再发消息后才能回复", "The session has ended; it begins again when the customer writes")},
	95014:  {Kind: wire.Other, Text: i18n.T("这位成员不是该客服账号的接待人员", "The member does not serve this account")},
	95016:  {Kind: wire.Other, Text: i18n.T("会话当前的状态不允许这样变更", "The session cannot go to that state now")},
	95018:  {Kind: wire.Other, Text: i18n.T("会话不在接口可以发送的状态", "The session is in a state in which nothing can be sent by us")},
	95033:  {Kind: wire.Done, Text: i18n.T("这条消息已经发送过", "The message has been sent")},
	301053: {Kind: wire.Other, Text: i18n.T("没有成员开通会话内容存档", "Nobody's talks are archived")},
	301052: {Kind: wire.Operator, Text: i18n.T("会话内容存档已过期，请续费", "The chat archive has expired")},
	301042: {Kind: wire.Operator, Text: i18n.T("服务器的 IP 不在会话内容存档的可信 IP 里", "The server's address is not among the trusted IPs of the chat archive")},
	90500:  {Kind: wire.Other, Text: i18n.T("群主还没有离职，不能用离职继承", "The owner of the group has not left the company")},
}
