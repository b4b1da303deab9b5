/** Opens the bus that the definition names: in the data folder, or on a NATS server. */
import { isEmbedded, type MessagingDefinition } from '../config/definition.ts';
import type { Logger } from '../logging.ts';
import type { NatsTarget } from '../nats/connect.ts';
import type { DataFolder } from './data-folder.ts';
import { openEmbeddedBus } from './embedded-bus.ts';
import type { Advisory } from './jetstream/advisories.ts';
import type { JetStreamBusOptions } from './jetstream/settings.ts';
import { subjectNames } from './jetstream/subject-cover.ts';
import type { MessageBus } from './message-bus.ts';

/** Rejects only where the definition or the folder cannot be used; a server that is down is tried again and again. */
export async function openBus(
  messaging: MessagingDefinition,
  folder: DataFolder,
  log: Logger,
): Promise<MessageBus> {
  if (isEmbedded(messaging.url)) return openEmbedded(messaging, folder);
  // The client is loaded only where it is used.
  const { openJetStreamBus } = await import('./jetstream-bus.ts');
  return openJetStreamBus({
    ...jetStreamOptions(messaging, folder.gateway),
    onAdvisory: (advisory) => logAdvisory(log, advisory),
    onNotice: (notice) => log.warn({ notice }, 'bus.notice'),
  });
}

function openEmbedded(messaging: MessagingDefinition, folder: DataFolder): Promise<MessageBus> {
  return openEmbeddedBus({
    folder,
    publishTimeoutMs: messaging.publish_timeout_s * 1000,
    duplicateWindowMs: messaging.duplicate_window_s * 1000,
    retention: {
      maxAgeMs: messaging.retention.max_age_s * 1000,
      maxBytes: messaging.retention.max_bytes,
    },
  });
}

/** What of `app.messaging` the bus on a NATS server needs; `gateway` is the id of the data folder. */
export function jetStreamOptions(messaging: MessagingDefinition, gateway: string): JetStreamBusOptions {
  const names = { ingress: messaging.ingress_subject, errors: messaging.error_subject };
  return {
    target: targetOf(messaging, gateway),
    stream: {
      name: messaging.stream_name,
      subjects: subjectNames(names).all,
      duplicateWindowMs: messaging.duplicate_window_s * 1000,
      maxBytes: messaging.retention.max_bytes,
      replicas: messaging.replicas,
    },
    names,
    seal: messaging.seal,
    publishTimeoutMs: messaging.publish_timeout_s * 1000,
    maxAgeMs: messaging.retention.max_age_s * 1000,
    syncAlways: messaging.sync_always,
    gateway,
  };
}

function targetOf(
  { url, user, password, token, creds, tls }: MessagingDefinition,
  gateway: string,
): NatsTarget {
  return { servers: url.split(','), name: `healthos ${gateway}`, user, password, token, creds, tls };
}

function logAdvisory(log: Logger, { kind, level, message, consumer, seq }: Advisory): void {
  log[level]({ advisory: kind, message, consumer, seq }, 'bus.advisory');
}
