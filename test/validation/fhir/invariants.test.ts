import test from 'ava';
import fc from 'fast-check';
import { definitionsOf } from '../../../src/validation/fhir/definitions.ts';
import { evaluate } from '../../../src/validation/fhir/fhirpath.ts';
import { natives } from '../../../src/validation/fhir/native-invariants.ts';
import { Findings } from '../../../src/validation/fhir/findings.ts';
import { rootScope } from '../../../src/validation/fhir/scope.ts';
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { dissect, type Json } from './mutants/spots.ts';
import { mutants } from './mutants/generate.ts';
import { errorsOf, examine } from './examine.ts';

const definitions = definitionsOf('r4');
const good = listSamples()
  .filter(({ format, valid, file }) => format === 'fhir' && valid && file.href.endsWith('.json'))
  .map((sample) => readSample(sample).toString());

/** Periods: FHIRPath cannot compare dates of different precision, and gives up on impossible ones. */
const incomparable = new Set(['per-1']);

test('a native invariant says what FHIRPath says, of good resources and of damaged ones', (t) => {
  const damaged = [...mutants(good, 10)].map(({ body }) => body);
  let compared = 0;
  for (const body of [...good, ...damaged]) {
    const root = parsed(body);
    if (root === undefined) continue;
    const scope = rootScope({ definitions, findings: new Findings(), profiles: null }, root, null);
    for (const { object, type } of dissect(root, definitions).holders) {
      for (const { key, expression } of type.invariants) {
        const native = natives.get(expression);
        if (native === undefined || incomparable.has(key)) continue;
        const question = { element: object, path: type.name, release: 'r4', scope } as const;
        t.is(native(object, scope), evaluate(expression, question), `${key} of ${JSON.stringify(object)}`);
        compared += 1;
      }
    }
  }
  t.true(compared > 1000);
});

test('of any question a native invariant says what FHIRPath says', (t) => {
  const there = (name: string, ...values: unknown[]) =>
    fc.constantFrom<object>({}, ...values.map((value) => ({ [name]: value })));
  const types = 'group display choice open-choice decimal integer date string quantity boolean text url';
  const question = fc
    .tuple(
      there('type', ...types.split(' ')),
      there('linkId', '1', '2'),
      there('item', [{ linkId: '1', type: 'text' }], [{ linkId: '3', item: [{ linkId: '2' }] }]),
      there('code', [{ code: 'a' }]),
      there('answerOption', [{ valueInteger: 1 }]),
      there('answerValueSet', 'http://example.org/set'),
      there('required', true, false),
      there('repeats', true, false),
      there('readOnly', true),
      there('maxLength', 5),
      there('initial', [{ valueInteger: 1 }], [{ valueInteger: 1 }, { valueInteger: 2 }]),
      there('enableWhen', [{ question: '1' }], [{ question: '1' }, { question: '2' }]),
      there('enableBehavior', 'all'),
    )
    .map((parts) => Object.assign({}, ...parts) as Json);
  const { invariants } = definitions.type('Questionnaire.item');
  fc.assert(
    fc.property(question, (item) => {
      const root = { resourceType: 'Questionnaire', item: [item] };
      const scope = rootScope({ definitions, findings: new Findings(), profiles: null }, root, null);
      const all = [
        ...invariants.map(({ expression }) => [expression, item, 'Questionnaire.item'] as const),
        ['descendants().linkId.isDistinct()', root, 'Questionnaire'] as const,
      ];
      for (const [expression, element, path] of all) {
        const native = natives.get(expression);
        if (native === undefined) continue;
        const said = evaluate(expression, { element, path, release: 'r4', scope });
        t.is(native(element, scope), said, `${expression} of ${JSON.stringify(element)}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('of any repeat at meals a native invariant says what FHIRPath says', (t) => {
  const text =
    "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())";
  const root = { resourceType: 'MedicationRequest' };
  const scope = rootScope({ definitions, findings: new Findings(), profiles: null }, root, null);
  for (const offset of [{}, { offset: 30 }])
    for (const when of [{}, { when: ['AC'] }, { when: ['C'] }, { when: ['PCM', 'CV'] }]) {
      const element = { ...offset, ...when };
      const said = evaluate(text, { element, path: 'Timing.repeat', release: 'r4', scope });
      t.is(natives.get(text)?.(element, scope), said, JSON.stringify(element));
    }
});

function parsed(body: string): Json | undefined {
  try {
    const root = JSON.parse(body) as Json;
    return definitions.resourceTypeOf(root) === null || Array.isArray(root['entry']) ? undefined : root;
  } catch {
    return undefined;
  }
}

const period = (start: string, end: string) =>
  errorsOf(
    examine({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      period: { start, end },
    }),
  );

test('a period ends within or after its beginning, as far as its precision goes (per-1)', (t) => {
  for (const [start, end] of [
    ['2024', '2024'],
    ['2024-05-17', '2024'],
    ['2024-05-17T10:00:00Z', '2024-05-17'],
    ['2024-05-17T10:00:00+02:00', '2024-05-17T08:00:00Z'],
    ['2023-12-31', '2024-01-01T00:00:00Z'],
  ] as const) {
    t.deepEqual(period(start, end), [], `${start} to ${end}`);
  }
  for (const [start, end] of [
    ['2025', '2024'],
    ['2024-05-17', '2024-05-16'],
    ['2024-05-17', '2024-05-17T06:20:00Z'],
    ['2024-05-17T10:00:00Z', '2024-05-17T11:00:00+02:00'],
  ] as const) {
    t.deepEqual(period(start, end), ['fhir/invariant'], `${start} to ${end}`);
  }
});

test('two days make a period in one order only', (t) => {
  const day = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, day, (a, b) => (period(a, b).length === 0) === a <= b),
    { numRuns: 200 },
  );
  t.pass();
});

test('two conditions of a question need to be joined, though R4 publishes three (que-12)', (t) => {
  const enableWhen = [
    { question: '1', operator: 'exists', answerBoolean: true },
    { question: '1', operator: '=', answerBoolean: true },
  ];
  const questionnaire = (item: object) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [
      { linkId: '1', type: 'boolean' },
      { linkId: '2', type: 'string', enableWhen, ...item },
    ],
  });
  t.deepEqual(errorsOf(examine(questionnaire({}))), ['fhir/invariant']);
  t.deepEqual(errorsOf(examine(questionnaire({ enableBehavior: 'all' }))), []);
});
