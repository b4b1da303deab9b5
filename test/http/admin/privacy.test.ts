import anyTest, { type TestFn } from 'ava';
import { type Gateway, small, startGateway } from './fakes.ts';

const test = anyTest as TestFn<Gateway>;

test.before(async (t) => {
  t.context = await startGateway();
});

test.after.always((t) => t.context.close());

const canary = 'CANARYjohnDOE';

/** Every place of a request in which somebody might write a name. */
const requests: readonly [method: string, path: string, body?: string][] = [
  ['GET', `/admin/messages?${canary}=1`],
  ['GET', `/admin/messages?state=${canary}`],
  ['GET', `/admin/messages?limit=${canary}`],
  ['GET', `/admin/messages?since=${canary}`],
  ['GET', `/admin/messages?until=${canary}`],
  ['GET', `/admin/messages?format=${canary}`],
  ['GET', `/admin/messages?rule=${canary}`],
  ['GET', `/admin/messages?q=${canary}`],
  ['GET', `/admin/messages?cursor=${canary}`],
  ['GET', `/admin/messages?connector=${canary}%20`],
  ['GET', `/admin/messages/${canary}`],
  ['GET', `/admin/messages/${canary}/body`],
  ['POST', `/admin/messages/${canary}/replay`, canary],
  ['POST', `/admin/messages/${small}/replay`, canary],
  ['POST', `/admin/messages/${small}/replay?x=${canary}`, canary],
  ['GET', `/admin/machines/${canary}`],
  ['GET', `/admin/audit?cursor=${canary}`],
  ['GET', `/admin/connectors/${canary}`],
  ['POST', `/admin/connectors/rest-connector/${canary}`],
  ['POST', `/admin/connectors/rest-connector/stop?wait=${canary}`, canary],
  ['POST', '/admin/connectors/rest-connector/stop', canary],
  ['GET', `/admin/${canary}`],
  ['GET', `/admin/config?${canary}`],
];

for (const [method, path, body] of requests) {
  const title = `${method} ${path}`.replaceAll(canary, '…');
  test(`${title}: neither the answer nor the log repeats what was asked`, async (t) => {
    const init = { method, headers: { 'X-Test': canary }, ...(body === undefined ? {} : { body }) };
    const response = await t.context.ask('admin', path, init);
    const headers = JSON.stringify([...response.headers]);
    t.false((headers + (await response.text())).includes(canary));
    t.false(t.context.log().includes(canary));
  });
}

test.serial(
  'the audit log holds ids that have the form of an id, and nothing else of a request',
  async (t) => {
    const response = await t.context.ask('admin', '/admin/audit?limit=1000');
    t.false((await response.text()).includes(canary));
  },
);
