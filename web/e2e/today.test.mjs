// Today's list: who is on it and why, person by person; an associate who works through it by keyboard; what the
// manager sees; and a rule that shows whom it lists before it is saved.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, holds, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

const zone = 'Asia/Shanghai';

let browser;
let server;
let owner; // the brand's owner
let associate; // the first of the associates, signed in for themselves
let errors = [];

const ask = (page, to, method = 'GET', body, language = 'zh-CN') =>
  page.evaluate(
    async ([p, m, b, l]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, headers: { 'Accept-Language': l, ...(b ? { 'Content-Type': 'application/json' } : {}) }, body: b && JSON.stringify(b) });
      const text = await r.text();
      if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    },
    [to, method, body, language],
  );
const everybody = async (page, query = 'staff_id=all') => {
  const items = [];
  let cursor = '';
  do {
    const l = await ask(page, `/today?limit=100&${query}&cursor=${cursor}`);
    items.push(...l.items);
    cursor = l.next_cursor;
  } while (cursor);
  return items;
};
const dayIn = (iso) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(iso));
const since = (day, today) => Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);
const said = (day, today) => {
  const [y, m, d] = day.split('-').map(Number);
  return (y === Number(today.slice(0, 4)) ? '' : `${y}年`) + `${m}月${d}日`;
};
const howLong = (n) => (n === 0 ? '今天' : n === 1 ? '昨天' : n === -1 ? '明天' : n > 0 ? `${n} 天前` : `${-n} 天后`);
const card = (page, id) => page.locator(`.fp-today-item[data-person="${id}"]`);
const marked = (page) => page.locator('.fp-today-item.active');

before(async () => {
  browser = await launch();
  server = await startDemo(600);
  const first = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /503/] });
  owner = first.page;
  await signIn(owner, server);
  const staff = (await ask(owner, '/staff')).items.filter((s) => s.role === 'associate');
  const lists = await everybody(owner);
  // Whoever has most to do has something of everything.
  const who = staff.map((s) => ({ ...s, open: lists.filter((i) => i.staff_id === s.id && i.status === 'open').length })).sort((a, b) => b.open - a.open)[0];
  const { invite_url } = await ask(owner, `/staff/${who.id}/invite`, 'POST');
  const second = await visitor(browser, server.url, { expectErrors: [/401/] });
  associate = second.page;
  associate.who = who;
  await associate.goto('/sign-in');
  await ask(associate, `/invites/${invite_url.split('/').pop()}`, 'POST', { password: 'a quiet pond at dawn' });
  errors = [first.errors, second.errors];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('every reason on the list agrees with what is known of the person', async () => {
  const { day } = await ask(owner, '/today?staff_id=all');
  const items = await everybody(owner);
  assert.ok(items.length > 15, `${items.length} people are on the lists`);
  const once = new Set(items.map((i) => i.person_id));
  assert.equal(once.size, items.length, 'somebody is listed twice');
  const checked = {};
  for (const item of items) {
    const person = await ask(owner, `/persons/${item.person_id}`);
    assert.equal(person.name, item.name);
    // Whom nobody owns yet is answered by the desk of the account where they wait.
    if (item.staff_id && person.owner_staff_id) assert.equal(person.owner_staff_id, item.staff_id, `${item.name} is on the list of who does not look after them`);
    for (const r of item.reasons) {
      checked[r.builtin] = (checked[r.builtin] ?? 0) + 1;
      const must = (text) => assert.ok(r.text.includes(text), `${item.name}: “${r.text}” does not say “${text}”`);
      if (r.builtin === 'first_order_7') {
        const on = dayIn(person.first_order_at);
        assert.ok(person.orders === 1 && since(on, day) >= 7 && since(on, day) <= 9, `${item.name}: ${on}`);
        must(`${said(on, day)}首次下单，${howLong(since(on, day))}`);
      } else if (r.builtin === 'silent_soon') {
        const life = await ask(owner, `/persons/${item.person_id}/lifecycle`);
        const then = dayIn(life.next_change_at);
        assert.equal(life.next_stage, 'silent');
        assert.ok(since(then, day) >= -7 && since(then, day) < 0, `${item.name}: silent on ${then}`);
        const last = dayIn(person.last_order_at);
        must(`最近一次下单是${said(last, day)}（${howLong(since(last, day))}）`);
        must(`${howLong(since(then, day))}（${said(then, day)}）起算作沉默`);
      } else if (r.builtin === 'birthday') {
        const [m, d] = person.birthday.split('-').slice(1).map(Number);
        must(`（${m}月${d}日）`);
        assert.ok(person.orders > 0);
      } else if (r.builtin === 'friend_silent' || r.builtin === 'talked_no_order') {
        const events = (await ask(owner, `/persons/${item.person_id}/timeline?limit=100`)).items;
        const last = (kind) => events.filter((e) => e.kind === kind).map((e) => e.occurred_at).sort().pop();
        const kind = r.builtin === 'friend_silent' ? 'friend.added' : 'message.received';
        const on = dayIn(last(kind));
        assert.equal(person.orders, 0);
        if (r.builtin === 'friend_silent') assert.equal(last('message.received'), undefined, `${item.name} did write`);
        must(`${said(on, day)}${r.builtin === 'friend_silent' ? '加为好友' : ''}，${howLong(since(on, day))}`);
      } else if (r.builtin === 'unanswered') {
        const waiting = (await ask(owner, `/inbox/conversations?person_id=${item.person_id}&waiting=true`)).items;
        assert.ok(waiting.some((c) => c.id === r.facts.conversation_id), `${item.name} waits nowhere`);
      } else if (r.builtin === 'promised') {
        const promised = (await ask(owner, `/today/promises?staff_id=all&status=all&person_id=${item.person_id}`)).items;
        const p = promised.find((x) => x.id === r.promise_id);
        must(`${p.staff_name}约好${said(p.day, day)}`);
        must(p.text);
      } else assert.fail(`a rule that the test does not know: ${r.rule}`);
    }
  }
  for (const key of ['first_order_7', 'silent_soon', 'birthday', 'friend_silent', 'talked_no_order', 'promised', 'unanswered']) assert.ok(checked[key] > 0, `nobody is listed by ${key}`);
});

test('an associate lands on their list and works through it by keyboard', async () => {
  const page = associate;
  await page.goto('/');
  await page.waitForURL('**/today');
  await settled(page);
  const items = await everybody(page, '');
  const open = items.filter((i) => i.status === 'open');
  assert.ok(open.length >= 6 && items.every((i) => i.staff_id === page.who.id));
  await holds(async () => assert.equal(await page.locator('.fp-today-item').count(), open.length));
  await assertAccessible(page, 'an associate’s list');
  await assertFits(page, 'an associate’s list');
  await shoot(page, 'today-zh-1280');

  await page.keyboard.press('j');
  await holds(async () => assert.equal(await marked(page).getAttribute('data-person'), open[0].person_id));
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('d');
  await page.getByRole('dialog').getByLabel('下一步').and(page.locator(':focus')).waitFor();
  await assertAccessible(page, 'the dialog');
  await shoot(page, 'today-done-zh-1280');
  await page.keyboard.type('下周寄新茶单');
  await page.keyboard.press('Enter');
  await card(page, open[0].person_id).waitFor({ state: 'detached' });
  assert.equal((await ask(page, `/today/items/${open[0].id}`)).next_step, '下周寄新茶单');

  await page.getByRole('button', { name: '撤销', exact: true }).last().click();
  await card(page, open[0].person_id).waitFor();
  assert.equal((await ask(page, `/today/items/${open[0].id}`)).status, 'open');

  await marked(page).waitFor();
  await page.keyboard.press('k');
  const put = await marked(page).getAttribute('data-person');
  await page.keyboard.press('p');
  await page.getByRole('dialog').getByText('3 天后').click();
  await page.getByRole('dialog').getByRole('button', { name: '推迟' }).click();
  await card(page, put).waitFor({ state: 'detached' });
  const off = await marked(page).getAttribute('data-person');
  await page.keyboard.press('n');
  await page.getByRole('dialog').getByLabel('备注').fill('最近不喝茶');
  await page.keyboard.press('Enter');
  await card(page, off).waitFor({ state: 'detached' });
  const now = await everybody(page, '');
  assert.deepEqual([put, off].map((id) => now.find((i) => i.person_id === id).status), ['postponed', 'declined']);
  await page.getByText('已处理', { exact: true }).click();
  await card(page, off).getByText('最近不喝茶').waitFor();
  await settled(page);
  await assertAccessible(page, 'who was attended to');
  await shoot(page, 'today-handled-zh-1280');
});

test('a promise comes on its day’s list; the timeline tells what was done', async () => {
  const page = associate;
  await page.goto('/today?by=reason');
  await settled(page);
  const first = page.locator('.fp-today-item').first();
  const id = await first.getAttribute('data-person');
  await first.getByRole('button', { name: '约定回访' }).click();
  await page.getByRole('dialog').getByLabel('约了什么').fill('说说新到的岩茶');
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const [p] = (await ask(page, `/today/promises?person_id=${id}`)).items.filter((x) => x.text === '说说新到的岩茶');
  assert.equal(new Date(p.due_at).getUTCHours(), 7); // 15:00 in Shanghai
  await page.goto(`/customers/${id}`);
  await page.getByText('约定：说说新到的岩茶').waitFor();
  await page.goto('/today');
  await settled(page);
  await page.getByRole('button', { name: '回访约定' }).click();
  const row = page.getByRole('row').filter({ hasText: '说说新到的岩茶' });
  await row.waitFor();
  await settled(page);
  await assertAccessible(page, 'promises');
  await shoot(page, 'today-promises-zh-1280');
  await row.getByRole('button', { name: '完成' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByText('已完成', { exact: true }).first().click();
  await row.waitFor();
  assert.equal((await ask(page, '/today/promises?status=kept')).items.some((x) => x.id === p.id), true);
  await row.getByRole('button', { name: '恢复' }).click();
  await page.getByText('还没有完成过约定').or(page.getByRole('row').nth(1)).first().waitFor();
  await row.waitFor({ state: 'detached' });
  assert.equal((await ask(page, '/today/promises?status=open')).items.some((x) => x.id === p.id), true);
});

test('a rule brings its quick reply along into the conversation', async () => {
  const page = owner;
  const reply = await ask(page, '/inbox/quick-replies', 'POST', { scope: 'org', title: '抱歉久等', parts: [{ kind: 'text', text: '抱歉让您久等了，我来为您处理。' }] });
  await page.goto('/today/rules');
  await settled(page);
  const rule = (await ask(page, '/today/rules')).items.find((r) => r.builtin === 'unanswered');
  await page.locator('.fp-today-rule', { hasText: rule.title }).getByRole('button', { name: '编辑' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('combobox', { name: '快捷回复' }).click();
  await openOption(page, '抱歉久等').click();
  await shoot(page, 'today-rule-quick-zh-1280');
  await drawer.getByRole('button', { name: '保存' }).click();
  await drawer.waitFor({ state: 'detached' });
  assert.equal((await ask(page, '/today/rules')).items.find((r) => r.id === rule.id).quick_reply_id, reply.id);
  await page.goto(`/today?rule=${rule.id}`);
  await settled(page);
  const first = page.locator('.fp-today-item').first();
  const person = await first.getAttribute('data-person');
  await first.getByRole('button', { name: '用快捷回复联系' }).click();
  await page.waitForURL('**/inbox?*c=*');
  await page.waitForFunction(() => [...document.querySelectorAll('.fp-inbox-composer textarea')].some((x) => x.value.includes('抱歉让您久等了')));
  assert.ok(!page.url().includes('quick='), 'the address keeps what was taken');
  const id = new URL(page.url()).searchParams.get('c');
  assert.equal((await ask(page, `/inbox/conversations/${encodeURIComponent(id)}`)).person_id, person);
});

test('when all is done the list says so; what fails says why', async () => {
  const page = associate;
  await page.route('**/api/v1/today?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'X-Request-Id': 'req_test' }, body: JSON.stringify({ status: 503, title: 'Service Unavailable', detail: '数据库正忙，请稍后再试', code: 'unavailable' }) }));
  errors[1].length = 0;
  await page.goto('/today');
  await page.getByText('数据库正忙，请稍后再试').waitFor({ timeout: 30_000 });
  await shoot(page, 'today-failing-zh-1280');
  await page.unroute('**/api/v1/today?*');
  errors[1].length = 0; // the browser notes every answer that is no good one
  for (const i of (await everybody(page, '')).filter((x) => x.status === 'open')) await ask(page, `/today/items/${i.id}/done`, 'POST', {});
  await page.goto('/today');
  await page.getByText('都处理完了').waitFor();
  await settled(page);
  await assertAccessible(page, 'an empty list');
  await shoot(page, 'today-empty-zh-1280');
});

test('the manager sees coverage and goes down to the people', async () => {
  const page = owner;
  await page.goto('/today/team');
  await settled(page);
  const team = await ask(page, '/today/team');
  assert.equal(team.total.listed, team.staff.reduce((n, s) => n + s.listed, 0));
  const mine = team.staff.find((s) => s.staff_id === associate.who.id);
  assert.equal(mine.open, 0);
  const row = page.getByRole('row').filter({ hasText: associate.who.name });
  await holds(async () => assert.ok((await row.innerText()).includes('100%'), await row.innerText()));
  await assertAccessible(page, 'the team');
  await shoot(page, 'today-team-zh-1280');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '导出' }).click();
  await page.locator('[data-export="csv"]').click();
  assert.match((await download).suggestedFilename(), /^today-.*\.csv$/);
  await row.getByRole('link').click();
  await page.waitForURL('**/today?*');
  await settled(page);
  await page.locator('.fp-today-item').first().waitFor();
  await holds(async () => assert.equal(await page.locator('.fp-today-item').count(), Math.min(50, mine.listed)));
});

test('a rule shows whom it lists before it is saved, and counts afterwards', async () => {
  const page = owner;
  await page.goto('/today/rules');
  await settled(page);
  await holds(async () => assert.equal(await page.locator('.fp-today-rule').count(), 7));
  await assertAccessible(page, 'the rules');
  await shoot(page, 'today-rules-zh-1280');
  await page.getByRole('button', { name: '新建规则' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel('名称').fill('浙江老客');
  await drawer.getByLabel('条件', { exact: true }).fill('region = 浙江 and orders >= 2');
  await drawer.getByRole('combobox', { name: '从哪天算起' }).click();
  await openOption(page, '不看日子').click();
  const people = (await ask(page, '/segments/preview', 'POST', { text: 'region = 浙江 and orders >= 2' })).count;
  await drawer.getByText(`${people} 位客户`).waitFor();
  await drawer.locator('.fp-today-preview li').filter({ hasText: '在人群里' }).or(drawer.locator('.fp-today-preview li').filter({ hasText: '在这个人群里' })).first().waitFor();
  await assertAccessible(page, 'a new rule');
  await shoot(page, 'today-rule-zh-1280');
  await drawer.getByLabel('条件', { exact: true }).fill('region is funny');
  await drawer.getByRole('alert').first().waitFor();
  await drawer.getByLabel('条件', { exact: true }).fill('region = 浙江 and orders >= 2');
  await drawer.getByRole('button', { name: '保存' }).click();
  await drawer.waitFor({ state: 'detached' });
  await page.locator('.fp-today-rule', { hasText: '浙江老客' }).waitFor();
  const rule = (await ask(page, '/today/rules')).items.find((r) => r.title === '浙江老客');
  const before = (await everybody(page)).filter((i) => i.status !== 'open' && i.status !== 'lapsed');
  await ask(page, '/today/build', 'POST');
  const after = await everybody(page);
  const listed = after.filter((i) => i.reasons.some((r) => r.rule_id === rule.id));
  assert.ok(listed.length > 0 && listed.length <= people);
  for (const b of before) assert.equal(after.find((i) => i.id === b.id)?.status, b.status, 'made again, what was attended to changed');
});

test('phones and English', async () => {
  const state = { ...(await owner.context().storageState()), origins: [] }; // the language is kept there
  for (const [language, width] of [
    ['zh-CN', 390],
    ['en', 1280],
    ['en', 390],
  ]) {
    const seen = await visitor(browser, server.url, { language, width, storageState: state });
    const short = `${language === 'en' ? 'en' : 'zh'}-${width}`;
    for (const [name, to] of [
      ['today', '/today'],
      ['today-team', '/today/team'],
      ['today-rules', '/today/rules'],
      ['today-promises', '/today/promises'],
    ]) {
      await seen.page.goto(to);
      await settled(seen.page);
      await assertFits(seen.page, `${name} ${short}`);
      await assertAccessible(seen.page, `${name} ${short}`);
      await shoot(seen.page, `${name}-${short}`);
    }
    assert.deepEqual(seen.errors, []);
    await seen.context.close();
  }
});

test('nothing broke on the way', () => {
  assert.deepEqual(errors.flat(), []);
});
