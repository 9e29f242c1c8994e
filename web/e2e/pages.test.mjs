// Every page as people see it: both languages, desk and phone, well and failing.
// The pictures land in e2e/shots, to be looked at by whoever changed a page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(500, '--no-visitors')]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const pages = (person) => ({
  home: '/',
  customers: '/customers',
  customer: `/customers/${person}`,
  duplicates: '/duplicates',
  tags: '/tags',
  traits: '/tags?tab=traits',
  imports: '/imports',
  staff: '/staff',
  roles: '/staff?tab=roles',
  audit: '/audit',
  settings: '/settings',
  lifecycle: '/settings?tab=lifecycle',
  oidc: '/settings?tab=oidc',
  keys: '/settings?tab=keys',
  account: '/settings?tab=account',
  system: '/system',
});

async function signedIn(options) {
  const v = await visitor(browser, server.url, { expectErrors: [/401/], ...options });
  await v.page.goto('/sign-in');
  await settled(v.page);
  return v;
}

const variants = [
  { language: 'zh-CN', width: 1280, axe: true },
  { language: 'zh-CN', width: 390, axe: true },
  { language: 'en', width: 1280, axe: false },
  { language: 'en', width: 390, axe: false },
  { language: 'zh-CN', width: 1280, look: 'dark', axe: true },
];

for (const { language, width, look = 'light', axe } of variants) {
  test(`pages in ${language} at ${width} px, ${look}`, async () => {
    const { page, errors, context } = await signedIn({ language, width, look });
    const suffix = `${language}-${width}${look === 'dark' ? '-dark' : ''}`;
    await shoot(page, `sign-in-${suffix}`);
    await assertFits(page, `sign-in ${suffix}`);
    if (axe) await assertAccessible(page, `sign-in ${suffix}`);
    await signIn(page, server);
    const person = await page.evaluate(async () => (await (await fetch('/api/v1/persons?sort=-orders&limit=1')).json()).items[0].id);
    for (const [name, path] of Object.entries(pages(person))) {
      await page.goto(path);
      await settled(page);
      await shoot(page, `${name}-${suffix}`);
      await assertFits(page, `${name} ${suffix}`);
      if (axe) await assertAccessible(page, `${name} ${suffix}`);
    }
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('a failing server is explained on every page, with the request id', async () => {
  for (const width of [1280, 390]) {
    const { page, context } = await signedIn({ width });
    await signIn(page, server);
    await page.route(/\/api\/v1\/(?!auth\/)/, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: '服务器出错了', status: 500, detail: '数据库暂时不可用', code: 'internal', request_id: 'req_4711' }),
      }),
    );
    const { settings: _1, oidc: _2, account: _3, ...others } = pages('per_1');
    for (const [name, path] of Object.entries(others)) {
      await page.goto(path);
      await page.getByText('req_4711').first().waitFor();
      await holds(async () => assert.ok(await page.getByText('数据库暂时不可用').first().isVisible(), name));
      await shoot(page, `failing-${name}-zh-CN-${width}`);
      await assertFits(page, `failing ${name} ${width}`);
    }
    await context.close();
  }
});

test('a server that is gone is told from one that refuses', async () => {
  const { page, context } = await signedIn({});
  await signIn(page, server);
  await page.goto('/tags');
  await settled(page);
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.getByRole('button', { name: '新建标签' }).click();
  await page.getByRole('dialog').getByLabel('标签', { exact: true }).fill('不会成功');
  await page.getByRole('dialog').getByRole('button', { name: /保\s*存/ }).click();
  await page.getByText('连不上服务器').waitFor();
  await holds(async () => assert.equal(await page.getByRole('dialog').getByLabel('标签', { exact: true }).inputValue(), '不会成功', 'what was typed is still there'));
  await context.close();
});

test('a page that does not exist says so', async () => {
  const { page, context } = await signedIn({});
  await signIn(page, server);
  await page.goto('/nowhere');
  await page.getByText('没有这个页面').waitFor();
  await context.close();
});
