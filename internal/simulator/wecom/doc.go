// Package wecom is the WeCom (企业微信) half of the simulator: corps with their apps,
// members, external contacts and everything that hangs on them; the server API below
// /cgi-bin; the callbacks. What members and customers do in the real world comes in
// through the verbs of Corp (Scan, Say, DeleteFriend, Confirm, Leave, …) and causes
// callbacks; what the API changes causes none, as the platform says («通过API进行的
// 操作不会产生回调»).
//
// Files follow the chapters of the public server documentation at
// developer.work.weixin.qq.com; comments name its pages in 「」.
package wecom
