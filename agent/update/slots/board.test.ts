import { afterEach, expect, test } from 'vitest';
import { openSysfs } from '../../host/jetson/sysfs.ts';
import { type Tree, unpack } from '../../host/jetson/tree.fixture.ts';
import { boardHere } from './board.ts';

let tree: Tree | undefined;
afterEach(() => tree?.remove());

test.each([
  ['orin-nano', /^NVIDIA Jetson Orin Nano/],
  ['agx-orin', /^NVIDIA Jetson AGX Orin/],
  ['agx-thor', /^NVIDIA Jetson/],
] as const)(
  'case 20: %s says which board it is, and which Jetson Linux, without the zero that its words end with',
  async (name, words) => {
    tree = unpack(name);
    const board = await boardHere(openSysfs(tree.root), 'arm64', 8 * 2 ** 30);
    expect(board).toEqual({
      arch: 'arm64',
      board: expect.stringMatching(words),
      l4t: expect.stringMatching(/^\d+\.\d/),
      memoryMiB: 8_192,
    });
    expect(board.board).not.toContain('\0');
  },
);

test('case 20: a machine that is no Jetson says so', async () => {
  tree = unpack('pc');
  expect(await boardHere(openSysfs(tree.root), 'x64')).toMatchObject({ arch: 'x64', board: null, l4t: null });
});

test('case 20: a file that only claims to be of a board does not make one', async () => {
  tree = unpack('pc');
  tree.set('proc/device-tree/model', 'NVIDIA Jetson Orin Nano\0');
  expect(await boardHere(openSysfs(tree.root), 'x64')).toMatchObject({ board: null });
});

test('a processor that no release is made for is told', async () => {
  tree = unpack('pc');
  await expect(boardHere(openSysfs(tree.root), 'riscv64')).rejects.toThrow(
    expect.objectContaining({ reason: 'not-for-us' }),
  );
});
