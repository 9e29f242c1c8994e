// Customer service of WeChat: connected by the wizard, written to by a customer with a picture, and a
// visitor of a web page who sends a picture and is answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, launch, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const corp = 'wwkf00000000000001';
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
let browser;
let sea;
let server;
let page;
let errors;
let desk;

const control = (path, body, method) => play(sea, path, body, method);
const api = (to, method = 'GET', body) =>
  page.evaluate(
    async ([p, m, b]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, headers: b ? { 'Content-Type': 'application/json' } : {}, body: b && JSON.stringify(b) });
      const text = await r.text();
      return text ? JSON.parse(text) : r.status;
    },
    [to, method, body],
  );
const field = (name) => page.getByLabel(name, { exact: true });
const copied = (name) => page.getByRole('textbox', { name, exact: true }).inputValue();

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  const made = await control('/corps', { id: corp, name: '客服公司' });
  await control(`/corps/${corp}/users`, { silent: true, items: [{ userid: 'xiaomei', name: '小美' }] });
  desk = (await control(`/corps/${corp}/kf_make`, { name: '售前咨询', userids: ['xiaomei'] })).open_kfid;
  sea.secret = made.apps.find((a) => a.kind === 'kf').secret;
  server = await startDemo(120, '--platforms', sea.url);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /409/, /422/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('the wizard finds the customer service accounts of a corp', async () => {
  await page.goto('/accounts/connect');
  await page.getByRole('button', { name: /^微信客服/ }).click();
  await field('账号名称').fill('售前');
  await field('企业 ID').fill(corp);
  await field('微信客服 Secret').fill('wrong');
  await field(/^平台地址/).fill(sea.url);
  await page.locator('[data-find="open_kfid"]').click();
  await page.getByText(/Secret 不正确/).waitFor();
  await settled(page);
  await shoot(page, 'connect-kf-wrong-zh-CN-1280');
  await field('微信客服 Secret').fill(sea.secret);
  await page.locator('[data-find="open_kfid"]').click();
  await page.locator('.ant-select-content-has-value').filter({ hasText: '售前咨询' }).first().waitFor();
  await field(/^欢迎语/).fill('您好，请问想了解什么？');
  await settled(page);
  await shoot(page, 'connect-kf-zh-CN-1280');
  await assertAccessible(page, 'kf details');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page);
  await shoot(page, 'connect-kf-zh-CN-390');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: '下一步' }).click();

  await page.getByText('应用管理 → 微信客服', { exact: false }).first().waitFor();
  await page.locator('[data-saved="true"]').waitFor();
  await control(`/corps/${corp}/apps/kf/callback`, { url: await copied('回调地址'), token: await copied('回调 Token'), key: await copied('回调 EncodingAESKey') }, 'PUT');
  await settled(page);
  await shoot(page, 'connect-kf-callback-zh-CN-1280');
  await page.getByRole('button', { name: '我已填好并保存' }).click();
  for (const step of ['token', 'desk', 'servicers']) await page.locator(`[data-test="ok"] [data-step="${step}"][data-ok="true"]`).waitFor();
  await settled(page);
  await shoot(page, 'connect-kf-test-zh-CN-1280');
});

test('a customer writes with a picture, on the platform’s own page', async () => {
  const { items } = await control('/customers', { name: '苏晚晴' });
  await control('/scan', { customer: items[0].id, code: `/scan/kf/${desk}` });
  const they = await browser.newPage({ locale: 'zh-CN' });
  await they.goto(`${sea.url}/customers/${items[0].id}`);
  await they.getByText('您好，请问想了解什么？').waitFor(); // the greeting came in time
  await they.getByLabel('写点什么…').last().fill('这款茶怎么卖？');
  await they.getByRole('button', { name: '发送', exact: true }).last().click();
  await they.getByText('这款茶怎么卖？').waitFor();
  await they.getByLabel('图片或文件').setInputFiles({ name: 'tea.png', mimeType: 'image/png', buffer: pixel });
  await they.getByRole('button', { name: '发送文件' }).click();
  await they.locator('.line.me img').waitFor();
  await shoot(they, 'simulator-kf-zh-CN-1280');
  await they.close();
  const person = await until(page, 'the customer', async () => (await api('/persons?q=' + encodeURIComponent('苏晚晴'))).items?.[0]);
  const events = await until(page, 'the picture', async () => {
    const list = (await api(`/persons/${person.id}/timeline?kind=message.received`)).items ?? [];
    return list.length === 2 && list;
  });
  const picture = events.flatMap((e) => e.data.attachments ?? [])[0];
  assert.equal(picture.type, 'image/png');
  const got = await page.evaluate(async (id) => {
    const r = await fetch(`/api/v1/carriers/media/${id}`);
    return [r.status, r.headers.get('Content-Disposition'), r.headers.get('Content-Security-Policy'), (await r.arrayBuffer()).byteLength];
  }, picture.media_id);
  assert.deepEqual([got[0], got[3]], [200, pixel.length]);
  assert.match(got[1], /^inline/);
  assert.match(got[2], /sandbox/);
  const [tie] = (await api(`/persons/${person.id}/contacts`)).items;
  assert.equal(tie.account_kind, 'wecom_kf');
  assert.deepEqual([tie.window.open, tie.window.left], [true, 5]);
});

test('a visitor of a web page sends a picture and is shown it', async () => {
  const made = await api('/carriers/accounts', 'POST', { kind: 'web', name: '官网', values: { site: server.url } });
  const guest = await visitor(browser, server.url, { width: 390, expectErrors: [/422/, /favicon/] });
  await guest.page.goto(`/w/${made.id}/try`);
  await guest.page.getByRole('button', { name: '在线咨询' }).click();
  const chooser = guest.page.waitForEvent('filechooser');
  await guest.page.getByRole('button', { name: '发送图片或文件' }).click();
  await (await chooser).setFiles({ name: '实物.png', mimeType: 'image/png', buffer: pixel });
  const shown = guest.page.locator('li.me img');
  await shown.waitFor();
  await until(page, 'the picture', () => shown.evaluate((img) => img.complete && img.naturalWidth > 0));
  const again = guest.page.waitForEvent('filechooser');
  await guest.page.getByRole('button', { name: '发送图片或文件' }).click();
  await (await again).setFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload=alert(1)>') });
  await guest.page.getByText('可以发送图片', { exact: false }).waitFor();
  await shoot(guest.page, 'web-chat-picture-zh-CN-390');
  await assertAccessible(guest.page, 'web chat');
  assert.deepEqual(guest.errors, []);
  assert.deepEqual(errors, []);
});
