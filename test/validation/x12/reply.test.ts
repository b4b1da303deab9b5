import test from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { x12Reply } from '../../../src/validation/x12/reply.ts';
import { samplesOf, verdictOf } from '../hl7v2/support.ts';

const samples = samplesOf('x12');
const at = new Date('2026-03-14T12:00:05Z');

const reply = (bytes: Uint8Array): string => x12Reply(bytes, verdictOf(x12Engine, bytes), at, '42');

const segmentsOf = (name: string): string[] =>
  reply(samples.find((sample) => sample.name === `x12-${name}`)?.bytes ?? Buffer.alloc(0)).split('~');

test('a valid interchange gets a 999 that accepts it, sender and receiver exchanged', (t) => {
  t.deepEqual(segmentsOf('837p'), [
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

test('a mistake in an element is told with its segment and element, without its value', (t) => {
  t.deepEqual(segmentsOf('code').slice(5, 9), ['IK3*DMG*17**8', 'IK4*3**7', 'IK5*R*5', 'AK9*R*1*1*0']);
});

test('of two transactions, the good one is accepted', (t) => {
  t.deepEqual(segmentsOf('duplicate-control-number').slice(4, 9), [
    'AK2*837*0001*005010X222A1',
    'IK5*A',
    'AK2*837*0001*005010X222A1',
    'IK5*R*23',
    'AK9*P*2*2*1',
  ]);
});

test('a broken envelope gets a TA1', (t) => {
  t.is(segmentsOf('envelope')[1], 'TA1*000000101*260314*1200*R*022');
  t.is(segmentsOf('group-count')[1], 'TA1*000000101*260314*1200*R*021');
  t.is(reply(Buffer.from('no interchange')).split('~')[1], 'TA1*000000000*000000*0000*R*024');
});

test('every reply about health care is itself a valid interchange, but for the control numbers that it echoes', (t) => {
  for (const sample of samples.filter(({ name }) => name !== 'x12-unknown-transaction')) {
    const { issues } = verdictOf(x12Engine, Buffer.from(reply(sample.bytes)));
    t.deepEqual(
      issues.filter(({ location }) => !location.includes('/AK2[')),
      [],
      sample.name,
    );
  }
});
