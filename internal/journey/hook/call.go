package hook

import (
	"encoding/json"
	"net"
	"net/url"
	"strconv"
	"time"

	"fishpond/internal/platform/i18n"
)

// Call is one that a step asks for. (RunID, Visit) is its identity: asked for
// twice, it is made once.
type Call struct {
	RunID     string
	Visit     int64
	JourneyID string
	Step      string
	PersonID  string
	URL       string
	Secret    string // as [Caller.Seal] gave it; empty: the call is not signed
	Message   Message
}

// Message is what the other side gets to read, as JSON.
type Message struct {
	Event   string         `json:"event"` // always EventStep
	ID      string         `json:"id"`    // the idempotency key
	At      time.Time      `json:"at"`
	Journey Named          `json:"journey"`
	Step    Named          `json:"step"`
	Person  map[string]any `json:"person"` // their id, and only the fields that were chosen
	Data    any            `json:"data"`   // of the event by which the person came in; null: none
}

// Named is an id with the name that people know.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// EventStep is the event of all calls.
const EventStep = "journey.step"

// Key is the idempotency key of a visit.
func Key(runID string, visit int64) string { return runID + ":" + strconv.FormatInt(visit, 10) }

// Outcome is what became of a call, for its run.
type Outcome struct {
	RunID  string
	Visit  int64
	OK     bool
	Why    string // of one that failed: one of the reasons below
	Status int    // of the last answer; 0: none came
}

// Why a call failed.
const (
	WhyStatus   = "status"   // answered with an error
	WhyTimeout  = "timeout"  // did not answer in time
	WhyNetwork  = "network"  // could not be reached, or the line broke
	WhyPrivate  = "private"  // its address, or where it sent us, lies inside a private network
	WhyRedirect = "redirect" // sent us somewhere else in a way that is not followed
	WhyTooBig   = "too_big"  // answered more than is read
	WhyAddress  = "address"  // its address is not one
	WhySecret   = "secret"   // its secret cannot be opened with the keys of this installation
	WhyClosed   = "closed"   // was left alone for too long, since it never answered
	WhyOff      = "off"      // called off
)

var reasons = map[string]i18n.Text{
	WhyStatus:   i18n.T("对方返回了错误", "The other side answered with an error"),
	WhyTimeout:  i18n.T("对方 10 秒内没有应答", "The other side did not answer within 10 seconds"),
	WhyNetwork:  i18n.T("连接不上，或连接中断", "It could not be reached, or the line broke"),
	WhyPrivate:  i18n.T("地址指向内部网络，不允许访问", "The address lies inside a private network, which is not allowed"),
	WhyRedirect: i18n.T("对方把请求转到了别处，没有跟过去", "The other side sent the request elsewhere; it was not followed"),
	WhyTooBig:   i18n.T("对方的应答超过 64 kB", "The answer was larger than 64 kB"),
	WhyAddress:  i18n.T("地址不对", "The address is not right"),
	WhySecret:   i18n.T("签名密钥解不开，请重新填写", "The secret cannot be opened; please enter it again"),
	WhyClosed:   i18n.T("对方一直连不上，已放弃", "The other side could not be reached for hours"),
	WhyOff:      i18n.T("已取消", "Called off"),
}

// Reason is a reason in words.
func Reason(why string) i18n.Text { return reasons[why] }

// MaxURL is the length of the longest address, in bytes.
const MaxURL = 2048

// CheckURL says what is wrong with the address of a webhook; zero: nothing, as far
// as can be told without calling it. Plain http is only for hosts that may be
// called though they lie inside.
func (c *Caller) CheckURL(address string) i18n.Text {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return i18n.T("请填写接收地址", "Write the address to call")
	case len(address) > MaxURL:
		return i18n.T("地址太长，最多 %d 个字符", "The address is too long: at most %d characters", MaxURL)
	case err != nil, u != nil && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Opaque != ""):
		return i18n.T("地址应以 https:// 开头", "The address begins with https://")
	case u.User != nil:
		return i18n.T("地址里不能有用户名和密码，请用签名密钥", "The address must not hold a user name and password; use the secret")
	}
	host, port := hostPort(u)
	inside := c.inside.Has(host, port)
	switch {
	case !inside && !openHost(host):
		return i18n.T("地址“%s”在内部网络里；自己的系统请让管理员用 --webhook-inside 放行", "“%s” lies inside a private network; for a system of your own, have it allowed with --webhook-inside", host)
	case !inside && u.Scheme != "https":
		return i18n.T("客户资料要加密传送，地址应以 https:// 开头", "What is told of people must be encrypted: the address begins with https://")
	}
	return i18n.Text{}
}

func hostPort(u *url.URL) (host, port string) {
	host, port = u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return host, port
}

// hostOf is by what calls are told apart that go to the same place.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host, port := hostPort(u)
	return u.Scheme + "://" + net.JoinHostPort(plainHost(host), port)
}

func (m Message) encode() (string, error) {
	out, err := json.Marshal(m)
	return string(out), err
}
