// Where people come from: a channel with a cost, a live code, somebody who scans it on the platform's
// own page, and what that one person has cost in the end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, holds, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const corp = 'wwcatch000000000001';
const callback = { token: 'catchtoken', key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' };
const names = { platform: '海市', campaign: '秋收节', entrance: '摊位扫码' };
const path = `${names.platform}/${names.campaign}/${names.entrance}`;
const customer = '林秋实';

let browser;
let sea;
let server;
let page;
let errors;
let staff; // the associates of the brand who are members of the corp

const control = (path, body, method) => play(sea, path, body, method);
const api = (path, method, body) => call(page, path, method, body);
const dialog = () => page.getByRole('dialog');
const section = (name) => page.getByRole('group', { name, exact: true });
const row = (text) => page.getByRole('row').filter({ hasText: text });
/** A channel out of the tree that is open. */
async function chooseChannel(scope, text) {
  await scope.getByRole('combobox', { name: '渠道', exact: true }).or(scope.getByRole('combobox', { name: '上级渠道', exact: true })).click();
  await page.keyboard.type(text);
  await page.locator('.ant-select-tree-title', { hasText: text }).last().click();
}

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  server = await startDemo(300, '--platforms', sea.url);
  // A wrong file and a missing name are refused on purpose.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);

  staff = (await api('/staff')).items.filter((s) => s.role === 'associate' && s.status === 'active').slice(0, 3);
  const made = await control('/corps', { id: corp, name: '海市' });
  const app = made.apps.find((a) => a.id === 'customers');
  await control(`/corps/${corp}/users`, { silent: true, items: staff.map((s, i) => ({ userid: `member${i}`, name: s.name })) });
  const account = await api('/carriers/accounts', 'POST', {
    kind: 'wecom',
    name: '海市企业微信',
    values: { corp_id: corp, secret: app.secret, callback_token: callback.token, callback_key: callback.key, base_url: sea.url },
  });
  await control(`/corps/${corp}/apps/${app.id}/callback`, { url: `${server.url}/callbacks/${account.id}`, ...callback }, 'PUT');
  await api(`/carriers/accounts/${account.id}/sync`, 'POST', {});
  await until(page, 'the members', async () => (await api(`/carriers/accounts/${account.id}/staff`)).items.length === staff.length);
  for (const [i, s] of staff.entries()) await api(`/carriers/accounts/${account.id}/staff/member${i}`, 'PATCH', { staff_id: s.id });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('channels are made in a tree, moved and archived, and taken back', async () => {
  await page.goto('/channels');
  await settled(page);
  await page.getByRole('button', { name: '新建渠道' }).click();
  await dialog().getByLabel('渠道', { exact: true }).fill('海/市');
  await dialog().getByRole('button', { name: '创建' }).click();
  await dialog().getByText('名字里不能有“/”').first().waitFor();
  await dialog().getByLabel('渠道', { exact: true }).fill(names.platform);
  await dialog().getByRole('button', { name: '创建' }).click();
  await dialog().waitFor({ state: 'hidden' });
  for (const [above, item, name] of [
    [names.platform, '在下面加活动', names.campaign],
    [names.campaign, '在下面加入口', names.entrance],
  ]) {
    await page.getByRole('button', { name: `「${above}」的操作` }).click();
    await page.getByRole('menuitem', { name: item }).click();
    await dialog().getByLabel('渠道', { exact: true }).fill(name);
    await dialog().getByRole('button', { name: '创建' }).click();
    await row(name).waitFor();
  }

  // Archived with what is below it, and back.
  await page.getByRole('button', { name: `「${names.platform}」的操作` }).click();
  await page.getByRole('menuitem', { name: '归档' }).click();
  await row(names.entrance).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '撤销' }).click();
  await row(names.entrance).waitFor();
  assert.equal((await api('/channels?limit=100')).items.filter((c) => c.path[0] === names.platform && !c.archived).length, 3);
  await assertAccessible(page, 'channels');
});

test('a cost is typed into its day, and undone by key', async () => {
  await page.getByRole('tab', { name: '费用' }).click();
  await settled(page);
  const cells = page.getByRole('textbox', { name: new RegExp(`^${names.entrance} .* 的费用$`) });
  const today = cells.last();
  await today.fill('12x');
  await today.press('Tab');
  await page.getByText('请输入不小于 0 的金额').first().waitFor();
  await today.fill('88');
  await today.press('Enter');
  const total = () => page.getByRole('row', { name: new RegExp(`^${names.entrance}`) }).locator('.sum');
  await total().getByText('¥88.00').waitFor();
  await today.focus();
  await page.keyboard.press('Control+z');
  await total().getByText('—').waitFor();
  await today.fill('66.5');
  await today.blur();
  await total().getByText('¥66.50').waitFor();
  await shoot(page, 'costs-zh-CN-1280');
  await assertAccessible(page, 'costs');
});

const csv = (...lines) => ({ name: 'costs.csv', mimeType: 'text/csv', buffer: Buffer.from(['渠道,日期,金额', ...lines].join('\n')) });

test('a file of costs shows its wrong line before it is taken, and replaces on purpose only', async () => {
  await page.getByRole('button', { name: '上传 CSV' }).click();
  const upload = dialog().locator('input[type="file"]');
  await upload.setInputFiles(csv(`${path},2026-02-03,10`, `${path},2026-02-30,10`, '没有/这个,2026-02-04,5'));
  await dialog().getByText('有 2 行不对').waitFor();
  await dialog().getByText('第 3 行：日期不对').waitFor();
  await dialog().getByText('第 4 行：没有这个渠道').waitFor();
  await holds(async () => assert.ok(await dialog().getByRole('button', { name: '写入' }).isDisabled()));
  await shoot(page, 'costs-file-wrong-zh-CN-1280');

  await dialog().locator('input[type="file"]').setInputFiles(csv(`${path},2026-02-03,10`, `${path},2026-02-04,20`));
  await dialog().getByRole('button', { name: '写入 ¥30.00' }).click();
  await dialog().waitFor({ state: 'hidden' });

  // The same again: the days are taken.
  await page.getByRole('button', { name: '上传 CSV' }).click();
  await dialog().locator('input[type="file"]').setInputFiles(csv(`${path},2026-02-03,15`));
  await dialog().getByText('其中 1 个渠道日已有费用').waitFor();
  await holds(async () => assert.ok(await dialog().getByRole('button', { name: /^写入/ }).isDisabled()));
  await dialog().getByRole('checkbox').check();
  await dialog().getByRole('button', { name: '写入 ¥15.00' }).click();
  await dialog().waitFor({ state: 'hidden' });
  const channel = (await api('/channels?limit=100')).items.find((c) => c.path.join('/') === path);
  assert.equal((await api(`/channel-costs?channel_id=${channel.id}&to=2026-02-28&limit=100`)).sum_minor, 3500);
});

const welcome = '你好，摊位上的茶还温着，我是';

test('a live code is made with staff, hours, tags and a welcome', async () => {
  await page.goto('/codes/new');
  await settled(page);
  await page.getByRole('button', { name: '新建活码' }).click();
  await page.getByText('还有内容没填').waitFor();
  await page.getByLabel('名称', { exact: true }).fill('摊位活码');
  await chooseChannel(section('名称与渠道'), names.entrance);
  for (const s of staff.slice(0, 2)) {
    await page.getByRole('combobox', { name: '添加员工' }).click();
    await openOption(page, s.name).click();
  }
  await page.keyboard.press('Escape');
  await page.getByRole('spinbutton', { name: `${staff[0].name} 每天的上限` }).fill('5');
  await page.getByRole('spinbutton', { name: `${staff[1].name} 每天的上限` }).fill('7');

  // The hours, by key: the whole of Monday, then back to always.
  await page.getByRole('radio', { name: '所有人同一张班表' }).check();
  const week = page.getByRole('application', { name: '每周班表' });
  await week.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+End');
  await page.keyboard.press('Space');
  await page.getByText('00:00–24:00').waitFor();
  await shoot(page, 'code-form-zh-CN-1280');
  await assertAccessible(page, 'form of a live code');
  await page.getByRole('radio', { name: '全天接待' }).check();

  await page.getByRole('combobox', { name: '标签', exact: true }).click();
  await page.keyboard.type('秋收摊位,');
  await page.keyboard.press('Escape');
  const text = page.getByRole('textbox', { name: '欢迎文字' });
  await text.fill(welcome);
  await section('欢迎语').getByRole('button', { name: '+ 员工姓名' }).click();
  await holds(async () => assert.equal(await text.inputValue(), `${welcome}{{staff}}`));
  await page.getByRole('complementary', { name: '客户手机上看到的样子' }).getByText(`${welcome}${staff[0].name}`).waitFor();
  await page.getByRole('button', { name: '新建活码' }).click();
  await page.getByRole('heading', { level: 1, name: /摊位活码/ }).waitFor();
  await settled(page);
});

test('its picture is downloaded as PNG and SVG', async () => {
  for (const [format, begins] of [['PNG', '\x89PNG'], ['SVG 矢量', '<']]) {
    await page.getByRole('radiogroup', { name: '格式' }).getByText(format).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: '下载' }).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).toString('latin1').trimStart().startsWith(begins), format);
  }
});

test('somebody scans it on the platform and arrives before our eyes, greeted, tagged and counted', async () => {
  const codeId = page.url().split('/').at(-1);
  await until(page, 'the code on the platform', async () => (await api(`/codes/${codeId}`)).qr_url);
  await page.goto('/arrivals');
  await settled(page);
  await page.locator('[data-live="on"]').waitFor();
  await holds(async () => assert.equal(await row(customer).count(), 0));

  // The second tab: the customer, played by hand.
  const tab = await page.context().newPage();
  await tab.goto(`${sea.url}/customers`);
  await tab.locator('form[action="/act/customer"] input[name="name"]').fill(customer);
  await tab.locator('form[action="/act/customer"] button').click();
  await tab.getByRole('heading', { level: 1, name: customer }).waitFor();
  await tab.locator('summary').click();
  await tab.locator('details form', { hasText: '摊位活码' }).getByRole('button').click();

  // The first tab was not touched.
  const arrived = row(customer);
  await arrived.waitFor();
  const said = await arrived.innerText();
  for (const part of [names.entrance, '摊位活码', '首次']) assert.ok(said.includes(part), `${part} in ${said}`);
  const greeter = staff.find((s) => said.includes(s.name));
  assert.ok(greeter && staff.indexOf(greeter) < 2, 'one of the two took the customer');
  await arrived.getByText('已发').waitFor();
  await page.getByRole('status').getByText(`新到达：${customer}`).waitFor({ state: 'attached' });
  await shoot(page, 'arrivals-zh-CN-1280');
  await assertAccessible(page, 'arrivals');

  // What the customer has read.
  const bubble = () => tab.locator('section.card', { hasText: greeter.name }).getByText(`${welcome}${greeter.name}`);
  await until(page, 'the welcome', async () => {
    await tab.reload();
    return (await bubble().count()) > 0;
  });
  await shoot(tab, 'customer-greeted');
  await tab.close();

  await arrived.getByRole('link', { name: customer }).click();
  const from = page.locator('.ant-card', { hasText: '从哪里来' });
  await from.getByText(names.entrance).waitFor();
  await from.getByText('摊位活码').waitFor();
  await from.getByText(greeter.name).waitFor();
  await page.locator('.ant-card', { hasText: '标签' }).getByText('秋收摊位').first().waitFor();
});

test('the report tells what the person has cost, and its rows add up', async () => {
  await page.goto('/attribution?by=entrance');
  await settled(page);
  const mine = row(names.entrance);
  await mine.getByText('¥66.50').first().waitFor();
  const cells = await mine.getByRole('cell').allInnerTexts();
  assert.equal(cells[1], '1', 'one person');
  assert.equal(cells[2], '¥66.50', 'the cost');
  assert.equal(cells[3], '¥66.50', 'the cost of a person');
  // What stands in the table, not what the API says of it.
  const amount = (s) => Number(s.replace(/[^\d.-]/g, '')) || 0;
  const rows = await page.locator('.ant-table-tbody tr.ant-table-row').evaluateAll((all) => all.map((r) => [...r.cells].map((c) => c.innerText)));
  const total = await page.locator('.ant-table-summary tr').first().evaluate((r) => [...r.cells].map((c) => c.innerText));
  for (const column of [1, 2, 7, 8]) {
    const sum = rows.reduce((n, r) => n + amount(r[column]), 0);
    assert.ok(Math.abs(sum - amount(total[column])) < 0.05 * rows.length, `column ${column}: ${sum} is not ${total[column]}`);
  }
  await shoot(page, 'attribution-zh-CN-1280');

  await page.getByText('均分', { exact: true }).click();
  await page.getByText('每次到达各分一份').waitFor();
  assert.match(page.url(), /model=linear/);
  await settled(page);
  await assertAccessible(page, 'attribution');

  await page.goto('/channels');
  await settled(page);
  await holds(async () => assert.match(await row(names.entrance).innerText(), /¥66\.50[\s\S]*¥66\.50/));
  await shoot(page, 'channels-zh-CN-1280');
});

test('arrivals, costs and the report are downloaded as CSV and as Excel', async () => {
  const tables = [
    ['/arrivals', customer],
    ['/channels?tab=costs&day=2026-02-05', '2026-02-03'],
    ['/attribution?by=entrance', names.entrance],
  ];
  for (const [address, inside] of tables) {
    await page.goto(address);
    await settled(page);
    for (const format of ['csv', 'xlsx']) {
      await page.getByRole('button', { name: '导出' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-export=${format}]`).click()]);
      const file = await readFile(await download.path());
      if (format === 'csv') assert.ok(file.toString('utf8').includes(inside), `${inside} in ${address}`);
      else assert.equal(file.subarray(0, 2).toString(), 'PK', address);
    }
  }
});

test('a code whose staff have all left says so, and one that is ended asks for its name', async () => {
  await page.goto('/codes/new');
  await settled(page);
  await page.getByLabel('名称', { exact: true }).fill('旧码');
  await page.getByRole('combobox', { name: '添加员工' }).click();
  await openOption(page, staff[2].name).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '新建活码' }).click();
  await page.getByRole('heading', { level: 1, name: /旧码/ }).waitFor();
  await settled(page);
  assert.equal(await page.getByText('所有员工都已离职').count(), 0);
  await api(`/staff/${staff[2].id}`, 'PATCH', { status: 'disabled' });
  await page.reload();
  await page.getByText('所有员工都已离职，且没有备用员工').first().waitFor();
  await page.goto('/codes');
  await settled(page);
  await row('旧码').getByText('要处理').waitFor();
  await row('旧码').getByText('没有人').waitFor();
  await shoot(page, 'codes-zh-CN-1280');
  await assertAccessible(page, 'live codes');

  await page.getByRole('link', { name: '旧码', exact: true }).click();
  await page.getByRole('button', { name: /结束$/ }).click();
  await dialog().getByText('已经印出去的').waitFor();
  const end = dialog().getByRole('button', { name: '结束活码' });
  await holds(async () => assert.ok(await end.isDisabled()));
  await dialog().getByLabel(/请输入活码名称/).fill('旧码');
  await end.click();
  await page.getByText('活码已结束').waitFor();
});

test('links, cards and forms are made, printed and stopped', async () => {
  await page.goto('/links');
  await settled(page);
  await page.getByRole('button', { name: '新建链接' }).first().click();
  await dialog().getByLabel('名称').fill('公众号菜单');
  await dialog().getByLabel('打开后去哪里').fill('ftp://example.com');
  await dialog().getByRole('button', { name: '创建' }).click();
  await dialog().getByText('应是以 http:// 或 https:// 开头的网址').first().waitFor();
  await dialog().getByLabel('打开后去哪里').fill('https://example.com/tea');
  await dialog().getByLabel('附加参数').fill('utm_source=menu');
  await dialog().getByRole('button', { name: '创建' }).click();
  await row('公众号菜单').getByRole('button', { name: '停用' }).click();
  await row('公众号菜单').getByText('已停用').waitFor();
  await page.getByRole('button', { name: '撤销' }).click();
  await row('公众号菜单').getByRole('button', { name: '停用' }).waitFor();

  await page.getByRole('tab', { name: '卡片' }).click();
  await page.getByRole('button', { name: '新建一批卡片' }).first().click();
  await dialog().getByLabel('批次名称').fill('秋收卡');
  await dialog().getByLabel('张数').fill('12');
  await dialog().getByLabel('页面标题').fill('扫码添加茶艺师');
  await dialog().getByLabel('页面文字').fill('五星好评返现 5 元');
  await choose(page, '活码', '摊位活码');
  await dialog().getByRole('button', { name: '创建' }).click();
  await dialog().getByText('不能以奖励换取好评').first().waitFor();
  await dialog().getByLabel('页面文字').fill('送您一份试喝装');
  await dialog().getByRole('button', { name: '创建' }).click();
  await row('秋收卡').getByRole('button', { name: '卡片与打印' }).click();
  const [sheet] = await Promise.all([page.waitForEvent('download'), dialog().getByRole('link', { name: '下载 PDF' }).click()]);
  const chunks = [];
  for await (const chunk of await sheet.createReadStream()) chunks.push(chunk);
  assert.ok(Buffer.concat(chunks).toString('latin1').startsWith('%PDF'));
  await dialog().getByRole('button', { name: '作废第 3 张', exact: true }).click();
  await dialog().getByText('已作废').waitFor();
  await page.keyboard.press('Escape');

  await page.getByRole('tab', { name: '表单' }).click();
  await page.getByRole('button', { name: '新建表单' }).first().click();
  await dialog().getByLabel('名称', { exact: true }).fill('茶会登记');
  await dialog().getByLabel('页面标题').fill('登记领茶样');
  await dialog().getByRole('complementary').getByText('登记领茶样').waitFor();
  await dialog().getByRole('button', { name: '创建' }).click();
  await row('茶会登记').waitFor();
  await shoot(page, 'forms-zh-CN-1280');
  await assertAccessible(page, 'forms');

  await page.getByRole('tab', { name: '员工名片' }).click();
  await page.getByRole('button', { name: '批量生成' }).click();
  await dialog().getByRole('combobox', { name: '给谁' }).click();
  await openOption(page, staff[0].name).click();
  await dialog().getByLabel('链接去哪里').fill('https://example.com/me');
  await dialog().getByRole('button', { name: '生成' }).click();
  await dialog().waitFor({ state: 'hidden' });
  await row(staff[0].name).getByText('127.0.0.1').waitFor();
});

test('all of it in English, in the dark and on a phone', async () => {
  const storageState = await page.context().storageState();
  for (const [language, width, look] of [['en', 1280, 'light'], ['zh-CN', 390, 'light'], ['en', 1280, 'dark']]) {
    const v = await visitor(browser, server.url, { language, width, look, storageState: { ...storageState, origins: [] } });
    for (const to of ['/channels', '/channels?tab=costs', '/codes', '/codes/new', '/links', '/arrivals', '/attribution']) {
      await v.page.goto(to);
      await settled(v.page);
      await assertFits(v.page, `${to} ${language} ${width}`);
      await shoot(v.page, `acquisition-${to.slice(1).replace(/\W+/g, '-')}-${language}-${width}-${look}`);
      if (look === 'dark') await assertAccessible(v.page, `${to} in the dark`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
  assert.deepEqual(errors, []);
});
