/** Canaries in every field of every format, and a look at all that the gateway says beside the bodies themselves. */
import test from 'ava';
import { listSamples, readSample, type Sample } from '../../src/samples/index.ts';
import { framed, message, Sender } from '../connectors/mllp-server/client.ts';
import { mllpWorld, startMllp } from '../integration/mllp-world.ts';
import { type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';

const CANARY = 'CNRYXQ7';
/** Whole, cut short, or in another case: none may be found. */
const trace = /CNRYX/i;

interface Planted {
  readonly what: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Every field; then every field but those of the header, so that the rest is looked at by the rules of its type. */
function inHl7v2(text: string): readonly string[] {
  const plant = (segment: string, keep: number) =>
    segment
      .split('|')
      .map((field, i) => (i < keep || field === '' ? field : CANARY))
      .join('|');
  const segments = text.split('\r').filter((segment) => segment !== '');
  const planted = (header: number) =>
    segments.map((one, i) => plant(one, i === 0 ? header : 1)).join('\r') + '\r';
  const header = segments[0]?.split('|') ?? [];
  const one = (at: number) => header.map((field, i) => (i === at ? CANARY : field)).join('|');
  const headers = header.map((_field, at) =>
    at < 2 ? text : [one(at), ...segments.slice(1)].join('\r') + '\r',
  );
  return [planted(2), planted(12), ...headers];
}

function inX12(text: string): readonly string[] {
  const separator = text.charAt(3);
  const terminator = text.charAt(105);
  const segments = text.split(terminator);
  const plant = (segment: string) =>
    segment
      .split(separator)
      .map((element, i) => (i === 0 || element === '' ? element : CANARY))
      .join(separator);
  const envelope = /^\s*(?:ISA|GS|ST|SE|GE|IEA)/;
  const inside = segments.map((segment) => (envelope.test(segment) ? segment : plant(segment)));
  const everywhere = segments.map((segment) => (/^\s*ISA/.test(segment) ? segment : plant(segment)));
  const isa = text.slice(0, 35) + CANARY.padEnd(15) + text.slice(50);
  return [inside.join(terminator), everywhere.join(terminator), isa];
}

function inJson(text: string): readonly string[] {
  const plant = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => plant(one, key));
    if (typeof value !== 'object' || value === null) return key === 'resourceType' ? value : CANARY;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plant(one, name)]));
  };
  const document: unknown = JSON.parse(text);
  return [
    JSON.stringify(plant(document, '')),
    text.replace(/"resourceType"\s*:\s*"[^"]*"/, `"resourceType":"${CANARY}"`),
    text.replaceAll(/:\s*"[^"]*"/g, (member) => (member.includes('resourceType') ? member : `:"${CANARY}"`)),
  ];
}

/** Every line planted in the same way. */
function inNdjson(text: string): readonly string[] {
  const lines = text.trim().split('\n').map(inJson);
  return (lines[0] ?? []).map((_one, way) => lines.map((line) => line[way] ?? '').join('\n'));
}

function inXml(text: string): readonly string[] {
  return [
    text.replaceAll(/value="[^"]*"/g, `value="${CANARY}"`),
    text.replaceAll(/>([^<\s][^<]*)</g, `>${CANARY}<`),
  ];
}

function inFhir(contentType: string, text: string): readonly string[] {
  if (contentType.endsWith('xml')) return inXml(text);
  return contentType.endsWith('ndjson') ? inNdjson(text) : inJson(text);
}

/** Each text value of the file becomes canaries of the same length. */
function inDicom(bytes: Buffer): readonly Buffer[] {
  const text = bytes.toString('latin1', 132);
  const planted = text.replaceAll(/[ -~]{7,}/g, (value) => CANARY.repeat(40).slice(0, value.length));
  const half = text.replaceAll(/[ -~]{7,}/g, (value) =>
    /^[\d.\0]+$/.test(value) ? value : CANARY.repeat(40).slice(0, value.length),
  );
  return [planted, half].map((data) => Buffer.concat([bytes.subarray(0, 132), Buffer.from(data, 'latin1')]));
}

function plantedIn(sample: Sample): readonly Planted[] {
  const bytes = readSample(sample);
  const text = bytes.toString('utf8');
  const as = (bodies: readonly (string | Buffer)[]) =>
    bodies.map((body, i) => ({
      what: `${sample.name} #${i}`,
      contentType: sample.contentType,
      bytes: new Uint8Array(Buffer.from(body as string)),
    }));
  switch (sample.format) {
    case 'hl7v2':
      return as(inHl7v2(text));
    case 'x12':
      return as(inX12(text));
    case 'dicom':
      return as(inDicom(bytes));
    case 'fhir':
      return as(inFhir(sample.contentType, text));
  }
}

const garbage: readonly Planted[] = [
  'text/plain',
  'application/json',
  'application/fhir+json',
  'application/hl7-v2',
].map((contentType) => ({
  what: `garbage as ${contentType}`,
  contentType,
  bytes: new TextEncoder().encode(`{"data":"PID|${CANARY}","${CANARY}": ${CANARY}`),
}));

const payloads = [
  ...listSamples()
    .filter((sample) => sample.valid)
    .flatMap(plantedIn),
  ...garbage,
];

async function post(gateway: GatewayProcess, planted: Planted): Promise<string> {
  const response = await fetch(`${gateway.url}/ingress`, {
    method: 'POST',
    headers: { 'Content-Type': planted.contentType, Prefer: 'wait=30' },
    body: planted.bytes,
  });
  return `${[...response.headers].join('\n')}\n${await response.text()}`;
}

async function read(gateway: GatewayProcess, path: string): Promise<string> {
  return (await fetch(`${gateway.url}${path}`)).text();
}

test('no value of a message is found in logs, answers, metrics, states or events', async (t) => {
  const gateway = await startGateway(t, { data: temporaryFolder(t) });
  const listening = new AbortController();
  const events = await fetch(`${gateway.url}/admin/events`, { signal: listening.signal });
  const heard: string[] = [];
  const hearing = events.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void heard.push(text) }))
    .catch(() => undefined);

  const ids: string[] = [];
  for (const planted of payloads) {
    const answer = await post(gateway, planted);
    t.notRegex(answer, trace, `the answer to ${planted.what}`);
    ids.push(/"data_id":"([^"]+)"/.exec(answer)?.[1] ?? '');
  }
  t.true(
    ids.every((id) => id !== ''),
    'every payload was stored',
  );
  for (const [i, id] of ids.entries()) {
    t.notRegex(await read(gateway, `/admin/messages/${id}`), trace, `the journey of ${payloads[i]?.what}`);
  }
  for (const path of [
    '/admin',
    '/admin/messages?limit=1000',
    '/admin/connectors',
    '/admin/actors',
    '/admin/config',
    '/metrics',
  ]) {
    t.notRegex(await read(gateway, path), trace, path);
  }
  const [first = ''] = ids;
  t.regex(await read(gateway, `/admin/messages/${first}/body`), trace, 'the body itself is whole');
  t.notRegex(await read(gateway, '/admin/audit'), trace, 'the audit log');

  listening.abort();
  await hearing;
  t.regex(heard.join(''), /event: message/, 'events were heard');
  t.notRegex(heard.join(''), trace, 'the events');
  t.is((await gateway.stop()).code, 0);
  t.notRegex(gateway.log, trace, 'the log');
  t.regex(gateway.log, /message\.invalid/, 'messages were logged');
  t.notRegex(gateway.stderr, trace, 'standard error');
});

test('over MLLP none is found either, but for the header that an answer echoes', async (t) => {
  const world = await mllpWorld(t, { ack: 'validated' });
  const gateway = await startMllp(t, world);
  const framable = payloads.filter(({ contentType }) => /hl7|text/.test(contentType));
  const send = async ({ what, bytes }: Planted) => {
    const sender = await Sender.to(world.port);
    sender.write(framed(bytes), framed(message('last')), `junk ${CANARY}`);
    for (let answer = await sender.next(); answer !== undefined; answer = await sender.next()) {
      t.notRegex(answer.replaceAll(/(?:^MS[HA]|\rMS[HA])[^\r]*/g, ''), trace, `the answer to ${what}`);
    }
  };
  await Promise.all(framable.map(send));
  for (const path of ['/admin/connectors', '/admin/messages?limit=1000', '/metrics']) {
    t.notRegex(await read(gateway, path), trace, path);
  }
  t.is((await gateway.stop()).code, 0);
  t.regex(gateway.log, /mllp\.connection-refused/);
  t.notRegex(gateway.log, trace, 'the log');
});
