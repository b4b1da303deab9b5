import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { documents, healthos, nodeOfTheSystem, startCli } from './cli.ts';
import { fakeGateway } from './fake-gateway.ts';

const commands = 'start demo check validate send samples connectors messages tap top machines'.split(' ');

test('--help lists the commands, and ends with 0', async (t) => {
  const { status, stdout } = await healthos(['--help']);
  t.is(status, 0);
  for (const command of commands) t.true(stdout.includes(`\n  ${command}`), command);
});

for (const command of commands) {
  test(`${command} --help shows examples`, async (t) => {
    const { status, stdout } = await healthos([command, '--help']);
    t.is(status, 0);
    t.regex(stdout, new RegExp(`Examples:\n  healthos ${command}`));
  });
}

const mistakes: Readonly<Record<string, readonly [args: readonly string[], says: RegExp]>> = {
  'no command': [[], /Usage: healthos/],
  'a misspelt command': [['valdate', 'x'], /Did you mean validate\?/],
  'a misspelt option': [['check', '--jsno', 'x'], /Did you mean --json\?/],
  'a misspelt command of a command': [['connectors', 'strat'], /Did you mean start\?/],
  'a missing argument': [['validate'], /missing required argument 'path'/],
  'a choice that is none': [
    ['validate', 'x', '--preset', 'lax'],
    /Allowed choices are lenient, standard, strict/,
  ],
  'a path that is not there': [['validate', 'no/such/file'], /no\/such\/file cannot be read \(ENOENT\)/],
  'a folder of profiles that is not there': [
    ['validate', 'package.json', '--fhir-folder', 'no/such/folder'],
    /no\/such\/folder cannot be read \(ENOENT\)/,
  ],
  'a package that does not come with it': [
    ['validate', 'x', '--fhir-packages', 'ips'],
    /There are: us-core-5\.0\.1/,
  ],
  'a connector of no definition': [['validate', 'package.json', '--connector', 'wards'], /name that with -f/],
  'a connector that is none': [
    ['validate', 'package.json', '-f', 'config/hospital.yaml', '--connector', 'wads'],
    /Did you mean wards\?/,
  ],
  'a definition with mistakes in its validation': [
    ['validate', 'package.json', '-f', 'test/config/fixtures/many-mistakes.yaml'],
    /many-mistakes\.yaml:\d+:\d+ validation/,
  ],
  'a number that is none': [['top', '--count', 'many'], /whole number/],
  'a URL that is none': [['connectors', '--url', 'there'], /It must be a URL/],
  'nothing to send': [['send'], /Name the payloads/],
  'an option of another way of sending': [['send', 'x', '--topic', 't'], /--topic is for --via kafka/],
  'waiting for what a broker cannot know': [
    ['send', 'x', '--via', 'nats', '--wait'],
    /see healthos messages/,
  ],
  'a topic that is not named': [
    ['send', '--sample', 'hl7v2-adt-a01', '--via', 'kafka'],
    /Name the topic with --topic/,
  ],
  'a subject for many': [
    ['send', '--sample', 'hl7v2-adt-a01', '--via', 'nats', '--subject', 'a.>'],
    /without wildcards/,
  ],
  'a port that is none': [['start', '--port', '65536'], /from 0 to 65535/],
  'a definition with mistakes': [
    ['start', '-f', 'test/config/fixtures/many-mistakes.yaml'],
    /many-mistakes\.yaml:2:3 app\.hots: There is no such setting here/,
  ],
  'a sample that is none': [['samples', 'no-such-sample'], /There is no sample of this name/],
  'a machine that is none': [['machines', 'conector'], /Did you mean connector\?/],
  'a subject that is none': [['tap', 'a..b'], /A subject is words with dots/],
};

for (const [what, [args, says]] of Object.entries(mistakes)) {
  test(`${what} ends with 2 and a sentence, never a stack`, async (t) => {
    const { status, stderr } = await healthos(args);
    t.is(status, 2);
    t.regex(stderr, says);
    t.notRegex(stderr, /\n\s+at /);
  });
}

test('a gateway that cannot be reached is named in a sentence, with status 1', async (t) => {
  const gateway = await fakeGateway({});
  await gateway[Symbol.asyncDispose]();
  const { status, stderr } = await healthos(['connectors', '--url', gateway.url]);
  t.is(status, 1);
  t.is(
    stderr,
    `healthos: The gateway at ${gateway.url} cannot be reached: Nothing listens there. Is it running (healthos start), and is --url right?\n`,
  );
});

test('something else that answers is told from a gateway', async (t) => {
  await using gateway = await fakeGateway({
    'GET /admin/connectors': (response) => response.end('<html>'),
  });
  const { status, stderr } = await healthos(['connectors'], { env: { HEALTHOS_URL: gateway.url } });
  t.is(status, 1);
  t.regex(stderr, /is not a HealthOS gateway/);
});

test('whoever reads only the beginning of the output causes no error', async (t) => {
  const child = startCli(['machines', '--json']);
  child.stdout?.destroy();
  const [stderr, [status]] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  t.is(stderr, '');
  t.is(status, 0);
});

test('check ends with 0 and a line for a good definition', async (t) => {
  const { status, stdout } = await healthos(['check', 'config/quickstart.yaml']);
  t.is(status, 0);
  t.is(stdout, 'ok  config/quickstart.yaml: 1 connector, no mistake.\n');
});

test('check --json writes a line a mistake, then one for the file', async (t) => {
  const file = 'test/config/fixtures/many-mistakes.yaml';
  const { status, stdout } = await healthos(['check', file, '--json']);
  const lines = documents(stdout);
  t.is(status, 2);
  t.like(lines[0], {
    severity: 'mistake',
    file,
    line: 2,
    column: 3,
    path: 'app.hots',
    suggestion: 'Did you mean host?',
  });
  t.like(lines.at(-1), { file, ok: false, mistakes: lines.length - 1 });
});

test('machines draws the statecharts without a gateway', async (t) => {
  const list = await healthos(['machines']);
  t.is(list.status, 0);
  t.regex(list.stdout, /^NAME +HAS +WHAT\n/);
  const { stdout } = await healthos(['machines', 'connector', '--mermaid']);
  t.regex(stdout, /^stateDiagram-v2\n/);
  const [json] = documents((await healthos(['machines', 'connector', '--json'])).stdout);
  t.is(json?.['name'], 'connector');
});

const old = nodeOfTheSystem();
(old === undefined ? test.skip : test)('any Node from 20 on may run the launcher', async (t) => {
  const good = await healthos(['check', 'config/quickstart.yaml'], { node: old ?? '' });
  t.deepEqual([good.status, good.stderr], [0, '']);
  const bad = await healthos(['check', 'no-such.yaml'], { node: old ?? '' });
  t.is(bad.status, 2);
  const piped = await healthos(['validate', '-', '--json'], { node: old ?? '', input: 'nonsense' });
  t.is(piped.status, 1);
  t.like(documents(piped.stdout)[0], { file: '-', index: 0, format: null, valid: false });
});
