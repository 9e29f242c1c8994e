package app

import "testing"

// furnishReports schedules a report of the brand.
func (b *brand) furnishReports(t *testing.T) {
	t.Helper()
	var v struct{ ID string }
	var me struct{ Staff struct{ ID string } }
	b.must(t, 200, "GET", "/auth/me", "", &me)
	b.ids["owner"] = me.Staff.ID
	b.must(t, 201, "POST", "/insight/report-schedules", `{"name":"Report of `+b.id+`","pages":[{"page":"overview"}],"cadence":{"every":"daily","hour":8},"recipients":["`+b.ids["owner"]+`"]}`, &v)
	b.ids["report"] = v.ID
}

// foreignReports is foreign for reports.
var foreignReports = map[string][]struct{ path, body string }{
	"export-report":           {{"/insight/reports/moon", ""}},
	"get-report-schedule":     {{"/insight/report-schedules/{report}", ""}},
	"change-report-schedule":  {{"/insight/report-schedules/{report}", `{"version":1,"name":"Theirs","pages":[{"page":"overview"}],"cadence":{"every":"daily","hour":8},"recipients":["{our:owner}"]}`}},
	"delete-report-schedule":  {{"/insight/report-schedules/{report}", ""}},
	"restore-report-schedule": {{"/insight/report-schedules/{report}/restore", `{"status":"active"}`}},
	"set-report-status":       {{"/insight/report-schedules/{report}/status", `{"status":"paused"}`}},
	"send-report-now":         {{"/insight/report-schedules/{report}/send", `{"key":"key-12345"}`}},
	"list-report-runs":        {{"/insight/report-schedules/{report}/runs", ""}},
}
