import test from 'ava';
import { loadTable } from '../../../src/validation/tables.ts';
import { sopClassOf } from '../../../src/validation/dicom/definitions.ts';
import { attributeOf, encodingOf, nameOf } from '../../../src/validation/dicom/dictionary.ts';
import { valueRepresentations } from '../../../src/validation/dicom/value-representations.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';

function table(name: string): Record<string, unknown> {
  const url = new URL(`../../../src/validation/dicom/tables/${name}`, import.meta.url);
  return loadTable(url) as Record<string, unknown>;
}

for (const name of ['dictionary.json', 'requirements.json', 'transfer-syntaxes.json']) {
  test(`${name} says where it comes from`, (t) => {
    const source = table(name)['source'] as Record<string, string>;
    t.regex(source['what'] ?? '', /^DICOM PS3\./);
    t.truthy(source['licence']);
    t.truthy(source['carries']);
    t.is(source['generator'], 'src/validation/dicom/generate-tables.ts');
  });
}

test('each attribute has value representations of the standard', (t) => {
  const { attributes } = table('dictionary.json') as { attributes: Record<string, string> };
  const unknown = Object.entries(attributes).filter(
    ([tag, cell]) =>
      !tag.startsWith('fffe') &&
      !(cell.split(' ')[0] ?? '').split('/').every((vr) => valueRepresentations.has(vr)),
  );
  t.deepEqual(unknown, []);
});

test('each SOP class of the standard has a definition with modules of which attributes are tabled', (t) => {
  const { sopClasses } = table('requirements.json') as { sopClasses: Record<string, unknown> };
  const without = Object.keys(sopClasses).filter(
    (uid) => (sopClassOf(uid)?.definition?.modules.length ?? 0) === 0,
  );
  t.deepEqual(without, []);
});

test('a retired SOP class is known as such, with the definition of the one that came after it', (t) => {
  const ultrasound = sopClassOf('1.2.840.10008.5.1.4.1.1.6');
  t.like(ultrasound, { name: 'Ultrasound Image', isRetired: true });
  t.is(ultrasound?.definition, sopClassOf('1.2.840.10008.5.1.4.1.1.6.1')?.definition);
  t.like(sopClassOf('1.2.840.10008.5.1.4.1.1.9'), { isRetired: true, definition: null });
});

test('the tables answer with names, encodings and modules', (t) => {
  t.like(sopClassOf(CT), { name: 'CT Image', isRetired: false });
  t.is(sopClassOf('1.2.3'), null);
  t.is(encodingOf('1.2.840.10008.1.2'), 'implicit');
  t.is(encodingOf('constructor'), undefined);
  t.true(sopClassOf(CT)?.definition?.modules.some(({ table: name }) => name === 'C.7-1'));
  t.is(sopClassOf('__proto__'), null);
});

test('the attributes of repeating groups are found in each of them', (t) => {
  t.is(attributeOf(0x60023000)?.keyword, 'OverlayData');
  t.is(attributeOf(0x00090010), null);
  t.is(nameOf(0x00100010), 'PatientName (0010,0010)');
  t.is(nameOf(0x00090010), '(0009,0010)');
});
