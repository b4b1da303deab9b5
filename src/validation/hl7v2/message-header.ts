/** What MSH says of the message: version, processing id, delimiters, and by type and event the structure. */
import { isBeyondTables } from './dictionary.ts';
import type { Header } from './header.ts';
import { type Scope, specOf } from './scope.ts';

const processingIds: ReadonlySet<string> = new Set(['P', 'T', 'D']);

export function checkHeader(scope: Scope, header: Header): void {
  const { version, delimiters, report } = scope;
  if (version === '') {
    report('hl7v2/version', 'MSH-12', 'MSH-12 names no version of HL7 v2: one of 2.1 to 2.9 is expected.');
  }
  if (isBeyondTables(version)) {
    const message = `Version ${version} is examined by the tables of 2.8.2, the newest that there are.`;
    report('hl7v2/newest-tables', 'MSH-12', message);
  }
  if (header.processing !== '' && !processingIds.has(header.processing)) {
    report('hl7v2/processing-id', 'MSH-11', 'MSH-11 is not a processing id: P, T or D is expected.');
  }
  if (delimiters.truncation !== 0 && version !== '' && version < '2.7') {
    const message = 'MSH-2 has a fifth character: the truncation character is known from version 2.7 on.';
    report('hl7v2/truncation-character', 'MSH-2', message);
  }
}

/** The name of the structure that the message follows, or undefined where the tables have none. */
export function structureOf(scope: Scope, header: Header): string | undefined {
  const { code, trigger, structure } = header;
  const { dictionary, report } = scope;
  if (code === '') {
    const message = 'MSH-9 is empty: a message type and a trigger event such as ADT^A01 are expected.';
    report('hl7v2/message-type', 'MSH-9', message);
    return undefined;
  }
  if (trigger === '' && code !== 'ACK') {
    const message = 'MSH-9 names no trigger event: a type and an event such as ADT^A01 are expected.';
    report('hl7v2/trigger-event', 'MSH-9.2', message);
    return undefined;
  }
  const expected = dictionary.structureFor(code, trigger);
  const declared = dictionary.hasStructure(structure) ? structure : undefined;
  if (!isLocal(header)) checkType(scope, header, expected);
  return declared ?? expected;
}

/** Message types and events of a site begin with Z. */
const isLocal = ({ code, trigger }: Header): boolean => code.startsWith('Z') || trigger.startsWith('Z');

function checkType(scope: Scope, header: Header, expected: string | undefined): void {
  const { code, trigger, structure } = header;
  const { dictionary, version } = scope;
  const isUnknownAck = code === 'ACK' && trigger !== '' && !dictionary.hasTrigger(trigger);
  if (expected === undefined || isUnknownAck) {
    reportUnknownType(scope, code);
  } else if (structure !== '' ? structure !== expected : version >= '2.7' && code !== 'ACK') {
    const message =
      structure === ''
        ? `MSH-9.3 is required from version 2.7 on and has no value: ${expected} is expected.`
        : `MSH-9.3 is not the structure of this type and event: ${expected} is expected.`;
    scope.report('hl7v2/message-structure', 'MSH-9.3', message, specOf(version, 'MSH-9'));
  }
}

function reportUnknownType({ dictionary, report, version }: Scope, code: string): void {
  const known = dictionary.hasMessage(code);
  const part = known ? 'MSH-9.2' : 'MSH-9.1';
  const message = known
    ? 'MSH-9.2 is no trigger event of this message type that the version has.'
    : 'MSH-9.1 is no message type of the version; local types begin with Z, and parts are delimited as MSH-2 says.';
  report('hl7v2/unknown-message-type', part, message, specOf(version, 'MSH-9'));
}
