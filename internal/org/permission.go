package org

import (
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/i18n"
)

// The roles. What each may do is declared by the modules that check it.
const (
	RoleOwner     = "owner"     // 所有者: everything, and answers for the rest
	RoleOperator  = "operator"  // 运营: runs the pool
	RoleAssociate = "associate" // 导购: works with the customers that they own
	RoleFinance   = "finance"   // 财务: sees money
	RoleViewer    = "viewer"    // 只读
)

// Roles lists the roles, the most powerful first.
var Roles = []string{RoleOwner, RoleOperator, RoleAssociate, RoleFinance, RoleViewer}

// The permissions that this module checks.
const (
	permSettings = "org.settings"
	permStaff    = "org.staff"
	permKeys     = "org.api_keys"
	permAudit    = "org.audit"
)

// Permissions are what this module lets roles do.
var Permissions = []access.Permission{
	{Key: permSettings, Module: "org", Text: i18n.T("修改企业资料和单点登录", "Change the org's settings and single sign-on"), Roles: []string{RoleOwner}},
	{Key: permStaff, Module: "org", Text: i18n.T("邀请、修改和停用员工", "Invite, change and disable staff"), Roles: []string{RoleOwner}},
	{Key: permKeys, Module: "org", Text: i18n.T("管理 API 密钥", "Manage API keys"), Roles: []string{RoleOwner}},
	{Key: permAudit, Module: "org", Text: i18n.T("查看操作日志", "Read the audit log"), Roles: []string{RoleOwner, RoleFinance}},
}

// rolePermissions turns all modules' declarations into the sorted keys that
// each role holds.
func rolePermissions(all []access.Permission) map[string][]string {
	m := make(map[string][]string, len(Roles))
	for _, r := range Roles {
		m[r] = []string{}
	}
	for _, p := range all {
		for _, r := range p.Roles {
			m[r] = append(m[r], p.Key)
		}
	}
	for _, keys := range m {
		slices.Sort(keys)
	}
	return m
}

func validRole(role string) bool { return slices.Contains(Roles, role) }
