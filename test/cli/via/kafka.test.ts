import test from 'ava';
import { stored } from '../../../src/cli/via/kafka.ts';

test('a result without an entry is no success: the client resolves so where nothing was sent', (t) => {
  t.like(stored([]), { state: 'failed', partition: null, offset: null });
  t.like(stored([{ topicName: 't', partition: 3, errorCode: 0, baseOffset: '42' }]), {
    state: 'stored',
    partition: 3,
    offset: '42',
  });
});
