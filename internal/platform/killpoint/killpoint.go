// Package killpoint names places at which tests kill the process, as a power
// cut would. In a build without the tag killpoints there is nothing of it.
//
// A build with the tag reads FISHPOND_KILL_AT, "name" or "name:7": the process
// kills itself when it comes to that place for the first, or the seventh, time.
package killpoint

// Env names the place at which a process with the tag kills itself.
const Env = "FISHPOND_KILL_AT"
