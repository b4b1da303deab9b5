/** Watches that each of very many damaged payloads gets its verdict and its reply, soon. */
import { detect } from '../../../src/messages/detect.ts';
import type { Examined } from '../../../src/validation/engine.ts';
import { operationOutcome } from '../../../src/validation/fhir/reply.ts';
import { toXml } from '../../../src/validation/fhir/reply-xml.ts';
import { type FhirDefinition, fhirSettings } from '../../../src/validation/fhir/settings.ts';
import { damagedJson, damagedXml } from './damage.ts';
import { examine } from './examine.ts';

export interface Survival {
  readonly inputs: number;
  /** The numbers of the inputs on which something threw. */
  readonly crashed: readonly number[];
  /** The longest that one input took, in milliseconds of this thread's own time, and its number. */
  readonly slowestMs: number;
  readonly slowest: number;
}

const damage = { json: damagedJson, xml: damagedXml } as const;

/** The inputs of these numbers. */
export function fuzz(form: keyof typeof damage, from: number, to: number): Survival {
  const watch = new Watch();
  for (let number = from; number < to; number += 1) watch.see(damage[form](number), number);
  return watch.survival();
}

/** Each seed, cut off at every offset. */
export function truncations(seeds: readonly Uint8Array[]): Survival {
  const watch = new Watch();
  let number = 0;
  for (const seed of seeds) {
    for (let length = 0; length < seed.length; length += 1) watch.see(seed.subarray(0, length), number++);
  }
  return watch.survival();
}

type Said = Pick<Examined, 'hint' | 'fhirVersion' | 'fhir'>;

const settings = (definition: FhirDefinition): Said => ({ fhir: fhirSettings(definition) });
/** What is configured and claimed, in turns. */
const said: readonly Said[] = [
  ...[{}, {}, {}, settings({ packages: ['us-core-5.0.1'] }), settings({ packages: ['us-core-5.0.1'] })],
  ...[settings({ version: 'R4B' }), settings({ version: 'R5' }), { hint: 'application/fhir+ndjson' }],
];
/** One in so many is answered too, in XML. */
const ANSWERED = 50;

class Watch {
  #inputs = 0;
  readonly #crashed: number[] = [];
  #slowestMs = 0;
  #slowest = 0;

  see(input: Uint8Array, number: number): void {
    const before = process.threadCpuUsage();
    this.#inputs += 1;
    try {
      detect(input);
      const verdict = examine(input, 'strict', said[Math.floor(number / 2) % said.length]);
      if (number % ANSWERED === 0) toXml(operationOutcome(verdict));
    } catch {
      this.#crashed.push(number);
    }
    this.#took(process.threadCpuUsage(before), number);
  }

  #took({ user, system }: NodeJS.CpuUsage, number: number): void {
    const ms = (user + system) / 1000;
    if (ms <= this.#slowestMs) return;
    this.#slowestMs = ms;
    this.#slowest = number;
  }

  survival(): Survival {
    return {
      inputs: this.#inputs,
      crashed: this.#crashed,
      slowestMs: this.#slowestMs,
      slowest: this.#slowest,
    };
  }
}
