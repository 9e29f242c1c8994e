// The signature of a mail account: a key is made, its record shown, looked for in DNS; in both
// languages and on a phone. No DNS answers here as a brand's would, so nothing signs at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  browser = await launch();
  server = await startDemo(60);
  ({ page, errors } = await visitor(browser, server.url));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a key is made while a mail account is connected, and its record is there to be copied', async () => {
  await page.goto('/accounts/connect?kind=email&step=details');
  await page.getByLabel('账号名称', { exact: true }).fill('店铺邮箱');
  await page.getByLabel('发件地址', { exact: true }).fill('shop@brand.example');
  await page.getByLabel('SMTP 服务器', { exact: true }).fill('smtp.brand.example:465');
  await page.getByLabel('登录名', { exact: true }).fill('shop@brand.example');
  await page.getByLabel('密码或授权码', { exact: true }).fill('secret');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByText('邮件签名（DKIM）').waitFor();
  await settled(page);
  await shoot(page, 'signing-new');
  await page.getByRole('button', { name: '生成密钥' }).click();
  await page.locator('[data-key=waiting]').waitFor();
  await holds(async () => assert.match(await page.getByRole('textbox', { name: '主机记录（名称）' }).inputValue(), /^fp\d{8}r\._domainkey\.brand\.example$/));
  await holds(async () => assert.match(await page.getByRole('textbox', { name: '记录值（TXT）' }).inputValue(), /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{390,}/));
  await page.getByRole('button', { name: '检查 DNS' }).click();
  await page.locator('[data-found=missing], [data-found=unknown]').waitFor();
  await settled(page);
  await assertAccessible(page, 'signing');
  await assertFits(page);
  await shoot(page, 'signing-zh');
  assert.deepEqual(errors, []);
});

test('in English, on a phone, in the settings', async () => {
  const id = new URL(page.url()).searchParams.get('account');
  const phone = await visitor(browser, server.url, { language: 'en', width: 390 });
  await signIn(phone.page, server);
  await phone.page.goto(`/accounts/${id}?tab=settings`);
  await phone.page.getByText('Signed mail (DKIM)').waitFor();
  await settled(phone.page);
  await assertAccessible(phone.page, 'signing on a phone');
  await assertFits(phone.page);
  await phone.page.getByText('Signed mail (DKIM)').scrollIntoViewIfNeeded();
  await shoot(phone.page, 'signing-en-390');
  assert.deepEqual(phone.errors, []);
});
