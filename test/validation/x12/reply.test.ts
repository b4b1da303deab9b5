import test from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { x12Reply } from '../../../src/validation/x12/reply.ts';
import { samplesOf, verdictOf } from '../hl7v2/support.ts';

const samples = samplesOf('x12');
const at = new Date('2026-03-14T12:00:05Z');

/** Numbers the interchanges of a reply from 42 on. */
function counting(): () => number {
  let number = 41;
  return () => ++number;
}

const reply = (bytes: Uint8Array): Promise<string | undefined> =>
  x12Reply(bytes, verdictOf(x12Engine, bytes), at, counting());

const sample = (name: string): string =>
  samples.find((one) => one.name === `x12-${name}`)?.bytes.toString('latin1') ?? '';

const segmentsTo = async (text: string): Promise<string[]> =>
  ((await reply(Buffer.from(text, 'latin1'))) ?? '').split('~');

const segmentsOf = (name: string): Promise<string[]> => segmentsTo(sample(name));

test('a valid interchange gets a 999 that accepts it, sender and receiver exchanged', async (t) => {
  t.deepEqual(await segmentsOf('837p'), [
    'ISA*00*          *00*          *ZZ*NORTHERNMUTUAL *ZZ*LINDENCLINIC   *260314*1200*^*00501*000000042*0*T*:',
    'GS*FA*NORTHERNMUTUAL*LINDENCLINIC*20260314*1200*42*X*005010X231A1',
    'ST*999*0001*005010X231A1',
    'AK1*HC*1*005010X222A1',
    'AK2*837*0001*005010X222A1',
    'IK5*A',
    'AK9*A*1*1*1',
    'SE*6*0001',
    'GE*1*42',
    'IEA*1*000000042',
    '',
  ]);
});

test('an interchange of version 4010 gets a 997', async (t) => {
  t.deepEqual((await segmentsOf('837p-4010')).slice(0, 10), [
    'ISA*00*          *00*          *ZZ*NORTHERNMUTUAL *ZZ*LINDENCLINIC   *260314*1200*U*00401*000000042*0*T*:',
    'GS*FA*NORTHERNMUTUAL*LINDENCLINIC*20260314*1200*42*X*004010',
    'ST*997*0001',
    'AK1*HC*1',
    'AK2*837*0001',
    'AK5*A',
    'AK9*A*1*1*1',
    'SE*6*0001',
    'GE*1*42',
    'IEA*1*000000042',
  ]);
  const wrong = await segmentsTo(sample('837p-4010').replace('19620320*F', '19620320*Q'));
  t.deepEqual(wrong.slice(5, 9), ['AK3*DMG*17**8', 'AK4*3**7', 'AK5*R*5', 'AK9*R*1*1*0']);
});

test('a mistake in an element is told with its segment, claim and element, without its value', async (t) => {
  const text = sample('837p').replace('*UN*1***1', '*UN*1.1.1***1');
  t.deepEqual((await segmentsTo(text)).slice(5, 10), [
    'IK3*SV1*22*2400*8',
    'CTX*CLM01:26403774',
    'IK4*4**6',
    'IK5*R*5',
    'AK9*R*1*1*0',
  ]);
});

test('a mistake before any claim was named has no context', async (t) => {
  t.deepEqual((await segmentsOf('code')).slice(5, 9), [
    'IK3*DMG*17**8',
    'IK4*3**7',
    'IK5*R*5',
    'AK9*R*1*1*0',
  ]);
});

test('each kind of mistake has its code', async (t) => {
  const expected: readonly [name: string, note: string][] = [
    ['required-element', 'IK4*3**1'],
    ['condition', 'IK4*5**2'],
    ['too-many-elements', 'IK4*2**3'],
    ['element-too-short', 'IK4*1**4'],
    ['element-too-long', 'IK4*7:1**5'],
    ['control-character', 'IK4*1**6'],
    ['external-code', 'IK4*5:1**7'],
    ['date', 'IK4*3**8'],
    ['time', 'IK4*5**9'],
    ['exclusion', 'IK4*2**10'],
    ['element-repeat', 'IK4*3**12'],
    ['too-many-components', 'IK4*5:4**13'],
    ['not-used-element', 'IK4*4**I10'],
    ['unknown-segment', 'IK3*QQ*21*2300*1'],
    ['required-segment', 'IK3*N4*10**3'],
    ['loop-repeat', 'IK3*NM1*6**4'],
    ['segment-repeat', 'IK3*N3*10**5'],
    ['segment-order', 'IK3*N3*16**7'],
    ['required-loop', 'IK3*NM1*5**I7'],
    ['segment-count', 'IK5*R*4'],
    ['control-number', 'IK5*R*3'],
    ['implementation-reference', 'IK5*R*I6'],
    ['transaction-count', 'AK9*R*3*1*0*5'],
  ];
  for (const [name, note] of expected) {
    const segments = await segmentsOf(name);
    t.true(
      segments.some((segment) => segment === note),
      `${name}: ${note} in ${segments.slice(4, -4).join('~')}`,
    );
  }
});

test('of two transactions, the good one is accepted', async (t) => {
  t.deepEqual((await segmentsOf('duplicate-control-number')).slice(4, 9), [
    'AK2*837*0001*005010X222A1',
    'IK5*A',
    'AK2*837*0001*005010X222A1',
    'IK5*R*23',
    'AK9*P*2*2*1',
  ]);
});

test('a transaction of which not all findings were kept is never accepted', async (t) => {
  const bytes = Buffer.from(sample('two-claims').replace('19620320*F', '19620320*Q'));
  const verdict = verdictOf(x12Engine, bytes);
  const cut = { ...verdict, issues: verdict.issues.slice(0, 1), issuesTotal: 40 };
  const segments = (await x12Reply(bytes, cut, at, counting()))?.split('~') ?? [];
  t.deepEqual(
    segments.filter((segment) => /^(?:IK5|AK9)/.test(segment)),
    ['IK5*R*5', 'IK5*R*5', 'AK9*R*2*2*0'],
  );
});

test('warnings that were left out make no transaction suspect', async (t) => {
  const bytes = Buffer.from(sample('two-claims').replaceAll('1992703482', '1992703428'));
  const verdict = verdictOf(x12Engine, bytes);
  const cut = { ...verdict, issues: verdict.issues.slice(0, 1), issuesTotal: 40 };
  t.regex((await x12Reply(bytes, cut, at, counting())) ?? '', /~AK9\*A\*2\*2\*2~/);
});

test('a broken envelope gets a TA1 that says what is broken', async (t) => {
  const expected: readonly [name: string, note: string][] = [
    ['group-count', 'R*021'],
    ['interchange-element', 'R*020'],
    ['segment-terminator', 'R*023'],
    ['delimiters', 'R*027'],
    ['interchange-width', 'R*022'],
  ];
  for (const [name, note] of expected) {
    const segments = await segmentsOf(name);
    t.is(segments[1], `TA1*000000101*260314*1200*${note}`, name);
    t.is(segments[2], 'IEA*0*000000042', name);
  }
  t.is((await segmentsTo('no interchange'))[1], 'TA1*000000000*260314*1200*R*022');
});

test('a group that is not closed is refused by its own 999', async (t) => {
  t.is(
    (await segmentsOf('envelope')).find((segment) => segment.startsWith('AK9')),
    'AK9*R*1*1*0*3',
  );
});

test('a TA1 comes before the 999 where ISA14 asks for one', async (t) => {
  const names = (await segmentsTo(sample('837p').replace('*000000101*0*T', '*000000101*1*T'))).map(
    (segment) => segment.split('*')[0],
  );
  t.deepEqual(names.slice(0, 4), ['ISA', 'TA1', 'GS', 'ST']);
  t.is((await segmentsOf('837p')).filter((segment) => segment.startsWith('TA1')).length, 0);
});

test('each interchange is answered by one of its own, with a number of its own', async (t) => {
  const two = sample('837p') + sample('837p').replaceAll('000000101', '000000102').replace('IEA*1', 'IEA*2');
  const segments = await segmentsTo(two);
  t.deepEqual(
    segments.filter((segment) => /^(?:TA1|IEA|AK9)/.test(segment)),
    ['AK9*A*1*1*1', 'IEA*1*000000042', 'TA1*000000102*260314*1200*R*021', 'IEA*0*000000043'],
  );
});

test('an acknowledgement is never acknowledged', async (t) => {
  for (const name of ['999', 'ta1', '997-4010']) {
    t.is(await reply(Buffer.from(sample(name))), undefined, name);
    t.is(await reply(Buffer.from(sample(name).replace('*0*T*', '*1*T*'))), undefined, `${name}, ISA14 asks`);
  }
  for (const one of samples) {
    const answer = await reply(one.bytes);
    if (answer !== undefined) t.is(await reply(Buffer.from(answer)), undefined, one.name);
  }
});

test('a claim that comes with an acknowledgement is acknowledged', async (t) => {
  const [isa = '', ...rest] = sample('837p').split('~\n');
  const both = [isa, 'TA1*000000042*260314*1200*A*000', ...rest].join('~\n');
  t.is((await segmentsTo(both)).filter((segment) => segment === 'AK9*A*1*1*1').length, 1);
});

test('every reply about health care is itself a valid interchange, but for what it echoes of a faulty header', async (t) => {
  for (const { name, bytes } of samples.filter((one) => one.name !== 'x12-unknown-transaction')) {
    const answer = await reply(bytes);
    if (answer === undefined) continue;
    const { issues } = verdictOf(x12Engine, Buffer.from(answer));
    t.deepEqual(
      issues.filter(({ location }) => !/\/AK[12]\[/.test(location)),
      [],
      name,
    );
  }
});

test('ten thousand interchanges, groups or transactions are answered in one pass', async (t) => {
  const [isa = '', gs = '', st = ''] = sample('837p').split('~\n');
  for (const part of [isa, `${gs}~${st}`, st]) {
    const bytes = Buffer.from(`${isa}~${gs}~${st}~${`${part}~`.repeat(10_000)}`);
    t.regex((await reply(bytes)) ?? '', /^ISA\*/);
  }
});
