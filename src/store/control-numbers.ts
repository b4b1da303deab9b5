/**
 * The control numbers of the interchanges that we send (X12, ISA13): they count on across restarts, and none comes twice
 * before all have come. A number is given only when one beyond it is on disk; so a restart leaves some out.
 */
import { HealthosError } from '../errors.ts';
import { readSmallFile, replaceSmallFile } from './small-file.ts';

export interface ControlNumbers {
  /** From 1 to 999,999,999, and then from 1 again. Rejects with `data/unwritable`. */
  next(): Promise<number>;
}

/** ISA13 has nine digits. */
const MOST = 999_999_999;
/** So many numbers are reserved with each write. */
const RESERVED_AT_ONCE = 1000;

/** Rejects with `data/foreign-version` where the file is not one of ours, and with `data/unwritable`. */
export async function openControlNumbers(file: string): Promise<ControlNumbers> {
  let given = parse(file, await readSmallFile(file));
  let reserved = given;
  let reserving: Promise<void> | undefined;

  async function reserve(): Promise<void> {
    const upTo = given + RESERVED_AT_ONCE;
    await replaceSmallFile(file, `${JSON.stringify({ version: 1, reserved: upTo })}\n`);
    reserved = upTo;
  }

  return {
    async next() {
      while (given >= reserved) {
        reserving ??= reserve().finally(() => (reserving = undefined));
        await reserving;
      }
      given++;
      return ((given - 1) % MOST) + 1;
    },
  };
}

/** How many numbers had been reserved. */
function parse(file: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const found = /^\{"version":1,"reserved":(\d{1,15})\}\s*$/.exec(text)?.[1];
  if (found !== undefined) return Number(found);
  throw new HealthosError(
    'data/foreign-version',
    `${file} does not hold the control numbers of interchanges.`,
  );
}
