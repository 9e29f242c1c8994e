// Package walk says how one person walks through a journey: given where they
// are, what is known of them and the time, where they are next and what is to be
// done on the way. It holds no state, asks no clock and touches no database; the
// engine and the dry run walk by it.
package walk
