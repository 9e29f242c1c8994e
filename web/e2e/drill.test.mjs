// The pool-loss drill on the demo brand: two kept drills compared, people behind figures and a segment of them; a drill of one's own from a click to drafts; nothing there, and the server failing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { startDemo, startEmpty } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;
let runs;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(400, '--no-visitors')]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /409/, /500/] }));
  await signIn(page, server);
  runs = (await call(page, '/insight/drills')).items;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const digits = (text) => Number(text.replace(/\D/g, ''));
const open = async (p, query = '') => {
  await p.goto(`${server.url}/drill${query}`);
  await p.locator('[data-drill-totals]').waitFor();
  await settled(p);
};

test('the newest drill is shown, and its figures are the API’s', async () => {
  assert.equal(runs.length, 2);
  await open(page);
  const report = await call(page, `/insight/drills/${runs[0].id}`);
  for (const key of ['persons', 'reachable', 'direct', 'waiting', 'unreachable', 'one_account', 'one_platform']) {
    assert.equal(digits(await page.locator(`[data-total="${key}"] .fp-figure-value`).innerText()), report.run.totals[key], key);
  }
  const worst = [...report.units].sort((a, b) => b.lost - a.lost)[0];
  assert.ok(worst.lost > 0 && worst.lost_minor > 0, 'somebody would be lost, and is worth something');
  assert.equal(await page.locator('[data-worst]').getAttribute('data-worst').then((id) => report.units.find((u) => u.id === id).lost), worst.lost);
  assert.doesNotMatch(await page.locator('.fp-drill').innerText(), /NaN|undefined|drill\./);
  await page.locator('[data-unit="wecom"]').waitFor();
  await page.locator('.ant-table-row-expand-icon').first().click();
  await page.getByRole('heading', { name: /消失后怎样联系/ }).first().waitFor();
  await settled(page);
  await shoot(page, 'drill-units');
  await assertAccessible(page, 'drill, units');
});

test('a drill is run by itself every month, on a day that is chosen', async () => {
  const bar = page.locator('[data-monthly]');
  await bar.and(page.locator('[data-monthly="1"]')).waitFor();
  await bar.getByRole('combobox', { name: '每月几号' }).click();
  await openOption(page, '每月 3 号').click();
  await page.locator('[data-monthly="3"]').waitFor();
  const set = await call(page, '/insight/drill-schedule');
  assert.deepEqual([set.enabled, set.day, set.purpose], [true, 3, 'marketing']);
  assert.equal(await bar.locator('[data-monthly-next]').getAttribute('data-monthly-next'), set.next_at);
  await page.getByRole('switch', { name: '每月自动演练一次' }).click();
  await page.locator('[data-monthly="off"]').getByText('已关闭').waitFor();
  assert.equal((await call(page, '/insight/drill-schedule')).next_at, null);
  // What became of the latest is told, and a failure is not kept quiet.
  const answer = (last, compare_to) => page.route('**/api/v1/insight/drill-schedule', (r) => r.fulfill({ json: { ...set, last, compare_to } }));
  await answer({ ...runs[0], made_by: '' }, runs[1].id);
  await open(page);
  await page.getByRole('link', { name: '与之前的月份比较' }).click();
  await page.locator(`[data-compared="${runs[1].id}/${runs[0].id}"]`).waitFor();
  await page.unroute('**/api/v1/insight/drill-schedule');
  await answer({ ...runs[0], made_by: '', status: 'failed', error: '演练没有完成，请再试一次' }, '');
  await open(page);
  await page.locator('[data-monthly-failed]').getByText('演练没有完成，请再试一次').waitFor();
  await settled(page);
  await shoot(page, 'drill-monthly-failed');
  await page.unroute('**/api/v1/insight/drill-schedule');
  await call(page, '/insight/drill-schedule', 'PUT', { enabled: true, day: 1, purpose: 'marketing' });
  await open(page);
  await page.locator('[data-monthly="1"]').waitFor();
  await shoot(page, 'drill-monthly');
  await assertAccessible(page, 'drill, monthly');
});

test('accounts and staff are looked at one by one', async () => {
  await page.locator('.ant-segmented-item', { hasText: '员工' }).click();
  await page.locator('[data-unit]').nth(5).waitFor();
  await shoot(page, 'drill-staff');
  await assertAccessible(page, 'drill, staff');
  await page.locator('.ant-segmented-item', { hasText: '账号' }).click();
  await page.locator('[data-unit="acc_demo_wecom"]').waitFor();
});

test('who would be lost is listed with every way they have, and becomes a segment', async () => {
  await open(page);
  const link = page.locator('[data-people="lost"]').first();
  const count = digits(await link.innerText());
  await link.click();
  await page.locator('.ant-drawer .ant-table-row').first().waitFor();
  await settled(page);
  assert.equal(digits(await page.locator('.ant-drawer').getByText(/^[\d,]+ 人$/).first().innerText()), count);
  await shoot(page, 'drill-people');
  await assertAccessible(page, 'drill, people');
  const name = `演练失联 ${Date.now()}`;
  await page.getByRole('textbox', { name: '人群名称' }).fill(name);
  await page.getByRole('button', { name: '存为人群' }).click();
  await page.waitForURL(/\/segments\/seg_/);
  await page.getByRole('heading', { name }).waitFor();
});

test('two drills are compared', async () => {
  await open(page, '?tab=compare');
  await page.locator('[data-compared]').waitFor();
  await page.locator('[data-trend] svg').first().waitFor();
  await settled(page);
  const compared = await call(page, `/insight/drills/compare?before=${runs[1].id}&after=${runs[0].id}`);
  assert.ok(compared.moves.secured > 0, 'people were led to a second platform');
  assert.equal(digits(await page.locator('[data-move="secured"] .fp-drill-big').innerText()), compared.moves.secured);
  await shoot(page, 'drill-compare');
  await assertAccessible(page, 'drill, compare');
});

test('a drill is run by a click, goes from nobody to a plan, and its plan becomes drafts', async () => {
  // A second platform beside the brand's own, and people whom only mail reaches.
  const mail = await call(page, '/carriers/accounts', 'POST', { kind: 'email', name: '会员邮件', values: { from: 'tea@shanye.example', server: 'smtp.shanye.example:465', user: 'tea', password: 'demo' } });
  await call(page, '/carriers/accounts', 'POST', { kind: 'sms', name: '短信通知', values: { app_id: '1400006666', secret_id: 'AKID', secret: 's', sign: '山野' } });
  for (let i = 0; i < 5; i++) await call(page, '/persons', 'POST', { name: `只有邮箱 ${i}`, identities: [{ kind: 'email', value: `only${i}@x.example` }] });
  await open(page);
  assert.equal(await page.locator('.fp-page-extra .ant-select').first().innerText(), '服务消息', 'it goes on as the drill before was asked');
  await page.locator('[data-run-drill]').click();
  const run = await until(page, 'the drill is done', async () => {
    const all = (await call(page, '/insight/drills')).items;
    return all.length === 3 && all[0].status === 'done' ? all[0] : undefined;
  });
  await page.locator(`[data-drill-run="${run.id}"]`).waitFor();
  await page.getByRole('tab', { name: '分散计划' }).click();
  const report = await call(page, `/insight/drills/${run.id}`);
  const step = report.steps.find((s) => s.via_id === mail.id);
  assert.ok(step?.persons >= 5, 'who has only an address is asked for a number');
  await page.getByRole('checkbox', { name: `步骤 ${step.n}` }).check();
  await settled(page);
  await shoot(page, 'drill-plan');
  await assertAccessible(page, 'drill, plan');
  await page.locator('[data-prepare]').click();
  await page.locator(`[data-ready="${step.n}"]`).getByRole('link', { name: '群发草稿' }).click();
  await page.waitForURL(/\/campaigns\/cmp_/);
  await settled(page);
  await shoot(page, 'drill-draft');
  await page.goBack();
  await page.locator(`[data-ready="${step.n}"]`).waitFor();
});

test('a drill is kept, renamed and thrown away', async () => {
  await open(page);
  await page.locator('[data-keep="false"]').click();
  await page.locator('[data-keep="true"]').waitFor();
  await page.getByRole('button', { name: '更多' }).click();
  await page.getByRole('menuitem', { name: '改名' }).click();
  await page.getByRole('textbox', { name: '名称' }).fill('接入短信之后');
  await page.locator('.ant-modal').getByRole('button', { name: /确\s*定|OK/ }).click();
  await page.locator('.fp-drill-bar').getByText('接入短信之后', { exact: false }).first().waitFor();
  await page.getByRole('button', { name: '更多' }).click();
  await page.getByRole('menuitem', { name: '删除' }).click();
  await page.locator('.ant-modal-confirm').getByRole('button', { name: /删\s*除/ }).click();
  await until(page, 'it is gone', async () => (await call(page, '/insight/drills')).items.length === 2);
});

test('on paper it holds the figures and nothing to click', async () => {
  await open(page);
  await page.emulateMedia({ media: 'print' });
  await settled(page);
  assert.equal(await page.locator('[data-run-drill]').isVisible(), false);
  assert.equal(await page.locator('[data-drill-totals]').isVisible(), true);
  await shoot(page, 'drill-print');
  await page.emulateMedia({ media: 'screen' });
});

test('English, and a phone', async () => {
  const phone = await visitor(browser, server.url, { language: 'en', width: 390, expectErrors: [/401/] });
  await signIn(phone.page, server);
  for (const tab of ['units', 'plan', 'compare']) {
    await open(phone.page, `?tab=${tab}`);
    if (tab === 'compare') await phone.page.locator('[data-compared]').waitFor();
    await settled(phone.page);
    assert.doesNotMatch(await phone.page.locator('.fp-drill').innerText(), /drill\.|undefined|NaN/);
    await assertFits(phone.page, `drill ${tab} on a phone`);
    await shoot(phone.page, `drill-${tab}-390-en`);
    await assertAccessible(phone.page, `drill ${tab} on a phone`);
  }
  assert.deepEqual(phone.errors, []);
  const wide = await visitor(browser, server.url, { language: 'en', expectErrors: [/401/] });
  await signIn(wide.page, server);
  await open(wide.page);
  await shoot(wide.page, 'drill-units-en');
  await assertAccessible(wide.page, 'drill in English');
  assert.deepEqual(wide.errors, []);
});

test('a server that fails is said, with a way on', async () => {
  await page.route('**/api/v1/insight/drills', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: '出错了', status: 500, detail: '请稍后再试', code: 'internal', request_id: 'req_1' }) }));
  await page.goto(`${server.url}/drill`);
  await page.getByText('req_1', { exact: false }).first().waitFor();
  await shoot(page, 'drill-failing');
  await page.unroute('**/api/v1/insight/drills');
});

test('a brand without anything is told what a drill is', async () => {
  const fresh = await startEmpty();
  try {
    const p = await visitor(browser, fresh.url, { expectErrors: [/401/] });
    await p.page.goto(fresh.setup_url);
    const token = new URL(fresh.setup_url).searchParams.get('token');
    await call(p.page, '/setup', 'POST', { token, org_name: '新店', name: '老板', email: 'boss@example.com', password: 'correct horse battery', time_zone: 'Asia/Shanghai', currency: 'CNY', locale: 'zh-CN' });
    await p.page.goto(`${fresh.url}/drill`);
    await p.page.getByRole('heading', { name: '还没有演练过' }).waitFor();
    await shoot(p.page, 'drill-empty');
    await assertAccessible(p.page, 'drill, empty');
    await p.page.locator('[data-run-drill]').first().click();
    await p.page.locator('[data-drill-totals]').waitFor();
    await p.page.locator('[data-no-values]').waitFor();
    await settled(p.page);
    await shoot(p.page, 'drill-nobody');
    await assertAccessible(p.page, 'drill of nobody');
    assert.deepEqual(p.errors, []);
  } finally {
    await fresh.stop();
  }
});

test('no errors in the browser’s console', () => {
  assert.deepEqual(errors, []);
});
