package acquisition

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"
	"time"

	"fishpond/internal/acquisition/roster"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// What live codes are.
const (
	CodeStaff = "staff" // leads to a staff member
	CodeGroup = "group" // leads into a group chat
	// CodeService leads to a customer service account, and adds nobody.
	CodeService = "service"
	ModeWay     = "way"  // a QR of the platform whose staff we change
	ModePage    = "page" // our own page, which picks the staff member and shows their QR

	StatusActive = "active"
	StatusPaused = "paused" // its page says so; on the platform it stays as it was
	StatusEnded  = "ended"  // taken from the platform, for good
)

// CodeMember is a staff member of a live code.
type CodeMember struct {
	StaffID  string `json:"staff_id" minLength:"1" maxLength:"64"`
	Weight   int64  `json:"weight,omitempty" minimum:"0" maximum:"100" doc:"With the strategy weighted; 0 is 1"`
	DailyCap int64  `json:"daily_cap,omitempty" minimum:"0" maximum:"100000" doc:"Customers a day through this code; 0: no limit"`
}

// CodeShift is when members are on duty, by the wall clock of the org's zone.
type CodeShift struct {
	StaffIDs []string `json:"staff_ids,omitempty" maxItems:"100" nullable:"false" doc:"Of the members; none: all"`
	Days     []int    `json:"days,omitempty" maxItems:"7" nullable:"false" doc:"1 Monday … 7 Sunday, on which it begins; none: every day"`
	From     string   `json:"from" maxLength:"5" example:"09:00"`
	To       string   `json:"to" maxLength:"5" example:"18:00" doc:"Not after from: until then on the next day. 24:00 is the end of the day"`
}

// Part is one piece of a welcome message, as a carrier sends it.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,link,mini_program"`
	Text    string `json:"text,omitempty" maxLength:"2000" doc:"Of a text or link; may hold {{name}}, {{staff}} and {{org}}"`
	Title   string `json:"title,omitempty" maxLength:"60"`
	URL     string `json:"url,omitempty" maxLength:"2048"`
	PicURL  string `json:"pic_url,omitempty" maxLength:"2048"`
	MediaID string `json:"media_id,omitempty" maxLength:"256"`
	AppID   string `json:"app_id,omitempty" maxLength:"64"`
	Page    string `json:"page,omitempty" maxLength:"1024"`
}

// Welcome is what to say at some times.
type Welcome struct {
	Days  []int  `json:"days,omitempty" maxItems:"7" nullable:"false" doc:"None: every day"`
	From  string `json:"from,omitempty" maxLength:"5" doc:"Empty with to: at any time"`
	To    string `json:"to,omitempty" maxLength:"5"`
	Parts []Part `json:"parts" minItems:"1" maxItems:"10" nullable:"false" doc:"At most one text, and nine others"`
}

// CodeChat is a group chat of a group code.
type CodeChat struct {
	ChatID   string `json:"chat_id" minLength:"1" maxLength:"64"`
	Name     string `json:"name,omitempty" maxLength:"60"`
	Capacity int64  `json:"capacity,omitempty" minimum:"0" maximum:"500" doc:"Members at which the next group follows; 0: 180"`
	QRURL    string `json:"qr_url,omitempty" maxLength:"2048" doc:"Its own picture, for a page without an account"`
}

// CodeSpec is what a live code does.
type CodeSpec struct {
	Strategy  string       `json:"strategy,omitempty" enum:"round_robin,weighted,least_loaded" default:"round_robin" doc:"In the mode way, round_robin gives the platform everybody on duty, who are then taken by chance; the others one at a time"`
	Members   []CodeMember `json:"members,omitempty" maxItems:"100" nullable:"false"`
	Shifts    []CodeShift  `json:"shifts,omitempty" maxItems:"100" nullable:"false" doc:"None: always on duty"`
	Spare     []string     `json:"spare,omitempty" maxItems:"20" nullable:"false" doc:"Staff for when nobody is on duty or all are full"`
	Confirm   bool         `json:"confirm,omitempty" doc:"Staff accept each friend by hand"`
	Tags      []string     `json:"tags,omitempty" maxItems:"20" nullable:"false" doc:"Names of tags for who comes through the code"`
	Remark    string       `json:"remark,omitempty" maxLength:"60" doc:"What staff see as the customer's name; may hold {{name}}, {{staff}} and {{channel}}; cut to 20 characters"`
	Welcome   []Welcome    `json:"welcome,omitempty" maxItems:"10" nullable:"false" doc:"The first whose time it is"`
	Chats     []CodeChat   `json:"chats,omitempty" maxItems:"50" nullable:"false" doc:"Of a group code, in the order in which they are filled"`
	ExpiresAt *time.Time   `json:"expires_at,omitempty"`
	RewardID  string       `json:"reward_id,omitempty" maxLength:"64" doc:"For friend_added: each new friend who comes through the code earns it; empty: no reward"`
}

// CodeInput makes a live code.
type CodeInput struct {
	Name      string `json:"name" minLength:"1" maxLength:"60"`
	Kind      string `json:"kind,omitempty" enum:"staff,group,service" default:"staff" doc:"service leads to an account of WeChat customer service; its mode is way"`
	Mode      string `json:"mode,omitempty" enum:"way,page" default:"way"`
	ChannelID string `json:"channel_id,omitempty" maxLength:"64"`
	AccountID string `json:"account_id,omitempty" maxLength:"64" doc:"Of the carrier; needed with the mode way"`
	State     string `json:"state,omitempty" maxLength:"128" doc:"What the platform says of who came through; at most 30 characters, unique. Empty: made up"`
	CodeSpec
}

// CodePatch changes a live code; nil stays.
type CodePatch struct {
	Name      *string   `json:"name,omitempty" minLength:"1" maxLength:"60"`
	ChannelID *string   `json:"channel_id,omitempty" maxLength:"64" doc:"For arrivals from now on"`
	Status    *string   `json:"status,omitempty" enum:"active,paused,ended" doc:"What has ended stays so"`
	Spec      *CodeSpec `json:"spec,omitempty" doc:"As a whole"`
	Version   int64     `json:"version,omitempty" doc:"The version that was changed; a later one is a conflict. 0: whatever it is"`
}

// code is a row of acquisition_code.
type code struct {
	id, kind, mode, name, channel, account, staff, state, slug, status, last string
	version, created, updated                                                int64
	spec                                                                     CodeSpec
}

var (
	noSuchCode = errs.NotFound(i18n.T("这个活码", "live code"))
	moved      = errs.Conflict(i18n.T("别人刚刚改过，请刷新后再试", "Somebody has changed it meanwhile; reload and try again"))
)

// slug makes the unguessable part of a public address: 80 random bits.
func slug() string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, without l, o, 0 and 1
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("acquisition: no randomness: " + err.Error()) // the system cannot run safely without it
	}
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b[:])
}

// CreateCode makes a live code and has it put on the platform.
func (s *Service) CreateCode(ctx context.Context, in CodeInput) (out Code, err error) {
	return s.createCode(ctx, in, "")
}

func (s *Service) createCode(ctx context.Context, in CodeInput, staffID string) (out Code, err error) {
	org, now := orgOf(ctx), clock.Micros(s.now())
	c := &code{id: ids.New("cod"), kind: cmp.Or(in.Kind, CodeStaff), mode: cmp.Or(in.Mode, ModeWay), name: line(in.Name), channel: in.ChannelID, account: in.AccountID,
		staff: staffID, state: in.State, slug: slug(), status: StatusActive, version: 1, created: now, updated: now, spec: in.CodeSpec}
	if c.state == "" {
		c.state = "fp" + c.slug
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := s.checkCode(ctx, tx, org, c); err != nil {
			return err
		}
		if err := noOther(ctx, tx, org, "acquisition_code", staffID); err != nil {
			return err
		}
		if err := insertCode(ctx, tx, org, c); err != nil {
			return err
		}
		if err := s.refreshSoon(ctx, tx, org, c.id); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "code.created", "code", c.id, map[string]any{"name": c.name, "channel_id": c.channel, "mode": c.mode}); err != nil {
			return err
		}
		out, err = s.showCode(ctx, tx, org, c)
		return err
	})
	return out, err
}

func (s *Service) refreshSoon(ctx context.Context, tx *db.Tx, orgID, codeID string) error {
	if s.Later == nil {
		return nil
	}
	return s.Later.RefreshCode(ctx, tx, orgID, codeID)
}

// UpdateCode changes a live code.
func (s *Service) UpdateCode(ctx context.Context, id string, p CodePatch) (out Code, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		c, err := codeByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		was := c.version
		if p.Version != 0 && p.Version != was {
			return moved
		}
		if p.Status != nil && *p.Status != c.status {
			if c.status == StatusEnded {
				return errs.InvalidField("body.status", i18n.T("已结束的活码不能恢复，请新建一个", "A code that has ended cannot be brought back; make a new one"))
			}
			c.status = *p.Status
		}
		if p.Name != nil {
			c.name = line(*p.Name)
		}
		if p.ChannelID != nil {
			c.channel = *p.ChannelID
		}
		if p.Spec != nil {
			c.spec = *p.Spec
		}
		if p.Name != nil || p.ChannelID != nil || p.Spec != nil {
			if err := prefixSpec(s.checkCode(ctx, tx, org, c)); err != nil {
				return err
			}
		}
		c.updated = clock.Micros(s.now())
		if err := updateCode(ctx, tx, org, c, was); err != nil {
			return err
		}
		if err := s.refreshSoon(ctx, tx, org, c.id); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "code.updated", "code", c.id, map[string]any{"name": c.name, "status": c.status, "channel_id": c.channel}); err != nil {
			return err
		}
		out, err = s.showCode(ctx, tx, org, c)
		return err
	})
	return out, err
}

// prefixSpec says where in a patch a field of the spec was.
func prefixSpec(err error) error {
	e := errs.As(err)
	if err == nil || e.Code != errs.CodeInvalid {
		return err
	}
	c := *e
	c.Fields = nil
	for _, f := range e.Fields {
		if rest, ok := strings.CutPrefix(f.Path, "body."); ok && rest != "name" && rest != "channel_id" {
			f.Path = "body.spec." + rest
		}
		c.Fields = append(c.Fields, f)
	}
	return &c
}

// plan is the code's staff as a roster.
func (c *code) plan() roster.Plan {
	p := roster.Plan{Strategy: c.spec.Strategy, Spare: c.spec.Spare}
	for _, m := range c.spec.Members {
		p.Members = append(p.Members, roster.Member{StaffID: m.StaffID, Weight: m.Weight, DailyCap: m.DailyCap})
	}
	for _, sh := range c.spec.Shifts {
		from, _ := minutes(sh.From)
		to, _ := minutes(sh.To)
		p.Shifts = append(p.Shifts, roster.Shift{StaffIDs: sh.StaffIDs, Days: sh.Days, From: from, To: to})
	}
	if c.spec.ExpiresAt != nil {
		p.ExpiresAt = *c.spec.ExpiresAt
	}
	return p
}

// minutes reads 09:30 as minutes since midnight; 24:00 is allowed.
func minutes(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

// entrance is a channel's id where it is an entrance.
func (t *tree) entrance(channel string) string {
	if n := t.nodes[channel]; n != nil && n.level == LevelEntrance {
		return channel
	}
	return ""
}

// Codes lists live codes, the newest first.
func (s *Service) Codes(ctx context.Context, f CodeFilter, after string, limit int) (out []Code, more bool, total int64, err error) {
	a, _ := access.From(ctx)
	if a.OwnOnly && f.Shares {
		f.StaffID = a.ID
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		codes, n, err := listCodes(ctx, tx, a.OrgID, f, after, limit+1)
		if err != nil {
			return err
		}
		total = n
		if more = len(codes) > limit; more {
			codes = codes[:limit]
		}
		v, err := s.viewer(ctx, tx, a.OrgID, codes)
		if err != nil {
			return err
		}
		for _, c := range codes {
			out = append(out, v.show(c))
		}
		return nil
	})
	return out, more, total, err
}

// Code returns one live code.
func (s *Service) Code(ctx context.Context, id string) (out Code, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		c, err := codeByID(ctx, tx, org, id)
		if err == nil {
			out, err = s.showCode(ctx, tx, org, c)
		}
		return err
	})
	return out, err
}

func (s *Service) showCode(ctx context.Context, tx *db.Tx, orgID string, c *code) (Code, error) {
	v, err := s.viewer(ctx, tx, orgID, []*code{c})
	if err != nil {
		return Code{}, err
	}
	return v.show(c), nil
}
