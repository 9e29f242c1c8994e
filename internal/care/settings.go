package care

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// What holds until somebody says otherwise.
const (
	defaultSilentDays     = 90
	defaultRetentionDays  = 365
	defaultComplaintHours = 24
)

// settings is a row of care_org.
type settings struct {
	revision, silentDays, retentionDays, complaintHours int64
	on                                                  bool
	url, token                                          string
	seq, stored, dropped, deleted, at                   int64
	code                                                string
}

func settingsOf(ctx context.Context, tx *db.Tx, orgID string) (o settings, err error) {
	var on int64
	err = tx.QueryRow(ctx, `SELECT revision, silent_days, retention_days, complaint_hours, archive_on, archive_url, archive_token, archive_seq, archive_stored, archive_dropped, archive_deleted, archive_at, archive_code
		FROM care_org WHERE org_id = ?`, orgID).
		Scan(&o.revision, &o.silentDays, &o.retentionDays, &o.complaintHours, &on, &o.url, &o.token, &o.seq, &o.stored, &o.dropped, &o.deleted, &o.at, &o.code)
	if db.IsNoRows(err) {
		return settings{silentDays: defaultSilentDays, retentionDays: defaultRetentionDays, complaintHours: defaultComplaintHours}, nil
	}
	if err != nil {
		return o, fmt.Errorf("care: settings: %w", err)
	}
	o.on = on == 1
	return o, nil
}

// ensure makes the org's row, so that it can be updated.
func ensure(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO care_org (org_id, revision, silent_days, retention_days, complaint_hours, archive_on, archive_url, archive_token, archive_seq, archive_stored, archive_dropped, archive_deleted, archive_at, archive_code)
		VALUES (?, 0, ?, ?, ?, 0, '', '', 0, 0, 0, 0, 0, '') ON CONFLICT (org_id) DO NOTHING`, orgID, defaultSilentDays, defaultRetentionDays, defaultComplaintHours)
	return err
}

// ArchiveState tells how the archive is doing.
type ArchiveState struct {
	On       bool       `json:"on"`
	URL      string     `json:"url"`
	HasToken bool       `json:"has_token"`
	Seq      int64      `json:"seq" doc:"Number of the last message that was taken"`
	Stored   int64      `json:"stored" doc:"Messages stored in all"`
	Dropped  int64      `json:"dropped" doc:"Messages of customers who had not agreed; not stored"`
	Deleted  int64      `json:"deleted" doc:"Messages deleted because their time was over"`
	At       *time.Time `json:"at" doc:"When the sidecar was last asked; null: never"`
	Problem  string     `json:"problem" doc:"Why it last failed; empty: it did not"`
}

// Settings are how the module works for an org.
type Settings struct {
	SilentDays     int64        `json:"silent_days"`
	RetentionDays  int64        `json:"retention_days"`
	ComplaintHours int64        `json:"complaint_hours"`
	Archive        ArchiveState `json:"archive"`
	Alerts         AlertState   `json:"alerts"`
}

// SettingsPatch changes what is given.
type SettingsPatch struct {
	SilentDays     int64       `json:"silent_days,omitempty" minimum:"0" maximum:"3650" doc:"Without a sign for so many days somebody is silent; 0: as it is"`
	RetentionDays  int64       `json:"retention_days,omitempty" minimum:"0" maximum:"3650" doc:"How many days archived messages are kept; 0: as it is"`
	ComplaintHours int64       `json:"complaint_hours,omitempty" minimum:"0" maximum:"720" doc:"By when a complaint should be closed; 0: as it is"`
	ArchiveOn      *bool       `json:"archive_on,omitempty"`
	ArchiveURL     *string     `json:"archive_url,omitempty" maxLength:"500" doc:"Where the sidecar answers, such as http://127.0.0.1:8090"`
	Alerts         *AlertPatch `json:"alerts,omitempty" doc:"New cases by mail"`
	ArchiveToken   *string     `json:"archive_token,omitempty" maxLength:"500" doc:"What it wants to be shown; kept sealed and never given back"`
}

// tokenPurpose binds the sealed token to its column.
const tokenPurpose = "care.archive_token"

// Settings returns the actor's org's.
func (s *Service) Settings(ctx context.Context) (out Settings, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		o, err := settingsOf(ctx, tx, org)
		if err != nil {
			return err
		}
		out = o.shown(i18n.From(ctx))
		out.Alerts, err = s.alertState(ctx, tx, org)
		return err
	})
	return out, err
}

func (o settings) shown(l i18n.Lang) Settings {
	return Settings{SilentDays: o.silentDays, RetentionDays: o.retentionDays, ComplaintHours: o.complaintHours,
		Archive: ArchiveState{On: o.on, URL: o.url, HasToken: o.token != "", Seq: o.seq, Stored: o.stored, Dropped: o.dropped, Deleted: o.deleted, At: clock.Ptr(o.at), Problem: problemText(o.code).In(l)}}
}

// UpdateSettings changes them.
func (s *Service) UpdateSettings(ctx context.Context, p SettingsPatch) (out Settings, err error) {
	a := actor(ctx)
	org := a.OrgID
	if (p.ArchiveOn != nil || p.ArchiveURL != nil || p.ArchiveToken != nil || p.RetentionDays > 0) && !a.Can(mayArchive) {
		return out, errs.Forbidden(i18n.T("只有能查看存档的人才能改存档设置", "Only who may read the archive may change its settings"))
	}
	if p.ArchiveURL != nil && *p.ArchiveURL != "" {
		if u, err := url.Parse(*p.ArchiveURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return out, errs.InvalidField("body.archive_url", i18n.T("地址要以 http:// 或 https:// 开头，不带参数", "The address must begin with http:// or https://, without a query"))
		}
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := ensure(ctx, tx, org); err != nil {
			return err
		}
		o, err := settingsOf(ctx, tx, org)
		if err != nil {
			return err
		}
		detail := map[string]any{}
		for _, f := range []struct {
			name string
			to   int64
			at   *int64
		}{{"silent_days", p.SilentDays, &o.silentDays}, {"retention_days", p.RetentionDays, &o.retentionDays}, {"complaint_hours", p.ComplaintHours, &o.complaintHours}} {
			if f.to > 0 {
				*f.at, detail[f.name] = f.to, f.to
			}
		}
		if p.ArchiveOn != nil {
			o.on, detail["archive_on"] = *p.ArchiveOn, *p.ArchiveOn
		}
		if p.ArchiveURL != nil && *p.ArchiveURL != o.url {
			// Another sidecar numbers its messages from the beginning; what was taken
			// before is known by its id.
			o.url, o.seq, detail["archive_url"] = *p.ArchiveURL, 0, *p.ArchiveURL
		}
		if p.ArchiveToken != nil {
			o.token, detail["archive_token"] = "", "changed"
			if *p.ArchiveToken != "" {
				o.token = s.Sealer.Seal(org, tokenPurpose, []byte(*p.ArchiveToken))
			}
		}
		if o.on && o.url == "" {
			return errs.InvalidField("body.archive_url", i18n.T("先填写边车服务的地址", "First say where the sidecar answers"))
		}
		if _, err := tx.Exec(ctx, "UPDATE care_org SET silent_days = ?, retention_days = ?, complaint_hours = ?, archive_on = ?, archive_url = ?, archive_token = ?, archive_seq = ? WHERE org_id = ?",
			o.silentDays, o.retentionDays, o.complaintHours, db.Bit(o.on), o.url, o.token, o.seq, org); err != nil {
			return fmt.Errorf("care: settings: %w", err)
		}
		if p.Alerts != nil {
			if err := s.setAlerts(ctx, tx, org, *p.Alerts, detail); err != nil {
				return err
			}
		}
		out = o.shown(i18n.From(ctx))
		if out.Alerts, err = s.alertState(ctx, tx, org); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "care.settings.changed", "settings", "care", detail)
	})
	return out, err
}
