/** Real interchanges with the verdicts of pyx12 and LinuxForHealth's x12, beside the project where there are some. */
import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../../../shared/corpora/x12/', import.meta.url);

export interface Reference {
  readonly file: string;
  /** Null where pyx12 has no map. */
  readonly pyx12: boolean | null;
  readonly linuxForHealth: boolean;
  readonly bytes: Buffer<ArrayBuffer>;
}

interface Row {
  readonly file: string;
  readonly pyx12_valid: boolean | null;
  readonly lfh_valid: boolean;
}

/** Undefined where there is no corpus. */
export function corpus(): readonly Reference[] | undefined {
  if (!existsSync(folder)) return undefined;
  const rows = JSON.parse(readFileSync(new URL('verdicts.json', folder), 'utf8')) as Row[];
  return rows.map(({ file, pyx12_valid: pyx12, lfh_valid: linuxForHealth }) => ({
    ...{ file, pyx12, linuxForHealth },
    bytes: readFileSync(new URL(file, folder)),
  }));
}

/** 270, 271, 276 and 277 of version 005010, of which LinuxForHealth's verdict counts. */
export function isInquiry({ bytes }: Reference): boolean {
  const text = bytes.toString('latin1');
  return /~\s*ST\*27[0167]\*/.test(text) && /005010X(?:212|279)/.test(text);
}

/** LinuxForHealth compares no control numbers: what is wrong with these alone is beyond its verdict. */
export function isValidToLinuxForHealth(errors: readonly string[]): boolean {
  return errors.every((rule) => rule === 'x12/control-number');
}
