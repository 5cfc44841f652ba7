import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../exec.ts';
import {
  blkidArguments,
  examineUnsigned,
  formattingMark,
  markOffset,
  parseBlkid,
  describe as told,
} from './content.ts';
import { readContent } from './look.ts';

const folder = mkdtempSync(join(tmpdir(), 'content-'));
afterAll(() => rmSync(folder, { recursive: true }));

const recorded = (name: string) => ({
  code: 0,
  stderr: '',
  stdout: readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8'),
});

describe.each(['2.38.1', '2.41.5'])('blkid of util-linux %s', (version) => {
  test.each([
    ['ext2-label', 'ext2 “my photos”'],
    ['luks1', 'crypto_LUKS'],
    ['luks2', 'crypto_LUKS “rockpool-data”'],
    ['fat', 'vfat “ROCKPOOL”'],
    ['swap', 'swap'],
    ['gpt', 'gpt partition table'],
  ])('%s is %s', (kind, says) => {
    const signature = parseBlkid(recorded(`blkid-${version}-${kind}`));
    expect(signature && told(signature)).toBe(says);
  });
});

test('nothing found is nothing; two at once are something; anything else is no answer', () => {
  expect(parseBlkid({ code: 2, stdout: '', stderr: '' })).toBeNull();
  expect(parseBlkid({ code: 8, stdout: '', stderr: '' })).not.toBeNull();
  expect(() => parseBlkid({ code: 4, stdout: '', stderr: 'blkid: error' })).toThrow('blkid: error');
});

test('a label can’t write on the terminal of whoever reads it', () => {
  expect(told({ type: 'vfat', label: 'A\u001b[2J\u202eB' })).toBe('vfat “A?[2J?B”');
});

const bytes = 64 * 1024 * 1024;
function disk(name: string, write: (path: string) => void = () => {}): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  write(path);
  return path;
}
const put = (at: number, what: Buffer) => (path: string) => {
  const file = openSync(path, 'r+');
  writeSync(file, what, 0, what.length, at);
  closeSync(file);
};

test('a disk of zeros, and one that was discarded to ones, is blank', async () => {
  expect(await examineUnsigned(disk('zeros'), bytes)).toBe('blank');
  expect(
    await examineUnsigned(
      disk('ones', (path) => writeFileSync(path, Buffer.alloc(bytes, 0xff))),
      bytes,
    ),
  ).toBe('blank');
});

test.each([0, 4096, 5 * 1024 * 1024, 63 * 1024 * 1024])(
  'bytes of no known kind at %i are somebody’s',
  async (at) => {
    expect(await examineUnsigned(disk(`at-${at}`, put(at, Buffer.alloc(4096, 0x5a))), bytes)).toBe('unknown');
  },
);

test('what a format of ours left when its power was cut is ours, however torn its header is', async () => {
  const torn = disk('torn', (path) => {
    put(markOffset, formattingMark)(path);
    put(0, Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x02', 'latin1'), Buffer.alloc(9000, 0x5a)]))(path);
  });
  expect(await examineUnsigned(torn, bytes)).toBe('ours');
});

test('the real blkid finds nothing on a blank disk, and what was made on another', async () => {
  expect(parseBlkid(await run('blkid', blkidArguments(disk('blank'))))).toBeNull();
  const made = disk('made');
  expect((await run('mke2fs', ['-q', '-F', '-L', 'office', made])).code).toBe(0);
  expect(parseBlkid(await run('blkid', blkidArguments(made)))).toMatchObject({ label: 'office' });
});

test('a mark of ours is no leave to format what somebody has put there since, nor what a format had not reached yet', async () => {
  const marked = disk('marked', put(markOffset, formattingMark));
  const content = async () =>
    (await readContent({ run }, { path: marked, sizeBytes: bytes, children: [] })).content;
  expect(await content()).toEqual({ kind: 'empty' });
  expect((await run('mke2fs', ['-q', '-F', '-L', 'office', '-E', 'nodiscard', marked])).code).toBe(0);
  put(markOffset, formattingMark)(marked); // where the filesystem has not written yet
  expect(await content()).toEqual({ kind: 'foreign', what: 'ext2 “office”' });
  // A header of ours that was cut off, though, is what the mark was made for.
  const torn = disk('torn-again', (path) => {
    put(markOffset, formattingMark)(path);
    put(0, Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x02', 'latin1'), Buffer.alloc(9000, 0x5a)]))(path);
  });
  expect((await readContent({ run }, { path: torn, sizeBytes: bytes, children: [] })).content).toEqual({
    kind: 'empty',
  });
});
