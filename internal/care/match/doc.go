// Package match finds any of hundreds of thousands of words in a text in one
// walk over it, however they are disguised: full-width or half-width letters,
// capitals, accents, and blanks or punctuation put between characters are not
// told apart. What is found is told by its place in the text as it was given.
//
// Words and text are folded to the same plain form. The words stand in a
// double-array trie (github.com/vcaesar/cedar) whose nodes are the states of an
// Aho–Corasick automaton; the links between states are ours. An Automaton never
// changes once it is built, so any number of goroutines may ask it.
package match
