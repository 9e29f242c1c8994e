// Package wire is what the WeChat family of platforms has in common on the
// line: the encryption and signature of callbacks, XML that may come from
// anybody, and JSON calls that carry an access token, report failures in their
// body and are counted against quotas. It knows no database and no business;
// the adapters beside it say which calls there are.
package wire
