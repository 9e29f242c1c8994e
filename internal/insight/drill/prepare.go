package drill

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Prepared is what was made of a step of a plan.
type Prepared struct {
	N          int        `json:"n"`
	SegmentID  string     `json:"segment_id" doc:"Empty: not made yet"`
	CampaignID string     `json:"campaign_id" doc:"The draft; empty: not made yet. One over SMS cannot be submitted before it has the id of an approved template"`
	MadeAt     *time.Time `json:"made_at"`
	// TemplateText is a text to apply for a template with, in the caller's language.
	TemplateText string `json:"template_text,omitempty" doc:"Over SMS: a text to apply for a template with; {1} is the name"`
}

// Report is a run with all that it found.
type Report struct {
	Run      Run        `json:"run"`
	Value    ReportedBy `json:"value"`
	Units    []Unit     `json:"units" nullable:"false" doc:"Accounts, platforms, then staff"`
	Steps    []Step     `json:"steps" nullable:"false" doc:"The plan: whom to ask over what to add what"`
	Rest     Rest       `json:"rest"`
	Prepared []Prepared `json:"prepared" nullable:"false"`
}

// ReportedBy says whether values are known.
type ReportedBy struct {
	Known    bool       `json:"known"`
	Why      string     `json:"why,omitempty" doc:"Not known: why. There are people then, and no money"`
	Currency string     `json:"currency,omitempty"`
	FittedAt *time.Time `json:"fitted_at,omitempty" doc:"When values were estimated"`
}

// Report tells a run; without figures until it is done.
func (s *Service) Report(ctx context.Context, orgID, runID string) (out Report, err error) {
	out = Report{Units: []Unit{}, Steps: []Step{}, Prepared: []Prepared{}}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		r, err := runByID(ctx, tx, orgID, runID)
		out.Run = r
		if err != nil || r.Status != StatusDone {
			return err
		}
		_, f, err := findings(ctx, tx, orgID, runID)
		if err != nil {
			return err
		}
		out.Units, out.Steps, out.Rest = f.Units, f.Steps, f.Rest
		out.Value = ReportedBy{Known: f.Value.Known, Why: i18n.Text{ZH: f.Value.WhyZH, EN: f.Value.WhyEN}.In(i18n.From(ctx)), Currency: f.Value.Currency, FittedAt: clock.Ptr(f.Value.FittedAt)}
		out.Prepared, err = prepared(ctx, tx, orgID, runID)
		for i := range out.Prepared {
			p := &out.Prepared[i]
			if step := f.Steps[p.N-1]; step.ViaCarrier == "sms" {
				_, text := wording(step, "")
				said := text.In(i18n.From(ctx))
				p.TemplateText = "{1}" + said[strings.Index(said, "}}")+len("}}"):]
			}
		}
		return err
	})
	out.Run.tell(ctx)
	return out, err
}

func prepared(ctx context.Context, tx *db.Tx, orgID, runID string) ([]Prepared, error) {
	out, err := db.All(ctx, tx, func(rows *sql.Rows, p *Prepared) error {
		var at int64
		err := rows.Scan(&p.N, &p.SegmentID, &p.CampaignID, &at)
		p.MadeAt = clock.Ptr(at)
		return err
	}, "SELECT n, segment_id, campaign_id, made_at FROM insight_drill_step WHERE org_id = ? AND run_id = ? ORDER BY n", orgID, runID)
	if out == nil {
		out = []Prepared{}
	}
	return out, err
}

// PrepareInput names the steps of a plan to get ready.
type PrepareInput struct {
	Steps []int `json:"steps" minItems:"1" maxItems:"50" doc:"By their numbers"`
}

// Prepare makes of each step a segment of exactly its people and a draft of a
// campaign that asks them to add the other carrier. Nothing is sent. Steps that
// are ready stay as they are; one that was left half done is gone on with: what
// it made is known by its name. It needs segment.write and campaign.write.
func (s *Service) Prepare(ctx context.Context, runID string, in PrepareInput) (Report, error) {
	a, _ := access.From(ctx)
	if !a.Can("segment.write") || !a.Can("campaign.write") {
		return Report{}, errs.Forbidden(i18n.T("准备计划需要人群编辑和群发编写权限", "Preparing a plan needs the permissions to change segments and to write campaigns"))
	}
	var r Run
	var f figures
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) { r, f, err = findings(ctx, tx, a.OrgID, runID); return err }); err != nil {
		return Report{}, err
	}
	for _, n := range in.Steps {
		if n < 1 || n > len(f.Steps) {
			return Report{}, errs.InvalidField("body.steps", i18n.T("计划里没有第 %d 步", "The plan has no step %d", n))
		}
	}
	if err := s.stillThere(ctx, a.OrgID, f.Steps, in.Steps); err != nil {
		return Report{}, err
	}
	for _, n := range in.Steps {
		if err := s.prepare(ctx, a, r, f.Steps[n-1]); err != nil {
			return Report{}, err
		}
	}
	return s.Report(ctx, a.OrgID, runID)
}

// stillThere refuses steps over or to accounts that are gone since the drill.
func (s *Service) stillThere(ctx context.Context, orgID string, steps []Step, chosen []int) error {
	there := map[string]bool{}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		all, err := s.ports.Sources.Accounts(ctx, tx, orgID)
		for _, a := range all {
			there[a.ID] = a.Active
		}
		return err
	}); err != nil {
		return err
	}
	for _, n := range chosen {
		st := steps[n-1]
		for id, name := range map[string]string{st.ViaID: st.ViaName, st.ToID: st.ToName} {
			if !there[id] {
				return errs.Conflict(i18n.T("账号“%s”已经不在或停用了：请重新运行演练，再准备计划", "The account “%s” is gone or switched off: run a new drill and prepare its plan", name))
			}
		}
	}
	return nil
}

func (s *Service) prepare(ctx context.Context, a access.Actor, r Run, step Step) error {
	var p Prepared
	var who *roaring.Bitmap
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO insight_drill_step (org_id, run_id, n, segment_id, campaign_id, made_at, made_by) VALUES (?, ?, ?, '', '', 0, ?) ON CONFLICT (org_id, run_id, n) DO NOTHING",
			a.OrgID, r.ID, step.N, a.ID); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT segment_id, campaign_id FROM insight_drill_step WHERE org_id = ? AND run_id = ? AND n = ?", a.OrgID, r.ID, step.N).Scan(&p.SegmentID, &p.CampaignID); err != nil {
			return err
		}
		var err error
		who, err = stepPeople(ctx, tx, a.OrgID, r.ID, step.N)
		return err
	}); err != nil {
		return err
	}
	name := stepName(ctx, r, step)
	var err error
	if p.SegmentID == "" {
		if p.SegmentID, err = s.ports.Segments.Segment(ctx, a.OrgID, name); err != nil {
			return err
		}
		if p.SegmentID == "" {
			about := i18n.T("流失演练计划：请他们也添加“%s”", "Plan of a pool-loss drill: ask them to add %s too", step.ToName)
			if p.SegmentID, err = s.ports.Desk.Ports.SaveSegment(ctx, a.OrgID, name, about.In(i18n.From(ctx)), who.ToArray()); err != nil {
				return fmt.Errorf("drill: step %d: %w", step.N, err)
			}
		}
		if err := s.note(ctx, a.OrgID, r.ID, step.N, "segment_id", p.SegmentID); err != nil {
			return err
		}
	}
	if p.CampaignID != "" {
		return nil
	}
	if p.CampaignID, err = s.ports.Campaigns.Draft(ctx, name, p.SegmentID); err != nil {
		return err
	}
	if p.CampaignID == "" {
		url, err := s.ports.Invites.Invite(ctx, a.OrgID, step.ToID)
		if err != nil {
			return err
		}
		subject, text := wording(step, url)
		lang := i18n.From(ctx)
		d := Draft{Name: name, SegmentID: p.SegmentID, Purpose: r.Purpose, AccountID: step.ViaID, Subject: subject.In(lang), Text: text.In(lang)}
		if step.ViaCarrier == "sms" { // only a template goes over it that the provider has approved: whoever submits the draft gives its id
			d.Parameters = parameters(lang, url)
		}
		if p.CampaignID, err = s.ports.Campaigns.Create(ctx, d); err != nil {
			return fmt.Errorf("drill: step %d: %w", step.N, err)
		}
	}
	return s.note(ctx, a.OrgID, r.ID, step.N, "campaign_id", p.CampaignID)
}

// note writes down what was made, unless somebody was faster.
func (s *Service) note(ctx context.Context, orgID, runID string, n int, column, id string) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		changed, err := tx.Changed(ctx, "UPDATE insight_drill_step SET "+column+" = ?, made_at = ? WHERE org_id = ? AND run_id = ? AND n = ? AND "+column+" = ''", id, clock.Micros(s.now()), orgID, runID, n)
		if err != nil || changed == 0 {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "drill.prepared", "drill", runID, map[string]any{"step": n, column: id})
	})
}

// stepName is the name of what is made of a step: the same however often.
func stepName(ctx context.Context, r Run, s Step) string {
	short := r.ID[max(0, len(r.ID)-6):]
	return i18n.T("流失演练 %s·%d（%s）→ %s", "Drill %s·%d (%s) → %s", r.Month, s.N, short, cutAt(s.ToName, 24)).In(i18n.From(ctx))
}

func cutAt(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// parameters are what a template for a step over SMS is filled with: the name,
// and where people join when there is such a page.
func parameters(lang i18n.Lang, url string) []string {
	out := []string{i18n.Text{ZH: `{{ name | default "您好" }}`, EN: `{{ name | default "Hello" }}`}.In(lang)}
	if url != "" {
		out = append(out, url)
	}
	return out
}

// wording is what a draft says. url is where people join; empty: they are told
// how to find it.
func wording(s Step, url string) (subject, text i18n.Text) {
	subject = i18n.T("多留一个联系方式，别失去联系", "One more way to stay in touch")
	where := func(zh, en string) i18n.Text {
		if url == "" {
			return i18n.Text{ZH: zh, EN: en}
		}
		return i18n.Text{ZH: zh + "：" + url, EN: en + ": " + url}
	}
	var ask i18n.Text
	switch s.ToCarrier {
	case "official_account":
		ask = where("请在微信里搜索并关注公众号“"+s.ToName+"”", "please search for and follow our official account “"+s.ToName+"” in WeChat")
	case "wecom":
		ask = where("请添加“"+s.ToName+"”的企业微信顾问为好友", "please add an adviser of “"+s.ToName+"” in WeChat")
	case "email":
		ask = i18n.T("请直接回复您的常用邮箱地址，并注明同意接收邮件", "please reply with your e-mail address, and say that we may write to it")
	default:
		ask = i18n.T("请直接回复您的手机号，并注明同意接收短信", "please reply with your phone number, and say that we may send text messages to it")
	}
	text = i18n.Text{
		ZH: "{{ name | default \"您好\" }}，为了万一这个账号不能用时我们仍能联系到您、照常为您服务，" + ask.ZH + "。谢谢！",
		EN: "{{ name | default \"Hello\" }}, so that we can still reach you should this account ever stop working, " + ask.EN + ". Thank you!",
	}
	return subject, text
}
