// Journeys: drawn, tried with somebody, published, walked, watched, changed while people are inside, reported.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, holds, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { startMailSink } from './lib/mailsink.mjs';
import { startDemoWithMail } from './lib/server.mjs';

let browser;
let server;
let page;
let context;
let errors;
let journey; // the one that is drawn here
let sink;
const people = [];

const api = (path, method, body) => call(page, path, method, body);
const box = (id) => page.locator(`.fp-canvas [data-step="${id}"]`);
const boxes = () => page.locator('.fp-canvas .fp-step:not(.start)');
const draft = async () => (await api(`/journeys/${journey}`)).draft;
const stored = () => page.locator('.fp-journey-saving.saved').waitFor();
const at = (path) => page.goto(`${server.url}${path}`);

/** Waits until the drawing is there and nothing loads. */
async function drawn(p = page) {
  await p.locator('.fp-canvas .fp-step').first().waitFor();
  await settled(p);
}

before(async () => {
  browser = await launch();
  sink = await startMailSink();
  server = await startDemoWithMail(300, sink);
  ({ page, context, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /404/, /409/, /500/] }));
  await signIn(page, server);
  await api('/carriers/accounts', 'POST', { kind: 'email', name: '官方邮箱', values: { from: 'tea@pond.example', server: sink.address, user: 'u', password: 'p' } });
  // By day and by night the same.
  const rules = await api('/reach/settings');
  await api('/reach/settings', 'PUT', { ...rules, quiet_hours: { ...rules.quiet_hours, enabled: false } });
  for (let n = 1; n <= 24; n++) {
    const p = await api('/persons', 'POST', { name: `茶友${String(n).padStart(2, '0')}`, identities: [{ kind: 'email', value: `friend${n}@guests.example` }] });
    if (n <= 20) await api(`/persons/${p.id}/consents`, 'POST', { purpose: 'marketing', granted: true, text_version: 'v1', source: 'test' });
    people.push(p);
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sink?.stop();
});

test('nothing here yet: ready journeys to begin with', async () => {
  await at('/journeys');
  await page.getByText('把整个转化过程事先安排好').waitFor();
  await page.getByRole('list', { name: '现成的旅程' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, empty');
  await shoot(page, 'journeys-empty');
  await page.getByRole('button', { name: /用这个：售后/ }).click();
  await page.waitForURL(/\/journeys\/jny_/);
  await drawn();
  await assertAccessible(page, 'journeys, a ready one');
  await shoot(page, 'journeys-ready');
});

test('a journey is drawn: palette, lines, keys, forms; undone and done again', async () => {
  await at('/journeys');
  await page.getByRole('button', { name: '新建旅程' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '从空白开始' }).click();
  await page.waitForURL(/\/journeys\/jny_/);
  journey = new URL(page.url()).pathname.split('/').pop();
  await drawn();
  await page.getByLabel('名称').fill('新客欢迎');
  await page.getByRole('button', { name: /1 处要改/ }).waitFor(); // it has no steps

  // The first step by the palette, with a click; the next by dragging onto the end, by a plus, and onto a line.
  await page.getByRole('button', { name: '加一步：发消息' }).click();
  await page.getByRole('textbox', { name: '邮件标题' }).fill('欢迎');
  await page.getByRole('textbox', { name: '正文' }).fill('{{ name | default "朋友" }}，欢迎来山野茶事。');
  await choose(page, '用哪些账号发（按优先顺序）', '官方邮箱');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '关闭', exact: true }).click();
  await page.getByRole('button', { name: '加一步：按条件分岔' }).dragTo(page.locator('.fp-journey-open').first());
  await page.getByRole('heading', { name: /按条件分岔/ }).waitFor();
  await holds(async () => assert.equal(await boxes().count(), 2));
  await page.getByText('没有条件').first().waitFor(); // told at once
  await page.getByRole('button', { name: '编辑条件 1' }).click();
  const condition = page.getByRole('dialog');
  await condition.getByRole('textbox', { name: '文字形式' }).fill('orders > 1');
  await condition.getByRole('button', { name: '用这个条件' }).click();
  await condition.waitFor({ state: 'hidden' });
  await page.getByLabel('这条路叫什么').fill('老客');
  await page.getByRole('button', { name: '在「按条件分岔」的「老客」后面加一步' }).click();
  await page.getByRole('menuitem', { name: '打标签' }).click();
  await choose(page, '标签', '母婴');
  await page.getByRole('button', { name: '在「按条件分岔」的「其余」后面加一步' }).click();
  await page.getByRole('menuitem', { name: '等一段时间' }).click();
  await page.getByRole('heading', { name: /等一段时间/ }).waitFor();
  await holds(async () => assert.equal(await boxes().count(), 4));

  // Onto a line: it comes between.
  await page.getByRole('button', { name: '加一步：等到几点' }).dragTo(page.getByRole('button', { name: /在「发消息」和「按条件分岔」之间加一步/ }));
  await page.getByRole('heading', { name: /等到几点/ }).waitFor();
  await holds(async () => assert.equal(await boxes().count(), 5));
  await stored();
  let steps = (await draft()).graph.steps;
  const [first] = steps;
  assert.equal(steps.find((s) => s.id === first.next)?.kind, 'wait_until');

  // By keys: down, a copy, undone, done again, deleted.
  const message = first.id;
  await box(message).click();
  await box(message).press('ArrowDown');
  await page.getByRole('heading', { name: /等到几点/ }).waitFor();
  await page.keyboard.press('Control+d');
  await page.waitForFunction(() => document.querySelectorAll('.fp-canvas .fp-step:not(.start)').length === 6);
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.querySelectorAll('.fp-canvas .fp-step:not(.start)').length === 5);
  await page.keyboard.press('Control+Shift+z');
  await page.waitForFunction(() => document.querySelectorAll('.fp-canvas .fp-step:not(.start)').length === 6);
  await page.keyboard.press('Control+z');
  const until10 = steps.find((s) => s.kind === 'wait_until').id;
  await box(until10).focus();
  await page.keyboard.press('Delete');
  await page.waitForFunction(() => document.querySelectorAll('.fp-canvas .fp-step:not(.start)').length === 4);
  await stored();
  steps = (await draft()).graph.steps;
  assert.deepEqual(steps.map((s) => s.kind).sort(), ['branch', 'message', 'tag', 'wait']);
  await drawn();
  await assertAccessible(page, 'journeys, editor');
  await shoot(page, 'journeys-edit');

  // Moved by hand, and laid out again.
  const place = await box(message).boundingBox();
  await page.mouse.move(place.x + 80, place.y + 20);
  await page.mouse.down();
  await page.mouse.move(place.x + 200, place.y + 60, { steps: 8 });
  await page.mouse.up();
  await stored();
  await until(page, 'the place', async () => Object.keys((await draft()).layout ?? {}).length > 0);
  await page.getByRole('button', { name: '自动排版' }).click();
  await until(page, 'the layout', async () => Object.keys((await draft()).layout ?? {}).length === 0);

  // The same as a list, by which everything can be done as well.
  await page.locator('.ant-segmented-item', { hasText: '列表' }).click();
  await page.getByRole('list', { name: '旅程的每一步' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, list of steps');
  await shoot(page, 'journeys-list-view');
  await page.locator('.ant-segmented-item', { hasText: '画布' }).click();
  await drawn();
});

test('somebody else changed it meanwhile: one of both is kept', async () => {
  const now = await api(`/journeys/${journey}`);
  await api(`/journeys/${journey}/draft`, 'PUT', { name: now.name, spec: { ...now.draft, holdout_bp: 1000 }, revision: now.revision });
  await page.locator('[data-step=""]').click();
  await page.getByRole('spinbutton', { name: '对照组' }).fill('20');
  await page.getByText('有人在别处改了这个旅程').waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, conflict');
  await shoot(page, 'journeys-conflict');
  await page.getByRole('button', { name: '用我的覆盖' }).click();
  await until(page, 'mine', async () => (await draft()).holdout_bp === 2000);
  await page.getByRole('spinbutton', { name: '对照组' }).fill('0');
  await until(page, 'no hold-out', async () => ((await draft()).holdout_bp ?? 0) === 0);
});

test('a dry run says how one customer would walk', async () => {
  await page.getByRole('button', { name: '试走' }).click();
  const dry = page.getByRole('dialog');
  await dry.getByRole('combobox', { name: '谁来走' }).fill(people[0].name);
  await openOption(page, people[0].name).click();
  await dry.getByRole('button', { name: '开始试走' }).click();
  const path = dry.getByRole('list', { name: '走的路' });
  await path.getByText('发消息').first().waitFor();
  await path.getByText('按条件分岔').first().waitFor();
  await dry.locator('.fp-way.taken, .react-flow__edge-path.taken').first().waitFor({ state: 'attached' });
  await settled(page);
  await assertAccessible(page, 'journeys, dry run');
  await shoot(page, 'journeys-dry');
  await page.getByRole('button', { name: /Close|关闭/ }).first().click();
  await dry.waitFor({ state: 'hidden' });
});

test('published by typing its name; people come in, counts move, one is followed', async () => {
  await page.getByRole('button', { name: '发布', exact: true }).click();
  const publish = page.getByRole('dialog');
  await holds(async () => assert.ok(await publish.getByRole('button', { name: '确认发布' }).isDisabled()));
  await publish.getByRole('textbox').fill('新客欢迎');
  await shoot(page, 'journeys-publish');
  await assertAccessible(page, 'journeys, publish');
  await publish.getByRole('button', { name: '确认发布' }).click();
  await page.getByText('运行中').waitFor();
  await api(`/journeys/${journey}/enter`, 'POST', { person_ids: people.map((p) => p.id) });
  await at(`/journeys/${journey}`);
  await drawn();
  const wait = (await draft()).graph.steps.find((s) => s.kind === 'wait').id;
  // Whoever is not reached, or was, has gone on to the wait or the tag.
  await until(page, 'people at steps', async () => {
    const c = await api(`/journeys/${journey}/counts`);
    return c.steps.reduce((n, s) => n + s.entered, 0) > 60 && c.steps.find((s) => s.step === wait)?.here === 24;
  });
  await until(page, 'mails', () => sink.mails.length >= 20);
  await page.locator('.fp-way-people').first().waitFor();
  await assertAccessible(page, 'journeys, live');
  await shoot(page, 'journeys-live');

  const here = await until(page, 'somebody at a step', async () => (await api(`/journeys/${journey}/runs?status=active`)).items[0]);
  await page.locator(`[data-people="${here.step || wait}"]`).click();
  await page.waitForURL(/tab=people/);
  await page.getByRole('button', { name: here.person_name }).first().click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('list', { name: '走过的路' }).waitFor();
  await drawer.locator('.fp-step.marked').first().waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, a path');
  await shoot(page, 'journeys-path');
  await drawer.getByRole('button', { name: '移出旅程' }).click();
  await page.locator('.ant-modal-confirm').getByRole('button', { name: '移出旅程' }).click();
  await page.getByText('已移出').waitFor();
  const out = await api(`/journeys/${journey}/runs/${here.id}`);
  assert.deepEqual([out.status, out.why], ['cancelled', 'removed']);

  await at(`/customers/${here.person_id}`);
  await page.getByRole('tab', { name: '旅程' }).click();
  await page.getByRole('list', { name: '旅程' }).getByText('新客欢迎').waitFor();
});

test('paused, changed and published again; who is inside is moved as one says', async () => {
  await at(`/journeys/${journey}`);
  await drawn();
  await page.getByRole('button', { name: '暂停' }).click();
  await page.getByText('已暂停').first().waitFor();
  await page.getByRole('tab', { name: '设计' }).click();
  await drawn();
  await page.getByRole('button', { name: '加一步：离开旅程' }).click();
  await stored();
  await page.getByRole('button', { name: '发布修改' }).click();
  const publish = page.getByRole('dialog');
  await publish.getByText(/在途的 \d+ 人怎么办/).waitFor();
  await publish.getByLabel('换到新版本').check();
  await publish.getByRole('region', { name: '换到哪一步' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, publish again');
  await shoot(page, 'journeys-republish');
  await publish.getByRole('textbox').fill('新客欢迎');
  await publish.getByRole('button', { name: '确认发布' }).click();
  await publish.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '继续', exact: true }).click();
  await page.getByText('运行中').waitFor();
  assert.equal((await api(`/journeys/${journey}`)).version, 2);
  await at(`/journeys/${journey}?tab=report`);
  await page.getByText('旅程带来了什么').waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, report');
  await shoot(page, 'journeys-report');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出 CSV' }).click()]);
  assert.equal(file.suggestedFilename(), '新客欢迎.csv');
});

test('nothing found, and failing', async () => {
  await at('/journeys?q=没有这样的');
  await page.getByText('没有符合条件的旅程').waitFor();
  await at('/journeys/jny_nothing');
  await page.getByRole('alert').waitFor();
  await context.route('**/api/v1/journeys?**', (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Internal', status: 500, detail: '服务器出错了', request_id: 'req_1' }) }));
  await at('/journeys');
  await page.getByText('服务器出错了').waitFor();
  await assertAccessible(page, 'journeys, failing');
  await shoot(page, 'journeys-failing');
  await context.unroute('**/api/v1/journeys?**');
  assert.deepEqual(errors, []);
});

test('in English, on a phone, and in the dark', async () => {
  const state = { cookies: (await context.storageState()).cookies, origins: [] }; // the language is the browser's
  for (const [width, language, look, name] of [
    [1280, 'en', 'light', 'en'],
    [1280, 'zh-CN', 'dark', 'dark'],
    [390, 'zh-CN', 'light', 'phone'],
    [390, 'en', 'dark', 'phone-en'],
  ]) {
    const seen = await visitor(browser, server.url, { language, width, look, storageState: state, expectErrors: [/401/] });
    for (const [path, what] of [
      ['/journeys', 'list'],
      [`/journeys/${journey}?tab=edit`, 'edit'],
      [`/journeys/${journey}?tab=live`, 'live'],
      [`/journeys/${journey}?tab=people`, 'people'],
      [`/journeys/${journey}?tab=report`, 'report'],
    ]) {
      await seen.page.goto(`${server.url}${path}`);
      await seen.page.locator('.fp-page h1').waitFor();
      if (width > 500 && (what === 'edit' || what === 'live')) await drawn(seen.page);
      await settled(seen.page);
      await assertFits(seen.page, `journeys, ${what}, ${name}`);
      await assertAccessible(seen.page, `journeys, ${what}, ${name}`);
      await shoot(seen.page, `journeys-${what}-${name}`);
    }
    assert.deepEqual(seen.errors, []);
    await seen.context.close();
  }
});
