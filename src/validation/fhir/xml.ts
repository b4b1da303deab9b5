/**
 * Reads a resource from XML into its JSON form, so that the same check serves both.
 *
 * The element tables tell what repeats and what is a number. A document type declaration ends the reading, so no entity
 * but XML's own five is ever expanded.
 */
import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { SaxesParser } from 'saxes';
import type { Place } from '../engine.ts';
import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts';
import type { Findings } from './findings.ts';
import { MOST_LEVELS } from './json.ts';
import type { Building } from './json-form.ts';
import { convert, empty, place, placePrimitive, resourceObject } from './json-form.ts';
import { Narrative } from './narrative.ts';
import type { Primitive } from './primitives.ts';
import type { JsonObject } from './json-object.ts';
import { faultOf } from './xml-fault.ts';
import { type Open, opened } from './xml-open.ts';

const FHIR = 'http://hl7.org/fhir';
const XHTML = 'http://www.w3.org/1999/xhtml';
const CHUNK = 64 * 1024;

/** The resource at the root, or null after a finding that says why there is none. */
export function readXml(text: string, definitions: Definitions, findings: Findings): JsonObject | null {
  return new XmlReader(definitions, findings).read(text);
}

const stopped = new Error('The reading of the XML ended early.');

class XmlReader {
  readonly #definitions: Definitions;
  readonly #findings: Findings;
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #open: Open[] = [];
  #written = '';
  #root: Building | null = null;
  #isForeign = false;

  constructor(definitions: Definitions, findings: Findings) {
    this.#definitions = definitions;
    this.#findings = findings;
    this.#parser.on('doctype', () =>
      this.#stop('fhir/doctype', 'A document type declaration is not allowed.'),
    );
    this.#parser.on('error', (error) => this.#stopUnreadable(error));
    this.#parser.on('opentag', (tag) => this.#enter(tag));
    this.#parser.on('closetag', () => this.#leave());
    this.#parser.on('text', (text) => this.#text(text));
    this.#parser.on('cdata', (text) => this.#text(text));
  }

  read(text: string): JsonObject | null {
    this.#written = text;
    try {
      for (let at = 0; at < text.length; at += CHUNK) this.#parser.write(text.slice(at, at + CHUNK));
      this.#parser.close();
    } catch (error) {
      if (error !== stopped) throw error;
      return null;
    }
    return this.#root;
  }

  #stop(rule: 'fhir/doctype' | 'fhir/xml-syntax' | 'fhir/depth', message: string, place?: Place): never {
    while (this.#open.length > 0) this.#forget();
    const { line, column } = this.#parser;
    this.#findings.add(rule, message, undefined, place ?? { line, column });
    throw stopped;
  }

  #stopUnreadable(error: Error): never {
    const { line, column } = this.#parser;
    const { reason, place } = faultOf(error, this.#written, { line, column });
    const message = `The XML cannot be read at line ${place.line}, column ${place.column}: ${reason}.`;
    this.#stop('fhir/xml-syntax', message, place);
  }

  #enter(tag: SaxesTagNS): void {
    if (this.#open.length >= MOST_LEVELS) {
      this.#stop('fhir/depth', `The XML is nested more than ${MOST_LEVELS} levels deep.`);
    }
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#enterRoot(tag);
    else if (parent.kind === 'slot') this.#enterNested(tag, parent);
    else if (parent.narrative !== null) this.#enterNarrative(tag, parent.narrative, 0, null);
    else if (parent.type === null) this.#push({ kind: 'skipped' });
    else this.#enterChild(tag, parent, parent.type);
  }

  #enterRoot(tag: SaxesTagNS): void {
    this.#checkNamespace(tag, FHIR);
    this.#root = resourceObject(tag.local);
    if (!this.#definitions.isResourceType(tag.local)) {
      this.#push({ kind: 'skipped' });
      return;
    }
    this.#findings.enter(tag.local);
    this.#push({ kind: 'resource', object: this.#root, type: this.#definitions.type(tag.local), steps: 1 });
  }

  #enterNested(tag: SaxesTagNS, slot: Open): void {
    const object = resourceObject(tag.local);
    if (slot.definition !== null) place(slot.object, slot.definition, object);
    if (this.#definitions.isResourceType(tag.local))
      this.#push({ kind: 'resource', object, type: this.#definitions.type(tag.local) });
    else this.#push({ kind: 'skipped' });
  }

  #enterChild(tag: SaxesTagNS, parent: Open, type: TypeDefinition): void {
    const definition = type.elements.get(tag.local);
    if (definition === undefined || isAttribute(definition, type)) {
      parent.object[tag.local] = null;
      this.#push({ kind: 'skipped' });
      return;
    }
    const steps = this.#locate(parent, definition);
    this.#checkOrder(parent, definition);
    this.#checkNamespace(tag, definition.typeName === 'xhtml' ? XHTML : FHIR);
    if (definition.primitive !== null)
      this.#enterPrimitive(tag, parent, definition, definition.primitive, steps);
    else this.#enterComplex(tag, parent, definition, steps);
  }

  #enterPrimitive(
    tag: SaxesTagNS,
    parent: Open,
    definition: ElementDefinition,
    primitive: Primitive,
    steps: number,
  ): void {
    if (primitive.name === 'xhtml') {
      this.#enterNarrative(tag, new Narrative(), steps, definition);
      return;
    }
    const object: Building = empty();
    const written = this.#attributes(tag, object, ['id'], true);
    const value = written === undefined ? undefined : convert(written, primitive);
    this.#push({
      kind: 'primitive',
      object,
      type: this.#definitions.type('Element'),
      definition,
      steps,
      value,
    });
  }

  #enterNarrative(
    tag: SaxesTagNS,
    narrative: Narrative,
    steps: number,
    definition: ElementDefinition | null,
  ): void {
    const attributes = Object.values(tag.attributes).filter((attribute) => !isDeclaration(attribute));
    narrative.enter(
      tag.local,
      attributes.map(({ name, value }) => [name, value]),
    );
    this.#push({ kind: 'narrative', narrative, steps, definition, isXhtml: tag.uri === XHTML });
  }

  /** A narrative was checked as it was read: in its place stands a good one, with the same links. */
  #leaveNarrative({ fragments }: Narrative, { definition, isXhtml }: Open, { object }: Open): void {
    const links = fragments.map((fragment) => `<a href="${fragment.replace(/[<&"]/g, '')}"/>`).join('');
    const standIn = `<div xmlns="${XHTML}">-${links}</div>`;
    if (definition !== null) place(object, definition, isXhtml ? standIn : '<div></div>');
  }

  #enterComplex(tag: SaxesTagNS, parent: Open, definition: ElementDefinition, steps: number): void {
    if (definition.typeName === 'Resource') {
      this.#push({ kind: 'slot', object: parent.object, definition, steps });
      return;
    }
    const object = empty();
    this.#attributes(tag, object, definition.typeName === 'Extension' ? ['id', 'url'] : ['id'], false);
    place(parent.object, definition, object);
    this.#push({
      kind: 'complex',
      object,
      type: this.#definitions.type(definition.typeName),
      definition,
      steps,
    });
  }

  /** Takes the attributes that stand for elements, and answers `value`. */
  #attributes(
    tag: SaxesTagNS,
    object: Building,
    names: readonly string[],
    hasValue: boolean,
  ): string | undefined {
    let value: string | undefined;
    for (const attribute of Object.values(tag.attributes)) {
      if (isDeclaration(attribute)) continue;
      if (hasValue && attribute.name === 'value') value = attribute.value;
      else if (names.includes(attribute.name)) object[attribute.name] = attribute.value;
      else this.#findings.addAt(attribute.name, 'fhir/unknown-element', 'There is no such attribute here.');
    }
    return value;
  }

  #leave(): void {
    const top = this.#open.at(-1);
    if (top?.narrative && top.steps > 0) top.narrative.report(this.#findings);
    const left = this.#forget();
    const parent = this.#open.at(-1);
    if (left?.narrative && parent?.object) this.#leaveNarrative(left.narrative, left, parent);
    if (left?.kind !== 'primitive' || left.definition === null || parent === undefined) return;
    const hasSibling = Object.keys(left.object).length > 0;
    if (left.value === undefined && !('extension' in left.object)) {
      this.#findings.addAt(
        left.definition.name,
        'fhir/empty-element',
        'The element has neither value nor extension.',
      );
      return;
    }
    placePrimitive(parent.object, left.definition, left.value, hasSibling ? left.object : null);
  }

  #text(text: string): void {
    const top = this.#open.at(-1);
    top?.narrative?.text(text);
    if (top === undefined || top.kind === 'skipped' || top.kind === 'narrative' || !/\S/.test(text)) return;
    this.#findings.add('fhir/unknown-element', 'Text stands here: a value belongs into the attribute value.');
  }

  #locate(parent: Open, definition: ElementDefinition): number {
    this.#findings.enter(definition.name);
    if (!definition.repeats) return 1;
    const before = parent.object[definition.name];
    this.#findings.enter(Array.isArray(before) ? before.length : 0);
    return 2;
  }

  #checkOrder(parent: Open, definition: ElementDefinition): void {
    if (definition.order < parent.order) {
      this.#findings.add(
        'fhir/element-order',
        'The element stands behind one that it has to stand before.',
        definition.path,
      );
    }
    parent.order = Math.max(parent.order, definition.order);
  }

  /** Reported once: one missing declaration is the fault of all elements. */
  #checkNamespace(tag: SaxesTagNS, expected: string): void {
    if (tag.uri === expected || this.#isForeign) return;
    this.#isForeign = true;
    const { line, column } = this.#parser;
    const message = `The element is not in the namespace ${expected}: declare it at the root, or at the div (xmlns).`;
    this.#findings.add('fhir/namespace', message, undefined, { line, column });
  }

  #push(open: Partial<Open> & Pick<Open, 'kind'>): void {
    this.#open.push(opened(open));
  }

  #forget(): Open | undefined {
    const left = this.#open.pop();
    for (let step = 0; step < (left?.steps ?? 0); step += 1) this.#findings.leave();
    return left;
  }
}

/** In XML the ids of elements and the URL of an extension are attributes. */
function isAttribute(definition: ElementDefinition, type: TypeDefinition): boolean {
  return definition.path === 'Element.id' || (definition.name === 'url' && type.name === 'Extension');
}

function isDeclaration({ prefix, local }: SaxesAttributeNS): boolean {
  return prefix === 'xmlns' || local === 'xmlns' || prefix === 'xsi' || prefix === 'xml';
}
