package segment

import (
	"embed"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the tables of the module and of the packages below it.
var Migration = db.Migration{Module: "segment", FS: migrations}

// Permissions are those that the module checks. An export also needs the
// pool's.
var Permissions = []access.Permission{
	{Key: "segment.read", Module: "segment", Text: i18n.T("查看人群及其成员、画像与走势", "See segments, their members, profiles and history"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "segment.write", Module: "segment", Text: i18n.T("新建、修改和删除人群与名单", "Create, change and delete segments and lists"),
		Roles: []string{"owner", "operator"}},
}
