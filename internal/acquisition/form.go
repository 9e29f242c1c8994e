package acquisition

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/timeline"
)

// FormSpec is what a form shows.
type FormSpec struct {
	Title    string `json:"title" minLength:"1" maxLength:"60"`
	Text     string `json:"text,omitempty" maxLength:"1000"`
	Consent  string `json:"consent" minLength:"1" maxLength:"500" doc:"What the customer agrees to with a tick that is not set beforehand; without it nothing is stored"`
	Purpose  string `json:"purpose,omitempty" enum:"marketing,profiling,service" default:"marketing" doc:"Of the consent"`
	Thanks   string `json:"thanks,omitempty" maxLength:"500" doc:"Shown afterwards"`
	CodeID   string `json:"code_id,omitempty" maxLength:"64" doc:"A live code that is offered afterwards"`
	RewardID string `json:"reward_id,omitempty" maxLength:"64" doc:"For form_filled; empty: no reward"`
}

// Form is a page on which people leave their name and phone.
type Form struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	URL         string    `json:"url"`
	ChannelID   string    `json:"channel_id"`
	ChannelPath []string  `json:"channel_path" nullable:"false"`
	Status      string    `json:"status" enum:"active,ended"`
	Spec        FormSpec  `json:"spec"`
	TextVersion string    `json:"text_version" doc:"Of the consent's text; kept with every consent"`
	Views       int64     `json:"views"`
	Entries     int64     `json:"entries"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// FormInput makes a form.
type FormInput struct {
	Name      string   `json:"name" minLength:"1" maxLength:"60"`
	ChannelID string   `json:"channel_id,omitempty" maxLength:"64"`
	Spec      FormSpec `json:"spec"`
}

// FormPatch changes a form; nil stays.
type FormPatch struct {
	Name      *string   `json:"name,omitempty" minLength:"1" maxLength:"60"`
	ChannelID *string   `json:"channel_id,omitempty" maxLength:"64"`
	Status    *string   `json:"status,omitempty" enum:"active,ended"`
	Spec      *FormSpec `json:"spec,omitempty"`
	Version   int64     `json:"version,omitempty"`
}

// form is a row of acquisition_form.
type form struct {
	org, id, slug, name, channel, staff, status string
	version, created, updated                   int64
	spec                                        FormSpec
}

const formColumns = "org_id, id, slug, name, channel_id, staff_id, status, spec, version, created_at, updated_at"

var noSuchForm = errs.NotFound(i18n.T("这个表单", "form"))

func (f *form) scan(row interface{ Scan(...any) error }) error {
	var spec string
	err := row.Scan(&f.org, &f.id, &f.slug, &f.name, &f.channel, &f.staff, &f.status, &spec, &f.version, &f.created, &f.updated)
	if err == nil {
		err = json.Unmarshal([]byte(spec), &f.spec)
	}
	return err
}

func formBy(ctx context.Context, tx *db.Tx, orgID, column, value string) (*form, error) {
	f := &form{}
	where, args := "org_id = ? AND id = ?", []any{orgID, value}
	if column == "slug" {
		where, args = "slug = ?", []any{value}
	}
	err := f.scan(tx.QueryRow(ctx, "SELECT "+formColumns+" FROM acquisition_form WHERE "+where, args...))
	if db.IsNoRows(err) {
		return nil, noSuchForm
	}
	return f, err
}

// textVersion names a text of a consent by what it says.
func (f *form) textVersion() string {
	sum := sha256.Sum256([]byte(f.spec.Purpose + "\n" + f.spec.Consent))
	return "form-" + hex.EncodeToString(sum[:6])
}

func (s *Service) checkForm(ctx context.Context, tx *db.Tx, f *form) error {
	v := &verdict{}
	v.need("body.name", f.name)
	f.spec.Title, f.spec.Text, f.spec.Consent, f.spec.Thanks = line(f.spec.Title), plaintext.Tidy(f.spec.Text), plaintext.Tidy(f.spec.Consent), plaintext.Tidy(f.spec.Thanks)
	v.need("body.spec.title", f.spec.Title)
	v.need("body.spec.consent", f.spec.Consent)
	if f.spec.Purpose == "" {
		f.spec.Purpose = "marketing"
	}
	for path, text := range map[string]string{"title": f.spec.Title, "text": f.spec.Text, "consent": f.spec.Consent, "thanks": f.spec.Thanks} {
		v.neutral("body.spec."+path, text, f.spec.RewardID != "")
	}
	if _, err := s.checkReward(ctx, tx, f.org, v, "body.spec.reward_id", f.spec.RewardID, ForForm); err != nil {
		return err
	}
	if err := s.checkCodeOf(ctx, tx, f.org, v, f.spec.CodeID); err != nil {
		return err
	}
	if err := s.checkPlaces(ctx, tx, f.org, v, f.channel, "", false); err != nil {
		return err
	}
	return v.err()
}

func (s *Service) checkCodeOf(ctx context.Context, tx *db.Tx, orgID string, v *verdict, codeID string) error {
	if codeID == "" {
		return nil
	}
	_, err := codeByID(ctx, tx, orgID, codeID)
	if errs.Is(err, errs.CodeNotFound) {
		v.add("body.spec.code_id", i18n.T("没有这个活码", "there is no such live code"))
		return nil
	}
	return err
}

// CreateForm makes a form.
func (s *Service) CreateForm(ctx context.Context, in FormInput) (out Form, err error) {
	org, now := orgOf(ctx), clock.Micros(s.now())
	f := &form{org: org, id: ids.New("frm"), slug: slug(), name: line(in.Name), channel: in.ChannelID, status: StatusActive, spec: in.Spec, version: 1, created: now, updated: now}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := s.checkForm(ctx, tx, f); err != nil {
			return err
		}
		spec, err := json.Marshal(f.spec)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_form ("+formColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", f.org, f.id, f.slug, f.name, f.channel, f.staff, f.status, string(spec),
			f.version, f.created, f.updated); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "form.created", "form", f.id, map[string]any{"name": f.name}); err != nil {
			return err
		}
		all, err := s.showForms(ctx, tx, org, []*form{f})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// UpdateForm changes a form.
func (s *Service) UpdateForm(ctx context.Context, id string, p FormPatch) (out Form, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		f, err := formBy(ctx, tx, org, "id", id)
		if err != nil {
			return err
		}
		if p.Version != 0 && p.Version != f.version {
			return moved
		}
		set(&f.channel, p.ChannelID)
		set(&f.status, p.Status)
		if p.Name != nil {
			f.name = line(*p.Name)
		}
		if p.Spec != nil {
			f.spec = *p.Spec
		}
		if err := s.checkForm(ctx, tx, f); err != nil {
			return err
		}
		spec, err := json.Marshal(f.spec)
		if err != nil {
			return err
		}
		f.updated = clock.Micros(s.now())
		n, err := tx.Changed(ctx, "UPDATE acquisition_form SET name = ?, channel_id = ?, status = ?, spec = ?, version = version + 1, updated_at = ? WHERE org_id = ? AND id = ? AND version = ?",
			f.name, f.channel, f.status, string(spec), f.updated, org, id, f.version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		f.version++
		if err := s.Auditor.Audit(ctx, tx, "form.updated", "form", id, map[string]any{"name": f.name, "status": f.status}); err != nil {
			return err
		}
		all, err := s.showForms(ctx, tx, org, []*form{f})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

func (s *Service) showForms(ctx context.Context, tx *db.Tx, orgID string, all []*form) (out []Form, err error) {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, f := range all {
		list = append(list, f.id)
	}
	views, err := hitsBy(ctx, tx, orgID, list)
	if err != nil {
		return nil, err
	}
	entries := map[string]int64{}
	where, arg := tx.In("form_id", list)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int64
		err := rows.Scan(&id, &n)
		entries[id] = n
		return err
	}, "SELECT form_id, count(*) FROM acquisition_entry WHERE org_id = ? AND "+where+" GROUP BY form_id", orgID, arg); err != nil {
		return nil, err
	}
	for _, f := range all {
		out = append(out, Form{ID: f.id, Name: f.name, URL: s.config.BaseURL + "/f/" + f.slug, ChannelID: f.channel, ChannelPath: t.path(f.channel), Status: f.status, Spec: f.spec,
			TextVersion: f.textVersion(), Views: views[f.id], Entries: entries[f.id], Version: f.version, CreatedAt: clock.Time(f.created), UpdatedAt: clock.Time(f.updated)})
	}
	return out, nil
}

// Forms lists forms, the newest first.
func (s *Service) Forms(ctx context.Context, filter ThingFilter, after string, limit int) (out []Form, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		where, args, err := filter.where(ctx, tx, org, false)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_form WHERE org_id = ? AND "+where, append([]any{org}, args...)...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		var all []*form
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			f := &form{}
			all = append(all, f)
			return f.scan(rows)
		}, "SELECT "+formColumns+" FROM acquisition_form WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.showForms(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

// entry is a form that somebody has filled in.
type entry struct{ name, phone, token, visitor string }

// entered is what came of a form: the claim of its reward, or why there is none.
type entered struct {
	claim  *claim
	reward *reward
	why    error
}

// enter takes a filled-in form. The same page sent twice is one entry.
func (s *Service) enter(ctx context.Context, f *form, e entry) (out entered, err error) {
	err = s.db.Write(ctx, f.org, func(tx *db.Tx) error {
		now := s.now()
		n, err := tx.Changed(ctx, "INSERT INTO acquisition_entry (org_id, form_id, token, at, person_id) VALUES (?, ?, ?, ?, '') ON CONFLICT (org_id, form_id, token) DO NOTHING",
			f.org, f.id, e.token, clock.Micros(now))
		if err != nil {
			return err
		}
		if n == 0 {
			var person string
			if err := tx.QueryRow(ctx, "SELECT person_id FROM acquisition_entry WHERE org_id = ? AND form_id = ? AND token = ?", f.org, f.id, e.token).Scan(&person); err != nil {
				return err
			}
			out, err = s.rewardEntry(ctx, tx, f, person)
			return err
		}
		person, err := s.People.Enter(ctx, tx, f.org, Entrant{Name: e.name, Phone: e.phone, SeenAt: now, Source: "form", Purpose: f.spec.Purpose, TextVersion: f.textVersion()})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE acquisition_entry SET person_id = ? WHERE org_id = ? AND form_id = ? AND token = ?", person, f.org, f.id, e.token); err != nil {
			return err
		}
		if e.visitor != "" {
			if err := s.recognise(ctx, tx, f.org, e.visitor, person); err != nil {
				return err
			}
		}
		t, err := treeOf(ctx, tx, f.org)
		if err != nil {
			return err
		}
		if _, err = s.log.Append(ctx, tx, f.org, timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: person, OccurredAt: now, Source: "form",
			DedupeKey: fmt.Sprintf("channel.arrived:%s:%s", f.id, e.token),
			Data:      acquisitionevent.Arrival{Way: acquisitionevent.ByForm, ChannelID: f.channel, EntranceID: t.entrance(f.channel), FormID: f.id, StaffID: f.staff}}); err != nil {
			return err
		}
		out, err = s.rewardEntry(ctx, tx, f, person)
		return err
	})
	return out, err
}

// rewardEntry gives the reward of a form, to a person once. A tablet at a shop
// fills in forms for many, so that the browser does not count.
func (s *Service) rewardEntry(ctx context.Context, tx *db.Tx, f *form, person string) (out entered, err error) {
	if f.spec.RewardID == "" || person == "" {
		return out, nil
	}
	who, err := idsOfPerson(ctx, tx, f.org, person)
	if err != nil {
		return out, err
	}
	out.claim, out.reward, err = s.claimReward(ctx, tx, f.org, claim{reward: f.spec.RewardID, thing: f.id, what: who[0], person: person}, s.now())
	if errs.Is(err, errs.CodeConflict) { // the form counts all the same
		out.why, err = err, nil
	}
	return out, err
}
