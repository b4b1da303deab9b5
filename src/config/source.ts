/** A service definition's text: its values with `${…}` filled in, and where in the file each of them is. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document, Node, Pair, Scalar, YAMLError, YAMLMap, YAMLSeq } from 'yaml';
import type { Mistake } from './definition.ts';
import { type Finding, mistakeAt, type Position } from './mistakes.ts';
import { formatPath, type Path } from './path.ts';
import { type Environment, substitute } from './substitute.ts';
import { yamlMistake } from './yaml-mistakes.ts';

interface Place {
  readonly key: Position;
  readonly value: Position;
  /** `env NAME` or `file PATH` where the value came from there. */
  readonly from: string | undefined;
}

export interface Source {
  readonly file: string;
  /** Plain data; no key in it is `__proto__`. */
  readonly value: unknown;
  /** By formatted path. */
  readonly places: Map<string, Place>;
  readonly mistakes: readonly Mistake[];
}

/** More than any definition holds, and little enough that an alias that multiplies does no harm. */
const MOST_NODES = 20_000;
const MOST_ALIASES = 100;
const DEEPEST = 32;
/** One broken line can break all that follow. */
const MOST_YAML_MISTAKES = 50;

export function readSource(file: string, text: string, env: Environment): Source {
  const counter = new LineCounter();
  const document = parse(text, counter);
  if (document === undefined) {
    return failed(file, 'The file is nested too deeply to be a service definition.');
  }
  const mistakes = [document.errors, document.warnings].flatMap((faults) =>
    faults.filter(isNoEcho).map((fault) => yamlMistake(file, fault.code, positionOf(counter, fault.pos[0]))),
  );
  if (mistakes.length > 0) {
    return { file, value: undefined, places: new Map(), mistakes: mistakes.slice(0, MOST_YAML_MISTAKES) };
  }
  return new Reader(file, document, counter, env).read();
}

/** After one token that it did not expect the parser expects none of the next ones either: only the first is told. */
function isNoEcho({ code }: YAMLError, index: number, faults: readonly YAMLError[]): boolean {
  return code !== 'UNEXPECTED_TOKEN' || faults[index - 1]?.code !== code;
}

/** The position of a path: the value's (or the key's), or that of the nearest thing around it that is in the file. */
export function positionIn(source: Source, path: Path, atKey = false): Position {
  for (let length = path.length; length >= 0; length--) {
    const place = source.places.get(formatPath(path.slice(0, length)));
    if (place !== undefined) return atKey || length < path.length ? place.key : place.value;
  }
  return { line: 1, column: 1 };
}

export function locate(source: Source, finding: Finding): Mistake {
  return mistakeAt(source.file, positionIn(source, finding.path, finding.atKey), finding);
}

function failed(file: string, message: string): Source {
  const mistake = mistakeAt(file, { line: 1, column: 1 }, { path: [], message });
  return { file, value: undefined, places: new Map(), mistakes: [mistake] };
}

/** Undefined where the parser ran out of stack. `uniqueKeys` is quadratic there; the reader below checks them. */
function parse(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function positionOf(counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Walks the nodes once. */
class Reader {
  readonly #file: string;
  readonly #document: Document;
  readonly #counter: LineCounter;
  readonly #env: Environment;
  readonly #places = new Map<string, Place>();
  readonly #mistakes: Mistake[] = [];
  #nodes = 0;
  #aliases = 0;

  constructor(file: string, document: Document, counter: LineCounter, env: Environment) {
    this.#file = file;
    this.#document = document;
    this.#counter = counter;
    this.#env = env;
  }

  read(): Source {
    const value = this.#convert(this.#document.contents, [], { line: 1, column: 1 });
    if (this.#nodes > MOST_NODES) {
      this.#mistake({ line: 1, column: 1 }, [], 'The file holds more than a service definition can.');
    }
    return { file: this.#file, value, places: this.#places, mistakes: this.#mistakes };
  }

  #convert(node: unknown, path: Path, key: Position): unknown {
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES) return null;
    if (path.length > DEEPEST) return this.#mistake(key, path, 'This is nested too deeply.');
    if (isAlias(node)) return this.#alias(node, path, key);
    const value = this.#position(node) ?? key;
    if (isScalar(node)) return this.#scalar(node, path, { key, value });
    this.#places.set(formatPath(path), { key, value, from: undefined });
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return this.#sequence(node, path);
    return null;
  }

  #alias(node: Alias, path: Path, key: Position): unknown {
    this.#aliases += 1;
    if (this.#aliases > MOST_ALIASES) return this.#mistake(key, path, 'The file has too many aliases.');
    const target: Node | undefined = node.resolve(this.#document);
    return target === undefined
      ? this.#mistake(this.#position(node) ?? key, path, 'This alias has no anchor before it.')
      : this.#convert(target, path, key);
  }

  #scalar(node: Scalar, path: Path, at: { key: Position; value: Position }): unknown {
    if (typeof node.value !== 'string') {
      this.#places.set(formatPath(path), { ...at, from: undefined });
      return node.value;
    }
    const { text, from, findings } = substitute(node.value, this.#env);
    for (const { message, suggestion } of findings) this.#mistake(at.value, path, message, suggestion);
    this.#places.set(formatPath(path), { ...at, from });
    return text;
  }

  #map(node: YAMLMap, path: Path): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, Position>();
    for (const pair of node.items) {
      const at = this.#position(pair.key) ?? { line: 1, column: 1 };
      const name = this.#keyName(pair, path, at);
      if (name === undefined || this.#isDuplicate(name, seen, path, at)) continue;
      result[name] = this.#convert(pair.value, [...path, name], at);
    }
    return result;
  }

  #keyName(pair: Pair, path: Path, at: Position): string | undefined {
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof key === 'string' && key !== '__proto__') return key;
    if (typeof key === 'number' || typeof key === 'boolean') return String(key);
    this.#mistake(at, path, 'This cannot be the name of a setting.');
    return undefined;
  }

  #isDuplicate(name: string, seen: Map<string, Position>, path: Path, at: Position): boolean {
    const first = seen.get(name);
    seen.set(name, first ?? at);
    if (first === undefined) return false;
    this.#mistake(
      at,
      [...path, name],
      `This key is here twice: first in line ${first.line}.`,
      'Keep one of them.',
    );
    return true;
  }

  #sequence(node: YAMLSeq, path: Path): unknown[] {
    return node.items.map((item, index) =>
      this.#convert(item, [...path, index], this.#position(item) ?? { line: 1, column: 1 }),
    );
  }

  #position(node: unknown): Position | undefined {
    if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
    return node.range ? positionOf(this.#counter, node.range[0]) : undefined;
  }

  #mistake(position: Position, path: Path, message: string, suggestion?: string): null {
    this.#mistakes.push(mistakeAt(this.#file, position, { path, message, suggestion }));
    return null;
  }
}
