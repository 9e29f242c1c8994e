// Package stream is the form in which insight keeps events for counting over
// all of them: for each kind and calendar month (UTC) of a block of persons,
// times in one column and properties in others, sorted by person and time. It
// is pure: bytes in, rows out.
//
// Persons are numbers (the pool's seq) in blocks of [BlockSize]; a row holds
// the place in the block. Rows of the same person and time keep the order in
// which they were given, which is that of the log.
package stream

// Persons are kept in blocks: one is read, sorted and counted at a time, and
// bounds the memory that a question takes.
const (
	BlockBits = 14
	BlockSize = 1 << BlockBits
)

// Block is the block of a person.
func Block(seq uint32) int64 { return int64(seq >> BlockBits) }

// Offset is a person's place in their block.
func Offset(seq uint32) uint16 { return uint16(seq & (BlockSize - 1)) }

// Seq is the person at a place of a block.
func Seq(block int64, offset uint16) uint32 {
	return uint32(block)<<BlockBits | uint32(offset) //nolint:gosec // blocks are made of seqs
}
