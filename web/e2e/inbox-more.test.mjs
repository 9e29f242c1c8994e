// More of the inbox: teams, private chats from the session archive, everything with one person, a customer who is
// typing; the page beside a chat; what an empty brand and a failing server are told.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { api, bubble, comes, field, row } from './lib/inbox.mjs';
import { startDemo, startEmpty } from './lib/server.mjs';

let browser;
let server;
let web; // the chat on the brand's site
let anna; // who set the brand up
let bob; // an associate, who sees what is theirs
let guest; // a customer in the widget
let talk; // their conversation
let sidecar; // stands for the process that speaks to the platform's archive
let friend; // who has agreed to be archived: {id, external}
const inbox = '/inbox?tab=all';

/** A sidecar with a private chat between a member of the brand's WeCom and a customer. */
async function startSidecar(external) {
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const say = (seq, direction, text, more = {}) => ({ seq, id: `m${seq}`, at: at(30 - seq), direction, user_id: 'li', external_id: external, type: 'text', text, ...more });
  const messages = [
    say(1, 'in', '老白茶什么时候到货？我的卡号 6222021234567890128'),
    say(2, 'out', '明天到货，给您留一饼'),
    say(3, 'in', '', { type: 'redpacket', amount_minor: 8800, currency: 'CNY' }),
  ];
  const it = createServer((request, response) => {
    const after = Number(new URL(request.url, 'http://sidecar').searchParams.get('after'));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ messages: messages.filter((m) => m.seq > after), more: false }));
  });
  await new Promise((resolve) => it.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${it.address().port}`, stop: () => it.close() };
}

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(300)]);
  const expectErrors = [/401/, /\/invites\//]; // a spent invitation is asked for once more when its page is left
  anna = await visitor(browser, server.url, { expectErrors });
  await signIn(anna.page, server);
  const { invite_url } = await api(anna.page, '/staff', 'POST', { name: '阿芬', email: 'afen@fishpond.example', role: 'associate' });
  bob = await visitor(browser, server.url, { expectErrors });
  await bob.page.goto(new URL(invite_url).pathname);
  await api(bob.page, new URL(invite_url).pathname.replace('/invite/', '/invites/'), 'POST', { password: 'pond-and-tea-2026' });
  await bob.page.goto('/');
  await settled(bob.page);
  web = (await api(anna.page, '/carriers/accounts')).items.find((a) => a.kind === 'web').id;
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sidecar?.stop();
});

test('a team is set up; a conversation handed to it goes to a member who is there', async () => {
  const { page } = anna;
  await page.goto('/inbox/settings?tab=teams');
  await page.getByText('还没有团队').waitFor();
  await settled(page);
  await shoot(page, 'inbox-teams-empty-zh-CN-1280');
  await page.getByRole('button', { name: '新建团队' }).first().click();
  const dialog = page.getByRole('dialog', { name: '新建团队' });
  await dialog.getByLabel('名称').fill('售后');
  await dialog.getByRole('combobox', { name: '成员' }).click();
  await openOption(page, '阿芬').click();
  await page.keyboard.press('Escape');
  await shoot(page, 'inbox-team-zh-CN-1280');
  await assertAccessible(page, 'a team');
  await dialog.getByRole('button', { name: '保存' }).click();
  await page.locator('tr', { hasText: '售后' }).filter({ hasText: '阿芬' }).waitFor();
  await settled(page);
  await shoot(page, 'inbox-teams-zh-CN-1280');

  await bob.page.goto(inbox);
  await bob.page.locator('[data-line="on"]').waitFor();
  guest = await comes(browser, server, web);
  await guest.says('盖碗收到时裂了');
  await page.goto(inbox);
  await row(page, '盖碗收到时裂了').click();
  await page.locator('.fp-inbox-head').waitFor();
  talk = new URL(page.url()).searchParams.get('c');
  await page.getByRole('button', { name: '转接' }).click();
  const transfer = page.getByRole('dialog', { name: /转给同事/ });
  await transfer.getByRole('combobox', { name: '转给' }).click();
  await openOption(page, '售后').waitFor();
  await shoot(page, 'inbox-transfer-team-zh-CN-1280');
  await openOption(page, '售后').click();
  await transfer.getByLabel('交代一句').fill('要补发一只');
  await transfer.getByRole('button', { name: '转接' }).click();
  await page.locator('[data-team]', { hasText: '售后（团队）' }).waitFor();
  await page.locator('.fp-inbox-head', { hasText: '由 阿芬 接待' }).waitFor();
  await page.locator('[data-handover]', { hasText: '转给团队「售后」' }).waitFor();
  // The member has it at once, and finds it among those of their teams.
  await row(bob.page, '盖碗收到时裂了').click();
  await bubble(bob.page, '要补发一只').waitFor();
  await bob.page.goto('/inbox?tab=all&team=mine');
  await row(bob.page, '盖碗收到时裂了').waitFor();
  await holds(async () => assert.equal(await bob.page.locator('[data-conversation]').count(), 1));
  await bob.page.getByRole('button', { name: /筛选（已选 1 项）/ }).click();
  await bob.page.getByRole('combobox', { name: '团队' }).waitFor();
  await settled(bob.page);
  await shoot(bob.page, 'inbox-my-teams-zh-CN-1280');
  await bob.page.keyboard.press('Escape');
  await page.goto('/inbox/measures');
  await page.getByRole('heading', { name: '按团队' }).waitFor();
  await page.locator('section', { hasText: '按团队' }).locator('tr', { hasText: '售后' }).waitFor();
});

test('that a customer is writing is seen by staff, and is over by itself', async () => {
  await anna.page.goto(`${inbox}&c=${talk}`);
  await anna.page.locator('[data-line="on"]').waitFor();
  await bubble(anna.page, '盖碗收到时裂了').waitFor();
  const text = guest.page.locator('#fishpond-chat textarea');
  await text.pressSequentially('订单号是');
  await anna.page.locator('[data-customer-types]', { hasText: '客户正在输入' }).waitFor();
  await shoot(anna.page, 'inbox-customer-types-zh-CN-1280');
  await text.press('Enter');
  await bubble(anna.page, '订单号是').waitFor();
  await anna.page.locator('[data-customer-types]').waitFor({ state: 'detached' });
  await text.pressSequentially('还');
  await anna.page.locator('[data-customer-types]').waitFor();
  await anna.page.locator('[data-customer-types]').waitFor({ state: 'detached' }); // nothing more came
  await text.fill('');
});

test('an archived private chat is read beside conversations, and answered in WeCom', async () => {
  const { page } = anna;
  for (const p of (await api(page, '/persons?limit=50')).items) {
    const external = (await api(page, `/persons/${p.id}`)).identities.find((i) => i.kind === 'wecom_external_userid');
    if (external) {
      friend = { id: p.id, name: p.name, external: external.value };
      break;
    }
  }
  await api(page, `/persons/${friend.id}/consents`, 'POST', { purpose: 'session_archive', granted: true, source: 'e2e' });
  sidecar = await startSidecar(friend.external);
  await api(page, '/care/settings', 'PATCH', { archive_on: true, archive_url: sidecar.url, archive_token: 'e2e' });
  await api(page, '/care/archive/pull', 'POST', {});
  await page.goto(inbox);
  const line = row(page, '私聊存档 · 3 条');
  await line.waitFor();
  assert.equal((await line.innerText()).includes('老白茶'), false, 'what was said stands in no list');
  await line.click();
  await bubble(page, '老白茶什么时候到货').waitFor();
  await bubble(page, '红包或转账 ¥88.00').waitFor();
  assert.equal((await page.locator('.fp-inbox-lines').innerText()).includes('6222021234567890128'), false, 'numbers of cards are hidden');
  await page.getByText('已遮住个人信息').waitFor();
  await page.locator('[data-composer="archive"]', { hasText: '回复请到企业微信' }).waitFor();
  await holds(async () => assert.equal(await page.getByRole('link', { name: '打开企业微信' }).getAttribute('href'), 'wxwork://'));
  await holds(async () => assert.equal(await field(page).count(), 0));
  await holds(async () => assert.equal(await page.getByRole('button', { name: '转接' }).count(), 0));
  await settled(page);
  await shoot(page, 'inbox-archive-zh-CN-1280');
  await assertAccessible(page, 'archived chat');
  const chat = new URL(page.url()).searchParams.get('c');
  // Whose chat it is not does not find it, and the look is in the audit log.
  const answers = await bob.page.evaluate(async (id) => [(await fetch(`/api/v1/inbox/conversations/${id}/messages`)).status, (await (await fetch('/api/v1/inbox/conversations?archive=only')).json()).items.length], chat);
  assert.deepEqual(answers, [404, 0]);
  bob.errors.length = 0; // the 404 was meant
  assert.ok((await api(page, '/audit?action=care.archive.read')).items.some((a) => a.object_id === chat));

  // Inside of WeCom the chat opens in its own window.
  const inside = await browser.newContext({ baseURL: server.url, storageState: await anna.context.storageState(), userAgent: 'Mozilla/5.0 wxwork/4.1.0 MicroMessenger/7.0.1', viewport: { width: 390, height: 844 } });
  await inside.route('**/carriers/accounts/*/sidebar?*', (r) => r.fulfill({ json: { corp_id: 'ww1', agent_id: '1000002', timestamp: 1, nonce: 'n', signature: 's', agent_signature: 'a' } }));
  await inside.route(`**/api/v1/inbox/conversations/${chat}`, async (r) => {
    const answer = await r.fetch();
    await r.fulfill({ response: answer, json: { ...(await answer.json()), account_id: 'acc_wecom' } }); // the demo has no WeCom of its own
  });
  await inside.route('https://res.wx.qq.com/**', (r) =>
    r.fulfill({
      contentType: 'text/javascript',
      body: `window.wx = { said: [], config() { setTimeout(() => this.then()) }, ready(f) { this.then = f }, error() {}, agentConfig(o) { setTimeout(() => o.success({})) }, invoke(api, o, f) { this.said.push([api, o]); setTimeout(() => f({ err_msg: api + ':ok' })) } }`,
    }),
  );
  const there = await inside.newPage();
  there.setDefaultTimeout(15_000);
  await there.goto(`${inbox}&c=${chat}`);
  await there.getByRole('link', { name: '打开聊天' }).waitFor();
  await settled(there);
  await shoot(there, 'inbox-archive-inside-zh-CN-390');
  await assertFits(there, 'archived chat inside WeCom');
  await there.getByRole('link', { name: '打开聊天' }).click();
  await there.getByText('已在企业微信中打开聊天').waitFor();
  await there.waitForFunction(() => window.wx?.said.length > 0);
  assert.deepEqual(await there.evaluate(() => window.wx.said), [['openEnterpriseChat', { externalUserIds: friend.external, groupName: '', chatId: '' }]]);
  await inside.close();
});

test('everything with one person stands in one thread, in time, with its account', async () => {
  const { page } = anna;
  const { person_id } = await api(page, `/inbox/conversations/${talk}`);
  await api(page, `/persons/${friend.id}/merge`, 'POST', { other_id: person_id, reason: '同一位客户' });
  await page.goto(`${inbox}&c=${talk}`);
  await bubble(page, '盖碗收到时裂了').waitFor();
  await page.waitForFunction(async ([id, was]) => (await (await fetch(`/api/v1/inbox/conversations/${id}`)).json()).person_id !== was, [talk, person_id]);
  await page.getByRole('button', { name: /^全部账号/ }).click();
  const all = page.locator('[data-together]');
  await all.getByText('明天到货，给您留一饼').waitFor();
  const said = await all.locator('article .fp-inbox-bubble').allInnerTexts();
  const at = (text) => said.findIndex((x) => x.includes(text));
  assert.ok(at('老白茶') >= 0 && at('老白茶') < at('明天到货') && at('明天到货') < at('盖碗收到时裂了'), said.join(' | '));
  await all.getByRole('button', { name: /企业微信.*存档/ }).first().waitFor();
  // An answer goes over the conversation that is open, and stands in the thread.
  await field(page).fill('马上给您补发');
  await field(page).press('Enter');
  await all.locator('article', { hasText: '马上给您补发' }).waitFor();
  await guest.heard('马上给您补发').waitFor();
  await settled(page);
  for (const { language, width } of [{ language: 'zh-CN', width: 1280 }, { language: 'zh-CN', width: 390 }, { language: 'en', width: 1280 }, { language: 'en', width: 390 }]) {
    const v = await visitor(browser, server.url, { language, width, storageState: await anna.context.storageState() });
    await v.page.addInitScript((l) => localStorage.setItem('fishpond.language', l), language);
    const chats = (await api(page, '/inbox/conversations?archive=only')).items;
    for (const [name, path] of Object.entries({ 'inbox-list': inbox, 'inbox-together': `${inbox}&c=${talk}&together=1`, 'inbox-archive': `${inbox}&c=${chats[0].id}`, 'inbox-teams': '/inbox/settings?tab=teams' })) {
      await v.page.goto(path);
      await settled(v.page);
      await shoot(v.page, `${name}-${language}-${width}`);
      await assertFits(v.page, `${name} ${language} ${width}`);
      await assertAccessible(v.page, `${name} ${language} ${width}`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
  // A message leads to where it was said.
  await all.getByRole('button', { name: /企业微信.*存档/ }).first().click();
  await page.locator('[data-composer="archive"]').waitFor();
});

test('what keeps an answer from being sent on the platform is said in words', async () => {
  const { page } = anna;
  await page.route(`**/api/v1/inbox/conversations/${talk}`, async (route) => {
    const answer = await route.fetch();
    const details = await answer.json();
    details.composer = { ...details.composer, open: false, why: 'served', note: '阿芬 正在平台上接待这位客户，这里发不出去。等那边结束接待，或到平台上继续' };
    await route.fulfill({ response: answer, json: details });
  });
  await page.goto(`${inbox}&c=${talk}`);
  await page.locator('[data-composer="closed"]', { hasText: '正在平台上接待' }).waitFor();
  await settled(page);
  await shoot(page, 'inbox-served-zh-CN-1280');
  await page.unroute(`**/api/v1/inbox/conversations/${talk}`);
});

test('what was refused in the chat’s sidebar is said, and the customer is shown', async () => {
  const [talk] = (await api(anna.page, '/inbox/conversations?tab=all&status=all')).items;
  const v = await visitor(browser, server.url, { width: 390, storageState: await anna.context.storageState() });
  await v.page.setViewportSize({ width: 380, height: 800 });
  await v.page.goto(`/sidebar?person=${talk.person_id}`);
  await v.page.locator(`[data-person="${talk.person_id}"]`).waitFor();
  await settled(v.page);
  await holds(async () => assert.equal(await v.page.locator('.fp-shell').count(), 0, 'it stands alone'));
  assert.equal(await v.page.locator('script[src*="res.wx.qq.com"]').count(), 0, 'outside of WeCom nothing of the platform is fetched');
  await v.page.getByRole('textbox', { name: '找快捷回复（拼音或首字母也行）' }).fill('lhjs');
  await assertFits(v.page, 'sidebar');
  await v.page.goto('/sidebar');
  await v.page.getByText('不知道是哪位客户').waitFor();
  await shoot(v.page, 'empty-sidebar-zh-CN-390');
  assert.deepEqual(v.errors, []);
  await v.context.close();

  // Inside of WeCom the platform says whose chat it is, and takes words into it.
  const inside = await browser.newContext({ baseURL: server.url, storageState: await anna.context.storageState(), userAgent: 'Mozilla/5.0 wxwork/4.1.0 MicroMessenger/7.0.1', viewport: { width: 380, height: 800 } });
  await inside.route('**/carriers/accounts/acc_wecom/sidebar?*', (r) => r.fulfill({ json: { corp_id: 'ww1', agent_id: '1000002', timestamp: 1, nonce: 'n', signature: 's', agent_signature: 'a' } }));
  await inside.route('**/carriers/accounts/acc_wecom/persons?*', (r) => r.fulfill({ json: { person_id: talk.person_id } }));
  await inside.route('https://res.wx.qq.com/**', (r) =>
    r.fulfill({
      contentType: 'text/javascript',
      body: `window.wx = { said: [], config(o) { this.signed = o; setTimeout(() => this.then()) }, ready(f) { this.then = f }, error() {}, agentConfig(o) { this.agent = o; setTimeout(() => o.success({})) },
        invoke(api, o, f) { this.said.push([api, o]); setTimeout(() => f({ err_msg: api + ':ok', userId: 'wmSOMEBODY' })) } }`,
    }),
  );
  const page = await inside.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto('/sidebar?account=acc_wecom');
  await page.locator(`[data-person="${talk.person_id}"]`).waitFor();
  await page.getByRole('button', { name: /填入聊天/ }).first().click();
  await page.waitForFunction(() => window.wx.said.some(([name]) => name === 'sendChatMessage'));
  const told = await page.evaluate(() => ({ signed: window.wx.signed, agent: { ...window.wx.agent, success: 0, fail: 0 }, said: window.wx.said }));
  assert.deepEqual([told.signed.appId, told.signed.signature, told.agent.agentid, told.agent.signature], ['ww1', 's', '1000002', 'a']);
  assert.equal(told.said.at(-1)[1].msgtype, 'text');
  assert.notEqual(told.said.at(-1)[1].text.content, '');
  await settled(page);
  await shoot(page, 'inbox-sidebar-inside-zh-CN-380');
  await assertAccessible(page, 'sidebar inside WeCom');
  await inside.close();
});

test('a failing server is explained, with the request id', async () => {
  for (const width of [1280, 390]) {
    const v = await visitor(browser, server.url, { width, expectErrors: [/500/], storageState: await anna.context.storageState() });
    await v.page.route(/\/api\/v1\/inbox/, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: '服务器出错了', status: 500, detail: '数据库暂时不可用', code: 'internal', request_id: 'req_4711' }),
      }),
    );
    for (const [name, path] of Object.entries({ inbox, 'inbox-thread': `${inbox}&c=cnv_1` })) {
      await v.page.goto(path);
      await v.page.getByText('req_4711').filter({ visible: true }).first().waitFor();
      await v.page.locator('[data-line="lost"].fp-inbox-lost').waitFor();
      await shoot(v.page, `failing-${name}-zh-CN-${width}`);
      await assertFits(v.page, `failing ${name} ${width}`);
    }
    await v.context.close();
  }
});

test('a brand without accounts is told what to do', async () => {
  const empty = await startEmpty();
  try {
    const v = await visitor(browser, empty.url, { expectErrors: [/401/] });
    await v.page.goto(new URL(empty.setup_url).pathname + new URL(empty.setup_url).search);
    await v.page.evaluate(async () => {
      const token = new URL(location.href).searchParams.get('token');
      const r = await fetch('/api/v1/setup', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, org_name: '空茶铺', name: '掌柜', email: 'boss@empty.example', password: 'pond-and-tea-2026', time_zone: 'Asia/Shanghai', currency: 'CNY', locale: 'zh-CN' }),
      });
      if (!r.ok) throw new Error(await r.text());
    });
    for (const width of [1280, 390]) {
      await v.page.setViewportSize({ width, height: 844 });
      await v.page.goto('/inbox');
      await settled(v.page);
      await v.page.getByText('还没有接入任何账号').waitFor();
      await shoot(v.page, `empty-inbox-zh-CN-${width}`);
    }
    await v.page.getByRole('link', { name: '接入账号' }).last().click();
    await v.page.waitForURL('**/accounts/connect');
    await v.context.close();
  } finally {
    await empty.stop();
  }
});

test('nothing went wrong unseen', () => {
  assert.deepEqual(anna.errors, []);
  assert.deepEqual(bob.errors, []);
});
