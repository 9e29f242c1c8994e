// From a shop's file of orders to what a person costs, what a person is worth and what would be left tomorrow: by clicks alone.
//
// The file is made here; FISHPOND_RETAIL_CSV may name the (unpacked) file of the UCI Online Retail data set instead.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, openOption, settled, shoot, until, visitor } from './lib/browser.mjs';
import { retailOrders } from './lib/retail.mjs';
import { startEmpty } from './lib/server.mjs';

const real = process.env.FISHPOND_RETAIL_CSV;
// What is known of the real one: counted by itself from the file.
const file = real ? { persons: 4372, orders: 18536, refunds: 3654, gmvMinor: 891140790 } : retailOrders();
const patience = real ? 480_000 : 120_000; // the real one is thirty times as large
let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startEmpty()]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/] }));
  if (real) page.setDefaultTimeout(patience);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const number = (n) => new Intl.NumberFormat('zh-CN').format(n);
const pounds = (minor) => new Intl.NumberFormat('zh-CN', { style: 'currency', currency: 'GBP' }).format(minor / 100);

test('a brand is set up and its file becomes a pool', async () => {
  await page.goto(server.setup_url);
  await page.getByLabel('企业名称').fill('Giftshop');
  for (const [label, value] of [['时区', 'Europe/London'], ['币种', 'GBP']]) {
    await page.getByLabel(label).fill(value);
    await openOption(page, value).click();
  }
  await page.getByLabel('你的姓名').fill('Ann');
  await page.getByLabel('邮箱').fill('ann@gift.example');
  await page.getByLabel('设置密码').fill('a pond without fish');
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByText('从一份订单表开始').waitFor();

  // Where the people of the file came from is known to the shop, and said before.
  await page.goto('/channels');
  await page.getByRole('button', { name: '新建渠道' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('渠道', { exact: true }).fill('Catalogue');
  await dialog.getByRole('button', { name: '创建' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await page.goto('/imports');
  await page.locator('input[type=file]').setInputFiles(real ?? { name: 'online-retail.csv', mimeType: 'text/csv', buffer: Buffer.from(file.csv) });
  await page.getByText('每一列是什么').waitFor();
  await page.getByRole('combobox', { name: '新客户算给哪个渠道' }).click();
  await page.locator('.ant-select-tree-title', { hasText: 'Catalogue' }).click();
  await settled(page);
  await shoot(page, 'retail-mapping-zh-CN-1280');
  await page.getByRole('button', { name: '开始导入' }).click();
  await page.locator('[data-import=done]').waitFor({ timeout: patience });
  await page.getByText('新客户算给渠道“Catalogue”').waitFor();
  const cell = async (label) => (await page.getByRole('row', { name: new RegExp(`^${label} `) }).getByRole('cell').textContent())?.trim();
  assert.equal(await cell('客户'), number(file.persons));
  assert.equal(await cell('订单数'), number(file.orders));
  assert.equal(await cell('退款'), number(file.refunds));
  assert.equal(await cell('成交额'), pounds(file.gmvMinor));
  await until(page, 'the overview', async () => (await call(page, '/insight/overview')).persons === file.persons, patience);
  await page.getByRole('button', { name: '看看这一池客户' }).click();
  await page.locator('.fp-stat', { hasText: '客户总数' }).locator('.fp-stat-value').getByText(number(file.persons), { exact: true }).waitFor();
  await shoot(page, 'retail-overview-zh-CN-1280');
});

const spent = 12_000_00; // in the year, minor units

test('what people cost is typed in', async () => {
  const dialog = () => page.getByRole('dialog');
  await page.goto('/channels');
  await page.getByRole('tab', { name: '费用' }).click();
  await page.getByRole('button', { name: '分摊一笔费用' }).click();
  await dialog().getByRole('combobox', { name: '渠道' }).click();
  await page.locator('.ant-select-tree-title, .ant-select-item-option', { hasText: 'Catalogue' }).first().click();
  const [from, to] = [dialog().locator('.ant-picker input').first(), dialog().locator('.ant-picker input').last()];
  for (const [field, day] of [[from, '2010-12-01'], [to, '2011-11-30']]) {
    await field.click();
    await field.fill(day);
    await page.keyboard.press('Enter');
  }
  await dialog().getByText('365').first().waitFor();
  await dialog().getByRole('spinbutton').fill(String(spent / 100));
  await dialog().getByRole('status').waitFor();
  await dialog().getByRole('button', { name: '记账' }).click();
  await dialog().waitFor({ state: 'hidden' });
  await page.getByText(`已记 ${pounds(spent)}，365 天`).waitFor();
});

test('what each person is worth is worked out and told', async () => {
  await page.goto('/value');
  await settled(page);
  await page.locator('[data-refit]').click();
  await page.locator('[data-value-known="yes"]').waitFor({ timeout: patience });
  await page.locator('[data-refitting]').waitFor({ state: 'detached', timeout: patience });
  const buyers = (await call(page, '/insight/overview?from=2010-12&to=2011-12')).buyers;
  await page.locator('[data-value-figure="clv.people"]').getByText(number(buyers), { exact: true }).waitFor();
  await page.locator('[data-value-models]').waitFor();
  await page.locator('[data-value-holdout]').waitFor();
  await settled(page);
  await shoot(page, 'retail-value-zh-CN-1280');
  await assertAccessible(page, 'value');
});

test('what a person costs follows from what was typed in', async () => {
  await page.goto('/economics?from=2010-12&to=2011-12');
  const cac = page.locator('[data-stat="economics.cac"]');
  await cac.getByText(pounds(Math.round(spent / file.persons)), { exact: true }).waitFor();
  // Everybody came through the catalogue, so it cost what all cost.
  const row = page.getByRole('row').filter({ has: page.locator('[data-row]:not([data-row="total"])', { hasText: 'Catalogue' }) });
  await row.getByText(pounds(Math.round(spent / file.persons)), { exact: true }).waitFor();
  await row.locator('[data-people=persons]').getByText(number(file.persons), { exact: true }).waitFor();
  const { rows } = await call(page, '/insight/economics?by=channel&from=2010-12&to=2011-12');
  assert.deepEqual(rows.map((r) => [r.name, r.persons, r.cost_minor]), [['Catalogue', file.persons, spent]]);
  await page.locator('[data-stat="economics.value"][data-known="true"]').waitFor();
  await page.locator('[data-stat="economics.roi"][data-known="false"]').waitFor(); // no margin was typed in
  await settled(page);
  assert.doesNotMatch(await page.locator('.fp-page').innerText(), /NaN|undefined|Infinity/);
  await shoot(page, 'retail-economics-zh-CN-1280');
  await assertAccessible(page, 'economics');
});

test('a drill says that nobody of them could be reached', async () => {
  await page.goto('/drill');
  await page.locator('[data-run-drill]').first().click();
  const run = await until(page, 'the drill', async () => (await call(page, '/insight/drills')).items.find((d) => d.status === 'done'), patience);
  await page.locator(`[data-drill-run="${run.id}"]`).waitFor();
  const total = (key) => page.locator(`[data-total="${key}"]`);
  await total('persons').getByText(number(file.persons), { exact: true }).waitFor();
  await total('unreachable').getByText(number(file.persons), { exact: true }).waitFor(); // a file of orders brings no way to write to anybody
  await settled(page);
  await shoot(page, 'retail-drill-zh-CN-1280');
  await assertAccessible(page, 'drill');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page, 'drill on a phone');
  await shoot(page, 'retail-drill-zh-CN-390');
});

test('nothing was broken on the way', () => {
  assert.deepEqual(errors, []);
});
