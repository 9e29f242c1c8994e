// A message to many people, from the first word to what it brought: written in four steps, approved by a second person,
// sent to a real mail server, left by one of them, and reported against those who were left out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, choose, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { api as call } from './lib/inbox.mjs';
import { headerOf, startMailSink, textOf } from './lib/mailsink.mjs';
import { startDemoWithMail } from './lib/server.mjs';

let browser;
let server;
let sink;
let page;
let errors;
let context;
const people = []; // those of the segment, in order; the last three never agreed to anything
const name = '双十二预告';
const password = 'pond-and-tea-2026';

const api = (path, method, body) => call(page, path, method, body);
const field = (label) => page.getByLabel(label, { exact: true });
const text = () => page.getByRole('textbox', { name: '正文', exact: true });
const next = () => page.getByRole('button', { name: '下一步' }).click();
const stored = () => page.locator('.fp-campaign-saving.saved').waitFor();
const until = async (what, fn) => {
  for (let n = 0; n < 300; n++) {
    if (await fn()) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`in vain: ${what}`);
};

before(async () => {
  browser = await launch();
  sink = await startMailSink();
  server = await startDemoWithMail(300, sink);
  // A draft that is not complete is refused on purpose.
  ({ page, errors, context } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);
  await api('/carriers/accounts', 'POST', { kind: 'email', name: '官方邮箱', values: { from: 'tea@pond.example', server: sink.address, user: 'u', password: 'p' } });
  // By day and by night the same.
  const rules = await api('/reach/settings');
  await api('/reach/settings', 'PUT', { ...rules, quiet_hours: { ...rules.quiet_hours, enabled: false } });
  await api('/campaign-settings', 'PUT', { approve_over: 20, holdout_bp: 2000, global_bp: 0 });
  const tag = await api('/tags', 'POST', { name: '茶友', group: '群发', color: '' });
  for (let n = 1; n <= 43; n++) {
    const p = await api('/persons', 'POST', { name: `茶友${String(n).padStart(2, '0')}`, identities: [{ kind: 'email', value: `friend${n}@guests.example` }] });
    if (n <= 40) await api(`/persons/${p.id}/consents`, 'POST', { purpose: 'marketing', granted: true, text_version: 'v1', source: 'test' });
    people.push(p);
  }
  await api('/persons/tags', 'POST', { person_ids: people.map((p) => p.id), add: [tag.id], remove: [] });
  await api('/segments', 'POST', { name: '老茶友', text: 'tag:群发/茶友' });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sink?.stop();
});

test('a campaign is written in four steps, stores itself, and says in words what it lacks', async () => {
  await page.goto(`${server.url}/campaigns`);
  await page.getByText('发出第一条群发').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaigns, empty');
  await shoot(page, 'campaigns-empty-zh-CN-1280');

  await page.getByRole('button', { name: '新建群发' }).click();
  await field('名称').fill(name);
  await stored();
  // Nothing else is written yet: what lacks is said in words, with the way to it.
  await page.getByText('检查', { exact: true }).click();
  await page.getByRole('heading', { name: '还不能发送，先补上这几处' }).waitFor();
  const lacks = await page.locator('.fp-campaign-box .fp-list li').allInnerTexts();
  assert.ok(lacks.some((l) => l.startsWith('人群')) && lacks.some((l) => l.startsWith('账号')) && lacks.some((l) => l.startsWith('正文')), lacks.join('|'));
  assert.ok(!/account_ids|segment_id|\btext\b/.test(await page.locator('.fp-page').innerText()));
  await holds(async () => assert.ok(await page.getByRole('button', { name: '提交发送' }).isDisabled()));
  await settled(page);
  await assertAccessible(page, 'campaign, what it lacks');
  await shoot(page, 'campaign-lacks-zh-CN-1280');
  await page.getByRole('listitem').filter({ hasText: '还没有选择人群' }).getByRole('button', { name: '去改' }).click();

  await choose(page, '人群', '老茶友');
  await page.getByText('现有 43 人').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign, who');
  await shoot(page, 'campaign-who-zh-CN-1280');
  await next();

  await page.getByRole('combobox', { name: '账号（按优先顺序）' }).click();
  await openOption(page, '官方邮箱').click();
  await page.keyboard.press('Escape');
  await field('邮件标题').fill('{{ name }}，双十二有新茶');
  await text().fill('{{ nmae }}，您好');
  await page.getByText(/没有“nmae”这个变量/).waitFor(); // at the field, and not stored
  await page.locator('.fp-campaign-saving.refused').waitFor();
  await text().fill('，您好！今年的新茶到了：\nhttps://pond.example/new?from=mail\n{{ if gt orders 1 }}谢谢您再次光临。{{ end }}');
  await text().press('Control+Home');
  await page.getByRole('button', { name: '姓名', exact: true }).click(); // where the cursor is
  await stored();
  await holds(async () => assert.match(await text().inputValue(), /^\{\{ name \}\}，您好/));
  const preview = page.getByRole('complementary', { name: '预览' });
  await preview.getByText(/^茶友\d\d，双十二有新茶$/).waitFor();
  await page.getByRole('combobox', { name: '以某位客户的样子预览' }).fill('茶友07');
  await openOption(page, '茶友07').click();
  await preview.getByText('茶友07，双十二有新茶').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign, what');
  await shoot(page, 'campaign-what-zh-CN-1280');

  // A test goes to that person alone.
  await page.getByRole('button', { name: '发一条测试给 茶友07' }).click();
  await until('the test', () => sink.mails.length === 1);
  assert.equal(sink.mails[0].to, 'friend7@guests.example');
  assert.match(textOf(sink.mails[0]), /^茶友07，您好！/);
  sink.mails.length = 0;

  // It has stored itself: whoever comes back finds it.
  await page.reload();
  await page.getByRole('heading', { name }).waitFor();
  await page.getByText('发什么', { exact: true }).click();
  await holds(async () => assert.match(await text().inputValue(), /今年的新茶/));
  await next();
  await field('定时').check();
  await page.getByText('按 Asia/Shanghai 的时间').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign, when');
  await shoot(page, 'campaign-when-zh-CN-1280');
  await field('提交后立即开始').check();
  await stored();
  // Taken back before it was stored: there is nothing left to store, and the page says so.
  await field('定时').check();
  await field('提交后立即开始').check();
  await stored();
  await next();

  await page.getByText('人群现有 43 人').waitFor();
  await page.getByRole('region', { name: '不会发送' }).getByText('没有同意，或已撤回同意').waitFor();
  await holds(async () => assert.match(await page.getByRole('region', { name: '可以发送' }).innerText(), /40/));
  await page.getByText('要由另一位同事批准').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign, check');
  await shoot(page, 'campaign-check-zh-CN-1280');
});

test('nobody sends by accident: the name is typed, and a colleague approves', async () => {
  await page.getByRole('button', { name: '提交发送' }).click();
  const dialog = page.getByRole('dialog');
  const submit = dialog.getByRole('button', { name: '提交，等同事批准' });
  await holds(async () => assert.ok(await submit.isDisabled()));
  await dialog.getByRole('textbox', { name: '输入名称确认' }).fill('双十二');
  await holds(async () => assert.ok(await submit.isDisabled()));
  await dialog.getByRole('textbox', { name: '输入名称确认' }).fill(name);
  await assertAccessible(page, 'campaign, typing the name');
  await shoot(page, 'campaign-confirm-zh-CN-1280');
  await submit.click();
  await page.getByText('人数较多，需要另一位同事批准').waitFor();
  await page.getByText('这是你提交的，要由另一位同事批准。').waitFor();
  await holds(async () => assert.equal(await page.getByRole('button', { name: '批准', exact: true }).count(), 0));
  await settled(page);
  await shoot(page, 'campaign-awaiting-zh-CN-1280');
  assert.equal(sink.mails.length, 0);

  const { invite_url } = await api('/staff', 'POST', { name: '阿芬', email: 'afen@fishpond.example', role: 'operator' });
  const second = await visitor(browser, server.url, { expectErrors: [/401/] });
  await second.page.goto('/sign-in'); // the page of the invite would still be asking for what is used up
  await call(second.page, new URL(invite_url).pathname.replace('/invite/', '/invites/'), 'POST', { password });
  await second.page.goto(page.url());
  await second.page.getByRole('button', { name: '批准', exact: true }).click();
  sink.hold();
  await second.page.getByRole('dialog').getByRole('button', { name: /批\s*准/ }).click();
  await second.page.getByText('发送中', { exact: true }).first().waitFor();
  assert.deepEqual(second.errors, []);
  await second.context.close();
});

test('it goes to a mail server, some are left out, and progress says why others get nothing', async () => {
  await page.getByText('发送中', { exact: true }).first().waitFor();
  await page.getByRole('region', { name: '不发送' }).getByText('对照组，特意不发').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign, sending');
  await shoot(page, 'campaign-sending-zh-CN-1280');
  await page.getByRole('button', { name: '暂停', exact: true }).click();
  await page.getByText('已暂停', { exact: true }).waitFor();
  await page.getByRole('button', { name: '继续', exact: true }).click();
  sink.release();
  await page.getByText('已完成', { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText('已处理 100%').waitFor();
  const id = page.url().split('/').at(-1).split('?')[0];
  const c = await api(`/campaigns/${id}`);
  assert.equal(c.people, 43);
  assert.equal(c.treated + c.held_out, 43);
  assert.ok(c.held_out >= 7 && c.held_out <= 10, `${c.held_out} left out of 43`);
  assert.equal(sink.mails.length, c.progress.sent);
  assert.equal(new Set(sink.mails.map((m) => m.to)).size, sink.mails.length, 'nobody gets it twice');
  assert.equal(c.progress.sent + c.progress.held.consent, c.treated);
  await settled(page);
  await assertAccessible(page, 'campaign, done');
  await shoot(page, 'campaign-done-zh-CN-1280');

  // The numbers lead to the people.
  await page.getByRole('region', { name: '不发送' }).getByRole('link').first().click();
  await page.getByRole('table').getByText('对照组，特意不发').first().waitFor();
  await page.getByRole('link', { name: /^茶友/ }).first().waitFor();
  await settled(page);
  await shoot(page, 'campaign-held-people-zh-CN-1280');
  await page.goBack();
  await page.getByText('已处理 100%').waitFor();
});

test('who gets it can leave, in both languages and on a phone, and their clicks are counted', async () => {
  const mail = sink.mails[0];
  const leave = /<(https?:[^>]+)>/.exec(headerOf(mail, 'List-Unsubscribe'))?.[1];
  assert.ok(leave, 'a marketing mail has a way out');
  const link = /https?:\/\/\S+/.exec(textOf(mail))?.[0];
  const agent = { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1' };
  for (const [locale, button, done] of [
    ['zh-CN', /退订|不再接收/, 'zh-CN'],
    ['en', /unsubscribe|stop/i, 'en'],
  ]) {
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, locale, isMobile: true, hasTouch: true, javaScriptEnabled: true, ...agent });
    const guest = await phone.newPage();
    await guest.goto(new URL(new URL(leave).pathname, server.url).href);
    await guest.getByRole('button', { name: button }).waitFor();
    await assertFits(guest, `page to leave, ${locale}`);
    await assertAccessible(guest, `page to leave, ${locale}`);
    await shoot(guest, `campaign-leave-${locale}-390`);
    if (done === 'en') {
      await guest.getByRole('button', { name: button }).click();
      await until('the page says so', async () => (await guest.getByRole('button').count()) === 0);
      await shoot(guest, `campaign-left-${locale}-390`);
      // What they clicked, as a person with a browser does.
      if (link && link.startsWith(server.url)) {
        const answer = await phone.request.get(link, { maxRedirects: 0, headers: agent });
        assert.ok([302, 303, 307].includes(answer.status()), `${link}: ${answer.status()}`);
        assert.match(answer.headers().location, /^https:\/\/pond\.example\/new\?from=mail/);
      }
    }
    await phone.close();
  }
  const who = people.find((p, i) => mail.to === `friend${i + 1}@guests.example`);
  const accounts = await api('/reach/accounts');
  const account = accounts.items.find((a) => a.carrier === 'email').account_id;
  const said = await api(`/reach/explain?person_id=${who.id}&account_id=${account}&purpose=marketing`);
  assert.equal(said.why, 'consent');
});

test('the report says what it brought, or that one cannot tell, and can be taken along', async () => {
  await page.getByRole('tab', { name: '效果' }).click();
  await page.getByRole('heading', { name: '带来了多少' }).waitFor();
  await page.getByText('还看不出').first().waitFor();
  await page.getByText('还在统计').waitFor();
  await settled(page);
  await assertAccessible(page, 'report of few people');
  await shoot(page, 'campaign-report-few-zh-CN-1280');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出' }).click();
  const sheet = readFileSync(await (await saving).path(), 'utf8');
  assert.match(sheet, /结果,对照组人数/);
  assert.match(sheet, /下单的人/);

  // As it looks when there were enough people.
  await page.route('**/api/v1/campaigns/*/report', async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const interval = (estimate, low, high) => ({ estimate, low, high });
    const side = (n, mean) => ({ n, mean, sd: 0.3, total: n * mean });
    const outcome = (key, rate, a, b, per, total, verdict, more = {}) => ({ key, rate, control: side(4980, a), treated: side(44820, b), difference: b - a, low: 0, high: 0, se: 0.001, p_value: 0.003, adjusted: false, variance_reduction: 0, known: true, detectable: 0, lean: 0.1, per_1000: per, total, verdict, ...more });
    body.treated = 44820;
    body.holdout = 4980;
    body.outcomes = [
      outcome('visitors', true, 0.1124, 0.1391, interval(26.7, 17.2, 36.2), interval(1197, 771, 1622), 'higher'),
      outcome('buyers', true, 0.0502, 0.0588, interval(8.6, 2.1, 15.1), interval(385, 94, 677), 'higher', { adjusted: true, variance_reduction: 0.31 }),
      outcome('orders', false, 0.061, 0.066, interval(5.2, -1.4, 11.8), interval(233, -63, 529), 'cannot_tell', { needed_people: 81_000 }),
      outcome('money', false, 1420, 1395, interval(-25000, -210000, 160000), interval(-1120500, -9412200, 7171200), 'cannot_tell', { why: 'too_uneven' }),
    ];
    body.links = [
      { n: 1, url: 'https://pond.example/new?from=mail', clicks: 5210, people: 4388 },
      { n: 2, url: 'https://pond.example/catalogue/green-tea/long-jing-before-the-rain-2026', clicks: 812, people: 790 },
    ];
    const against = (other, per, verdict) => [{ name: other, per_1000: interval(per, per - 6, per + 6), p_value: 0.01, verdict }];
    const told = (key, mean, other, per, verdict, best) => ({ key, mean, total: mean * 4000, best_probability: best, against: against(other, per, verdict) });
    body.variants = [
      { name: 'A', people: 4482, outcomes: [told('clickers', 0.081, 'B', -17, 'lower', 0.02), told('visitors', 0.131, 'B', -9, 'cannot_tell', 0.2), told('buyers', 0.056, 'B', -2, 'cannot_tell', 0.3), told('orders', 0.061, 'B', -1, 'cannot_tell', 0.3), told('money', 1390, 'B', -900, 'cannot_tell', 0.4), told('unsubscribed', 0.002, 'B', 0, 'cannot_tell', 0.5)] },
      { name: 'B', people: 4481, outcomes: [told('clickers', 0.098, 'A', 17, 'higher', 0.98), told('visitors', 0.14, 'A', 9, 'cannot_tell', 0.8), told('buyers', 0.058, 'A', 2, 'cannot_tell', 0.7), told('orders', 0.062, 'A', 1, 'cannot_tell', 0.7), told('money', 1391, 'A', 900, 'cannot_tell', 0.6), told('unsubscribed', 0.002, 'A', 0, 'cannot_tell', 0.5)] },
    ];
    await route.fulfill({ json: body });
  });
  await page.reload();
  await page.getByText(/每千人多 26.7/).waitFor();
  await settled(page);
  await assertAccessible(page, 'report');
  await shoot(page, 'campaign-report-zh-CN-1280');
  await page.emulateMedia({ media: 'print' });
  await shoot(page, 'campaign-report-print-zh-CN-1280');
  await page.emulateMedia({ media: 'screen' });
  for (const [language, width] of [
    ['en', 1280],
    ['en', 390],
  ]) {
    const v = await visitor(browser, server.url, { language, width, storageState: { cookies: (await context.storageState()).cookies, origins: [] } });
    await v.page.route('**/api/v1/campaigns/*/report', async (route) => route.fulfill({ json: await page.evaluate((u) => fetch(u).then((r) => r.json()), new URL(route.request().url()).pathname) }));
    await v.page.goto(page.url());
    await v.page.getByRole('heading', { name: 'What it brought' }).waitFor();
    await settled(v.page);
    await assertFits(v.page, `report ${language} ${width}`);
    await assertAccessible(v.page, `report ${language} ${width}`);
    await shoot(v.page, `campaign-report-${language}-${width}`);
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
  await page.unroute('**/api/v1/campaigns/*/report');
  await page.getByRole('tab', { name: '内容' }).click();
  await settled(page);
  await shoot(page, 'campaign-content-zh-CN-1280');
  await page.getByRole('tab', { name: '经过' }).click();
  await page.getByText('阿芬').waitFor();
  await shoot(page, 'campaign-history-zh-CN-1280');
});

test('versions are written side by side, and two people do not overwrite each other', async () => {
  await page.goto(`${server.url}/campaigns`);
  await page.getByRole('button', { name: `复制「${name}」` }).click();
  await page.getByRole('heading', { name: `${name} 副本` }).waitFor();
  await page.getByText('发什么', { exact: true }).click();
  await page.getByRole('button', { name: '再写一个版本做对比' }).click();
  await page.getByText('版本 B · 50%').waitFor();
  await field('邮件标题').fill('新茶到了，给您留了一份');
  await page.getByRole('switch', { name: '先测试，再自动发胜者' }).click();
  await stored();
  await settled(page);
  await assertAccessible(page, 'campaign, versions');
  await shoot(page, 'campaign-versions-zh-CN-1280');
  const id = page.url().split('/').at(-1).split('?')[0];
  const now = await api(`/campaigns/${id}`);
  assert.deepEqual(
    now.variants.map((v) => [v.name, v.share_bp, v.subject]),
    [
      ['A', 5000, '{{ name }}，双十二有新茶'],
      ['B', 5000, '新茶到了，给您留了一份'],
    ],
  );
  assert.equal(now.winner.metric, 'clicks');
  // A colleague changes it meanwhile.
  await api(`/campaigns/${id}`, 'PUT', { name: '同事改的', purpose: 'marketing', account_ids: now.account_ids, text: 'x', version: now.version });
  errors.length = 0;
  await field('邮件标题').fill('我也在改');
  await page.getByText('别人刚改过这个群发').waitFor();
  await settled(page);
  await shoot(page, 'campaign-conflict-zh-CN-1280');
  await page.getByRole('button', { name: '重新打开' }).click();
  await page.getByRole('heading', { name: '同事改的' }).waitFor();
  assert.ok(errors.every((e) => /409/.test(e)), errors.join('\n'));
  errors.length = 0;
});

test('the list: search, state, export, delete with undo; settings', async () => {
  await page.goto(`${server.url}/campaigns`);
  await page.getByRole('link', { name, exact: true }).waitFor();
  await settled(page);
  await assertAccessible(page, 'campaigns');
  await shoot(page, 'campaigns-zh-CN-1280');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出' }).click();
  assert.match(readFileSync(await (await saving).path(), 'utf8'), /双十二预告,已完成,老茶友,营销,43/);
  await page.getByRole('button', { name: '删除「同事改的」' }).click();
  await page.getByText('已删除「同事改的」').waitFor();
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByRole('link', { name: '同事改的' }).waitFor();
  await choose(page, '状态', '已完成');
  await page.getByRole('link', { name: '同事改的' }).waitFor({ state: 'detached' });
  assert.match(page.url(), /status=done/);

  await page.goto(`${server.url}/campaigns/settings`);
  await field('全局对照组').fill('3');
  await page.getByRole('button', { name: /保\s*存/ }).click();
  await page.getByText('已保存').waitFor();
  assert.equal((await api('/campaign-settings')).global_bp, 300);
  await page.getByRole('button', { name: '撤销' }).click();
  await until('undone', async () => (await api('/campaign-settings')).global_bp === 0);
  await settled(page);
  await assertAccessible(page, 'settings of campaigns');
  await shoot(page, 'campaign-settings-zh-CN-1280');
  assert.deepEqual(errors, []);
});

test('a campaign comes again and again, with a file: written in the wizard, paused, resumed and stopped', async () => {
  const settings = await api('/campaign-settings');
  await api('/campaign-settings', 'PUT', { ...settings, approve_over: 100 });
  const account = (await api('/reach/accounts')).items.find((a) => a.carrier === 'email').account_id;
  const segment = (await api('/segments?limit=50')).items.find((x) => x.name === '老茶友').id;
  const made = await api('/campaigns', 'POST', { name: '每月茶单', segment_id: segment, purpose: 'marketing', account_ids: [account], subject: '本月茶单', text: '{{ name }}，本月茶单来了' });
  await page.goto(`${server.url}/campaigns/${made.id}`);
  await page.getByText('发什么', { exact: true }).click();
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await page.locator('.fp-campaign-fields input[type="file"]').setInputFiles({ name: '茶单.png', mimeType: 'image/png', buffer: png });
  await page.getByRole('list', { name: '已选的附件' }).getByText('茶单.png').waitFor();
  await until('the file is stored', async () => (await api(`/campaigns/${made.id}`)).attachments?.length === 1);
  await settled(page);
  await assertAccessible(page, 'campaign, a file');
  await shoot(page, 'campaign-file-zh-CN-1280');

  await page.getByText('什么时候', { exact: true }).click();
  await field('定期重复').check();
  await field('每月').check();
  await page.getByText('每月 1 日 10:00 发送。').waitFor();
  await page.getByText(/现在提交，第一次是 .*1日.* 10:00/).waitFor();
  await until('the schedule is stored', async () => (await api(`/campaigns/${made.id}`)).schedule?.every === 'month');
  await settled(page);
  await assertAccessible(page, 'campaign, again and again');
  await shoot(page, 'campaign-again-zh-CN-1280');
  await next();
  await page.getByText('人群现有 43 人').waitFor();
  await page.getByRole('button', { name: '提交发送' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('每次按当时的人群自动发给客户').waitFor();
  await dialog.getByRole('textbox', { name: '输入名称确认' }).fill('每月茶单');
  await dialog.getByRole('button', { name: '提交发送' }).click();

  await page.getByRole('heading', { name: '每月 1 日 10:00 发送。' }).waitFor();
  await page.getByText('进行中', { exact: true }).waitFor();
  await page.getByText('还没有发过').waitFor();
  await settled(page);
  await assertAccessible(page, 'series');
  await shoot(page, 'campaign-series-zh-CN-1280');
  assert.match((await api(`/campaigns/${made.id}`)).next_at, /-01T02:00:00Z$/);
  await page.getByRole('button', { name: '暂停', exact: true }).click();
  await page.getByText('已暂停', { exact: true }).waitFor();
  await page.getByRole('button', { name: '继续', exact: true }).click();
  await page.getByText('进行中', { exact: true }).waitFor();
  await page.getByRole('button', { name: '停止重复' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '停止重复' }).click();
  await page.getByText('已取消', { exact: true }).waitFor();
  assert.equal((await api(`/campaigns/${made.id}`)).next_at, null);
  await api('/campaign-settings', 'PUT', { ...(await api('/campaign-settings')), approve_over: settings.approve_over });
});

test('in English, on a phone, and when the server fails', async () => {
  const { cookies } = await context.storageState(); // not the language
  const done = (await api('/campaigns?status=done')).items[0].id;
  const draft = (await api('/campaigns?status=draft')).items[0].id;
  for (const [language, width] of [
    ['en', 1280],
    ['en', 390],
    ['zh-CN', 390],
  ]) {
    const v = await visitor(browser, server.url, { language, width, storageState: { cookies, origins: [] }, expectErrors: [/422/] });
    for (const [what, path] of [
      ['campaigns', '/campaigns'],
      ['campaign-done', `/campaigns/${done}`],
      ['campaign-who', `/campaigns/${draft}`],
      ['campaign-settings', '/campaigns/settings'],
    ]) {
      await v.page.goto(path);
      await settled(v.page);
      await assertFits(v.page, `${what} ${language} ${width}`);
      await assertAccessible(v.page, `${what} ${language} ${width}`);
      await shoot(v.page, `${what}-${language}-${width}`);
    }
    await v.page.goto(`/campaigns/${draft}`);
    await v.page.getByText(language === 'en' ? 'What' : '发什么', { exact: true }).click();
    await settled(v.page);
    await assertFits(v.page, `what ${language} ${width}`);
    await assertAccessible(v.page, `what ${language} ${width}`);
    await shoot(v.page, `campaign-what-${language}-${width}`);
    await v.page.getByText(language === 'en' ? 'Check' : '检查', { exact: true }).click();
    await settled(v.page);
    await assertFits(v.page, `check ${language} ${width}`);
    await shoot(v.page, `campaign-check-${language}-${width}`);
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
  await page.route('**/api/v1/campaigns?*', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', title: '忙', detail: '数据库没有应答' }) }));
  await page.goto(`${server.url}/campaigns`);
  await page.getByText('数据库没有应答').waitFor();
  await shoot(page, 'campaigns-failing-zh-CN-1280');
});
