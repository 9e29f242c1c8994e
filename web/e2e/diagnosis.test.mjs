// Before a brand begins: questions and five numbers in, a forecast with ranges out, kept, printed, and honest about what it rests on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;
let context;

const box = (name) => page.getByRole('region', { name, exact: true });
const fact = (label) => page.locator('.fp-diagnosis-facts > div').filter({ hasText: label }).locator('b');
const number = (label) => page.getByRole('spinbutton', { name: label, exact: true });
/** Runs what changes the input and waits for the forecast that follows. */
const after422 = (status) => page.waitForResponse((r) => r.url().endsWith('/insight/diagnosis/forecast') && r.status() === status);

before(async () => {
  browser = await launch();
  server = await startDemo(200);
  ({ page, errors, context } = await visitor(browser, server.url, { expectErrors: [/422/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('questions and five numbers make a forecast, which says what it rests on', async () => {
  await page.goto(`${server.url}/diagnosis`);
  await page.getByRole('heading', { name: '开始之前：自我诊断' }).waitFor();
  await fact('赚回投入的可能').waitFor();
  await box('先做什么').getByText('还有 16 题没答').waitFor();
  const before = await fact('池里客户').innerText();

  for (const answer of ['都有，并知道扫码率', '有话术，也看每人的结果', '每次都带，并按渠道算成本', '四处以上']) {
    const told = after422(200);
    await page.getByRole('radio', { name: answer, exact: true }).check();
    await told;
  }
  await box('场景').getByText('已答 4 / 4').waitFor();
  assert.match(await box('场景').locator('.fp-diagnosis-part').innerText(), /100/);
  const number1 = (text) => Number(text.replace(/\D/g, ''));
  await page.waitForFunction((was) => document.querySelectorAll('.fp-diagnosis-facts b')[2]?.textContent !== was, before);
  assert.ok(number1(await fact('池里客户').innerText()) > number1(before), 'who is ready catches more people');

  let told = after422(200);
  await page.getByRole('radio', { name: '想到再发', exact: true }).check();
  await told;
  await box('先做什么').getByText('先排好加好友后的七天').waitFor();
  await settled(page);
  await assertAccessible(page, 'diagnosis');
  await shoot(page, 'diagnosis-zh-CN-1280');

  // What nobody knows can be replaced, and taken back.
  await number('月流失率 可能').fill('7.5');
  told = after422(200);
  await number('月流失率 可能').press('Tab');
  await told;
  const row = page.getByRole('row').filter({ hasText: '月流失率' });
  await row.getByText('您填的').waitFor();
  await row.getByRole('button', { name: '恢复默认' }).click();
  await row.getByText('内容', { exact: true }).waitFor();
});

test('what makes no sense is said at its place, and the last result stays', async () => {
  const refused = after422(422);
  await number('进池率 低').fill('90');
  await number('进池率 低').press('Tab');
  await refused;
  await page.getByRole('row').filter({ hasText: '进池率' }).getByRole('alert').waitFor();
  await page.getByText('有一项填得不对，下面仍是改动前的结果。').waitFor();
  assert.ok(await page.getByRole('button', { name: /打印/ }).isDisabled());
  await settled(page);
  await shoot(page, 'diagnosis-wrong-zh-CN-1280');
  const mended = after422(200);
  await page.getByRole('row').filter({ hasText: '进池率' }).getByRole('button', { name: '恢复默认' }).click();
  await mended;
  await page.getByText('有一项填得不对').waitFor({ state: 'hidden' });
});

test('it is kept under a name, opened again, deleted and brought back', async () => {
  await choose(page, '往后看', '36 个月');
  await page.getByText(/36 个月内/).first().waitFor();
  await page.getByRole('button', { name: /保\s?存/ }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('开业前');
  await dialog.getByRole('button', { name: /保\s?存/ }).click();
  await page.getByRole('button', { name: '已保存 1 份' }).waitFor();
  await page.reload();
  await page.getByText(/24 个月内/).first().waitFor();
  await page.getByRole('button', { name: '已保存 1 份' }).click();
  await page.getByRole('menuitem', { name: /开业前/ }).click();
  await page.getByText(/36 个月内/).first().waitFor();
  assert.ok(await page.getByRole('radio', { name: '都有，并知道扫码率', exact: true }).isChecked());
  await page.getByRole('button', { name: '已保存 1 份' }).click();
  await page.getByRole('menuitem', { name: /开业前/ }).getByRole('button').click();
  await page.getByText('已删除“开业前”').waitFor();
  assert.equal((await call(page, '/insight/diagnoses')).items.length, 0);
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByRole('button', { name: '已保存 1 份' }).waitFor();
});

test('printed, on a phone, in English and in the dark', async () => {
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.fp-sider').isHidden());
  await shoot(page, 'diagnosis-print-zh-CN-1280');
  await page.emulateMedia({ media: 'screen' });
  assert.deepEqual(errors, []);
  const { cookies } = await context.storageState(); // not the language
  for (const [language, width, look, title] of [['zh-CN', 390, 'light', '开始之前：自我诊断'], ['en', 1280, 'dark', 'Before you begin']]) {
    const other = await visitor(browser, server.url, { language, width, look, storageState: { cookies, origins: [] } });
    await other.page.goto(`${server.url}/diagnosis`);
    await other.page.getByRole('heading', { name: title }).waitFor();
    await other.page.locator('.fp-diagnosis-facts b').first().waitFor();
    await settled(other.page);
    await assertFits(other.page, `diagnosis ${width}`);
    await assertAccessible(other.page, `diagnosis ${language} ${width}`);
    await shoot(other.page, `diagnosis-${language}-${width}-${look}`);
    assert.deepEqual(other.errors, []);
    await other.context.close();
  }
});
