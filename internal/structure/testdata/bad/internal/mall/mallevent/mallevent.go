// Package mallevent is as it should be.
package mallevent
