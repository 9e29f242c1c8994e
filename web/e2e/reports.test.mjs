// What measuring pages show is taken along: figures that say what they mean, files, paper, and reports that go to staff by a real mail server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { headerOf, startMailSink } from './lib/mailsink.mjs';
import { startDemoWithMail } from './lib/server.mjs';
import { workbook } from './lib/unzip.mjs';

let browser;
let server;
let sink;
let page;
let errors;
const name = '周一晨报';

before(async () => {
  browser = await launch();
  sink = await startMailSink();
  server = await startDemoWithMail(300, sink);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /500/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sink?.stop();
});

const download = async (format, more) => {
  await page.locator('[data-report] .ant-dropdown-trigger').click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator(`.ant-dropdown:not(.ant-dropdown-hidden) [data-export="${format}"]`).click()]);
  const bytes = await readFile(await file.path());
  assert.match(file.suggestedFilename(), more);
  return bytes;
};

test('a figure says what it means, of what time it is, and who is behind it', async () => {
  await page.goto(server.url);
  const figure = page.locator('[data-figure="overview.buyers"]');
  await figure.waitFor();
  await settled(page);
  await figure.locator('button').focus();
  const told = page.locator('[data-figure-text="overview.buyers"]');
  await told.waitFor();
  const all = (await call(page, '/insight/definitions')).items;
  const text = await told.innerText();
  assert.ok(text.includes(all.find((d) => d.key === 'overview.buyers').formula), text);
  assert.match(text, /时区\s+Asia\/Shanghai/);
  assert.match(text, /统计到\s+20\d\d\/\d\d\/\d\d/);
  assert.match(await page.locator('.fp-period').innerText(), /统计到 20\d\d\/\d\d\/\d\d .* 记录的事件/);
  // The columns of its tables and the legend of its chart say it, too.
  for (const key of ['cohorts.size', 'cohorts.cells.share', 'overview.top_regions.gmv_minor', 'overview.top_products.quantity', 'overview.months.gmv_minor']) {
    assert.ok((await page.locator(`[data-figure="${key}"]`).count()) > 0, key);
    assert.ok(all.some((d) => d.key === key), `${key} is defined`);
  }
  await shoot(page, 'figure-zh-CN-1280');
  await assertAccessible(page, 'figure');
  await figure.locator('button').press('Escape');
  await page.locator('[data-figure="overview.new_persons"] a').click();
  await page.waitForURL(/customers\?.*created_from/);
  await page.locator('.fp-page h1').waitFor();
});

test('a page is taken along as CSV and as XLSX, and what is read there is what is shown', async () => {
  await page.goto(server.url);
  await page.locator('[data-figure="overview.orders"]').waitFor();
  const o = await call(page, '/insight/overview');
  const csv = (await download('csv', /^overview-\d{8}-\d{6}\.csv$/)).toString('utf8');
  assert.ok(csv.startsWith('\uFEFF汇总\r\n时段：'), csv.slice(0, 80));
  const row = csv.split('\r\n').find((l) => l.startsWith(`${o.period.from} – ${o.period.to},`));
  assert.deepEqual(row.split(',').slice(1, 5).map(Number), [o.persons, o.new_persons, o.buyers, o.orders]);
  assert.equal(row.split(',')[5], (o.gmv_minor / 100).toFixed(2));
  for (const m of o.months) assert.ok(csv.includes(`\r\n${m.month},${m.orders},`), m.month);
  const book = workbook(await download('xlsx', /^overview-.*\.xlsx$/));
  assert.deepEqual(book.names, ['汇总', '按月', '地区', '商品']);
  assert.match(book.text[0] + book.strings, /购买人数/);
  await page.goto(`${server.url}/measure?tab=retention`);
  await page.locator('[data-report="retention"] .ant-dropdown-trigger').waitFor();
  assert.match((await download('csv', /^retention-/)).toString('utf8'), /留存率/);
});

test('on paper a page is light, without a menu, with its title and when it was printed', async () => {
  const dark = await visitor(browser, server.url, { look: 'dark' });
  await signIn(dark.page, server);
  for (const [path, wait, file] of [['/', '[data-figure="overview.orders"]', 'overview'], ['/measure?tab=funnel', '.fp-page h1', 'measure'], ['/diagnosis', '.fp-page h1', 'diagnosis']]) {
    await dark.page.goto(server.url + path);
    await dark.page.locator(wait).first().waitFor();
    await settled(dark.page);
    const bytes = await dark.page.pdf({ path: process.env.FISHPOND_SHOTS ? `${process.env.FISHPOND_SHOTS}/print-${file}.pdf` : undefined, format: 'A4', printBackground: true });
    assert.ok(bytes.length > 10_000);
    await dark.page.emulateMedia({ media: 'print' });
    await dark.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    assert.match(await dark.page.locator('.fp-print-head').innerText(), /打印于 .*Asia\/Shanghai/);
    assert.ok(!(await dark.page.locator('.fp-sider, .ant-layout-sider').first().isVisible()), 'the menu is on paper');
    assert.equal(await dark.page.evaluate(() => document.documentElement.dataset.look), 'light');
    await dark.page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    await dark.page.emulateMedia({ media: null });
    assert.equal(await dark.page.evaluate(() => document.documentElement.dataset.look), 'dark');
  }
  await dark.context.close();
});

test('without an account and without reports the page says what to do', async () => {
  await page.goto(`${server.url}/reports`);
  await page.getByText('还没有定时报表').waitFor();
  await settled(page);
  await assertAccessible(page, 'reports, empty');
  await shoot(page, 'reports-empty-zh-CN-1280');
});

test('a report is put together, looked at, and sent at once with its tables attached', async () => {
  await call(page, '/carriers/accounts', 'POST', { kind: 'email', name: '官方邮箱', values: { from: 'tea@pond.example', server: sink.address, user: 'u', password: 'p' } });
  await page.reload();
  await page.locator('[data-new-report]').first().click();
  await page.getByLabel('名称', { exact: true }).fill(name);
  await page.getByRole('button', { name: /再加一个页面/ }).click();
  await choose(page, '第 2 个页面的时段', '前 3 个月');
  await choose(page, '多久一次', '每月');
  await choose(page, '几号', '月末最后一天');
  await page.locator('[data-preview]').click();
  await page.frameLocator('[data-letter] iframe').getByRole('heading', { name }).waitFor();
  await settled(page);
  await shoot(page, 'reports-form-zh-CN-1280');
  await assertAccessible(page, 'reports, form');
  await page.locator('[data-save-report]').click();
  const row = page.locator('[data-report-row]', { hasText: name });
  await row.getByText('每月最后一天 08:00').waitFor();

  await row.getByRole('button', { name: `更多操作：${name}` }).click();
  await page.getByRole('menuitem', { name: '立即发送' }).click();
  await until(page, 'the mail', () => sink.mails.length === 1);
  const mail = sink.mails[0];
  assert.equal(mail.to, server.email);
  assert.match(headerOf(mail, 'Subject'), /utf-8|周一晨报/i);
  const base64 = /filename=[^\r\n]*\.xlsx[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(mail.source)?.[1];
  const book = workbook(Buffer.from(base64.replace(/\s/g, ''), 'base64'));
  assert.equal(book.names[0], '经营概览 汇总');
  assert.ok(book.names.some((n) => n.startsWith('首单留存')), book.names.join());
  await row.getByText('已发 1 人').waitFor();
  await page.getByRole('button', { name, exact: true }).click();
  await page.locator('[data-mail="sent"]').waitFor();
  await settled(page);
  await shoot(page, 'reports-history-zh-CN-1280');
  await assertAccessible(page, 'reports, history');
  await page.locator('.ant-drawer-close').first().click();
  assert.equal(sink.mails.length, 1);
});

test('it is paused, goes on, and comes back after it was deleted', async () => {
  const row = page.locator('[data-report-row]', { hasText: name });
  const act = async (what) => {
    await row.getByRole('button', { name: `更多操作：${name}` }).click();
    await page.getByRole('menuitem', { name: what, exact: true }).click();
  };
  await page.locator('.ant-drawer-content-wrapper').first().waitFor({ state: 'hidden' });
  await act('暂停');
  await row.getByText('已暂停').waitFor();
  await act('继续');
  await row.getByText('已暂停').waitFor({ state: 'detached' });
  await act('删除');
  await page.getByText('还没有定时报表').waitFor();
  await page.locator('.ant-notification-notice button', { hasText: /撤\s*销/ }).click();
  await row.waitFor();
});

test('English, a phone, and a server that fails', async () => {
  const phone = await visitor(browser, server.url, { language: 'en', width: 390, expectErrors: [/401/, /500/] });
  await signIn(phone.page, server);
  for (const [path, ready, shot] of [['/reports', '[data-report-row]', 'reports-en-390'], ['/', '[data-figure="overview.orders"]', 'overview-en-390']]) {
    await phone.page.goto(server.url + path);
    await phone.page.locator(ready).first().waitFor();
    await settled(phone.page);
    await assertFits(phone.page, shot);
    await assertAccessible(phone.page, shot);
    await shoot(phone.page, shot);
  }
  await phone.page.route('**/api/v1/insight/report-schedules', (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"Broken","status":500,"code":"internal"}' }));
  await phone.page.goto(`${server.url}/reports`);
  await phone.page.getByRole('button', { name: 'Try again' }).or(phone.page.getByRole('button', { name: 'Retry' })).first().waitFor();
  await shoot(phone.page, 'reports-failing-en-390');
  assert.deepEqual(phone.errors, []);
  await phone.context.close();
  assert.deepEqual(errors, []);
});
