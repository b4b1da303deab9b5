import test from 'ava';
import { mistakesOf } from './loading.ts';

/** A connector in one line, so that the lines of a case are easy to count. */
const rest = 'connectors: [{ type: inbound, id: rest, config: { type: RestEndpoint, url: /ingress } }]';

const cases: Readonly<Record<string, readonly [text: string, ...mistakes: string[]]>> = {
  'a misspelt key': [
    `app:\n  prot: 1\n${rest}`,
    '2:3 app.prot: There is no such setting here. (Did you mean port?)',
  ],
  'a key in the words of another language': [
    `app: { messaging: { publishTimeoutS: 3 } }\n${rest}`,
    '1:21 app.messaging.publishTimeoutS: There is no such setting here. (Did you mean publish_timeout_s?)',
  ],
  'a key in the wrong place': [
    `port: 1\n${rest}`,
    '1:1 port: There is no such setting here. (It belongs at app.port.)',
  ],
  'a key that resembles none': [
    `logging: { zzz: 1 }\n${rest}`,
    '1:12 logging.zzz: There is no such setting here. (Known here: level, format.)',
  ],
  'a misspelt value': [
    `validation: { preset: stict }\n${rest}`,
    '1:23 validation.preset: This must be one of lenient, standard, strict. (Did you mean strict?)',
  ],
  'a missing key': [
    'connectors:\n  - type: inbound\n    id: x\n',
    '2:5 connectors[0].config: config is missing. (Add config: What the kind of connector needs.)',
  ],
  'no connectors': [
    'app: {}',
    '1:1 connectors: connectors is missing. (Add connectors: Where messages come from and go to.)',
  ],
  'a key without a value': [
    `app:\n  port:\n${rest}`,
    '2:8 app.port: This has no value. (Give it one, or leave the key out.)',
  ],
  'a mapping where there must be a list': [
    'connectors: { a: 1 }',
    '1:13 connectors: This must be a list: lines that begin with a hyphen.',
  ],
  'text where there must be a number': [
    `app: { port: http }\n${rest}`,
    '1:14 app.port: This must be a number.',
  ],
  'a number where there must be text': [
    `app: { messaging: { url: 4222 } }\n${rest}`,
    '1:26 app.messaging.url: This must be text. (For example: embedded:./data)',
  ],
  'an unknown unit': [
    `app: { messaging: { retention: { max_age: 7y, max_bytes: 3 parsecs } } }\n${rest}`,
    '1:43 app.messaging.retention.max_age: This must be a duration, such as 30s, 15m, 12h or 7d.',
    '1:58 app.messaging.retention.max_bytes: This must be a size, such as 512, 64KiB or 20GB.',
  ],
  'an address that others reach, without authentication': [
    `app: { host: 0.0.0.0 }\n${rest}`,
    '1:14 app.host: Others can reach this address, and without app.auth they could do anything. (Add app.auth.tokens, or listen on 127.0.0.1, or accept it with app.insecure_bind: true.)',
  ],
  'two ways to say who we are at a NATS server': [
    `app: { messaging: { url: "nats://a:4222", creds: /a.creds, token: abc } }\n${rest}`,
    '1:43 app.messaging.creds: Only one of user, token and creds says who we are, and there is token already. (Leave the others out.)',
  ],
  'a user without a password, and a certificate without a key': [
    `app: { messaging: { url: "nats://a:4222", user: ops, tls: { cert: /a.pem } } }\n${rest}`,
    '1:49 app.messaging.user: A user and a password go together.',
    '1:59 app.messaging.tls: A certificate (cert) and its key go together.',
  ],
  'subjects of the bus that are none, or taken': [
    `app: { messaging: { url: "nats://a:4222", ingress_subject: a.*, error_subject: lfh.healthos.delivered } }\n${rest}`,
    '1:60 app.messaging.ingress_subject: This is not what it must be: The subject of every message as received.',
    '1:80 app.messaging.error_subject: The bus uses this subject for something else.',
  ],
  'a connector of the next version': [
    'connectors: [{ type: inbound, id: k, config: { type: KafkaConsumer, topics: [a] } }]',
    '1:54 connectors[0].config.type: The inbound KafkaConsumer is not in this version. (Its inbound connectors are RestEndpoint.)',
  ],
  'a connector in the wrong direction': [
    'connectors: [{ type: inbound, id: k, config: { type: KafkaProducer } }]',
    '1:54 connectors[0].config.type: This kind of connector is outbound only. (The inbound connectors are RestEndpoint.)',
  ],
  'a misspelt connector': [
    'connectors: [{ type: inbound, id: k, config: { type: restendpiont } }]',
    '1:54 connectors[0].config.type: There is no such kind of connector. (Did you mean RestEndpoint?)',
  ],
  'two connectors of one id, on one route': [
    `connectors:
  - { type: inbound, id: a, config: { type: RestEndpoint, url: /in } }
  - { type: inbound, id: a, config: { type: RestEndpoint, url: /in, http_method: POST } }
  - { type: inbound, id: c, config: { type: RestEndpoint, url: /in, http_method: put } }`,
    '3:26 connectors[1].id: Another connector has this id: the one in line 2. (Give each its own.)',
    '3:64 connectors[1].config.url: The connector in line 2 answers at this address already. (Choose another path.)',
  ],
  'a first wait longer than the longest': [
    'connectors: [{ type: inbound, id: a, backoff: { initial_ms: 9000 }, config: { type: RestEndpoint, url: /in } }]',
    '1:61 connectors[0].backoff.initial_ms: The first wait is longer than the longest (max_ms).',
  ],
  'a misspelt rule': [
    `validation: { rules: { hl7v2/required-feild: off } }\n${rest}`,
    '1:24 validation.rules["hl7v2/required-feild"]: There is no rule of this name. (Did you mean hl7v2/required-field?)',
  ],
  'a variable that is not set': [
    `app: { port: "\${NO_SUCH}" }\n${rest}`,
    '1:14 app.port: The environment variable NO_SUCH is not set. (Set it, or give a default: ${NO_SUCH:-…}.)',
  ],
  'a secret that is not there': [
    `app: { host: "\${file:/no/such/secret}" }\n${rest}`,
    '1:14 app.host: The file /no/such/secret cannot be read (ENOENT). (Check that it is there and that the gateway may read it.)',
  ],
  'a secret that is a folder': [
    `app: { host: "\${file:/}" }\n${rest}`,
    '1:14 app.host: The file / cannot be read (not a file). (Check that it is there and that the gateway may read it.)',
  ],
  'a substitution that is none': [
    `app: { host: "\${1+1}" }\n${rest}`,
    '1:14 app.host: This `${…}` is not understood. (Write ${NAME}, ${NAME:-default} or ${file:/path}.)',
  ],
  'a key that is there twice': [
    `app: { port: 1, port: 2 }\n${rest}`,
    '1:17 app.port: This key is here twice: first in line 1. (Keep one of them.)',
  ],
  'a key that would change every object': [
    `app: { __proto__: { port: 1 } }\n${rest}`,
    '1:8 app: This cannot be the name of a setting.',
  ],
  'a list as a key': [`? [a]\n: 1\n${rest}`, '1:3 This cannot be the name of a setting.'],
  'an empty file': ['', '1:1 The file is empty. (config/quickstart.yaml shows one that works.)'],
  'a file of comments': [
    '# nothing\n',
    '1:1 The file is empty. (config/quickstart.yaml shows one that works.)',
  ],
  'a file that is a list': [
    '- a\n',
    '1:1 The file must hold a mapping: lines of the form key: value. (config/quickstart.yaml shows one that works.)',
  ],
  'a tab that indents': ['app:\n\tport: 1\n', '2:1 Tabs cannot indent in YAML. (Use spaces.)'],
  'a bracket that is not closed': [
    'app: { port: 1\n',
    '2:1 This line is indented wrongly, or a bracket before it is not closed. (Lines of one mapping or list begin in the same column.)',
  ],
  'a substitution without quotes inside of braces': [
    `app: { messaging: { user: \${USER:-a}, token: \${TOKEN} }, port: 1 }\n${rest}`,
    '1:28 This is not expected here. (Is a quote, a bracket or a colon missing before it? Inside of { } a value with ${…} needs quotes.)',
  ],
  'a second document': [
    `${rest}\n---\na: 1\n`,
    '2:1 The file holds more than one document. (Keep what is before the line of ---.)',
  ],
  'a tag of another program': [
    'app: !vault x\n',
    '1:6 This tag is not known here. (Leave it out; text that begins with ! needs quotes.)',
  ],
  'an alias without an anchor': [`app: *x\n${rest}`, '1:6 app: This alias has no anchor before it.'],
};

for (const [what, [text, ...mistakes]] of Object.entries(cases)) {
  test(`${what} is reported with its place and a suggestion`, async (t) => {
    t.deepEqual(await mistakesOf(text), mistakes);
  });
}

test('a file that is no text is a mistake', async (t) => {
  t.deepEqual(await mistakesOf(new Uint8Array([0x61, 0xff, 0xfe])), ['1:1 The file is not text in UTF-8.']);
});

test('a file that is too large, too deep or too wide is a mistake, not a wait', async (t) => {
  t.regex((await mistakesOf(`# ${'x'.repeat(2 ** 18)}`)).join(), /too large/);
  t.regex((await mistakesOf('['.repeat(50_000))).join(), /nested too deeply/);
  t.regex((await mistakesOf(`a: ${'{a: '.repeat(50)}1${'}'.repeat(50)}`)).join(), /nested too deeply/);
  const wide = Array.from({ length: 25_000 }, (_, i) => `k${i}: 1`).join('\n');
  t.regex((await mistakesOf(wide)).join(), /more than a service definition can/);
});

test('aliases that multiply are stopped', async (t) => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  t.regex((await mistakesOf(bomb.join('\n'))).join(), /too many aliases/);
});

test('an alias of what is around it is stopped', async (t) => {
  t.regex((await mistakesOf('a: &a { b: *a }')).join(), /nested too deeply|no anchor/);
});

test('an alias that is within bounds is what it stands for', async (t) => {
  const text = `
connectors:
  - type: inbound
    id: a
    restart: &often { intensity: 9, period_s: 60 }
    config: { type: RestEndpoint, url: /a }
  - type: inbound
    id: b
    restart: *often
    config: { type: RestEndpoint, url: /b }
`;
  t.deepEqual(await mistakesOf(text), []);
});

test('an address that others reach is accepted with tokens, or on request', async (t) => {
  const hash = 'a'.repeat(64);
  t.deepEqual(await mistakesOf(`app: { host: 0.0.0.0, insecure_bind: true }\n${rest}`), []);
  t.deepEqual(
    await mistakesOf(
      `app: { host: "::", auth: { tokens: [{ name: a, role: admin, sha256: ${hash} }] } }\n${rest}`,
    ),
    [],
  );
});
