/** What acknowledgements say: MSA, and ERR where there is any (HL7 v2, ch. 2). They come from elsewhere: anything may be missing. */
import type { Issue, Severity } from '../../validation/issue.ts';

export interface Acknowledged {
  /** MSA-1. */
  readonly code: string;
  /** MSA-2. */
  readonly controlId: string;
  /** MSA-3, of older versions. */
  readonly text: string | null;
  readonly issues: readonly Issue[];
}

/** Of one message or of several in a row. */
export function readAcknowledgements(text: string): readonly Acknowledged[] {
  return text
    .split(/[\r\n]+(?=MSH)/)
    .filter((message) => message.startsWith('MSH'))
    .map(readAcknowledgement);
}

function readAcknowledgement(message: string): Acknowledged {
  const written = writingOf(message);
  const segments = message.split(/[\r\n]+/).map((segment) => segment.split(written.field));
  const msa = segments.find(([name]) => name === 'MSA');
  return {
    code: msa?.[1] ?? 'no MSA',
    controlId: msa?.[2] ?? '',
    text: unescaped(msa?.[3], written) || null,
    issues: segments.filter(([name]) => name === 'ERR').map((fields) => issueOf(fields, written)),
  };
}

/** The delimiters that the header declares; those in use where it declares none. */
interface Writing {
  readonly field: string;
  readonly component: string;
  readonly escape: string;
  /** What stands between two escape characters for what. */
  readonly names: ReadonlyMap<string, string>;
}

function writingOf(message: string): Writing {
  const field = message.charAt(3) || '|';
  const end = message.indexOf(field, 4);
  const declared = message.slice(4, end < 0 ? 4 : Math.min(end, 9));
  const [component = '^', repetition = '~', escape = '\\', subcomponent = '&'] = declared;
  const names = { F: field, S: component, R: repetition, E: escape, T: subcomponent };
  return { field, component, escape, names: new Map(Object.entries(names)) };
}

const severities: ReadonlyMap<string | undefined, Severity> = new Map([
  ['W', 'warning'],
  ['I', 'information'],
]);

function issueOf(fields: readonly string[], written: Writing): Issue {
  const [, , place = '', code = '', severity, application = '', , , message] = fields;
  const [segment = '', , field = '', , component = ''] = place.split(written.component);
  const part = component === '' ? '' : `.${component}`;
  const [number = '', name = ''] = code.split(written.component);
  const [rule = ''] = application.split(written.component);
  return {
    rule: unescaped(rule || number, written),
    severity: severities.get(severity) ?? 'error',
    location: field === '' ? segment : `${segment}-${field}${part}`,
    message: unescaped(message, written),
    spec: unescaped(`HL7 table 0357: ${number} ${name}`.trim(), written),
  };
}

/** `\F\` and its like (ch. 2, 2.7). */
function unescaped(text: string | undefined, { escape, names }: Writing): string {
  const parts = (text ?? '').split(escape);
  return parts.map((part, index) => (index % 2 === 1 ? (names.get(part) ?? part) : part)).join('');
}
