/**
 * Asks a listener what it speaks, where the client only saw its connection end. One request of the Kafka protocol is sent,
 * over TLS and in the clear: a SASL handshake, which a listener with passwords answers otherwise than one without.
 */
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SecurityProtocol } from './config.ts';

const LIMIT_MS = 1500;
/** Size, then SaslHandshake (17) version 1, correlation 1, no client id, mechanism PLAIN. */
const handshake = Buffer.from(
  '00000011' + '0011' + '0001' + '00000001' + 'ffff' + '0005' + '504c41494e',
  'hex',
);
/** Where the error stands in the answer: behind size and correlation. */
const ERROR_AT = 8;
const ILLEGAL_SASL_STATE = 34;

/** Undefined where it does not speak Kafka, or not within a second and a half. Never rejects. */
export async function listenerProtocol(server: string): Promise<SecurityProtocol | undefined> {
  const { host, port } = addressOf(server);
  const [secure, plain] = await Promise.all([
    // Nothing is told to the listener but the question: whose certificate it shows does not matter.
    ask(() =>
      connectTls({
        host,
        port,
        rejectUnauthorized: false,
        ...(isIP(host) === 0 ? { servername: host } : {}),
      }),
    ),
    ask(() => connect({ host, port })),
  ]);
  if (secure !== undefined) return secure ? 'SASL_SSL' : 'SSL';
  return plain === undefined ? undefined : plain ? 'SASL_PLAINTEXT' : 'PLAINTEXT';
}

/** Host and port of `host:port`; the port is 9092 where there is none. */
export function addressOf(server: string): { readonly host: string; readonly port: number } {
  const [, host = server, port = '9092'] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(server) ?? [];
  return { host, port: Number(port) };
}

/** Does it want a password? Undefined without an answer in Kafka's protocol. */
function ask(open: () => Socket): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const socket = open();
    let answer = Buffer.alloc(0);
    const end = (wantsPassword?: boolean) => {
      socket.destroy();
      resolve(wantsPassword);
    };
    socket.setTimeout(LIMIT_MS, () => end());
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < ERROR_AT + 2) return;
      if (answer.readInt32BE(4) === 1) end(answer.readInt16BE(ERROR_AT) !== ILLEGAL_SASL_STATE);
      else end();
    });
    socket.write(handshake);
  });
}
