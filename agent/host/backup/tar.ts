/** The tar format (POSIX ustar with pax headers), as far as a backup needs it: plain files, any name, any size. */

const block = 512;

export interface TarEntry {
  name: string;
  bytes: number;
}

/** What stands before a file's bytes. */
export function tarHeader({ name, bytes }: TarEntry): Buffer {
  const fits = Buffer.byteLength(name) <= 100 && bytes < 8 ** 11;
  if (fits) return ustar(name, bytes, '0');
  const record = Buffer.from(paxRecord('path', name) + paxRecord('size', String(bytes)));
  const short = name.replaceAll(/[^\x20-\x7e]/g, '_').slice(-100);
  return Buffer.concat([
    ustar('pax', record.length, 'x'),
    record,
    tarPadding(record.length),
    ustar(short, 0, '0'),
  ]);
}

/** What stands after a file's bytes. */
export const tarPadding = (bytes: number): Buffer => Buffer.alloc((block - (bytes % block)) % block);

export const tarEnd = (): Buffer => Buffer.alloc(2 * block);

function ustar(name: string, bytes: number, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(block);
  const put = (text: string, at: number): number => header.write(text, at, 'utf8');
  put(name, 0);
  put('0000600\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put('        ', 148); // counted as spaces
  put(type, 156);
  put('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  return `${length} ${key}=${value}\n`;
}

export class NotTar extends Error {}

/** @throws NotTar when the block is neither a header of ours nor the end */
export function readHeader(header: Buffer): (TarEntry & { type: 'file' | 'pax' }) | 'end' {
  if (header.every((byte) => byte === 0)) return 'end';
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== octal(header, 148, 8)) throw new NotTar('a header is damaged');
  const type = String.fromCharCode(header[156] ?? 0);
  if (type !== '0' && type !== 'x') throw new NotTar('it holds more than plain files');
  const name = header.toString('utf8', 0, header.indexOf(0) < 0 ? 100 : Math.min(header.indexOf(0), 100));
  return { type: type === 'x' ? 'pax' : 'file', name, bytes: octal(header, 124, 12) };
}

export function readPax(records: Buffer): Partial<TarEntry> {
  const name = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records.toString('utf8'))?.[1];
  const bytes = /(?:^|\n)\d+ size=(\d+)\n/.exec(records.toString('utf8'))?.[1];
  return {
    ...(name === undefined ? {} : { name }),
    ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
  };
}

function octal(header: Buffer, at: number, length: number): number {
  const text = header.toString('latin1', at, at + length).replaceAll(/[\0 ]/g, '');
  if (!/^[0-7]{1,12}$/.test(text)) throw new NotTar('a header is damaged');
  return Number.parseInt(text, 8);
}
