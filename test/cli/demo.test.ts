import test from 'ava';
import { listSamples } from '../../src/samples/index.ts';
import { healthos } from './cli.ts';

test('the demo sends every sample, and ends with a table of what became of each', async (t) => {
  const { status, stdout, stderr } = await healthos(['demo', '-f', 'config/quickstart.yaml', '--port', '0']);
  t.is(status, 0);
  for (const { name, valid } of listSamples()) {
    t.regex(stderr, new RegExp(`${name} .*${valid ? ' valid' : ' invalid'}`));
  }
  t.regex(stdout, /"msg":"gateway.stopped"/);
});
