// Package content is what staff have at hand to send: materials in folders,
// with versions and an expiry, briefcases of several of them, and radar links,
// which tell who has read what.
//
// Owns the tables content_folder, content_file, content_material,
// content_version (what a material said, for ever), content_briefcase,
// content_link and content_visit.
//
// Emits material.opened, material.read and material.forwarded, for links that
// were made for a person. Follows nothing.
//
// Invariants:
//   - A version is never changed. A link shows the newest one, unless it was
//     pinned to one when it was made.
//   - What is expired, deleted or withdrawn is not shown and cannot be sent.
//   - The first browser that opens a person's link is taken for theirs; what
//     others do there is never told as something that the person did.
//   - Of a visit, material.opened and material.read are each recorded at most
//     once. A visit is over after five minutes of silence.
//   - Machines that look at links (previews, crawlers) and the brand's own
//     staff who are signed in are not counted; neither is who asked not to be.
//   - What a file is, its content says. Documents in which something could run
//     are never shown by a browser on a page of ours.
package content
