// Package org is who works here: orgs (the brands of an installation), their
// staff and roles, sessions and API keys, one-time links (set-up, invitation),
// sign-in by password, by OpenID Connect or from inside WeCom, and the audit log.
//
// It owns the tables org, org_staff, org_session, org_api_key, org_link,
// org_oidc, org_oidc_flow and org_audit. It emits no events and follows none.
//
// What always holds:
//   - Only hashes of session tokens, API keys and link tokens are stored.
//   - A link works once: using it is a compare-and-set on its row.
//   - An org that has had an active owner keeps at least one.
//   - An API key never holds more than the staff member who made it.
//   - Disabling a member of staff ends their sessions and keys in the same
//     transaction; on other nodes it takes effect within authCacheFor.
//   - Who signs in through a provider or a platform set out from the same browser,
//     minutes ago, and comes back once. Where they go is never theirs to say.
//   - A platform's member signs in as whom an owner said, and nobody else.
//   - Rows of org_audit are never changed or deleted: the database refuses.
package org
