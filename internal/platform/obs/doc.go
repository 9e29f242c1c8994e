// Package obs lets an operator see what the program does: structured logs that
// carry the request they belong to and leave secrets out, metrics for Prometheus,
// traces over OTLP when an endpoint is configured, and what build is running.
//
// Nothing here is global. [NewLogger], [NewMetrics] and [NewTracing] return values
// that internal/app hands to whoever needs them; two servers in one test do not see
// each other's numbers.
package obs
