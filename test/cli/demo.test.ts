import test from 'ava';
import { listSamples } from '../../src/samples/index.ts';
import { withFile } from '../config/loading.ts';
import { healthos } from './cli.ts';

test('the demo sends every sample, and ends with a table of what became of each', async (t) => {
  const { status, stdout, stderr } = await healthos(['demo', '-f', 'config/quickstart.yaml', '--port', '0']);
  t.is(status, 0);
  for (const { name, valid } of listSamples()) {
    t.regex(stderr, new RegExp(`${name} .*${valid ? ' valid' : ' invalid'}`));
  }
  t.regex(stderr, /\nrest-connector: \d+ messages, \d+ valid, \d+ invalid, as their samples say\.\n/);
  t.regex(stdout, /"msg":"gateway.stopped"/);
});

test('the demo of a definition whose brokers are not there says which, and how to have them', async (t) => {
  const text = 'app: { messaging: { url: "nats://127.0.0.1:1" } }\nconnectors: []\n';
  await withFile(text, async (file) => {
    const { status, stderr } = await healthos(['demo', '-f', file, '--port', '0']);
    t.is(status, 1);
    t.regex(stderr, /nothing listens at 127\.0\.0\.1:1 \(app\.messaging\.url\)\. npm run infra starts/);
  });
});
