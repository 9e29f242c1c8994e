package wecom

import "fmt"

// Error is an answer of the platform other than success. Documentation page:
// 「全局错误码」.
type Error struct {
	Code int
	Msg  string
}

// Error gives the message with its code.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Msg) }

// fail makes an Error with the platform's words for the code, and what is special.
func fail(code int, hint string, args ...any) *Error {
	msg := words[code]
	if msg == "" {
		msg = "error"
	}
	if hint != "" {
		msg += ": " + fmt.Sprintf(hint, args...)
	}
	return &Error{Code: code, Msg: msg}
}

// words for the codes that this simulator answers with. The platform promises the
// code only; a client must not read the words.
var words = map[int]string{
	-1:     "system error",
	40001:  "invalid credential",
	40003:  "invalid userid",
	40004:  "invalid media type",
	40005:  "invalid file type",
	40006:  "invalid file size",
	40007:  "invalid media_id",
	40008:  "invalid msgtype",
	40009:  "invalid image size",
	40011:  "invalid video size",
	40013:  "invalid corpid",
	40014:  "invalid access_token",
	40029:  "invalid oauth_code",
	40031:  "invalid userid list",
	40032:  "invalid userid list length",
	40035:  "invalid parameter",
	40050:  "chatid not exist",
	40056:  "invalid agentid",
	40058:  "invalid Request Parameter",
	40063:  "some parameters are empty",
	40066:  "invalid party list",
	40068:  "invalid tagid",
	40071:  "invalid tag name",
	40072:  "invalid tag name length",
	40078:  "invalid auth_code",
	40091:  "secret is invalid",
	40096:  "invalid external userid",
	40097:  "the member has not resigned",
	40098:  "userid not verified",
	40099:  "external contact count exceeds limit",
	40100:  "the external contacts of this user are being transferred",
	40126:  "corp tag count exceeds limit",
	40128:  "transfer customer too frequently",
	40129:  "customer is being transferred",
	40130:  "handover userid equals takeover userid",
	40131:  "handover user is not the follow user",
	41001:  "access_token missing",
	41002:  "corpid missing",
	41004:  "corpsecret missing",
	41005:  "media data missing",
	41006:  "media_id missing",
	41008:  "missing code",
	41009:  "missing userid",
	41011:  "missing agentid",
	41035:  "missing external userid",
	41037:  "missing contact way type",
	41038:  "missing contact way scene",
	41039:  "invalid contact way type",
	41040:  "invalid contact way scene",
	41041:  "contact way user count exceeds limit",
	41042:  "invalid contact way style",
	41043:  "missing contact way config_id",
	41044:  "invalid contact way config_id",
	41045:  "contact way count exceeds limit",
	41046:  "missing msgid",
	41047:  "invalid msgid",
	41048:  "no customer to send",
	41049:  "missing welcome code",
	41050:  "invalid welcome code",
	41051:  "customer has started chatting",
	41053:  "customer has not agreed to chat archiving",
	41054:  "user is not activated",
	41059:  "missing moment_id",
	41060:  "invalid moment_id",
	41061:  "the moment is not published by the user",
	41062:  "the moment has not been published by the user",
	41063:  "group message is being dispatched, try later",
	41064:  "attachment count exceeds limit",
	41065:  "invalid attachment type",
	41068:  "intercept words exceed limit",
	41069:  "intercept rules exceed limit",
	41070:  "invalid intercept rule id",
	41071:  "intercept rule has been deleted",
	41072:  "wrong scene of the attachment resource",
	41076:  "intercept rule range exceeds limit",
	41077:  "intercept rule name exists",
	41083:  "invalid intercept word",
	41084:  "invalid intercept semantics rule",
	41088:  "attachments empty",
	41089:  "moment text and attachments both empty",
	41091:  "join way supports at most 5 chats",
	41093:  "group message has been canceled",
	41094:  "remind too frequently",
	41095:  "customer acquisition link count exceeds limit",
	41096:  "welcome message is being sent",
	42001:  "access_token expired",
	42022:  "code has been used",
	45001:  "media file size out of limit",
	45002:  "message content size out of limit",
	45009:  "api freq out of limit",
	45033:  "api concurrent out of limit",
	46004:  "user not exist",
	48002:  "api forbidden",
	48007:  "api forbidden for no authority of the kf account",
	48009:  "api forbidden: contact sync assistants may not read details from new addresses",
	50001:  "redirect_url domain not authorized",
	50002:  "user not in privilege range",
	50100:  "invalid cursor",
	60003:  "department not found",
	60011:  "no privilege to access/modify contact/party/agent",
	60020:  "not allow to access from your ip",
	60111:  "userid not found",
	60123:  "invalid party id",
	81013:  "user & party & tag all invalid",
	84061:  "not external contact",
	84074:  "no permission of external contact",
	90500:  "the owner of the chat has not resigned",
	95000:  "invalid open_kfid",
	95001:  "send msg count limit",
	95002:  "send msg time limit",
	95004:  "open_kfid not exist",
	95005:  "kf account count exceeds limit",
	95006:  "invalid kf account name",
	95007:  "invalid msg token",
	95013:  "conversation end",
	95014:  "user is not a servicer",
	95016:  "service state change not allowed",
	95018:  "send msg session status invalid",
	95033:  "repeated msgid",
	301002: "not allow operate another agent with this accesstoken",
	301053: "chat archiving is not open",
	301059: "not an internal chat",
}
