// Package officialaccount is the half of the simulator that is not WeCom: official
// accounts (公众号, in their form of service accounts) and mini programs (小程序). It has
// tokens, followers, QR codes with parameters, customer service messages with their
// windows, sign-in of pages and of mini programs, and callbacks, encrypted or plain.
// Comments name pages of the public documentation at developers.weixin.qq.com in 「」.
package officialaccount
