// From the link that the server prints at its first start to a pool out of a file of orders.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, choose, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { smallOrders } from './lib/orders.mjs';
import { startEmpty } from './lib/server.mjs';

const owner = { email: 'owner@example.com', password: 'a pond without fish' };
let browser;
let server;
let one;

before(async () => {
  [browser, server] = await Promise.all([launch(), startEmpty()]);
  one = await visitor(browser, server.url, { expectErrors: [/401/] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const number = (n) => new Intl.NumberFormat('zh-CN').format(n);
const money = (minor) => new Intl.NumberFormat('zh-CN', { style: 'currency', currency: 'CNY' }).format(minor / 100);

test('a wrong set-up link opens nothing', async () => {
  const { page } = one;
  await page.goto('/setup?token=guessed');
  await page.getByText('链接无效').waitFor();
  await holds(async () => assert.equal(await page.locator('form').count(), 0));
});

test('the set-up link makes the brand and its owner, once', async () => {
  const { page } = one;
  await page.goto(server.setup_url);
  await page.getByLabel('企业名称').fill('山泉茶行');
  await choose(page, '时区', 'Asia/Shanghai');
  await page.getByLabel('你的姓名').fill('林晓');
  await page.getByLabel('邮箱').fill(owner.email);
  await settled(page);
  await shoot(page, 'setup-zh-CN-1280');
  await assertAccessible(page, 'set-up');
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, 'setup-zh-CN-390');
  await assertFits(page, 'set-up on a phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByLabel('设置密码').fill('short');
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByText('至少需要 10 个字符').waitFor();
  await page.getByLabel('设置密码').fill(owner.password);
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByText('从一份订单表开始').waitFor();
  await holds(async () => assert.ok(await page.getByTitle('山泉茶行').isVisible()));

  await page.goto(server.setup_url);
  await page.getByText('初始设置已经完成').waitFor();
});

test('signing out and in again comes back to the page', async () => {
  const { page } = one;
  await page.goto('/');
  await page.getByRole('button', { name: '林晓 的账号菜单' }).click();
  await page.getByText('退出登录').click();
  await page.waitForURL('**/sign-in');
  await page.goto('/customers?stage=lost');
  await page.waitForURL(/\/sign-in\?return=/);

  await page.getByLabel('邮箱').fill(owner.email);
  await page.getByLabel('密码', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByText('请求编号').waitFor();

  await page.getByLabel('密码', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.waitForURL('**/customers?stage=lost');
});

test('every page has something to say when there is nothing yet', async () => {
  for (const [language, width] of [['zh-CN', 1280], ['zh-CN', 390], ['en', 1280], ['en', 390]]) {
    const { page, errors, context } = await visitor(browser, server.url, { language, width, expectErrors: [/401/] });
    await signIn(page, owner);
    for (const [name, path] of Object.entries({
      home: '/',
      customers: '/customers',
      duplicates: '/duplicates',
      tags: '/tags',
      traits: '/tags?tab=traits',
      imports: '/imports',
      audit: '/audit?action=nothing',
      keys: '/settings?tab=keys',
      lifecycle: '/settings?tab=lifecycle',
      system: '/system',
    })) {
      await page.goto(path);
      await settled(page);
      await shoot(page, `empty-${name}-${language}-${width}`);
      await assertFits(page, `empty ${name} ${language} ${width}`);
    }
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('a file of orders becomes a pool', async () => {
  const { page } = one;
  const file = smallOrders();
  await page.goto('/imports');
  await page.locator('input[type=file]').setInputFiles({ name: '门店订单.csv', mimeType: 'text/csv', buffer: Buffer.from(file.csv) });
  await page.getByText('每一列是什么').waitFor();

  // Guessed from the names of the columns; the town is ours to say if it was not.
  const meaning = async (column) => (await page.getByRole('combobox', { name: `「${column}」列的含义` }).locator('xpath=ancestor::div[contains(@class,"ant-select")][1]').textContent())?.trim();
  assert.match(await meaning('会员号'), /客户编号/);
  assert.match(await meaning('订单号'), /订单号/);
  assert.match(await meaning('下单时间'), /下单时间/);
  if (!/地区/.test(await meaning('城市'))) await choose(page, '「城市」列的含义', '地区');
  await page.getByLabel('退款单号的前缀').fill('R');
  await settled(page);
  await shoot(page, 'mapping-zh-CN-1280');
  await assertAccessible(page, 'mapping');
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, 'mapping-zh-CN-390');
  await assertFits(page, 'mapping on a phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.getByRole('button', { name: '开始导入' }).click();
  await page.waitForURL(/\/imports\/.+/);
  await page.locator('[data-import=done]').waitFor();
  await shoot(page, 'import-done-zh-CN-1280');
  await assertAccessible(page, 'import');
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, 'import-done-zh-CN-390');
  await assertFits(page, 'import on a phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  const cell = async (label) => (await page.getByRole('row', { name: new RegExp(`^${label} `) }).getByRole('cell').textContent())?.trim();
  assert.equal(await cell('行数'), number(file.rows));
  assert.equal(await cell('没有客户的行'), number(file.withoutCustomer));
  assert.equal(await cell('未通过'), number(file.rejected));
  assert.equal(await cell('客户'), number(file.persons));
  assert.equal(await cell('订单数'), number(file.orders));
  assert.equal(await cell('退款'), number(file.refunds));
  assert.equal(await cell('成交额'), money(file.gmvMinor));
  assert.equal(await cell('退款额'), money(16800));

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载未通过的行' }).click()]);
  const rejected = await readFile(await download.path(), 'utf8');
  assert.match(rejected, /2026-99-99/);

  // The overview tells the same, once the projections have followed.
  await page.getByRole('button', { name: '看看这一池客户' }).click();
  await page.getByText('一池客户').waitFor();
  await page.waitForFunction((n) => document.querySelector('.fp-stat-value')?.textContent === n, number(file.persons));
  const stat = (label, value) => page.locator('.fp-stat', { hasText: label }).first().locator('.fp-stat-value').getByText(value, { exact: true }).waitFor();
  await stat('成交额', money(file.gmvMinor));
  await stat('订单数', number(file.orders));

  // The same file once more changes nothing.
  await page.goto('/imports');
  await page.locator('input[type=file]').setInputFiles({ name: '门店订单.csv', mimeType: 'text/csv', buffer: Buffer.from(file.csv) });
  await page.getByLabel('退款单号的前缀').fill('R');
  await page.getByRole('button', { name: '开始导入' }).click();
  await page.locator('[data-import=done]').waitFor();
  await page.goto('/customers');
  await page.getByText(`共 ${file.persons} 位客户`).waitFor();
});

test('what is not a table is refused with a reason', async () => {
  const { page } = one;
  await page.goto('/imports');
  await page.locator('input[type=file]').setInputFiles({ name: 'photo.csv', mimeType: 'text/csv', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0xff, 0xfe]) });
  await page.getByRole('alert').waitFor();
  await shoot(page, 'import-refused-zh-CN-1280');
  await holds(async () => assert.match(await page.getByRole('alert').textContent(), /请求编号/));
});

test('nothing was broken on the way', () => {
  // Two refusals were asked for: a wrong password, and a picture for a table.
  assert.deepEqual(one.errors.filter((e) => !/\b(400|401|409|413|415|422)\b/.test(e)), []);
});
