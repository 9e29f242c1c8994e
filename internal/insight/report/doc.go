// Package report hands out what the measuring pages show: as CSV or XLSX at
// once, or by e-mail to staff on a schedule.
//
// A part of the product offers a [Page]: its name and a function that answers
// the page's own question with tables. Columns name figures (package figure),
// from which they take their headings and units.
//
// Owns the tables insight_report_… . Emits nothing.
//
// Invariants:
//   - A run, that is one schedule in one period, exists once, and a recipient
//     is in it once: whoever begins to hand a mail over says so before, in a
//     row that nobody else then takes. Whether a mail left that was begun and
//     not reported back is doubtful; it is said so and not sent again by
//     itself.
//   - Reports go to staff of the org who may read insight when it is sent.
package report
