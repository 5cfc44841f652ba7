/**
 * Keeps other people's words out of a template while it renders: they go in as marks of two private characters and a
 * number, and come out as parts of their own.
 */

export interface Part {
  text: string;
  /** Whose words: special tokens may be made of the template's only. */
  from: 'template' | 'content';
}

export interface Quotes {
  /** A mark for a whole text. */
  whole(text: string): string;
  /** A copy in which every text that could spell a special token is a mark. */
  within(value: unknown): unknown;
  parts(rendered: string): Part[];
}

const mark = /(")?\uE000(\d+)\uE001(")?/g;
/** No vocabulary spells a special token without one of these. */
const suspicious = /[<[|｜▁]/;

export function createQuotes(): Quotes {
  const texts: string[] = [];
  const whole = (text: string): string => `\uE000${texts.push(text) - 1}\uE001`;
  const within = (value: unknown): unknown => {
    if (typeof value === 'string') return suspicious.test(value) ? whole(value) : value;
    if (Array.isArray(value)) return value.map(within);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [String(within(key)), within(inner)]),
    );
  };
  return {
    whole,
    within,
    parts(rendered) {
      const parts: Part[] = [];
      const add = (text: string, from: Part['from']): void => {
        const last = parts.at(-1);
        if (text === '') return;
        if (last?.from === from && from === 'template') last.text += text;
        else parts.push({ text, from });
      };
      let at = 0;
      for (const found of rendered.matchAll(mark)) {
        const [all, open = '', index, close = ''] = found;
        const text = texts[Number(index)] ?? '';
        add(rendered.slice(at, found.index) + open, 'template');
        // Inside the quotes of JSON that the template wrote, a text has to be spelled as JSON spells it.
        add(open && close ? JSON.stringify(text).slice(1, -1) : text, 'content');
        add(close, 'template');
        at = found.index + all.length;
      }
      add(rendered.slice(at), 'template');
      return parts;
    },
  };
}
