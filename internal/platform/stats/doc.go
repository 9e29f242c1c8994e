// Package stats compares groups of an experiment: how far apart two groups are,
// how sure one can be of it, and how many it would take to be surer.
//
// Everything is computed from sums that are kept while the values stream past
// (Sample), so a million values take as much memory as ten. Nothing is drawn at
// random. The sources of the formulas stand at the functions; the ones meant
// throughout are
//
//   - Miettinen and Nurminen, Comparative analysis of two rates, Statistics in
//     Medicine 4 (1985) 213–226: the interval for the difference of two shares.
//   - Welch, The generalization of "Student's" problem when several different
//     population variances are involved, Biometrika 34 (1947) 28–35: means.
//   - Hall, On the removal of skewness by transformation, J. R. Statist. Soc. B
//     54 (1992) 221–228, for two samples Zhou and Dinh, Nonparametric confidence
//     intervals for the one- and two-sample problems, Biostatistics 6 (2005)
//     187–200: means of amounts of which a few are very large.
//   - Deng, Xu, Kohavi and Walker, Improving the sensitivity of online controlled
//     experiments by utilizing pre-experiment data, WSDM (2013): CUPED.
package stats
