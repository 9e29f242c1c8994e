// Funnel, retention and paths on the demo brand: built by hand, counted, and clicked down to the people and a segment of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(500, '--no-visitors')]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /409/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const span = { from: '2020-01-01', to: '2026-12-31' };
const go = async (p, kind, question) => {
  await p.goto(`${server.url}/measure?tab=${kind}&q=${encodeURIComponent(JSON.stringify(question))}`);
  await settled(p);
};

test('before anything is asked, the page says what it is for', async () => {
  await page.goto(`${server.url}/measure`);
  await page.getByText('看看客户走到哪一步').waitFor();
  await page.getByText('还没有裂变任务', { exact: false }).waitFor();
  await shoot(page, 'measure-empty');
  await assertAccessible(page, 'measure, empty');
});

test('the ready funnel counts, and says why hatching cannot be', async () => {
  await page.getByRole('button', { name: /用现成漏斗/ }).first().click();
  await page.locator('[data-step="1"]').waitFor();
  await settled(page);
  const said = await page.locator('.fp-measure-bars').innerText();
  for (const step of ['引流', '了解', '运营', '转化']) assert.match(said, new RegExp(step));
  assert.doesNotMatch(said, /NaN|undefined/);
});

const funnel = { ...span, within_hours: 87600, by: 'stage', steps: [{ name: '成为客户', any: ['person.created'] }, { name: '下单', any: ['order.paid'] }, { name: '再下单', any: ['order.paid'] }] };

test('a funnel shows people, times and groups, and its figures are the API’s', async () => {
  await go(page, 'funnel', funnel);
  await page.locator('[data-step="3"]').waitFor();
  const answer = await call(page, '/insight/funnel', 'POST', funnel);
  const steps = (answer.body ?? answer).steps;
  assert.ok(steps[0].persons > 100, 'the demo has customers');
  for (const [i, s] of steps.entries()) assert.equal((await page.locator(`[data-step="${i + 1}"]`).innerText()).replace(/\D/g, ''), String(s.persons));
  await shoot(page, 'measure-funnel');
  await assertAccessible(page, 'measure, funnel');
});

test('who dropped out is listed and becomes a segment', async () => {
  await page.getByRole('button', { name: /^流失/ }).last().click();
  await page.locator('.ant-drawer .ant-table-row').first().waitFor();
  await settled(page);
  await shoot(page, 'measure-people');
  await assertAccessible(page, 'measure, people');
  const name = `漏斗流失 ${Date.now()}`;
  await page.getByRole('textbox', { name: '人群名称' }).fill(name);
  await page.getByRole('button', { name: '存为人群' }).click();
  await page.waitForURL(/\/segments\/seg_/);
  await page.getByRole('heading', { name }).waitFor();
});

test('retention is a grid that opens its people', async () => {
  await go(page, 'retention', { ...span, from: '2025-11-01', first: { any: ['order.paid'] }, back: { any: ['order.paid'] }, unit: 'month', mode: 'classic' });
  await page.locator('.fp-measure-grid tbody tr').nth(1).waitFor();
  await shoot(page, 'measure-retention');
  await assertAccessible(page, 'measure, retention');
  await page.locator('.fp-measure-cell').first().click();
  await page.locator('.ant-drawer .ant-table-row').first().waitFor();
});

test('paths branch from a start', async () => {
  await go(page, 'paths', { ...span, start: { any: ['person.created'] }, within_hours: 8760, depth: 3, direction: 'next' });
  await page.locator('.fp-measure-branch .fp-measure-bar').first().waitFor();
  await shoot(page, 'measure-paths');
  await assertAccessible(page, 'measure, paths');
});

test('what is refused is said beside the question', async () => {
  await go(page, 'funnel', { ...funnel, within_hours: 0 });
  await page.getByText('转化窗口至少 1 小时', { exact: false }).first().waitFor();
  await go(page, 'funnel', { ...funnel, steps: [{ any: ['moon.landed'] }, { any: ['order.paid'] }] });
  await page.getByText('没有“moon.landed”这种事件', { exact: false }).first().waitFor();
  await shoot(page, 'measure-refused');
});

test('English, and a phone', async () => {
  const phone = await visitor(browser, server.url, { language: 'en', width: 390, expectErrors: [/401/] });
  await signIn(phone.page, server);
  for (const [kind, question, seen] of [
    ['funnel', funnel, '[data-step="3"]'],
    ['retention', { ...span, from: '2025-11-01', first: { any: ['order.paid'] }, back: { any: ['order.paid'] } }, '.fp-measure-grid'],
    ['paths', { ...span, start: { any: ['person.created'] }, within_hours: 8760 }, '.fp-measure-branch'],
  ]) {
    await go(phone.page, kind, question);
    await phone.page.locator(seen).first().waitFor();
    await assertFits(phone.page, `${kind} on a phone`);
    await shoot(phone.page, `measure-${kind}-390-en`);
    await assertAccessible(phone.page, `${kind} on a phone`);
  }
  assert.deepEqual(phone.errors, []);
});

test('no errors in the browser’s console', () => {
  assert.deepEqual(errors, []);
});
