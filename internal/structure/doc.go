// Package structure holds the rules that keep the house standing, as tests: who may
// import whom, where SQL and the HTTP library may appear, what every table's key
// begins with, how long a file may grow. docs and reviews forget; these do not.
//
// Each rule is a function from a [house] to a list of complaints. The rules run
// over this repository, where they must find nothing, and over testdata/bad, a small
// house that breaks each of them, where they must find exactly what is wrong: a rule
// that can no longer fail is noticed.
//
// An exception is an entry in a list beside the rule, with its reason.
package structure
