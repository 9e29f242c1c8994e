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

/** What a figure says of itself, in place: its definition, period, zone and how far it is counted. */
async function says(p, key, ...words) {
  await p.locator(`[data-figure="${key}"] .fp-figure-value`).first().focus();
  const text = p.locator(`[data-figure-text="${key}"]`);
  await text.getByText('统计到').waitFor();
  for (const word of [...words, 'Asia/Shanghai']) await text.getByText(word, { exact: false }).first().waitFor();
  assert.match(await text.innerText(), /统计到\s+20\d\d\/\d\d\/\d\d/, `${key} says up to when it is counted`);
  await p.keyboard.press('Escape');
  await text.waitFor({ state: 'hidden' });
}

test('a funnel shows people, times and groups, and its figures are the API’s', async () => {
  await go(page, 'funnel', funnel);
  await page.locator('[data-step="3"]').waitFor();
  const answer = await call(page, '/insight/funnel', 'POST', funnel);
  const steps = (answer.body ?? answer).steps;
  assert.ok(steps[0].persons > 100, 'the demo has customers');
  for (const [i, s] of steps.entries()) assert.equal((await page.locator(`[data-step="${i + 1}"]`).innerText()).replace(/\D/g, ''), String(s.persons));
  await shoot(page, 'measure-funnel');
  await assertAccessible(page, 'measure, funnel');
  await says(page, 'funnel.steps.persons', '到这一步的人', '2020-01-01 至 2026-12-31');
  await says(page, 'funnel.steps.of_before', '这一步人数 ÷ 上一步人数');
  await says(page, 'funnel.groups.through', '该组最后一步人数');
});

test('who dropped out is listed and becomes a segment', async () => {
  await page.locator('[data-dropped]').last().click();
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
  await says(page, 'retention.size', '有史以来第一次');
  await says(page, 'retention.cells.share', '回来人数 ÷ 初始人数');
  assert.match(await page.locator('.fp-measure-grid tbody th').nth(1).innerText(), /^20\d\d-\d\d$/, 'a row of months is a month');
  await page.locator('.fp-measure-cell').first().click();
  await page.locator('.ant-drawer .ant-table-row').first().waitFor();
});

test('paths branch from a start', async () => {
  await go(page, 'paths', { ...span, start: { any: ['person.created'] }, within_hours: 8760, depth: 3, direction: 'next' });
  await page.locator('.fp-measure-branch .fp-measure-bar').first().waitFor();
  await shoot(page, 'measure-paths');
  await assertAccessible(page, 'measure, paths');
  await says(page, 'paths.next.persons', '最近的一个不同事件');
  assert.doesNotMatch(await page.locator('.fp-measure-answer').innerText(), /[a-z]+\.[a-z]+/, 'every event has a name');
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
