/** What a message of the tests tells the harmful engine to do, in its MSH-10. */
export type Harm = 'THROW' | 'HANG' | 'MEMORY' | 'EXIT';

const harms: Readonly<Record<Harm, () => void>> = {
  THROW: () => {
    throw new Error('CANARY in the text of an error');
  },
  HANG: () => {
    for (;;);
  },
  MEMORY: () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from({ length: 10_000 }, (_, i) => i));
  },
  EXIT: () => process.exit(1),
};

export function detectHarm(bytes: Uint8Array): (() => void) | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const found = (Object.keys(harms) as Harm[]).find((harm) => text.includes(`|${harm}|`));
  return found && harms[found];
}
