/** Makes the table of requirements: SOP class to IOD to modules to attributes, with their conditions and terms. */
import { readCondition } from './conditions.ts';
import type { Predicate } from '../conditions.ts';
import type { Condition } from './attribute-texts.ts';
import { AttributeTexts } from './attribute-texts.ts';
import type { ModuleUse, Standard } from './standard.ts';
import { overrides, recordKeys, shownBy, statedMacros } from './stated-conditions.ts';
import { macroSequence } from './functional-groups.ts';
import type { Terms } from './terms.ts';

interface Node {
  type: string;
  readonly children: Map<string, Node>;
}

/** What was read of a module's conditions. */
export interface Coverage {
  /** How many attributes of Type 1C and 2C it has, at any depth, and of how many the condition can be computed. */
  conditional: number;
  computed: number;
  /** Those of its root of which it cannot. */
  readonly left: string[];
}

export interface Iod {
  readonly modules: readonly (readonly [usage: ModuleUse['usage'], module: string, condition?: number])[];
  readonly macros: readonly (readonly [tag: string, condition?: number])[];
}

export interface Requirements {
  readonly iods: Readonly<Record<string, Iod>>;
  readonly modules: Readonly<Record<string, object>>;
  readonly groups: readonly (readonly string[])[];
  readonly conditions: readonly Condition[];
  readonly terms: readonly Terms[];
  readonly coverage: Readonly<Record<string, Coverage>>;
}

const SHARED = '52009229';
const PER_FRAME = '52009230';
const RECORD_TYPE = '00041430';
const CONTENT = '0040a730';
const RELATIONSHIP = '0040a010';

export function makeRequirements(standard: Standard): Requirements {
  return new Maker(standard).make();
}

class Maker {
  readonly #standard: Standard;
  readonly #texts: AttributeTexts;
  readonly #groups = new Interned<string[]>();
  readonly #conditions = new Interned<Condition>();
  readonly #terms = new Interned<Terms>();
  readonly #coverage: Record<string, Coverage> = {};

  constructor(standard: Standard) {
    this.#standard = standard;
    this.#texts = new AttributeTexts(standard);
  }

  make(): Requirements {
    const modules = this.#modules();
    const iods = this.#iods(new Set(Object.keys(modules)));
    return {
      iods,
      modules,
      groups: this.#groups.all,
      conditions: this.#conditions.all,
      terms: this.#terms.all,
      coverage: this.#coverage,
    };
  }

  #iods(known: ReadonlySet<string>): Record<string, Iod> {
    const ids = this.#standard.iods.map(({ id }) => id);
    return Object.fromEntries(
      ids.map((id) => [id, { modules: this.#usesOf(id, known), macros: this.#macrosOf(id) }]),
    );
  }

  #usesOf(iod: string, known: ReadonlySet<string>): Iod['modules'] {
    return this.#standard.moduleUses
      .filter((use) => use.ciodId === iod && known.has(use.moduleId))
      .map(
        ({ usage, moduleId, conditionalStatement }) =>
          [usage, moduleId, ...this.#useCondition(usage, conditionalStatement)] as const,
      );
  }

  /** Functional groups that have to be there, in those that are shared or in those of each frame. */
  #macrosOf(iod: string): Iod['macros'] {
    return this.#standard.macroUses
      .filter((use) => use.ciodId === iod && use.usage !== 'U')
      .flatMap(({ usage, macroId, conditionalStatement }) => {
        const byHand = statedMacros.find(([ids, macros]) => ids.includes(iod) && macros.includes(macroId));
        const condition =
          byHand === undefined
            ? this.#useCondition(usage, conditionalStatement)
            : ([this.#conditions.number([byHand[2], byHand[3]])] as const);
        const tag = macroSequence(macroId, this.#standard.attributes);
        return tag === null || (usage === 'C' && condition.length === 0)
          ? []
          : [[tag, ...condition] as const];
      });
  }

  #useCondition(usage: ModuleUse['usage'], statement: string | null): readonly [] | readonly [number] {
    const predicate =
      usage === 'C' && statement !== null ? readCondition(statement, this.#texts.names) : null;
    return predicate === null ? [] : [this.#conditions.number([predicate, ''])];
  }

  #modules(): Record<string, object> {
    const used = [...new Set(this.#standard.moduleUses.map(({ moduleId }) => moduleId))].sort();
    const places = new Map(this.#standard.modules.map((module) => [module.id, module]));
    return Object.fromEntries(
      used.flatMap((id): [string, object][] => {
        const attributes = this.#standard.attributesOf.get(id);
        const place = places.get(id) ?? places.get('multi-frame-functional-groups');
        if (attributes === undefined || place === undefined) return [];
        const root = tree(attributes);
        const own = overrides.flatMap(([module, tag]) => (module === id ? [tag] : []));
        const group = this.#group(id, [], root);
        const tags = [...root.children.keys()].sort();
        return [
          [
            id,
            { table: place.table, group, tags: tags.join(' '), marks: shownBy.get(id) ?? '', overrides: own },
          ],
        ];
      }),
    );
  }

  /** The number of the group of attributes at the path; -1 where it demands nothing. */
  #group(module: string, path: readonly string[], parent: Node): number {
    const rows = [...parent.children]
      .flatMap(([tag, node]) => this.#row(module, [...path, tag], node, parent))
      .sort();
    if (parent.children.has(RELATIONSHIP)) rows.push(`${CONTENT} 3 self`);
    if (parent.children.has(RECORD_TYPE)) rows.push(...this.#recordRows());
    return rows.length === 0 ? -1 : this.#groups.number(rows);
  }

  /** The keys of directory records, each for records of its type. */
  #recordRows(): string[] {
    return recordKeys.map(([record, tag, type]) => {
      const when: Predicate = ['is', RECORD_TYPE, 1, record];
      return `${tag} ${type} - ${this.#conditions.number([when, 'F.5'])}`;
    });
  }

  /** `tag type [group [condition [terms…]]]`: `-` for none, group `self` for the present one. */
  #row(module: string, path: readonly string[], node: Node, parent: Node): string[] {
    const tag = path.at(-1) ?? '';
    if (!/^[0-9a-f]{2}(?:[0-9a-f]{2}|xx)[0-9a-f]{4}$/.test(tag)) return [];
    const group = this.#group(module, path, node);
    const isMacro = path.length === 2 && (path[0] === SHARED || path[0] === PER_FRAME);
    const type = isMacro ? '3' : node.type;
    const condition = this.#condition(module, path, type, parent);
    const terms = this.#texts.termsOf(module, path).map((each) => this.#terms.number(each));
    if (group === -1 && terms.length === 0 && demandsNothing(type, condition)) return [];
    const cells = [tag, type, group === -1 ? '-' : String(group), condition, terms.join(',') || '-'];
    return [cells.join(' ').replace(/(?: -)+$/, '')];
  }

  #condition(module: string, path: readonly string[], type: string, parent: Node): string {
    const isSibling = (tag: string): boolean => parent.children.has(tag);
    if (!type.endsWith('C')) return this.#number(this.#texts.macroConditionOf(path, isSibling));
    const found = this.#texts.conditionOf(module, path, isSibling);
    const coverage = (this.#coverage[module] ??= { conditional: 0, computed: 0, left: [] });
    coverage.conditional += 1;
    if (found !== null) coverage.computed += 1;
    else if (path.length === 1) coverage.left.push(...path);
    return this.#number(found);
  }

  #number(condition: Condition | null): string {
    return condition === null ? '-' : String(this.#conditions.number(condition));
  }
}

/** Type 1C is more than nothing even under an unknown condition: where the attribute is, it needs a value. */
function demandsNothing(type: string, condition: string): boolean {
  return type === '3' || (type === '2C' && condition === '-') || !/^[12]C?$/.test(type);
}

function tree(
  attributes: Standard['attributesOf'] extends ReadonlyMap<string, infer Rows> ? Rows : never,
): Node {
  const root: Node = { type: '', children: new Map() };
  for (const { path, type } of attributes) {
    let node = root;
    for (const tag of path) node = child(node, tag);
    node.type = milder(node.type, type);
  }
  return root;
}

function child(node: Node, tag: string): Node {
  const found = node.children.get(tag) ?? { type: '', children: new Map<string, Node>() };
  node.children.set(tag, found);
  return found;
}

/** Where a module names an attribute twice, under different conditions, nothing is demanded that one of them does not. */
function milder(known: string, type: string): string {
  return known === '' || known === type ? type : '3';
}

/** Values that are equal have one number. */
class Interned<T> {
  readonly all: T[] = [];
  readonly #numbers = new Map<string, number>();

  number(value: T): number {
    const key = JSON.stringify(value);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.all.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
