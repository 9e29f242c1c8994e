// Package simulator is the ocean in miniature: an independent HTTP server that
// speaks the WeCom (企业微信) and the official account (公众号) server protocols, with
// its own people, its own store, and the platform's limits and error codes. The demo
// brand lives on it, and the adapters are tested against it.
//
// It shares no code with the adapters, on purpose: two readings of the same public
// documentation that agree are worth more than one reading tested against itself.
// It is only for practice: nothing that it holds is secret, and it listens on the
// machine itself.
//
// What is where:
//
//	people            the humans behind WeChat accounts
//	envelope          signatures and encryption of callbacks
//	delivery          sends callbacks with retries, keeps their record, holds the faults
//	wecom             corps and everything below /cgi-bin that is WeCom's
//	officialaccount   official accounts and mini programs: /cgi-bin/token, /sns, …
//
// This package puts them on one address, adds /control (a JSON API for tests), a page
// on which a person plays customers and staff, /scan (what a QR code holds) and
// /qr (the pictures of the codes).
package simulator
