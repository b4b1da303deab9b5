import test from 'ava';
import fc from 'fast-check';
import { readAcknowledgements } from '../../../src/cli/via/mllp-reply.ts';

test('MSA and ERR are read with the delimiters that the answer declares', (t) => {
  const text = 'MSH#*!%$#A\rMSA#AE#7\rERR##PID*1*7*1*2#102*X#W#our/rule*Y###Not %F% a %T% date\r';
  t.deepEqual(readAcknowledgements(text), [
    {
      code: 'AE',
      controlId: '7',
      text: null,
      issues: [
        {
          rule: 'our/rule',
          severity: 'warning',
          location: 'PID-7.2',
          message: 'Not # a $ date',
          spec: 'HL7 table 0357: 102 X',
        },
      ],
    },
  ]);
});

test('two answers in a row are two', (t) => {
  const text = 'MSH|^~\\&|A\rMSA|CA|1\rMSH|^~\\&|A\rMSA|AR|1|Why\r';
  t.deepEqual(
    readAcknowledgements(text).map(({ code, text: why }) => [code, why]),
    [
      ['CA', null],
      ['AR', 'Why'],
    ],
  );
});

test('anything else is no answer, or one without MSA', (t) => {
  t.deepEqual(readAcknowledgements('hello'), []);
  t.is(readAcknowledgements('MSH|^~\\&|A')[0]?.code, 'no MSA');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => readAcknowledgements(`MSH${text}`).length > 0),
  );
});
