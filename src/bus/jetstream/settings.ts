/** What the bus needs to know of its server and stream: plain data, so that it can go to another thread. */
import type { NatsTarget } from '../../nats/connect.ts';
import type { Advisory } from './advisories.ts';
import type { StreamNeeds } from './stream-setup.ts';

export interface JetStreamSettings {
  readonly target: NatsTarget;
  readonly stream: StreamNeeds;
  /** What the server calls the two subjects that the definition may rename. */
  readonly names: { readonly ingress: string; readonly errors: string };
  /** `app.messaging.seal`. */
  readonly seal?: string | undefined;
  readonly publishTimeoutMs: number;
  /** Of what every consumer is done with; by size, `stream.maxBytes` counts. */
  readonly maxAgeMs: number;
  /** `app.messaging.sync_always`. */
  readonly syncAlways: boolean;
  /** This gateway's id, the same after a restart: part of the names of the consumers that are its alone. */
  readonly gateway: string;
  /** An object that no message may refer to is collected at this age; milliseconds, default one hour. */
  readonly objectGraceMs?: number;
}

export interface JetStreamBusOptions extends JetStreamSettings {
  /** Told what befalls the stream and its consumers, for the log. */
  readonly onAdvisory?: (advisory: Advisory) => void;
  /** Told, once, of what an operator should mend although the bus works. */
  readonly onNotice?: (sentence: string) => void;
}
