// What staff send into groups and publish as moments: written, handed in by typing its name, confirmed on
// the platform, and what came of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, holds, launch, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const corp = 'wwbroad000000000001';
const callback = { token: 'broadtoken', key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' };
const groups = ['岩茶老友群', '新茶尝鲜群', '门店福利群'];

let browser;
let sea;
let server;
let page;
let errors;
let chats;

const control = (path, body, method) => play(sea, path, body, method);
const api = (path, method, body) => call(page, path, method, body);
const dialog = () => page.getByRole('dialog');
const row = (text) => page.getByRole('row').filter({ hasText: text });
const idOf = () => new URL(page.url()).pathname.split('/').pop();
/** Hands the open draft in, by its name. */
async function submit(name) {
  await page.getByRole('button', { name: '提交', exact: true }).click();
  const ok = dialog().getByRole('button', { name: '提交', exact: true });
  await dialog().getByLabel('输入名称').fill(name.slice(1));
  await holds(async () => assert.ok(await ok.isDisabled(), 'another name submits it too'));
  await dialog().getByLabel('输入名称').fill(name);
  await ok.click();
}

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  server = await startDemo(300, '--platforms', sea.url);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('without WeCom there is nothing to send over, and the pages say so', async () => {
  await page.goto('/broadcasts');
  await settled(page);
  await page.getByText('还没有群消息').waitFor();
  await assertAccessible(page, 'no broadcasts');
  await page.getByRole('tab', { name: '朋友圈' }).click();
  await page.getByText('还没有朋友圈').waitFor();
  await page.getByRole('button', { name: '写朋友圈' }).click();
  await page.waitForURL(/broadcasts\/bro_/);
  await page.getByText('先在“账号”里接入企业微信').waitFor();
  await page.goto('/broadcasts?tab=moment');
  await page.getByRole('button', { name: '删除“未命名的朋友圈”' }).click();
  await page.getByText('还没有朋友圈').waitFor();

  const staff = (await api('/staff')).items.filter((s) => s.role === 'associate' && s.status === 'active').slice(0, 2);
  const made = await control('/corps', { id: corp, name: '海市' });
  const app = made.apps.find((a) => a.id === 'customers');
  await control(`/corps/${corp}/users`, { silent: true, items: staff.map((s, i) => ({ userid: `member${i}`, name: s.name })) });
  const account = await api('/carriers/accounts', 'POST', {
    kind: 'wecom',
    name: '海市企业微信',
    values: { corp_id: corp, secret: app.secret, callback_token: callback.token, callback_key: callback.key, base_url: sea.url },
  });
  await control(`/corps/${corp}/apps/${app.id}/callback`, { url: `${server.url}/callbacks/${account.id}`, ...callback }, 'PUT');
  await control(`/corps/${corp}/contacts`, { count: 40, users: ['member0', 'member1'], from: 1700000000, to: 1770000000 });
  chats = [];
  for (const [i, name] of groups.entries()) chats.push((await control(`/corps/${corp}/make_group`, { userid: `member${i % 2}`, name, userids: [], customers: [] })).chat_id);
  await control(`/corps/${corp}/add_tag`, { group: '会员', name: '金卡' });
  await api(`/carriers/accounts/${account.id}/sync`, 'POST', {});
  await until(page, 'the members', async () => (await api(`/carriers/accounts/${account.id}/staff`)).items.length === staff.length);
  for (const [i, s] of staff.entries()) await api(`/carriers/accounts/${account.id}/staff/member${i}`, 'PATCH', { staff_id: s.id });
  await until(page, 'the groups', async () => (await api(`/broadcast-groups?account_id=${account.id}`)).items.length === groups.length);
  await until(page, 'the tags', async () => (await api(`/broadcast-choices?account_id=${account.id}`)).tags.length === 1);
});

test('a message goes into groups when their owners confirm it', async () => {
  await page.goto('/broadcasts');
  await page.getByRole('button', { name: '写群消息' }).click();
  await page.waitForURL(/broadcasts\/bro_/);
  await settled(page);
  await page.getByLabel('名称').fill('周末茶会');
  await page.getByLabel('文字').fill('周六下午三点，店里有新到的岩茶可以喝。');
  await page.getByRole('button', { name: '添加链接' }).click();
  await dialog().getByLabel('标题').fill('茶会报名');
  await dialog().getByLabel('地址').fill('https://brand.example/tea');
  await dialog().getByRole('button', { name: /^(确 ?定|OK)$/ }).click();
  await dialog().waitFor({ state: 'hidden' });
  // Submitted too early: it says what is missing.
  await submit('周末茶会');
  await dialog().getByText('还没有选择客户群').waitFor();
  await dialog().getByRole('button', { name: /^(取 ?消|Cancel)$/ }).click();
  await page.getByRole('checkbox', { name: groups[0] }).check();
  await page.getByRole('checkbox', { name: groups[1] }).check();
  await page.getByText('已选 2 个群').waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await settled(page);
  await shoot(page, 'broadcast-group-draft-zh-CN-1280');
  await assertAccessible(page, 'a group draft');
  await submit('周末茶会');
  await page.getByRole('heading', { name: '等谁确认' }).waitFor();
  const id = idOf();
  const masses = await until(page, 'the tasks', async () => {
    const { items } = await control(`/corps/${corp}/masses`);
    return items.length === 2 && items;
  });
  await until(page, 'asked', async () => (await api(`/broadcasts/${id}`)).counts.asked === 2);
  await control(`/corps/${corp}/confirm_mass`, { id: masses.find((m) => m.tasks[0].userid === 'member0').msgid, userid: 'member0' });
  await page.reload();
  await settled(page);
  await page.getByRole('button', { name: '现在去看进度' }).click();
  await until(page, 'sent', async () => (await api(`/broadcasts/${id}`)).counts.sent === 1);
  await page.reload();
  await settled(page);
  await row(groups[0]).getByText('已发').waitFor();
  await row(groups[1]).getByText('等待群主确认').waitFor();
  for (let n = 0; n < 3; n++) {
    await page.getByRole('button', { name: /^提醒 / }).click();
    await until(page, 'the reminder', async () => (await api(`/broadcasts/${id}/tasks`)).items.some((t) => t.reminders.length === n + 1));
    await page.reload();
    await settled(page);
  }
  await holds(async () => assert.ok(await page.getByRole('button', { name: /^提醒 / }).isDisabled(), 'a fourth reminder is offered'));
  await shoot(page, 'broadcast-group-zh-CN-1280');
  await assertAccessible(page, 'a group message');
  await page.getByRole('button', { name: '取消', exact: true }).click();
  await dialog().getByRole('button', { name: '取消', exact: true }).last().click();
  await until(page, 'the end', async () => (await api(`/broadcasts/${id}`)).counts.cancelled === 1);
});

test('a moment is published by those who confirm, and likes come back', async () => {
  await page.goto('/broadcasts?tab=moment');
  await page.getByRole('button', { name: '写朋友圈' }).click();
  await page.waitForURL(/broadcasts\/bro_/);
  await settled(page);
  await page.getByLabel('名称').fill('秋茶上新');
  await page.getByLabel('文字').fill('今年的秋茶到店了，欢迎来喝一杯。');
  await page.locator('input[type=file]').setInputFiles({ name: 'tea.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR42mNkYPhfz0AEYBxVSF+FAP5FDvcfRYWgAAAAAElFTkSuQmCC', 'base64') });
  await page.getByRole('list', { name: '附件' }).getByRole('listitem').waitFor();
  await holds(async () => assert.ok(await page.getByRole('button', { name: '添加链接' }).isDisabled(), 'a link beside pictures'));
  await page.getByRole('button', { name: '全部员工' }).click();
  await settled(page);
  await shoot(page, 'broadcast-moment-draft-zh-CN-1280');
  await assertAccessible(page, 'a moment draft');
  await submit('秋茶上新');
  await page.getByRole('heading', { name: '谁发表了' }).waitFor();
  const id = idOf();
  const moments = await until(page, 'the moment', async () => {
    const { items } = await control(`/corps/${corp}/moments`);
    return items.length === 1 && items;
  });
  await until(page, 'asked', async () => (await api(`/broadcasts/${id}`)).counts.asked === 2);
  const { visible } = await control(`/corps/${corp}/publish_moment`, { id: moments[0].moment_id, userid: 'member0' });
  assert.ok(visible > 0);
  const { items: friends } = await control(`/corps/${corp}/friends?userid=member0&limit=5`);
  await control(`/corps/${corp}/react_to_moment`, { id: moments[0].moment_id, userid: 'member0', external_userid: friends[0].external_userid, like: true });
  await page.reload();
  await settled(page);
  await page.getByRole('button', { name: '现在去看进度' }).click();
  await until(page, 'the like', async () => (await api(`/broadcasts/${id}`)).counts.likes === 1);
  await page.reload();
  await settled(page);
  await page.getByRole('heading', { name: '谁点赞、谁评论' }).waitFor();
  await shoot(page, 'broadcast-moment-zh-CN-1280');
  await assertAccessible(page, 'a moment');
});

test('the lists read well in both languages, and on a phone', async () => {
  await page.goto('/broadcasts');
  await settled(page);
  await row('周末茶会').getByText('1 / 2').waitFor();
  await shoot(page, 'broadcasts-zh-CN-1280');
  await assertAccessible(page, 'broadcasts');
  // The language is the browser's: what this one has chosen is left behind.
  const storageState = { cookies: (await page.context().storageState()).cookies, origins: [] };
  const { page: phone } = await visitor(browser, server.url, { width: 390, language: 'en', storageState });
  await phone.goto('/broadcasts?tab=moment');
  await settled(phone);
  await phone.getByRole('tab', { name: 'Moments' }).waitFor();
  await assertFits(phone, 'broadcasts on a phone');
  await assertAccessible(phone, 'broadcasts on a phone');
  await shoot(phone, 'broadcasts-en-390');
  await phone.context().close();
  assert.deepEqual(errors, []);
});
