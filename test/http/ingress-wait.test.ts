/** `Prefer: wait` and `Idempotency-Key`: what a sender is told of his message, and when. */
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import type { Journey, MessageState } from '../../src/store/journal.ts';
import { accept, adt, isProblem, memoryStore, post, startIngress } from './ingress-fixture.ts';
import type { FixtureOptions } from './ingress-fixture.ts';

const issue = {
  rule: 'hl7v2/required-segment',
  severity: 'error',
  location: 'EVN',
  message: 'EVN is missing.',
  spec: 'HL7 v2.5.1, 3.3.1',
} as const;

function journey(dataId: string, state: MessageState): Journey {
  return {
    data_id: dataId,
    connector: 'rest',
    format: 'hl7v2',
    version: '2.5',
    type: 'ADT^A01',
    state,
    received_at: '2026-01-02T03:04:05.000Z',
    bytes: adt.length,
    content_type: 'application/hl7-v2',
    steps: [],
    issues: state === 'invalid' ? [issue] : [],
    issues_total: state === 'invalid' ? 1 : 0,
    parent_id: null,
    replays: [],
  };
}

/** A journal that answers with this state, and notes how long it was asked to wait. */
function judging(state: MessageState, waits: number[] = []): FixtureOptions {
  const verdict = (dataId: string, timeoutMs: number) => {
    waits.push(timeoutMs);
    return Promise.resolve(journey(dataId, state));
  };
  return { context: { verdict } };
}

test('A valid message whose sender waits is answered 200 with the verdict', async (t) => {
  const fixture = await startIngress(t, judging('valid'));
  const response = await post(fixture, adt, { Prefer: 'wait=5' });
  t.is(response.status, 200);
  t.is(response.headers.get('preference-applied'), 'wait');
  const { data_id, ...rest } = (await response.json()) as Record<string, unknown>;
  t.is(response.headers.get('location'), `/admin/messages/${String(data_id)}`);
  t.deepEqual(rest, {
    status: 'valid',
    valid: true,
    content_type: 'application/hl7-v2',
    format: 'hl7v2',
    version: '2.5',
    type: 'ADT^A01',
    issues: [],
    issues_total: 0,
  });
});

test('A message that was delivered meanwhile, or could not be, was valid before', async (t) => {
  for (const state of ['delivered', 'deadletter'] as const) {
    const fixture = await startIngress(t, judging(state));
    t.is((await post(fixture, adt, { Prefer: 'wait=5' })).status, 200);
  }
});

test('An invalid one is answered 422 with its issues', async (t) => {
  const fixture = await startIngress(t, judging('invalid'));
  const response = await post(fixture, adt, { Prefer: 'respond-async, wait=5' });
  t.is(response.headers.get('preference-applied'), 'wait');
  const problem = await isProblem(t, response, 422, 'message/invalid');
  t.like(problem, {
    issues: [issue],
    issues_total: 1,
    format: 'hl7v2',
    version: '2.5',
    message_type: 'ADT^A01',
    detail: 'The message is stored, and is invalid: 1 error is listed.',
  });
  t.is(response.headers.get('location'), `/admin/messages/${String(problem['data_id'])}`);
});

test('No sender waits for more than 30 seconds, and none who does not say so', async (t) => {
  const waits: number[] = [];
  const fixture = await startIngress(t, judging('valid', waits));
  for (const prefer of ['wait=3', 'wait=31', 'wait=999999999', 'handling=strict; foo, wait = 7']) {
    t.is((await post(fixture, adt, { Prefer: prefer })).status, 200, prefer);
  }
  t.deepEqual(waits, [3000, 30_000, 30_000, 7000]);
  for (const prefer of ['wait=0', 'wait', 'wait=soon', 'return=minimal', 'await=5']) {
    t.is((await post(fixture, adt, { Prefer: prefer })).status, 202, prefer);
  }
  t.is(waits.length, 4);
});

test('Without a verdict in time, or with a journal that fails, the answer is the 202: the message is stored', async (t) => {
  const verdicts = [
    () => Promise.resolve(undefined),
    (dataId: string) => Promise.resolve(journey(dataId, 'received')),
    () => Promise.reject(new HealthosError('journal/unavailable', 'It is being rebuilt.')),
  ];
  for (const verdict of verdicts) {
    const fixture = await startIngress(t, { context: { verdict } });
    const response = await post(fixture, adt, { Prefer: 'wait=1' });
    t.is(response.status, 202);
    t.is(response.headers.get('preference-applied'), null);
  }
});

test('A server that closes answers those who wait with the 202', async (t) => {
  const asked = Promise.withResolvers<undefined>();
  const verdict = () => {
    asked.resolve(undefined);
    return new Promise<undefined>(() => undefined);
  };
  const fixture = await startIngress(t, { context: { verdict } });
  const answering = post(fixture, adt, { Prefer: 'wait=30' });
  await asked.promise;
  await fixture.server.close();
  const response = await answering;
  t.is(response.status, 202);
  t.is(response.headers.get('connection'), 'close');
});

test('A connector that stops answers those who wait with the 202, and does not drain for them', async (t) => {
  const asked = Promise.withResolvers<undefined>();
  const verdict = () => {
    asked.resolve(undefined);
    return new Promise<undefined>(() => undefined);
  };
  const fixture = await startIngress(t, { context: { verdict } });
  const answering = post(fixture, adt, { Prefer: 'wait=30' });
  await asked.promise;
  await fixture.stop();
  t.is((await answering).status, 202);
});

test('An Idempotency-Key becomes the identity of the message, apart for each caller, and is never passed on', async (t) => {
  const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'; // of "test"
  const other = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752'; // of "test2"
  const tokens = [
    { name: 'lab', role: 'sender', sha256 },
    { name: 'ward', role: 'sender', sha256: other },
  ] as const;
  const fixture = await startIngress(t, { server: { auth: { tokens } } });
  const key = 'order-Doe-Jo-1';
  for (const token of ['test', 'test', 'test2']) {
    await post(fixture, adt, { Authorization: `Bearer ${token}`, 'Idempotency-Key': key });
  }
  const [first, second, third] = fixture.arrivals.map(({ sourceKey }) => sourceKey);
  t.regex(String(first), /^idempotency\/lab\/[0-9a-f]{64}$/);
  t.is(second, first);
  t.regex(String(third), /^idempotency\/ward\//);
  await post(fixture, adt, { Authorization: 'Bearer test' });
  t.is(fixture.arrivals[3]?.sourceKey, undefined);
});

test('A message that came before is answered as the first one was', async (t) => {
  const dataId = '01990000-0000-7000-8000-00000000000a';
  const deliver = async (arrival: Parameters<typeof accept>[0]) => ({
    ...(await accept(arrival)),
    dataId,
    duplicate: true,
  });
  const fixture = await startIngress(t, { deliver });
  const response = await post(fixture, adt, { 'Idempotency-Key': 'k' });
  t.is(response.status, 202);
  t.like(await response.json(), { status: 'received', data_id: dataId });
});

test('Another body under a key is 422', async (t) => {
  const reused = new HealthosError('request/key-reused', 'Use a new key.');
  const fixture = await startIngress(t, { deliver: () => Promise.reject(reused) });
  await isProblem(t, await post(fixture, adt, { 'Idempotency-Key': 'k' }), 422, 'request/key-reused');
});

test('By Accept the verdict comes as an OperationOutcome, with the same status', async (t) => {
  for (const [state, status] of [
    ['valid', 200],
    ['invalid', 422],
  ] as const) {
    const fixture = await startIngress(t, judging(state));
    const accepts = [
      'application/fhir+json',
      'application/json;q=0.5, application/fhir+json; fhirVersion=4.0',
    ];
    for (const accept of accepts) {
      const response = await post(fixture, adt, { Prefer: 'wait=5', Accept: accept });
      t.is(response.status, status);
      t.is(response.headers.get('content-type'), 'application/fhir+json');
      t.truthy(response.headers.get('location'));
      t.like(await response.json(), { resourceType: 'OperationOutcome' });
    }
  }
});

test('A dialect answers only messages of its own format, or of none', async (t) => {
  const verdict = (dataId: string) =>
    Promise.resolve({ ...journey(dataId, 'valid'), format: 'fhir' as const, version: '4.0.1' });
  const fixture = await startIngress(t, { context: { verdict } });
  for (const accept of ['application/hl7-v2', 'application/EDI-X12']) {
    const response = await post(fixture, '{"resourceType":"Basic"}', { Prefer: 'wait=5', Accept: accept });
    t.is(response.status, 200);
    t.is(response.headers.get('content-type'), 'application/json', accept);
  }
});

test('JSON is what everybody else gets', async (t) => {
  const fixture = await startIngress(t, judging('valid'));
  const accepts = [
    '*/*',
    'application/json, application/fhir+json',
    'text/html',
    'application/fhir+json;q=0',
    ';;,,=',
  ];
  for (const accept of accepts) {
    const response = await post(fixture, adt, { Prefer: 'wait=5', Accept: accept });
    t.is(response.headers.get('content-type'), 'application/json', accept);
  }
});

test('By Accept the verdict comes as an ACK, with the same status', async (t) => {
  for (const [state, status, code] of [
    ['valid', 200, 'AA'],
    ['invalid', 422, 'AE'],
  ] as const) {
    const fixture = await startIngress(t, judging(state));
    for (const accept of ['application/hl7-v2', 'x-application/hl7-v2+er7']) {
      const response = await post(fixture, adt, { Prefer: 'wait=5', Accept: accept });
      t.is(response.status, status);
      t.is(response.headers.get('content-type'), 'application/hl7-v2');
      const ack = await response.text();
      t.regex(ack, new RegExp(`^MSH\\|[^\r]+\rMSA\\|${code}\\|42\r`));
      t.true((ack.split('|')[9]?.length ?? 0) <= 20);
    }
  }
});

test('The ACK of a message that went to the object store knows its header', async (t) => {
  const fixture = await startIngress(t, judging('valid'));
  const large = `${adt}OBX|1|ED|||${'x'.repeat(300_000)}\r`;
  const response = await post(fixture, large, { Prefer: 'wait=5', Accept: 'application/hl7-v2' });
  t.regex(await response.text(), /\rMSA\|AA\|42\r/);
});

test('By Accept the verdict comes as a 999 or TA1, of an interchange that went to the object store too', async (t) => {
  const verdict = (dataId: string) =>
    Promise.resolve({ ...journey(dataId, 'valid'), format: 'x12' as const, version: '005010' });
  const fixture = await startIngress(t, { context: { verdict } });
  const headers = { Prefer: 'wait=5', Accept: 'application/EDI-X12' };
  const interchange = [
    'ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *260102*0304*^*00501*000000007*0*T*:',
    'GS*HS*CLINIC*PAYER*20260102*0304*1*X*005010X279A1',
    'ST*270*0001*005010X279A1',
    'SE*2*0001',
    'GE*1*1',
    'IEA*1*000000007',
  ];
  const response = await post(fixture, `${interchange.join('~')}~`, headers);
  t.is(response.headers.get('content-type'), 'application/EDI-X12');
  t.regex(await response.text(), /^ISA\*00\*.*\*000000001\*0\*T\*:~.*~ST\*999\*/s);
  const inquiry = `${interchange.slice(2, 4).join('~')}~`;
  const many = `${interchange.slice(0, 2).join('~')}~${inquiry.repeat(8000)}GE*8000*1~IEA*1*000000007~`;
  const large = await post(fixture, many, headers);
  t.is(fixture.objects.size, 1);
  t.regex(await large.text(), /~AK9\*A\*8000\*8000\*8000~/);
});

test('An interchange that can no longer be read is told in JSON', async (t) => {
  const verdict = (dataId: string) =>
    Promise.resolve({ ...journey(dataId, 'valid'), format: 'x12' as const, version: '005010' });
  const gone = () => Promise.reject(new HealthosError('message/body-gone', 'It is gone.'));
  const objects = { ...memoryStore().store, get: gone };
  const fixture = await startIngress(t, { context: { verdict }, objects });
  const headers = { Prefer: 'wait=5', Accept: 'application/EDI-X12' };
  const response = await post(fixture, `ISA*00*${' '.repeat(300_000)}`, headers);
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), 'application/json');
});

test('An acknowledgement of X12 is not acknowledged: its sender gets JSON', async (t) => {
  const verdict = (dataId: string) =>
    Promise.resolve({ ...journey(dataId, 'valid'), format: 'x12' as const, version: null });
  const fixture = await startIngress(t, { context: { verdict } });
  const note = [
    'ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *260102*0304*^*00501*000000007*0*T*:',
    'TA1*000000001*260102*0304*A*000',
    'IEA*0*000000007',
  ];
  const headers = { Prefer: 'wait=5', Accept: 'application/EDI-X12' };
  const response = await post(fixture, `${note.join('~')}~`, headers);
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), 'application/json');
});
