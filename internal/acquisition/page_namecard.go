package acquisition

import (
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/machine"
)

// shownCard is a business card as its page needs it.
type shownCard struct {
	*namecard
	member Member
	brand  string
	code   string // of the staff member's share; empty: none
	link   *link
	items  []Showcased
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
		if out.items, err = showcaseOf(ctx, tx, out.org, out.staff); err != nil {
			return err
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
	page := view{Title: short(c.member.Name, 40), Role: c.brand, Text: c.intro, Phone: strings.NewReplacer(" ", "", "-", "").Replace(c.phone), PhoneText: i18n.T("打电话", "Call").In(lang), SaveText: i18n.T("存入通讯录", "Save contact").In(lang), Save: "/b/" + c.slug + "/contact.vcf"}
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
	if page.Shelves, err = s.shelves(r, c, lang); err != nil {
		s.fail(w, r, err)
		return
	}
	s.opened(w, r, c)
	s.render(w, r, http.StatusOK, page)
}

// shelf is a heading of a card with what stands under it.
type shelf struct {
	Name  string
	Items []shelfItem
}

type shelfItem struct{ Title, Text, URL, Cover string }

// shelves are those of a card that are not empty.
func (s *Service) shelves(r *http.Request, c *shownCard, lang i18n.Lang) (out []shelf, err error) {
	if len(c.items) == 0 {
		return nil, nil
	}
	tiles, err := s.Library.Tiles(r.Context(), c.org, c.staff, itemsOf(c.items))
	if err != nil {
		return nil, err
	}
	for _, of := range []struct {
		key  string
		name i18n.Text
	}{{"product", i18n.T("产品", "Products")}, {"material", i18n.T("资料", "To read")}} {
		one := shelf{Name: of.name.In(lang)}
		for _, i := range c.items {
			if t := tiles[i.ID]; i.Shelf == of.key && t.Shown {
				one.Items = append(one.Items, shelfItem{Title: t.Title, Text: t.Text, Cover: t.CoverURL, URL: "/b/" + c.slug + "/o/" + i.ID})
			}
		}
		if len(one.Items) > 0 {
			out = append(out, one)
		}
	}
	return out, nil
}

// itemPage leads from a card to something on it: to a link of their own for who
// is known, so that it tells who has read.
func (s *Service) itemPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cardBySlug(r)
	var to string
	if err == nil {
		to, err = s.followItem(w, r, c, r.PathValue("item"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusFound)
}

func (s *Service) followItem(w http.ResponseWriter, r *http.Request, c *shownCard, id string) (to string, err error) {
	i := slices.IndexFunc(c.items, func(i Showcased) bool { return i.ID == id })
	if i < 0 || !c.member.Active {
		return "", noSuchNamecard
	}
	item := c.items[i].ShowcaseItem
	tiles, err := s.Library.Tiles(r.Context(), c.org, c.staff, []ShowcaseItem{item})
	if err != nil {
		return "", err
	}
	if to = tiles[id].URL; to == "" {
		return "", noSuchNamecard
	}
	if machine.Made(r) || !s.limits.Allow("card "+s.ip(r), visitsAMinute, time.Minute, s.now()) {
		return to, nil
	}
	visitor := s.visitor(w, r)
	err = s.db.Write(r.Context(), c.org, func(tx *db.Tx) error {
		ctx := access.With(r.Context(), access.ForSystem(c.org, "page"))
		if err := cardVisited(ctx, tx, c.org, c.staff, visitor, item, clock.Micros(s.now())); err != nil || visitor == "" {
			return err
		}
		var person string
		err := tx.QueryRow(ctx, "SELECT person_id FROM acquisition_visitor WHERE org_id = ? AND visitor = ?", c.org, visitor).Scan(&person)
		if db.IsNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		names, err := s.People.Names(ctx, tx, c.org, []string{person})
		if err != nil || names[person].ID == "" {
			return err
		}
		to, err = s.Library.PersonLink(ctx, tx, c.org, c.staff, names[person].ID, item)
		return err
	})
	return to, err
}

// contactPage gives the card to the address book of a phone (vCard 3.0, RFC 2426).
func (s *Service) contactPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cardBySlug(r)
	if err == nil && !c.member.Active {
		err = noSuchNamecard
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	escape := strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r", "", "\n", "\\n").Replace
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", "N:" + escape(c.member.Name) + ";;;;", "FN:" + escape(c.member.Name), "ORG:" + escape(c.brand)}
	if c.title != "" {
		lines = append(lines, "TITLE:"+escape(c.title))
	}
	if c.phone != "" {
		lines = append(lines, "TEL;TYPE=WORK:"+c.phone)
	}
	lines = append(lines, "URL:"+s.config.BaseURL+"/b/"+c.slug, "END:VCARD", "")
	w.Header().Set("Content-Type", "text/vcard; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="contact.vcf"`)
	_, _ = io.WriteString(w, strings.Join(lines, "\r\n")) // the reader has gone
}

// opened counts that a card was opened; as an arrival with the staff member
// where they have a link, and it was not the link that led here.
func (s *Service) opened(w http.ResponseWriter, r *http.Request, c *shownCard) {
	if machine.Made(r) {
		return
	}
	visitor := s.visitor(w, r)
	if c.link != nil && r.URL.RawQuery != byLink {
		s.remember(r, c.org, visit{visitor: visitor, way: "link", thing: c.link.id, channel: c.link.channel, staff: c.staff})
	}
	if !s.limits.Allow("card "+s.ip(r), visitsAMinute, time.Minute, s.now()) {
		return
	}
	if err := s.db.Write(r.Context(), c.org, func(tx *db.Tx) error {
		now := clock.Micros(s.now())
		if err := cardVisited(r.Context(), tx, c.org, c.staff, visitor, ShowcaseItem{}, now); err != nil {
			return err
		}
		return hit(r.Context(), tx, c.org, "ncd_"+c.staff, now)
	}); err != nil {
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
