package ready

import "fishpond/internal/journey/graph"

// welcome greets new friends and asks them a few questions. The survey is a link of
// the library, so that who answers is known.
func welcome(t say) graph.Spec {
	end := t("结束", "End")
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByEvent, Event: "friend.added"}, Frequency: graph.Frequency{Kind: graph.Once}, Purpose: graph.Service,
		Goal: &graph.Target{Event: "survey.answered", Days: 14},
		Graph: graph.Graph{Steps: []graph.Step{
			message("hello", t("欢迎", "Welcome"), "pause", t("欢迎来到{{ brand }}", "Welcome to {{ brand }}"),
				t("{{ name | default \"你好\" }}，很高兴认识你！这里是{{ brand }}。产品怎么选、怎么用，随时问我，看到就回。", "Hello {{ name | default \"there\" }}, nice to meet you! This is {{ brand }}. Ask us anything about choosing and using our products.")),
			wait("pause", t("隔一天", "A day later"), "evening", 12*hour),
			until("evening", t("等到晚上 8 点", "At 8 in the evening"), "ask", "20:00"),
			with(message("ask", t("发问卷（选一个素材）", "Send the survey (choose a material)"), "answer", t("三个小问题，帮你少走弯路", "Three small questions"),
				t("想给你更合适的建议：这份小问卷只有三题，一分钟就好。不想填也没关系，直接跟我说也行。", "To suggest what really suits you: three questions, one minute. Rather not? Just tell me here."))),
			happens("answer", t("两天内填了吗", "Answered within two days?"), "nudge_at", "survey.answered", "", 2*day, graph.Way{Name: t("填了", "Answered"), Next: "thanks"}),
			until("nudge_at", t("等到中午", "At noon"), "nudge", "12:30"),
			with(message("nudge", t("提醒一次", "Remind once"), "second", t("小问卷还开着", "The questions are still open"),
				t("小问卷还给你留着，方便的时候点开就行。之后不再提醒啦。", "The questions are still there whenever it suits you. We will not remind you again."))),
			happens("second", t("三天内填了吗", "Answered within three days?"), "quiet", "survey.answered", "", 3*day, graph.Way{Name: t("填了", "Answered"), Next: "thanks"}),
			message("thanks", t("感谢", "Thanks"), "known", t("收到，谢谢你", "Got it, thank you"), t("收到啦，谢谢{{ name | default \"你\" }}！我看看你的情况，给你一个具体建议。", "Got it, thank you {{ name | default \"very much\" }}! I will have a look and suggest something concrete.")),
			goal("known", t("了解了需求", "Needs are known"), "follow"),
			task("follow", t("顾问跟进", "Associate follows up"), "end", t("看客户的问卷回答，给一条具体建议（别直接推销），并按回答打标签。", "Read the answers, give one concrete piece of advice (do not sell), and tag what they said.")),
			tag("quiet", t("打标签：不填问卷", "Tag: no survey"), "end"),
			exit("end", end),
		}},
	}
}

// firstOrder is for people who are known and have bought nothing.
func firstOrder(t say) graph.Spec {
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.BySegment}, Frequency: graph.Frequency{Kind: graph.Again, Days: 180}, Purpose: graph.Marketing, HoldoutBP: 1000,
		Goal: &graph.Target{Event: "order.paid", Days: 30, Leave: true},
		Graph: graph.Graph{Steps: []graph.Step{
			branch("bought", t("已经买过？", "Bought already?"), "noon", graph.Way{Name: t("买过", "Yes"), When: "orders > 0", Next: "end"}),
			until("noon", t("等到中午", "At noon"), "doubts", "12:30"),
			with(message("doubts", t("解答疑虑（选一个素材）", "Answer doubts (choose a material)"), "read", t("新朋友问得最多的几件事", "What newcomers ask most"),
				t("{{ name | default \"你好\" }}，整理了新朋友问得最多的几件事：怎么选、怎么用、不合适怎么办。先看看？", "{{ name | default \"Hello\" }}, here is what newcomers ask most: how to choose, how to use, what if it does not suit."))),
			happens("read", t("两天内看了吗", "Read within two days?"), "try", "material.opened", "", 2*day, graph.Way{Name: t("看了", "Read"), Next: "interested"}),
			task("interested", t("顾问问一句", "Associate asks"), "settle", t("客户看了常见问题。问一句：“有哪一点还不确定？”只答疑，不催单。", "They read the questions. Ask: “Is anything still unclear?” Answer, do not push.")),
			wait("settle", t("给三天想想", "Three days to think"), "offer_at", 3*day),
			graph.Step{ID: "try", Kind: graph.Split, Name: t("两种说法比一比", "Try two texts"), Next: "worth", Ways: []graph.Way{{Name: t("说好处", "What it does"), Next: "stories", ShareBP: 5000}}},
			message("stories", t("A：真实用法", "A: how others use it"), "settle", t("大家是这样用的", "How others use it"), t("{{ name | default \"朋友\" }}，分享几位老客户的真实用法，看看哪一种像你。", "{{ name | default \"Hello\" }}, here is how some of our customers use it. Which one is like you?")),
			message("worth", t("B：新手建议", "B: where to begin"), "settle", t("第一次，从哪款开始", "Where to begin"), t("{{ name | default \"朋友\" }}，第一次不知道选哪款？多数人从小份开始，不合适也不心疼。", "{{ name | default \"Hello\" }}, not sure where to begin? Most take a small one first.")),
			until("offer_at", t("等到晚上 8 点", "At 8 in the evening"), "offer", "20:00"),
			message("offer", t("首单优惠（选券池）", "First-order code (choose the pool)"), "last", t("给你留了一张首单券", "A code for your first order"),
				t("{{ name | default \"朋友\" }}，这是你专属的首单优惠码：{{ coupon }}，需要我帮你挑就回我一句。", "{{ name | default \"Hello\" }}, your own code for a first order: {{ coupon }}. Answer me if I may help you choose.")),
			wait("last", t("再等五天", "Five more days"), "stuck", 5*day),
			task("stuck", t("问卡在哪", "Ask what holds them"), "end", t("还没下单。问一句卡在哪：价格、效果还是时机？按回答打标签，别催。", "No order yet. Ask what holds them: price, effect or timing? Tag the answer, do not push.")),
			exit("end", t("结束", "End")),
		}},
	}
}

// camp is a week of lessons; whoever is put in comes in.
func camp(t say) graph.Spec {
	themes := [][2]string{{"目标与准备", "Aims"}, {"打好基础", "The basics"}, {"养成习惯", "A habit"}, {"常见误区", "Common mistakes"}, {"进阶方法", "Going further"}, {"难点答疑", "Hard questions"}}
	digits := []string{"1", "2", "3", "4", "5", "6"}
	steps := []graph.Step{
		message("open", t("开营欢迎", "Opening"), "m1", t("训练营开始啦", "The camp begins"), t("{{ name | default \"同学\" }}，欢迎加入训练营！七天里每天早上一课、晚上一个小问题，跟上就好，不求完美。", "Welcome to the camp, {{ name | default \"friend\" }}! For seven days there is a lesson each morning and a small question each evening. Keep up; it need not be perfect.")),
	}
	for i, theme := range themes {
		n, next := digits[i], "m7"
		if i+1 < len(themes) {
			next = "m" + digits[i+1]
		}
		name := t(theme[0], theme[1])
		steps = append(steps,
			until("m"+n, t("第 "+n+" 天早上", "Morning of day "+n), "lesson"+n, "08:30"),
			within(10, with(message("lesson"+n, t("第 "+n+" 课："+name, "Lesson "+n+": "+name), "e"+n, t("第 "+n+" 天："+name, "Day "+n+": "+name),
				t("早上好，{{ name | default \"同学\" }}！今天是第 "+n+" 天："+name+"。课程在下面，十分钟就能看完。", "Good morning, {{ name | default \"friend\" }}! Day "+n+": "+name+". The lesson is below and takes ten minutes.")))),
			until("e"+n, t("第 "+n+" 天晚上", "Evening of day "+n), "ask"+n, "20:30"),
			within(3, message("ask"+n, t("第 "+n+" 天小问题", "Question of day "+n), next, t("今天做到哪一步了？", "How far did you get today?"), t("今天的内容，你做到哪一步了？回一句就算打卡，卡住了也告诉我。", "How far did you get today? One line counts as a check-in; tell me if you are stuck."))),
		)
	}
	steps = append(steps,
		until("m7", t("最后一天上午", "Morning of the last day"), "took_part", "10:00"),
		branch("took_part", t("七天里回过三次以上？", "Answered three times or more?"), "gentle", graph.Way{Name: t("积极参与", "Took part"), When: "did message.received >= 3 in 8d", Next: "offer"}),
		message("offer", t("结营方案（选券池）", "Offer (choose the pool)"), "talk", t("七天，你做到了", "Seven days: you did it"),
			t("{{ name | default \"同学\" }}，七天你都跟下来了，真不容易。这是结营专属的优惠码：{{ coupon }}，接下来怎么走，我可以陪你一起定。", "{{ name | default \"Well done\" }}, you kept up for seven days. Here is your own code: {{ coupon }}. Let us plan together how to go on.")),
		task("talk", t("顾问定方案", "Associate plans with them"), "bought", t("对照这七天的打卡，帮客户定下一步方案；先问目标，再谈产品。", "Look at their check-ins and plan the next step with them: aims first, products second.")),
		message("gentle", t("温和的邀请", "A gentle invitation"), "bought", t("课程都给你留着", "The lessons stay open"), t("{{ name | default \"同学\" }}，这几天没跟上也没关系，课程都给你留着。想从哪一课补起？回我一个数字就行。", "{{ name | default \"Hello\" }}, never mind if you could not keep up: all lessons stay open. Which one first? Answer with its number.")),
		happens("bought", t("一周内下单了吗", "Order within a week?"), "end", "order.paid", "", 7*day, graph.Way{Name: t("下单", "Ordered"), Next: "welcome"}),
		message("welcome", t("下单后的第一句", "After the order"), "end", t("收到你的订单", "We have your order"), t("收到你的订单啦！到货后怎么用，我一步步带你。", "We have your order! When it arrives I will show you how to use it, step by step.")),
		exit("end", t("结营", "End")),
	)
	return graph.Spec{
		Entry: graph.Entry{Kind: graph.ByHand}, Frequency: graph.Frequency{Kind: graph.Again, Days: 30}, Purpose: graph.Marketing,
		Goal:  &graph.Target{Event: "order.paid", Days: 14},
		Graph: graph.Graph{Steps: steps},
	}
}
