// One Chromium, pages that report every error, screenshots and axe.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const shots = new URL('../shots/', import.meta.url);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * A browser context of its own, as a new visitor has one. Everything that the
 * console writes as an error is kept in errors, and so is every broken script.
 */
export async function visitor(browser, url, { language = 'zh-CN', width = 1280, look = 'light', storageState, expectErrors = [] } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: width < 500 ? 844 : 800 },
    locale: language,
    timezoneId: 'Asia/Shanghai',
    acceptDownloads: true,
    reducedMotion: 'reduce', // pictures and clicks need not wait for things to slide in
    storageState,
  });
  await context.addInitScript(
    ([lang, theme]) => {
      if (window.origin === 'null') return; // a frame that may keep nothing, such as a mail's preview
      localStorage.setItem('fishpond.language', localStorage.getItem('fishpond.language') ?? lang);
      localStorage.setItem('fishpond.look', theme);
    },
    [language, look],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on('pageerror', (e) => errors.push(`${page.url()}: ${e.message}`));
  page.on('console', (m) => {
    if (m.type() !== 'error') return;
    const text = `${m.text()} ${m.location().url}`;
    if (!expectErrors.some((re) => re.test(text))) errors.push(`${page.url()}: ${text}`);
  });
  return { context, page, errors };
}

/** Waits until a page stands still: it is there, nothing loads, nothing turns. */
export async function settled(page) {
  await page.evaluate(() => delete window.fishpondStill);
  await page.waitForFunction(() => {
    const busy = '.fp-loading, .ant-spin-spinning, .ant-skeleton-active, [aria-busy="true"]';
    const still = document.querySelector('.fp-page, .fp-door') && !document.querySelector(busy);
    // Twice in a row, a moment apart: one answer may lead to the next question.
    const since = (window.fishpondStill = still ? (window.fishpondStill ?? performance.now()) : undefined);
    return since !== undefined && performance.now() - since > 120;
  });
}

export async function shoot(page, name) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, shots)), fullPage: true });
}

/**
 * Nothing on a page may be wider than the page itself. Charts and tables learn of a new
 * width a moment after the window has it: what counts is the width that stays.
 */
export async function assertFits(page, what) {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const end = Date.now() + 5_000;
  while ((await over()) > 0 && Date.now() < end) await page.waitForTimeout(50);
  const left = await over();
  assert.ok(left <= 0, `${what} is ${left} px wider than the window`);
}

/** Fails on what axe calls serious or critical, naming rule and element. */
export async function assertAccessible(page, what) {
  // Evaluated, not added as a script tag: the page's own policy forbids those.
  await page.evaluate(`${axe};0`);
  const { violations } = await page.evaluate(() =>
    // eslint-disable-next-line no-undef
    axe.run(document, { resultTypes: ['violations'] }),
  );
  const serious = violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.target.join(' ')}\n    ${n.html.slice(0, 160)}\n    ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`));
  assert.deepEqual(serious, [], `${what}:\n${serious.join('\n')}`);
}

export async function signIn(page, { email, password }) {
  await page.goto('/sign-in');
  await page.getByLabel(/邮箱|Email/).fill(email);
  await page.getByLabel(/^(密码|Password)$/).fill(password);
  await page.getByRole('button', { name: /^(登录|Sign in)$/ }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  // The address changes first. Whoever leaves now breaks off what still loads.
  await page.locator('.fp-shell .fp-page').waitFor();
  await settled(page);
}

/** A line of the list that is open, found by what it says. */
export function openOption(page, text) {
  return page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: text }).first();
}

/** Chooses from one of the console's lists, found by its label. */
export async function choose(page, label, option) {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await openOption(page, option).click();
}

/** A call of the API with a page's session. */
export const call = (page, path, method = 'GET', body) =>
  page.evaluate(
    async ([p, m, b]) => {
      const r = await fetch(`/api/v1${p}`, { method: m, headers: b ? { 'Content-Type': 'application/json' } : {}, body: b && JSON.stringify(b) });
      const text = await r.text();
      if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    },
    [path, method, body],
  );

/** Asks until an answer is there. What happens between a platform and the server has no moment that a page could show. */
export async function until(page, what, ask, limit = 30_000) {
  for (const end = Date.now() + limit; ; ) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not come`);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
  }
}

/**
 * Holds an assertion against a page until it is true, for ten seconds at most. A page follows its
 * server at a pace of its own: what counts is what it comes to say, not what it says right now.
 */
export async function holds(check) {
  for (const end = Date.now() + 10_000; ; ) {
    try {
      return await check();
    } catch (err) {
      if (!(err instanceof assert.AssertionError) || Date.now() > end) throw err;
    }
    await new Promise((next) => setTimeout(next, 50));
  }
}
