// The page beside a chat of WeCom: who opens it is asked of the simulated platform, and signed in when
// an owner has said so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, holds, launch, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const corp = 'wwside0000000000001';
const agent = 'Mozilla/5.0 wxwork/4.1.0 MicroMessenger/7.0.1';
let browser;
let sea;
let server;
let page;
let errors;
let account;
let external;
let associate;

const control = (path, body, method) => play(sea, path, body, method);
const api = (path, method, body) => call(page, path, method, body);


/** A browser of somebody inside WeCom, whose scripts answer as the platform's. */
async function inWecom(language = 'zh-CN') {
  const context = await browser.newContext({ baseURL: server.url, locale: language, userAgent: agent, viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
  await context.addInitScript((lang) => localStorage.setItem('fishpond.language', lang), language);
  await context.route('https://res.wx.qq.com/**', (r) =>
    r.fulfill({
      contentType: 'text/javascript',
      body: `window.wx = { config() { setTimeout(() => this.then()) }, ready(f) { this.then = f }, error() {}, agentConfig(o) { setTimeout(() => o.success({})) },
        invoke(api, o, f) { setTimeout(() => f({ err_msg: api + ':ok', userId: '${external}' })) } }`,
    }),
  );
  const p = await context.newPage();
  p.setDefaultTimeout(15_000);
  return { context, p };
}
/** Opens the page beside a chat, as the member of this name. */
async function open(p, name) {
  await p.goto(`/sidebar?account=${account}`);
  await p.waitForURL(`${sea.url}/connect/oauth2/authorize**`);
  await p.getByRole('button', { name, exact: true }).click();
}

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  const app = (await control('/corps', { id: corp, name: '海味' })).apps.find((a) => a.kind === 'agent');
  await control(`/corps/${corp}/users`, { silent: true, items: ['小美', '大壮', '阿芬'].map((name, i) => ({ userid: `u${i}`, name })) });
  server = await startDemo(60, '--no-visitors', '--platforms', sea.url);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/] }));
  await signIn(page, server);
  const made = await api('/carriers/accounts', 'POST', {
    kind: 'wecom',
    name: '总部企业微信',
    values: { corp_id: corp, secret: app.secret, agent_id: String(app.agentid), base_url: sea.url, callback_token: 'kz7Yx62CH8SaLN', callback_key: 'cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP' },
  });
  account = made.id;
  await control(`/corps/${corp}/apps/${app.id}/callback`, { url: made.callback_url, token: 'kz7Yx62CH8SaLN', key: 'cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP' }, 'PUT');
  await api(`/carriers/accounts/${account}/sync`, 'POST');
  await until(page, 'the members', async () => (await api(`/carriers/accounts/${account}/syncs?limit=1`)).items[0].status === 'done');
  const staff = async (name, userid) => {
    const { staff: s, invite_url } = await api('/staff', 'POST', { name, email: `${userid}@fishpond.example`, role: 'associate' });
    const token = new URL(invite_url).pathname.split('/').pop();
    const r = await fetch(`${server.url}/api/v1/invites/${token}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password: 'pond-and-tea-2026' }) });
    assert.ok(r.ok, await r.text());
    await api(`/carriers/accounts/${account}/staff/${userid}`, 'PATCH', { staff_id: s.id });
    return s;
  };
  associate = await staff('美美', 'u0');
  const { access_token } = await (await fetch(`${sea.url}/cgi-bin/gettoken?corpid=${corp}&corpsecret=${app.secret}`)).json();
  const way = await (await fetch(`${sea.url}/cgi-bin/externalcontact/add_contact_way?access_token=${access_token}`, { method: 'POST', body: JSON.stringify({ type: 1, scene: 2, user: ['u0'] }) })).json();
  const [{ id }] = (await control('/customers', { name: '林小满' })).items;
  await control('/scan', { customer: id, code: way.qr_code });
  external = await until(page, 'the customer', async () => (await api(`/carriers/accounts/${account}/contacts?limit=1`)).items[0]?.external_id);
  await api(`/staff/${(await staff('芬芬', 'u2')).id}`, 'PATCH', { status: 'disabled' });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('who may not come in is told why, and what to do', async () => {
  for (const [language, name, reason, words] of [
    ['zh-CN', '大壮', 'member', '还没有对应到这里的员工'],
    ['en', '大壮', 'member', 'Nobody has said yet who your WeCom account is'],
    ['zh-CN', '小美', 'unproved', '所有者还没有允许'],
    ['en', '小美', 'unproved', 'An owner has not let you sign in'],
  ]) {
    const { context, p } = await inWecom(language);
    await open(p, name);
    await p.getByText(words, { exact: false }).waitFor();
    await settled(p);
    assert.equal(new URL(p.url()).searchParams.get('return'), `/sidebar?account=${account}`);
    await shoot(p, `sidebar-refused-${reason}-${language}-390`);
    await assertFits(p, words);
    await assertAccessible(p, words);
    await context.close();
  }
});

test('an owner lets members sign in, and says so to nobody twice', async () => {
  await page.goto(`/accounts/${account}?tab=members`);
  await settled(page);
  await holds(async () => assert.ok(await page.getByRole('switch', { name: '大壮 可以用企业微信登录' }).isDisabled(), 'who is nobody here'));
  await page.getByRole('button', { name: /允许已对应的 2 位登录/ }).click();
  await page.getByText('2 位成员现在可以用企业微信登录').waitFor();
  await page.locator('[role=switch][aria-checked=true][aria-label="小美 可以用企业微信登录"]').waitFor();
  await settled(page);
  await shoot(page, 'account-members-signin-zh-CN-1280');
  await assertAccessible(page, 'members');
  await holds(async () => assert.equal(await page.getByRole('button', { name: /允许已对应的/ }).count(), 0));
  await page.goto(`/accounts/${account}?tab=settings`);
  await page.getByText(`${server.url}/sidebar?account=${account}`).waitFor();
});

test('a member is signed in and sees whose chat it is; the way back works once', async () => {
  const { context, p } = await inWecom();
  let back;
  p.on('request', (r) => {
    if (r.url().includes('/auth/wecom/callback')) back = r.url();
  });
  await open(p, '小美');
  await p.waitForURL(`${server.url}/sidebar?account=${account}`);
  await p.locator('[data-person]').waitFor();
  await settled(p);
  await shoot(p, 'sidebar-signed-in-zh-CN-390');
  const me = await p.evaluate(async () => (await fetch('/api/v1/auth/me')).json());
  assert.equal(me.staff.id, associate.id);
  await p.reload();
  await p.locator('[data-person]').waitFor(); // signed in still: the platform is not asked again
  await context.close();

  const thief = await inWecom('en');
  await thief.p.goto(back);
  await thief.p.getByText('begun in another browser', { exact: false }).waitFor();
  assert.equal(await thief.p.evaluate(async () => (await fetch('/api/v1/auth/me')).status), 401);
  await thief.context.close();

  const gone = await inWecom('en');
  await open(gone.p, '阿芬');
  await gone.p.getByText('Your staff account here is disabled', { exact: false }).waitFor();
  await settled(gone.p);
  await shoot(gone.p, 'sidebar-refused-disabled-en-390');
  await gone.context.close();
});

test('a password opens the page as well, outside of WeCom and where it would not', async () => {
  const outside = await visitor(browser, server.url, { expectErrors: [/401/] });
  await outside.page.goto(`/sidebar?account=${account}`);
  await outside.page.waitForURL('**/sign-in?return=**');
  await outside.context.close();

  const { context, p } = await inWecom();
  await open(p, '大壮');
  await p.getByLabel('邮箱').fill('u0@fishpond.example');
  await p.getByLabel('密码', { exact: true }).fill('pond-and-tea-2026');
  await p.getByRole('button', { name: '登录', exact: true }).click();
  await p.waitForURL(`${server.url}/sidebar?account=${account}`);
  await p.locator('[data-person]').waitFor();
  await context.close();
  assert.deepEqual(errors, []);
});
