/** What the rules are called in a 999 (005010X231A1) and a 997 (004010): one code for each kind of fault. */

/** A code of the 999, and that of the 997 where it has another. */
export type Code = readonly [code: string, older?: string];

/** IK304, AK304: what is wrong with a segment. 8 is for its elements. */
export const segmentCodes: ReadonlyMap<string, Code> = new Map<string, Code>([
  ['x12/segment-name', ['1']],
  ['x12/unknown-segment', ['1']],
  ['x12/segment-order', ['7']],
  ['x12/required-segment', ['3']],
  ['x12/required-loop', ['I7', '3']],
  ['x12/loop-repeat', ['4']],
  ['x12/segment-repeat', ['5']],
]);

/** IK403, AK403: what is wrong with an element. */
export const elementCodes: ReadonlyMap<string, Code> = new Map<string, Code>([
  ['x12/required-element', ['1']],
  ['x12/condition', ['2']],
  ['x12/too-many-elements', ['3']],
  ['x12/trailing-separator', ['3']],
  ['x12/element-too-short', ['4']],
  ['x12/element-too-long', ['5']],
  ['x12/data-type', ['6']],
  ['x12/control-character', ['6']],
  ['x12/character-set', ['6']],
  ['x12/trailing-space', ['6']],
  ['x12/code', ['7']],
  ['x12/external-code', ['7']],
  ['x12/state-code', ['7']],
  ['x12/hierarchy', ['7']],
  ['x12/hierarchy-child', ['7']],
  ['x12/line-number', ['7']],
  ['x12/date', ['8']],
  ['x12/time', ['9']],
  ['x12/exclusion', ['10']],
  ['x12/element-repeat', ['12', '3']],
  ['x12/too-many-components', ['13', '3']],
  ['x12/not-used-element', ['I10', '10']],
  ['x12/postal-code', ['I12', '7']],
  ['x12/npi', ['I12', '7']],
  ['x12/balance', ['I12', '7']],
]);

/** IK502, AK502: what is wrong with a transaction set. 5 is for its segments. */
export const transactionCodes: ReadonlyMap<string, Code> = new Map<string, Code>([
  ['x12/envelope', ['2']],
  ['x12/control-number', ['3']],
  ['x12/segment-count', ['4']],
  ['x12/unknown-transaction', ['6']],
  ['x12/functional-identifier', ['6']],
  ['x12/transaction-element', ['7']],
  ['x12/trailing-separator', ['7']],
  ['x12/duplicate-control-number', ['23']],
  ['x12/implementation-reference', ['I6', '1']],
]);

/** AK905: what is wrong with a functional group. */
export const groupCodes: ReadonlyMap<string, Code> = new Map<string, Code>([
  ['x12/version', ['2']],
  ['x12/envelope', ['3']],
  ['x12/control-number', ['4']],
  ['x12/transaction-count', ['5']],
  ['x12/group-element', ['6']],
  ['x12/duplicate-control-number', ['19', '6']],
]);

/** TA105 by rule and place; the first that applies is given. */
export const interchangeCodes: readonly (readonly [rule: string, place: RegExp, code: string])[] = [
  ['x12/interchange-header', /./, '022'],
  ['x12/delimiters', /./, '027'],
  ['x12/segment-terminator', /./, '023'],
  ['x12/duplicate-control-number', /^ISA/, '025'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-01/, '010'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-02/, '011'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-03/, '012'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-04/, '013'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-05/, '005'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-06/, '006'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-07/, '007'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-08/, '008'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-09/, '014'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-10/, '015'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-11/, '016'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-12/, '017'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-13/, '018'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-14/, '019'],
  ['x12/interchange-element', /^ISA(?:\[\d+\])?-15/, '020'],
  ['x12/interchange-element', /./, '022'],
  ['x12/interchange-width', /./, '022'],
  ['x12/control-number', /^IEA/, '001'],
  ['x12/group-count', /^IEA/, '021'],
  ['x12/envelope', /^(?:ISA|IEA)(?:\[|$)/, '022'],
  ['x12/envelope', /^(?!S[TE]|G[SE])/, '024'],
];
