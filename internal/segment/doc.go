// Package segment finds persons by what is known of them: a language of
// predicates (see the package predicate), and saved predicates whose members
// change by themselves.
package segment
