// Journeys, what a day with them brings: another system that is told and fails, a walk taken up again, people added by hand,
// a version looked at, something that a condition needs is gone, a journey thrown away and brought back.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, launch, openOption, settled, shoot, signIn, until, visitor } from './lib/browser.mjs';
import { play, startDemo, startSimulator } from './lib/server.mjs';

let browser;
let sea; // the platforms
let server;
let page;
let context;
let errors;
let other; // another system
let journey;
let tag;
let answer = 404; // a place that says this is not asked again
const heard = [];
const people = [];

const api = (path, method, body) => call(page, path, method, body);
const at = (path) => page.goto(`${server.url}${path}`);
const draft = async () => (await api(`/journeys/${journey}`)).draft;

async function drawn() {
  await page.locator('.fp-canvas .fp-step').first().waitFor();
  await settled(page);
}

before(async () => {
  [browser, sea] = await Promise.all([launch(), startSimulator()]);
  other = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: JSON.parse(body) });
      response.writeHead(answer).end();
    });
  });
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  server = await startDemo(200, '--webhook-inside', '127.0.0.1', '--platforms', sea.url);
  ({ page, context, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /404/, /409/, /422/] }));
  await signIn(page, server);
  tag = await api('/tags', 'POST', { name: '会回来' });
  for (let n = 1; n <= 3; n++) people.push(await api('/persons', 'POST', { name: `茶客${n}`, identities: [{ kind: 'email', value: `guest${n}@guests.example` }] }));
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), sea?.stop()]);
  await new Promise((resolve) => (other ? other.close(resolve) : resolve()));
});

test('another system is told by a form; who comes is added by the dialog', async () => {
  const made = await api('/journeys', 'POST', { name: '告诉仓库', spec: { entry: { kind: 'manual' }, frequency: { kind: 'once' }, purpose: 'service', graph: { steps: [{ id: 'tell', kind: 'webhook', name: '告诉仓库', webhook: { url: '' }, next: 'is' }, { id: 'is', kind: 'branch', name: '会回来吗', ways: [{ name: '会', when: 'tag:会回来', next: 'wait' }], next: 'wait' }, { id: 'wait', kind: 'wait', seconds: 86400 }] } } });
  journey = made.id;
  await at(`/journeys/${journey}?tab=edit`);
  await drawn();
  await page.locator('.fp-canvas [data-step="tell"]').click();
  await page.getByLabel('地址').fill(`http://127.0.0.1:${other.address().port}/in`);
  await page.getByLabel('签名密钥').fill('a secret of ours');
  await choose(page, '出错时', /停/);
  await page.locator('.fp-journey-saving.saved').waitFor();
  await until(page, 'the form', async () => {
    const w = (await draft()).graph.steps[0];
    return w.webhook.url.endsWith('/in') && w.webhook.has_secret && w.on_error === 'stop' && !JSON.stringify(w).includes('secret of ours');
  });
  await settled(page);
  await assertAccessible(page, 'journeys, webhook');
  await shoot(page, 'journeys-more-webhook');

  const { revision } = await api(`/journeys/${journey}`);
  await api(`/journeys/${journey}/publish`, 'POST', { revision, move: false, mapping: {}, take_members: false });
  await at(`/journeys/${journey}?tab=live`);
  await drawn();
  await page.getByRole('button', { name: '加入客户' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: '客户' }).fill(people[0].name);
  await openOption(page, people[0].name).click();
  await page.keyboard.press('Escape');
  await shoot(page, 'journeys-more-enter');
  await assertAccessible(page, 'journeys, adding people');
  await dialog.getByRole('button', { name: '加入客户' }).click();
  await page.getByText('进入 1 人').waitFor();
  await until(page, 'the other system', () => heard.length === 1);
  assert.equal(heard[0].body.person.id, people[0].id);
  assert.match(heard[0].headers['fishpond-signature'], /^v1=[0-9a-f]{64}$/);
});

test('a walk that stopped because of an error is taken up again', async () => {
  const failed = await until(page, 'the failure', async () => (await api(`/journeys/${journey}/runs?status=failed`)).items[0]);
  await at(`/journeys/${journey}?tab=people&status=failed`);
  await page.getByRole('button', { name: failed.person_name }).first().click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('button', { name: '重试这一步' }).waitFor();
  await settled(page);
  await shoot(page, 'journeys-more-failed');
  await assertAccessible(page, 'journeys, a walk that failed');
  answer = 204;
  await drawer.getByRole('button', { name: '重试这一步' }).click();
  await page.getByText('已重试').waitFor();
  await until(page, 'the second try', async () => (await api(`/journeys/${journey}/runs/${failed.id}`)).step === 'wait');
  assert.equal(heard.length, 2);
  assert.notEqual(heard[1].headers['idempotency-key'], heard[0].headers['idempotency-key']);
});

test('a tag is renamed, then gone: the journey reads the new name, and says what it misses', async () => {
  await api(`/tags/${tag.id}`, 'PATCH', { name: '回头客' });
  await until(page, 'the new name', async () => (await draft()).graph.steps[1].ways[0].when === 'tag:回头客');
  await api(`/tags/${tag.id}`, 'DELETE');
  await at(`/journeys/${journey}?tab=live`);
  await page.getByText(/会回来吗 · .*会回来/).waitFor(); // by the name that it had when the condition was bound: no other is known any more
  await drawn();
  await assertAccessible(page, 'journeys, something is gone');
  await shoot(page, 'journeys-more-gone');
});

test('live and report by version', async () => {
  const now = await api(`/journeys/${journey}`);
  const steps = [{ id: 'wait', kind: 'wait', seconds: 86400 }];
  const saved = await api(`/journeys/${journey}/draft`, 'PUT', { name: now.name, revision: now.revision, spec: { ...now.draft, graph: { steps } } });
  await api(`/journeys/${journey}/publish`, 'POST', { revision: saved.revision, move: false, mapping: {}, take_members: false });
  await api(`/journeys/${journey}/enter`, 'POST', { person_ids: people.slice(1).map((p) => p.id) });
  await at(`/journeys/${journey}?tab=live&version=1`);
  await drawn();
  await page.locator('.fp-canvas [data-step="tell"]').waitFor(); // as it was drawn then
  await page.getByText('第 1 版').first().waitFor();
  await assertAccessible(page, 'journeys, an older version');
  await assertFits(page, 'journeys, an older version');
  await shoot(page, 'journeys-more-version');
  await choose(page, '看哪个版本', /第 2 版/);
  await page.waitForURL(/version=2/);
  await page.locator('.fp-canvas [data-step="tell"]').waitFor({ state: 'detached' });
  await at(`/journeys/${journey}?tab=report&version=2`);
  await page.getByText('第 2 版').first().waitFor();
  await settled(page);
  await assertAccessible(page, 'journeys, report of a version');
  await shoot(page, 'journeys-more-report');
  assert.equal((await api(`/journeys/${journey}/report?version=2`)).arms[0].people, 2);
});

test('a line is drawn by mouse, and a dry run goes the way that is chosen', async () => {
  const { id } = await api('/journeys', 'POST', {
    name: '抽签',
    spec: {
      entry: { kind: 'manual' }, frequency: { kind: 'once' }, purpose: 'service',
      graph: {
        steps: [
          { id: 'lot', kind: 'split', name: '抽签', ways: [{ share_bp: 5000, name: '甲', next: 'a' }, { share_bp: 5000, name: '乙', next: 'b' }] },
          { id: 'a', kind: 'note', name: '记甲', text: 'A' },
          { id: 'b', kind: 'note', name: '记乙', text: 'B' },
          { id: 'end', kind: 'wait', name: '等一天', seconds: 86400 },
        ],
      },
    },
  });
  const graph = async () => (await api(`/journeys/${id}`)).draft.graph.steps;
  await at(`/journeys/${id}?tab=edit`);
  await drawn();
  const step = (name) => page.locator('.react-flow__node', { has: page.locator(`[data-step="${name}"]`) });
  const middle = async (what) => {
    const box = await what.boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  for (const from of ['a', 'b']) {
    await page.mouse.move(...(await middle(step(from).locator('.react-flow__handle.source'))));
    await page.mouse.down();
    const to = await middle(step('end').locator('.react-flow__handle.target'));
    await page.mouse.move(to[0] + 30, to[1] - 30, { steps: 5 });
    await page.mouse.move(...to, { steps: 5 });
    await page.mouse.up();
    await until(page, `the line from ${from}`, async () => (await graph()).find((s) => s.id === from).next === 'end');
  }
  await shoot(page, 'journeys-more-drawn');

  await page.getByRole('button', { name: '试走' }).click();
  const dry = page.getByRole('dialog');
  await dry.getByRole('combobox', { name: '谁来走' }).fill(people[0].name);
  await openOption(page, people[0].name).click();
  for (const [way, go, note, other] of [['甲', '开始试走', '记甲', '记乙'], ['乙', '再走一遍', '记乙', '记甲']]) {
    await choose(page, '「抽签」走哪条', way);
    await dry.getByRole('button', { name: go }).click();
    const path = dry.getByRole('list', { name: '走的路' });
    await path.getByText(note).first().waitFor();
    assert.equal(await path.getByText(other).count(), 0, 'only the way that was chosen');
  }
  await settled(page);
  await shoot(page, 'journeys-more-dry');
});

test('an invitation to a group is a message with its code, and a wait for who comes by it', async () => {
  const corp = 'wwteahouse00000001';
  const { secret } = (await play(sea, '/corps', { id: corp, name: '茶社' })).apps.find((a) => a.id === 'customers');
  const values = { corp_id: corp, secret, callback_token: 'teatoken', callback_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', base_url: sea.url };
  const account = await api('/carriers/accounts', 'POST', { kind: 'wecom', name: '茶社企业微信', values });
  const chats = [{ chat_id: 'chat1', name: '茶友一群' }];
  const code = await api('/codes', 'POST', { name: '茶友群', kind: 'group', mode: 'page', account_id: account.id, chats });
  await api('/codes', 'POST', { name: '手放的图', kind: 'group', mode: 'page', account_id: account.id, chats: [{ ...chats[0], qr_url: 'https://pond.example/group.png' }] });
  const { id } = await api('/journeys', 'POST', { name: '请进群', spec: { entry: { kind: 'manual' }, frequency: { kind: 'once' }, purpose: 'service', graph: { steps: [{ id: 'note', kind: 'note', name: '记一笔', text: '要请', next: 'end' }, { id: 'end', kind: 'exit', name: '好了' }] } } });
  await at(`/journeys/${id}?tab=edit`);
  await drawn();
  await page.locator('.fp-canvas [data-step="note"]').click();
  await page.getByRole('button', { name: '加一步：邀请进群' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: '群活码' }).click();
  await openOption(page, '茶友群').waitFor();
  assert.equal(await openOption(page, '手放的图').count(), 0, 'by a picture of its own nobody is known to have come');
  await openOption(page, '茶友群').click();
  await settled(page);
  await assertAccessible(page, 'journeys, inviting to a group');
  await shoot(page, 'journeys-more-invite');
  await dialog.getByRole('button', { name: '放进画布' }).click();
  const steps = await until(page, 'the two steps', async () => ((all) => all.length === 4 && all)((await api(`/journeys/${id}`)).draft.graph.steps));
  const [note, message, wait] = steps;
  assert.deepEqual([note.next, message.next, wait.next, message.message.no_wait], [message.id, wait.id, 'end', true]);
  assert.ok(message.message.text.includes(code.page_url), message.message.text);
  await settled(page);
  await shoot(page, 'journeys-more-invited');
  const now = new Date();
  const spec = (await api(`/journeys/${id}`)).draft;
  spec.graph.steps[1].message.text = '来坐坐'; // a server without a public address has no link that could go out
  for (const [which, way] of [[code.id, 0], ['cod_another', -1]]) {
    const events = [{ kind: 'channel.arrived', at: new Date(now.getTime() + 3600_000).toISOString(), data: { way: 'group', code_id: which } }];
    const walked = await api(`/journeys/${id}/dry-run`, 'POST', { spec, person_id: people[0].id, at: now.toISOString(), events, choices: {} });
    assert.equal(walked.steps.find((s) => s.step === wait.id).way, way, JSON.stringify(walked.steps));
  }
});

test('a journey is thrown away and brought back', async () => {
  const name = '不要了';
  const { id } = await api('/journeys', 'POST', { name });
  await at('/journeys');
  await page.getByRole('button', { name: new RegExp(`删除.*${name}`) }).click();
  await page.getByRole('button', { name: '撤销' }).waitFor();
  await until(page, 'it is gone', async () => (await api('/journeys')).items.every((j) => j.id !== id));
  await shoot(page, 'journeys-more-removed');
  await page.getByRole('button', { name: '撤销' }).click();
  await until(page, 'it is back', async () => (await api('/journeys')).items.some((j) => j.id === id));
  await page.getByRole('link', { name }).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});
