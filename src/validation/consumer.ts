/**
 * The validator's work: consumes `lfh.healthos.ingress`, and forwards each message with its verdict to
 * `lfh.healthos.validated.<format>` or to the errors. Runs in a thread of its own; nothing that a message holds ends it.
 */
import { type Burst, Pace } from '../burst.ts';
import { type Delivery, type MessageBus } from '../bus/message-bus.ts';
import { subjects, validatedSubject } from '../bus/subjects.ts';
import { HealthosError } from '../errors.ts';
import { freeNow } from '../free-now.ts';
import { type Format, formats, header } from '../messages/envelope.ts';
import { dataIdOf } from '../messages/identity.ts';
import { bytesWanted } from './dicom/head.ts';
import type { FhirSettings } from './fhir/settings.ts';
import type { GeneralRule } from './general-rules.ts';
import { generalVerdict } from './general-verdict.ts';
import type { Judged } from './judge.ts';
import type { Policy } from './levels.ts';
import type { Progress } from './progress.ts';
import { validate } from './validate.ts';
import { verdictHeaders } from './verdict-headers.ts';

export const VALIDATOR = 'validator';

/** A message on which a validator died or overran: given up, with the rule that says so, instead of tried again. */
export interface GivenUp {
  readonly seq: number;
  readonly rule: GeneralRule;
}

export interface ValidationOptions {
  readonly bus: MessageBus;
  /** What holds for a connector's messages; for an unknown one what holds for all. */
  policyFor(connector: string | undefined): Policy;
  /** What is configured for FHIR of a connector's messages; left out, the defaults hold. */
  fhirFor?(connector: string | undefined): FhirSettings;
  readonly progress: Progress;
  readonly givenUp: readonly GivenUp[];
  readonly burst: Burst;
  /** Told of an engine's bug, by the message's id; never of what the message holds. */
  onFault(dataId: string, thrown: unknown): void;
}

const BATCH = 256;
/** A batch that takes longer than this tells the bus that the rest of it is still being worked on. */
const SLOW_MS = 1000;
/** What a gateway that was killed had in hands goes to the others after so long. */
const ACK_WAIT_MS = 6000;

/** Resolves when the signal aborts and what was given is durable. */
export async function runValidation(options: ValidationOptions, signal: AbortSignal): Promise<void> {
  const consumer = await options.bus.consume(VALIDATOR, {
    filter: [subjects.ingress],
    maxAckPending: 8 * BATCH,
    ackWaitMs: ACK_WAIT_MS,
  });
  const pace = new Pace(options.burst);
  while (!signal.aborted) {
    const batch = await consumer.fetch(BATCH, signal);
    pace.beforeBatch(batch.length);
    await validateBatch(batch, options, signal);
    await pace.afterBatch(batch.length, BATCH, signal);
  }
  await consumer.flush();
  await consumer.close();
}

async function validateBatch(
  batch: readonly Delivery[],
  options: ValidationOptions,
  signal: AbortSignal,
): Promise<void> {
  let since = Date.now();
  for (const [i, delivery] of batch.entries()) {
    if (signal.aborted) return;
    options.progress.begin(delivery.seq, Date.now());
    const claimed = delivery.headers[header.bodyRef];
    const verdict =
      claimed === undefined
        ? verdictOn(delivery, delivery.body, options)
        : await verdictOnClaim(delivery, claimed, options);
    settle(delivery, verdict);
    options.progress.end();
    if (Date.now() - since < SLOW_MS) continue;
    for (const waiting of batch.slice(i + 1)) waiting.inProgress();
    since = Date.now();
  }
}

function settle(delivery: Delivery, verdict: Judged): void {
  const subject =
    verdict.valid && verdict.format !== null ? validatedSubject(verdict.format) : subjects.errors;
  delivery.forward(subject, verdictHeaders(delivery, verdict), `${dataIdOf(delivery)}/verdict`);
}

function verdictOn(delivery: Delivery, bytes: Uint8Array, options: ValidationOptions): Judged {
  const givenUp = options.givenUp.find((one) => one.seq === delivery.seq);
  const format = formatOf(delivery);
  if (givenUp !== undefined) return generalVerdict(givenUp.rule, format);
  const size = Number(delivery.headers[header.bodySize] ?? bytes.byteLength);
  const connector = delivery.headers[header.connector];
  const policy = options.policyFor(connector);
  return twice(
    () =>
      validate(bytes, {
        ...policy,
        hint: delivery.headers[header.contentType],
        size,
        fhirVersion: delivery.headers[header.fhirVersion],
        fhir: options.fhirFor?.(connector),
      }),
    (thrown) => {
      options.onFault(dataIdOf(delivery), thrown);
      return generalVerdict('validationCrash', format);
    },
  );
}

/** An engine that throws is tried once more, in case the fault was the moment's; then it is said so. */
function twice(work: () => Judged, otherwise: (thrown: unknown) => Judged): Judged {
  try {
    return work();
  } catch {
    try {
      return work();
    } catch (thrown) {
      return otherwise(thrown);
    }
  }
}

async function verdictOnClaim(delivery: Delivery, ref: string, options: ValidationOptions): Promise<Judged> {
  const format = formatOf(delivery);
  try {
    const chunks = await options.bus.objects.get(ref);
    const size = Number(delivery.headers[header.bodySize] ?? Number.POSITIVE_INFINITY);
    const wanted = format === 'dicom' ? bytesWanted : () => Number.POSITIVE_INFINITY;
    const bytes = await readWanted(chunks, (read) => wanted(read, size));
    const verdict = verdictOn(delivery, bytes, options);
    freeNow(bytes);
    return verdict;
  } catch (thrown) {
    if (!(thrown instanceof HealthosError) || thrown.code !== 'message/body-gone') throw thrown;
    return generalVerdict('bodyGone', format);
  }
}

/** Reads as much as is wanted, which is asked again whenever so much is there. */
async function readWanted(
  chunks: AsyncIterable<Uint8Array>,
  wanted: (bytes: Uint8Array) => number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let enough = wanted(new Uint8Array());
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.byteLength;
    if (size < enough) continue;
    const bytes = inOnePiece(parts);
    enough = wanted(bytes);
    if (enough <= size) return bytes;
    parts.splice(0, parts.length, bytes);
  }
  return inOnePiece(parts);
}

function inOnePiece(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

function formatOf(delivery: Delivery): Format | null {
  const named = delivery.headers[header.format];
  return formats.find((format) => format === named) ?? null;
}
