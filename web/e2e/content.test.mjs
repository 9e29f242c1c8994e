// What staff send and who reads it: an operator fills the library, an associate makes a radar link for one customer, who
// opens it on a phone, with and without script, and the console says so at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFits, call, launch, openOption, settled, shoot, signIn, visitor } from './lib/browser.mjs';
import { startDemo, startEmpty } from './lib/server.mjs';

const article = '新手妈妈的喂养指南';
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');
const wechat = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003232) NetType/WIFI Language/zh_CN';

let browser;
let server;
let page;
let errors;
let person;
let link;

const api = (path, method, body) => call(page, path, method, body);
const dialog = () => page.getByRole('dialog');
const row = (text) => page.getByRole('row').filter({ hasText: text });

/** Somebody's phone, with the messenger's browser. */
async function phone({ language = 'zh-CN', script = true, agent = wechat } = {}) {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 390, height: 844 }, locale: language, userAgent: agent, javaScriptEnabled: script, reducedMotion: 'reduce' });
  const p = await context.newPage();
  p.setDefaultTimeout(15_000);
  const wrong = [];
  p.on('pageerror', (e) => wrong.push(e.message));
  p.on('console', (m) => m.type() === 'error' && !/status of (404|410)/.test(m.text()) && wrong.push(m.text()));
  return { context, page: p, wrong };
}

before(async () => {
  browser = await launch();
  server = await startDemo(300);
  // Wrong input is refused on purpose.
  ({ page, errors } = await visitor(browser, server.url, { expectErrors: [/401/, /422/, /409/] }));
  await signIn(page, server);
  person = (await api('/persons?limit=1&sort=created_at')).items[0];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('an empty library says what it is for', async () => {
  const empty = await startEmpty();
  const v = await visitor(browser, empty.url, { expectErrors: [/401/] });
  try {
    await v.page.goto(empty.setup_url);
    await v.page.getByLabel('企业名称').fill('空塘');
    await v.page.getByLabel('你的姓名').fill('阿空');
    await v.page.getByLabel('邮箱').fill('kong@brand.example');
    await v.page.getByLabel('设置密码').fill('pond-and-tea-2026');
    await v.page.getByRole('button', { name: '完成设置' }).click();
    await v.page.locator('.fp-shell .fp-page').waitFor();
    await v.page.goto('/content');
    await v.page.getByText('还没有素材').waitFor();
    await settled(v.page);
    await shoot(v.page, 'content-empty-zh-CN-1280');
    await assertAccessible(v.page, 'empty library');
    await v.page.getByRole('button', { name: '放一篇示例文章' }).click();
    await v.page.getByRole('heading', { name: /新客见面礼/ }).first().waitFor();
  } finally {
    await v.context.close();
    await empty.stop();
  }
});

test('a folder, files by the dozen, and an article with a picture', async () => {
  await page.goto('/content');
  await settled(page);
  await page.getByRole('button', { name: '新建文件夹' }).click();
  await dialog().getByLabel('文件夹名').fill('喂养');
  await dialog().getByRole('button', { name: '保存' }).click();
  await page.getByRole('button', { name: '喂养', exact: true }).click();
  await page.waitForURL(/folder=/);
  await page.locator('input[type="file"][aria-label="批量上传"]').setInputFiles([
    { name: '奶粉罐.png', mimeType: 'image/png', buffer: png },
    { name: '价目表.txt', mimeType: 'text/plain', buffer: Buffer.from('一段 228 元') },
    { name: '太大.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc((10 << 20) + 1) },
  ]);
  await page.getByText('已加入 2 份素材').waitFor();
  await page.getByText(/太大\.bin.*文件最大 10 MB/).waitFor();
  await page.getByRole('link', { name: /^奶粉罐/ }).waitFor();

  await page.getByRole('button', { name: '新建素材' }).click();
  await page.getByRole('menuitem', { name: '文章' }).click();
  await page.getByRole('textbox', { name: '标题' }).fill(article);
  await page.getByRole('button', { name: '创建', exact: true }).click();
  await page.getByText('请填写文章内容').waitFor();
  const area = page.getByRole('textbox', { name: '正文' });
  await area.click();
  await page.keyboard.type('每次九十毫升，三小时一次。');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '加粗' }).click();
  await page.keyboard.type('奶温四十度');
  await page.locator('input[type="file"][aria-label="插入图片"]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: png });
  await area.locator('img').waitFor();
  await settled(page);
  await assertAccessible(page, 'form of a material');
  await page.getByRole('button', { name: '创建', exact: true }).click();
  await page.getByText('还没有人发过这份内容').waitFor();
});

test('a link that is not one, and one into our own network, are refused where they stand', async () => {
  await page.goto('/content/new?kind=link');
  await page.getByRole('textbox', { name: '标题' }).fill('内网');
  for (const [address, why] of [
    ['javascript:alert(1)', '网址不对'],
    ['http://192.168.1.1/admin', '内部网络'],
  ]) {
    await page.getByLabel('网址').fill(address);
    await page.getByRole('button', { name: '创建', exact: true }).click();
    await page.getByText(why).first().waitFor();
  }
  await shoot(page, 'content-link-wrong-zh-CN-1280');
});

test('a customer opens their link, and the console says so at once', async () => {
  await page.goto('/content?q=xs'); // its initials
  await page.getByRole('link', { name: new RegExp(`^${article}`) }).click();
  await page.getByRole('tab', { name: '雷达链接' }).click();
  await page.getByRole('combobox', { name: '搜索客户' }).fill(person.name);
  await openOption(page, person.name).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '生成链接' }).click();
  await row(person.name).getByText('还没打开').waitFor();
  link = (await api('/radar-links?limit=1')).items[0];
  await shoot(page, 'radar-links-zh-CN-1280');
  await assertAccessible(page, 'radar links');

  const guest = await phone();
  await guest.page.goto(link.url);
  await guest.page.getByRole('heading', { name: article }).waitFor();
  await page.getByText(`${person.name} 打开了《${article}》`).waitFor();
  await shoot(page, 'radar-alert-zh-CN-1280');
  await guest.page.waitForRequest((r) => r.url().endsWith('/beat')); // three seconds in
  await shoot(guest.page, 'material-page-zh-CN-390');
  await assertAccessible(guest.page, 'page of an article');
  await assertFits(guest.page, 'page of an article');
  assert.deepEqual(guest.wrong, []);

  // Passed on: another browser, another language, no script.
  const other = await phone({ language: 'en-US', script: false, agent: wechat.replace('iPhone; CPU iPhone OS 18_0 like Mac OS X', 'Linux; Android 15') });
  await other.page.goto(link.url);
  await other.page.getByText('can see when this page was opened').waitFor();
  await shoot(other.page, 'material-page-noscript-en-390');
  await page.getByText(`${person.name} 的链接被转发`).waitFor();

  // Somebody who does not want to be recorded.
  await other.page.getByRole('button', { name: 'Do not record it' }).click();
  await other.page.getByText('You have chosen not to be recorded').waitFor();
  await other.page.reload();
  const visits = (await api(`/material-visits?link_id=${link.id}`)).items;
  assert.deepEqual(
    visits.map((v) => [v.forwarded, v.seconds > 0]),
    [
      [true, false],
      [false, true],
    ],
  );
  assert.equal(visits[1].depth, 100);
  await guest.context.close();
  await other.context.close();

  // What staff look at themselves counts for nobody.
  await page.goto(link.url);
  await page.goto(`/customers/${person.id}`);
  await page.getByText(`打开素材《${article}》`).first().waitFor();
  assert.equal((await api(`/material-visits?link_id=${link.id}`)).items.length, 2);
});

test('another version is shown at once, the old one stays readable, and a withdrawn link says so', async () => {
  await page.goto(`/content/${link.material_id}`);
  await page.getByRole('textbox', { name: '标题' }).fill(`${article}（新）`);
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByText('已保存为第 2 版').waitFor();
  await settled(page);
  await shoot(page, 'material-edit-zh-CN-1280');
  await page.getByRole('tab', { name: '版本' }).click();
  await page.getByRole('button', { name: '查看第 1 版' }).click();
  await dialog().getByRole('heading', { name: article, exact: true }).waitFor();
  await page.keyboard.press('Escape');
  const guest = await phone();
  await guest.page.goto(link.url);
  await guest.page.getByRole('heading', { name: `${article}（新）` }).waitFor();

  await page.getByRole('tab', { name: '雷达链接' }).click();
  await page.getByRole('button', { name: `撤回给 ${person.name} 的链接` }).click();
  await dialog().getByRole('button', { name: '撤回' }).click();
  await row(person.name).getByText('已撤回').waitFor();
  assert.equal((await guest.page.goto(link.url)).status(), 410);
  await guest.page.getByText('这份内容已撤回').waitFor();
  await shoot(guest.page, 'material-withdrawn-zh-CN-390');
  assert.equal((await guest.page.goto('/m/abcdefghijkmnpqr')).status(), 404);
  await guest.page.getByText('这个页面不存在或已失效').waitFor();
  await assertAccessible(guest.page, 'page that there is not');
  await guest.context.close();
});

test('a briefcase is packed, ordered and opened as one page', async () => {
  await page.goto('/content?tab=briefcases');
  await settled(page);
  await page.getByRole('button', { name: '新建公文包' }).click();
  await dialog().getByLabel('名称').fill('母婴见面包');
  await dialog().getByLabel('开头的话').fill('你好，这些资料送给你');
  for (const m of ['价目表', '奶粉罐']) {
    await dialog().getByRole('combobox', { name: '添加素材' }).click();
    await openOption(page, m).click();
  }
  await dialog().getByRole('button', { name: '上移「奶粉罐」' }).click();
  await shoot(page, 'briefcase-edit-zh-CN-1280');
  await assertAccessible(page, 'briefcase');
  await dialog().getByRole('button', { name: /创\s*建/ }).click();
  await dialog().waitFor({ state: 'hidden' });
  const packed = page.getByRole('listitem').filter({ hasText: '母婴见面包' });
  await packed.getByText('2 份资料').waitFor();
  await packed.getByRole('button', { name: '雷达链接' }).click();
  await page.getByRole('button', { name: '生成公开链接' }).click();
  await row('公开').waitFor();
  const { url } = (await api('/radar-links?limit=1')).items[0];

  const guest = await phone();
  await guest.page.goto(url);
  await guest.page.getByText('你好，这些资料送给你').waitFor();
  const titles = await guest.page.locator('ul.list b').allTextContents();
  assert.deepEqual(titles, ['奶粉罐', '价目表']);
  await shoot(guest.page, 'briefcase-page-zh-CN-390');
  await assertAccessible(guest.page, 'page of a briefcase');
  await assertFits(guest.page, 'page of a briefcase');
  await guest.page.getByRole('link', { name: /奶粉罐/ }).click();
  await guest.page.getByRole('img', { name: '奶粉罐' }).waitFor();
  await guest.page.getByRole('link', { name: /返回/ }).click();
  await guest.page.getByRole('link', { name: /价目表/ }).click();
  const download = guest.page.waitForEvent('download');
  await guest.page.getByRole('link', { name: '下载文件' }).click();
  assert.equal((await download).suggestedFilename(), '价目表.txt');
  assert.deepEqual(guest.wrong, []);
  assert.equal((await guest.context.cookies()).length, 0, 'a link for nobody needs no cookie');
  await guest.context.close();
});

test('a business card shows what was put on it, and tells who looked', async () => {
  await page.goto('/content?tab=card');
  await page.getByLabel('职务').fill('店长');
  await page.getByLabel('工作电话').fill('call me');
  await page.getByRole('button', { name: '生成名片' }).click();
  await page.getByText('电话应只有数字').waitFor();
  await page.getByLabel('工作电话').fill('138 0000 0000');
  await page.getByRole('button', { name: '生成名片' }).click();
  await page.getByText('名片已保存').waitFor();
  await page.getByRole('button', { name: '放一份资料' }).first().click();
  await dialog().getByLabel('标题、拼音或首字母').fill(article);
  await dialog().getByRole('button', { name: article }).first().click();
  const own = page.getByRole('listitem').filter({ hasText: article });
  await own.first().waitFor();
  const share = await api('/shares/mine');
  const guest = await phone();
  await guest.page.goto(share.card.url);
  await guest.page.getByRole('link', { name: '打电话' }).waitFor();
  await assertAccessible(guest.page, 'card');
  await assertFits(guest.page, 'card');
  await shoot(guest.page, 'content-card-page-zh-CN-390');
  await guest.page.getByRole('link', { name: article }).click();
  await guest.page.getByRole('heading', { name: article }).first().waitFor();
  assert.match(guest.page.url(), /\/m\//);
  assert.deepEqual(guest.wrong, []);
  await guest.context.close();
  await page.reload();
  await row(`${article}（新） ×1`).waitFor();
  await settled(page);
  await shoot(page, 'content-card-zh-CN-1280');
  await assertAccessible(page, 'card');
});

test('visitors and results, in both languages and on a phone', async () => {
  await page.goto('/content');
  await settled(page);
  await shoot(page, 'content-zh-CN-1280');
  await assertAccessible(page, 'library');
  await page.goto('/content?view=list');
  await settled(page);
  await shoot(page, 'content-list-zh-CN-1280');
  await page.goto('/content?tab=visitors');
  await page.getByRole('row').filter({ hasText: `从 ${person.name} 那里转发打开` }).waitFor();
  await settled(page);
  await shoot(page, 'content-visitors-zh-CN-1280');
  await assertAccessible(page, 'visitors');
  await page.getByText('每次打开', { exact: true }).click();
  await settled(page);
  await page.goto('/content?tab=effects');
  await page.getByText('员工排行').waitFor();
  await settled(page);
  await shoot(page, 'content-effects-zh-CN-1280');
  await assertAccessible(page, 'results');

  for (const [language, width] of [
    ['en', 1280],
    ['en', 390],
    ['zh-CN', 390],
  ]) {
    const v = await visitor(browser, server.url, { language, width, storageState: await page.context().storageState() });
    await v.page.evaluate(() => 0);
    await v.page.goto('/content');
    await v.page.evaluate((l) => localStorage.setItem('fishpond.language', l), language);
    for (const tab of ['library', 'briefcases', 'card', 'visitors', 'effects']) {
      await v.page.goto(`/content?tab=${tab}`);
      await settled(v.page);
      await shoot(v.page, `content-${tab}-${language}-${width}`);
      await assertFits(v.page, `${tab} ${language} ${width}`);
      await assertAccessible(v.page, `${tab} ${language} ${width}`);
    }
    assert.deepEqual(v.errors, []);
    await v.context.close();
  }
});

test('a failing server is said, and the rest went without errors', async () => {
  await page.route('**/api/v1/materials?*', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', title: '忙', detail: '数据库没有应答' }) }));
  const before = errors.length;
  await page.goto('/content');
  await page.getByText('数据库没有应答').waitFor();
  await shoot(page, 'content-failing-zh-CN-1280');
  assert.deepEqual(errors.slice(0, before), []);
});
