package org

import "context"

// Sealer keeps secrets at rest: sealed for one org and purpose, they open for
// no other. Satisfied by platform/secret's Keyring.
type Sealer interface {
	Seal(orgID, purpose string, plain []byte) string
	Open(orgID, purpose, sealed string) ([]byte, error)
}

// Member is somebody whom a platform knows as a member of the brand's corp.
type Member struct {
	UserID  string // on the platform; empty: no member of the corp
	StaffID string // who that is here; empty: nobody
	Proved  bool   // whoever may decide it has let this member sign in as StaffID
}

// Members asks a platform who opens a page there. Accounts are named by their
// ids alone: nobody is signed in yet.
type Members interface {
	// SignInURL is where the browser goes to be recognised, and the org of the
	// account; it comes back to redirect with a code and state. An account whose
	// members cannot sign in is errs.CodeNotFound or errs.CodeConflict.
	SignInURL(ctx context.Context, accountID, redirect, state string) (orgID, address string, err error)
	// ByCode tells who came back. A code that was used or is too old is
	// errs.CodeForbidden.
	ByCode(ctx context.Context, accountID, code string) (orgID string, m Member, err error)
}
