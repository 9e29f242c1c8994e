// Package playbook places a brand and each of its products by how often people
// buy again and how much they spend at once, from its own orders, and tells which
// journeys and measures suit the place.
//
// Owns the tables insight_playbook_state, _alias, _buy and _name, a projection of
// the log; insight_playbook_place, where everything stood when it was last counted;
// and insight_playbook_setting, the boundaries that staff set. Follows order.paid,
// person.merged and person.split; emits nothing. Ready journeys come through a port.
//
// Invariants:
//   - The projection is a function of the log, the org's zone and its currency.
//   - A product or brand stands in exactly one of the four places, or says why in none.
package playbook
