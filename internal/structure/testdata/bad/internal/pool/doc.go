// Package pool keeps to itself, mostly.
package pool
