// What customers are worth, what those who stay share, questions that are kept, and stages by probability, on the demo brand.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(800, '--no-visitors')]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /409/, /500/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const body = (answer) => answer.body ?? answer;

/** Waits until values are known; asks for them where nothing has yet. */
async function known(p) {
  await p.goto(`${server.url}/value`);
  await p.locator('[data-refit]').waitFor();
  await settled(p);
  if ((await p.locator('[data-value-known="yes"]').count()) === 0 && (await p.locator('[data-refitting]').count()) === 0) await p.locator('[data-refit]').click();
  await p.locator('[data-value-known="yes"]').waitFor({ timeout: 60_000 });
  await p.locator('[data-refitting]').waitFor({ state: 'detached', timeout: 60_000 });
  await settled(p);
}

test('values are worked out when asked, and the page tells the API’s figures', async () => {
  await known(page);
  const said = body(await call(page, '/insight/clv?days=365&discount=0.1'));
  const number = async (key) => Number((await page.locator(`[data-value-figure="${key}"] .fp-figure-value`).innerText()).replace(/[^\d]/g, ''));
  assert.equal(await number('clv.people'), said.result.people);
  assert.equal(await number('clv.asked.orders'), Math.round(said.asked.orders));
  await page.locator('[data-value-models] tbody tr').nth(2).waitFor();
  await page.locator('[data-value-best]').waitFor();
  const text = await page.locator('.fp-page').innerText();
  assert.doesNotMatch(text, /NaN|undefined|null/);
  await shoot(page, 'value');
  await assertAccessible(page, 'value');
});

test('another horizon is answered at once', async () => {
  const box = page.getByRole('spinbutton', { name: '往后看' });
  await box.fill('90');
  await box.press('Enter');
  await page.waitForURL(/days=90/);
  await page.getByText('90 天内订单').waitFor();
  const said = body(await call(page, '/insight/clv?days=90&discount=0.1'));
  const shown = page.locator('[data-value-figure="clv.asked.orders"] .fp-figure-value');
  const want = String(Math.round(said.asked.orders));
  for (let i = 0; i < 50 && (await shown.innerText()).replace(/\D/g, '') !== want; i++) await page.waitForTimeout(100);
  assert.equal((await shown.innerText()).replace(/\D/g, ''), want);
});

test('those about to be lost become a segment with one click', async () => {
  await page.goto(`${server.url}/value?show=risk&alive=0.9&share=0.5`);
  await page.locator('[data-value-people="risk"] .ant-table-row').first().waitFor();
  await settled(page);
  const list = body(await call(page, '/insight/clv/people?show=risk&alive_below=0.9&share=0.5&limit=20'));
  assert.equal(await page.locator('[data-value-people="risk"] .ant-table-row').count(), list.items.length);
  await page.getByRole('textbox', { name: '人群名称' }).fill('要挽回的贵客');
  await page.locator('[data-value-segment]').click();
  await page.waitForURL(/\/segments\/seg_/);
  await page.getByRole('heading', { name: '要挽回的贵客' }).waitFor();
});

test('a bar of the distribution opens its people', async () => {
  await page.goto(`${server.url}/value`);
  await page.locator('.fp-value-bars button:not([disabled])').last().click();
  await page.waitForURL(/show=alive/);
  await page.locator('[data-value-people="alive"] .ant-table-row').first().waitFor();
});

test('a customer’s page tells what she is worth', async () => {
  const top = body(await call(page, '/insight/clv/people?limit=1')).items[0];
  await page.goto(`${server.url}/customers/${top.id}`);
  await page.locator('[data-person-value] .fp-figure-value').nth(3).waitFor();
  await settled(page);
  await shoot(page, 'value-person');
});

test('what those who stay share is said, with look-alikes as a segment', async () => {
  const question = { group: { kind: 'active', days: 30 }, level: 0.05 };
  await page.goto(`${server.url}/measure?tab=shared`);
  await page.getByText('留下来的人有什么共同点').waitFor();
  await page.goto(`${server.url}/measure?tab=shared&q=${encodeURIComponent(JSON.stringify(question))}`);
  await page.locator('[data-shared-found]').waitFor();
  await settled(page);
  const said = body(await call(page, '/insight/shared', 'POST', question));
  const differ = said.features.filter((f) => f.verdict === 'more' || f.verdict === 'less').length;
  assert.equal(await page.locator('[data-shared-found]').getAttribute('data-shared-found'), String(differ));
  await page.getByText('全部', { exact: true }).first().click();
  await page.locator('[data-shared-found] .ant-table-row').first().waitFor();
  await shoot(page, 'shared');
  await assertAccessible(page, 'shared');
  const boxes = page.locator('[data-shared-found] .ant-table-row .ant-checkbox-input:not([disabled])');
  if ((await page.locator('[data-shared-found] .ant-checkbox-input:checked').count()) === 0) await boxes.first().click();
  await page.getByRole('spinbutton', { name: '人数' }).fill('25');
  await page.locator('[data-shared-alike]').click();
  await page.locator('.ant-drawer').waitFor();
  await settled(page);
  await shoot(page, 'shared-alike');
  if (await page.locator('[data-save-segment]').count()) {
    await page.getByRole('textbox', { name: '人群名称' }).fill('像留下来的人');
    await page.locator('[data-save-segment]').click();
    await page.waitForURL(/\/segments\/seg_/);
  }
});

test('a question is kept, renamed, opened, deleted and brought back', async () => {
  const funnel = { steps: [{ any: ['person.created'] }, { any: ['order.paid'] }], within_hours: 87600 };
  await page.goto(`${server.url}/measure?tab=funnel&q=${encodeURIComponent(JSON.stringify(funnel))}`);
  await page.locator('[data-step="2"]').waitFor();
  await page.locator('[data-keep]').click();
  await page.getByRole('textbox', { name: '名称' }).fill('首单漏斗');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await page.locator('[data-kept]').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '“首单漏斗”的操作' }).click();
  await page.getByRole('menuitem', { name: '改名' }).click();
  await page.getByRole('textbox', { name: '名称' }).fill('一年首单');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.goto(`${server.url}/measure?tab=paths`);
  await page.locator('[data-kept] button').filter({ hasText: '一年首单' }).click();
  await page.locator('[data-step="2"]').waitFor();
  await settled(page);
  await shoot(page, 'measure-kept');
  await assertAccessible(page, 'kept questions');
  await page.getByRole('button', { name: '“一年首单”的操作' }).click();
  await page.getByRole('menuitem', { name: '删除“一年首单”' }).click();
  await page.locator('[data-kept]').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '撤销' }).click();
  await page.locator('[data-kept]').waitFor();
});

test('stages can follow the probability', async () => {
  await page.goto(`${server.url}/settings?tab=lifecycle`);
  await page.locator('[data-chances="off"]').waitFor();
  await page.locator('[data-use-chances]').click();
  await page.locator('[data-chances="known"]').waitFor();
  await settled(page);
  await shoot(page, 'settings-chances');
  await assertAccessible(page, 'stages by probability');
  const set = body(await call(page, '/lifecycle/settings'));
  assert.equal(set.source, 'probability');
  assert.equal(set.chances.silent, 0.5);
});

test('English, and a phone', async () => {
  const phone = await visitor(browser, server.url, { language: 'en', width: 390, expectErrors: [/401/] });
  await signIn(phone.page, server);
  for (const [address, seen, name] of [
    ['/value?show=risk&alive=0.9&share=0.5', '[data-value-people="risk"] .ant-table-row', 'value'],
    [`/measure?tab=shared&q=${encodeURIComponent('{"group":{"kind":"active","days":30}}')}`, '[data-shared-found]', 'shared'],
    ['/settings?tab=lifecycle', '[data-chances="known"]', 'settings-chances'],
  ]) {
    await phone.page.goto(server.url + address);
    await phone.page.locator(seen).first().waitFor();
    await settled(phone.page);
    await assertFits(phone.page, `${name} on a phone`);
    await shoot(phone.page, `${name}-390-en`);
    await assertAccessible(phone.page, `${name} on a phone`);
  }
  assert.deepEqual(phone.errors, []);
});

test('what fails is said, and tried again', async () => {
  await page.route('**/api/v1/insight/clv?*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"x","status":500,"detail":"出了点问题","code":"internal"}' }));
  await page.goto(`${server.url}/value`);
  await page.getByRole('button', { name: /重试|再试/ }).first().waitFor();
  await shoot(page, 'value-failing');
  await page.unroute('**/api/v1/insight/clv?*');
  await page.getByRole('button', { name: /重试|再试/ }).first().click();
  await page.locator('[data-value-known="yes"]').waitFor();
});

test('no errors in the browser’s console', () => {
  assert.deepEqual(errors, []);
});
