/** Lets a person edit a body in their editor. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from './errors.ts';

/**
 * The bytes as they are after the editor has ended. They lie meanwhile in a folder that only its owner may enter, and
 * that is removed. Throws a CliError where the editor fails or nothing was changed.
 */
export function editBody(body: Uint8Array): Buffer<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-'));
  try {
    const file = join(folder, 'body');
    writeFileSync(file, body, { mode: 0o600 });
    runEditor(file);
    const edited = readFileSync(file);
    if (edited.equals(body)) throw new CliError(1, 'Nothing was changed, so nothing was sent.');
    return edited;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As git does it: the variable may hold options, so it is the shell's to read; the file is its argument. */
function runEditor(file: string): void {
  const editor = process.env['VISUAL'] || process.env['EDITOR'] || 'vi';
  const { status } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  if (status !== 0) throw new CliError(1, 'The editor ended with a failure, so nothing was sent.');
}
