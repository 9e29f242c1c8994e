package insight

import (
	"embed"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "insight", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "insight.read", Module: "insight", Text: i18n.T("查看经营概览与留存分析", "See the overview and retention"),
		Roles: []string{"owner", "operator", "finance", "viewer"}},
	{Key: "insight.keep", Module: "insight", Text: i18n.T("保存分析与诊断", "Keep analyses and diagnoses"), Roles: []string{"owner", "operator"}},
}

// Service is the module.
type Service struct {
	db      *db.DB
	now     clock.Clock
	orgs    Orgs
	measure MeasurePorts
	waiting int64 // events of the streams that may wait unsorted; 0: tailMost
}

// New returns the module.
func New(d *db.DB, now clock.Clock, orgs Orgs) *Service {
	return &Service{db: d, now: now, orgs: orgs}
}
