/** The production definition is one that loads, once its secrets are there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConfigError, loadDefinition } from '../../src/config/load.ts';

const FILE = 'config/production.yaml';

test('config/production.yaml loads without a warning where its secrets are there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-production-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(FILE, 'utf8').replaceAll(
    /\$\{file:\/run\/secrets\/([^}]+)\}/g,
    (_, name: string) => {
      const secret = join(folder, name);
      // Of each token another one.
      const digest = Buffer.from(name).toString('hex').padEnd(64, '0').slice(-64);
      writeFileSync(secret, name.startsWith('token-') ? digest : 'placeholder-of-a-secret');
      return `\${file:${secret}}`;
    },
  );
  const file = join(folder, 'production.yaml');
  writeFileSync(file, text);
  const { definition, warnings } = await loadDefinition(file, { env: {} });
  t.deepEqual(warnings, []);
  t.like(definition.app, { port: 8443 });
  t.deepEqual(
    definition.connectors.map(({ config }) => config.type),
    ['RestEndpoint', 'KafkaConsumer'],
  );
});

test('without its secrets it names each file that is missing, and nothing else', async (t) => {
  const error = await t.throwsAsync(loadDefinition(FILE, { env: {} }), { instanceOf: ConfigError });
  const lines = error.message.split('\n');
  t.is(lines.filter((line) => line.includes('/run/secrets/')).length, lines.length);
});
