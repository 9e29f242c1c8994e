// What tests of the inbox share: a customer in the chat of the brand's site, rows and bubbles.

export { call as api } from './browser.mjs';

/** A customer at the chat of the brand's site. */
export async function comes(browser, server, web) {
  const context = await browser.newContext({ baseURL: server.url, locale: 'zh-CN' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`/w/${web}/try`);
  await page.getByRole('button', { name: /在线咨询|山野茶事/ }).first().click();
  const field = page.locator('#fishpond-chat textarea');
  await field.waitFor();
  return {
    page,
    context,
    async says(text) {
      await field.fill(text);
      await field.press('Enter');
      await page.locator('#fishpond-chat li.me', { hasText: text.slice(0, 20) }).last().waitFor();
    },
    heard: (text) => page.locator('#fishpond-chat li:not(.me)', { hasText: text }),
  };
}

export const row = (page, text) => page.locator('[data-conversation]', { hasText: text }).first();
export const bubble = (page, text) => page.locator('article[data-message]', { hasText: text });
export const field = (page) => page.getByRole('textbox', { name: '写给客户' });
