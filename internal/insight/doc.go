// Package insight answers what happened: people, orders, money and returning
// customers by month, and how long the customers of each month keep buying.
//
// Owns the tables insight_fact, insight_alias and insight_person (what is
// needed to count one event after the other), the counters insight_month,
// insight_rhythm, insight_cohort, insight_region and insight_product, and
// insight_state; insight_value_model, night by night the models of what people are
// worth (package clv), and insight_value, what is expected of each by the newest of
// them; insight_diagnosis holds what was answered before there was data.
// Follows person.created, person.merged, person.split,
// order.paid and order.refunded; emits nothing.
//
// Funnels, retention and paths ask about any events: the tables
// insight_stream_… hold all that concern a person, in columns (package
// stream), filled by the subscriber insight.streams, which follows every kind.
// Sums over one person's events are package steps; what every figure means is
// in definition.go.
//
// Every other question is answered from counters whose number depends on months,
// regions and products, never on persons or orders. How many different
// persons bought in a span of months is among them: each order is counted
// under its month and the month of the person's order before. Those of a span
// whose predecessor lies before the span are each person's first in it, so
// their number is the number of buyers; with the order before that, too, come
// those who bought again (insight_rhythm).
//
// Invariants:
//   - The counters are a function of the log, the org's time zone and its
//     currency. The order of arrival, merges and splits leave no trace.
//   - Months are those of the time zone in insight_state, which every answer
//     names. When the org moves to another one, the projection is outdated
//     and must be rebuilt: see Service.RebuildOutdated.
//   - Streams are a function of the log alone. Who was merged is one person;
//     a split makes them two again, exactly.
//   - Money in another currency than the org's is not added: no rate is
//     known. Such orders still count as orders.
package insight
