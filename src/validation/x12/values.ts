/** A single value against its element: signs, form, length, code. */
import { expectedCodes } from './code-list.ts';
import { lengthOf, type DataType } from './data-types.ts';
import type { SimpleElement } from './element-notation.ts';
import type { SegmentReader } from './segment-reader.ts';

export interface ValueFault {
  readonly rule: string;
  /** Goes on where the address of the element has been said, without a full stop. */
  readonly predicate: string;
}

/** The first fault of the value between two offsets; undefined where it has none. */
export function faultOf(
  element: SimpleElement,
  form: DataType | undefined,
  { text, hasOddSigns }: SegmentReader,
  start: number,
  end: number,
): ValueFault | undefined {
  if (form?.matches(text, start, end) === false) {
    return { rule: form.rule, predicate: `is not ${form.expected}` };
  }
  const length = element.numeric ? lengthOf(element.type, text, start, end) : end - start;
  if (length < element.least) return lengthFault('x12/element-too-short', 'short', element);
  if (length > element.most) return lengthFault('x12/element-too-long', 'long', element);
  return (
    (hasOddSigns ? oddSign(text, start, end) : undefined) ??
    codeFault(element, text, start, end) ??
    trailingBlank(element, text, start, end)
  );
}

function lengthFault(rule: string, what: string, { least, most, numeric }: SimpleElement): ValueFault {
  const range = most === Infinity ? `at least ${least}` : least === most ? `${most}` : `${least} to ${most}`;
  const unit = numeric ? 'digits' : 'characters';
  return { rule, predicate: `is too ${what}: ${range} ${unit} are expected` };
}

/** Control characters are never data; what lies beyond ASCII needs an agreement (ASC X12.6, basic and extended set). */
function oddSign(text: string, start: number, end: number): ValueFault | undefined {
  let beyond = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || code === 127) {
      return { rule: 'x12/control-character', predicate: 'holds a control character, such as a line end' };
    }
    beyond ||= code > 127;
  }
  if (!beyond) return undefined;
  return {
    rule: 'x12/character-set',
    predicate: 'holds characters outside of the extended character set, which is within ASCII',
  };
}

function codeFault(element: SimpleElement, text: string, start: number, end: number): ValueFault | undefined {
  const { codes, external, digits } = element;
  if (codes === undefined && external === undefined && digits === 0) return undefined;
  const value = text.slice(start, end);
  if (codes?.has(value) === false && external?.has(value) !== true) {
    const predicate = `has a code that this transaction does not allow here${expectedCodes(codes)}`;
    return { rule: 'x12/code', predicate };
  }
  if (codes === undefined && external?.has(value) === false) {
    return {
      rule: 'x12/external-code',
      predicate: 'has a code that is not in the list that its guide refers to',
    };
  }
  if (digits > 0 && !hasDigits(value, digits)) {
    return { rule: 'x12/data-type', predicate: `is not as its guide has it: ${digits} digits are expected` };
  }
  return undefined;
}

function hasDigits(value: string, count: number): boolean {
  let run = 0;
  for (let at = 0; at < value.length && run < count; at++) {
    const code = value.charCodeAt(at);
    run = code >= 48 && code <= 57 ? run + 1 : 0;
  }
  return run >= count;
}

/** Blanks at the end are left out, but for those that the shortest length needs (ASC X12.6, string data). */
function trailingBlank(
  { type, least }: SimpleElement,
  text: string,
  start: number,
  end: number,
): ValueFault | undefined {
  if (end <= start || text.charCodeAt(end - 1) !== 32 || (type !== 'AN' && type !== 'ID')) return undefined;
  if (text.slice(start, end).trimEnd().length < least) return undefined;
  return { rule: 'x12/trailing-space', predicate: 'ends with blanks that its shortest length does not need' };
}
