// Package behind is the one way from a figure to the people behind it: a page of
// them, a segment of exactly them, and a file of all of them. A part of insight says
// who they are (a [Crowd]) and how it shows one; the rest is the same for all.
//
// It owns no tables and emits nothing.
package behind
