// Package lookalike says what a group of people shares that the others do not:
// tags, traits, channels, regions, what they bought first and what they did in
// their first week. It finds the people outside the group who are most like it.
//
// It owns no tables: every answer is computed from bitmaps of people and from
// everybody's events.
//
// For each feature there is a table of two by two (in the group or not, has it or
// not). What is told of it:
//
//   - lift, the share in the group ÷ the share in the others, with the interval of
//     Katz, Baptista, Azen & Pike, Obtaining confidence intervals for the risk ratio
//     in cohort studies, Biometrics 34 (1978) 469–474;
//   - p, Fisher's exact test, two-sided: all tables with the same margins that are no
//     likelier than this one (R. A. Fisher, Statistical Methods for Research Workers,
//     5th ed. 1934, § 21.02);
//   - q, p corrected for as many comparisons as were made: Y. Benjamini, Y. Hochberg,
//     Controlling the false discovery rate, J. R. Statist. Soc. B 57 (1995) 289–300.
//     Of the features that are said to differ, a share of at most the level is
//     expected to be so by chance. The procedure holds for independent features and
//     those that tend to go along (Benjamini & Yekutieli, Annals of Statistics 29,
//     2001); simulated worlds show it for features such as there are here.
//
// Whether a feature is tested depends on its frequency among all people alone, never on
// how it lies between the two groups: otherwise the test would not be one.
//
// Likeness is naive Bayes: the sum of the logarithms of the odds ratios (with half a
// person added to each cell: J. B. S. Haldane, Annals of Human Genetics 20, 1956)
// of the features that a person has. It takes features for independent and so counts
// twice what goes along; the order of people is what it is good for. How good, is
// told from people whom the weights have not seen: the probability that one of the
// group is ranked before one of the others (area under the curve; its error by
// Hanley & McNeil, Radiology 143, 1982).
package lookalike
