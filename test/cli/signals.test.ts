import { once } from 'node:events';
import test from 'ava';
import { nodeOfTheSystem, startCli } from './cli.ts';
import { config, fakeGateway } from './fake-gateway.ts';

const nodes = { 'the Node of the project': process.execPath, 'the Node of the system': nodeOfTheSystem() };

for (const [name, node] of Object.entries(nodes)) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    (node === undefined ? test.skip : test.serial)(`${signal} ends tap with 0, under ${name}`, async (t) => {
      await using gateway = await fakeGateway({
        'GET /admin/config': config(),
        'GET /admin/events': (response) => {
          response.writeHead(200, { 'Content-Type': 'text/event-stream' });
          response.write(
            'event: message\ndata: {"data_id":"1","step":"stored","at":"2026-01-01T00:00:00.000Z"}\n\n',
          );
        },
      });
      const child = startCli(['tap', '--json', '--url', gateway.url], { node: node ?? '' });
      const closed = once(child, 'close');
      if (child.stdout !== null) await once(child.stdout, 'data');
      child.kill(signal);
      const [status] = (await closed) as [number | null];
      t.is(status, 0);
    });
  }
}

(nodes['the Node of the system'] === undefined ? test.skip : test.serial)(
  'a launcher that is killed takes its child along',
  async (t) => {
    const connection = Promise.withResolvers<undefined>();
    await using gateway = await fakeGateway({
      'GET /admin/config': config(),
      'GET /admin/events': (response) => {
        response.writeHead(200).write(': hello\n\n');
        response.on('close', () => connection.resolve(undefined));
        launched.kill('SIGKILL');
      },
    });
    const launched = startCli(['tap', '--url', gateway.url], { node: nodes['the Node of the system'] ?? '' });
    await connection.promise;
    t.pass();
  },
);
