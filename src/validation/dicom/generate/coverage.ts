/** Writes down what the tables cover: `docs/dicom-coverage.md`. */
import type { Coverage, Requirements } from './requirements.ts';
import type { Standard } from './standard.ts';
import { bare } from './standard.ts';
import { retired } from './sop-classes.ts';

type Use = readonly [usage: 'M' | 'C' | 'U', module: string, condition?: number];

export function describeCoverage(standard: Standard, requirements: Requirements): string {
  const total = sum(Object.values(requirements.coverage));
  return `# What the tables of DICOM cover

Written by \`src/validation/dicom/generate-tables.ts\`; [DICOM](dicom.md) says what is done with it.

${standard.sopClasses.length} storage SOP classes have a definition, and ${retired.length} retired ones are known. The
modules have ${total.conditional} attributes of Type 1C and 2C, counted at every depth; the conditions of
${total.computed} of them (${share(total)}) are computed. The rest depends on what an object does not hold, such as whether contrast media
were used.

## SOP classes

Modules: mandatory, conditional (those whose condition is computed in brackets) and user optional ones. A module whose
condition is not computed, and an optional one, is checked where an attribute shows that it is there.

| SOP class | M | C | U | 1C and 2C | computed |
| --- | ---: | ---: | ---: | ---: | ---: |
${sopClassRows(standard, requirements).join('\n')}

## Conditions that are not computed

By module, the attributes at its root. Below the root it is mostly Coding Scheme Version and the frames and segments of
references.

| module | attributes |
| --- | --- |
${moduleRows(standard, requirements.coverage).join('\n')}
`;
}

function sopClassRows(standard: Standard, { iods, coverage }: Requirements): string[] {
  const ids = new Map(standard.iods.map(({ name, id }) => [name, id]));
  return standard.sopClasses.map(({ name, ciod }) => {
    const uses = iods[ids.get(ciod) ?? '']?.modules ?? [];
    const of = (usage: Use[0]): number => uses.filter((use) => use[0] === usage).length;
    const computed = uses.filter((use) => use[0] === 'C' && use.length > 2).length;
    const total = sum(uses.flatMap(([, module]) => coverage[module] ?? []));
    const label = name.replace(/ Storage( - |$)/, '$1');
    return `| ${label} | ${of('M')} | ${of('C')} (${computed}) | ${of('U')} | ${total.conditional} | ${share(total)} |`;
  });
}

function moduleRows(standard: Standard, coverage: Readonly<Record<string, Coverage>>): string[] {
  const keywords = new Map(standard.attributes.map(({ tag, keyword }) => [bare(tag), keyword]));
  return standard.modules.flatMap(({ id, table }) => {
    const left = coverage[id]?.left ?? [];
    if (left.length === 0) return [];
    return [`| ${id} (${table}) | ${left.map((tag) => keywords.get(tag) ?? tag).join(', ')} |`];
  });
}

function sum(parts: readonly Coverage[]): { conditional: number; computed: number } {
  return {
    conditional: parts.reduce((total, each) => total + each.conditional, 0),
    computed: parts.reduce((total, each) => total + each.computed, 0),
  };
}

function share({ conditional, computed }: { conditional: number; computed: number }): string {
  return conditional === 0 ? '–' : `${Math.round((100 * computed) / conditional)} %`;
}
