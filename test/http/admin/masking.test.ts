import test from 'ava';
import { definitionSchema } from '../../../src/config/schema.ts';
import { type Setting, settingOf } from '../../../src/config/setting.ts';
import { connectorKinds } from '../../../src/connectors/registry.ts';
import { isSecretName, masked } from '../../../src/http/admin/masking.ts';
import { definition } from './fakes.ts';

/** The names of all settings that their schema declares a secret. */
function* secretsOf(setting: Setting): Generator<string> {
  for (const [name, each] of setting.keys) {
    if (each.secret) yield name;
    yield* secretsOf(each);
  }
  for (const part of [setting.items, setting.entries?.value, ...setting.alternatives]) {
    if (part !== undefined) yield* secretsOf(part);
  }
}

test('whatever a schema declares a secret is masked by its name', (t) => {
  const schemas = [definitionSchema, ...[...connectorKinds.values()].map((kind) => kind.schema)];
  const names = schemas.flatMap((schema) => [...secretsOf(settingOf(schema))]);
  t.true(names.length >= 3);
  for (const name of names) t.true(isSecretName(name), name);
});

test('what was read from a secrets file is masked whatever its name', (t) => {
  const { definition: given } = definition();
  const shown = JSON.stringify(
    masked(given, new Map([['connectors[1].config.port', 'env A, file secrets/b']])),
  );
  t.regex(shown, /"port":"\*\*\*"/);
  t.regex(shown, /"user":"SECRET-FILE"/);
});

test('what was filled from an environment variable that is named as a secret is masked', (t) => {
  const { definition: given } = definition();
  const origin = (from: string) => new Map([['connectors[1].config.user', from]]);
  t.regex(JSON.stringify(masked(given, origin('env DB_PASSWORD'))), /"user":"\*\*\*"/);
  t.regex(JSON.stringify(masked(given, origin('env HOME, env LAB_TOKEN'))), /"user":"\*\*\*"/);
  t.regex(JSON.stringify(masked(given, origin('env LAB_USER'))), /"user":"SECRET-FILE"/);
});
