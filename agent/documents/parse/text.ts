/** Plain text: which charset its bytes are in, and its paragraphs. */
import type { Block, ParsedFile } from './block.ts';

export function parseText(source: string): ParsedFile {
  const blocks = source
    .replace(/\r\n?/g, '\n')
    .split(/\n[^\S\n]*\n\s*|\f/)
    .map((text) => text.replace(/^\n+|\s+$/g, ''))
    .filter((text) => text !== '')
    .map((text): Block => ({ kind: 'paragraph', text, page: null }));
  return { pages: null, blocks };
}

/** The text of `bytes`, or undefined when they are no text. */
export function decodeText(bytes: Buffer): string | undefined {
  const text = decoded(bytes);
  return text !== undefined && isReadable(text) ? text : undefined;
}

function decoded(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decode(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(bytes, 'utf-16be');
  const wide = utf16WithoutMark(bytes);
  if (wide) return decode(bytes, wide);
  return decode(bytes, 'utf-8') ?? decode(bytes, doubleByteCharset(bytes)) ?? decode(bytes, 'windows-1252');
}

/** Undefined when the bytes are not of that charset. */
function decode(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Latin text in UTF-16 has a zero in every second byte; other text has none at all. */
function utf16WithoutMark(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const head = bytes.subarray(0, 4_096);
  const zeros = [0, 0];
  for (const [i, byte] of head.entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 8 && even === 0) return 'utf-16le';
  if (even > head.length / 8 && odd === 0) return 'utf-16be';
  return undefined;
}

/**
 * Both decode most of what the other wrote, as nonsense. The second byte tells: common Chinese in GB18030 has it high,
 * in Big5 often low; in Windows-1252 an accented letter mostly stands alone, so few pairs are high at all.
 */
function doubleByteCharset(bytes: Buffer): 'gb18030' | 'big5' | 'windows-1252' {
  let high = 0;
  let low = 0;
  for (let i = 0; i < bytes.length - 1; i += 1) {
    if ((bytes[i] ?? 0) < 0x81) continue;
    i += 1;
    if ((bytes[i] ?? 0) >= 0xa1) high += 1;
    else low += 1;
  }
  if (high >= low * 19) return 'gb18030';
  return high >= low / 2 && decode(bytes, 'big5') !== undefined ? 'big5' : 'windows-1252';
}

function isReadable(text: string): boolean {
  const head = text.slice(0, 100_000);
  const controls = head.match(/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
  return controls * 200 <= head.length;
}
