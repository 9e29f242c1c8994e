// The one door out: its rules are changed and taken back, it is asked about a person and a night, and it tells what did
// not arrive and lets somebody decide.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { api as call } from './lib/inbox.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;
let context;
let person;

const api = (path, method, body) => call(page, path, method, body);
const save = () => page.getByRole('button', { name: /^保\s*存$/ });
const tab = (name) => page.getByRole('tab', { name, exact: true }).click();

before(async () => {
  browser = await launch();
  server = await startDemo(300);
  ({ page, errors, context } = await visitor(browser, server.url, { expectErrors: [/401/] }));
  await signIn(page, server);
  person = await api('/persons', 'POST', { name: '试算人', identities: [{ kind: 'email', value: 'try@guests.example' }] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('rules say what they do, are saved with a way back, and are not lost by leaving', async () => {
  await page.goto('/gate');
  await page.getByRole('img', { name: '一天里 21:00 到 09:00 不打扰' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'rules');
  await shoot(page, 'gate-rules-zh-CN-1280');
  await holds(async () => assert.ok(await save().isDisabled()));

  await page.getByRole('checkbox', { name: '服务通知要客户事先同意' }).check();
  await page.getByRole('spinbutton', { name: '短信 7 天内' }).fill('3');
  await page.getByRole('textbox', { name: '免打扰开始' }).fill('22:00');
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: '一天里 22:00 到 09:00 不打扰' }).waitFor();
  await tab('勿扰名单');
  await page.getByRole('dialog').getByText('规则还没保存').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: /取\s*消/ }).click();
  await save().click();
  await page.getByText('规则已保存').waitFor();
  const saved = await api('/reach/settings');
  assert.deepEqual(saved.opt_in.toSorted(), ['marketing', 'service']);
  assert.equal(saved.quiet_hours.from, '22:00');
  assert.ok(saved.caps.some((c) => c.carrier === 'sms' && c.per === 'week' && c.most === 3));
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByRole('img', { name: '一天里 21:00 到 09:00 不打扰' }).waitFor();
  assert.deepEqual((await api('/reach/settings')).opt_in, ['marketing']);

  // Nonsense is refused at its rule.
  await page.getByRole('textbox', { name: '免打扰结束' }).fill('21:00');
  await page.keyboard.press('Enter');
  errors.length = 0;
  await save().click();
  await page.getByRole('region', { name: '免打扰时段' }).getByText('结束时间不能与开始时间相同').waitFor();
  assert.ok(errors.every((e) => /422/.test(e)), errors.join('\n'));
  errors.length = 0;
  await page.getByRole('button', { name: '放弃修改' }).click();
});

test('it says of a person and a night what each rule says', async () => {
  await tab('试算');
  await page.getByText('这位客户能收到吗？').waitFor();
  await page.getByRole('combobox', { name: '客户', exact: true }).fill('试算人');
  await openOption(page, '试算人').click();
  await page.getByRole('button', { name: '今晚 22:30' }).click();
  const said = page.locator('.fp-gate-said');
  await said.getByText('当地 22:30，在免打扰时段').waitFor();
  await said.getByText('没有同意过，这类消息要事先同意').waitFor();
  const rules = await said.locator('li b').allInnerTexts();
  assert.deepEqual(rules.slice(0, 4), ['勿扰名单', '同意', '平台回复窗口', '平台配额']);
  await settled(page);
  await assertAccessible(page, 'simulator');
  await shoot(page, 'gate-simulator-zh-CN-1280');
  await api(`/persons/${person.id}/consents`, 'POST', { purpose: 'marketing', granted: true, text_version: 'v1', source: 'test' });
  // The gate hears of it a moment later.
  const [account] = (await api('/reach/accounts')).items;
  for (let n = 0; n < 100; n++) {
    const heard = await api(`/reach/explain?person_id=${person.id}&account_id=${account.account_id}&purpose=marketing&at=${new Date(Date.now() + 60_000).toISOString()}`);
    if (!JSON.stringify(heard).includes('没有同意过')) break;
    await page.waitForTimeout(100);
  }
  await page.getByRole('button', { name: '明早 10:00' }).click();
  await said.locator('.fp-gate-verdict.yes').waitFor();
  await page.getByRole('button', { name: '今晚 22:30' }).click();
  await said.locator('.fp-gate-verdict.later').waitFor();
  await said.getByText('最早可发').waitFor();
  await shoot(page, 'gate-simulator-later-zh-CN-1280');
});

test('an account is paused and goes on', async () => {
  await tab('账号');
  const row = page.getByRole('row').filter({ hasText: '官网在线客服' });
  await row.getByRole('button', { name: /^暂停/ }).click();
  await row.getByText('已暂停').waitFor();
  await settled(page);
  await assertAccessible(page, 'accounts');
  await shoot(page, 'gate-accounts-zh-CN-1280');
  await page.getByRole('button', { name: '撤销' }).click();
  await row.getByText('正常').waitFor();
  await row.getByRole('spinbutton').fill('30');
  await row.getByRole('spinbutton').press('Enter');
  await page.getByText('的速度已改').waitFor();
  assert.equal((await api('/reach/accounts')).items.find((a) => a.name === '官网在线客服').per_minute, 30);
});

test('nothing goes to whoever is on the list', async () => {
  await tab('勿扰名单');
  await page.getByText('勿扰名单是空的').waitFor();
  await settled(page);
  await assertAccessible(page, 'do not contact, empty');
  await page.getByRole('button', { name: '加入勿扰名单' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: '客户' }).fill('试算人');
  await openOption(page, '试算人').click();
  await dialog.getByLabel('原因').fill('来电要求不再联系');
  await assertAccessible(page, 'do not contact, adding');
  await shoot(page, 'gate-block-zh-CN-1280');
  await dialog.getByRole('button', { name: /^加\s*入$/ }).click();
  const row = page.getByRole('row').filter({ hasText: '试算人' });
  await row.getByText('来电要求不再联系').waitFor();
  await settled(page);
  await shoot(page, 'gate-blocked-zh-CN-1280');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: /导\s*出/ }).click();
  await page.locator('[data-export=csv]').click();
  assert.match(readFileSync(await (await saving).path(), 'utf8'), /试算人,来电要求不再联系/);
  const account = (await api('/reach/accounts')).items[0].account_id;
  assert.equal((await api(`/reach/explain?person_id=${person.id}&account_id=${account}&purpose=transactional`)).why, 'do_not_contact');
  await row.getByRole('button', { name: '把 试算人 移出勿扰名单' }).click();
  await page.getByText('「试算人」已移出勿扰名单').waitFor();
  await page.getByText('勿扰名单是空的').waitFor();
});

test('what may have arrived waits for a decision; plans show how far they are', async () => {
  await tab('没发出的消息');
  await page.getByText('每条消息都有着落').waitFor();
  await settled(page);
  await assertAccessible(page, 'messages, none');
  const message = (n, more) => ({ id: `msg_${n}`, plan_id: 'cmp_1', plan_title: '双十二预告', person_id: person.id, name: `客户${n}`, account_id: 'acc_1', carrier: 'email', to: `friend${n}@guests.example`, variant: '', status: 'doubtful', why: 'lost', reason: '发出后没有收到回答，可能已经送达', tries: 1, due_at: null, changed_at: new Date(Date.now() - n * 60_000).toISOString(), ...more });
  const settledAs = [];
  await page.route('**/api/v1/reach/messages?*', (r) => r.fulfill({ json: { items: [1, 2, 3].filter((n) => !settledAs.some((s) => s.id === `msg_${n}`)).map((n) => message(n)), next_cursor: '' } }));
  await page.route('**/api/v1/reach/messages/*/settle', async (r) => {
    settledAs.push({ id: r.request().url().split('/').at(-2), ...r.request().postDataJSON() });
    await r.fulfill({ status: 204 });
  });
  await page.goto('/gate?tab=messages');
  await page.getByText('客户2').waitFor();
  await settled(page);
  await assertAccessible(page, 'messages that may have arrived');
  await shoot(page, 'gate-doubtful-zh-CN-1280');
  await page.getByRole('checkbox', { name: '选中 客户1 的消息' }).check();
  await page.getByRole('checkbox', { name: '选中 客户3 的消息' }).check();
  await page.getByRole('button', { name: '2 条算已送达' }).click();
  await page.getByText('客户1').waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: '客户2' }).getByRole('button', { name: '再发一次' }).click();
  await page.getByRole('dialog').getByText('对方可能已经收到过').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: '再发一次' }).click();
  await page.getByText('每条消息都有着落').waitFor();
  assert.deepEqual(settledAs, [
    { id: 'msg_1', as: 'sent' },
    { id: 'msg_3', as: 'sent' },
    { id: 'msg_2', as: 'again' },
  ]);
  await page.unroute('**/api/v1/reach/messages?*');

  const plan = (id, more) => ({ plan_id: id, origin: 'campaign', origin_id: id, purpose: 'marketing', title: `群发 ${id}`, status: 'running', total: 10_000, planned: 2100, waiting: { quiet_hours: 420, cap: 18 }, held: { holdout: 1000, consent: 312 }, sending: 40, asked: 0, sent: 6090, delivered: 5800, read: 0, failed: { bounced: 17 }, doubtful: 3, cancelled: 0, per_minute: 0, start_at: new Date(Date.now() - 3_600_000).toISOString(), end_at: new Date().toISOString(), next_at: null, started_at: null, finished_at: null, ...more });
  await page.route('**/api/v1/reach/plans?*', (r) => r.fulfill({ json: { items: [plan('cmp_1'), plan('cmp_2', { status: 'paused' }), plan('cmp_3', { status: 'done', planned: 0, sending: 0, waiting: {}, doubtful: 0, failed: {}, title: '一个名字长得放不下一行的群发计划用来看看表格会不会被撑破' })], next_cursor: '' } }));
  await page.goto('/gate?tab=plans');
  await page.getByText('群发 cmp_1').waitFor();
  await settled(page);
  await assertAccessible(page, 'plans');
  await shoot(page, 'gate-plans-zh-CN-1280');
  assert.deepEqual(errors, []);
});

test('a clock that is not believed is said, and somebody can say that it is right', async () => {
  const text = '服务器时钟突然跳变，暂停发送';
  const clock = { believed: false, why: 'jumped', text, off_seconds: 7200, now: new Date().toISOString(), believed_at: new Date(Date.now() + 600_000).toISOString() };
  await page.route('**/api/v1/reach/clock', (r) => r.fulfill({ json: clock }));
  await page.route('**/api/v1/reach/clock/believe', (r) => {
    Object.assign(clock, { believed: true, why: '', text: '', off_seconds: 0, believed_at: null });
    return r.fulfill({ json: clock });
  });
  await page.goto('/gate');
  const banner = page.getByRole('alert').filter({ hasText: text });
  await banner.waitFor();
  await settled(page);
  await assertAccessible(page, 'clock that is not believed');
  await shoot(page, 'gate-clock-zh-CN-1280');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'clock that is not believed, on a phone');
  await shoot(page, 'gate-clock-zh-CN-390');
  await page.setViewportSize({ width: 1280, height: 800 });
  await banner.getByRole('button', { name: '时钟无误，继续发送' }).click();
  await banner.waitFor({ state: 'detached' });
  await page.unroute('**/api/v1/reach/clock');
  await page.unroute('**/api/v1/reach/clock/believe');
});

test('in English, on a phone, and when the server fails', async () => {
  const { cookies } = await context.storageState(); // not the language
  for (const [language, width] of [
    ['en', 1280],
    ['en', 390],
    ['zh-CN', 390],
  ]) {
    const v = await visitor(browser, server.url, { language, width, storageState: { cookies, origins: [] } });
    for (const at of ['rules', `simulator&person=${person.id}`, 'accounts', 'messages', 'plans', 'blocked']) {
      await v.page.goto(`/gate?tab=${at}`);
      await settled(v.page);
      const what = `gate-${at.split('&')[0]}-${language}-${width}`;
      await assertFits(v.page, what);
      await assertAccessible(v.page, what);
      await shoot(v.page, what);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
  await page.route('**/api/v1/reach/settings', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', title: '忙', detail: '数据库没有应答' }) }));
  await page.goto('/gate');
  await page.getByText('数据库没有应答').waitFor();
  await shoot(page, 'gate-failing-zh-CN-1280');
});
