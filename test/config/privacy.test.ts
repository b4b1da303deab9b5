import test from 'ava';
import fc from 'fast-check';
import { ConfigError, loadDefinition } from '../../src/config/load.ts';
import { fixture, mistakesOf, withFile } from './loading.ts';
import { testKnown } from './known.ts';

const SECRET = 'CANARY-4711';

test('a secret appears in no mistake, wherever in the file it is used', async (t) => {
  const env = { HEALTHOS_TEST_SECRET: SECRET, HEALTHOS_TEST_PORT: SECRET };
  const error = await t.throwsAsync(loadDefinition(fixture('secrets.yaml'), { env }, testKnown), {
    instanceOf: ConfigError,
  });
  t.true(error.mistakes.length > 10);
  t.notRegex(JSON.stringify(error.mistakes) + error.message + String(error.stack), /CANARY/);
});

test('a secret written into broken YAML appears in no mistake', async (t) => {
  const broken = [
    `app: { password: "${SECRET}\n`,
    `app: *${SECRET}\n`,
    `app: !${SECRET} x\n`,
    `%${SECRET}\n---\napp: 1`,
    `password: ${SECRET}: x: y\n`,
    `app:\n  password: ${SECRET}\n ${SECRET}\n`,
    `app: &a &b ${SECRET}\n`,
    `"\\q${SECRET}": 1\n`,
  ];
  for (const text of broken) {
    const mistakes = await mistakesOf(text);
    t.true(mistakes.length > 0, text);
    t.notRegex(mistakes.join(), /CANARY/, text);
  }
});

/** Text that resembles a service definition often enough to get far. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'app:',
        'connectors:',
        '  - type: inbound',
        '    id: a',
        '    config:',
        '  port: ',
        '  host: ',
      ),
      fc.constantFrom(
        '      type: RestEndpoint',
        '      url: /a',
        'validation: { rules: { a: b } }',
        '{',
        '[',
        '*a',
      ),
      fc.constantFrom(
        '&a ',
        '${X}',
        '${file:/}',
        '? ',
        '- ',
        '\t',
        '"',
        '|',
        '>',
        '---',
        '!!binary x',
        '<<: *a',
        '#',
      ),
      fc.string(),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.constantFrom(parts.join('\n'), parts.join('')));

/** Values of any shape in the places where the definition has its own. */
const misshapen = fc
  .record(
    {
      app: fc.jsonValue(),
      validation: fc.jsonValue(),
      connectors: fc.array(fc.jsonValue()),
      logging: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));

test('whatever the file holds, loading answers with a definition or with mistakes', async (t) => {
  await withFile('', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(yamlish, misshapen), async (text) => {
        const mistakes = await mistakesOf(text);
        return mistakes.every((mistake) => /^\d+:\d+ ./.test(mistake));
      }),
      { numRuns: 300 },
    );
  });
  t.pass();
});
