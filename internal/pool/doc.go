// Package pool is who the brand knows: persons, the identities that point to
// them, merges and the way back, typed traits, tags, notes and consent.
//
// Owns the tables pool_counter (the next seq of an org), pool_person (one row
// a person, for ever), pool_identity, pool_merge (the ledger of merges and
// splits), pool_apart (persons a human has parted), pool_claim (who shares a
// key that was not enough to merge them), pool_purchase (what each person
// bought), pool_tag, pool_tag_link, pool_trait_def, pool_trait, pool_note and
// pool_consent.
//
// Emits the events of poolevent, and what callers of the track endpoints
// record. Follows order.paid and order.refunded for the purchase columns of
// the customer list, and stage.changed for its stage column.
//
// Invariants:
//   - A row of any table stays keyed by the person whom it was learned about.
//     A merge only changes who speaks for that person (canonical_id), so that
//     a split restores exactly what was before.
//   - A strong identity belongs to one person. A weak one never joins two.
//   - seq is dense from 1 in each org and never reused.
//   - Whoever changes persons, identities or merges on PostgreSQL holds the
//     org's row of pool_counter (see lock), so these changes happen one after
//     the other in an org, as they do on SQLite.
//   - Purchase amounts are summed in the org's currency only; orders in
//     another currency count as orders and add no money.
package pool
