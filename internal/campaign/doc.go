// Package campaign sends one message to a segment, and tells what it brought.
//
// Owns the tables campaign_settings, campaign_campaign (series among them),
// campaign_frozen (the people of a campaign as they were when it began),
// campaign_person (who was to get it, which variant, who was left out, and what
// each did since; also by quarter), campaign_quarter, campaign_alias (who speaks
// for whom), campaign_link and campaign_click, campaign_coupon_pool and
// campaign_coupon, campaign_habit (where people were last seen), and those of
// groups and moments. Follows page.viewed, order.paid, order.refunded,
// link.clicked, message.received, message.read, consent.withdrawn, person.merged
// and person.split. Emits link.clicked and coupon.redeemed; what leaves is told by
// reach.
//
// A campaign goes draft → (awaiting) → planned → sending ⇄ paused → done, or is
// cancelled on the way; every step is a compare-and-set on the one before.
//
// Invariants:
//   - Its people are fixed once, when it begins; who joins the segment later is
//     not among them.
//   - They are planned in chunks, each in one transaction with the place that was
//     reached. A planner that dies goes on where it was: nobody twice, nobody
//     forgotten, nobody in another group.
//   - Who is left out is drawn by a hash salted with the campaign, in equal shares
//     of every lifecycle stage; who is in the quarter's global control group gets
//     no marketing at all.
//   - Nothing leaves before all are planned, and nothing but through reach.
//   - Above a size somebody else than who submitted it must approve.
//   - A marketing mail has a way out that only its person can use.
//   - With a test of variants the rest wait in a plan of their own. What the test
//     found and that they may go is one compare-and-set.
//   - A link leads where it led when the campaign began, and nowhere else.
//   - A coupon code is taken in the transaction that plans its person.
//   - A day of a series is made into a campaign once, by whichever node.
//   - What people do is counted the same whether they got the message or not.
package campaign
