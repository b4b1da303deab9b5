/** The few things that the generator needs of XML: a tree of elements with their attributes and text. */
import { SaxesParser } from 'saxes';

export interface Xml {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Xml[];
  text: string;
}

/** The root element. */
export function parseXml(xml: string): Xml {
  const root: Xml = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const element: Xml = { name, attributes: attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return root.children[0] ?? root;
}

/** The text of a child; empty where there is none. */
export const textOf = (xml: Xml, name: string): string => childOf(xml, name)?.text.trim() ?? '';

export const childOf = (xml: Xml, name: string): Xml | undefined =>
  xml.children.find((child) => child.name === name);

/** All elements of that name, at any depth. */
export function descendants(xml: Xml, name: string): Xml[] {
  return xml.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ]);
}
