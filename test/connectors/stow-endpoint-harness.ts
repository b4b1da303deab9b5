/** The world around a StowEndpoint: the gateway's HTTP server, and a client that stores one object a request. */
import bunyan from 'bunyan';
import { createHttpServer } from '../../src/http/server.ts';
import type { Harness, KindHarness } from './connector-contract.ts';
import { dataSetOf, fileOf, objectOf } from './dicom-objects.ts';

const log = bunyan.createLogger({ name: 'test', streams: [] });

export const stowEndpointHarness: KindHarness = { open, refused: { url: 'no-slash-at-all' } };

async function open(): Promise<Harness> {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log });
  const { url } = await server.listen();
  return {
    config: { url: '/web' },
    ingress: server.ingress,
    sentIn: dataSetOf,
    async send(body) {
      const response = await fetch(`${url}/web/studies`, {
        method: 'POST',
        ...multipart([fileOf(objectOf(body))]),
      });
      await response.arrayBuffer();
      return response.status === 200 ? 'acknowledged' : 'refused';
    },
    close: () => server.close(),
  };
}

/** The body and headers of a store request. */
export function multipart(files: readonly Buffer[]): {
  readonly body: Buffer<ArrayBuffer>;
  readonly headers: Record<string, string>;
} {
  const parts = files.flatMap((file) => [
    Buffer.from('\r\n--limit\r\nContent-Type: application/dicom\r\n\r\n'),
    file,
  ]);
  return {
    body: Buffer.concat([...parts, Buffer.from('\r\n--limit--\r\n')]),
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=limit' },
  };
}
