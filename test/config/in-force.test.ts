/** What is shown of the configuration once connectors have read their parts again. */
import test from 'ava';
import { loadConnector, loadDefinition } from '../../src/config/load.ts';
import { inForce } from '../../src/config/in-force.ts';
import { testKnown } from './known.ts';
import { withFile } from './loading.ts';

const head = 'app: { port: 8080 }\nconnectors:\n';

function connector(id: string, url: string): string {
  return `  - type: inbound\n    id: ${id}\n    config: { type: RestEndpoint, url: "${url}" }\n`;
}

test('the part that was read again replaces its values and origins, wherever it stands in the file now', async (t) => {
  const loaded = await withFile(head + connector('a', '/a') + connector('b', '/b'), (file) =>
    loadDefinition(file, { env: {} }, testKnown),
  );
  const env = { PLACE: '/there' };
  const reread = await withFile(head + connector('b', '${PLACE}'), (file) =>
    loadConnector(file, 'b', env, testKnown),
  );
  const { definition, origins, file } = inForce(loaded, new Map([['b', reread]]));
  t.is(file, loaded.file);
  t.deepEqual(
    definition.connectors.map(({ config }) => config['url']),
    ['/a', '/there'],
  );
  t.is(origins.get('connectors[1].config.url'), 'env PLACE');
  t.is(origins.get('connectors[0].config.url'), loaded.origins.get('connectors[0].config.url'));
  t.deepEqual([...origins.keys()].sort(), [...loaded.origins.keys()].sort());
});

test('what was taken out of the part has no origin any more, and the loaded definition stays as it was', async (t) => {
  const named = head + connector('a', '/a') + '    rate_limit: { per_second: 5, burst: 9 }\n';
  const loaded = await withFile(named, (file) => loadDefinition(file, { env: {} }, testKnown));
  const reread = await withFile(head + connector('a', '/a'), (file) =>
    loadConnector(file, 'a', {}, testKnown),
  );
  const before = new Map(loaded.origins);
  t.true(before.has('connectors[0].rate_limit.per_second'));
  const { definition, origins } = inForce(loaded, new Map([['a', reread]]));
  t.is(definition.connectors[0]?.rate_limit, undefined);
  t.false(origins.has('connectors[0].rate_limit.per_second'));
  t.deepEqual(loaded.origins, before);
});
