// The scorecard and the playbook: six scores with the weakest link, a place among four, and what to do there with one click.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;
let context;

before(async () => {
  browser = await launch();
  server = await startDemo(600);
  ({ page, errors, context } = await visitor(browser, server.url));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const element = (key) => page.locator(`[data-element="${key}"]`);

test('six elements have scores, and the weakest says what to do and where', async () => {
  // What the page itself was told: visitors go on talking, and it may be counted again at any moment.
  const asked = page.waitForResponse((r) => new URL(r.url()).pathname === '/api/v1/insight/scorecard');
  await page.goto(`${server.url}/scorecard`);
  const card = await (await asked).json();
  await page.getByRole('heading', { name: '六要素与打法' }).waitFor();
  await page.locator('[data-total] [data-figure]').waitFor();
  assert.equal(await page.locator('[data-element]').count(), 6);
  assert.equal(await page.locator('[data-total] [data-figure]').innerText(), String(card.total));
  for (const e of card.elements) {
    assert.ok(e.score !== null, `${e.key}: ${e.why}`);
    assert.equal(await element(e.key).getByRole('meter').getAttribute('aria-valuenow'), String(e.score));
  }
  const low = Math.min(...card.elements.map((e) => e.score));
  assert.equal(card.elements.find((e) => e.key === card.weakest.key).score, low);
  await element(card.weakest.key).getByText('最弱一环').waitFor();
  assert.ok(card.months.length >= 10, 'a brand of many months has a trend');
  assert.equal(await page.locator('.fp-scorecard-table tbody tr').count(), card.months.length);
  await page.locator('.fp-scorecard-box svg').first().waitFor();
  await settled(page);
  await assertAccessible(page, 'scorecard');
  await shoot(page, 'scorecard-zh-CN-1280');
  await element(card.weakest.key).locator('[data-advice]').click();
  await page.waitForURL((u) => u.pathname === card.elements.find((e) => e.key === card.weakest.key).path);
});

test('counting again leaves the months that are over as they were', async () => {
  const before = await call(page, '/insight/scorecard');
  await page.goto(`${server.url}/scorecard`);
  const counted = page.waitForResponse((r) => r.url().endsWith('/insight/scorecard/refresh'));
  await page.getByRole('button', { name: '重新计算' }).click();
  assert.equal((await counted).status(), 200);
  await page.getByText('已重新计算').waitFor();
  const now = await call(page, '/insight/scorecard');
  assert.deepEqual(now.months.slice(0, -1), before.months.slice(0, -1));
});

test('the brand stands in one of four places, by boundaries that can be moved', async () => {
  await page.goto(`${server.url}/scorecard?tab=playbook`);
  const brand = page.locator('[data-brand]');
  await brand.waitFor();
  const book = await call(page, '/insight/playbook');
  assert.equal(await brand.getAttribute('data-brand'), book.brand.quadrant);
  assert.equal(book.brand.quadrant, 'often_cheap');
  await page.locator('[data-quadrant="often_cheap"]').getByText('品牌在这里').waitFor();
  assert.equal(await page.locator('[data-quadrant]').count(), 4);
  await settled(page);
  await assertAccessible(page, 'playbook');
  await shoot(page, 'playbook-zh-CN-1280');

  await page.getByRole('spinbutton', { name: '每单金额' }).fill('100');
  await page.getByRole('spinbutton', { name: '每单金额' }).press('Tab');
  await page.getByRole('button', { name: '保存分界' }).click();
  await page.locator('[data-brand="often_dear"]').waitFor();
  await page.getByRole('button', { name: '恢复默认' }).click();
  await page.locator('[data-brand="often_cheap"]').waitFor();
});

test('one click makes the journey that suits', async () => {
  const place = page.locator('[data-quadrant="often_cheap"]');
  await place.getByRole('button', { name: /^新建旅程：/ }).first().click();
  await page.waitForURL(/\/journeys\/jny_|\/journeys\/[a-z]+_/);
  const made = (await call(page, '/journeys')).items;
  assert.ok(made.some((j) => page.url().includes(j.id)), 'the journey that was opened is there');
});

test('printed, on a phone, in English and in the dark', async () => {
  await page.goto(`${server.url}/scorecard`);
  await page.locator('[data-total] [data-figure]').waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.fp-sider').isHidden());
  await shoot(page, 'scorecard-print-zh-CN-1280');
  await page.emulateMedia({ media: 'screen' });
  assert.deepEqual(errors, []);
  const { cookies } = await context.storageState(); // not the language
  for (const [language, width, look, title] of [['zh-CN', 390, 'light', '六要素与打法'], ['en', 1280, 'dark', 'Scorecard and playbook'], ['en', 390, 'light', 'Scorecard and playbook']]) {
    const other = await visitor(browser, server.url, { language, width, look, storageState: { cookies, origins: [] } });
    for (const [tab, there] of [['elements', '[data-total] [data-figure]'], ['playbook', '[data-brand]']]) {
      await other.page.goto(`${server.url}/scorecard?tab=${tab}`);
      await other.page.getByRole('heading', { name: title }).waitFor();
      await other.page.locator(there).waitFor();
      await settled(other.page);
      await assertFits(other.page, `${tab} ${width}`);
      await assertAccessible(other.page, `${tab} ${language} ${width}`);
      await shoot(other.page, `scorecard-${tab}-${language}-${width}-${look}`);
    }
    assert.deepEqual(other.errors, []);
    await other.context.close();
  }
});

test('without data it says so, and when the server fails, too', async () => {
  const { cookies } = await context.storageState();
  const other = await visitor(browser, server.url, { storageState: { cookies, origins: [] }, expectErrors: [/500/] });
  const nothing = { ...(await call(page, '/insight/scorecard?to=2001-01')) };
  assert.equal(nothing.month, '');
  assert.equal(nothing.total, null);
  await other.page.goto(`${server.url}/scorecard?to=2001-01`);
  await other.page.getByText('还没有可以打分的数据').waitFor();
  await assertAccessible(other.page, 'empty scorecard');
  await shoot(other.page, 'scorecard-empty-zh-CN-1280');
  await other.page.route('**/api/v1/insight/scorecard*', (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: 'x', status: 500, detail: '坏了', code: 'internal', request_id: 'req_x' }) }));
  await other.page.goto(`${server.url}/scorecard`);
  await other.page.getByText('坏了').waitFor();
  await shoot(other.page, 'scorecard-failing-zh-CN-1280');
  await other.context.close();
});
