package hook

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fishpond/internal/platform/openweb"
)

// result is what one attempt came to.
type result struct {
	status int
	why    string        // empty: it is through
	retry  bool          // another attempt may go better
	after  time.Duration // the other side asks to be left alone for so long
	ill    bool          // the other side is not well, whoever calls it
	answer string        // how it began, of an error
}

var errRedirect = errors.New("hook: not followed")

// maxRedirects is how many times in a row the other side may send us on.
const maxRedirects = 3

// redirected follows only where the same request goes again, body and all: with
// the older codes a call turns into one that asks for a page. Where it leads is
// looked at when it is dialled; encryption is never given up.
func (c *Caller) redirected(r *http.Request, via []*http.Request) error {
	first := via[0]
	if code := r.Response.StatusCode; len(via) > maxRedirects || code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect ||
		r.URL.User != nil || first.URL.Scheme == "https" && r.URL.Scheme != "https" {
		return errRedirect
	}
	if why := c.CheckURL(r.URL.String()); !why.IsZero() {
		return openweb.ErrInside
	}
	return nil
}

// try makes one attempt.
func (c *Caller) try(ctx context.Context, one *claimed) (out result) {
	if why := c.CheckURL(one.url); !why.IsZero() { // it may have been allowed when it was written
		if u, err := url.Parse(one.url); err == nil && !openHost(u.Hostname()) {
			return result{why: WhyPrivate}
		}
		return result{why: WhyAddress}
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	body := []byte(one.body)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, one.url, bytes.NewReader(body))
	if err != nil {
		return result{why: WhyAddress}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Fishpond-Webhook/1")
	r.Header.Set(HeaderKey, Key(one.runID, one.visit))
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(c.now().Unix(), 10))
	if one.secret != "" {
		key, err := c.sealer.OpenString(one.orgID, purpose, one.secret)
		if err != nil {
			return result{why: WhySecret}
		}
		r.Header.Set(HeaderSignature, Sign(key, r.Header.Get(HeaderTimestamp), body))
	}
	answer, err := c.client.Do(r)
	if err != nil {
		if answer != nil { // a redirect that is not followed
			answer.Body.Close()
			out.status = answer.StatusCode
		}
		return out.failed(err)
	}
	defer answer.Body.Close()
	out.status = answer.StatusCode
	text, err := io.ReadAll(io.LimitReader(answer.Body, Most+1))
	switch {
	case err != nil:
		return out.failed(err)
	case len(text) > Most:
		out.why = WhyTooBig
		return out
	case out.status < 200 || out.status > 299:
		out.why, out.answer = WhyStatus, begins(text)
		switch {
		case out.status >= 500, out.status == http.StatusTooManyRequests, out.status == http.StatusRequestTimeout, out.status == http.StatusTooEarly:
			out.retry, out.ill = true, out.status != http.StatusRequestTimeout && out.status != http.StatusTooEarly
			out.after = c.waits(answer.Header.Get("Retry-After"))
		case out.status >= 300 && out.status < 400:
			out.why = WhyRedirect
		}
	}
	return out
}

// failed tells errors of the line apart. Their texts hold the address: they are
// kept nowhere.
func (r result) failed(err error) result {
	var timeout net.Error
	switch {
	case errors.Is(err, errRedirect):
		r.why = WhyRedirect
	case errors.Is(err, openweb.ErrInside):
		r.why = WhyPrivate
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		r.why, r.retry, r.ill = WhyTimeout, true, true
	default:
		r.why, r.retry, r.ill = WhyNetwork, true, true
	}
	return r
}

// waits reads how long the other side asks to be left alone, in seconds or as a
// date; at most as long as the longest pause is.
func (c *Caller) waits(header string) time.Duration {
	most := again[len(again)-1]
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return max(0, min(time.Duration(min(seconds, 1<<32))*time.Second, most))
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, min(at.Sub(c.now()), most))
	}
	return 0
}

// begins is the beginning of an answer, for staff who look for what went wrong.
func begins(text []byte) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(text[:min(len(text), 2000)]), " "))
	words := []rune(strings.Join(strings.Fields(clean), " "))
	return string(words[:min(len(words), 300)])
}

func openHost(host string) bool { return openweb.Host(host) }

func plainHost(host string) string { return openweb.Plain(host) }

// next is when an attempt that failed is made again.
func next(attempts int64, r result) (time.Duration, bool) {
	if !r.retry || attempts > int64(len(again)) {
		return 0, false
	}
	return max(again[attempts-1], cmp.Or(r.after, 0)), true
}
