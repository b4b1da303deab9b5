/**
 * The files of the audit log: `audit.jsonl` is the first, those that follow it are `audit-1.jsonl`, `audit-2.jsonl` and so
 * on. The last one is written. A file never changes its name, so that whoever reads on in it finds it.
 */
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import type { AuditDefinition } from '../config/definition.ts';
import { syncFolder } from './small-file.ts';

export class AuditFiles {
  readonly #first: string;
  readonly #limits: AuditDefinition;
  /** Ascending. */
  #numbers: readonly number[];

  private constructor(first: string, limits: AuditDefinition, numbers: readonly number[]) {
    this.#first = first;
    this.#limits = limits;
    this.#numbers = numbers;
  }

  static async find(first: string, limits: AuditDefinition): Promise<AuditFiles> {
    const { dir, name, ext } = parse(first);
    const numbers = (await readdir(dir)).flatMap((found) => numberOf(found, name, ext));
    return new AuditFiles(first, limits, numbers.length === 0 ? [0] : numbers.sort((a, b) => a - b));
  }

  /** Of the file that is written. */
  get newest(): number {
    return this.#numbers.at(-1) ?? 0;
  }

  /** Of the file before this one; undefined where none is kept. */
  before(number: number): number | undefined {
    return this.#numbers.findLast((other) => other < number);
  }

  isFull(size: number, more: number): boolean {
    return size > 0 && size + more > this.#limits.max_bytes;
  }

  /** To write in; made for the owner alone where it is missing. */
  async openNewest(): Promise<FileHandle> {
    return open(this.#path(this.newest), 'a+', 0o600);
  }

  /** Begins another file. Where that fails, everything is as before. */
  async openNext(): Promise<FileHandle> {
    const number = this.newest + 1;
    const handle = await open(this.#path(number), 'a+', 0o600);
    await syncFolder(dirname(this.#first));
    this.#numbers = [...this.#numbers, number];
    return handle;
  }

  /** To read; undefined where it is not kept any more. */
  async openToRead(number: number): Promise<FileHandle | undefined> {
    try {
      return await open(this.#path(number), 'r');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** Forgets the oldest beyond those that are kept. One that cannot be removed is tried again with the next. */
  async prune(): Promise<void> {
    for (const number of this.#numbers.slice(0, -this.#limits.files)) {
      await rm(this.#path(number), { force: true });
      this.#numbers = this.#numbers.filter((other) => other !== number);
    }
  }

  #path(number: number): string {
    const { dir, name, ext } = parse(this.#first);
    return number === 0 ? this.#first : join(dir, `${name}-${number}${ext}`);
  }
}

function numberOf(found: string, name: string, ext: string): number[] {
  if (found === `${name}${ext}`) return [0];
  if (!found.startsWith(`${name}-`) || !found.endsWith(ext)) return [];
  const digits = found.slice(name.length + 1, -ext.length);
  return /^[1-9]\d{0,14}$/.test(digits) ? [Number(digits)] : [];
}
