/** Where payloads are transmitted to, and what came of each: one shape over HTTP, NATS, Kafka, MLLP and DIMSE. */
import type { Issue } from '../validation/issue.ts';
import { usageError } from './errors.ts';

export interface Payload {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What came of one transmission. */
export interface Reply {
  /** The other end has taken it, as far as it says so at all. */
  readonly ok: boolean;
  /** In a word, by which replies are counted: an HTTP status, `stored`, `published`, `failed`. */
  readonly outcome: string;
  /** What is shown to people beside the outcome; null for what was not said. */
  readonly facts: readonly (string | null)[];
  /** A sentence where there is something to say. */
  readonly detail: string | null;
  readonly issues: readonly Issue[];
  /** From sending to the whole reply, in milliseconds. */
  readonly ms: number;
  /** What `--json` writes. */
  readonly document: object;
}

export interface Transmitter {
  /** Transmits a payload whole. Never rejects for what the other end answers, nor where there is no answer. */
  transmit(payload: Payload): Promise<Reply>;
  close(): Promise<void>;
}

/** What people say of where it goes. */
export interface Target {
  readonly via: 'rest' | 'nats' | 'kafka' | 'mllp' | 'dicom';
  readonly to?: string;
  readonly subject?: string;
  readonly topic?: string;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sasl?: string;
  readonly ca?: string;
  readonly callingAe?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly wait?: true;
}

/** Throws a usage error where options do not go together, before anything is read or connected. */
export function checkTarget(target: Target): void {
  refuseForeign(target);
}

/** Resolves when it is connected, where there is a connection before there is something to send. Rejects with a CliError. */
export async function openTransmitter(target: Target, payloads: readonly Payload[]): Promise<Transmitter> {
  switch (target.via) {
    case 'rest':
      return (await import('./via/rest.ts')).openRest(target);
    case 'nats':
      return (await import('./via/nats.ts')).openNats(target);
    case 'kafka':
      return (await import('./via/kafka.ts')).openKafka(target);
    case 'mllp':
      return (await import('./via/mllp.ts')).openMllp(target);
    case 'dicom':
      return (await import('./via/dicom.ts')).openDicom(target, payloads);
  }
}

/** The ways for which an option is meant, and what to know where it is not. */
const options = {
  subject: { ways: ['nats'], hint: '' },
  topic: { ways: ['kafka'], hint: '' },
  user: { ways: ['nats', 'kafka'], hint: '' },
  password: { ways: ['nats', 'kafka'], hint: '' },
  sasl: { ways: ['kafka'], hint: '' },
  ca: {
    ways: ['nats', 'kafka', 'mllp', 'dicom'],
    hint: ' Over HTTPS, NODE_EXTRA_CA_CERTS names an authority.',
  },
  token: { ways: ['rest', 'nats'], hint: '' },
  callingAe: { ways: ['dicom'], hint: '' },
  cert: { ways: ['mllp'], hint: '' },
  key: { ways: ['mllp'], hint: '' },
  wait: {
    ways: ['rest', 'mllp'],
    hint: ' A broker answers before the gateway has read: see healthos messages.',
  },
} satisfies Partial<Record<keyof Target, { ways: readonly Target['via'][]; hint: string }>>;

/** An option without effect is a misunderstanding: better said than passed over. */
function refuseForeign(target: Target): void {
  for (const [name, { ways, hint }] of Object.entries(options)) {
    if (target[name as keyof typeof options] === undefined || ways.some((way) => way === target.via))
      continue;
    throw usageError(`--${kebab(name)} is for --via ${ways.join(' and ')}.${hint}`);
  }
  if ((target.cert === undefined) !== (target.key === undefined))
    throw usageError('--cert and --key go together.');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
