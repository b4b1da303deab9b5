/** `npm run infra`: the brokers for development until Ctrl-C. Their data stays from one run to the next. */
import { join } from 'node:path';
import { tameRequestQueue } from '../../src/connectors/kafka-consumer/request-queue.ts';
import { DEMO_STREAM, DEMO_SUBJECT, startInfra } from './infra.ts';
import type { Infra } from './infra.ts';

const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/healthos/infra');

async function main(): Promise<void> {
  const told = toldToEnd();
  // The topic is made by a client that would otherwise warn of its own timers.
  tameRequestQueue();
  say('Starting NATS and Kafka; the first time they are downloaded …');
  const infra = await Promise.race([startInfra({ folder: FOLDER }), told]);
  // Told to end before all has started: what has goes with this process.
  if (!infra) process.exit(0);
  say(whereEverythingIs(infra));
  await told;
  say('Stopping …');
  await infra.stop();
}

function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function whereEverythingIs({ bus, nats, kafka }: Infra): string {
  const { users, ca, client } = kafka;
  const secret = ({ username, password }: { username: string; password: string }) =>
    `${username}/${password}`;
  return `
  The gateway's bus    ${bus.url}   NATS, JetStream with sync_interval: always
  External NATS        ${nats.url}   stream ${DEMO_STREAM}, subject ${DEMO_SUBJECT}
  External Kafka       ${kafka.plain}   topic ${DEMO_SUBJECT}
    SASL               ${kafka.saslPlain}   PLAIN ${secret(users.plain)}, SCRAM-SHA-256 and -512 ${secret(users.scram)}
    TLS                ${kafka.ssl}   authority ${ca.path}
    SASL over TLS      ${kafka.saslSsl}
    mutual TLS         ${kafka.mutual}   certificate ${client.certPath}
                                          key ${client.keyPath}
  Data                 ${FOLDER}

  Next, in another terminal:   npm run demo
                               npx healthos start -f config/demo.yaml
  Ctrl-C stops the brokers.`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
