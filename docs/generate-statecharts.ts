/**
 * Draws the machines into `docs/statecharts.md`: `node docs/generate-statecharts.ts` writes it, `--check` only compares
 * (exit 1 where it has drifted).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { machineCatalogue, toMermaid } from '../src/actors/machine-drawings.ts';
import { label, outlineOf, statesBelow } from '../src/actors/machine-outline.ts';
import type { AnyStateMachine } from 'xstate';
import type { Outline } from '../src/actors/machine-outline.ts';

const page = fileURLToPath(new URL('statecharts.md', import.meta.url));

/** The page as it should be. */
export function statechartsPage(): string {
  return [intro, ...[...machineCatalogue.values()].map(section)].join('\n');
}

/** True where the page on disk is what the machines say. */
export async function statechartsAreCurrent(): Promise<boolean> {
  return (await readFile(page, 'utf8').catch(() => '')) === statechartsPage();
}

const intro = `# Statecharts

Every part of the gateway that has a life of its own is an XState actor, and these are their lives, drawn from \`machines/\`
by \`node docs/generate-statecharts.ts\`; a test fails when this page and the machines differ. See them move with
\`healthos start --inspect\`, or as they stand at \`/admin/machines\` and \`/admin/actors\`.

Events that command are imperative (\`connector.stop\`), events that report are past tense (\`connector.drained\`);
\`connect.failed\` means that the actor \`connect\` ended in an error, \`after.retryDelay\` that the delay of that name is
over. What stands in brackets is a guard.
`;

function section(machine: AnyStateMachine): string {
  const root = outlineOf(machine);
  return [
    `## ${machine.id}\n`,
    `${root.description}\n`,
    `\`\`\`mermaid\n${toMermaid(machine)}\`\`\`\n`,
    '| state | means | invokes | tags | stays, but acts on |',
    '| --- | --- | --- | --- | --- |',
    ...statesBelow(root).map(row),
    '',
  ].join('\n');
}

function row({ path, description, invokes, tags, transitions }: Outline): string {
  const acts = transitions.filter(({ target }) => target === null).map(label);
  return `| \`${path}\` | ${description} | ${code(invokes)} | ${code(tags)} | ${code(acts)} |`;
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) await writeFile(page, statechartsPage());
  else if (!(await statechartsAreCurrent())) {
    process.stderr.write('docs/statecharts.md has drifted: run node docs/generate-statecharts.ts\n');
    process.exitCode = 1;
  }
}
