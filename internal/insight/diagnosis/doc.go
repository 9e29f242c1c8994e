// Package diagnosis asks a brand, before it begins, how ready it is to keep its
// own customers, and forecasts what that would cost and bring.
//
// Pure sums: no tables, no clock. What comes out rests on assumptions, not on the
// brand's own data; each is told with its range and can be replaced.
//
// The model, month by month, for one draw of the assumptions:
//
//	joined       = buyers × catch + members × hatch ÷ 12
//	members      = members before × (1 − leave) + joined
//	associates   = ⌈members ÷ people an associate looks after⌉, one at least
//	cost         = joined × cost to catch + associates × wage + system (+ set-up, first month)
//	extra orders = average members of the month × orders a year ÷ 12 × extra
//	contribution = extra orders × order × margin
//	             + members' usual orders × own × order × fee
//	balance      = sum of contribution − cost, up to that month
//
// Each draw takes every assumption once from a beta distribution over its range
// (PERT: mean (low + 4·likely + high) ÷ 6; Malcolm, Roseboom, Clark & Fazar,
// "Application of a technique for research and development program evaluation",
// 1959). Draws are independent; the spread is that of not knowing, not of chance
// from month to month. The same input always gives the same figures.
package diagnosis
