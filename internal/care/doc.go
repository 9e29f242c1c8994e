// Package care keeps what is said within bounds and looks after those who are
// about to be lost: sensitive words and the cases that they make, complaints,
// the session archive, contacts that have gone, and money over staff accounts.
//
// Owns the tables care_org, care_list and care_word (lists of words),
// care_case and care_case_step, care_thread and care_message (with
// care_message_fts, the search index), care_alert (mails to those who handle
// cases), care_reach and care_active
// (who can be reached where, and who last gave a sign when), and care_money.
//
// Follows, as care, message.received, message.sent and email.complained; as
// care.reach, what says that somebody is there or has gone. Emits word.hit,
// complaint.made and case.closed.
//
// Invariants:
//   - The same fact makes one case, however often it is told. A case moves from
//     open over taken to closed by compare-and-set, and each step is kept.
//   - Words are matched by an automaton that never changes; when a list does,
//     its org's is built anew beside it and takes its place, so that nobody
//     waits. What is checked meanwhile is checked against the words before.
//   - Of a customer who has not agreed nothing is stored in the archive. The
//     place up to which the archive was taken commits with what was taken.
//   - Nobody reads the archive without a line in the audit log.
//   - Who has gone is seen from what platforms tell and from silence. Nothing
//     is ever sent to find out.
package care
