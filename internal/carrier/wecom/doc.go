// Package wecom speaks WeCom's (企业微信) protocol: its callbacks as typed
// events, and its calls. It holds no state and knows no database; the token,
// the quota and the secrets are given to it.
//
// It is a client of our own over net/http rather than one of the public SDKs;
// docs/adr/0007-own-wecom-client.md says why. Fields are those that Fishpond
// reads or writes, no more.
package wecom
