// Unit economics on the demo brand: what people cost and bring, clicked down to the people and a segment, with a margin typed in and a what-if.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { startDemo, startEmpty } from './lib/server.mjs';

let browser;
let server;
let page;
let errors;

before(async () => {
  [browser, server] = await Promise.all([launch(), startDemo(600, '--no-visitors')]);
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /409/] }));
  await signIn(page, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const ready = async (p) => {
  await p.locator('[data-economics]').waitFor();
  await p.locator('[data-payback]').waitFor();
  await p.locator('[data-cohorts]').waitFor();
  await p.locator('[data-after]').first().waitFor();
  await settled(p);
};
const answer = async (p, query = '') => {
  const a = await call(p, `/insight/economics${query}`);
  return a.body ?? a;
};

test('what people cost and bring is told, and every figure is the API’s', async () => {
  await page.goto(`${server.url}/economics`);
  await ready(page);
  const a = await answer(page);
  assert.ok(a.total.persons > 100 && a.total.cac.minor > 0, 'the demo has people and costs');
  assert.equal(a.margin_bp, null);
  const cac = await page.locator('[data-stat="economics.cac"]').innerText();
  assert.match(cac.replace(/,/g, ''), new RegExp((a.total.cac.minor / 100).toFixed(2).replace(/0$/, '0?')));
  assert.equal(await page.locator('[data-stat="economics.roi"]').getAttribute('data-known'), 'false');
  await page.locator('[data-stat="economics.roi"]').getByText('没有填写毛利率').waitFor();
  const total = page.getByRole('row').filter({ has: page.locator('[data-row="total"]') });
  assert.equal((await total.locator('[data-people="persons"]').innerText()).replace(/\D/g, ''), String(a.total.persons));
  assert.doesNotMatch(await page.locator('.fp-page').innerText(), /NaN|undefined|Infinity|economics\./);
  await shoot(page, 'economics');
  await assertAccessible(page, 'economics');
});

test('with a margin there is a return on cost, which a what-if turns', async () => {
  await page.getByRole('button', { name: '填写' }).click();
  await page.getByRole('spinbutton', { name: '毛利率（%）' }).fill('45');
  await page.locator('.fp-margin-form').getByRole('button', { name: /保\s*存/ }).click();
  await page.locator('[data-margin="4500"]').waitFor();
  await page.locator('[data-stat="economics.roi"][data-known="true"]').waitFor();
  const a = await answer(page);
  const want = (a.total.net.minor * 0.45 - a.total.cost_minor) / a.total.cost_minor;
  assert.ok(Math.abs(a.total.roi.value - want) < 1e-9, 'ROI is (net × margin − cost) ÷ cost');
  const slider = page.getByRole('slider', { name: '成本', exact: true });
  await slider.focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  await page.locator('[data-knob="cost_percent"]').getByText('+20', { exact: false }).waitFor();
  const cost = Math.floor(a.total.cost_minor * 1.2);
  await until(page, 'the server’s answer', async () => {
    const text = await page.locator('[data-after="成本"]').innerText();
    return Math.abs(Number(text.replace(/[^\d.]/g, '')) * 100 - cost) <= 1;
  });
  await page.getByText('公式与出处').click();
  await page.getByText('Marketing Metrics', { exact: false }).first().waitFor();
  await settled(page);
  await page.locator('.fp-whatif').scrollIntoViewIfNeeded();
  await shoot(page, 'economics-what-if');
  await assertAccessible(page, 'economics, what if');
});

test('who is behind a number is listed and becomes a segment', async () => {
  await page.goto(`${server.url}/economics?by=staff`);
  await ready(page);
  const a = await answer(page, '?by=staff');
  const row = a.rows.find((r) => r.key && r.again > 0);
  await page.getByRole('row').filter({ has: page.locator(`[data-row="${row.key}"]`) }).locator('[data-people="again"]').click();
  const drawer = page.locator('.ant-drawer');
  await drawer.locator('.ant-table-row').first().waitFor();
  await drawer.getByText(new RegExp(`${row.again}\\s*(人|位)`)).first().waitFor();
  await settled(page);
  await shoot(page, 'economics-people');
  await assertAccessible(page, 'economics, people');
  const name = `复购 ${row.key.slice(-6)}`;
  await drawer.getByRole('textbox', { name: '人群名称' }).fill(name);
  await drawer.getByRole('button', { name: '存为人群' }).click();
  await page.waitForURL(/\/segments\/seg_/);
  await page.getByRole('heading', { name }).waitFor();
});

test('the page is taken along as a sheet and on paper', async () => {
  const csv = await page.evaluate(() => fetch('/api/v1/insight/reports/economics?format=csv').then(async (r) => [r.status, await r.text()]));
  assert.equal(csv[0], 200);
  assert.match(csv[1], /获客成本/);
  assert.doesNotMatch(csv[1], /NaN|Inf/);
  await page.goto(`${server.url}/economics`);
  await ready(page);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button', { name: '修改' }).isVisible(), false);
  await shoot(page, 'economics-print');
  await page.emulateMedia({ media: 'screen' });
});

test('in English, on a phone', async () => {
  const phone = await visitor(browser, server.url, { language: 'en', width: 390, expectErrors: [/401/] });
  await signIn(phone.page, server);
  await phone.page.goto(`${server.url}/economics`);
  await ready(phone.page);
  await phone.page.getByText('Payback curve').waitFor();
  await assertFits(phone.page, 'economics, 390');
  await shoot(phone.page, 'economics-390-en');
  await assertAccessible(phone.page, 'economics, 390');
  assert.deepEqual(phone.errors, []);
  await phone.page.context().close();
});

test('a failing server is said, and asked again', async () => {
  await page.route('**/api/v1/insight/economics?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: '暂时不可用', status: 503, code: 'unavailable' }) }));
  const seen = errors.length;
  await page.goto(`${server.url}/economics`);
  const again = page.getByRole('button', { name: /重\s*试/ });
  await again.waitFor();
  await shoot(page, 'economics-failing');
  await page.unroute('**/api/v1/insight/economics?*');
  await again.click();
  await ready(page);
  errors.splice(seen, errors.length, ...errors.slice(seen).filter((e) => !/503/.test(String(e))));
  assert.deepEqual(errors, []);
});

test('a brand without anything is told what to do', async () => {
  const empty = await startEmpty();
  try {
    const fresh = await visitor(browser, empty.url, { expectErrors: [/401/] });
    await fresh.page.goto(empty.url);
    const token = new URL(empty.setup_url).searchParams.get('token');
    await fresh.page.evaluate(
      (body) => fetch('/api/v1/setup', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      { token, org_name: '空塘', name: '店主', email: 'o@x.example', password: 'correct horse battery', time_zone: 'Asia/Shanghai', currency: 'CNY', locale: 'zh-CN' },
    );
    await fresh.page.goto(`${empty.url}/economics`);
    await fresh.page.getByText('还没有可以算的东西').waitFor();
    await shoot(fresh.page, 'economics-empty');
    await assertAccessible(fresh.page, 'economics, empty');
  } finally {
    await empty.stop();
  }
});
