// Series of messages: begun from a ready one, moved on the ruler, read on a calendar, published, and who is where.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let context;
let errors;

const api = (path, method, body) => call(page, path, method, body);

const exits = { replied: false, ordered: false, left_segment: false, unfriended: false };
let series;

before(async () => {
  browser = await launch();
  server = await startDemo(200);
  ({ page, context, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /404/, /500/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a ready series is taken, changed on the ruler, read on a calendar', async () => {
  await page.goto(`${server.url}/sops`);
  await page.getByRole('link', { name: '新好友 7 天' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'series, list');
  await shoot(page, 'sop-list');
  await page.getByRole('button', { name: '新建 SOP' }).click();
  await page.getByRole('button', { name: '用这个：售后关怀 14 天' }).waitFor();
  await assertAccessible(page, 'series, new');
  await shoot(page, 'sop-new');
  await page.getByRole('button', { name: '用这个：售后关怀 14 天' }).click();
  await page.getByRole('group', { name: /日程/ }).waitFor();
  await settled(page);
  await assertAccessible(page, 'series, editor');
  await shoot(page, 'sop-edit');
  series = page.url().split('/').pop();

  // What is wrong is said where it is, while one writes.
  await page.getByText('请选择人群').waitFor();
  await page.getByRole('textbox', { name: '内容', exact: true }).fill('{{ nmae }}，您好');
  await page.getByText(/没有“nmae”这个变量/).waitFor();
  await shoot(page, 'sop-wrong');
  await page.getByRole('textbox', { name: '内容', exact: true }).fill('{{ name | default "朋友" }}，您好');
  await page.getByText(/没有“nmae”这个变量/).waitFor({ state: 'hidden' });

  // Half an hour later by the arrow key.
  const first = page.getByRole('button', { name: /第 2 天 11:00/ });
  await first.press('ArrowRight');
  await page.getByRole('button', { name: /第 2 天 11:30/ }).waitFor();
  await page.getByRole('button', { name: '在第 2 天加一步' }).click();
  await page.getByRole('heading', { name: '第 2 天 12:30' }).waitFor();
  await page.getByRole('textbox', { name: '内容', exact: true }).fill('记得查收物流。');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByText('已保存').first().waitFor();
  assert.equal((await api(`/sops/${series}`)).spec.steps.length, 6);

  await page.getByRole('button', { name: '预览' }).click();
  await page.getByRole('list', { name: '日历' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'series, calendar');
  await shoot(page, 'sop-calendar');
  await page.getByRole('button', { name: /Close|关闭/ }).first().click();
});

test('who is inside, where, and what became of it', async () => {
  const people = (await api('/persons?limit=40&sort=-gmv_minor')).items;
  const step = (id, day, at, text) => ({ id, day, at, kind: 'task', text });
  const made = await api('/sops', 'POST', { name: '高价值客户回访', kind: 'person', spec: { trigger: { kind: 'manual' }, exits: { ...exits, ordered: true }, steps: [step('call', 1, '10:00', '电话回访：最近喝得怎么样？'), step('gift', 3, '15:00', '寄一份小样，问问口味'), step('ask', 9, '15:00', '请他推荐一位朋友')] } });
  await page.goto(`${server.url}/sops/${made.id}`);
  await page.getByRole('button', { name: '启用' }).click();
  const publish = page.getByRole('dialog');
  await holds(async () => assert.ok(await publish.getByRole('button', { name: '确认启用' }).isDisabled()));
  await publish.getByRole('textbox').fill('高价值客户回访');
  await publish.getByRole('button', { name: '确认启用' }).click();
  await page.getByText('运行中').waitFor();
  await api(`/sops/${made.id}/enrolments`, 'POST', { person_ids: people.slice(0, 30).map((p) => p.id) });
  await page.goto(`${server.url}/sops/${made.id}`);
  await page.getByRole('region', { name: '进展' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'series, progress');
  await shoot(page, 'sop-progress');
  await page.getByRole('region', { name: '进展' }).getByRole('button', { name: '30', exact: true }).click();
  await page.getByRole('button', { name: people[29].name, exact: true }).first().waitFor();
  await settled(page);
  await assertAccessible(page, 'series, people');
  await shoot(page, 'sop-people');
  await page.getByRole('button', { name: people[29].name, exact: true }).first().click();
  await page.getByRole('button', { name: '移出' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'series, somebody');
  await shoot(page, 'sop-person');
  await page.getByRole('button', { name: '移出' }).click();
  await page.getByText('已移出').waitFor();
  await page.goto(`${server.url}/sops/${made.id}?tab=people`);
  await page.getByText('手动移出').waitFor();
});

test('nothing here, nothing found, and failing', async () => {
  await page.goto(`${server.url}/sops?q=没有这样的`);
  await page.getByText('没有符合条件的 SOP').waitFor();
  await settled(page);
  await shoot(page, 'sop-none');
  await page.goto(`${server.url}/sops/sop_nothing`);
  await page.getByRole('alert').waitFor();
  await assertAccessible(page, 'series, not there');
  await context.route('**/api/v1/sops?**', (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Internal', status: 500, detail: '服务器出错了', request_id: 'req_1' }) }));
  await page.goto(`${server.url}/sops`);
  await page.getByText('服务器出错了').waitFor();
  await shoot(page, 'sop-failing');
  await context.unroute('**/api/v1/sops?**');
  await context.route('**/api/v1/sops?**', (r) => r.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ items: [], next_cursor: '' }) }));
  await page.goto(`${server.url}/sops`);
  await page.getByText('把跟进变成固定动作').waitFor();
  await settled(page);
  await assertAccessible(page, 'series, empty');
  await shoot(page, 'sop-empty');
  await context.unroute('**/api/v1/sops?**');
  assert.deepEqual(errors, []);
});

test('in English and on a phone', async () => {
  const state = { cookies: (await context.storageState()).cookies, origins: [] }; // the language is the browser's
  const running = (await api('/sops?status=live&kind=person')).items[0];
  for (const [width, language, name] of [[1280, 'en', 'en'], [390, 'zh-CN', 'phone'], [390, 'en', 'phone-en']]) {
    const seen = await visitor(browser, server.url, { language, width, storageState: state, expectErrors: [/401/] });
    const draft = (await api('/sops?status=draft')).items.find((s) => s.kind === 'person');
    for (const [path, what] of [['/sops', 'list'], [`/sops/${draft.id}`, 'edit'], [`/sops/${running.id}`, 'progress'], [`/sops/${running.id}?tab=people`, 'people']]) {
      await seen.page.goto(`${server.url}${path}`);
      await seen.page.locator('.fp-page h1').waitFor();
      await settled(seen.page);
      await assertFits(seen.page, `${what}, ${name}`);
      await assertAccessible(seen.page, `${what}, ${name}`);
      await shoot(seen.page, `sop-${what}-${name}`);
    }
    assert.deepEqual(seen.errors, []);
    await seen.context.close();
  }
});
