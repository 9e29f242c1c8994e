package drill

import (
	"context"
	"net/url"

	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// platformNames are platforms as people read them.
var platformNames = map[string]i18n.Text{
	"wecom": i18n.T("企业微信（含客服）", "WeCom (with customer service)"), "email": i18n.T("邮件", "E-mail"), "sms": i18n.T("短信", "SMS"),
	"official_account": i18n.T("公众号", "Official accounts"), "web": i18n.T("网页", "Web"), WeChat: i18n.T("整个微信", "All of WeChat"),
}

var kindNames = map[string]i18n.Text{ByAccount: i18n.T("账号", "Account"), ByStaff: i18n.T("员工", "Staff"), ByPlatform: i18n.T("平台", "Platform")}

var whyNames = map[string]i18n.Text{
	WhyDoNotContact: i18n.T("要求不再联系", "asked not to be contacted"), WhyConsent: i18n.T("没有同意", "no consent"), WhyAccountOff: i18n.T("账号已停用", "account switched off"),
	WhyAccountIll: i18n.T("账号异常", "account is failing"), WhyBounced: i18n.T("邮箱被退回", "mail came back"), WhyMemberLeft: i18n.T("员工已离职", "colleague has left"),
	WhyUnconfirmed: i18n.T("好友未确认", "not confirmed as a friend"), WhyNotFriend: i18n.T("已不是好友", "no longer a friend"), WhyNoTie: i18n.T("没有任何联系方式", "no way at all"),
}

// ReportPages is the drill as it is exported: the run of ?run=, or else the newest
// that is done.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{{Key: "drill", Name: i18n.T("流失演练", "Pool-loss drill"), Path: "/drill", Tables: s.tables}}
}

func (s *Service) tables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	id := query.Get("run")
	var r Run
	var f figures
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		if id == "" {
			err := tx.QueryRow(ctx, "SELECT id FROM insight_drill_run WHERE org_id = ? AND status = ? ORDER BY finished_at DESC, id DESC LIMIT 1", orgID, StatusDone).Scan(&id)
			if db.IsNoRows(err) {
				return errs.Conflict(i18n.T("还没有演练过", "There was no drill yet"))
			}
			if err != nil {
				return err
			}
		}
		var err error
		r, f, err = findings(ctx, tx, orgID, id)
		return err
	}); err != nil {
		return nil, err
	}
	return exported(r, &f), nil
}

// exported are a run's tables.
func exported(r Run, f *figures) []report.Table {
	at := r.MadeAt
	if r.FinishedAt != nil {
		at = *r.FinishedAt
	}
	stamp := at.UTC().Format("2006-01-02 15:04 UTC")
	note := i18n.Text{ZH: r.Name + "，截至 " + stamp, EN: r.Name + ", as of " + stamp}
	if !f.Value.Known {
		note.ZH, note.EN = note.ZH+"；金额未知："+f.Value.WhyZH, note.EN+"; no money: "+f.Value.WhyEN
	} else if f.Value.FittedAt > 0 {
		fitted := clock.Time(f.Value.FittedAt).UTC().Format("2006-01-02 15:04 UTC")
		note.ZH, note.EN = note.ZH+"，价值估计于 "+fitted, note.EN+", values of "+fitted
	}
	t := f.Totals
	totals := report.Table{Key: "totals", Title: i18n.T("总体", "All people"), Note: note, Currency: f.Value.Currency,
		Columns: []report.Column{report.Of("drill.totals.persons"), report.Of("drill.totals.reachable"), report.Of("drill.totals.direct"), report.Of("drill.totals.waiting"), report.Of("drill.totals.unreachable"),
			report.Of("drill.totals.one_account"), report.Of("drill.totals.one_platform"), report.Of("drill.totals.value_minor")},
		Rows: [][]any{{t.Persons, t.Reachable, t.Direct, t.Waiting, t.Unreachable, t.OneAccount, t.OnePlatform, t.ValueMinor}}}
	why := report.Table{Key: "unreachable", Title: i18n.T("为什么联系不到", "Why people cannot be reached"), Note: note, Columns: []report.Column{report.Text("原因", "Reason"), report.Of("drill.totals.unreachable")}}
	for _, b := range t.Why {
		why.Rows = append(why.Rows, []any{whyNames[b.Why], b.Persons})
	}
	units := report.Table{Key: "units", Title: i18n.T("会失去什么", "What would be lost"), Note: note, Currency: f.Value.Currency,
		Columns: []report.Column{report.Text("类别", "Kind"), report.Text("名称", "Name"), report.Of("drill.units.persons"), report.Of("drill.units.lost"), report.Of("drill.units.lost_minor"), report.Of("drill.units.muted"), report.Of("drill.units.kept")}}
	next := report.Table{Key: "next", Title: i18n.T("下一条途径", "Next ways"), Note: note, Columns: []report.Column{report.Text("类别", "Kind"), report.Text("消失的", "Vanished"), report.Text("改经", "Over"), report.Of("drill.units.next.persons")}}
	for _, u := range f.Units {
		name := u.title()
		units.Rows = append(units.Rows, []any{kindNames[u.Kind], name, u.Persons, u.Lost, u.LostMinor, u.Muted, u.Kept})
		for _, n := range u.Next {
			over := i18n.Text{ZH: n.Name, EN: n.Name}
			if n.Waits {
				over = i18n.Text{ZH: n.Name + "（等对方来）", EN: n.Name + " (they must come)"}
			}
			next.Rows = append(next.Rows, []any{kindNames[u.Kind], name, over, n.Persons})
		}
	}
	plan := report.Table{Key: "plan", Title: i18n.T("分散计划", "Plan to spread"), Note: note, Currency: f.Value.Currency,
		Columns: []report.Column{report.Text("通过", "Over"), report.Text("请他们添加", "Ask them to add"), report.Of("drill.steps.persons"), {Name: i18n.T("预期价值", "Expected value"), Unit: figure.Money}}}
	for _, st := range f.Steps {
		plan.Rows = append(plan.Rows, []any{st.ViaName, st.ToName, st.Persons, st.ValueMinor})
	}
	return []report.Table{totals, why, units, next, plan}
}

// title is how a unit is called.
func (u *Unit) title() i18n.Text {
	if n, ok := platformNames[u.ID]; ok && u.Kind == ByPlatform {
		return n
	}
	return i18n.Text{ZH: u.Name, EN: u.Name}
}
