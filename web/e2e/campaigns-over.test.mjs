// One message over the ways to people that are not mail: an official account, which takes it only for those who wrote
// lately; the chat on a web page, where it waits until the visitor comes back; and a template over SMS.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, choose, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { api as call, comes } from './lib/inbox.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

const app = 'wx1234567890abcdef';
const token = 'tok';
const key = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
let browser;
let sea;
let server;
let page;
let errors;
let guest;
let writer;
let campaign;

const api = (path, method, body) => call(page, path, method, body);
const field = (label) => page.getByLabel(label, { exact: true });
const next = () => page.getByRole('button', { name: '下一步' }).click();
const stored = () => page.locator('.fp-campaign-saving.saved').waitFor();

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  server = await startDemo(120, '--platforms', sea.url);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);
  const rules = await api('/reach/settings');
  await api('/reach/settings', 'PUT', { ...rules, quiet_hours: { ...rules.quiet_hours, enabled: false } });
  await api('/campaign-settings', 'PUT', { approve_over: 100, holdout_bp: 0, global_bp: 0 });

  await play(sea, '/accounts', { appid: app, name: '山野茶集', secret: 's3cret' });
  const official = await api('/carriers/accounts', 'POST', { kind: 'official_account', name: '公众号', values: { app_id: app, secret: 's3cret', callback_token: token, callback_key: key, base_url: sea.url } });
  await play(sea, `/accounts/${app}/callback`, { url: `${server.url}/callbacks/${official.id}`, token, key }, 'PUT');
  const web = await api('/carriers/accounts', 'POST', { kind: 'web', name: '网页客服', values: { site: server.url } });
  await api('/carriers/accounts', 'POST', { kind: 'sms', name: '短信', values: { app_id: '1400006666', secret_id: 'i', secret: 'k', sign: '山野' } });
  writer = (await play(sea, '/customers', { name: '林知夏' })).items[0].id;
  await play(sea, `/accounts/${app}/follow`, { customer: writer });
  await play(sea, `/accounts/${app}/say`, { customer: writer, text: '新茶到了吗？' });
  guest = await comes(browser, server, web.id);
  await guest.says('你好，想看看新茶');

  const tag = await api('/tags', 'POST', { name: '聊过', group: '群发', color: '' });
  let talked = [];
  await until(page, 'both are known', async () => {
    const all = (await api('/inbox/conversations')).items ?? [];
    talked = all.filter((c) => c.account_id === official.id || c.account_id === web.id).map((c) => c.person_id);
    return talked.length === 2;
  });
  const nobody = await api('/persons', 'POST', { name: '没聊过', identities: [{ kind: 'phone', value: '13800138000' }] });
  await api('/persons/tags', 'POST', { person_ids: [...talked, nobody.id], add: [tag.id], remove: [] });
  await api('/segments', 'POST', { name: '聊过的客户', text: 'tag:群发/聊过' });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sea?.stop();
});

test('the wizard says what each carrier takes, and shows the message as it is read there', async () => {
  await page.goto(`${server.url}/campaigns`);
  await page.getByRole('button', { name: '新建群发' }).click();
  await field('名称').fill('新茶提醒');
  await page.getByText('服务通知', { exact: true }).click();
  await choose(page, '人群', '聊过的客户');
  await stored();
  await next();
  await page.getByRole('combobox', { name: '账号（按优先顺序）' }).click();
  for (const name of ['公众号', '网页客服', '短信']) await openOption(page, name).click();
  await page.keyboard.press('Escape');
  await page.getByText('平台只让发给 48 小时内给我们发过消息的粉丝', { exact: false }).waitFor();
  await page.getByText('访客回到网页时看到红点和消息', { exact: false }).waitFor();
  await page.getByRole('textbox', { name: '正文', exact: true }).fill('{{ name | default "茶友" }}，新茶到了');
  await field('模板编号').fill('1234');
  await page.getByRole('button', { name: '加一个参数' }).click();
  await field('参数 1').fill('{{ nmae }}');
  await page.getByText(/没有“nmae”这个变量/).waitFor();
  await field('参数 1').fill('{{ name | default "茶友" }}');
  await stored();
  const preview = page.getByRole('complementary', { name: '预览' });
  await page.getByRole('combobox', { name: '以某位客户的样子预览' }).fill('没聊过');
  await openOption(page, '没聊过').click();
  await preview.getByText('模板 1234，填入：').waitFor();
  await preview.getByText('1. 没聊过').waitFor();
  await settled(page);
  await assertAccessible(page, 'campaign over other carriers');
  await shoot(page, 'campaign-over-zh-CN-1280');
  await page.setViewportSize({ width: 390, height: 844 });
  await assertFits(page);
  await shoot(page, 'campaign-over-zh-CN-390');
  await page.setViewportSize({ width: 1280, height: 800 });
  campaign = new URL(page.url()).pathname.split('/').pop();
});

test('who cannot be written to there now is held back for the window', async () => {
  // Without SMS, so that nothing is behind the official account.
  const c = await api(`/campaigns/${campaign}`);
  const accounts = (await api('/campaign-choices')).accounts;
  await api(`/campaigns/${campaign}`, 'PUT', { name: c.name, segment_id: c.segment_id, purpose: c.purpose, account_ids: c.account_ids.filter((id) => accounts.find((a) => a.id === id)?.carrier !== 'sms'), text: c.text, holdout_bp: 0, version: c.version });
  await page.reload();
  await page.getByText('检查', { exact: true }).click();
  const go = page.getByRole('region', { name: '可以发送' });
  await go.getByText('2', { exact: true }).waitFor();
  await settled(page);
  await assertAccessible(page, 'check over other carriers');
  await shoot(page, 'campaign-over-check-zh-CN-1280');
  await page.getByRole('button', { name: '提交发送' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('新茶提醒');
  await dialog.getByRole('button', { name: '提交发送' }).click();
  await until(page, 'it is through', async () => (await api(`/campaigns/${campaign}`)).progress?.sent === 2);
  const view = await play(sea, `/customers/${writer}`);
  assert.ok(view.accounts[0].lines.some((l) => l.from === 'account' && /新茶到了$/.test(l.text)), JSON.stringify(view.accounts[0].lines));
  await guest.heard('新茶到了').waitFor();
  assert.deepEqual(errors, []);
});
