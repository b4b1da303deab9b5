import test from 'ava';
import { statechartsAreCurrent } from '../../docs/generate-statecharts.ts';

test('docs/statecharts.md shows the machines as they are', async (t) => {
  t.true(await statechartsAreCurrent(), 'run node docs/generate-statecharts.ts');
});
