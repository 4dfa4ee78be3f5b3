// Looks at the pages of a gallery in Chromium: node check.mjs FOLDER [SCREENSHOTS]
//
// Each at the width of a desk and of a phone, in the light and in the dark theme. It exits with 1 and says what is wrong
// where there is something, and prints sizes and first paints.
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const WIDTHS = [1280, 390];
const SCHEMES = ['light', 'dark'];
/** How large pages may be, in bytes, compressed by gzip. */
const MAX_BYTES = { ten: 10_000, fifty: 50_000 };
/** How long the first paint may take, the median of several, in milliseconds. */
const MAX_PAINT = 1_000;
const PAINTS = 5;
/** How many closed parts of a page are opened by hand; the rest at once. */
const CLICKS = 5;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** A line in a frame has no heading of a page's, and loads itself anew, for it has nothing to lose. */
const FRAMED = ['page-has-heading-one', 'meta-refresh'];

const [folder, shots] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The name of each page, and the sources of its styles. */
const gallery = JSON.parse(await readFile(join(folder, 'gallery.json'), 'utf8'));
const content = new Map();
for (const { name } of gallery) content.set(name, await readFile(join(folder, `${name}.html`)));
if (shots) await mkdir(shots, { recursive: true });

const found = [];
const complain = (where, what) => found.push(`${where}: ${what}`);

// As the gateway sends them.
const server = createServer((request, response) => {
  const page = gallery.find(({ name }) => request.url === `/${name}`);
  if (!page) return response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
  const policy = `default-src 'none'; style-src ${page.styles}; img-src 'self' data:; form-action 'self'; base-uri 'none'`;
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': 'gzip',
    'content-security-policy': policy,
  });
  response.end(gzipSync(content.get(page.name)));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** What is written that nobody can see although nothing hides it on purpose; runs in the page. */
function unseen() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { parentElement: element, textContent: text } = walker.currentNode;
    // Titles are read aloud; what is for one width only is not shown at the other.
    if (!text.trim() || element.closest('title,.sr,.short,.long,.also')) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const { width, height } = range.getBoundingClientRect();
    const isSeen = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!isSeen || width < 1 || height < 1) texts.push(text.trim().slice(0, 60));
  }
  return texts;
}

/** By how many pixels a page is wider than its window, and what sticks out of it; runs in the page. */
function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return null;
  const wide = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > clientWidth);
  return `${scrollWidth - clientWidth} px too wide: ${wide.at(-1)?.outerHTML.slice(0, 120)}`;
}

const openAll = () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
};

/** Loads a page, and listens to what it asks for and complains about. */
async function load(context, name, where) {
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = request.url();
    if (url !== `${origin}/${name}` && !url.startsWith('data:')) complain(where, `asks for ${url}`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain(where, message.text());
  });
  page.on('pageerror', (error) => complain(where, error.message));
  await page.goto(`${origin}/${name}`);
  return page;
}

/** What everybody has: nothing runs, nothing sticks out, and everything can be opened and seen. */
async function look(name, width, colorScheme) {
  const where = `${name}, ${width} px, ${colorScheme}`;
  const viewport = { width, height: 844 };
  const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled: false });
  const page = await load(context, name, where);
  const code = await page.locator('script,[onload],[onclick],[onerror],[style],iframe,object').count();
  if (code > 0) complain(where, `${code} elements with code or styles of their own`);
  if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  const closed = await page.evaluate(overflow);
  if (closed) complain(where, closed);
  // As visitors do it.
  const summaries = page.locator('details:not([open])>summary:visible');
  for (let opened = 0; opened < CLICKS && (await summaries.count()) > 0; opened += 1) {
    await summaries.first().click();
  }
  await page.evaluate(openAll);
  const opened = await page.evaluate(overflow);
  if (opened) complain(where, `with everything open, ${opened}`);
  for (const text of await page.evaluate(unseen)) complain(where, `cannot be seen: ${text}`);
  await context.close();
}

/** What axe finds, with everything open. */
async function audit(name, width, colorScheme) {
  const where = `${name}, ${width} px, ${colorScheme}`;
  const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
  const page = await load(context, name, where);
  await page.evaluate(openAll);
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate((values) => window.axe.run({ runOnly: values }), RULES);
  for (const { id, help, nodes } of violations) {
    if (name === 'embed' && FRAMED.includes(id)) continue;
    complain(where, `${id}: ${help} (${nodes.length}), ${nodes[0].html.slice(0, 160)}`);
  }
  // Contrasts that axe cannot tell are those on mixed colours, which pages/src/html/style.rs computes.
  const untold = incomplete.filter(({ id }) => id !== 'color-contrast');
  for (const { id, nodes } of untold) complain(where, `${id} cannot be told: ${nodes[0].html.slice(0, 160)}`);
  await context.close();
}

/** The median first paint of a page, each in a browser context of its own. */
async function firstPaint(name) {
  const paints = [];
  for (let round = 0; round < PAINTS; round += 1) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await load(context, name, name);
    const paint = await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    paints.push(await paint.jsonValue());
    await context.close();
  }
  return paints.sort((a, b) => a - b)[Math.floor(PAINTS / 2)];
}

for (const { name } of gallery) {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      await look(name, width, scheme);
      // The rules of axe look at each element; of so many alike a phone's are enough.
      if (name !== 'most') await audit(name, width, scheme);
    }
  }
}
for (const [name, most] of Object.entries(MAX_BYTES)) {
  const size = gzipSync(content.get(name)).length;
  const paint = await firstPaint(name);
  console.log(`${name}: ${size} bytes by gzip, of ${most}; first paint after ${Math.round(paint)} ms`);
  if (size > most) complain(name, `${size} bytes are more than ${most}`);
  if (paint > MAX_PAINT) complain(name, `the first paint takes ${Math.round(paint)} ms`);
}
await browser.close();
server.close();

for (const line of found) console.log(line);
console.log(`${gallery.length} pages in ${WIDTHS.length * SCHEMES.length} ways: ${found.length} findings`);
process.exitCode = found.length > 0 ? 1 : 0;
