/** What people put behind a sentence when they talk to customers, the most used first. */
export const emoji = [...'😊😄😁😂🤣🙂😉😍🥰😘😎🤗🤔😅😭😢😮😳😴🙄👍👎👌✌️🙏👏🤝💪🫶👋❤️🧡💛💚💙💜💔🌹🌷🌸🌻🎉🎊🎁🎂🎈🔥✨⭐☀️🌙🌈☕🍵🍰🍎🐟🐶🐱📦🚚💰🧾📌📷✅❌❓❗⏰'].reduce<string[]>((all, c) => {
  if (c === '\uFE0F' && all.length > 0) all[all.length - 1] += c;
  else all.push(c);
  return all;
}, []);
