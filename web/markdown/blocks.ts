/** Cuts growing Markdown into blocks that are finished and a tail that still changes, so only the tail is parsed again. */

export interface Blocks {
  /** Finished: later text can't change how these look. */
  committed: readonly string[];
  tail: string;
  /** How much of the text the committed blocks cover. */
  offset: number;
}

export const noBlocks: Blocks = { committed: [], tail: '', offset: 0 };

/** A block longer than this is cut at a line end: no parser sees more at once, whatever the model writes. */
export const maxBlockChars = 12_000;

/** The blocks of `text`, which continues the text that `before` was made from. */
export function advance(before: Blocks, text: string): Blocks {
  const committed = [...before.committed];
  let offset = before.offset;
  for (let end = blockEnd(text, offset); end !== null; end = blockEnd(text, offset)) {
    committed.push(text.slice(offset, end));
    offset = end;
  }
  return { committed, tail: text.slice(offset), offset };
}

/** All of a text that no longer grows. */
export function blocksOf(text: string): string[] {
  const { committed, tail } = advance(noBlocks, text);
  return tail.trim() ? [...committed, tail] : [...committed];
}

/**
 * Parsing the tail at every frame costs the square of its length. Past a screenful it is parsed again only when it has
 * grown by an eighth, which bounds the sum by nine times the text.
 */
export function worthParsing(parsedChars: number, tailChars: number): boolean {
  if (tailChars < parsedChars) return true; // a new tail
  if (tailChars < 2_000) return tailChars !== parsedChars;
  return tailChars >= parsedChars + parsedChars / 8;
}

/** Where the block that starts at `from` ends: after its closing fence, or where a line after a blank one starts anew. */
function blockEnd(text: string, from: number): number | null {
  let fence: Fence | null = null;
  let begun = false;
  let blank = false;
  let listed = false;
  for (let start = from; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const line = text.slice(start, newline < 0 ? text.length : newline);
    const told = newline >= 0 || line.length > 8; // "1" may still become "1.", and "`" a fence
    if (begun && blank && !fence && line.trim() && told && !continues(line, listed)) return start;
    if (start - from > maxBlockChars && !fence) return start;
    if (newline < 0) return text.length - from > 2 * maxBlockChars && !fence ? from + maxBlockChars : null;
    const next = fenceAfter(fence, line);
    start = newline + 1;
    if (fence && !next && fence.first) return start;
    if (next && !fence) next.first = !begun;
    fence = next;
    blank = !fence && !line.trim();
    begun ||= !!line.trim();
    listed ||= listItem.test(line);
  }
  return null;
}

const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;

function continues(line: string, listed: boolean): boolean {
  return listed && (listItem.test(line) || /^(?: {2,}|\t)/.test(line));
}

interface Fence {
  mark: string;
  length: number;
  /** It opened the block, so its end is the block's end. */
  first: boolean;
}

/** Code fences (``` and ~~~) and display maths ($$) hold blank lines; the fence says what would end them. */
function fenceAfter(fence: Fence | null, line: string): Fence | null {
  const run = /^\s*(`{3,}|~{3,}|\$\$)/.exec(line)?.[1];
  if (!fence) {
    if (!run || (run === '$$' && line.trim().length > 2 && line.trim().endsWith('$$'))) return null;
    return { mark: run.charAt(0), length: run.length, first: false };
  }
  if (fence.mark === '$') return line.trimEnd().endsWith('$$') ? null : fence;
  const closes =
    run?.charAt(0) === fence.mark && run.length >= fence.length && !line.trim().slice(run.length);
  return closes ? null : fence;
}
