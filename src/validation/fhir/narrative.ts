/** Checks the XHTML of a narrative: formatting only, no scripts, and some content (R4, narrative.html). */
import { SaxesParser } from 'saxes';
import { loadTable } from '../tables.ts';
import type { Findings } from './findings.ts';
import { faultOf, type XmlFault } from './xml-fault.ts';

interface NarrativeTable {
  readonly elements: readonly string[];
  readonly attributes: readonly string[];
}

const table = loadTable(new URL('tables/narrative.json', import.meta.url)) as NarrativeTable;
const narrativeElements: ReadonlySet<string> = new Set(table.elements);
const narrativeAttributes: ReadonlySet<string> = new Set(table.attributes);

/** Addresses that are scripts; browsers skip control characters and spaces before and within the scheme. */
const scriptAddress = /^(?:javascript|vbscript):/i;

const unreadable = new Error('The XHTML cannot be read.');

/** Collects what is in a narrative while it is read. */
export class Narrative {
  #hasForbiddenElement = false;
  #hasForbiddenAttribute = false;
  #hasContent = false;
  /** The links and images within the resource, such as `#p1`. */
  readonly fragments: string[] = [];

  enter(element: string, attributes: Iterable<readonly [name: string, value: string]>): void {
    if (!narrativeElements.has(element)) this.#hasForbiddenElement = true;
    if (element === 'img') this.#hasContent = true;
    for (const [name, value] of attributes) {
      if (!isAllowed(name) || isScript(name, value)) this.#hasForbiddenAttribute = true;
      if (value.startsWith('#')) this.fragments.push(value);
    }
  }

  text(text: string): void {
    if (!this.#hasContent && /\S/.test(text)) this.#hasContent = true;
  }

  report(findings: Findings): void {
    if (this.#hasForbiddenElement) {
      findings.add(
        'fhir/narrative',
        'The narrative has an element that is not for formatting, such as a script.',
      );
    }
    if (this.#hasForbiddenAttribute) {
      findings.add(
        'fhir/narrative',
        'The narrative has an attribute that is not allowed, such as an event handler, or leads to a script.',
      );
    }
    if (!this.#hasContent) findings.add('fhir/narrative', 'The narrative says nothing: give it some text.');
  }
}

/** Checks the text of `div` as JSON holds it. */
export function checkNarrative(div: string, findings: Findings): void {
  const narrative = new Narrative();
  const fault = read(div, narrative);
  if (fault === null) narrative.report(findings);
  else {
    const where = `line ${fault.place.line}, column ${fault.place.column} of its text`;
    findings.add('fhir/narrative', `The narrative is not well-formed XHTML at ${where}: ${fault.reason}.`);
  }
}

function read(div: string, narrative: Narrative): XmlFault | null {
  const parser = new SaxesParser({ xmlns: false });
  let fault: XmlFault | null = null;
  const stop = (error: Error): never => {
    fault ??= faultOf(error, div, { line: parser.line, column: parser.column });
    throw unreadable;
  };
  parser.on('opentag', ({ name, attributes }) => narrative.enter(name, Object.entries(attributes)));
  parser.on('text', (text) => narrative.text(text));
  parser.on('cdata', (text) => narrative.text(text));
  parser.on('error', stop);
  parser.on('doctype', () => stop(new Error('inappropriately located doctype')));
  try {
    parser.write(div).close();
  } catch (error) {
    if (error !== unreadable) throw error;
  }
  return fault;
}

function isAllowed(attribute: string): boolean {
  return narrativeAttributes.has(attribute) || attribute.startsWith('xml');
}

function isScript(attribute: string, value: string): boolean {
  if (attribute !== 'href' && attribute !== 'src') return false;
  return scriptAddress.test(value.replace(/[\s\p{Cc}]/gu, ''));
}
