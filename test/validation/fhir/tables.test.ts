import test from 'ava';
import { loadTable } from '../../../src/validation/tables.ts';
import { isResourceType, typeDefinition } from '../../../src/validation/fhir/definitions.ts';

const names = ['structures.json', 'value-sets.json'] as const;

function table(name: string): Record<string, unknown> {
  const url = new URL(`../../../src/validation/fhir/tables/${name}`, import.meta.url);
  return loadTable(url) as Record<string, unknown>;
}

for (const name of names) {
  test(`${name} says where it comes from`, (t) => {
    const source = table(name)['source'] as Record<string, string>;
    t.regex(source['what'] ?? '', /FHIR R4 \(4\.0\.1\)/);
    t.truthy(source['licence']);
    t.regex(source['package'] ?? '', /^npm @medplum\/definitions \d/);
    t.is(source['generator'], 'src/validation/fhir/generate-tables.ts');
  });
}

test('all 146 resources of R4 are there, and each of their types can be read', (t) => {
  const { resources, types } = table('structures.json') as {
    resources: string[];
    types: Record<string, unknown>;
  };
  t.is(resources.length, 146);
  t.true(resources.every(isResourceType));
  for (const name of Object.keys(types)) t.notThrows(() => typeDefinition(name), name);
});

test('each element has a primitive type or one of the tables', (t) => {
  const { types } = table('structures.json') as { types: Record<string, unknown> };
  for (const name of Object.keys(types)) {
    for (const element of typeDefinition(name).elements.values()) {
      t.true(element.primitive !== null || Object.hasOwn(types, element.typeName), element.path);
      t.not(element.codes?.all.size, 0, element.path);
    }
  }
});
