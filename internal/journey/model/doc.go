// Package model is docs/journeys.md once more: a plain implementation that the
// engine is compared with. It holds the whole history in maps and slices, looks
// at everything each time, and shares nothing with the engine but the form of a
// drawing. It is for tests.
//
// Owns no table and emits nothing.
package model
