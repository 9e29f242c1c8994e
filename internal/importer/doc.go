// Package importer brings people and their orders in from files.
//
// It owns the tables importer_upload (files that were sent through the page)
// and importer_run (imports that were asked for), and the files under
// imports/ in the data folder. Orders become the events order.paid and
// order.refunded; persons are made by whoever satisfies the port People. It
// follows nothing.
//
// An import of orders has three steps, none of which needs memory in
// proportion to the file:
//
//  1. read: every line is read, checked and put into one of many spill files
//     by its order's number. What is wrong with the file as a whole (truncated,
//     not a table, wrong columns) ends the import here, with nothing stored.
//  2. group: each spill file is sorted by order; an order with a line that
//     cannot be taken is rejected whole, because a part of an order is false
//     money. What remains becomes one event per order, in a run sorted by customer and time.
//  3. store: the runs are merged, so that a customer's orders enter the
//     timeline together and as they happened, a thousand whole orders a
//     transaction.
//
// Invariants:
//   - The same file twice changes nothing, and an import that was killed
//     anywhere and run again ends as if it had run once: every event carries a
//     dedupe key made of the source's name and the order's number.
//   - The counts in a Result come from the file alone.
//   - An order is stored whole or not at all.
package importer
