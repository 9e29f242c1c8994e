// Package clv says what customers are worth: how often each will buy again and
// for how much. It is mathematics only and touches no database.
//
// Purchases follow a model of people who buy at a rate of their own until, at a
// moment that nobody sees, they are gone: BG/NBD, where one may go after each
// purchase, or Pareto/NBD, where one may go at any time. What a purchase is worth
// follows the Gamma-Gamma model. Both are fitted by maximum likelihood to three
// numbers a person: purchases after the first one (x), when the last was (t_x),
// and for how long she is known (T).
//
// Sources, named again at the formulas:
//
//   - FHL: P. Fader, B. Hardie, K. Lee, “Counting Your Customers” the Easy Way,
//     Marketing Science 24 (2005) 275–284.
//   - FHK: the same, Computing P(alive) and the note on overcoming the BG/NBD
//     model's #NUM! error (2013), which regroups the likelihood.
//   - SMC: D. Schmittlein, D. Morrison, R. Colombo, Counting Your Customers: Who
//     Are They and What Will They Do Next?, Management Science 33 (1987) 1–24.
//   - FH: P. Fader, B. Hardie, A Note on Deriving the Pareto/NBD Model and Related
//     Expressions (2005).
//   - GG: P. Fader, B. Hardie, The Gamma-Gamma Model of Monetary Value (2013).
//   - RFM: P. Fader, B. Hardie, K. Lee, RFM and CLV: Using Iso-Value Curves for
//     Customer Base Analysis, Journal of Marketing Research 42 (2005) 415–430.
//
// Where the data cannot carry an answer there is a Refusal with its reason instead
// of a number; no function here returns NaN for the parameters of a fitted model.
package clv
