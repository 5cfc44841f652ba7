/** Driver for fast-xml-parser: XML as a plain ordered tree, with no document type and no entities of its own. */
import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { damaged } from './problem.ts';

export interface Element {
  /** With its prefix, as written: `a:t`. */
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  /** Of this element itself. */
  text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
});

const Ordered = z.array(z.record(z.string(), z.unknown()));

/** The root element. */
export function parseXml(bytes: Buffer): Element {
  const source = bytes.toString('utf8').replace(/^\uFEFF/, '');
  // Office never writes one; with one come entities that grow without end.
  if (/<!DOCTYPE/i.test(source)) throw damaged();
  const root = elementsOf(parser.parse(source)).find((element) => !element.name.startsWith('?'));
  if (!root) throw damaged();
  return root;
}

function elementsOf(ordered: unknown): Element[] {
  return Ordered.parse(ordered).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text');
    if (name === undefined) return [];
    const inner = Ordered.parse(node[name]);
    const text = inner.map((child) => (typeof child['#text'] === 'string' ? child['#text'] : '')).join('');
    return [
      {
        name,
        attributes: z.record(z.string(), z.string()).parse(node[':@'] ?? {}),
        children: elementsOf(inner),
        text,
      },
    ];
  });
}

/** All elements below `element` with one of these names, in order; not looked for inside one another. */
export function* find(element: Element, ...names: string[]): Generator<Element> {
  for (const child of element.children) {
    if (names.includes(child.name)) yield child;
    else yield* find(child, ...names);
  }
}
