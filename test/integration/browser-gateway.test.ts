/** The dashboard in a real browser, over the whole gateway: what a newcomer sees after the first message. */
import anyTest, { type TestFn } from 'ava';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { loadDefinition } from '../../src/config/load.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import { createLogger } from '../../src/logging.ts';
import { openBrowser } from './open-browser.ts';

interface Context {
  browser: Browser;
  gateway: Gateway;
  page: Page;
}

const test = (anyTest as TestFn<Context>).serial;

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

test.before(async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'healthos-browser-'));
  const loaded = await loadDefinition('config/quickstart.yaml', { port: 0, data, env: {} });
  const log = createLogger({ level: 'error', format: 'json' }, nowhere);
  t.context.gateway = await startGateway(loaded, log, { inspect: false });
  t.context.browser = await openBrowser();
  t.context.page = await t.context.browser.newPage({ viewport: { width: 1280, height: 900 } });
});

test.after.always(async (t) => {
  await t.context.browser.close();
  await t.context.gateway.stop();
});

/** Synthetic. A gender that is no code of FHIR's makes the second one invalid. */
const good =
  'MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|1|P|2.5.1\rEVN||20260301120000\rPID|1||4711^^^NORTH^MR||DOE^JANE\rPV1|1|I\r';
const bad = '{"resourceType":"Patient","gender":"unsaid"}';

async function send(gateway: Gateway, body: string): Promise<void> {
  await fetch(`${gateway.url}/ingress`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/hl7-v2' },
  });
}

test('an empty gateway says how to send a first message', async (t) => {
  const { page, gateway } = t.context;
  await page.goto(gateway.url);
  await page.getByText('No messages yet.').waitFor();
  await page.getByText(`${gateway.url}/ingress`).waitFor();
  t.pass();
});

test('a message shows up by itself, and so does its verdict', async (t) => {
  const { page, gateway } = t.context;
  await send(gateway, good);
  await page.locator('tr', { hasText: 'ADT^A01' }).getByText('valid', { exact: true }).waitFor();
  await send(gateway, bad);
  await page.locator('tr', { hasText: 'Patient' }).getByText('invalid', { exact: true }).waitFor();
  t.is(await page.locator('#messages tbody tr').count(), 2);
});

test('the journey of an invalid message tells what is wrong, and a replay has a journey of its own', async (t) => {
  const { page } = t.context;
  await page.locator('tr', { hasText: 'Patient' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Patient.gender', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'replay' }).click();
  await dialog.getByText('A replay of').waitFor();
  await dialog.getByText('Validated: invalid', { exact: false }).waitFor();
  t.pass();
});

test('the body comes as a file', async (t) => {
  const { page } = t.context;
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'download the body' }).click(),
  ]);
  t.regex(download.suggestedFilename(), /^[0-9a-f-]{36}\.json$/);
  await page.keyboard.press('Escape');
});

test('a connector that was stopped refuses, and takes messages in again after a start', async (t) => {
  const { page, gateway } = t.context;
  await page.getByRole('button', { name: /^stop / }).click();
  await page.getByText('by the operator', { exact: true }).waitFor();
  const refused = await fetch(`${gateway.url}/ingress`, { method: 'POST', body: good });
  t.is(refused.status, 503);
  await page.getByRole('button', { name: /^start / }).click();
  await page.locator('.connector .pill.good').waitFor();
  await send(gateway, good);
  await page.locator('#messages tbody tr').nth(3).waitFor();
});

test('a page that looks on while the gateway stops says that it is no longer live', async (t) => {
  const { page, gateway } = t.context;
  await gateway.stop();
  await page.getByText(/^Not live since/).waitFor();
  t.pass();
});
