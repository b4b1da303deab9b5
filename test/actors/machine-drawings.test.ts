import test from 'ava';
import { createMachine } from 'xstate';
import { drawMachines, machineCatalogue } from '../../src/actors/machine-drawings.ts';
import { outlineOf, statesBelow } from '../../src/actors/machine-outline.ts';

const drawings = drawMachines();

test('the catalogue holds every machine of the gateway, the root first', (t) => {
  t.deepEqual([...machineCatalogue.keys()], ['healthos', 'connector', 'validator', 'journal', 'message']);
});

for (const [name, machine] of machineCatalogue) {
  test(`every state of ${name} is described`, (t) => {
    const bare = statesBelow(outlineOf(machine)).filter(({ description }) => description === '');
    t.deepEqual(
      bare.map(({ path }) => path),
      [],
    );
  });
}

for (const { name, states, svg, mermaid, definition } of drawings) {
  test(`the SVG of ${name} has each state under its path as id`, (t) => {
    for (const state of states) t.true(svg.includes(`<g id="${state}" `), state);
    t.is(svg.split('<g ').length, svg.split('</g>').length);
    t.notRegex(svg, /&(?!amp;|lt;|gt;|quot;)/);
  });

  test(`the Mermaid drawing of ${name} declares each state once and draws arrows only between those`, (t) => {
    const declared = [...mermaid.matchAll(/^ *state "[^"]*" as (\w+)/gm)].map(([, id]) => id ?? '');
    t.is(new Set(declared).size, declared.length);
    for (const state of states) t.true(declared.includes(state.replaceAll('.', '_')), state);
    for (const [, from, to] of mermaid.matchAll(/^ *(\w+) --> (\w+): /gm)) {
      t.true(declared.includes(from ?? '') && declared.includes(to ?? ''), `${String(from)} ${String(to)}`);
    }
  });

  test(`the definition of ${name} can be read by XState and has the same states`, (t) => {
    const copy: unknown = JSON.parse(JSON.stringify(definition));
    const again = createMachine(copy as Parameters<typeof createMachine>[0]);
    t.deepEqual(
      statesBelow(outlineOf(again)).map(({ path }) => path),
      states,
    );
  });
}
