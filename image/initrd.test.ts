/** What the kernel unpacks, and what a program in it needs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cpio } from './cpio.ts';
import { needed } from './initrd.ts';

test('an archive is records on four-byte borders, each with its size, up to the trailer', () => {
  const archive = cpio([
    { path: 'bin', mode: 0o40755 },
    { path: 'bin/odd', mode: 0o100755, content: Buffer.from('12345') },
    { path: 'dev/console', mode: 0o20600, device: { major: 5, minor: 1 } },
  ]);
  expect(unpacked(archive)).toEqual([
    { path: 'bin', mode: 0o40755, content: '', device: [0, 0] },
    { path: 'bin/odd', mode: 0o100755, content: '12345', device: [0, 0] },
    { path: 'dev/console', mode: 0o20600, content: '', device: [5, 1] },
    { path: 'TRAILER!!!', mode: 0, content: '', device: [0, 0] },
  ]);
});

test('the libraries of a program are those that its own loader names', () => {
  const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const library of needed(readFileSync(process.execPath))) expect(listed).toContain(library);
  expect(needed(readFileSync(process.execPath))).toContain('libc.so.6');
});

/** As Documentation/driver-api/early-userspace/buffer-format.rst of Linux has it. */
function unpacked(archive: Buffer): { path: string; mode: number; content: string; device: number[] }[] {
  const found = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (n: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + n * 8, at + 14 + n * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const contentAt = up(at + 110 + nameSize);
    found.push({
      path: archive.toString('utf8', at + 110, at + 109 + nameSize),
      ...{ mode, content: archive.toString('utf8', contentAt, contentAt + size) },
      device: [field(9), field(10)],
    });
    at = up(contentAt + size);
  }
  return found;
}

const up = (offset: number): number => offset + ((4 - (offset % 4)) % 4);
