/**
 * A machine as SVG: boxes within boxes, each with its state's path as id, so that a page can light up the states that are
 * active. Beside each state stand its transitions in words, which stays readable where arrows would not.
 */
import { label, outlineOf } from './machine-outline.ts';
import type { AnyStateMachine } from 'xstate';
import type { Outline } from './machine-outline.ts';

const LINE = 16;
const PAD = 12;
const CHARACTER = 7.3;

interface Box {
  readonly node: Outline;
  readonly width: number;
  readonly height: number;
  /** How much of the height its own text takes. */
  readonly head: number;
  readonly children: readonly Box[];
}

export function toSvg(machine: AnyStateMachine): string {
  const root = measure({ ...outlineOf(machine), key: machine.id });
  const size = `width="${round(root.width)}" height="${round(root.height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${round(root.width)} ${round(root.height)}" role="img">`,
    `<title>${escape(machine.id)}: ${escape(root.node.description)}</title>`,
    style,
    ...draw(root, 0, 0),
    '</svg>\n',
  ].join('\n');
}

const style = `<style>
text { font: 12px ui-monospace, monospace; fill: #1b1f24 }
.name { font-weight: 700 }
.does { fill: #57606a }
rect { fill: #fff; fill-opacity: 0.6; stroke: #8c959f; rx: 6px }
.final > rect { stroke-width: 3 }
.active > rect { stroke: #1a7f37; fill: #dafbe1 }
</style>`;

function measure(node: Outline): Box {
  const children = node.states.map(measure);
  const lines = textOf(node);
  const head = PAD + lines.length * LINE;
  const text = Math.max(...lines.map((line) => line.length)) * CHARACTER + 2 * PAD;
  const inner = Math.max(0, ...children.map(({ width }) => width)) + (children.length > 0 ? 2 * PAD : 0);
  const below = children.reduce((sum, { height }) => sum + height + PAD, 0);
  return { node, children, head, width: Math.max(text, inner), height: head + below + PAD };
}

function draw(box: Box, x: number, y: number): readonly string[] {
  const { node, children, head } = box;
  const inner: string[] = [];
  let top = y + head;
  for (const child of children) {
    inner.push(...draw({ ...child, width: box.width - 2 * PAD }, x + PAD, top));
    top += child.height + PAD;
  }
  return [
    `<g id="${escape(node.path === '' ? node.key : node.path)}" class="${node.type}">`,
    node.description === '' ? '' : `<title>${escape(node.description)}</title>`,
    `<rect x="${round(x + 1)}" y="${round(y + 1)}" width="${round(box.width - 2)}" height="${round(box.height - 2)}"/>`,
    ...textOf(node).map((line, index) => textLine(line, index, x + PAD, y + (index + 1) * LINE + 2)),
    ...inner,
    '</g>',
  ].filter((line) => line !== '');
}

function textLine(line: string, index: number, x: number, y: number): string {
  return `<text class="${index === 0 ? 'name' : 'does'}" x="${round(x)}" y="${round(y)}">${escape(line)}</text>`;
}

function textOf(node: Outline): readonly string[] {
  const begins = node.initial === null ? '' : `  ● ${node.initial}`;
  const arrows = node.transitions.map((arrow) => `${label(arrow)} → ${arrow.target ?? 'stays'}`);
  return [`${node.key}${begins}`, ...arrows];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
