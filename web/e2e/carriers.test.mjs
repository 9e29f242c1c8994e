// Accounts on platforms: a corp connected by hand against the simulated platform, looked at from all
// sides, broken and mended, its customers handed over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const corp = 'wwsea00000000000001';
const bulk = 240;
let browser;
let sea;
let server;
let page;
let errors;
let app; // the one whose secret is used
let accountId;

/** A call of the simulator: what people do there, or what is broken. */
const control = (path, body, method) => play(sea, path, body, method);
/** A call of the platform itself, as another program of the brand makes one. */
async function platform(path, body) {
  const { access_token } = await (await fetch(`${sea.url}/cgi-bin/gettoken?corpid=${corp}&corpsecret=${app.secret}`)).json();
  const answer = await (await fetch(`${sea.url}/cgi-bin/${path}?access_token=${access_token}`, { method: 'POST', body: JSON.stringify(body) })).json();
  assert.equal(answer.errcode, 0, `${path}: ${JSON.stringify(answer)}`);
  return answer;
}
/** Somebody scans the code of a member. */
async function scan(customer, userid) {
  const { qr_code } = await platform('externalcontact/add_contact_way', { type: 1, scene: 2, state: `card-${userid}`, user: [userid] });
  return control('/scan', { customer, code: qr_code });
}
const api = (path, method = 'GET', body) =>
  page.evaluate(
    async ([p, m, b]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, headers: b ? { 'Content-Type': 'application/json' } : {}, body: b && JSON.stringify(b) });
      const text = await r.text();
      return text ? JSON.parse(text) : r.status;
    },
    [path, method, body],
  );
const field = (name) => page.getByLabel(name, { exact: true });
const copied = (name) => page.getByRole('textbox', { name, exact: true }).inputValue();

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  const made = await control('/corps', { id: corp, name: '海味' });
  app = made.apps.find((a) => a.kind === 'agent');
  await control(`/corps/${corp}/users`, {
    silent: true,
    items: [
      { userid: 'xiaomei', name: '小美' },
      { userid: 'dazhuang', name: '大壮' },
      { userid: 'afen', name: '阿芬' },
    ],
  });
  await control(`/corps/${corp}/contacts`, { count: bulk, users: ['xiaomei', 'dazhuang', 'afen'], seed: 3 });
  server = await startDemo(300, '--no-visitors', '--platforms', sea.url);
  // What is typed wrong is refused on purpose.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('a corp is connected step by step, and going back loses nothing', async () => {
  await page.goto('/accounts');
  await settled(page);
  await page.getByText('还没有接入任何账号').waitFor();
  await shoot(page, 'empty-accounts-zh-CN-1280');
  await page.getByRole('link', { name: '接入账号' }).last().click();
  await page.getByRole('button', { name: /^企业微信/ }).click();

  // Every value says where to find it; what is wrong is said at the value.
  await field('账号名称').fill('总部企业微信');
  await page.getByText('我的企业 → 企业信息', { exact: false }).waitFor();
  await field('企业 ID').fill('not an id');
  await field('客户联系 Secret').fill(app.secret);
  await field(/^平台地址/).fill('http://127.0.0.1:1');
  await page.getByRole('button', { name: '下一步' }).click();
  const corpField = page.locator('.ant-form-item', { has: field('企业 ID') });
  await corpField.getByText(/格式不对/).waitFor();
  await shoot(page, 'connect-wrong-zh-CN-1280');
  await field('企业 ID').fill(corp);
  await page.getByRole('button', { name: '下一步' }).click();
  const baseField = page.locator('.ant-form-item', { has: field(/^平台地址/) });
  await baseField.getByText(/不允许连接这个地址/).waitFor(); // the server's word, at its field
  await field(/^平台地址/).fill(sea.url);

  // Looking at the kinds again and coming back.
  await page.getByRole('button', { name: '上一步' }).click();
  await page.getByRole('button', { name: /^企业微信/, pressed: true }).click();
  await holds(async () => assert.equal(await field('账号名称').inputValue(), '总部企业微信'));
  await holds(async () => assert.equal(await field('客户联系 Secret').inputValue(), app.secret));
  await page.getByRole('button', { name: '下一步' }).click();

  // What to enter on the platform, which proves it at once.
  await page.getByText('在平台上这样做').waitFor();
  accountId = new URL(page.url()).searchParams.get('account');
  const before = await copied('回调 Token');
  await page.getByRole('button', { name: '随机生成 回调 Token' }).click();
  await page.locator('[data-saved="true"]').waitFor();
  const url = await copied('回调地址');
  const token = await copied('回调 Token');
  const key = await copied('回调 EncodingAESKey');
  assert.notEqual(token, before);
  assert.match(key, /^[A-Za-z0-9]{43}$/);
  assert.equal(url, `${server.url}/callbacks/${accountId}`);
  await page.locator('[data-saved="true"]').waitFor();
  await control(`/corps/${corp}/apps/${app.id}/callback`, { url, token, key }, 'PUT');
  await settled(page);
  await shoot(page, 'connect-callback-filled-zh-CN-1280');
  await assertAccessible(page, 'callback step');
  await page.getByRole('button', { name: '我已填好并保存' }).click();

  // The test says what it found, step by step.
  await page.locator('[data-test="ok"] [data-step="token"][data-ok="true"]').waitFor();
  await page.locator('[data-test="ok"] [data-step="contacts"][data-ok="true"]', { hasText: '3 位成员' }).waitFor();
  await page.locator('[data-step="callback"][data-ok="true"]', { hasText: '已验证' }).waitFor();
  await shoot(page, 'connect-test-zh-CN-1280');

  // Back to the values: they are there, and the secret is told as stored.
  await page.getByRole('button', { name: /填信息/ }).click();
  await field('账号名称').waitFor();
  await holds(async () => assert.equal(await field('企业 ID').inputValue(), corp));
  await page.reload();
  await field('账号名称').waitFor();
  await holds(async () => assert.equal(await field('账号名称').inputValue(), '总部企业微信'));
  assert.equal(await field('客户联系 Secret').inputValue(), '', 'a secret never comes back');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByText('在平台上这样做').waitFor();
  assert.equal(await copied('回调 Token'), '', 'nor does this one');
  await page.getByRole('button', { name: '以后再填' }).click();
  await page.locator('[data-test="ok"]').waitFor();

  // Somebody adds a member: the next test knows that a callback has come.
  const [customer] = (await control('/customers', { name: '林小满', phone: '13800000000' })).items;
  await scan(customer.id, 'xiaomei');
  await control('/callbacks/drain', {});
  await page.getByRole('button', { name: '再测一次' }).click();
  await page.locator('[data-test="ok"] [data-step="callback"][data-ok="true"]', { hasText: '收到过回调' }).waitFor();

  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '开始同步' }).click();
  await page.locator('[data-sync="done"]').waitFor();
  const [run] = (await api(`/carriers/accounts/${accountId}/syncs?limit=1`)).items;
  assert.equal(run.contacts, bulk + 1);
  await page.getByText(`已读 ${bulk + 1} 段好友关系，成员 3 / 3`).waitFor();
  await settled(page);
  await shoot(page, 'connect-synced-zh-CN-1280');
  await page.getByRole('link', { name: '看看读到的好友' }).click();
  await page.locator('tr', { hasText: '林小满' }).waitFor();
});

test('contacts are listed, filtered, and lead to the customer, who knows their friends', async () => {
  await settled(page);
  await holds(async () => assert.equal(await page.locator('tbody tr[data-row-key]').count(), 20));
  await page.getByRole('button', { name: '下一页' }).click();
  await page.getByText('第 21–40 条').waitFor();
  await page.getByRole('combobox', { name: '成员' }).click();
  await openOption(page, '大壮').click();
  await page.waitForURL('**user=dazhuang**');
  await settled(page);
  for (const row of await page.locator('tbody tr[data-row-key]').all()) await holds(async () => assert.match(await row.textContent(), /大壮/));
  await page.goto(`/accounts/${accountId}?tab=contacts&user=xiaomei`);
  const row = page.locator('tr', { hasText: '林小满' });
  await row.getByText('扫码').waitFor();
  await row.getByRole('button', { name: /展开|Expand/ }).click();
  await page.getByText('平台即时通知').waitFor();
  await shoot(page, 'account-contacts-open-zh-CN-1280');
  await row.getByRole('link', { name: '林小满' }).click();
  await page.waitForURL('**/customers/**');
  const ties = page.locator('.ant-card', { hasText: '好友关系' });
  await ties.getByText('小美').waitFor();
  await ties.getByRole('link', { name: '总部企业微信' }).waitFor();
});

test('members are matched with staff, and the account stops complaining', async () => {
  await page.goto(`/accounts/${accountId}`);
  const problem = page.locator('[data-problem="staff_unmatched"]');
  await problem.getByText('有 3 位成员').waitFor();
  await problem.getByRole('link', { name: '去对应' }).click();
  const me = (await api('/auth/me')).staff;
  for (const name of ['小美', '大壮', '阿芬']) {
    await page.getByRole('combobox', { name: `${name} 是哪位员工` }).click();
    await openOption(page, me.name).click();
    await page.locator('tr', { hasText: name }).getByText('手动选的').waitFor();
  }
  await page.getByRole('switch', { name: '阿芬 是公共号' }).click();
  await page.locator('[role=switch][aria-checked=true][aria-label="阿芬 是公共号"]:not(.ant-switch-loading)').waitFor();
  const { items } = await api(`/carriers/accounts/${accountId}/staff`);
  assert.deepEqual(
    items.map((m) => [m.user_id, m.staff_id === me.id, m.by_hand, m.shared]).sort(),
    [
      ['afen', true, true, true],
      ['dazhuang', true, true, false],
      ['xiaomei', true, true, false],
    ],
  );
  await page.getByRole('tab', { name: '概况' }).click();
  await page.getByText('一切正常，没有要处理的事').waitFor();
});

test('who is the friend of two members is listed, and the rule says whose they are', async () => {
  const [twice] = (await control('/customers', { name: '周两家' })).items;
  await scan(twice.id, 'dazhuang');
  await scan(twice.id, 'xiaomei');
  await scan(twice.id, 'afen'); // a shared desk does not count
  await control('/callbacks/drain', { seconds: 10 });
  // Told by callbacks, worked off a moment later.
  await page.waitForFunction(
    async (id) => (await (await fetch(`/api/v1/carriers/accounts/${id}/duplicates`)).json()).items.some((d) => d.holders.length === 2),
    accountId,
  );
  await page.goto(`/accounts/${accountId}?tab=duplicates`);
  const row = page.locator('tr', { hasText: '周两家' });
  await row.getByText('小美').waitFor();
  await settled(page);
  assert.doesNotMatch(await row.textContent(), /阿芬/);
  await holds(async () => assert.match(await row.textContent(), /大壮[\d/ ]*归属/));
  await shoot(page, 'account-duplicates-full-zh-CN-1280');
  await page.getByRole('radio', { name: /^最近加上的员工/ }).click();
  await page.getByText('已保存').waitFor();
  const { settings } = await api(`/carriers/accounts/${accountId}`);
  assert.equal(settings.owner_rule, 'latest');
});

test('a broken account says in words what is wrong, wherever it is shown', async () => {
  const { id } = await control('/faults', { kind: 'errcode', scope: corp, path: 'gettoken', code: 40001 });
  await control('/tokens/expire', { scope: corp });
  await page.goto(`/accounts/${accountId}`);
  await page.getByRole('button', { name: '测试连接' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('[data-test="failed"] [data-step="token"]', { hasText: 'Secret 不正确' }).waitFor();
  await shoot(page, 'account-test-failed-zh-CN-1280');
  await page.keyboard.press('Escape');
  await page.locator('[data-problem="platform_error"]', { hasText: '平台错误码 40001' }).waitFor();
  await page.locator('h1 [data-standing="failing"]').waitFor();
  await settled(page);
  await shoot(page, 'account-broken-zh-CN-1280');
  await assertAccessible(page, 'broken account');
  await page.getByRole('navigation', { name: '所在位置' }).getByRole('link', { name: '账号' }).click();
  const row = page.locator('tr', { hasText: '总部企业微信' });
  await row.locator('[data-standing="failing"]').waitFor();
  await row.getByText('Secret 不正确').waitFor();
  await settled(page);
  await shoot(page, 'accounts-broken-zh-CN-1280');

  // Mended there, and the secret typed in again here: it is well.
  await control(`/faults/${id}`, undefined, 'DELETE');
  await row.getByRole('link', { name: '总部企业微信' }).click();
  await page.getByRole('link', { name: '检查设置' }).click();
  await field('客户联系 Secret').fill(app.secret);
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('h1 [data-standing="failing"]').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '测试连接' }).click();
  await page.getByRole('dialog').locator('[data-test="ok"]').waitFor();
  await page.keyboard.press('Escape');
});

test('callbacks are listed with what became of them; unknown ones are counted', async () => {
  await page.goto(`/accounts/${accountId}?tab=callbacks`);
  await page.locator('tr [data-callback="done"]').first().waitFor();
  await page.locator('tr', { hasText: '新加好友' }).first().getByRole('button', { name: /展开|Expand/ }).click();
  await page.locator('pre', { hasText: 'change_external_contact/add_external_contact' }).waitFor();
  await page.getByText('失败', { exact: true }).click();
  await page.getByText('没有符合条件的回调').waitFor();
});

test('customers are handed over, and each one’s result is seen', async () => {
  await page.goto(`/accounts/${accountId}?tab=members`);
  await page.getByRole('link', { name: '转接 小美 的客户' }).click();
  const drawer = page.getByRole('dialog', { name: '发起转接' });
  await drawer.getByText(/^小美 · \d+ 位好友$/).waitFor();
  await drawer.getByRole('combobox', { name: '接手' }).click();
  await openOption(page, '大壮').click();
  // All of them are many: the number is to be typed.
  await drawer.getByLabel(/^人数较多/).waitFor();
  await settled(page);
  await shoot(page, 'transfer-all-zh-CN-1280');
  await drawer.getByRole('radio', { name: '挑选客户' }).check();
  const choices = drawer.getByRole('list', { name: '客户' }).getByRole('checkbox');
  await choices.first().waitFor();
  for (const n of [1, 2, 3]) await choices.nth(n).check();
  await drawer.getByText('把 小美 的 3 位客户转给 大壮', { exact: false }).waitFor();
  await settled(page);
  await shoot(page, 'transfer-some-zh-CN-1280');
  await drawer.getByRole('button', { name: '转接 3 位客户' }).click();
  await page.waitForURL('**/accounts/transfers/trf_*');
  await page.locator('[data-part="waiting"][data-count="3"]').waitFor();
  const transferId = new URL(page.url()).pathname.split('/').at(-1);
  const { items } = await api(`/carriers/transfers/${transferId}`);
  const [one, two] = items.map((c) => c.external_id);

  // One lets it happen, one refuses, one has not looked yet.
  await control(`/corps/${corp}/hasten_transfer`, { external_userid: one, takeover_userid: 'dazhuang' });
  await control(`/corps/${corp}/refuse_transfer`, { external_userid: two, takeover_userid: 'dazhuang' });
  for (const part of ['done', 'refused', 'waiting']) await page.locator(`[data-part="${part}"][data-count="1"]`).waitFor();
  await page.locator('[data-customer="refused"]', { hasText: '客户选择留在原来的员工那里' }).waitFor();
  await settled(page);
  await shoot(page, 'transfer-mixed-zh-CN-1280');
  await page.locator('button[data-part="done"]').click();
  await page.waitForURL('**status=done');
  await page.waitForFunction(() => document.querySelectorAll('[data-customer]').length === 1);

  // The customer's page tells both members, and how the first tie ended.
  await page.locator('tr:has([data-customer="done"]) a').click();
  await page.locator('[data-tie="transferred"]', { hasText: '小美' }).waitFor();
  await page.locator('[data-tie="friend"]', { hasText: '大壮' }).waitFor();
  await settled(page);
  await shoot(page, 'customer-ties-zh-CN-1280');
});

test('an account is disabled with what stops, and comes back', async () => {
  await page.goto(`/accounts/${accountId}?tab=settings`);
  await page.getByRole('button', { name: '停用账号' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('新加的好友不再即时进池', { exact: false }).waitFor();
  await shoot(page, 'account-disable-zh-CN-1280');
  await dialog.getByRole('button', { name: '停用账号' }).click();
  await page.locator('h1 [data-standing="disabled"]').waitFor();
  assert.equal((await api(`/carriers/accounts/${accountId}`)).status, 'disabled');
  await holds(async () => assert.ok(await page.getByRole('button', { name: '测试连接' }).isDisabled()));
  await page.getByRole('button', { name: '恢复使用' }).click();
  await page.locator('h1 [data-standing="disabled"]').waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});

test('a website gets its line of script, and works on a page of ours', async () => {
  await page.goto('/accounts/connect?kind=web');
  await field('账号名称').fill('官网');
  await field('网站地址').fill('https://www.haiwei.example');
  await page.getByRole('button', { name: '下一步' }).click();
  const line = page.locator('.fp-acc-snippet');
  await line.waitFor();
  const web = new URL(page.url()).searchParams.get('account');
  await holds(async () => assert.match(await line.textContent(), new RegExp(`<script src="${server.url}/w/${web}/widget.js" async></script>`)));
  await page.getByText('只在 https://www.haiwei.example', { exact: false }).waitFor();
  const script = await fetch(`${server.url}/w/${web}/widget.js`);
  assert.match(script.headers.get('content-type'), /javascript/);
  assert.equal((await fetch(await page.getByRole('link', { name: '先在我们的页面上试一试' }).getAttribute('href'))).status, 200);
  await settled(page);
  await shoot(page, 'connect-embed-zh-CN-1280');
  await assertAccessible(page, 'embed step');
  await page.getByRole('button', { name: '完成' }).click();
  await page.locator('h1', { hasText: '官网' }).waitFor();
});

test('who somebody is by what they said is confirmed, taken back, and refused', async () => {
  const known = await api('/persons', 'POST', { name: '老客户', identities: [{ kind: 'phone', value: '13912345678' }] });
  const talker = await api('/persons', 'POST', { name: '聊天的人', identities: [{ kind: 'device', value: 'd-4711' }] });
  const say = (n, text) => api('/events', 'POST', { kind: 'message.received', person_id: talker.id, occurred_at: new Date().toISOString(), idempotency_key: `said-${n}`, source: 'test', data: { text } });
  // The page asks only now and then, and others may have said something too.
  const proposed = (what) => until(page, `${what} proposed`, async () => JSON.stringify(await api('/carriers/proposals?status=proposed')).includes(what));
  await say(1, '我的手机号是13912345678');
  await proposed('13912345678');
  await page.goto('/accounts/proposals');
  const line = page.locator('[data-proposal="proposed"]', { hasText: '13912345678' });
  await line.getByText('老客户').waitFor();
  await settled(page);
  await shoot(page, 'proposals-open-zh-CN-1280');
  await assertAccessible(page, 'proposals');
  await line.getByRole('button', { name: '是同一个人，合并' }).click();
  await page.getByText('已合并为一位客户').waitFor();
  await line.waitFor({ state: 'detached' });
  const idOf = async (id) => (await api(`/persons/${id}`)).id;
  assert.equal(await idOf(known.id), await idOf(talker.id), 'they are one now');
  await page.locator('.ant-notification').getByRole('button', { name: '撤销' }).click();
  await page.waitForFunction(async () => (await (await fetch('/api/v1/carriers/proposals?status=undone')).json()).items.length === 1);
  assert.notEqual(await idOf(known.id), await idOf(talker.id), 'and two again');

  // On the customer's page as well, where it is refused.
  await say(2, '换了邮箱 lin@haiwei.example');
  await proposed('lin@haiwei.example');
  await page.goto(`/customers/${talker.id}`);
  const open = page.locator('[data-proposal="proposed"]', { hasText: 'lin@haiwei.example' });
  await open.getByText('还没有别的客户用过').waitFor();
  await settled(page);
  await shoot(page, 'customer-proposal-zh-CN-1280');
  await open.getByRole('button', { name: '不是' }).click();
  await open.waitFor({ state: 'detached' });
  assert.equal((await api('/carriers/proposals?status=refused')).items.length, 1);
  assert.deepEqual(errors, []);
});

const everywhere = (account, transfer, person) => ({
  accounts: '/accounts',
  connect: '/accounts/connect',
  'connect-details': '/accounts/connect?kind=wecom&step=details',
  'connect-callback': `/accounts/connect?account=${account}&step=callback`,
  account: `/accounts/${account}`,
  'account-members': `/accounts/${account}?tab=members`,
  'account-contacts': `/accounts/${account}?tab=contacts`,
  'account-syncs': `/accounts/${account}?tab=syncs`,
  'account-callbacks': `/accounts/${account}?tab=callbacks`,
  'account-duplicates': `/accounts/${account}?tab=duplicates`,
  'account-settings': `/accounts/${account}?tab=settings`,
  proposals: '/accounts/proposals?status=undone',
  transfers: '/accounts/transfers',
  'transfer-start': `/accounts/transfers?start=1&account=${account}&from=xiaomei`,
  transfer: `/accounts/transfers/${transfer}`,
  'customer-contacts': `/customers/${person}`,
});

for (const { language, width, look = 'light', axe } of [
  { language: 'zh-CN', width: 1280, axe: true },
  { language: 'zh-CN', width: 390, axe: true },
  { language: 'en', width: 1280, axe: true },
  { language: 'en', width: 390, axe: false },
  { language: 'zh-CN', width: 1280, look: 'dark', axe: true },
]) {
  test(`pages of accounts in ${language} at ${width} px, ${look}`, async () => {
    const transfer = (await api('/carriers/transfers?limit=1')).items[0].id;
    const person = (await api(`/carriers/transfers/${transfer}?status=done`)).items[0].person_id;
    const v = await visitor(browser, server.url, { language, width, look, expectErrors: [/401/] });
    await signIn(v.page, server);
    const suffix = `${language}-${width}${look === 'dark' ? '-dark' : ''}`;
    for (const [name, path] of Object.entries(everywhere(accountId, transfer, person))) {
      await v.page.goto(path);
      await settled(v.page);
      await shoot(v.page, `${name}-${suffix}`);
      await assertFits(v.page, `${name} ${suffix}`);
      if (axe) await assertAccessible(v.page, `${name} ${suffix}`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  });
}

test('a failing server is explained on pages of accounts, with the request id', async () => {
  for (const width of [1280, 390]) {
    const v = await visitor(browser, server.url, { width, expectErrors: [/401/, /500/] });
    await signIn(v.page, server);
    await v.page.route(/\/api\/v1\/(?!auth\/)/, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: '服务器出错了', status: 500, detail: '数据库暂时不可用', code: 'internal', request_id: 'req_4711' }),
      }),
    );
    for (const [name, path] of Object.entries({ accounts: '/accounts', connect: '/accounts/connect', account: `/accounts/${accountId}`, transfers: '/accounts/transfers', transfer: '/accounts/transfers/trf_1' })) {
      await v.page.goto(path);
      await v.page.getByText('req_4711').first().waitFor();
      await holds(async () => assert.ok(await v.page.getByText('数据库暂时不可用').first().isVisible(), name));
      await shoot(v.page, `failing-${name}-zh-CN-${width}`);
      await assertFits(v.page, `failing ${name} ${width}`);
    }
    await v.context.close();
  }
});
