package org

import (
	"context"
	"net/http"
	"net/url"

	"fishpond/internal/platform/httpx"
)

const (
	memberCookie   = "fishpond_wecom"
	memberPath     = httpx.Prefix + "/auth/wecom"
	memberCallback = memberPath + "/callback"
)

// memberPage is where members are sent: the page beside a chat, and no other.
// What comes from outside is a value in it.
func memberPage(accountID string) string { return "/sidebar?account=" + url.QueryEscape(accountID) }

// sendMember is where the browser goes after a sign-in of a member: the page
// they opened, or the sign-in page, which says why not and leads there.
func sendMember(err error, accountID string) string {
	if err == nil {
		return memberPage(accountID)
	}
	q := url.Values{"sso_error": {reasonOf(err)}, "via": {"wecom"}}
	if accountID != "" {
		q.Set("return", memberPage(accountID))
	}
	return "/sign-in?" + q.Encode()
}

// memberRoutes sign staff in as the platform's members who they are.
func (s *Service) memberRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "start-wecom", Method: "GET", Path: "/auth/wecom/start", Summary: "Sends a page inside WeCom to be told which member opened it", Tag: tag, Public: true, Status: http.StatusFound},
		func(ctx context.Context, in *struct {
			Account string `query:"account" required:"true" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"The account of the corp"`
		}) (*sent, error) {
			address, cookie, err := s.StartMember(ctx, in.Account, httpx.IP(ctx))
			s.logSSO(ctx, err)
			if err != nil {
				address = sendMember(err, in.Account)
			}
			return &sent{Location: address, CacheControl: "no-store", SetCookie: []http.Cookie{s.briefCookie(memberCookie, memberPath, cookie)}}, nil
		})
	httpx.Handle(r, httpx.Op{ID: "finish-wecom", Method: "GET", Path: "/auth/wecom/callback", Summary: "Takes WeCom's answer and sends the browser to the page beside the chat", Tag: tag, Public: true, Status: http.StatusFound},
		func(ctx context.Context, in *struct {
			Sender
			Cookie string `cookie:"fishpond_wecom"`
			State  string `query:"state" maxLength:"200"`
			Code   string `query:"code" maxLength:"512"`
		}) (*sent, error) {
			got, account, err := s.FinishMember(ctx, in.Cookie, in.State, in.Code, in.client(ctx))
			s.logSSO(ctx, err)
			out := &sent{Location: sendMember(err, account), CacheControl: "no-store", SetCookie: []http.Cookie{s.briefCookie(memberCookie, memberPath, "")}}
			if err == nil {
				out.SetCookie = append(out.SetCookie, s.sessionCookie(got.Token))
			}
			return out, nil
		})
}
