/**
 * What an operator wants of each connector, remembered across restarts of the process: a small JSON file in the data folder.
 */
import { HealthosError } from '../errors.ts';
import { readSmallFile, replaceSmallFile } from '../store/small-file.ts';

export type Desired = 'on' | 'off';

export interface DesiredStates {
  /** What an operator last wanted; undefined where none said anything, and the definition's `enabled` decides. */
  get(id: string): Desired | undefined;
  /** Resolves when it is on disk. Rejects with `data/unwritable`. */
  set(id: string, desired: Desired): Promise<void>;
}

/** Rejects with `data/foreign-version` where the file is not one of ours. */
export async function openDesiredStates(file: string): Promise<DesiredStates> {
  const states = parse(file, await readSmallFile(file));
  let writing: Promise<unknown> = Promise.resolve();
  return {
    get: (id) => states.get(id),
    set(id, desired) {
      states.set(id, desired);
      const written = writing.then(() => replaceSmallFile(file, serialise(states)));
      writing = written.catch(() => undefined);
      return written;
    },
  };
}

function parse(file: string, text: string | undefined): Map<string, Desired> {
  if (text === undefined) return new Map();
  try {
    const read: unknown = JSON.parse(text);
    if (
      typeof read === 'object' &&
      read !== null &&
      'version' in read &&
      read.version === 1 &&
      'desired' in read
    ) {
      return new Map(
        Object.entries(read.desired ?? {}).map(([id, wanted]) => [id, wanted === 'off' ? 'off' : 'on']),
      );
    }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new HealthosError('data/foreign-version', `${file} does not hold the desired states of connectors.`);
}

function serialise(states: ReadonlyMap<string, Desired>): string {
  return `${JSON.stringify({ version: 1, desired: Object.fromEntries(states) }, null, 2)}\n`;
}
