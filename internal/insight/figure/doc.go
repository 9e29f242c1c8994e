// Package figure says what a figure means: its name, formula, unit and period,
// in both languages. Each part of insight declares its own in a list Figures;
// the app joins them for the API, and docs/figures.md is written from the same
// list. Columns of exported tables take their names and units from it, too.
package figure
