package ready

import "fishpond/internal/journey/graph"

// repurchase walks once for each order. How long it lasts is guessed by what was
// spent, the one thing that is known of any trade; brands put their own days in.
func repurchase(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByEvent, Event: "order.paid"}, Frequency: graph.Frequency{Kind: graph.ByKey, Key: "order_id"}, Purpose: graph.Marketing, HoldoutBP: 1000,
		Goal:  &graph.Target{Event: "order.paid", Days: 75, Leave: true},
		Exits: []graph.Leave{{Event: "order.refunded"}},
		Graph: graph.Graph{Steps: []graph.Step{
			wait("arrived", t("等收到货", "Until it has arrived"), "tips_at", 3*day),
			until("tips_at", t("等到晚上 8 点", "At 8 in the evening"), "tips", "20:00"),
			with(message("tips", t("用法提示（选一个素材）", "How to use it (choose a material)"), "size", t("怎么用更好", "How to get more out of it"), t("{{ name | default \"你好\" }}，东西收到了吧？把最容易忽略的用法整理给你。", "{{ name | default \"Hello\" }}, has it arrived? Here is what most people miss when they use it."))),
			graph.Step{ID: "size", Kind: graph.Property, Name: t("买得多吗", "A large order?"), Next: "short", Ways: []graph.Way{{Name: t("大份", "Large"), When: "amount >= 300", Next: "long"}}},
			wait("long", t("大份：45 天", "Large: 45 days"), "soon_at", 45*day),
			wait("short", t("小份：25 天", "Small: 25 days"), "soon_at", 25*day),
			until("soon_at", t("等到中午", "At noon"), "soon", "12:30"),
			message("soon", t("快用完了", "Running out"), "think", t("快用完了吧？", "Running out?"), t("{{ name | default \"朋友\" }}，算算日子，上次买的差不多快用完了。还想要同款，还是换个口味？", "{{ name | default \"Hello\" }}, what you bought last should be running out about now. The same again, or something else?")),
			happens("think", t("五天内回复了吗", "Answer within five days?"), "offer_at", "message.received", "", 5*day, graph.Way{Name: t("回复了", "Answered"), Next: "help"}),
			task("help", t("顾问接着聊", "Associate goes on"), "last", t("客户回了复购提醒：看上次买了什么，按 TA 的情况推荐，可以建议更合适的规格。", "They answered the reminder: look at what they bought and suggest what suits them, also a better size.")),
			until("offer_at", t("等到晚上 8 点", "At 8 in the evening"), "offer", "20:00"),
			message("offer", t("老客优惠（选券池）", "Code for regulars (choose the pool)"), "last", t("老朋友的一点心意", "A little something for you"), t("{{ name | default \"朋友\" }}，这是给老朋友的优惠码：{{ coupon }}。不着急，用得上再用。", "{{ name | default \"Hello\" }}, a code for you: {{ coupon }}. No hurry, use it when you need it.")),
			wait("last", t("再等两周", "Two more weeks"), "end", 14*day),
			exit("end", t("结束", "End")),
		}},
	}
}

// winBack begins when the lifecycle says that somebody has fallen silent.
func winBack(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByEvent, Event: "stage.changed", Where: "to = silent"}, Frequency: graph.Frequency{Kind: graph.Again, Days: 120}, Purpose: graph.Marketing, HoldoutBP: 1000,
		Goal: &graph.Target{Event: "order.paid", Days: 45, Leave: true},
		Graph: graph.Graph{Steps: []graph.Step{
			branch("worth", t("大客户吗", "A good customer?"), "day", graph.Way{Name: t("消费 1000 以上", "Spent 1,000 or more"), When: "gmv >= 1000", Next: "call"}),
			task("call", t("顾问一对一问候", "Associate gets in touch"), "room", t("老客户很久没来了。看看最近买了什么、说过什么，真心问候一句，别群发口吻。", "A good customer has not been here for long. See what they bought and said, and write one honest line, not a circular.")),
			wait("room", t("给一周时间", "A week"), "day", 7*day),
			until("day", t("等到晚上 8 点", "At 8 in the evening"), "hello", "20:00"),
			with(message("hello", t("好久不见（选一个素材）", "Long time no see (choose a material)"), "look", t("好久不见", "Long time no see"), t("{{ name | default \"朋友\" }}，好久不见，最近还好吗？这段时间我们上了几样新的，想起你之前的喜好，挑给你看看。", "{{ name | default \"Hello\" }}, long time no see! There is something new here that made us think of you."))),
			happens("look", t("四天内看了吗", "Looked within four days?"), "ask_at", "material.opened", "", 4*day, graph.Way{Name: t("看了", "Looked"), Next: "offer_at"}),
			until("offer_at", t("等到中午", "At noon"), "offer", "12:30"),
			message("offer", t("回来的理由（选券池）", "A reason to return (choose the pool)"), "rest", t("给你留的", "Kept for you"), t("{{ name | default \"朋友\" }}，给你留了一个回来的理由：{{ coupon }}，这个月都能用。", "{{ name | default \"Hello\" }}, here is a reason to come back: {{ coupon }}, good all month.")),
			until("ask_at", t("等到中午", "At noon"), "ask", "12:30"),
			message("ask", t("问问原因", "Ask why"), "answer", t("想听你一句实话", "We would like to know"), t("{{ name | default \"朋友\" }}，是我们哪里没做好，还是暂时用不上？回我一句，好坏都想听，我们改。", "{{ name | default \"Hello\" }}, did we do something wrong, or is it just not needed now? One line is enough; we want to hear it either way.")),
			happens("answer", t("一周内回复了吗", "Answer within a week?"), "mark", "message.received", "", 7*day, graph.Way{Name: t("回复了", "Answered"), Next: "listen"}),
			task("listen", t("顾问认真回", "Associate listens"), "rest", t("客户说了原因。先道谢，能解决的今天解决，并按原因打标签。", "They told us why. Thank them, solve today what can be solved, and tag the reason.")),
			wait("rest", t("等两周", "Two weeks"), "end", 14*day),
			tag("mark", t("打标签：唤回未应", "Tag: did not answer"), "end"),
			exit("end", t("结束", "End")),
		}},
	}
}

// highTicket is for what people think about for months: long, and full of content.
func highTicket(t say) graph.Spec {
	steps := []graph.Step{
		message("promise", t("说清楚会收到什么", "Say what will come"), "w1", t("接下来每周一篇", "Something useful each week"), t("{{ name | default \"你好\" }}，选这类东西不用急。接下来每周发你一篇真正有用的内容，随时可以不看，也可以直接问我。", "{{ name | default \"Hello\" }}, there is no hurry with this. Each week you get one thing worth reading. Skip what you like, ask what you like.")),
	}
	weeks := [][4]string{
		{"怎么选不踩坑", "How to choose well", "这一篇讲怎么选：看哪三个指标，哪些话听听就好。", "How to choose: three things to look at, and what to take with a grain of salt."},
		{"同类方案对比", "Alternatives compared", "把几种常见方案放在一起比，优缺点都写了，也包括我们的。", "The usual options side by side, with what speaks for and against each, ours included."},
		{"真实案例", "A case", "一位客户从犹豫到用了一年的完整记录，花了多少、省了多少都有。", "One customer, from doubt to a year of use, with what it cost and what it saved."},
		{"上手与售后", "Getting started, and service", "买了之后会发生什么：怎么上手、多久见效、出问题找谁。", "What happens afterwards: how to begin, how long it takes, whom to ask."},
	}
	for i, w := range weeks {
		n := string(rune('1' + i))
		next := "sum"
		if i+1 < len(weeks) {
			next = "w" + string(rune('2'+i))
		}
		steps = append(steps,
			wait("w"+n, t("一周后", "A week later"), "at"+n, 6*day),
			until("at"+n, t("周三晚上 8 点", "Wednesday at 8 pm"), "read"+n, "20:00", 3),
			with(message("read"+n, t("第 "+n+" 篇："+w[0], "Part "+n+": "+w[1]), next, t(w[0], w[1]), t("{{ name | default \"你好\" }}，"+w[2], "{{ name | default \"Hello\" }}, "+w[3]))))
	}
	steps = append(steps,
		wait("sum", t("给三天看", "Three days to read"), "deep", 3*day),
		branch("deep", t("读得深吗", "Do they read closely?"), "slow", graph.Way{Name: t("40 天里读过两篇以上", "Two parts or more in 40 days"), When: "did material.opened >= 2 in 40d", Next: "invite"}),
		task("invite", t("顾问约一次沟通", "Associate invites to talk"), "talked", t("客户认真读了内容。约 15 分钟聊聊：先问现状和顾虑，再按 TA 的情况给方案。", "They read closely. Invite them to talk for 15 minutes: how things are and what worries them, then a plan for their case.")),
		wait("talked", t("两周沟通期", "Two weeks to talk"), "trial_at", 14*day),
		message("slow", t("换个说法", "Another way in"), "pick", t("哪个问题最想先弄清？", "What would you like to know first?"), t("{{ name | default \"你好\" }}，如果只能先弄清一个问题，你最想知道哪个：1 值不值 2 适不适合我 3 麻不麻烦？回个数字就行。", "{{ name | default \"Hello\" }}, if you could know one thing first: 1 is it worth it, 2 is it for me, 3 is it much trouble? Answer with a number.")),
		happens("pick", t("十天内回复了吗", "Answer within ten days?"), "trial_at", "message.received", "", 10*day, graph.Way{Name: t("回复了", "Answered"), Next: "invite"}),
		until("trial_at", t("周六上午 10 点", "Saturday at 10"), "trial", "10:00", 6),
		message("trial", t("邀请体验", "Invite to try"), "decide", t("先试试，再决定", "Try it first"), t("{{ name | default \"你好\" }}，看了这么多，不如亲自试试。这周有体验名额，想来的话回“体验”，我来安排。", "{{ name | default \"Hello\" }}, enough reading: come and try it. Answer “try” and I will arrange it.")),
		happens("decide", t("三周内下单了吗", "Order within three weeks?"), "keep", "order.paid", "", 21*day, graph.Way{Name: t("下单", "Ordered"), Next: "won"}),
		goal("won", t("成交", "Won"), "care"),
		task("care", t("专人跟进交付", "See the delivery through"), "end", t("高客单成交：确认交付时间，主动报告进度，第一周内回访一次。", "A large order: confirm the date, report progress unasked, call once in the first week.")),
		tag("keep", t("打标签：长期培育", "Tag: long-term"), "end"),
		exit("end", t("结束", "End")))
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.BySegment}, Frequency: graph.Frequency{Kind: graph.Again, Days: 365}, Purpose: graph.Marketing,
		Goal:  &graph.Target{Event: "order.paid", Where: "amount >= 1000", Days: 120},
		Graph: graph.Graph{Steps: steps},
	}
}

// lowTicket is short and over at once with an order.
func lowTicket(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.BySegment}, Frequency: graph.Frequency{Kind: graph.Again, Days: 30}, Purpose: graph.Marketing, HoldoutBP: 1000,
		Goal: &graph.Target{Event: "order.paid", Days: 7, Leave: true},
		Graph: graph.Graph{Steps: []graph.Step{
			until("noon", t("等到中午", "At noon"), "first", "12:00"),
			within(8, message("first", t("第一天：限时好价（选券池）", "Day 1: the offer (choose the pool)"), "one", t("这三天有好价", "Three days only"), t("{{ name | default \"朋友\" }}，常买的这几样这三天有好价，你的优惠码：{{ coupon }}", "{{ name | default \"Hello\" }}, what you often buy is cheaper for three days. Your code: {{ coupon }}"))),
			wait("one", t("隔一天", "A day later"), "evening", 20*hour),
			until("evening", t("等到晚上 7 点", "At 7 in the evening"), "which", "19:00"),
			graph.Step{ID: "which", Kind: graph.Split, Name: t("两种说法比一比", "Try two texts"), Next: "bundle", Ways: []graph.Way{{Name: t("说单品", "One product"), Next: "single", ShareBP: 5000}}},
			within(4, message("single", t("A：大家在买", "A: what others buy"), "two", t("大家这两天在买", "What others buy"), t("这两天大家买得最多的是这几样，还有货，别等到最后一天。", "This is what most people take these days. Still in stock; do not wait for the last one."))),
			within(4, message("bundle", t("B：搭配更省", "B: cheaper together"), "two", t("搭着买更省", "Cheaper together"), t("两样一起买更省，搭配已经帮你算好了，优惠码也能叠着用。", "Two together are cheaper; we have done the sums, and your code counts on top."))),
			wait("two", t("隔一天", "A day later"), "last_at", 18*hour),
			until("last_at", t("最后一晚 6 点", "Last evening at 6"), "last", "18:00"),
			within(4, message("last", t("最后一晚", "Last evening"), "seen", t("今晚结束", "Ends tonight"), t("{{ name | default \"朋友\" }}，好价今晚结束，码还没用的话别浪费。之后不再提醒啦。", "{{ name | default \"Hello\" }}, it ends tonight; your code is still unused. We will not remind you again."))),
			wait("seen", t("再看四天", "Four more days"), "end", 4*day),
			exit("end", t("结束", "End")),
		}},
	}
}

// birthday begins three days before it.
func birthday(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByDate, Trait: "birthday", Offset: -3, At: "12:30", Yearly: true}, Frequency: graph.Frequency{Kind: graph.Again, Days: 300}, Purpose: graph.Marketing,
		Goal: &graph.Target{Event: "order.paid", Days: 14},
		Graph: graph.Graph{Steps: []graph.Step{
			message("present", t("提前送上心意（选券池）", "A present in advance (choose the pool)"), "good", t("给你的生日心意", "For your birthday"), t("{{ name | default \"朋友\" }}，过几天是你的生日，先送上一点心意：{{ coupon }}，生日月都能用。", "{{ name | default \"Hello\" }}, your birthday is near. Here is a little something: {{ coupon }}, good all month.")),
			branch("good", t("老客吗", "A good customer?"), "day", graph.Way{Name: t("买过三次以上", "Three orders or more"), When: "orders >= 3", Next: "personal"}),
			task("personal", t("顾问准备一句", "Associate prepares a line"), "day", t("三天后是客户生日。想一句只对 TA 说的话（看看 TA 常买什么），当天发。", "Their birthday is in three days. Think of a line that is only for them (see what they buy) and send it on the day.")),
			graph.Step{ID: "day", Kind: graph.WaitDate, Name: t("等到生日当天 9 点", "On the day at 9"), Next: "wish", Trait: "birthday", At: "09:00", Yearly: true},
			within(12, message("wish", t("生日祝福", "The wish"), "used", t("生日快乐！", "Happy birthday!"), t("{{ name | default \"朋友\" }}，生日快乐！愿你这一年顺顺利利。——{{ brand }}", "Happy birthday, {{ name | default \"friend\" }}! All the best for the year. {{ brand }}"))),
			happens("used", t("两周内用上了吗", "Used within two weeks?"), "end", "order.paid", "", 14*day, graph.Way{Name: t("下单", "Ordered"), Next: "thanks"}),
			message("thanks", t("谢谢", "Thanks"), "end", t("谢谢你", "Thank you"), t("谢谢你在生日这几天想到我们！有任何需要随时说。", "Thank you for thinking of us around your birthday! Tell us whenever you need anything.")),
			exit("end", t("结束", "End")),
		}},
	}
}

// afterSale asks how it is, good or bad, and promises nothing for the answer:
// rewards for good reviews are against the law, and not what care is for.
func afterSale(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByEvent, Event: "order.paid"}, Frequency: graph.Frequency{Kind: graph.ByKey, Key: "order_id"}, Purpose: graph.Service,
		Exits: []graph.Leave{{Event: "order.refunded"}},
		Graph: graph.Graph{Steps: []graph.Step{
			wait("way", t("等两天", "Two days"), "noon", 2*day),
			until("noon", t("等到中午", "At noon"), "check", "12:30"),
			message("check", t("到货检查", "Has it arrived well?"), "broken", t("收到货了吗", "Has it arrived?"), t("{{ name | default \"你好\" }}，谢谢你选择{{ brand }}！收到货先看看外包装，有破损或少件拍照发我，马上处理。", "{{ name | default \"Hello\" }}, thank you for choosing {{ brand }}! When it arrives, check the box; if anything is damaged or missing, send me a picture.")),
			happens("broken", t("两天内有话说吗", "Anything within two days?"), "calm", "message.received", "", 2*day, graph.Way{Name: t("有", "Yes"), Next: "solve"}),
			task("solve", t("当天处理", "Solve it today"), "calm", t("客户收货后发来消息。有问题的当天给出处理办法，没问题的道声谢；结果记在备注里。", "They wrote after the delivery. If anything is wrong, offer a solution today; else thank them. Note what came of it.")),
			wait("calm", t("隔一天", "A day later"), "use_at", 20*hour),
			until("use_at", t("等到晚上 8 点", "At 8 in the evening"), "use", "20:00"),
			with(message("use", t("怎么用（选一个素材）", "How to use it (choose a material)"), "week", t("第一次用，注意这几点", "Before you use it"), t("第一次用，这几点最要紧，照着做少走弯路。", "Before you use it for the first time: what matters most."))),
			wait("week", t("用一周", "A week of use"), "ask_at", 7*day),
			until("ask_at", t("等到下午 3 点", "At 3 in the afternoon"), "ask", "15:00"),
			message("ask", t("用得怎么样", "How is it?"), "answer", t("用得怎么样？", "How is it?"), t("{{ name | default \"你好\" }}，用了一周感觉怎么样？好的不好的都想听，哪里不顺手，我帮你解决。", "{{ name | default \"Hello\" }}, how has the first week been? Good or bad, we want to hear it; if anything is not right, I will help.")),
			happens("answer", t("三天内回复了吗", "Answer within three days?"), "end", "message.received", "", 3*day, graph.Way{Name: t("回复了", "Answered"), Next: "hear"}),
			task("hear", t("认真回应", "Answer properly"), "end", t("客户说了使用感受。好的问问怎么用的，不好的今天解决；都记下备注，反馈给产品。", "They told us how it is. If good, ask how they use it; if not, solve it today. Note it either way and tell the product team.")),
			exit("end", t("结束", "End")),
		}},
	}
}
