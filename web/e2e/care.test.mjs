// Archive and care: words that stop a message, a case from open to closed, the archive of a sidecar, who has gone, and money.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, holds, launch, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;
let sidecar; // stands for the process that speaks to the platform's archive
let customer; // who has agreed to be archived: {id, name, external}

const api = (path, method, body) => call(page, path, method, body);
const dialog = () => page.getByRole('dialog');
const row = (text) => page.getByRole('row').filter({ hasText: text });

/** A sidecar with a few messages, of which one customer has agreed to. */
async function startSidecar(external) {
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const say = (seq, direction, text, more = {}) => ({ seq, id: `m${seq}`, at: at(60 - seq), direction, user_id: 'li', external_id: external, type: 'text', text, ...more });
  const messages = [
    say(1, 'in', '老白茶什么时候到货？我的卡号 6222021234567890128'),
    say(2, 'out', '明天到货，给您留一饼'),
    say(3, 'in', '', { type: 'redpacket', amount_minor: 8800, currency: 'CNY' }),
    say(4, 'in', '没有同意的人说的话', { external_id: 'wm_stranger' }),
    ...Array.from({ length: 70 }, (_, i) => say(10 + i, i % 2 ? 'out' : 'in', i === 40 ? '=HYPERLINK("x")' : `闲聊 ${i}`, { at: at(50 - i / 2) })),
  ];
  const web = createServer((request, response) => {
    const url = new URL(request.url, 'http://sidecar');
    if (request.headers.authorization !== 'Bearer e2e') return response.writeHead(401).end();
    const after = Number(url.searchParams.get('after'));
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify({ messages: messages.filter((m) => m.seq > after), more: false }));
  });
  await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${web.address().port}`, stop: () => web.close() };
}

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(300)]);
  // A wrong file and a server that fails are meant.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /500/] }));
  await signIn(page, server);
  for (const p of (await api('/persons?limit=50')).items) {
    const whole = await api(`/persons/${p.id}`);
    const external = whole.identities.find((i) => i.kind === 'wecom_external_userid');
    if (external) {
      customer = { id: p.id, name: p.name, external: external.value };
      break;
    }
  }
  await api(`/persons/${customer.id}/consents`, 'POST', { purpose: 'session_archive', granted: true, source: 'e2e' });
  sidecar = await startSidecar(customer.external);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sidecar?.stop();
});

test('a case is taken and closed with an outcome, and its history tells', async () => {
  await page.goto('/care?tab=cases&status=unclosed&q=' + encodeURIComponent('私 下 转'));
  await settled(page);
  await assertAccessible(page, 'cases');
  await row('私 下 转').getByRole('button').first().click();
  await dialog().getByText('飞单').first().waitFor();
  await holds(async () => assert.equal(await dialog().locator('mark').first().textContent(), '私 下 转'));
  const take = dialog().getByRole('button', { name: '认 领' }).or(dialog().getByRole('button', { name: '认领' }));
  if (await take.count()) await take.click();
  await dialog().getByRole('button', { name: '放回' }).or(dialog().getByRole('button', { name: '放 回' })).waitFor();
  await shoot(page, 'care-case-zh-CN-1280');
  await assertAccessible(page, 'a case');
  await dialog().getByRole('button', { name: /^结\s?案$/ }).click();
  await dialog().getByRole('combobox', { name: '结果' }).click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: '已警告' }).click();
  await dialog().getByRole('textbox', { name: '备注' }).fill('已提醒客户走店铺下单');
  await dialog().getByRole('button', { name: '确认结案' }).click();
  await dialog().getByText('已提醒客户走店铺下单').first().waitFor();
  await dialog().getByRole('button', { name: '重新打开' }).waitFor();
  await page.keyboard.press('Escape');
  await settled(page);
});

test('words are imported, a wrong line is named, and a message with one is not sent', async () => {
  await page.goto('/care?tab=words');
  await settled(page);
  await page.getByRole('button', { name: '新建词库' }).click();
  await dialog().getByLabel('名称').fill('促销用语');
  await choose(page, '检查', '发出');
  await choose(page, '动作', '拦截');
  await dialog().getByRole('button', { name: /^保\s?存$/ }).click();
  await dialog().getByRole('button', { name: /^导\s?入$/ }).click();
  const upload = (content) => page.locator('.ant-upload-drag input[type=file]').setInputFiles({ name: 'words.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });
  await upload('最低价\n！！！\n');
  await page.getByText('第 2 行').first().waitFor();
  await upload('词,例外\n最低价,\n全网第一,\n全网第一梯队,例外\n');
  await page.getByText('新增 3 个词').waitFor();
  await page.getByText('全网第一梯队').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: '试一试' }).fill('今天是 最·低·价，全网第一梯队');
  await page.getByRole('button', { name: /^检\s?查$/ }).click();
  await page.getByText('不会发出：最低价').waitFor();
  await holds(async () => assert.equal(await page.locator('.fp-care-try mark').textContent(), '最·低·价'));
  await shoot(page, 'care-words-try-zh-CN-1280');
  const verdict = await api('/care/check', 'POST', { text: '全网第一梯队' });
  assert.equal(verdict.blocked, false, 'an exception spares the word inside it');
});

test('the archive of a sidecar is taken, searched by two characters and read with what must be hidden', async () => {
  await page.goto('/care?tab=archive');
  await settled(page);
  await page.getByText('还没有存档').waitFor();
  await shoot(page, 'care-archive-empty-zh-CN-1280');
  await page.goto('/care?tab=settings');
  await settled(page);
  await page.getByLabel('边车服务地址').fill(sidecar.url);
  await page.getByLabel('令牌').fill('wrong');
  await page.getByLabel('拉取会话存档').click();
  await page.getByRole('button', { name: /^保\s?存$/ }).click();
  await page.getByText('已保存', { exact: true }).waitFor();
  await page.getByRole('button', { name: '立即拉取' }).click();
  await page.getByText('边车服务不接受令牌').waitFor();
  await page.getByLabel('令牌').fill('e2e');
  await page.getByRole('button', { name: /^保\s?存$/ }).click();
  await page.getByText('已保存', { exact: true }).last().waitFor();
  await page.getByRole('button', { name: '立即拉取' }).click();
  await page.getByText('已保存 73 条 · 未同意未保存 1 条').waitFor();
  await shoot(page, 'care-settings-zh-CN-1280');

  await page.goto('/care?tab=archive&q=' + encodeURIComponent('到货'));
  await settled(page);
  await page.getByRole('navigation', { name: '会话' }).getByRole('button').first().click();
  await page.locator('[data-found]').getByText('明天到货，给您留一饼').waitFor(); // long before the end
  assert.equal(await page.getByText('闲聊 69').count(), 0);
  await page.getByText('6222***********0128').first().waitFor();
  assert.equal(await page.getByText('6222021234567890128').count(), 0, 'a bank card is shown');
  await settled(page);
  await assertAccessible(page, 'the archive');
  await shoot(page, 'care-archive-zh-CN-1280');
  while (await page.getByRole('button', { name: '更晚的消息' }).count()) {
    const had = await page.locator('.fp-care-thread li').count();
    await page.getByRole('button', { name: '更晚的消息' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.fp-care-thread li').length > n, had);
  }
  assert.deepEqual(await page.locator('.fp-care-thread li').count(), 73, 'both ways lead through all of it, each message once');
  await page.getByText('闲聊 69').waitFor();
  await page.getByRole('button', { name: /导出/ }).click();
  await dialog().getByText('会记入审计日志').first().waitFor();
  await settled(page);
  await assertAccessible(page, 'the export of the archive');
  await shoot(page, 'care-archive-export-zh-CN-1280');
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), dialog().locator('[data-export="csv"]').click()]);
  const table = await readFile(await file.path(), 'utf8');
  assert.equal(table.trim().split('\r\n').length, 74);
  assert.ok(!table.includes('6222021234567890128') && !table.includes(',=HYPERLINK') && table.includes('闲聊 69'));
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '查看原文' }).click();
  await page.getByText('6222021234567890128').first().waitFor();
  const audit = await api('/audit?action=care.archive.read');
  assert.ok(audit.items.some((e) => e.detail.revealed === true), 'nobody would know that it was shown in full');

  await page.goto('/care?tab=money');
  await settled(page);
  await row('合计').getByText('88.00').first().waitFor();
  await shoot(page, 'care-money-zh-CN-1280');
});

test('alerts by mail want an account and somebody to tell', async () => {
  await page.goto('/care?tab=settings');
  await settled(page);
  await page.getByLabel('用邮件提醒').click();
  await page.getByRole('button', { name: /^保\s?存$/ }).click();
  await page.getByText('还没有邮箱账号').waitFor();
  await page.locator('.ant-form-item-explain-error').first().waitFor();
  await shoot(page, 'care-alerts-wrong-zh-CN-1280');
  assert.equal((await api('/care/settings')).alerts.minutes, 0, 'what is not complete is not saved');
});

test('who has gone is listed with what to do, put on a list and exported', async () => {
  await page.goto('/care?tab=zombies');
  await settled(page);
  await holds(async () => assert.equal(await page.getByRole('row').filter({ hasText: '删除了我们' }).count(), 8));
  await shoot(page, 'care-zombies-zh-CN-1280');
  await page.getByRole('button', { name: '建名单' }).click();
  await dialog().getByRole('button', { name: '建名单' }).click();
  await page.getByText('8 人已放入名单').waitFor();
  await page.getByRole('button', { name: /导出/ }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('[data-export="csv"]').click()]);
  assert.equal((await readFile(await file.path(), 'utf8')).trim().split('\n').length, 9);
});

test('every tab fits and is accessible, in both languages, on a phone too', async () => {
  const { cookies } = await page.context().storageState(); // the language stays behind
  for (const language of ['zh-CN', 'en']) {
    for (const width of [1280, 390]) {
      const { context, page: p, errors: wrong } = await visitor(browser, server.url, { language, width, storageState: { cookies, origins: [] } });
      for (const tab of ['cases', 'words', 'archive', 'zombies', 'money', 'settings']) {
        await p.goto(`/care?tab=${tab}`);
        await settled(p);
        await assertFits(p, `${tab} ${language} ${width}`);
        await assertAccessible(p, `${tab} ${language} ${width}`);
        await shoot(p, `care-${tab}-${language}-${width}`);
      }
      assert.deepEqual(wrong, []);
      await context.close();
    }
  }
});

test('what cannot be read says so, and can be tried again', async () => {
  await page.route('**/api/v1/care/cases?**', (r) => r.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"status":500,"title":"x","detail":"","code":"internal","request_id":"req_1","type":"about:blank"}' }));
  await page.goto('/care?tab=cases&q=nothing');
  await page.getByRole('alert').first().waitFor();
  await shoot(page, 'care-cases-failing-zh-CN-1280');
  await page.unroute('**/api/v1/care/cases?**');
  await page.getByRole('button', { name: /^重\s?试$/ }).click();
  await page.getByText('没有符合条件的案件').waitFor();
  assert.deepEqual(errors, []);
});
