package acquisition

import (
	"cmp"
	"context"
	"encoding/base64"
	"regexp"
	"time"

	"fishpond/internal/acquisition/paper"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// NameCard is a staff member's business card: a public page with their name,
// photo and code.
type NameCard struct {
	URL       string    `json:"url" doc:"Its page"`
	Title     string    `json:"title" doc:"What they are, as shop manager"`
	Intro     string    `json:"intro"`
	Phone     string    `json:"phone" doc:"For work; shown on the page"`
	PhotoURL  string    `json:"photo_url" doc:"Empty: none"`
	Views     int64     `json:"views" doc:"Times that it was opened"`
	Version   int64     `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
}

// MyShareInput makes or changes what a staff member gives away. What exists
// already is kept.
type MyShareInput struct {
	Title     string `json:"title,omitempty" maxLength:"40"`
	Intro     string `json:"intro,omitempty" maxLength:"300"`
	Phone     string `json:"phone,omitempty" maxLength:"30" doc:"For work: everybody who opens the card sees it"`
	AccountID string `json:"account_id,omitempty" maxLength:"64" doc:"Where the code is made; empty: the only account, if there is but one"`
	ChannelID string `json:"channel_id,omitempty" maxLength:"64" doc:"Of what is made"`
	Target    string `json:"target,omitempty" maxLength:"2048" doc:"Where the link leads that is made; empty: to the card"`
	Version   int64  `json:"version,omitempty" doc:"The card's version that was changed; 0: whatever it is"`
}

// MaxPhoto is how large the file of a photo may be, in bytes.
const MaxPhoto = 2 << 20

var dialled = regexp.MustCompile(`^\+?[0-9][0-9 -]{4,28}$`)

// namecard is a row of acquisition_namecard.
type namecard struct {
	org, staff, slug, title, intro, photo string
	phone                                 string
	version, updated                      int64
}

const namecardColumns = "org_id, staff_id, slug, title, intro, photo, version, updated_at, phone"

var (
	noSuchNamecard = errs.NotFound(i18n.T("这张名片", "business card"))
	notStaff       = errs.NotFound(i18n.T("你的分享（只有员工账号才有）", "share of yours: only staff have one"))
)

func (n *namecard) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&n.org, &n.staff, &n.slug, &n.title, &n.intro, &n.photo, &n.version, &n.updated, &n.phone)
}

func namecardOf(ctx context.Context, tx *db.Tx, orgID, staffID string) (*namecard, error) {
	n := &namecard{}
	err := n.scan(tx.QueryRow(ctx, "SELECT "+namecardColumns+" FROM acquisition_namecard WHERE org_id = ? AND staff_id = ?", orgID, staffID))
	if db.IsNoRows(err) {
		return nil, noSuchNamecard
	}
	return n, err
}

// ensureNamecard finds a staff member's card, or makes it.
func (s *Service) ensureNamecard(ctx context.Context, tx *db.Tx, orgID, staffID string) (*namecard, error) {
	if _, err := tx.Exec(ctx, "INSERT INTO acquisition_namecard ("+namecardColumns+") VALUES (?, ?, ?, '', '', '', 1, ?, '') ON CONFLICT (org_id, staff_id) DO NOTHING",
		orgID, staffID, slug(), clock.Micros(s.now())); err != nil {
		return nil, err
	}
	return namecardOf(ctx, tx, orgID, staffID)
}

func (s *Service) showNamecard(ctx context.Context, tx *db.Tx, n *namecard) (*NameCard, error) {
	views, err := hitsBy(ctx, tx, n.org, []string{"ncd_" + n.staff})
	out := &NameCard{URL: s.config.BaseURL + "/b/" + n.slug, Title: n.title, Intro: n.intro, Phone: n.phone, Views: views["ncd_"+n.staff], Version: n.version, UpdatedAt: clock.Time(n.updated)}
	if n.photo != "" {
		out.PhotoURL = out.URL + "/photo"
	}
	return out, err
}

// me is the staff member who acts.
func (s *Service) me(ctx context.Context, tx *db.Tx) (id string, m Member, err error) {
	a, _ := access.From(ctx)
	members, err := s.Staff.Members(ctx, tx, a.OrgID)
	if err != nil {
		return "", m, err
	}
	m, ok := members[a.ID]
	if !ok || !m.Active {
		return "", m, notStaff
	}
	return a.ID, m, nil
}

// MyShare is what whoever acts gives away.
func (s *Service) MyShare(ctx context.Context) (out Share, err error) {
	var id string
	var m Member
	if err = s.db.Read(ctx, orgOf(ctx), func(tx *db.Tx) error {
		id, m, err = s.me(ctx, tx)
		return err
	}); err != nil {
		return out, err
	}
	return s.shareOf(ctx, id, m)
}

// PutMyShare makes what whoever acts gives away: card, code and link.
func (s *Service) PutMyShare(ctx context.Context, in MyShareInput) (out Share, err error) {
	org := orgOf(ctx)
	v := &verdict{}
	in.Title, in.Intro, in.Phone = line(in.Title), plaintext.Tidy(in.Intro), line(in.Phone)
	if in.Phone != "" && !dialled.MatchString(in.Phone) {
		v.add("body.phone", i18n.T("电话应只有数字、空格、横线和开头的加号", "A phone number has digits, spaces, hyphens and a leading plus"))
	}
	v.neutral("body.title", in.Title, false)
	v.neutral("body.intro", in.Intro, false)
	if in.Target != "" {
		v.web("body.target", in.Target, true)
	}
	if err := v.err(); err != nil {
		return out, err
	}
	var id string
	var m Member
	var card *namecard
	if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		if id, m, err = s.me(ctx, tx); err != nil {
			return err
		}
		if card, err = s.ensureNamecard(ctx, tx, org, id); err != nil {
			return err
		}
		if in.Version != 0 && in.Version != card.version {
			return moved
		}
		if card.title == in.Title && card.intro == in.Intro && card.phone == in.Phone {
			return nil
		}
		n, err := tx.Changed(ctx, "UPDATE acquisition_namecard SET title = ?, intro = ?, phone = ?, version = version + 1, updated_at = ? WHERE org_id = ? AND staff_id = ? AND version = ?",
			in.Title, in.Intro, in.Phone, clock.Micros(s.now()), org, id, card.version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		return s.Auditor.Audit(ctx, tx, "namecard.updated", "staff", id, nil)
	}); err != nil {
		return out, err
	}
	if in.AccountID == "" {
		if in.AccountID, err = s.onlyAccount(ctx); err != nil {
			return out, err
		}
	}
	if in.Target == "" {
		in.Target = s.config.BaseURL + "/b/" + card.slug + "?" + byLink
	}
	if _, err := s.MakeShares(ctx, ShareInput{StaffIDs: []string{id}, ChannelID: in.ChannelID, AccountID: in.AccountID, Target: in.Target}); err != nil {
		return out, err
	}
	return s.shareOf(ctx, id, m)
}

// byLink marks the address of a card as that of a link, which counts by itself.
const byLink = "l=1"

// The kinds of accounts that codes can be made on.
const (
	kindStaff   = "wecom"    // whose QR leads to staff, or into a group chat
	kindService = "wecom_kf" // customer service
)

// onlyAccount is the account to make a code on where there is but one.
func (s *Service) onlyAccount(ctx context.Context) (id string, err error) {
	if s.Carrier == nil {
		return "", nil
	}
	err = s.db.Read(ctx, orgOf(ctx), func(tx *db.Tx) error {
		kinds, err := s.Carrier.AccountKinds(ctx, tx, orgOf(ctx))
		n := 0
		for account, kind := range kinds {
			if kind == kindStaff {
				id, n = account, n+1
			}
		}
		if n != 1 {
			id = ""
		}
		return err
	})
	return id, err
}

// PutMyPhoto sets the photo of the card of whoever acts; nil takes it away.
func (s *Service) PutMyPhoto(ctx context.Context, picture []byte) (out Share, err error) {
	org, photo := orgOf(ctx), ""
	if picture != nil {
		small, err := paper.Portrait(picture)
		if err != nil {
			return out, badPicture.Because(err)
		}
		photo = base64.StdEncoding.EncodeToString(small)
	}
	var id string
	var m Member
	if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		if id, m, err = s.me(ctx, tx); err != nil {
			return err
		}
		if _, err := s.ensureNamecard(ctx, tx, org, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE acquisition_namecard SET photo = ?, version = version + 1, updated_at = ? WHERE org_id = ? AND staff_id = ?", photo, clock.Micros(s.now()), org, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "namecard.photo_changed", "staff", id, map[string]any{"photo": photo != ""})
	}); err != nil {
		return out, err
	}
	return s.shareOf(ctx, id, m)
}

// shareOf is what a staff member gives away.
func (s *Service) shareOf(ctx context.Context, id string, m Member) (out Share, err error) {
	out = Share{Staff: StaffRef{id, m.Name}, Active: m.Active}
	codes, _, _, err := s.Codes(ctx, CodeFilter{StaffID: id, Shares: true, Status: StatusActive}, "", 1)
	if err != nil {
		return out, err
	}
	if len(codes) > 0 {
		out.Code = &codes[0]
	}
	links, _, _, err := s.Links(ctx, ThingFilter{StaffID: id, Shares: true, Status: StatusActive}, "", 1)
	if err != nil {
		return out, err
	}
	if len(links) > 0 {
		out.Link = &links[0]
	}
	err = s.db.Read(ctx, orgOf(ctx), func(tx *db.Tx) error {
		n, err := namecardOf(ctx, tx, orgOf(ctx), id)
		if errs.Is(err, errs.CodeNotFound) {
			return nil
		}
		if err == nil {
			out.Card, err = s.showNamecard(ctx, tx, n)
		}
		return err
	})
	return out, err
}

// byName orders staff.
func byName(members map[string]Member) func(x, y string) int {
	return func(x, y string) int { return cmp.Or(cmp.Compare(members[x].Name, members[y].Name), cmp.Compare(x, y)) }
}
