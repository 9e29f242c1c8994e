// Package timeline is as it should be.
package timeline
