// Package carrier holds a brand's accounts on platforms and is the only part of
// the house that talks to them: it takes their callbacks, keeps the ties
// between people and accounts, and makes calls on behalf of the others.
//
// Owns the tables carrier_account, carrier_token (access tokens, one refresh at
// a time across nodes), carrier_call (calls a minute, per API: the quota
// ledger), carrier_staff (members of a corp and who they are here),
// carrier_callback (what platforms told us, until it is worked off),
// carrier_contact and carrier_contact_history (who is whose friend, and was),
// carrier_welcome, carrier_tag, carrier_push (changes that must reach the
// platform), carrier_group, carrier_group_member, carrier_sync,
// carrier_transfer and carrier_transfer_customer, carrier_web_visit and
// carrier_web_message and carrier_web_mark (the chat on brands' own pages, and
// how far each side has read), carrier_proposal (what
// people told of themselves in chats), carrier_order (whose recent orders are,
// to look such a number up), carrier_send (messages to single people, before
// and after), carrier_media, carrier_media_use and carrier_media_upload (files
// that come and go with messages), carrier_kf and carrier_kf_session (how far
// customer service accounts have been fetched, and who serves whom),
// carrier_address (addresses from which mail came back), carrier_mail (the last
// mail of each correspondent), carrier_alert (what is wrong with accounts at
// present), carrier_mass and carrier_mass_send (what members of staff are asked
// to send to many, and to whom), carrier_moment, carrier_moment_task and
// carrier_moment_reaction (what they are asked to publish, who did, and who
// liked it).
//
// Follows tag.added, tag.removed, person.merged, person.split, order.paid and
// message.received. Emits friend.added, friend.removed, friend.transferred,
// group.joined, group.left, message.received, message.sent, message.delivered,
// message.read, message.failed, page.viewed, welcome.sent, welcome.missed,
// proposal.made, proposal.accepted, proposal.refused, proposal.undone,
// email.bounced, email.complained and account.unhealthy (package carrierevent).
//
// Invariants:
//   - A callback is verified, then stored, then answered; what is not stored is
//     never answered with success. The same fact twice is one row.
//   - Callbacks of one account and customer are worked off in the order in which
//     they came. A contact's state is a function of its history alone, so that
//     the order in which the facts came leaves no trace in it.
//   - What a callback changes commits together with its being done. What leaves
//     the house for it (the welcome message) is a row first.
//   - What somebody says of themselves never merges two persons without a human,
//     and what a human decided can be undone exactly.
//   - A message is a row before it is sent and after. One whose answer was lost is
//     doubtful, and is not sent again by itself.
//   - At customer service accounts the cursor moves with what it has passed, and
//     each message is told once. Ours go out under ids of ours: a second try sends
//     nothing twice.
//   - A member is asked once for one text to many. What was asked stands in a row
//     before the call; where the answer was lost, the platform's own list decides
//     whether to ask again.
//   - Files are known by their content. Nothing that could run is shown inline.
//   - Secrets are sealed at rest and never come back over the API.
//   - What the API itself changes triggers no callback: the local state changes
//     with the call.
package carrier
