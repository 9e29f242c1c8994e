// Package table reads tables of unknown making (CSV in any of the usual
// encodings and separators, gzip of it, XLSX) row by row, in memory that does
// not grow with the file, and distrusts all of it: bombs, binaries, cells and
// records without end, bytes that are not text.
//
// Two kinds of trouble are told apart. A row that cannot be trusted comes
// back with its line and a Problem, and reading goes on. A file that cannot be
// trusted (truncated, not a table, a quote that is never closed) ends with an
// error that names the line reached; the caller then keeps nothing of it.
package table
