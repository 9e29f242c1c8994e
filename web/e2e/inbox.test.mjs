// Conversations: two members of staff in two browsers, a customer in a third at the real chat of the
// brand's site, another one at the simulated platform; lost lines, refused messages, hostile texts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { api, bubble, comes, field, row } from './lib/inbox.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> \u202Eevil\u202C שלום "'&`;
let browser;
let sea;
let server;
let web; // the chat on the brand's site
let anna; // who set the brand up
let bob; // an operator
let guest; // a customer in the widget
const official = { appid: 'wxinbox0000000001', secret: 'a'.repeat(32), token: 'inboxtoken', key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' };

const control = (path, body, method) => play(sea, path, body, method);

/** What the carrier has taken; the chat tells soon that it arrived and was read. */
const taken = ':is([data-state="sent"], [data-state="delivered"], [data-state="read"])';
const inbox = '/inbox?tab=all';

/** What a thread shows, in order: all of it, as people read it. */
const shown = (page) => page.locator('article[data-message] .fp-inbox-bubble').allInnerTexts();

async function answers(page, text) {
  await field(page).fill(text);
  await field(page).press('Enter');
}

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  server = await startDemo(300, '--platforms', sea.url);
  const expectErrors = [/401/, /ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/, /409/, /422/, /503/, /\/invites\//]; // a spent invitation is asked for once more when its page is left
  anna = await visitor(browser, server.url, { expectErrors });
  await signIn(anna.page, server);
  const { invite_url } = await api(anna.page, '/staff', 'POST', { name: '阿芬', email: 'afen@fishpond.example', role: 'operator' });
  const password = 'pond-and-tea-2026';
  bob = await visitor(browser, server.url, { expectErrors });
  await bob.page.goto(new URL(invite_url).pathname);
  await bob.page.evaluate(
    async ([token, p]) => {
      const r = await fetch(`/api/v1/invites/${token}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password: p }) });
      if (!r.ok) throw new Error(await r.text());
    },
    [new URL(invite_url).pathname.split('/').at(-1), password],
  );
  await bob.page.goto('/');
  await settled(bob.page);
  web = (await api(anna.page, '/carriers/accounts')).items.find((a) => a.kind === 'web').id;
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('two browsers see a customer’s message within a second, and each other', async () => {
  await Promise.all([anna, bob].map(async ({ page }) => {
    await page.goto(inbox);
    await settled(page);
    await page.locator('[data-line="on"]').waitFor();
  }));
  guest = await comes(browser, server, web);
  const late = [];
  for (const text of ['你好，中秋礼盒还有吗', '要两盒', '能开发票吗']) {
    const said = guest.says(text).then(() => Date.now());
    const seen = await Promise.all([anna, bob].map(({ page }) => row(page, text).waitFor().then(() => Date.now())));
    const begun = await said;
    late.push(...seen.map((at) => at - begun));
  }
  console.log('message to browser, ms after the customer saw it sent:', late.join(' '));
  assert.ok(Math.max(...late) < 1000, `within a second: ${late}`);
  for (const { page } of [anna, bob]) await holds(async () => assert.equal(await row(page, '能开发票吗').getAttribute('data-unread'), '3'));

  await Promise.all([anna, bob].map(({ page }) => row(page, '能开发票吗').click()));
  for (const { page } of [anna, bob]) {
    await page.locator('[data-unread-line]').waitFor();
    assert.deepEqual((await shown(page)).slice(-3), ['你好，中秋礼盒还有吗', '要两盒', '能开发票吗']);
  }
  await anna.page.locator('[data-others="looking"]', { hasText: '阿芬' }).waitFor();
  await bob.page.locator('[data-others="looking"]', { hasText: '演示账号' }).waitFor();
  // Read by both, each for themselves.
  for (const { page } of [anna, bob]) await page.locator('[data-conversation].open[data-unread="0"]').waitFor();

  await field(anna.page).pressSequentially('有的');
  await bob.page.locator('[data-others="typing"]', { hasText: '演示账号 正在回复' }).waitFor();
  await shoot(bob.page, 'inbox-collision-zh-CN-1280');
  await assertAccessible(bob.page, 'collision');
});

test('both answer: everybody sees both answers once, in one order', async () => {
  await answers(anna.page, '有的，今天就能发');
  await bubble(bob.page, '有的，今天就能发').waitFor();
  await bob.page.locator('[data-someone-elses]').waitFor(); // it is hers now: whoever writes is told
  await answers(bob.page, '发票写什么抬头？');
  for (const text of ['有的，今天就能发', '发票写什么抬头？']) {
    await guest.heard(text).waitFor();
    for (const { page } of [anna, bob]) await bubble(page, text).locator(taken).waitFor();
  }
  const [a, b] = await Promise.all([shown(anna.page), shown(bob.page)]);
  assert.deepEqual(a, b);
  assert.equal(a.length, 5);
  assert.equal(await guest.heard('有的，今天就能发').count(), 1);
});

test('a conversation is transferred with a note', async () => {
  await anna.page.getByRole('heading', { name: '会话', exact: true }).click();
  await anna.page.keyboard.press('t');
  const dialog = anna.page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: '转给' }).click();
  await openOption(anna.page, '阿芬').click();
  await dialog.getByRole('textbox', { name: '交代一句' }).fill('要开公司抬头，客户很急');
  await shoot(anna.page, 'inbox-transfer-zh-CN-1280');
  await dialog.getByRole('button', { name: '转接' }).click();
  for (const { page } of [anna, bob]) {
    await page.locator('article[data-direction="note"]', { hasText: '要开公司抬头，客户很急' }).waitFor();
    await page.locator('[data-handover]', { hasText: '由 演示账号 转给 阿芬' }).waitFor();
  }
  await bob.page.locator('[data-someone-elses]').waitFor({ state: 'detached' });
  await anna.page.locator('[data-someone-elses]').waitFor();
  await bob.page.locator('[data-tab="mine"]', { hasText: '1' }).waitFor();
  assert.equal(await guest.page.getByText('要开公司抬头').count(), 0, 'the customer does not see it');
  await shoot(bob.page, 'inbox-transferred-zh-CN-1280');
});

test('one goes offline and comes back: nothing is missed, nothing is there twice', async () => {
  await bob.context.setOffline(true);
  await bob.page.locator('.fp-inbox[data-line="lost"]').waitFor();
  await bob.page.locator('[data-line="lost"].fp-inbox-lost').waitFor();
  await answers(bob.page, '离线时写的回复');
  await bob.page.locator('[data-outgoing][data-state="offline"]').waitFor();
  const meanwhile = ['第一句', '第二句', '第三句'];
  for (const text of meanwhile) await guest.says(text);
  await answers(anna.page, '同事先回一句');
  await guest.heard('同事先回一句').waitFor();
  await bubble(anna.page, '第三句').waitFor();
  assert.equal(await bubble(bob.page, '第三句').count(), 0);
  await shoot(bob.page, 'inbox-offline-zh-CN-1280');
  await assertAccessible(bob.page, 'offline');

  // A reload in between loses nothing of what was written either: it waits in the browser.
  const kept = await bob.page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('fishpond.outbox.')).length);
  assert.equal(kept, 1);
  await bob.context.setOffline(false);
  await bob.page.locator('.fp-inbox[data-line="on"]').waitFor();
  for (const text of [...meanwhile, '同事先回一句', '离线时写的回复']) {
    await bubble(bob.page, text).waitFor();
    assert.equal(await bubble(bob.page, text).count(), 1, text);
  }
  await bob.page.locator('[data-outgoing]').waitFor({ state: 'detached' });
  await guest.heard('离线时写的回复').waitFor();
  await bubble(anna.page, '离线时写的回复').locator(taken).waitFor();
  await bubble(bob.page, '离线时写的回复').locator(taken).waitFor();
  assert.equal(await guest.heard('离线时写的回复').count(), 1, 'sent once');
  const [a, b] = await Promise.all([shown(anna.page), shown(bob.page)]);
  assert.deepEqual(a, b);
  for (const { page } of [anna, bob]) await page.locator('[data-conversation].open[data-unread="0"]').waitFor();
});

test('unread is right for each of the two', async () => {
  const name = await anna.page.locator('[data-conversation].open').getAttribute('data-conversation');
  const mine = (page) => page.locator(`[data-conversation="${name}"]`);
  await anna.page.keyboard.press('Escape');
  await anna.page.locator('[data-conversation]').nth(2).click();
  await guest.says('还有一个问题');
  await guest.says('包邮吗');
  await anna.page.locator(`[data-conversation="${name}"][data-unread="2"]`).waitFor();
  await bubble(bob.page, '包邮吗').waitFor();
  await bob.page.locator(`[data-conversation="${name}"][data-unread="0"]`).waitFor();
  await holds(async () => assert.equal(await mine(anna.page).getAttribute('data-unread'), '2', 'another’s looking is not hers'));
  const ask = (page) => api(page, `/inbox/conversations/${name}`).then((d) => d.unread);
  assert.deepEqual([await ask(anna.page), await ask(bob.page)], [2, 0]);
  await answers(bob.page, '满 99 包邮');
  await anna.page.locator(`[data-conversation="${name}"][data-unread="0"]`).waitFor(); // it is answered
  await guest.heard('满 99 包邮').waitFor();
  // It is resolved by a key, and back by a click.
  await bob.page.keyboard.press('Escape');
  await bob.page.keyboard.press('e');
  await mine(bob.page).waitFor({ state: 'detached' });
  await mine(anna.page).waitFor({ state: 'detached' });
  await bob.page.locator('.ant-notification').getByRole('button', { name: '撤销' }).click();
  await mine(bob.page).waitFor();
  await mine(anna.page).waitFor();
});

test('hostile names and texts are shown as they are', async () => {
  await row(bob.page, '满 99 包邮').click();
  const [conversation] = (await api(bob.page, '/inbox/conversations?tab=mine')).items;
  await api(bob.page, `/persons/${conversation.person_id}`, 'PATCH', { name: hostile.slice(0, 60) });
  await guest.says(hostile);
  await guest.says('看 https://fishpond.example/a?b=1，还有 javascript:alert(1)');
  await bubble(bob.page, 'javascript:alert(1)').waitFor();
  await bubble(bob.page, '<script>window.hacked=1</script>').waitFor();
  const link = bubble(bob.page, 'javascript:alert(1)').locator('a');
  await holds(async () => assert.equal(await link.count(), 1));
  await holds(async () => assert.equal(await link.getAttribute('href'), 'https://fishpond.example/a?b=1'));
  assert.match(await link.getAttribute('rel'), /noopener/);
  assert.equal(await bob.page.evaluate(() => window.hacked), undefined);
  await bob.page.locator('.fp-inbox-head h2', { hasText: '<img' }).waitFor();
  await settled(bob.page);
  await shoot(bob.page, 'inbox-hostile-zh-CN-1280');
  await assertFits(bob.page, 'hostile');
  // Called otherwise by one, seen by both at once.
  await api(bob.page, `/persons/${conversation.person_id}`, 'PATCH', { name: '陈礼盒' });
  for (const { page } of [anna, bob]) await row(page, '陈礼盒').waitFor();
  await bob.page.locator('.fp-inbox-side h2', { hasText: '陈礼盒' }).waitFor();
});

test('a message that the platform refuses is shown as failed, and truly sent when tried again', async () => {
  await control('/accounts', { appid: official.appid, kind: 'official_account', name: '山野茶事服务号', secret: official.secret });
  const account = await api(anna.page, '/carriers/accounts', 'POST', {
    kind: 'official_account',
    name: '山野茶事服务号',
    values: { app_id: official.appid, secret: official.secret, callback_token: official.token, callback_key: official.key, base_url: sea.url },
  });
  await control(`/accounts/${official.appid}/callback`, { url: `${server.url}/callbacks/${account.id}`, token: official.token, key: official.key }, 'PUT');
  const [follower] = (await control('/customers', { name: '周粉丝' })).items;
  await control(`/accounts/${official.appid}/follow`, { customer: follower.id });
  await control(`/accounts/${official.appid}/say`, { customer: follower.id, text: '公众号里问一句' });
  await control('/callbacks/drain', { seconds: 10 });
  await row(anna.page, '公众号里问一句').click();
  await bubble(anna.page, '公众号里问一句').waitFor();
  await anna.page.locator('[data-composer="window"]', { hasText: '还能发 5 条' }).waitFor();

  const { id } = await control('/faults', { kind: 'errcode', scope: official.appid, path: 'message/custom/send', code: 45047 });
  await answers(anna.page, '这句发不出去');
  const broken = bubble(anna.page, '这句发不出去');
  await broken.locator('[data-state="failed"]').waitFor();
  await holds(async () => assert.notEqual(await broken.locator('.fp-inbox-why').innerText(), ''));
  await settled(anna.page);
  await shoot(anna.page, 'inbox-failed-zh-CN-1280');
  await assertAccessible(anna.page, 'failed message');
  await control(`/faults/${id}`, undefined, 'DELETE');
  await broken.getByRole('button', { name: '重发' }).click();
  await broken.locator(taken).waitFor();
  await holds(async () => assert.equal(await broken.count(), 1));
  await broken.getByText('试了 2 次').waitFor();
  await anna.page.locator('[data-composer="window"]', { hasText: '还能发 4 条' }).waitFor();

  // The window is used up: nothing more can be sent, and it says why.
  for (const n of [2, 3, 4, 5]) {
    await answers(anna.page, `第 ${n} 条`);
    await bubble(anna.page, `第 ${n} 条`).locator(taken).waitFor();
  }
  await anna.page.locator('[data-composer="closed"]', { hasText: '要等客户再次回复' }).waitFor();
  await holds(async () => assert.ok(await field(anna.page).isDisabled()));
  await shoot(anna.page, 'inbox-closed-zh-CN-1280');
});

test('a server that fails for a while gets the message once', async () => {
  await row(bob.page, '陈礼盒').click();
  let tries = 0;
  await bob.page.route(/\/messages$/, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    tries++;
    // The first answer is lost on its way back: the server has taken it.
    if (tries === 1) {
      await route.fetch();
      return route.abort();
    }
    if (tries === 2) return route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: '忙', status: 503, detail: '系统繁忙' }) });
    return route.continue();
  });
  await answers(bob.page, '只应出现一次');
  await bob.page.locator('[data-outgoing]').waitFor({ state: 'detached' });
  await guest.heard('只应出现一次').waitFor();
  await bob.page.waitForFunction(() => Object.keys(localStorage).every((k) => !k.startsWith('fishpond.outbox.')));
  assert.ok(tries >= 3, `${tries} tries`);
  await bob.page.unroute(/\/messages$/);
  assert.equal(await bubble(bob.page, '只应出现一次').count(), 1);
  assert.equal(await guest.heard('只应出现一次').count(), 1);
});

test('pictures and files go both ways, and nothing in them runs', async () => {
  const { page } = bob;
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await row(page, '陈礼盒').click();
  await page.locator('.fp-inbox-composer input[type="file"]').setInputFiles({ name: '茶样.png', mimeType: 'image/png', buffer: png });
  await page.locator('[data-upload="done"]', { hasText: '茶样.png' }).waitFor();
  await field(page).fill('样图在这');
  await shoot(page, 'inbox-attach-zh-CN-1280');
  await page.locator('.fp-inbox-composer').getByRole('button', { name: /发送$/ }).click();
  const ours = bubble(page, '样图在这');
  await ours.locator('img').waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('article.out img')].at(-1)?.naturalWidth === 1);
  await guest.page.locator('#fishpond-chat li:not(.me) img').waitFor();

  // A page that calls itself a picture, and a name that climbs out of its folder: kept as bytes, or refused.
  const hostile = Buffer.from('<script>parent.hacked=1</script><svg onload="window.hacked=1">');
  await guest.page.locator('#fishpond-chat input[type="file"]').setInputFiles({ name: '../../x.pdf', mimeType: 'application/pdf', buffer: hostile });
  await guest.page.locator('#fishpond-chat input[type="file"]').setInputFiles({ name: '实拍.png', mimeType: 'image/png', buffer: png });
  const theirs = page.locator('article.in:last-of-type .fp-inbox-picture img').last();
  await theirs.waitFor();
  await settled(page);
  await shoot(page, 'inbox-attachments-zh-CN-1280');
  for (const a of await page.locator('article.in a.fp-inbox-thing').all()) {
    assert.match(await a.getAttribute('rel'), /noopener/);
    const answer = await page.request.get(await a.getAttribute('href'));
    assert.match(answer.headers()['content-disposition'], /^attachment/);
    assert.match(answer.headers()['content-security-policy'], /sandbox/);
  }
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  // What the account cannot send is said at once.
  await holds(async () => assert.deepEqual(await page.locator('[data-outgoing]').count(), 0));
});

test('a message is found by its words and shown in its place', async () => {
  await anna.page.keyboard.press('Escape');
  await anna.page.keyboard.press('f');
  await anna.page.keyboard.type('礼盒');
  const hit = anna.page.locator('[data-found]', { hasText: '中秋礼盒还有吗' });
  await hit.locator('mark', { hasText: '礼盒' }).waitFor();
  await hit.click();
  await anna.page.locator('article.lit', { hasText: '中秋礼盒还有吗' }).waitFor();
  await anna.page.locator('article.lit mark', { hasText: '礼盒' }).waitFor();
  await settled(anna.page);
  await shoot(anna.page, 'inbox-search-zh-CN-1280');
  await assertAccessible(anna.page, 'search');
  await anna.page.getByRole('textbox', { name: '搜索全部消息' }).fill('');
  await anna.page.locator('[data-conversation]').first().waitFor();
});

test('quick replies are found by pinyin, drafts wait for their writer', async () => {
  await row(bob.page, '陈礼盒').click();
  await api(bob.page, '/inbox/quick-replies', 'POST', { scope: 'personal', title: '礼盒几时到', folder: '售后', parts: [{ kind: 'text', text: '{{person.name}}您好，今天 16 点前下单当天发。{{staff.name}}' }] });
  await field(bob.page).fill('');
  await bob.page.getByRole('textbox', { name: '写给客户' }).pressSequentially('/lhjs');
  const option = bob.page.getByRole('option', { name: /礼盒几时到/ });
  await option.waitFor();
  await shoot(bob.page, 'inbox-quick-zh-CN-1280');
  await assertAccessible(bob.page, 'quick replies');
  await bob.page.keyboard.press('Enter');
  await bob.page.waitForFunction(() => document.querySelector('.fp-inbox-composer textarea')?.value === '陈礼盒您好，今天 16 点前下单当天发。阿芬');
  // It is kept by the server: another visit finds it.
  await bob.page.waitForResponse((r) => r.url().endsWith('/draft') && r.status() === 204);
  await bob.page.reload();
  await bob.page.waitForFunction(() => document.querySelector('.fp-inbox-composer textarea')?.value.startsWith('陈礼盒您好'));
  await field(bob.page).press('Enter');
  await guest.heard('陈礼盒您好').waitFor();
});

test('desks, automatic answers and quick replies are set up', async () => {
  const { page } = anna;
  await page.goto('/inbox/settings');
  const desk = page.locator(`[data-desk="${web}"]`);
  await desk.getByRole('spinbutton', { name: '每人上限' }).fill('7');
  await desk.getByRole('button', { name: '添加时段' }).click();
  await desk.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存').waitFor();
  const saved = (await api(page, '/inbox/desks')).items.find((d) => d.account_id === web);
  assert.deepEqual([saved.capacity, saved.hours], [7, [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }]]);
  await desk.getByRole('button', { name: '移除时段' }).click();
  await desk.getByRole('button', { name: '保存' }).click();
  await page.waitForFunction(async (id) => (await (await fetch('/api/v1/inbox/desks')).json()).items.find((d) => d.account_id === id).hours.length === 0, web);

  await page.getByRole('tab', { name: '自动回复' }).click();
  await settled(page);
  await page.getByRole('button', { name: '新建规则' }).first().click();
  const dialog = page.getByRole('dialog', { name: '新建规则' });
  await dialog.getByLabel('名称').fill('问保质期');
  await dialog.getByLabel('关键词').fill('保质期');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('回复内容').fill('龙井密封冷藏可放 18 个月。');
  await shoot(page, 'inbox-rule-zh-CN-1280');
  await dialog.getByRole('button', { name: '保存' }).click();
  await page.locator('tr', { hasText: '问保质期' }).waitFor();
  await page.getByRole('textbox', { name: '假设客户发来…' }).fill('龙井的保质期多久？');
  await page.getByRole('button', { name: '看看会怎么回' }).click();
  await page.locator('[data-tried="问保质期"]').waitFor();
  await settled(page);
  await shoot(page, 'inbox-rule-tried-zh-CN-1280');
  // It answers the customer too, and says that it was a machine. Staff have just talked: another customer asks.
  const other = await comes(browser, server, web);
  await other.says('请问保质期多久');
  await other.heard('可放 18 个月').waitFor();
  await page.goto(inbox);
  await row(page, '可放 18 个月').click();
  await bubble(page, '可放 18 个月').getByText('自动回复').waitFor();
  await other.context.close();

  await page.goto('/inbox/settings?tab=quick');
  await settled(page);
  await page.getByLabel('导入 CSV').first().setInputFiles({ name: 'q.csv', mimeType: 'text/csv', buffer: Buffer.from('\uFEFF目录,标题,内容\r\n售前,新客券,"新客满 99 减 10，\n今天有效"\r\n售前,,没有标题\r\n') });
  await page.getByText('导入了 1 条').waitFor();
  await page.getByText('第 3 行', { exact: false }).waitFor();
  await page.locator('tr', { hasText: '新客券' }).waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出 CSV' }).click()]);
  assert.equal(file.suggestedFilename(), 'quick-replies.csv');
});

test('the hands need not leave the keys', async () => {
  const { page } = bob;
  await page.goto(`${inbox}&account=${web}`); // where something can be written
  await settled(page);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = await page.locator('.fp-inbox-row').nth(1).getAttribute('data-conversation');
  await holds(async () => assert.equal(await page.locator('.fp-inbox-row.marked').getAttribute('data-conversation'), second));
  await page.keyboard.press('Enter');
  await page.locator(`[data-conversation="${second}"].open`).waitFor();
  await page.locator('.fp-inbox-head').waitFor();
  await page.keyboard.press('r');
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: '会话快捷键' }).waitFor();
  await shoot(page, 'inbox-keys-zh-CN-1280');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: '会话快捷键' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('u');
  await page.locator('[data-pane="list"]').waitFor();
});

for (const { language, width, look = 'light' } of [
  { language: 'zh-CN', width: 1280 },
  { language: 'zh-CN', width: 390 },
  { language: 'en', width: 1280 },
  { language: 'en', width: 390 },
  { language: 'zh-CN', width: 1280, look: 'dark' },
]) {
  test(`the inbox in ${language} at ${width} px, ${look}`, async () => {
    const v = await visitor(browser, server.url, { language, width, look, storageState: await anna.context.storageState() });
    await v.page.addInitScript((l) => localStorage.setItem('fishpond.language', l), language);
    const suffix = `${language}-${width}${look === 'dark' ? '-dark' : ''}`;
    const [talk] = (await api(anna.page, '/inbox/conversations?tab=all&status=all')).items;
    for (const [name, path] of Object.entries({
      inbox,
      'inbox-thread': `${inbox}&c=${talk.id}`,
      'inbox-panel': `${inbox}&c=${talk.id}&panel=1`,
      'inbox-desks': '/inbox/settings',
      'inbox-teams': '/inbox/settings?tab=teams',
      'inbox-rules': '/inbox/settings?tab=rules',
      'inbox-quick-replies': '/inbox/settings?tab=quick',
      'inbox-measures': '/inbox/measures',
      'inbox-sidebar': `/sidebar?person=${talk.person_id}`,
    })) {
      await v.page.goto(path);
      await settled(v.page);
      await shoot(v.page, `${name}-${suffix}`);
      await assertFits(v.page, `${name} ${suffix}`);
      await assertAccessible(v.page, `${name} ${suffix}`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  });
}

test('nothing went wrong unseen', () => {
  assert.deepEqual(anna.errors, []);
  assert.deepEqual(bob.errors, []);
});
