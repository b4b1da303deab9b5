/** `POST /validate` over a real socket. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createHttpServer } from '../../src/http/server.ts';
import { validateRoute } from '../../src/http/validate.ts';
import type { Payload } from '../../src/validation/on-demand.ts';
import type { Verdict } from '../../src/validation/issue.ts';
import { adt, isProblem, quiet } from './ingress-fixture.ts';

const verdict: Verdict = {
  format: 'hl7v2',
  version: '2.5',
  type: 'ADT^A01',
  valid: false,
  issues: [
    {
      rule: 'hl7v2/required-segment',
      severity: 'error',
      location: 'EVN',
      message: 'EVN is missing.',
      spec: 'HL7 v2.5',
    },
  ],
  issuesTotal: 1,
};

async function start(t: ExecutionContext) {
  const asked: { text: string; hint: string | undefined }[] = [];
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet });
  const validate = ({ bytes, hint }: Payload) => {
    asked.push({ text: Buffer.from(bytes).toString(), hint });
    return Promise.resolve(verdict);
  };
  server.use(validateRoute({ validate, maxBytes: 1000 }));
  t.teardown(() => server.close());
  const { url } = await server.listen();
  return { asked, url: `${url}/validate` };
}

test('A payload is answered 200 with its verdict, bad as it may be', async (t) => {
  const { url, asked } = await start(t);
  const response = await fetch(url, {
    method: 'POST',
    body: adt,
    headers: { 'Content-Type': 'application/hl7-v2' },
  });
  t.is(response.status, 200);
  const { issuesTotal, ...rest } = verdict;
  t.deepEqual(await response.json(), { ...rest, issues_total: issuesTotal });
  t.deepEqual(asked, [{ text: adt, hint: 'application/hl7-v2' }]);
});

test("The seed's form is undone here as well", async (t) => {
  const { url, asked } = await start(t);
  const headers = { 'Content-Type': 'application/json' };
  await fetch(url, { method: 'POST', body: JSON.stringify({ data: adt }), headers });
  t.is(asked[0]?.text, adt);
});

test('It refuses as ingress does: nothing, too much, an unknown coding, another method', async (t) => {
  const { url } = await start(t);
  await isProblem(t, await fetch(url, { method: 'POST' }), 400, 'request/empty-body');
  await isProblem(t, await fetch(url, { method: 'POST', body: 'x'.repeat(1001) }), 413, 'request/too-large');
  const coded = await fetch(url, { method: 'POST', body: 'x', headers: { 'Content-Encoding': 'lzma' } });
  t.is(coded.headers.get('accept-encoding'), 'gzip, deflate, br');
  await isProblem(t, coded, 415, 'request/content-coding');
  const get = await fetch(url);
  t.is(get.headers.get('allow'), 'POST');
  await isProblem(t, get, 405, 'request/method-not-allowed');
});
