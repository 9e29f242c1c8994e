// Package officialaccount speaks the protocol of WeChat's official accounts
// (公众号): callbacks in encrypted XML, codes with parameters, customer messages
// and sign-in on pages. It holds no state and knows no database.
package officialaccount
