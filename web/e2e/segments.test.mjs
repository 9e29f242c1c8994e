// Segments: the sentence of the house built by hand and by text, saved, looked at from all sides.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(2000, '--no-visitors')]);
  // What is half typed is refused on purpose; two who save at once, too.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /409/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const number = (n) => new Intl.NumberFormat('zh-CN').format(n);
const api = (path, method = 'GET', body) =>
  page.evaluate(
    async ([p, m, b]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, headers: b ? { 'Content-Type': 'application/json' } : {}, body: b && JSON.stringify(b) });
      const text = await r.text();
      return text ? JSON.parse(text) : r.status;
    },
    [path, method, body],
  );
const countOf = async (text) => (await api('/segments/preview', 'POST', { text })).count;

/** The number once it is the answer to what is on screen. */
async function total(p = page) {
  await p.locator('.fp-seg-side [data-total][data-settled="true"]').waitFor();
  return Number(await p.locator('.fp-seg-side [data-total]').getAttribute('data-total'));
}
/** Waits until the number is this one: the answer to the last edit may be on its way. */
async function totalIs(wanted, what) {
  await page.locator(`.fp-seg-side [data-total="${wanted}"][data-settled="true"]`).waitFor().catch(() => {});
  assert.equal(await total(), wanted, what);
}
const text = () => page.getByRole('textbox', { name: '文字形式' });
const row = (name) => page.getByRole('group', { name, exact: true });
const pick = async (name, option) => {
  await page.getByRole('combobox', { name, exact: true }).last().click();
  const choice = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first();
  await choice.click();
};
/** Adds a condition and says what it is about, as somebody at the keyboard does. */
async function add(words, first = false) {
  await page.getByRole('button', { name: first ? '添加第一个条件' : /条件$/ }).last().click();
  await page.locator('.fp-seg-picker.ant-select-open input').waitFor();
  await page.keyboard.type(words);
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option-active').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.fp-seg-picker.ant-select-open').waitFor({ state: 'detached' });
}

const name = '沉默母婴回流';

test('the sentence is built by hand, and the number follows each condition', async () => {
  await page.goto('/segments/new');
  await settled(page);
  assert.equal(await total(), 2000, 'no condition is everybody');
  await shoot(page, 'segments-start-zh-CN-1280');

  await add('阶段', true);
  await pick('生命周期阶段：值', '沉默');
  await page.keyboard.press('Escape');
  await totalIs(await countOf('stage = silent'), 'silent');

  await add('地区');
  await pick('地区：值', '山东');
  await pick('地区：值', '河南');
  await page.keyboard.press('Escape');
  await totalIs(await countOf('stage = silent and region in (山东, 河南)'), 'in Shandong or Henan');

  await add('累计成交');
  await pick('累计成交：比较方式', '大于');
  await page.getByRole('spinbutton', { name: '累计成交：值' }).fill('500');
  await totalIs(await countOf('stage = silent and region in (山东, 河南) and gmv > 500'), 'spent over 500');

  await add('母婴');
  await add('易退款');
  await pick('标签：比较方式', '没有');
  await add('已付款');
  await page.getByRole('spinbutton', { name: /已付款.*：数量/ }).fill('2');
  await add('打开消息');
  await pick(/打开消息.*：做过没有/, '没做过');
  await page.getByRole('spinbutton', { name: /打开消息.*：多久/ }).fill('30');

  const sentence = 'stage = silent and region in (山东, 河南) and gmv > 500 and tag:人群/母婴 and not tag:服务/易退款 and did order.paid >= 2 in 90d and not did message.opened in 30d';
  await page.waitForFunction((wanted) => document.querySelector('.fp-seg-text textarea').value === wanted, sentence);
  await totalIs(await countOf(sentence), 'all of it');

  // Each row says how many it describes by itself.
  for (const [part, alone] of [['地区', 'region in (山东, 河南)'], ['累计成交', 'gmv > 500']]) {
    await holds(async () => assert.equal(Number(await row(part).locator('[data-count]').getAttribute('data-count')), await countOf(alone), part));
  }
  const loose = await countOf(sentence.replace('stage = silent and ', '').replace(' and tag:人群/母婴', ''));
  assert.ok(loose > 0, 'the demo brand has such people, were they not to be silent mothers');
  await shoot(page, 'segments-built-zh-CN-1280');
  await assertAccessible(page, 'builder');
});

test('edits are undone and done again; parts move, double, group and go by key', async () => {
  const before = await text().inputValue();
  await row('累计成交').getByRole('spinbutton').focus();
  await page.keyboard.press('Alt+ArrowUp');
  const moved = before.replace('region in (山东, 河南) and gmv > 500', 'gmv > 500 and region in (山东, 河南)');
  await page.waitForFunction((wanted) => document.querySelector('.fp-seg-text textarea').value === wanted, moved);
  assert.ok(await row('累计成交').evaluate((el) => el.contains(document.activeElement)), 'the keyboard stays on what was moved');

  await page.keyboard.press('Alt+c');
  await page.waitForFunction(() => document.querySelectorAll('[role="group"][aria-label="累计成交"]').length === 2);
  await page.keyboard.press('Alt+Delete');
  await page.waitForFunction(() => document.querySelectorAll('[role="group"][aria-label="累计成交"]').length === 1);
  await row('地区').getByRole('combobox').first().focus();
  await page.keyboard.press('Alt+n');
  await page.waitForFunction(() => document.querySelector('.fp-seg-text textarea').value.includes('not region in'));
  await row('地区').getByRole('combobox').first().focus();
  await page.keyboard.press('Alt+g');
  await page.locator('.fp-seg-group.nested').waitFor();

  for (let i = 0; i < 5; i++) await page.keyboard.press('Control+z');
  await page.waitForFunction((wanted) => document.querySelector('.fp-seg-text textarea').value === wanted, before);
  await page.keyboard.press('Control+Shift+z');
  await page.waitForFunction((wanted) => document.querySelector('.fp-seg-text textarea').value === wanted, moved);
  await page.keyboard.press('Control+z');
});

test('leaving without saving asks; a saved segment is in the list', async () => {
  await page.getByRole('link', { name: '人群' }).first().click();
  await page.getByRole('dialog').getByText('还没保存').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: '继续编辑' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: '保存' }).first().click();
  await page.getByText('请给人群起个名字').waitFor();
  await page.getByRole('textbox', { name: /^名称/ }).fill(name);
  const count = await total();
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await holds(async () => assert.equal(Number(await page.locator('[data-size]').getAttribute('data-size')), count));

  await page.getByRole('link', { name: '人群' }).first().click();
  await page.getByRole('link', { name, exact: true }).waitFor();
  await page.getByRole('searchbox', { name: '搜索人群名称' }).fill('母婴回流');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  await page.getByText('共 1 个人群').waitFor();
});

test('text rewrites the builder while it is typed; what is wrong is marked where it is', async () => {
  await page.goto('/segments/new');
  await settled(page);
  await text().fill('stage in (silent, lost) and (gmv > 500 or not tag:易退款) and gmb > 3');
  await page.getByText('第 1 行第 60 个字').waitFor();
  await holds(async () => assert.equal(await page.locator('.fp-seg-text mark').textContent(), 'gmb'));
  await assertAccessible(page, 'refused text');
  await shoot(page, 'segments-refused-zh-CN-1280');
  await page.locator('.fp-seg-marks button').first().click();
  assert.equal(await text().evaluate((el) => el.value.slice(el.selectionStart, el.selectionEnd)), 'gmb');
  await page.keyboard.type('orders');
  await page.getByText('已同步到条件').waitFor();
  await page.locator('.fp-seg-group.nested.or').waitFor();
  await holds(async () => assert.equal(await page.locator('.fp-seg-row').count(), 4));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.fp-seg-text textarea').value.includes('tag:服务/易退款'));
  await totalIs(await countOf('stage in (silent, lost) and (gmv > 500 or not tag:易退款) and orders > 3'), 'by text');

  // The other way: a number in the builder changes the text, and only there.
  await page.getByRole('spinbutton', { name: '订单数：值' }).fill('5');
  await page.waitForFunction(() => document.querySelector('.fp-seg-text textarea').value.endsWith('and orders > 5'));

  // What the tree says that no row can edit is kept.
  await page.getByRole('button', { name: '保存' }).first().click();
  await page.getByRole('textbox', { name: /^名称/ }).fill('按文字圈的人');
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { level: 1, name: '按文字圈的人' }).waitFor();
});

test('a refused condition says so at its row; one without an editor is kept as text', async () => {
  await page.goto(`/segments/new?text=${encodeURIComponent('birthday in (1990-01-01, 1991-02-03) and created between 60d and 30d ago')}`);
  await settled(page);
  await holds(async () => assert.equal(await page.locator('.fp-seg-raw').textContent(), 'birthday in (1990-01-01, 1991-02-03)'));
  await row('入池时间').getByRole('spinbutton', { name: '入池时间：从' }).fill('10');
  await row('入池时间').getByRole('alert').waitFor();
  await assertAccessible(page, 'refused row');
  await shoot(page, 'segments-refused-row-zh-CN-1280');
  await row('入池时间').getByRole('spinbutton', { name: '入池时间：从' }).fill('90');
  await totalIs(await countOf('birthday in (1990-01-01, 1991-02-03) and created between 90d and 30d ago'), 'the raw part counts');
  await holds(async () => assert.equal(await text().inputValue(), 'birthday in (1990-01-01, 1991-02-03) and created between 90d and 30d ago'));

  await page.getByRole('button', { name: '写法' }).click();
  await page.getByText('random 10% salt 春节活动').waitFor();
  await page.keyboard.press('Escape');
  // Straight from typing to saving: what is saved is what was typed last.
  await page.getByRole('textbox', { name: /^名称/ }).fill('打完就存');
  await text().fill('orders >= 4');
  await page.keyboard.press('Control+s');
  await page.getByRole('heading', { level: 1, name: '打完就存' }).waitFor();
  await page.locator('.fp-seg-head code', { hasText: 'orders >= 4' }).waitFor();
});

test('two who edit at once are told of each other', async () => {
  const { items } = await api('/segments?limit=50');
  const mine = items.find((s) => s.name === '按文字圈的人');
  await page.goto(`/segments/${mine.id}/edit`);
  await settled(page);
  await page.getByRole('spinbutton', { name: '订单数：值' }).fill('7');
  await total();
  await api(`/segments/${mine.id}/predicate`, 'PUT', { text: 'stage = lost', version: mine.version });
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog').getByText('这个人群刚被别人改过').waitFor();
  await shoot(page, 'segments-meanwhile-zh-CN-1280');
  await page.getByRole('dialog').getByRole('button', { name: '用我的覆盖' }).click();
  await page.getByRole('heading', { level: 1, name: '按文字圈的人' }).waitFor();
  const saved = await api(`/segments/${mine.id}`);
  assert.equal(saved.version, mine.version + 2);
  assert.match(saved.text, /orders > 7/);

  await page.getByRole('tab', { name: '版本' }).click();
  await page.getByText(`第 ${saved.version} 版`, { exact: true }).waitFor();
  await holds(async () => assert.ok((await page.locator('.fp-seg-versions ins').count()) > 0));
  await page.getByRole('button', { name: '恢复这一版' }).first().click();
  await page.locator('.ant-popconfirm').getByRole('button', { name: '恢复这一版' }).click();
  await page.getByText(`已恢复到第 ${mine.version + 1} 版`).waitFor();
  assert.equal((await api(`/segments/${mine.id}`)).text, 'stage = lost');
});

test('people are put in and kept out by hand, exported, and profiled', async () => {
  const { items } = await api('/segments?limit=50');
  const segment = items.find((s) => s.name === '按文字圈的人');
  await page.goto(`/segments/${segment.id}?tab=people`);
  await settled(page);
  const size = await countOf('stage = lost');
  await page.getByText(`共 ${number(size)} 人`).waitFor();
  await page.getByRole('button', { name: '移出' }).first().click();
  await page.getByText(`共 ${number(size - 1)} 人`).waitFor();
  await page.locator('.ant-notification').getByRole('button', { name: '撤销' }).click();
  await page.getByText(`共 ${number(size)} 人`).waitFor();

  await page.getByRole('button', { name: /人工加入/ }).click();
  const someone = (await api('/persons?stage=new&limit=1')).items[0];
  await page.getByRole('dialog').getByRole('combobox').fill(someone.name);
  await page.locator('.ant-select-item-option', { hasText: someone.name }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: '人工加入' }).click();
  await page.getByText(`共 ${number(size + 1)} 人`).waitFor();

  await page.getByRole('button', { name: /导出/ }).click();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.locator('[data-export=csv]').click()]);
  assert.match(csv.suggestedFilename(), /\.csv$/);

  await page.getByRole('tab', { name: '共同点' }).click();
  await page.locator('.fp-seg-profile > li').first().waitFor();
  await page.getByRole('link', { name: /^圈出来/ }).first().click();
  await page.waitForURL('**/segments/new**');
  await settled(page);
  await holds(async () => assert.match(await text().inputValue(), /^segment:按文字圈的人 and /));
  assert.ok((await total()) > 0);
});

test('a list is made by pasting, used in a segment, and not deleted from under it', async () => {
  const [one, two] = (await api('/persons?limit=2')).items;
  await page.goto('/segments?tab=lists');
  await settled(page);
  await page.getByRole('button', { name: /新建名单/ }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('员工亲友');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  const drawer = page.locator('.ant-drawer');
  await drawer.getByRole('textbox').fill(`${one.id}\n${two.id}，13000000000`);
  await drawer.getByRole('button', { name: /添加 3 位/ }).click();
  await drawer.getByText('已加入 2 位客户').waitFor();
  await holds(async () => assert.equal(await drawer.getByRole('textbox').inputValue(), '13000000000', 'what was nobody’s stays to be looked at'));
  await holds(async () => assert.equal(await drawer.locator('.fp-list > li').count(), 2));
  await shoot(page, 'segments-list-open-zh-CN-1280');
  await drawer.getByRole('button', { name: /移出名单/ }).first().click();
  await page.waitForFunction(() => document.querySelectorAll('.ant-drawer .fp-list > li').length === 1);

  const created = await api('/segments', 'POST', { name: '员工之外', text: 'not list:员工亲友' });
  assert.equal(created.size, 1999);
  await page.goto('/segments?tab=lists');
  await page.getByRole('link', { name: '员工之外', exact: true }).waitFor();
  await holds(async () => assert.ok(await page.getByRole('button', { name: '删除 员工亲友' }).isDisabled()));
});

test('a segment is deleted at once, and comes back', async () => {
  await page.goto('/segments');
  await settled(page);
  await page.getByRole('button', { name: '删除 员工之外' }).click();
  await page.getByText('已删除人群「员工之外」').waitFor();
  await page.getByRole('link', { name: '员工之外', exact: true }).waitFor({ state: 'hidden' });
  await page.locator('.ant-notification').getByRole('button', { name: '撤销' }).click();
  await page.getByRole('link', { name: '员工之外', exact: true }).waitFor();
  assert.deepEqual(errors, []);
});

const sentence = 'stage = silent and (region in (山东, 河南) or not tag:易退款) and gmv > 500 and did order.paid where (amount >= 100) >= 2 in 180d and not did message.opened in 30d and birthday is set';

for (const { language, width, look = 'light', axe } of [
  { language: 'zh-CN', width: 1280, axe: true },
  { language: 'zh-CN', width: 390, axe: true },
  { language: 'en', width: 1280, axe: true },
  { language: 'en', width: 390, axe: false },
  { language: 'zh-CN', width: 1280, look: 'dark', axe: true },
]) {
  test(`segment pages in ${language} at ${width} px, ${look}`, async () => {
    const v = await visitor(browser, server.url, { language, width, look, expectErrors: [/401/] });
    await signIn(v.page, server);
    const id = await v.page.evaluate(async () => (await (await fetch('/api/v1/segments?sort=-size&limit=3')).json()).items.at(-1).id);
    const suffix = `${language}-${width}${look === 'dark' ? '-dark' : ''}`;
    for (const [name, path] of Object.entries({
      segments: '/segments',
      lists: '/segments?tab=lists',
      'segment-new': '/segments/new',
      'segment-edit': `/segments/new?text=${encodeURIComponent(sentence)}`,
      segment: `/segments/${id}`,
      'segment-people': `/segments/${id}?tab=people`,
      'segment-profile': `/segments/${id}?tab=profile`,
      'segment-overlap': `/segments/${id}?tab=overlap`,
      'segment-versions': `/segments/${id}?tab=versions`,
    })) {
      await v.page.goto(path);
      await settled(v.page);
      if (name === 'segment-overlap') {
        await v.page.getByRole('combobox').last().click();
        for (const n of [0, 1]) await v.page.locator('.ant-select-dropdown .ant-select-item-option').nth(n).click();
        await v.page.keyboard.press('Escape');
        await v.page.locator('.fp-seg-venn').waitFor();
      }
      if (name === 'segment') await v.page.locator('.fp-seg-panel svg').first().waitFor();
      if (name === 'segment-edit') await total(v.page);
      await settled(v.page);
      await shoot(v.page, `${name}-${suffix}`);
      await assertFits(v.page, `${name} ${suffix}`);
      if (axe) await assertAccessible(v.page, `${name} ${suffix}`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  });
}

test('with no segment yet the page teaches, and an example opens filled in', async () => {
  for (const width of [1280, 390]) {
    const v = await visitor(browser, server.url, { width, expectErrors: [/401/] });
    await signIn(v.page, server);
    await v.page.route(/\/api\/v1\/segments\?/, (route) => route.fulfill({ json: { items: [], next_cursor: '', total: 0, total_exact: true } }));
    await v.page.goto('/segments');
    await settled(v.page);
    await shoot(v.page, `empty-segments-zh-CN-${width}`);
    await assertFits(v.page, 'empty segments');
    await assertAccessible(v.page, 'empty segments');
    await v.page.getByRole('link', { name: /沉默的高消费客户/ }).click();
    await v.page.locator('.fp-seg-row').nth(1).waitFor();
    await holds(async () => assert.equal(await v.page.getByRole('textbox', { name: /^名称/ }).inputValue(), '沉默的高消费客户'));
    assert.equal(await total(v.page), await countOf('stage = silent and gmv > 500'));
    await v.context.close();
  }
});

test('a failing server is explained on segment pages, with the request id', async () => {
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
    for (const [name, path] of Object.entries({ segments: '/segments', lists: '/segments?tab=lists', segment: '/segments/seg_1', 'segment-edit': '/segments/seg_1/edit' })) {
      await v.page.goto(path);
      await v.page.getByText('req_4711').first().waitFor();
      await holds(async () => assert.ok(await v.page.getByText('数据库暂时不可用').first().isVisible(), name));
      await shoot(v.page, `failing-${name}-zh-CN-${width}`);
      await assertFits(v.page, `failing ${name} ${width}`);
    }
    await v.context.close();
  }
});
