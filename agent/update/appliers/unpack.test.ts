import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryDisk, PowerCut } from '../disk/memory-disk.fixture.ts';
import { createNodeDisk } from '../disk/node-disk.ts';
import { archiveOf, type Member, put, releaseOf } from './archive.fixture.ts';
import { type AgentRelease, compare, unpack } from './unpack.ts';

const calm = new AbortController().signal;
const big = Buffer.alloc(3_000_000, 'rockpool');
const good: Member[] = [
  { path: 'bin/', type: 'Directory', mode: 0o777 },
  { path: 'bin/node', content: big, mode: 0o775 },
  { path: 'agent/main.ts', content: 'console.log(1)', mode: 0o600 },
  { path: 'agent/empty.ts' },
  { path: 'node_modules/@rockpool/agent', type: 'SymbolicLink', target: '../../agent' },
  { path: 'empty/', type: 'Directory' },
];
const roomy = { unpackedBytes: 10_000_000 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-unpack-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (path: string): string => join(folder, path);

async function unpacked(bytes: Buffer, more: Partial<AgentRelease> = {}): Promise<void> {
  writeFileSync(at('tar'), bytes);
  mkdirSync(at('releases'), { recursive: true });
  await unpack(createNodeDisk(), at('tar'), at('releases/x'), releaseOf(bytes, more), calm);
}

describe('an archive that was signed', () => {
  test('is unpacked with modes that every account can live with', async () => {
    await unpacked(archiveOf(good), roomy);
    expect(readFileSync(at('releases/x/bin/node')).equals(big)).toBe(true);
    const mode = (path: string): number => statSync(at(`releases/x/${path}`)).mode & 0o7777;
    expect([mode(''), mode('bin'), mode('bin/node'), mode('agent'), mode('agent/main.ts')]).toEqual([
      ...[0o755, 0o755, 0o755, 0o755, 0o644],
    ]);
    expect(readlinkSync(at('releases/x/node_modules/@rockpool/agent'))).toBe('../../agent');
    expect(readFileSync(at('releases/x/node_modules/@rockpool/agent/main.ts'), 'utf8')).toBe(
      'console.log(1)',
    );
  });

  test('with ./ before its names is the same', async () => {
    await unpacked(
      archiveOf([
        { path: './', type: 'Directory' },
        ...good.map((one) => ({ ...one, path: `./${one.path}` })),
      ]),
      roomy,
    );
    expect(readFileSync(at('releases/x/agent/main.ts'), 'utf8')).toBe('console.log(1)');
  });

  test('another one in its place is not unpacked', async () => {
    writeFileSync(at('tar'), archiveOf([{ path: 'other' }]));
    mkdirSync(at('releases'));
    const release = releaseOf(archiveOf(good), roomy);
    await expect(unpack(createNodeDisk(), at('tar'), at('releases/x'), release, calm)).rejects.toThrow(
      expect.objectContaining({ reason: 'bad-bytes' }),
    );
    expect(() => statSync(at('releases/x'))).toThrow('ENOENT');
  });
});

const below = (count: number): string => Array.from({ length: count }, () => 'a'.repeat(100)).join('/');
const hostile: [string, Member[], Partial<AgentRelease>?][] = [
  ['a name that climbs out', [{ path: '../x' }]],
  ['a name that climbs out from below', [{ path: 'a/../../x' }]],
  ['an absolute name', [{ path: '/etc/x' }]],
  ['a name with a backslash', [{ path: 'a\\..\\x' }]],
  ['a name with a line break', [{ path: 'a\nb' }]],
  ['a name with no end', [{ path: `${below(12)}/x` }]],
  ['a name that no file system takes', [{ path: `${'n'.repeat(256)}/x` }]],
  ['a link that leaves', [{ path: 'a', type: 'SymbolicLink', target: '../x' }]],
  ['an absolute link', [{ path: 'a', type: 'SymbolicLink', target: '/etc' }]],
  [
    'a link that leaves by way of another one',
    [
      { path: 'deep/er/x' },
      { path: 'short', type: 'SymbolicLink', target: 'deep/er' },
      { path: 'deep/er/up', type: 'SymbolicLink', target: '../../short/../../..' },
    ],
  ],
  [
    'a link that leads to itself',
    [
      { path: 'a', type: 'SymbolicLink', target: 'b' },
      { path: 'b', type: 'SymbolicLink', target: 'a' },
    ],
  ],
  [
    'a file that is written through a link',
    [
      { path: 'inside/', type: 'Directory' },
      { path: 'a', type: 'SymbolicLink', target: 'inside' },
      { path: 'a/x', content: 'x' },
    ],
  ],
  ['a file below a file', [{ path: 'a', content: 'x' }, { path: 'a/b' }]],
  ['a hard link', [{ path: 'x' }, { path: 'shadow', type: 'Link', target: '/etc/shadow' }]],
  ['a hard link within', [{ path: 'x' }, { path: 'y', type: 'Link', target: 'x' }]],
  ['a device', [{ path: 'sda', type: 'BlockDevice' }]],
  ['a terminal', [{ path: 'tty', type: 'CharacterDevice' }]],
  ['a pipe', [{ path: 'pipe', type: 'FIFO' }]],
  ['a file of a kind that is not known', [{ path: 'sparse', type: 'S' }]],
  ['setuid', [{ path: 'su', mode: 0o4755 }]],
  ['setgid', [{ path: 'sg', mode: 0o2755 }]],
  [
    'the same file twice',
    [
      { path: 'a', content: '1' },
      { path: 'a', content: '2' },
    ],
  ],
  [
    'a link over a file',
    [
      { path: 'a', content: '1' },
      { path: './a', type: 'SymbolicLink', target: 'b' },
    ],
  ],
  [
    'a folder over a file',
    [
      { path: 'a', content: '1' },
      { path: 'a/', type: 'Directory' },
    ],
  ],
  ['more entries than it says', Array.from({ length: 101 }, (_, n) => ({ path: `f${n}` }))],
  [
    'more folders than it says, without naming them',
    [{ path: `${Array.from({ length: 101 }, () => 'd').join('/')}/x` }],
  ],
  ['more bytes than it says', [{ path: 'a', content: big }], { unpackedBytes: 2_999_999 }],
];

describe('case 17: an archive is refused that holds', () => {
  test.each(hostile)('%s', async (_, members, more) => {
    await expect(unpacked(archiveOf(members), more)).rejects.toThrow(
      expect.objectContaining({ reason: 'bad-content' }),
    );
    expect(() => statSync(at('releases/x'))).toThrow('ENOENT');
    // Nothing beside the place where it was tried.
    expect(() => statSync(at('x'))).toThrow('ENOENT');
  });

  test('a million entries: it ends at the first too many', async () => {
    const members = Array.from({ length: 20_000 }, (_, n) => ({ path: `f${n}` }));
    await expect(unpacked(archiveOf(members), { entries: 50 })).rejects.toThrow('more than the 50 entries');
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('another archive, compressed by %s, that would grow unseen', async (_, squeeze) => {
    await expect(unpacked(squeeze(archiveOf(good)))).rejects.toThrow('the archive is compressed');
  });

  test('an end that came too early', async () => {
    await expect(unpacked(archiveOf(good).subarray(0, 2_000_000), roomy)).rejects.toThrow(
      expect.objectContaining({ reason: 'bad-content' }),
    );
  });

  test('a header that was damaged', async () => {
    const bytes = archiveOf(good);
    bytes[3] = 0x58;
    await expect(unpacked(bytes, roomy)).rejects.toThrow(expect.objectContaining({ reason: 'bad-content' }));
  });
});

describe('case 16: what was changed after it was unpacked is found', () => {
  const files = [...good.slice(0, 1), { path: 'bin/node', content: 'node' }, ...good.slice(2)];
  const archive = archiveOf(files);
  const changes: [string, () => void][] = [
    ['a byte', () => writeFileSync(at('releases/x/agent/main.ts'), 'console.log(2)')],
    ['a longer file', () => writeFileSync(at('releases/x/bin/node'), 'node and more')],
    ['a file that is gone', () => rmSync(at('releases/x/agent/empty.ts'))],
    ['a file more', () => writeFileSync(at('releases/x/empty/new.ts'), '')],
    ['a file more at the top', () => writeFileSync(at('releases/x/preload.ts'), '')],
    [
      'a link in place of a file, to one with the same bytes',
      () => {
        writeFileSync(at('elsewhere'), 'node');
        rmSync(at('releases/x/bin/node'));
        symlinkSync(at('elsewhere'), at('releases/x/bin/node'));
      },
    ],
    [
      'a link in place of a folder',
      () => {
        mkdirSync(at('elsewhere'));
        rmSync(at('releases/x/empty'), { recursive: true });
        symlinkSync(at('elsewhere'), at('releases/x/empty'));
      },
    ],
    [
      'a link that leads elsewhere',
      () => {
        rmSync(at('releases/x/node_modules/@rockpool/agent'));
        symlinkSync('../../empty', at('releases/x/node_modules/@rockpool/agent'));
      },
    ],
  ];

  test.each(changes)('%s', async (_, change) => {
    await unpacked(archive);
    const looked = (): Promise<void> =>
      compare(createNodeDisk(), at('tar'), at('releases/x'), releaseOf(archive), calm);
    await looked();
    change();
    await expect(looked()).rejects.toThrow(expect.objectContaining({ reason: 'bad-bytes' }));
  });

  test('the archive itself', async () => {
    const filled = Buffer.concat([archive, Buffer.alloc(8 * 512)]);
    await unpacked(filled);
    const later = Buffer.from(filled);
    later[later.byteLength - 1] = 1; // behind the end, where no reader of archives looks
    writeFileSync(at('tar'), later);
    await expect(
      compare(createNodeDisk(), at('tar'), at('releases/x'), releaseOf(filled), calm),
    ).rejects.toThrow('not the one that was signed');
  });
});

describe('whatever happens to the disk', () => {
  const archive = archiveOf([{ path: 'bin/node', content: 'node' }, ...good.slice(2)]);
  const release = releaseOf(archive);
  const disk = async (): Promise<MemoryDisk> => {
    const fresh = new MemoryDisk();
    await fresh.makeFolder('/u/releases');
    for (const path of ['/u/releases', '/u', '/']) await fresh.syncFolder(path);
    await put(fresh, '/u/tar', archive);
    return fresh;
  };

  test('power lost at any write leaves a whole release or none, and the next try completes it', async () => {
    for (let n = 0, cut = true; cut; n += 1) {
      const before = await disk();
      before.cutPowerAtWrite(n);
      try {
        await unpack(before, '/u/tar', '/u/releases/x', release, calm);
        cut = false;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      for (let seed = 0; seed < 4; seed += 1) {
        const after = before.afterPowerCut(n * 4 + seed);
        const isThere = (await after.list('/u/releases')).includes('x');
        if (!cut) expect(isThere, `done, and lost by seed ${seed}`).toBe(true);
        if (isThere) await compare(after, '/u/tar', '/u/releases/x', release, calm);
        await unpack(after, '/u/tar', '/u/releases/x', release, calm);
        await compare(after, '/u/tar', '/u/releases/x', release, calm);
        expect(await after.list('/u/releases')).toEqual(['x']);
      }
    }
  });

  test('a disk whose syncs do nothing is noticed by the test above', async () => {
    const lying = await disk();
    lying.stopSyncing();
    await unpack(lying, '/u/tar', '/u/releases/x', release, calm);
    const lost = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, seed) => !(await lying.afterPowerCut(seed).list('/u/releases')).includes('x'),
      ),
    );
    expect(lost).toContain(true);
  });

  test.each([
    ['ENOSPC', 'no-space'],
    ['EIO', 'disk'],
    ['EROFS', 'disk'],
  ] as const)('%s is told as %s, whichever write it hits', async (fault, reason) => {
    const clean = await disk();
    const start = clean.writes;
    await unpack(clean, '/u/tar', '/u/releases/x', release, calm);
    for (let hit = 2; hit < clean.writes - start - 2; hit += 1) {
      const faulty = await disk();
      faulty.failWrites((_, __, n) => (n === hit ? fault : undefined));
      await expect(unpack(faulty, '/u/tar', '/u/releases/x', release, calm), `write ${hit}`).rejects.toThrow(
        expect.objectContaining({ reason }),
      );
    }
  });

  test('it stops when it is told to', async () => {
    const ended = AbortSignal.abort(new Error('told to end'));
    await expect(unpack(await disk(), '/u/tar', '/u/releases/x', release, ended)).rejects.toThrow(
      'told to end',
    );
  });
});
