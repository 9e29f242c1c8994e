// A brand asks its people: an operator builds a survey, a customer answers it on a phone, with and without script, and
// what they said is known of them afterwards, down to a segment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, choose, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo, startEmpty } from './lib/server.mjs';

const name = '宝宝喂养小调查';

let browser;
let server;
let page;
let errors;
let survey;
let person;

const api = (path, method, body) => call(page, path, method, body);
const card = (title) => page.locator('.ant-card').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
const part = (text) => page.getByRole('navigation', { name: '问卷的各部分' }).getByRole('button', { name: text });
const saved = () => page.getByText('已保存', { exact: true }).waitFor();

before(async () => {
  browser = await launch();
  server = await startDemo(300);
  // A survey that is not complete is refused on purpose.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/] }));
  await signIn(page, server);
  person = (await api('/persons?limit=1&sort=created_at')).items[0];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the brand that has asked sees what was answered, down to each person', async () => {
  await page.goto('/surveys');
  await settled(page);
  await shoot(page, 'surveys-zh-CN-1280');
  await assertAccessible(page, 'list of surveys');
  await page.getByRole('link', { name: '喝茶习惯小调查', exact: true }).click();
  await page.getByText(/^NPS [+-]?\d/).first().waitFor();
  await settled(page);
  await shoot(page, 'survey-results-zh-CN-1280');
  await assertAccessible(page, 'results of a survey');
  await page.getByRole('link', { name: /清新的绿茶/ }).click();
  await page.getByRole('table').waitFor();
  await settled(page);
  await shoot(page, 'survey-responses-zh-CN-1280');
  await assertAccessible(page, 'responses');
  await page.getByRole('button', { name: '查看' }).first().click();
  await page.getByRole('dialog').getByText('打上标签「清香派」').waitFor();
  await shoot(page, 'survey-response-zh-CN-1280');
  await page.keyboard.press('Escape');
});

test('a survey is built, with logic and with what follows from the answers', async () => {
  await page.goto('/surveys');
  await settled(page);
  await page.getByRole('button', { name: '新建问卷' }).click();
  await page.getByRole('textbox', { name: '名称' }).fill(name);
  await page.getByRole('button', { name: /发布$/ }).click();
  // What lacks is said at its field.
  await page.getByText('还有 3 处要补充').waitFor();
  await shoot(page, 'survey-builder-lacks-zh-CN-1280');
  await page.getByLabel('问卷标题').fill(name);
  await page.getByLabel('说明', { exact: true }).fill('我们想知道宝宝怎么喂，好给你合适的建议。');

  const add = async (n, type) => {
    await page.getByRole('button', { name: '加一道题' }).click();
    await page.getByRole('menuitem', { name: type, exact: true }).click();
    await page.getByRole('heading', { name: `第 ${n} 题`, exact: true }).waitFor();
  };
  await add(1, '单选');
  await page.getByLabel('题目', { exact: true }).fill('宝宝现在怎么喂？');
  await page.getByLabel('选项 1', { exact: true }).fill('母乳');
  await page.getByLabel('选项 2', { exact: true }).fill('奶粉');
  await page.getByRole('button', { name: '加一个选项' }).click();
  await page.getByLabel('选项 3', { exact: true }).fill('混合');
  // A tag that is not there yet is made on the way.
  await page.getByRole('button', { name: '加一条联动' }).click();
  await page.getByRole('menuitem', { name: '打上标签' }).click();
  await page.getByRole('combobox', { name: '联动 1：选项' }).click();
  await openOption(page, '奶粉').click();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: '联动 1：标签' }).click();
  await page.keyboard.type('奶粉喂养');
  await openOption(page, '新建标签「奶粉喂养」').click();
  await page.locator('.fp-survey-rule .ant-select', { hasText: '奶粉喂养' }).waitFor();
  await add(2, '多选');
  await page.getByLabel('题目', { exact: true }).fill('喂{{q1}}有什么烦恼？');
  await page.getByLabel('选项 1', { exact: true }).fill('胀气');
  await page.getByLabel('选项 2', { exact: true }).fill('夜醒');
  await page.getByRole('button', { name: '加一个条件' }).click();
  await page.getByRole('combobox', { name: '条件 1：选项' }).click();
  await openOption(page, '奶粉').click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '加一条联动' }).click();
  await page.getByRole('menuitem', { name: '记为痛点' }).click();
  await add(3, '打分');
  await page.getByLabel('题目', { exact: true }).fill('愿意推荐我们吗？');
  await saved();
  // Up by key, and back down.
  await part('3. 愿意推荐我们吗？').press('Alt+ArrowUp');
  await part('2. 愿意推荐我们吗？').press('Alt+ArrowDown');
  await part('3. 愿意推荐我们吗？').waitFor();
  await part('2. 喂').click();
  await page.getByRole('button', { name: '加一个结束页' }).click();
  await page.getByLabel('标题', { exact: true }).fill('谢谢你');
  await saved();
  await part('2. 喂').click();
  await shoot(page, 'survey-builder-zh-CN-1280');
  await assertAccessible(page, 'builder');
  await page.getByRole('button', { name: /发布$/ }).click();
  await page.getByRole('button', { name: '复制链接' }).waitFor();
  survey = (await api(`/surveys?q=${encodeURIComponent(name)}`)).items[0];
  assert.equal(survey.status, 'published');
  await settled(page);
  await shoot(page, 'survey-share-zh-CN-1280');
  await assertAccessible(page, 'share');
});

/** Answers the survey at an address as a customer with a phone would. */
async function answer(address, { language = 'zh-CN', script = true, shots = '' } = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: language, javaScriptEnabled: script, hasTouch: true, isMobile: true });
  const phone = await context.newPage();
  phone.setDefaultTimeout(10_000);
  const look = async (step) => {
    const wide = script ? await phone.evaluate(() => document.documentElement.scrollWidth) : 390;
    assert.ok(wide <= 390, `${step} is ${wide} px wide`);
    if (shots) await shoot(phone, `survey-page-${step}-${shots}`);
    if (script) await assertAccessible(phone, `${step} of the page`);
  };
  const response = await phone.goto(address);
  assert.ok((await response.body()).length < 50_000);
  const words = language === 'en' ? ['Begin', 'Next', 'Send'] : ['开始', '下一步', '提交'];
  await look('intro');
  await phone.getByRole('button', { name: words[0] }).click();
  await look('choice');
  await phone.getByText('奶粉', { exact: true }).click();
  await phone.getByRole('button', { name: words[1] }).click();
  await phone.getByText('喂奶粉有什么烦恼？').waitFor();
  // A button without an answer says what is wrong, here without any script.
  await phone.getByRole('button', { name: words[1] }).click();
  await phone.getByRole('alert').first().waitFor();
  await look('wrong');
  await phone.getByText('夜醒', { exact: true }).click();
  await phone.getByRole('button', { name: words[1] }).click();
  await phone.getByText('9', { exact: true }).click();
  await look('scale');
  await phone.reload(); // nothing that was answered is lost by it
  await phone.getByText('愿意推荐我们吗？').waitFor();
  await phone.getByText('9', { exact: true }).click();
  await phone.getByRole('button', { name: words[2] }).click();
  await phone.getByText('谢谢你', { exact: true }).waitFor();
  await look('end');
  await phone.goto(address);
  await phone.getByText(language === 'en' ? /You have answered/ : /你已经填过/).waitFor();
  await context.close();
}

test('a customer answers at their own address; a tag, a pain point and a segment follow', async () => {
  const [link] = (await api(`/surveys/${survey.id}/links`, 'POST', { person_ids: [person.id] })).items;
  await answer(link.url, { shots: 'zh-CN-390' });
  const now = await api(`/persons/${person.id}`);
  assert.ok(now.tags.some((t) => t.name === '奶粉喂养'));
  assert.deepEqual(now.traits.pain_points.includes('夜醒'), true);
  await page.goto(`/customers/${person.id}`);
  await page.getByText(/填完问卷「宝宝喂养小调查」：奶粉 · 夜醒 · 9/).first().waitFor();

  // The segment, by the console's own page.
  for (const end = Date.now() + 15_000; ; ) {
    const seen = await api('/segments/preview', 'POST', { text: 'tag:奶粉喂养 and did survey.answered where (name = 宝宝喂养小调查 and answer has any of (夜醒))', sample: 5 });
    if (seen.count === 1) break;
    assert.ok(Date.now() < end, `the segment has ${seen.count}`);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
  }
});

test('the page works without script, in English, and says no as easily', async () => {
  await answer(survey.url, { script: false, language: 'en', shots: 'en-390' });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', javaScriptEnabled: false });
  const phone = await context.newPage();
  await phone.goto(survey.url);
  await phone.getByRole('button', { name: '不想再收到问卷' }).click();
  await phone.getByText('我们不会再给你发问卷').waitFor();
  await shoot(phone, 'survey-page-declined-zh-CN-390');
  for (const gone of ['/s/aaaaaaaaaaaaaaaa', `${new URL(survey.url).pathname}.per_x.y`]) {
    const answered = await phone.goto(server.url + gone);
    assert.equal(answered.status(), 404);
  }
  await shoot(phone, 'survey-page-gone-zh-CN-390');
  await context.close();
});

test('a survey is sent from a conversation by the customer’s own link', async () => {
  const [conversation] = (await api('/inbox/conversations?tab=all&status=all&archive=without&limit=50')).items.filter((c) => c.person_id);
  await page.goto(`/inbox?tab=all&c=${encodeURIComponent(conversation.id)}`);
  await settled(page);
  await page.getByRole('button', { name: '发问卷' }).click();
  await settled(page);
  await assertAccessible(page, 'choosing a survey to send');
  await shoot(page, 'survey-send-zh-CN-1280');
  await page.getByRole('list', { name: '发问卷' }).getByRole('button', { name }).first().click();
  await page.waitForFunction(() => [...document.querySelectorAll('.fp-inbox-composer textarea')].some((x) => x.value.includes('/s/')));
  const text = await page.locator('.fp-inbox-composer textarea').first().inputValue();
  const [{ url }] = (await api(`/surveys/${survey.id}/links`, 'POST', { person_ids: [conversation.person_id] })).items;
  assert.ok(text.includes(url) && !text.includes('&'), text);
});

test('ending and deleting can be taken back', async () => {
  await page.goto(`/surveys/${survey.id}`);
  await settled(page);
  await page.getByRole('button', { name: '结束收集' }).click();
  await page.getByText('已结束', { exact: true }).first().waitFor();
  assert.equal((await fetch(survey.url)).status, 410);
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByRole('button', { name: '结束收集' }).waitFor();
  await page.getByRole('button', { name: `删除「${name}」` }).click();
  await page.getByText(`已删除「${name}」`).waitFor();
  assert.equal((await fetch(survey.url)).status, 404);
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByRole('link', { name, exact: true }).waitFor();
});

test('on a phone, in English and in the dark nothing is lost', async () => {
  for (const [width, language, look] of [
    [390, 'zh-CN', 'light'],
    [390, 'en', 'light'],
    [1280, 'en', 'dark'],
  ]) {
    const other = await visitor(browser, server.url, { width, language, look, expectErrors: [/401/] });
    await signIn(other.page, server);
    for (const [what, to] of [
      ['surveys', '/surveys'],
      ['survey-results', `/surveys/${survey.id}?tab=results`],
      ['survey-responses', `/surveys/${survey.id}?tab=responses`],
      ['survey-share', `/surveys/${survey.id}?tab=share`],
      ['survey-builder', `/surveys/${survey.id}/edit`],
    ]) {
      await other.page.goto(to);
      await settled(other.page);
      await assertFits(other.page, `${what} at ${width}`);
      await shoot(other.page, `${what}-${language}-${width}${look === 'dark' ? '-dark' : ''}`);
      await assertAccessible(other.page, `${what} ${language} ${width} ${look}`);
    }
    assert.deepEqual(other.errors, []);
    await other.context.close();
  }
});

test('what cannot be had is said', async () => {
  const other = await visitor(browser, server.url, { expectErrors: [/40[14]/, /500/] });
  await signIn(other.page, server);
  await other.page.goto('/surveys/srv_0');
  await other.page.getByText('找不到这份问卷').first().waitFor();
  await other.page.route('**/api/v1/surveys**', (route) =>
    route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Internal Server Error', status: 500, detail: '系统出错了，请稍后重试', request_id: 'req_e2e' }) }),
  );
  await other.page.goto('/surveys');
  await other.page.getByText('req_e2e').first().waitFor();
  await shoot(other.page, 'surveys-failing-zh-CN-1280');
  await assertAccessible(other.page, 'failing list of surveys');
  assert.deepEqual(other.errors, []);
  await other.context.close();
});

test('no page wrote an error', () => assert.deepEqual(errors, []));

test('a new brand is offered a survey to begin with', async () => {
  const empty = await startEmpty();
  try {
    const fresh = await visitor(browser, empty.url, { expectErrors: [/401/] });
    await fresh.page.goto(empty.setup_url);
    await fresh.page.getByLabel('企业名称').fill('新茶铺');
    await fresh.page.getByLabel('你的姓名').fill('店主');
    await fresh.page.getByLabel('邮箱').fill('owner@new.example');
    await fresh.page.getByLabel('设置密码').fill('correct horse battery');
    await fresh.page.getByRole('button', { name: '完成设置' }).click();
    await fresh.page.locator('.fp-shell .fp-page').waitFor();
    await fresh.page.goto('/surveys');
    await settled(fresh.page);
    await shoot(fresh.page, 'surveys-empty-zh-CN-1280');
    await assertAccessible(fresh.page, 'empty list of surveys');
    await fresh.page.getByRole('button', { name: '用示例开始' }).click();
    await fresh.page.getByRole('button', { name: /发布$/ }).click();
    await fresh.page.getByRole('button', { name: '复制链接' }).waitFor();
    await fresh.context.close();
  } finally {
    await empty.stop();
  }
});
