// A day's work on the synthetic brand: look, find, change, invite, check.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, choose, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(500, '--no-visitors')]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const number = (n) => new Intl.NumberFormat('zh-CN').format(n);
const api = (path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).json(), path);

test('the overview shows what the API says', async () => {
  await page.goto('/');
  await settled(page);
  await holds(async () => assert.ok(await page.getByText('演示数据').isVisible()));
  const overview = await api('/insight/overview');
  const stat = async (label) => (await page.locator('.fp-stat', { hasText: label }).locator('.fp-stat-value').first().textContent())?.trim();
  assert.equal(await stat('客户总数'), number(overview.persons));
  assert.equal(await stat('订单数'), number(overview.orders));
  assert.ok(overview.orders > 0 && overview.persons === 500);
  await holds(async () => assert.match(await page.locator('.fp-period').textContent(), new RegExp(overview.period.time_zone)));

  const { items } = await api('/lifecycle/stages');
  const repeat = items.find((s) => s.stage === 'repeat').persons;
  const box = page.locator('.fp-pond-stage', { hasText: '复购' });
  await holds(async () => assert.equal(await box.locator('.fp-pond-count').textContent(), number(repeat)));
  await box.click();
  await page.waitForURL('**/customers?stage=repeat');
  await page.getByText(`共 ${number(repeat)} 位客户`).waitFor();
});

test('filters live in the address and narrow list and export', async () => {
  await page.goto('/customers');
  await settled(page);
  await page.getByRole('button', { name: /筛选/ }).click();
  await choose(page, '阶段', '首单');
  await page.getByLabel('累计成交下限').fill('100');
  await page.getByRole('button', { name: '应用' }).click();
  await page.waitForURL(/stage=first_order/);
  assert.match(page.url(), /min_gmv=10000/);
  const wanted = (await api('/persons?stage=first_order&min_gmv_minor=10000&limit=1')).total;
  assert.ok(wanted > 0);
  await page.getByText(`共 ${number(wanted)} 位客户`).waitFor();
  await settled(page);
  await shoot(page, 'customers-filtered-zh-CN-1280');

  await page.reload();
  await page.getByText(`共 ${number(wanted)} 位客户`).waitFor();

  await page.getByRole('button', { name: '导出' }).click();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.locator('[data-export=csv]').click()]);
  const lines = (await readFile(await csv.path(), 'utf8')).trim().split('\n');
  assert.equal(lines.length, wanted + 1, 'one line a customer and a header');

  await page.getByRole('button', { name: '导出' }).click();
  const [xlsx] = await Promise.all([page.waitForEvent('download'), page.locator('[data-export=xlsx]').click()]);
  assert.equal((await readFile(await xlsx.path())).subarray(0, 2).toString(), 'PK');
});

test('paging goes on and back, sorting begins anew', async () => {
  await page.goto('/customers');
  await settled(page);
  const names = () => page.locator('tbody .fp-link-row').allTextContents();
  const first = await names();
  await page.getByRole('button', { name: '下一页' }).click();
  await page.getByText('第 21–40 位').waitFor();
  await settled(page);
  assert.notDeepEqual(await names(), first);
  await page.getByRole('button', { name: '上一页' }).click();
  await page.getByText('第 1–20 位').waitFor();
  await settled(page);
  assert.deepEqual(await names(), first);
  await page.getByRole('columnheader', { name: '累计成交' }).click();
  await page.waitForURL(/sort=gmv_minor/);
});

test('the keyboard is enough', async () => {
  await page.goto('/customers');
  await settled(page);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.locator('tr.fp-row-active').waitFor();
  await holds(async () => assert.equal(await page.locator('tr.fp-row-active').count(), 1));
  const name = await page.locator('tr.fp-row-active .fp-link-row').textContent();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/customers\/.+/);
  await page.getByRole('heading', { level: 1, name }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.getByRole('heading', { level: 1, name: '审计日志' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('键盘快捷键').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  const wanted = (await api('/persons?limit=1')).items[0];
  await searchFocused();
  await page.keyboard.type(wanted.name);
  await foundCustomer(wanted.name).click();
  await page.getByRole('heading', { level: 1, name: wanted.name }).waitFor();
});

const searchFocused = () => page.locator('.fp-search input:focus').waitFor();
// The last line, "all customers named …", holds the name too: only a customer has a stage.
const foundCustomer = (name) => page.locator('.ant-select-item-option', { hasText: name }).filter({ has: page.locator('.fp-stage') }).first();

test('what is typed while a dialog still closes is not lost', async () => {
  // With animations, as most people have them: the dialog is there for a while after Escape,
  // and gives the focus back to the button when it is gone.
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.goto('/audit');
  await settled(page);
  await page.getByRole('button', { name: '键盘快捷键' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('键盘快捷键').waitFor();
  const wanted = (await api('/persons?limit=1')).items[0];
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type(wanted.name);
  await dialog.waitFor({ state: 'hidden' });
  await searchFocused();
  await holds(async () => assert.equal(await page.locator('.fp-search input').inputValue(), wanted.name));
  await foundCustomer(wanted.name).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: wanted.name }).waitFor();

  // A link of the menu keeps the focus; the keys are the page's all the same.
  await page.locator('.fp-menu a[href="/customers"]').click();
  await page.locator('tbody .fp-link-row').first().waitFor();
  await page.keyboard.press('/');
  await searchFocused();

  // Quicker than any answer: what was found for the beginning is no longer there to be chosen.
  await page.keyboard.type(wanted.name);
  await foundCustomer(wanted.name).waitFor();
  await page.keyboard.type('无此人');
  await openOption(page, `${wanted.name}无此人`).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === `${wanted.name}无此人`);
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

test('a customer can be changed, tagged and annotated, and a note comes back', async () => {
  const person = (await api('/persons?sort=-orders&limit=1')).items[0];
  await page.goto(`/customers/${person.id}`);
  await settled(page);

  await page.getByRole('button', { name: '修改姓名' }).click();
  await page.getByLabel('姓名', { exact: true }).fill('沈从文');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: '沈从文' }).waitFor();
  assert.equal((await api(`/persons/${person.id}`)).name, '沈从文');

  const free = (await api('/tags')).items.find((tag) => !person.tags.some((has) => has.id === tag.id));
  await page.getByRole('combobox', { name: '加标签' }).click();
  await page.keyboard.type(free.name);
  await openOption(page, free.name).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.fp-tags', { hasText: free.name }).waitFor();

  await page.getByRole('tab', { name: '备注' }).click();
  await page.getByPlaceholder('写下值得下一位同事知道的事').fill('家里有两把紫砂壶');
  await page.getByRole('button', { name: '添加备注' }).click();
  const note = page.locator('[data-note]', { hasText: '紫砂壶' });
  await note.waitFor();
  await note.getByRole('button', { name: '删除备注' }).click();
  await note.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /撤\s*销/ }).click();
  await note.waitFor();
  assert.equal((await api(`/persons/${person.id}/notes`)).items.length, 1);

  await page.getByRole('tab', { name: '时间线' }).click();
  await page.locator('.fp-event', { hasText: `打上标签「${free.name}」` }).first().waitFor();
  await page.getByRole('button', { name: /件商品/ }).first().click();
  await holds(async () => assert.ok((await page.locator('.fp-items tr').count()) > 0));
});

test('a tag is made, given to many, and counted', async () => {
  await page.goto('/tags');
  await settled(page);
  await page.getByRole('button', { name: '新建标签' }).click();
  await page.getByRole('dialog').getByLabel('标签', { exact: true }).fill('试饮会');
  await page.getByRole('dialog').getByRole('button', { name: /保\s*存/ }).click();
  await page.getByRole('row', { name: /试饮会/ }).waitFor();

  await page.goto('/customers');
  await settled(page);
  for (const n of [0, 1, 2]) await page.locator('tbody .ant-checkbox-input').nth(n).check();
  await page.getByRole('button', { name: '批量打标签' }).click();
  await page.getByLabel('加上标签').click();
  await page.keyboard.type('试饮会');
  await openOption(page, '试饮会').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').locator('.ant-select-selection-item', { hasText: '试饮会' }).waitFor();
  await page.keyboard.press('Escape'); // closes the list; pressed once the list is gone, it would close the dialog
  await openOption(page, '试饮会').waitFor({ state: 'hidden' });
  await page.getByRole('dialog').getByRole('button', { name: /保\s*存/ }).click();
  await page.getByText('已更新 3 位客户的标签').waitFor();
  const tag = (await api('/tags')).items.find((x) => x.name === '试饮会');
  assert.equal(tag.count, 3);
});

test('two customers with one device are reviewed, merged, and split again', async () => {
  const made = await page.evaluate(async () => {
    const out = [];
    for (const [name, phone] of [['王小明', '13900139001'], ['王晓明', '13900139002']]) {
      const answer = await fetch('/api/v1/persons', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name, identities: [{ kind: 'phone', value: phone }, { kind: 'device', value: 'shop-tablet-7' }] }),
      });
      out.push(await answer.json());
    }
    return out;
  });
  await page.goto('/duplicates');
  await settled(page);
  await shoot(page, 'duplicates-full-zh-CN-1280');
  await assertAccessible(page, 'duplicates');
  const group = page.locator('.ant-card', { hasText: 'shop-tablet-7' });
  await group.getByRole('button', { name: '查看并合并' }).click();
  await page.getByRole('dialog').getByText('保留', { exact: true }).waitFor();
  await shoot(page, 'merge-zh-CN-1280');
  await assertAccessible(page, 'merge');
  await page.getByRole('button', { name: '合并这 2 位' }).click();
  await page.getByText('已把 2 位客户合并为一位').waitFor();
  await group.waitFor({ state: 'detached' });

  await page.goto(`/customers/${made[0].id}`);
  await page.getByRole('tab', { name: '合并记录' }).click();
  await page.getByText('人工合并').waitFor();
  await page.getByRole('button', { name: '拆分回来' }).click();
  await page.getByRole('tooltip').getByRole('button', { name: '拆分回来' }).click();
  await page.getByText('恢复为独立客户').waitFor();
  const second = await api(`/persons/${made[1].id}`);
  assert.equal(second.id, made[1].id);
  assert.equal(second.name, '王晓明');
});

test('an invited colleague signs in and sees what the role allows', async () => {
  await page.goto('/staff');
  await settled(page);
  await page.getByRole('button', { name: '邀请员工' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('姓名').waitFor();
  await shoot(page, 'staff-invite-zh-CN-1280');
  await assertAccessible(page, 'staff invite');
  await dialog.getByLabel('姓名').fill('周财务');
  await dialog.getByLabel('邮箱').fill('zhou@example.com');
  await dialog.getByRole('radio', { name: /财务/ }).check();
  await dialog.getByRole('button', { name: '生成邀请链接' }).click();
  const link = await page.getByLabel('邀请链接').inputValue();
  assert.match(link, /^http.+\/invite\//);

  const guest = await visitor(browser, server.url, { expectErrors: [/401/] });
  await guest.page.goto(link);
  await guest.page.getByLabel('设置密码').waitFor();
  await shoot(guest.page, 'invite-zh-CN-1280');
  await assertAccessible(guest.page, 'invite');
  await guest.page.getByLabel('设置密码').fill('numbers tell everything');
  await guest.page.getByRole('button', { name: '设置密码并进入' }).click();
  await guest.page.getByText('一池客户').waitFor();
  const menu = await guest.page.getByRole('navigation', { name: '主菜单' }).innerText();
  assert.match(menu, /审计日志/);
  assert.doesNotMatch(menu, /员工与角色|导入|系统健康/);
  await guest.page.goto('/customers');
  await settled(guest.page);
  await holds(async () => assert.equal(await guest.page.getByRole('button', { name: '导出' }).count(), 0));
  await holds(async () => assert.match(await guest.page.locator('tbody').innerText(), /\*/, 'contact details are masked'));
  assert.deepEqual(guest.errors, []);
  await guest.context.close();
});

test('the audit log shows it', async () => {
  await page.goto('/audit');
  await settled(page);
  await page.getByText('邀请员工').first().waitFor();
  await page.getByLabel('动作').fill('person.exported');
  await page.keyboard.press('Enter');
  await page.waitForURL(/action=person\.exported/);
  // The address changes before the list: both exports are there and nothing else is.
  await page.locator('tbody').getByText('邀请员工').first().waitFor({ state: 'detached' });
  await page.getByText('导出客户').nth(1).waitFor();
});

test('settings are kept, and a key is shown once', async () => {
  await page.goto('/settings');
  await settled(page);
  await page.getByLabel('企业名称').fill('山野茶事二店');
  await page.getByRole('button', { name: /保\s*存/ }).click();
  await page.locator('.fp-org', { hasText: '山野茶事二店' }).waitFor();

  await page.goto('/settings?tab=keys');
  await settled(page);
  await page.getByRole('button', { name: '新建密钥' }).click();
  await page.getByRole('dialog').getByLabel('名称').fill('小程序埋点');
  await page.getByRole('dialog').getByRole('button', { name: /创\s*建/ }).click();
  const key = await page.getByRole('textbox', { name: '新密钥，只显示这一次' }).inputValue();
  assert.match(key, /^fp_/);
  await page.reload();
  await settled(page);
  await page.getByText('小程序埋点').waitFor();
  assert.equal((await page.content()).includes(key), false);

  await page.goto('/settings?tab=lifecycle');
  await settled(page);
  await page.getByLabel('多少天没下单算沉默').fill('45');
  await page.getByLabel('多少天没下单算流失').fill('30');
  await page.getByRole('button', { name: /保\s*存/ }).click();
  await page.getByText('流失天数要大于沉默天数').waitFor();
  await page.getByLabel('多少天没下单算流失').fill('120');
  await page.getByRole('button', { name: /保\s*存/ }).click();
  await page.getByText('45 天沉默，120 天流失').waitFor();
});

test('the language is switched and stays', async () => {
  await page.goto('/customers');
  await settled(page);
  await page.getByRole('button', { name: /切换语言/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor();
  await holds(async () => assert.equal(await page.locator('html').getAttribute('lang'), 'en'));
});

test('nothing was broken on the way', () => {
  assert.deepEqual(errors, []);
});
