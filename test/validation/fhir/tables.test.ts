import test from 'ava';
import { loadTable } from '../../../src/validation/tables.ts';
import { definitionsOf } from '../../../src/validation/fhir/definitions.ts';
import { errata } from '../../../src/validation/fhir/errata.ts';
import { natives } from '../../../src/validation/fhir/native-invariants.ts';
import { releaseOf, releases, versionOf } from '../../../src/validation/fhir/releases.ts';
import { resourceNames } from '../../../src/validation/fhir/resource-names.ts';

type Invariants = readonly (readonly [key: string, severity: string, expression: string, human: string])[];

function table(name: string): Record<string, unknown> {
  const url = new URL(`../../../src/validation/fhir/tables/${name}`, import.meta.url);
  return loadTable(url) as Record<string, unknown>;
}

const published = new Set(
  releases.flatMap((name) => (table(`${name}.json`)['invariants'] as Invariants).map(([, , text]) => text)),
);

for (const release of releases) {
  for (const part of ['', '-extensions', '-value-sets']) {
    test(`${release}${part}.json says where it comes from`, (t) => {
      const source = table(`${release}${part}.json`)['source'] as Record<string, string>;
      t.true(source['what']?.includes(`(${versionOf[release]})`));
      t.truthy(source['licence']);
      t.regex(String(source['packages']), /^npm .* \d+\.\d+\.\d+,npm .*expansions \d/);
      t.is(source['generator'], 'src/validation/fhir/generate-tables.ts');
    });
  }

  test(`all types of ${release} can be read, and each of their elements has a type`, (t) => {
    const definitions = definitionsOf(release);
    const types = new Set(definitions.typeNames);
    for (const name of types) {
      for (const element of definitions.type(name).elements.values()) {
        t.true(
          element.primitive !== null || types.has(element.typeName),
          `${element.path} ${element.typeName}`,
        );
      }
    }
  });
}

test('each release has its resources', (t) => {
  const counts = releases.map((release) => resourceNames(release).length);
  t.deepEqual(counts, [146, 141, 158]);
  for (const release of releases) t.deepEqual(resourceNames(release), definitionsOf(release).resources);
});

test('a version names its release, however much of it is written', (t) => {
  t.deepEqual(['4.0', '4.0.1', '4.3', '4.3.0', '5.0'].map(releaseOf), ['r4', 'r4', 'r4b', 'r4b', 'r5']);
  t.is(releaseOf('3.0'), undefined);
});

test('an erratum is about an expression that a release publishes, and says why', (t) => {
  for (const { published: text, reason } of errata) {
    t.true(published.has(text), text);
    t.regex(reason, /\.$/);
  }
});

test('a native invariant stands for an expression that is published or mended', (t) => {
  const mended = new Set(errata.map(({ expression }) => expression));
  for (const text of natives.keys()) t.true(published.has(text) || mended.has(text), text);
});
