(() => {
  'use strict';
  const look = '__LOOK__';
  const script = document.currentScript;
  if (!script || !script.src || window.fishpondChat) return;
  const base = new URL('.', script.src).href;
  const tag = (look.locale || document.documentElement.lang || navigator.language || 'zh').toLowerCase();
  const zh = tag.startsWith('zh');
  const t = (cn, en) => (zh ? cn : en);
  const quiet = navigator.globalPrivacyControl === true || navigator.doNotTrack === '1';

  // What this browser keeps, on the page's own site; without storage, only while the page lives.
  const slot = 'fishpond:' + look.account;
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(slot)) || {}; } catch { /* not there, or not ours */ }
  const keep = (more) => {
    Object.assign(kept, more);
    try { localStorage.setItem(slot, JSON.stringify(kept)); } catch { /* private mode */ }
  };

  const call = async (method, path, body, signal) => {
    const init = { method, signal, headers: {}, credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' };
    if (kept.token) init.headers['X-Fishpond-Visitor'] = kept.token;
    if (body) {
      const file = body instanceof Blob;
      init.headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
      init.body = file ? body : JSON.stringify(body);
    }
    const r = await fetch(base + path, init);
    if (!r.ok) throw Object.assign(new Error('status ' + r.status), { status: r.status });
    return r.status === 204 ? null : r.json();
  };
  let begun;
  const session = () => {
    if (kept.token) return Promise.resolve();
    begun = begun || call('POST', 'session', {}).then((s) => keep({ token: s.token })).finally(() => { begun = null; });
    return begun;
  };
  const as = async (...args) => { // once more with a new id when the old one is not known here
    await session();
    try {
      return await call(...args);
    } catch (e) {
      if (e.status !== 401) throw e;
      keep({ token: '', chat: false });
      await session();
      return call(...args);
    }
  };

  // Drawing. The look is set through the object model: it works under a policy that forbids inline styles.
  const el = (name, attrs, ...children) => {
    const e = document.createElement(name);
    for (const k in attrs) e.setAttribute(k, attrs[k]);
    e.append(...children);
    return e;
  };
  const host = el('div', { id: 'fishpond-chat' });
  const root = host.attachShadow({ mode: 'open' });
  const rgb = [1, 3, 5].map((i) => parseInt(look.colour.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const ink = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] > 0.18 ? '#111' : '#fff';
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host{all:initial;position:fixed;right:16px;bottom:16px;z-index:2147483000;font:15px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif;color:#1f2329}
    *{box-sizing:border-box;font:inherit}
    [hidden]{display:none!important}
    button{cursor:pointer;border:0;border-radius:8px;padding:8px 14px;background:${look.colour};color:${ink}}
    button.plain{background:none;color:inherit;text-decoration:underline;padding:8px}
    :focus-visible{outline:3px solid #1769ff;outline-offset:2px}
    .open{position:relative;border-radius:28px;min-height:52px;padding:0 20px;box-shadow:0 4px 16px #0004}
    .dot{position:absolute;top:-4px;right:-4px;min-width:22px;border-radius:11px;background:#c62828;color:#fff;font-size:13px;line-height:22px;text-align:center}
    .box{display:flex;flex-direction:column;width:360px;height:520px;max-height:calc(100vh - 32px);background:#fff;border-radius:14px;box-shadow:0 8px 32px #0005;overflow:hidden}
    .top{display:flex;justify-content:space-between;align-items:center;background:${look.colour};color:${ink};padding:8px 8px 8px 16px}
    h2{margin:0;font-size:16px;font-weight:600;overflow-wrap:anywhere}
    .top button{background:none;color:inherit;font-size:20px;min-width:44px;min-height:44px}
    .log{flex:1;overflow-y:auto}
    ol{margin:0;padding:12px;list-style:none;display:flex;flex-direction:column;gap:8px}
    li{max-width:85%;padding:8px 12px;border-radius:12px;background:#eef0f3;align-self:flex-start;white-space:pre-wrap;overflow-wrap:anywhere}
    li.me{align-self:flex-end;background:${look.colour};color:${ink}}
    li img,li video{display:block;max-width:100%;border-radius:8px}
    li audio{display:block;max-width:100%}
    li a{color:inherit}
    form{border-top:1px solid #dde0e4;padding:8px;display:flex;gap:8px;align-items:end}
    form.ask{flex-wrap:wrap;align-items:center}
    label{width:100%}
    textarea,input{flex:1;min-width:0;border:1px solid #8a9099;border-radius:8px;padding:8px;font-size:16px;resize:none;color:inherit;background:#fff}
    p{margin:0;padding:4px 12px;color:#a4262c}
    p.busy{color:#5c6470;font-size:13px}
    button.clip{min-width:44px;padding:8px;font-size:20px;line-height:1}
    li small{display:block;font-size:12px;opacity:.8}
    .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    @media (max-width:480px){:host{right:8px;bottom:8px}:host(.on){left:8px}.box{width:100%;height:min(560px,calc(100vh - 16px))}}`);
  root.adoptedStyleSheets = [sheet];
  const title = look.title || t('在线咨询', 'Chat with us');
  const dot = el('span', { class: 'dot', hidden: '' });
  const open = el('button', { class: 'open', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'box' }, title, dot);
  const shut = el('button', { type: 'button', 'aria-label': t('关闭', 'Close') }, '×');
  const list = el('ol', {});
  const log = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': t('对话', 'Conversation'), tabindex: '0' }, list);
  const wrong = el('p', { role: 'alert', hidden: '' });
  const words = el('textarea', { id: 'words', rows: '2', maxlength: '2000', placeholder: t('输入消息…', 'Write a message…'), enterkeyhint: 'send' });
  const pick = el('input', { id: 'pick', type: 'file', class: 'sr', tabindex: '-1', 'aria-hidden': 'true', accept: 'image/png,image/jpeg,image/gif,image/webp,audio/*,video/mp4,video/webm,.pdf,.txt,.docx,.xlsx,.pptx' });
  const clip = el('button', { type: 'button', class: 'clip', 'aria-label': t('发送图片或文件', 'Send a picture or a file') }, '+');
  const say = el('form', {}, pick, clip, el('label', { for: 'words', class: 'sr' }, t('消息', 'Message')), words, el('button', { type: 'submit' }, t('发送', 'Send')));
  const busy = el('p', { class: 'busy', role: 'status', hidden: '' });
  const who = el('input', { id: 'who', maxlength: '254', autocomplete: 'tel', inputmode: 'email' });
  const later = el('button', { type: 'button', class: 'plain' }, t('先不留', 'Not now'));
  const ask = el('form', { class: 'ask', hidden: '' }, el('label', { for: 'who' }, t('留下手机号或邮箱，方便我们联系你', 'Leave a phone number or e-mail so that we can get back to you')),
    who, el('button', { type: 'submit' }, t('提交', 'Leave')), later);
  const box = el('div', { class: 'box', id: 'box', role: 'dialog', 'aria-label': title, hidden: '' },
    el('div', { class: 'top' }, el('h2', {}, title), shut), log, busy, wrong, ask, say);
  root.append(open, box);

  const complain = (text) => { wrong.textContent = text; wrong.hidden = !text; };
  const tell = (e) => complain(e.status === 429 ? t('太频繁了，请稍后再试', 'That is too often; try again shortly')
    : e.status === 413 ? t('文件最大 10 MB', 'A file may have 10 MB at most')
    : e.status === 422 ? t('格式不对，请检查', 'That does not look right; please check') : t('没有发出去，请再试一次', 'It was not sent; please try again'));
  const safe = (u) => { try { const a = u && new URL(u, base); return a && /^https?:$/.test(a.protocol) ? a.href : ''; } catch { return ''; } };

  let last = 0, unread = 0, mine = null, seen = 0, typing = false, told = 0;
  const ticked = () => { // under the last of theirs that staff have seen
    for (const old of log.querySelectorAll('small')) old.remove();
    if (mine && mine.seq <= seen) mine.li.append(el('small', {}, t('已读', 'Seen')));
  };
  const types = (on) => {
    typing = on;
    busy.textContent = on ? t('客服正在输入…', 'Staff are typing…') : '';
    busy.hidden = !on;
  };
  const looked = () => { // what is on the screen counts as read
    if (box.hidden || document.hidden || last <= told) return;
    told = last;
    call('POST', 'seen', { seq: last }).catch(() => { told = 0; });
  };
  const shown = new Set();
  const show = (m) => {
    if (m.seq && (m.seq <= last || shown.has(m.seq))) return;
    const li = el('li', m.from === 'visitor' ? { class: 'me' } : {});
    if (m.from !== 'visitor') li.append(el('span', { class: 'sr' }, t('客服：', 'Staff: ')));
    for (const p of m.parts) {
      if (p.text) li.append(p.text);
      const url = safe(p.url || p.pic_url);
      if (p.kind === 'image' && url) li.append(el('img', { src: url, alt: p.title || t('图片', 'Picture'), referrerpolicy: 'no-referrer' }));
      else if (p.kind === 'video' && url) li.append(el('video', { src: url, controls: '', preload: 'none', 'aria-label': p.title || t('视频', 'Film') }));
      else if (p.kind === 'voice' && url) li.append(el('audio', { src: url, controls: '', preload: 'none', 'aria-label': p.title || t('语音', 'Voice') }));
      else if (url) li.append(el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, ' ' + (p.title || url)));
    }
    list.append(li);
    log.scrollTop = log.scrollHeight;
    if (m.seq) shown.add(m.seq);
    if (m.seq && m.from === 'visitor') mine = { seq: m.seq, li };
    if (m.from === 'staff' && box.hidden && m.seq > (kept.read || 0)) {
      unread += 1;
      dot.textContent = unread;
      dot.hidden = false;
      open.setAttribute('aria-label', title + t('，有 ' + unread + ' 条新消息', ', ' + unread + ' new'));
    }
  };

  // Waiting for answers: held open while somebody looks, once a minute otherwise.
  let stop = null, timer = 0;
  const poll = async () => {
    clearTimeout(timer);
    if (stop || !kept.token || !(kept.chat || !box.hidden)) return;
    stop = new AbortController();
    let rest = 0;
    try {
      const r = await call('GET', 'messages?after=' + last + '&wait=' + (box.hidden ? 0 : 25) + '&typing=' + (typing ? 1 : 0) + '&seen=' + seen, null, stop.signal);
      r.items.forEach(show);
      last = Math.max(last, r.next);
      seen = Math.max(seen, r.seen || 0);
      types(!!r.typing);
      ticked();
      looked();
      if (!box.hidden) keep({ read: last });
    } catch (e) {
      if (e.status === 401) keep({ token: '', chat: false });
      else if (e.name !== 'AbortError') rest = 10000;
    }
    const aborted = stop.signal.aborted;
    stop = null;
    timer = setTimeout(poll, aborted ? 0 : rest || (box.hidden ? 60000 : 300));
  };
  const again = () => { if (stop) stop.abort(); else poll(); };

  const toggle = (on) => {
    box.hidden = !on;
    open.hidden = on;
    open.setAttribute('aria-expanded', on);
    host.classList.toggle('on', on);
    if (on) {
      unread = 0;
      dot.hidden = true;
      open.removeAttribute('aria-label');
      keep({ read: last });
      looked();
      ask.hidden = !(look.ask === 'before' && !kept.asked);
      (ask.hidden ? words : who).focus();
    } else open.focus();
    again();
  };
  open.addEventListener('click', () => toggle(true));
  shut.addEventListener('click', () => toggle(false));
  box.addEventListener('keydown', (e) => { if (e.key === 'Escape') toggle(false); });
  words.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); say.requestSubmit(); }
  });
  let key = '', sending = false;
  say.addEventListener('submit', async (e) => {
    e.preventDefault();
    const text = words.value.trim();
    if (!text || sending) return;
    sending = true;
    key = key || fresh();
    try {
      show(await as('POST', 'messages', { text, key })); // the key makes a second try the same message
      key = '';
      words.value = '';
      complain('');
      keep({ chat: true });
      if (look.ask === 'after' && !kept.asked) ask.hidden = false;
      again();
    } catch (err) { tell(err); }
    sending = false;
  });
  let typed = 0;
  words.addEventListener('input', () => {
    key = '';
    if (kept.chat && words.value && Date.now() - typed > 4000) {
      typed = Date.now();
      call('POST', 'typing', {}).catch(() => {});
    }
  });
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
  clip.addEventListener('click', () => pick.click());
  pick.addEventListener('change', async () => {
    const file = pick.files[0];
    pick.value = '';
    if (!file || sending) return;
    if (file.size > 10485760) { complain(t('文件最大 10 MB', 'A file may have 10 MB at most')); return; }
    sending = true;
    clip.disabled = true;
    complain('');
    busy.textContent = t('正在发送 ' + file.name, 'Sending ' + file.name);
    busy.hidden = false;
    try {
      show(await as('POST', 'files?key=' + fresh() + '&name=' + encodeURIComponent(file.name.slice(-100)), file));
      keep({ chat: true });
      again();
    } catch (err) {
      if (err.status === 422) complain(t('可以发送图片、语音、视频、PDF、Office 文档和文本', 'Pictures, sounds, films, PDF, Office documents and text can be sent'));
      else tell(err);
    }
    types(typing);
    sending = false;
    clip.disabled = false;
    clip.focus();
  });
  const asked = () => { keep({ asked: true }); ask.hidden = true; words.focus(); };
  later.addEventListener('click', asked);
  ask.addEventListener('submit', async (e) => {
    e.preventDefault();
    const v = who.value.trim();
    if (!v) return;
    try {
      await as('POST', 'identify', v.includes('@') ? { email: v } : { phone: v });
      complain('');
      asked();
      show({ from: 'system', parts: [{ text: t('谢谢，已记下。', 'Thank you, noted.') }] });
    } catch (err) { tell(err); }
  });
  const start = () => {
    document.body.append(host);
    show({ from: 'system', parts: [{ text: look.greeting || t('你好，有什么可以帮你？', 'Hello, how can we help?') }] });
    window.fishpondChat = { open: () => toggle(true), close: () => toggle(false) };
    if (!quiet) as('POST', 'visit', { url: location.href, referrer: document.referrer, title: document.title }).catch(() => {});
    poll();
  };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { looked(); again(); } });
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
})();
