/** What Kafka's server.properties says: the listeners of a test broker and how each authenticates. */
import { join } from 'node:path';
import type { BrokerCertificates } from './certificates.ts';

/** Addresses, `HOST:PORT`. */
export interface KafkaListeners {
  readonly plain: string;
  readonly saslPlain: string;
  readonly ssl: string;
  readonly saslSsl: string;
  /** TLS that asks for the client's certificate. */
  readonly mutual: string;
}

/** How many consecutive ports a broker takes: five for clients, one for its controller. */
export const LISTENERS = 6;

export function listenersFrom(first: number): KafkaListeners {
  const at = (offset: number): string => `127.0.0.1:${first + offset}`;
  return { plain: at(0), saslPlain: at(1), ssl: at(2), saslSsl: at(3), mutual: at(4) };
}

export interface KafkaSetting {
  readonly first: number;
  readonly folder: string;
  readonly certificates: BrokerCertificates;
  /** The one user for SASL PLAIN. Those for SCRAM are made when the folder is formatted. */
  readonly plain: { readonly username: string; readonly password: string };
}

export function serverProperties(setting: KafkaSetting): string {
  const { plain, saslPlain, ssl, saslSsl, mutual } = listenersFrom(setting.first);
  const controller = `127.0.0.1:${setting.first + 5}`;
  const listeners = [
    `PLAINTEXT://${plain}`,
    `SASL_PLAINTEXT://${saslPlain}`,
    `SSL://${ssl}`,
    `SASL_SSL://${saslSsl}`,
    `MUTUAL://${mutual}`,
  ].join(',');
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@${controller}`,
    `listeners=${listeners},CONTROLLER://${controller}`,
    `advertised.listeners=${listeners}`,
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,MUTUAL:SSL',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${join(setting.folder, 'log')}`,
    SINGLE_NODE,
    sasl(setting.plain),
    tls(setting.certificates),
    '',
  ].join('\n');
}

/**
 * One node keeps what three would share, and a group need not wait for members that may come. A broker that was killed
 * may register again only when its last session is over, by default after 9 s.
 */
const SINGLE_NODE = `num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216`;

function sasl({ username, password }: KafkaSetting['plain']): string {
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const listeners = ['sasl_plaintext', 'sasl_ssl'].flatMap((name) => [
    `listener.name.${name}.plain.sasl.jaas.config=${plain}`,
    `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.${name}.scram-sha-512.sasl.jaas.config=${scram}`,
  ]);
  return ['sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', ...listeners].join('\n');
}

/** Kafka reads PEM: the key store is the key followed by its certificate, each on one line of the properties. */
function tls({ ca, server }: BrokerCertificates): string {
  return [
    'ssl.keystore.type=PEM',
    `ssl.keystore.key=${oneLine(server.key)}`,
    `ssl.keystore.certificate.chain=${oneLine(server.cert)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${ca.path}`,
    'listener.name.mutual.ssl.client.auth=required',
  ].join('\n');
}

function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n');
}
