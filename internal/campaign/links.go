package campaign

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/machine"
	"fishpond/internal/timeline"
)

// UTM are the parameters by which web analytics know where visitors came from.
type UTM struct {
	Source   string `json:"source" maxLength:"100"`
	Medium   string `json:"medium" maxLength:"100"`
	Campaign string `json:"campaign" maxLength:"100"`
}

// onto adds the parameters to an address, where it has none of the name.
func (u *UTM) onto(address string) string {
	if u == nil {
		return address
	}
	at, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := at.Query()
	added := url.Values{}
	for _, p := range [][2]string{{"utm_source", u.Source}, {"utm_medium", u.Medium}, {"utm_campaign", u.Campaign}} {
		if p[1] != "" && !q.Has(p[0]) {
			added.Set(p[0], p[1])
		}
	}
	if len(added) == 0 {
		return address
	}
	if at.RawQuery != "" { // as it was written: re-encoding would reorder it
		at.RawQuery += "&"
	}
	at.RawQuery += added.Encode()
	return at.String()
}

// Link is one of a campaign's links.
type Link struct {
	N      int64  `json:"n" doc:"From 1"`
	URL    string `json:"url" doc:"As it was written"`
	Clicks int64  `json:"clicks" doc:"The same person within an hour counts once; machines that look at links do not"`
	People int64  `json:"people" doc:"Who clicked and is known"`
}

// maxLinks bounds how many different links one campaign has.
const maxLinks = 200

// linksOf are the addresses of all texts, each once.
func linksOf(all []said) (out []string) {
	seen := map[string]bool{}
	note := func(url string) string {
		if !seen[url] {
			seen[url] = true
			out = append(out, url)
		}
		return ""
	}
	for _, t := range all {
		wording.Links(t.text, false, note)
		wording.Links(t.html, true, note)
	}
	return out
}

// tracks tells whether the campaign's links tell who followed them.
func (o Options) tracks() bool { return o.TrackLinks == nil || *o.TrackLinks }

// target is one of the places to which a campaign's links lead.
type target struct {
	n           int64
	url, target string
}

func targetsOf(ctx context.Context, tx *db.Tx, orgID, id string) ([]target, error) {
	return db.All(ctx, tx, func(r *sql.Rows, t *target) error { return r.Scan(&t.n, &t.url, &t.target) },
		"SELECT n, url, target FROM campaign_link WHERE org_id = ? AND campaign_id = ? ORDER BY n", orgID, id)
}

// freezeLinks fixes where a campaign's links lead.
func freezeLinks(ctx context.Context, tx *db.Tx, orgID string, r *row) error {
	urls := linksOf(r.texts())
	if !r.opt.tracks() && r.opt.UTM == nil || len(urls) == 0 {
		return nil
	}
	n, to := make([]int64, len(urls)), make([]string, len(urls))
	for i, u := range urls {
		n[i], to[i] = int64(i+1), r.opt.UTM.onto(u)
	}
	_, err := tx.BulkInsert(ctx, "campaign_link", "", db.Same("org_id", orgID, len(n)), db.Same("campaign_id", r.id, len(n)), db.Int("n", n), db.Text("url", urls), db.Text("target", to), db.Int("nobodys", make([]int64, len(n))))
	return err
}

// newCode names a campaign in its links: 48 bits that nobody can foresee.
func newCode() string {
	b := make([]byte, codeBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

const (
	codeBytes = 6
	signBytes = 9 // 72 bits of HMAC-SHA256
)

// markOpen and markShut stand around the number of a link in a text whose links
// are put in for each person. They are no characters: no text holds them.
const (
	markOpen = "\uFDD0"
	markShut = "\uFDD1"
)

// marked puts a mark in the place of each link that is known.
func (c *content) marked(source string, page bool) string {
	return wording.Links(source, page, func(url string) string {
		for _, t := range c.links {
			if t.url == url {
				return markOpen + strconv.FormatInt(t.n, 10) + markShut
			}
		}
		return ""
	})
}

// follow puts one person's links into a text, in the place of the marks. seq is 0
// for a text that many get alike.
func (c *content) follow(text string, page bool, base, orgID string, seq uint32) string {
	if len(c.links) == 0 || !strings.Contains(text, markOpen) {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, markOpen)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		number, rest, _ := strings.Cut(rest, markShut)
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(c.links) { // somebody's name holds the mark
			text = rest
			continue
		}
		t := c.links[n-1]
		to := t.target
		if c.tracked && base != "" {
			to = base + "/t/" + linkToken(c.secret, orgID, c.id, c.code, seq, t.n)
		}
		if page {
			to = html.EscapeString(to)
		}
		out.WriteString(to)
		text = rest
	}
}

// linkToken names campaign, person and link, and proves that it was made here.
func linkToken(secret, orgID, campaignID, code string, seq uint32, n int64) string {
	b, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil {
		panic("campaign: a code that we made does not read: " + err.Error())
	}
	b = binary.AppendUvarint(b, uint64(seq))
	b = binary.AppendUvarint(b, uint64(n)) //nolint:gosec // from 1
	return base64.RawURLEncoding.EncodeToString(append(b, linkSign(secret, orgID, campaignID, seq, n)...))
}

func linkSign(secret, orgID, campaignID string, seq uint32, n int64) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "campaign link\x00%s\x00%s\x00%d\x00%d", orgID, campaignID, seq, n)
	return mac.Sum(nil)[:signBytes]
}

// followed is a link that somebody follows.
type followed struct {
	org, campaign, name, url, target string
	seq                              uint32
	n                                int64
}

// followedBy reads a token. What was not signed here is errs.CodeNotFound.
func (s *Service) followedBy(ctx context.Context, token string) (f followed, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < codeBytes+2+signBytes || len(b) > codeBytes+signBytes+2*binary.MaxVarintLen64 || base64.RawURLEncoding.EncodeToString(b) != token {
		return f, noSuchLink
	}
	code, middle, sign := base64.RawURLEncoding.EncodeToString(b[:codeBytes]), b[codeBytes:len(b)-signBytes], b[len(b)-signBytes:]
	seq, k := binary.Uvarint(middle)
	if k <= 0 || seq > 1<<32-1 {
		return f, noSuchLink
	}
	n, l := binary.Uvarint(middle[k:])
	if l <= 0 || k+l != len(middle) || n > maxLinks {
		return f, noSuchLink
	}
	f.seq, f.n = uint32(seq), int64(n) //nolint:gosec // bounded above
	var secret string
	// Whose it is, is what the code tells.
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT org_id, id, name, secret FROM campaign_campaign WHERE code = ?", code).Scan(&f.org, &f.campaign, &f.name, &secret)
	})
	if db.IsNoRows(err) {
		return f, noSuchLink
	}
	if err != nil {
		return f, err
	}
	if secret == "" || !hmac.Equal(sign, linkSign(secret, f.org, f.campaign, f.seq, f.n)) {
		return f, noSuchLink
	}
	err = s.db.Read(ctx, f.org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT url, target FROM campaign_link WHERE org_id = ? AND campaign_id = ? AND n = ?", f.org, f.campaign, f.n).Scan(&f.url, &f.target)
	})
	if db.IsNoRows(err) {
		return f, noSuchLink
	}
	return f, err
}

// click leads on to where the link leads, and notes who followed it. Whatever
// goes wrong with the note, the reader gets there.
func (s *Service) click(w http.ResponseWriter, r *http.Request) {
	f, err := s.followedBy(r.Context(), r.PathValue("token"))
	if err != nil {
		s.linkFail(w, r, err)
		return
	}
	if !machine.Made(r) && s.newClick(r, f) {
		if err := s.clicked(r.Context(), f); err != nil {
			s.logger.ErrorContext(r.Context(), "a click was not noted", "org", f.org, "campaign", f.campaign, "error", err)
		}
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	http.Redirect(w, r, f.target, http.StatusFound)
}

// Clicks that are noted from one address in a minute at most: whoever holds a link
// is not to keep the database busy with it.
const clicksAMinute = 30

// newClick tells whether a click is worth noting: not the same link from the same
// place within the hour, and not more than people can click.
func (s *Service) newClick(r *http.Request, f followed) bool {
	ip, now := httpx.ClientIP(r, s.trustProxy), s.now()
	return s.limits.Allow("click "+ip, clicksAMinute, time.Minute, now) &&
		s.limits.Allow(fmt.Sprintf("link %s %s %d %d %d", ip, f.campaign, f.n, f.seq, now.Unix()/int64(time.Hour/time.Second)), 1, time.Hour, now)
}

func (s *Service) clicked(ctx context.Context, f followed) error {
	ctx = access.With(ctx, access.ForSystem(f.org, "campaign"))
	return s.db.Write(ctx, f.org, func(tx *db.Tx) error {
		if f.seq == 0 {
			_, err := tx.Exec(ctx, "UPDATE campaign_link SET nobodys = nobodys + 1 WHERE org_id = ? AND campaign_id = ? AND n = ?", f.org, f.campaign, f.n)
			return err
		}
		person, err := s.Audience.BySeq(ctx, tx, f.org, f.seq)
		if errs.Is(err, errs.CodeNotFound) {
			return nil // of whom nothing is left, nothing is noted
		}
		if err != nil {
			return err
		}
		now := s.now()
		_, err = s.Log.Append(ctx, tx, f.org, timeline.Fact{Kind: campaignevent.LinkClicked, PersonID: person, OccurredAt: now, Source: "campaign",
			DedupeKey: fmt.Sprintf("%s:%s:%d:%d:%d", campaignevent.LinkClicked, f.campaign, f.n, f.seq, now.Unix()/int64(time.Hour/time.Second)),
			Data:      campaignevent.Click{CampaignID: f.campaign, Campaign: f.name, Link: f.n, URL: f.url}})
		return err
	})
}

func (s *Service) linkFail(w http.ResponseWriter, r *http.Request, err error) {
	if errs.Is(err, errs.CodeNotFound) {
		s.leaveShow(w, r, http.StatusNotFound, leaveView{}, i18n.T("这个链接打不开了", "This link no longer leads anywhere"),
			i18n.T("它可能不完整，或已经失效。请回到原来的消息再点一次，或直接联系我们。", "It may be incomplete or out of date. Follow it once more from the message, or write to us."), i18n.Text{})
		return
	}
	s.logger.ErrorContext(r.Context(), "a link could not be followed", "error", err)
	s.leaveShow(w, r, http.StatusServiceUnavailable, leaveView{}, i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later"), i18n.Text{}, i18n.Text{})
}

// clicks adds who clicked which link; it is called for facts as they are followed.
func (s *Service) countClicks(ctx context.Context, tx *db.Tx, orgID string, acts []act) error {
	for _, a := range acts {
		if a.link == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, "INSERT INTO campaign_click (org_id, campaign_id, n, person_id, clicks) VALUES (?, ?, ?, ?, 1) ON CONFLICT (org_id, campaign_id, n, person_id) DO UPDATE SET clicks = campaign_click.clicks + 1",
			orgID, a.campaign, a.link, a.person); err != nil {
			return fmt.Errorf("campaign: clicks: %w", err)
		}
	}
	return nil
}

// links are those of a campaign with who followed them. Of a draft they are those
// in its texts.
func (s *Service) links(ctx context.Context, tx *db.Tx, orgID string, r *row) (out []Link, err error) {
	out = []Link{}
	if r.frozen == 0 {
		for i, u := range linksOf(r.texts()) {
			out = append(out, Link{N: int64(i + 1), URL: u})
		}
		return out, nil
	}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var l Link
		err := rows.Scan(&l.N, &l.URL, &l.Clicks, &l.People)
		out = append(out, l)
		return err
	}, `SELECT l.n, l.url, l.nobodys + COALESCE(SUM(c.clicks), 0), COUNT(c.person_id) FROM campaign_link l
		LEFT JOIN campaign_click c ON c.org_id = l.org_id AND c.campaign_id = l.campaign_id AND c.n = l.n
		WHERE l.org_id = ? AND l.campaign_id = ? GROUP BY l.n, l.url, l.nobodys ORDER BY l.n`, orgID, r.id)
	return out, err
}

// clickers tells how many people followed a link of a campaign, and how often.
func clickers(ctx context.Context, tx *db.Tx, orgID, id string) (people, clicks int64, err error) {
	err = tx.QueryRow(ctx, `SELECT COUNT(DISTINCT person_id), COALESCE(SUM(clicks), 0) FROM campaign_click WHERE org_id = ? AND campaign_id = ?`, orgID, id).Scan(&people, &clicks)
	if err != nil {
		return 0, 0, err
	}
	var nobodys int64
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(nobodys), 0) FROM campaign_link WHERE org_id = ? AND campaign_id = ?`, orgID, id).Scan(&nobodys)
	return people, clicks + nobodys, err
}
