/** The dashboard in a real browser, over the real server and admin API with fakes behind them. */
import anyTest, { type TestFn } from 'ava';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { type Gateway, journey, large, small, startGateway, status, at } from '../http/admin/fakes.ts';
import { openBrowser, REBOUND_NAME } from './open-browser.ts';

interface Context {
  browser: Browser;
  gateway: Gateway;
  page: Page;
  /** What the page complained of in the browser's console. */
  complaints: string[];
}

const test = (anyTest as TestFn<Context>).serial;

test.before(async (t) => {
  t.context.browser = await openBrowser();
});

test.beforeEach(async (t) => {
  t.context.gateway = await startGateway({ auth: false });
  t.context.page = await t.context.browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  t.context.complaints = complaints;
  t.context.page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  t.context.page.on('pageerror', (error) => complaints.push(error.message));
});

test.afterEach.always(async (t) => {
  await t.context.page.close();
  await t.context.gateway.close();
});

test.after.always((t) => t.context.browser.close());

test('the page shows connectors and messages, is live, and breaks no rule of its own policy', async (t) => {
  const { page, gateway, complaints } = t.context;
  await page.goto(gateway.url);
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('article', { name: 'The rest-connector' }).waitFor();
  t.is(await page.locator('#messages tbody tr').count(), 3);
  t.deepEqual(complaints, []);
});

test('a button commands its connector, and the page shows the state that it came to', async (t) => {
  const { page, gateway } = t.context;
  await page.goto(gateway.url);
  await page.getByRole('button', { name: 'stop The rest-connector' }).click();
  await page.getByText('by the operator', { exact: true }).waitFor();
  t.deepEqual(gateway.supervisor.commands, ['stop rest-connector waiting']);
  await page.getByRole('button', { name: 'start The rest-connector', exact: true }).click();
  await page.locator('.connector .pill.good').waitFor();
  t.pass();
});

test('what happens is shown as it happens', async (t) => {
  const { page, gateway } = t.context;
  gateway.journal.journeys.clear();
  await page.goto(gateway.url);
  await page.getByText('No messages yet.').waitFor();
  t.regex((await page.locator('#no-messages pre').textContent()) ?? '', /curl -X POST .*\/ingress/);
  gateway.journal.journeys.set(small, journey(small));
  gateway.journal.tell({
    data_id: small,
    step: 'invalid',
    at,
    connector: 'rest-connector',
    format: 'hl7v2',
    type: 'ADT^A01',
    bytes: 10,
    issues: 1,
  });
  await page.locator(`tr[data-id="${small}"]`).waitFor();
  gateway.supervisor.statuses = [status('rest-connector', { state: 'backoff', substate: null, reason })];
  gateway.supervisor.tell({ ...change, id: 1 });
  await page.getByText(reason.message).waitFor();
  t.pass();
});

const reason = { code: 'bus/unavailable', message: 'The bus cannot be reached.', retryable: true };
const change = {
  actor: 'rest-connector',
  machine: 'connector',
  from: 'running.consuming',
  to: 'backoff',
  event: 'connector.failed',
  reason,
  at,
};

test('a lag is shown as it grows, without an event that says so', async (t) => {
  const { page, gateway } = t.context;
  gateway.supervisor.statuses = [status('rest-connector', { lag: 12 })];
  await page.goto(gateway.url);
  await page.locator('.connector dd', { hasText: /^12$/ }).waitFor();
  gateway.supervisor.statuses = [status('rest-connector', { lag: 3456 })];
  await page.locator('.connector dd', { hasText: '3,456' }).waitFor();
  t.pass();
});

test('a message opens its journey: the steps, and the issues in words', async (t) => {
  const { page, gateway } = t.context;
  await page.goto(gateway.url);
  await page.locator(`tr[data-id="${small}"]`).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Stored durably, and acknowledged to the sender').waitFor();
  await dialog.getByText('PID-3 (Patient Identifier List) is required and is empty.').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.locator(`#open-${large}`).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  t.pass();
});

test('what a message or a connector is called is text on the page, and never markup', async (t) => {
  const { page, gateway, complaints } = t.context;
  const markup = '<img src=x onerror="document.title=1">';
  gateway.journal.journeys.set(small, journey(small, { type: markup, connector: markup }));
  gateway.supervisor.statuses = [status('rest-connector', { name: markup })];
  await page.goto(gateway.url);
  await page.getByRole('cell', { name: markup }).first().waitFor();
  t.is(await page.locator('#content img').count(), 0);
  t.is(await page.title(), 'HealthOS');
  t.deepEqual(complaints, []);
});

test('a page that lost the gateway says since when, and is live again when it is back', async (t) => {
  const { page, gateway } = t.context;
  await page.goto(gateway.url);
  await page.getByText('live', { exact: true }).waitFor();
  await gateway.close();
  await page.getByText(/^Not live since \d\d:\d\d:\d\d\./).waitFor();
  t.is(await page.locator('#live').textContent(), 'not live');
  t.true(await page.locator('#gateway-state').isHidden());
  t.context.gateway = await startGateway({ auth: false, port: Number(new URL(gateway.url).port) });
  await page.getByText('live', { exact: true }).waitFor();
  t.true(await page.locator('#stale').isHidden());
});

test('a gateway with tokens is asked with the token that somebody types, which stays in the tab', async (t) => {
  const { page } = t.context;
  const gateway = await startGateway({ auth: true });
  await page.goto(gateway.url);
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The gateway does not know this token.').waitFor();
  await page.getByLabel('Token').fill('viewer-token');
  await page.keyboard.press('Enter');
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'stop The rest-connector' }).click();
  await page.getByText(/The role viewer does not allow this/).waitFor();
  await page.reload();
  await page.getByText('live', { exact: true }).waitFor();
  t.deepEqual(gateway.supervisor.commands, []);
  await gateway.close();
});

/** Everything that a page may try without asking, in the page's own words. */
const attack = `
async function attack(url) {
  const post = url + '/admin/connectors/rest-connector/stop';
  const tried = (path, init) => fetch(path, init).then((response) => response.type, () => 'refused');
  navigator.sendBeacon(post, 'x');
  const form = Object.assign(document.createElement('form'), { method: 'POST', action: post, target: 'frame' });
  const frame = Object.assign(document.createElement('iframe'), { name: 'frame' });
  document.body.append(frame, form);
  const answered = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  form.submit();
  await answered;
  return {
    command: await tried(post, { method: 'POST', mode: 'no-cors' }),
    json: await tried(post, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
    replay: await tried(url + '/admin/messages/${small}/replay', { method: 'POST', body: 'x' }),
    read: await tried(url + '/admin/messages'),
    events: await tried(url + '/admin/events'),
  };
}`;

/** A page of another origin on the same machine, where the gateway asks for no token. */
function foreignSite(): Promise<Server> {
  const html = `<!doctype html><title>foreign</title><script>${attack}</script><p>foreign</p>`;
  const site = createServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end(html),
  );
  return new Promise((resolve) => site.listen(0, '127.0.0.1', () => resolve(site)));
}

test('a page of another origin can neither command nor read', async (t) => {
  const { page, gateway } = t.context;
  const site = await foreignSite();
  // A server that listens on a port has an address with one.
  const { port } = site.address() as AddressInfo;
  for (const host of ['localhost', '127.0.0.1']) {
    await page.goto(`http://${host}:${port}/`);
    const outcomes: unknown = await page.evaluate(`attack('${gateway.url}')`);
    const refused = { json: 'refused', replay: 'refused', read: 'refused', events: 'refused' };
    // Without CORS a page is told nothing of what became of its request: here it was answered 403.
    t.deepEqual(outcomes, { command: 'opaque', ...refused }, host);
  }
  t.deepEqual(gateway.supervisor.commands, []);
  t.deepEqual(gateway.replayed, []);
  site.close();
});

test('a foreign name that was made to point at this machine opens nothing', async (t) => {
  const { page, gateway } = t.context;
  const rebound = gateway.url.replace('127.0.0.1', REBOUND_NAME);
  for (const path of ['/', '/admin', '/admin/messages', '/admin/events']) {
    t.is((await page.goto(rebound + path))?.status(), 403, path);
  }
});
