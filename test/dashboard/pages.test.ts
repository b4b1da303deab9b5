import anyTest, { type TestFn } from 'ava';
import { readdir, readFile } from 'node:fs/promises';
import { type Gateway, startGateway } from '../http/admin/fakes.ts';

const test = anyTest as TestFn<Gateway>;
const folder = new URL('../../src/dashboard/', import.meta.url);

test.before(async (t) => {
  t.context = await startGateway();
});

test.after.always((t) => t.context.close());

test('every file of the dashboard is served, with a policy that lets in nothing from elsewhere', async (t) => {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.ts')) continue;
    const response = await t.context.ask(undefined, name === 'index.html' ? '/' : `/dashboard/${name}`);
    t.is(response.status, 200, name);
    t.is(await response.text(), await readFile(new URL(name, folder), 'utf8'));
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    t.regex(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/, name);
    t.false(policy.includes('unsafe'), name);
    t.is(response.headers.get('X-Content-Type-Options'), 'nosniff', name);
    t.is(response.headers.get('X-Frame-Options'), 'DENY', name);
  }
});

test('the page has no script or style in it, and names nothing outside', async (t) => {
  const html = await (await t.context.ask(undefined, '/')).text();
  t.false(/<script(?![^>]* src="\/)|<style|\son\w+=|\sstyle=|https?:\/\//.test(html));
});

test('no script of the page makes markup out of text', async (t) => {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.js')) continue;
    const source = await readFile(new URL(name, folder), 'utf8');
    t.false(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|srcdoc/.test(source), name);
  }
});
