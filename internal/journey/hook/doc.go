// Package hook calls other systems for the webhook steps of journeys.
//
// A step asks for a call by a row in its own transaction; whichever node gets to
// it makes the call outside of any, and settles it together with the run that
// waits for it. A call that was cut off is made again with the same idempotency
// key, so the other side can tell.
//
// Owns journey_call and journey_host (made by the journey module's migrations).
// Bodies are kept until a call is settled, secrets only sealed; neither is logged,
// nor are addresses, which often hold tokens.
package hook
