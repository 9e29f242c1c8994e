package acquisition

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// shownCard is a business card as its page needs it.
type shownCard struct {
	*namecard
	member Member
	brand  string
	code   string // of the staff member's share; empty: none
	link   *link
}

func (s *Service) cardBySlug(r *http.Request) (*shownCard, error) {
	id, ok := goodSlug(r)
	if !ok {
		return nil, noSuchNamecard
	}
	out := &shownCard{namecard: &namecard{}}
	err := s.public(r.Context(), func(tx *db.Tx) error {
		err := out.scan(tx.QueryRow(r.Context(), "SELECT "+namecardColumns+" FROM acquisition_namecard WHERE slug = ?", id))
		if db.IsNoRows(err) {
			return noSuchNamecard
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, s.db.Read(r.Context(), out.org, func(tx *db.Tx) error {
		ctx := access.With(r.Context(), access.ForSystem(out.org, "page"))
		set, err := s.Orgs.Settings(ctx, tx, out.org)
		if err != nil {
			return err
		}
		members, err := s.Staff.Members(ctx, tx, out.org)
		if err != nil {
			return err
		}
		out.brand, out.member = set.Name, members[out.staff]
		codes, _, err := listCodes(ctx, tx, out.org, CodeFilter{StaffID: out.staff, Shares: true, Status: StatusActive}, "", 1)
		if err != nil {
			return err
		}
		if len(codes) > 0 {
			out.code = codes[0].id
		}
		l := &link{}
		err = l.scan(tx.QueryRow(ctx, "SELECT "+linkColumns+" FROM acquisition_link WHERE org_id = ? AND staff_id = ? AND status = 'active' ORDER BY id DESC LIMIT 1", out.org, out.staff))
		if db.IsNoRows(err) {
			return nil
		}
		out.link = l
		return err
	})
}

// namecardPage shows a staff member's business card. Who opens it has come to
// them.
func (s *Service) namecardPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cardBySlug(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := pageLang(r)
	if !c.member.Active {
		s.message(w, r, http.StatusGone, i18n.T("这张名片已停用，请联系品牌的其他工作人员", "This card is no longer in use; please ask somebody else at the brand"))
		return
	}
	page := view{Title: short(c.member.Name, 40), Role: c.brand, Text: c.intro}
	if c.title != "" {
		page.Role = c.title + " · " + c.brand
	}
	if c.photo != "" {
		page.Photo, page.PhotoText = "/b/"+c.slug+"/photo?v="+strconv.FormatInt(c.version, 10), page.Title
	}
	if c.code != "" {
		if shown, err := s.showQR(w, r, c.org, c.code); err == nil && shown.Picture != "" {
			page.Picture, page.PictureText = shown.Picture, shown.view.Text
			page.Note = i18n.T("长按识别二维码", "Hold the picture to scan it").In(lang)
		}
	}
	s.opened(w, r, c)
	s.render(w, r, http.StatusOK, page)
}

// opened counts that a card was opened; as an arrival with the staff member
// where they have a link, and it was not the link that led here.
func (s *Service) opened(w http.ResponseWriter, r *http.Request, c *shownCard) {
	if r.Method != http.MethodGet {
		return
	}
	if c.link != nil && r.URL.RawQuery != byLink {
		s.remember(r, c.org, visit{visitor: s.visitor(w, r), way: "link", thing: c.link.id, channel: c.link.channel, staff: c.staff})
	}
	if !s.limits.Allow("card "+s.ip(r), visitsAMinute, time.Minute, s.now()) {
		return
	}
	if err := s.db.Write(r.Context(), c.org, func(tx *db.Tx) error { return hit(r.Context(), tx, c.org, "ncd_"+c.staff, clock.Micros(s.now())) }); err != nil {
		s.slog.WarnContext(r.Context(), "a view was not counted", "card", c.staff, "error", err)
	}
}

func (s *Service) photoPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cardBySlug(r)
	if err == nil && (c.photo == "" || !c.member.Active) {
		err = noSuchNamecard
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	data, err := base64.StdEncoding.DecodeString(c.photo)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(data) // the reader has gone
}
