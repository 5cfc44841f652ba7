/** A typed passphrase on a real disk file. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../exec.ts';
import { chooseCipher } from './cost.ts';
import { formatLuks, makeKey, mustBeVolume, opensWith } from './luks.ts';
import { normalise, setPassphrase } from './passphrase.ts';

const board = { memoryBytes: 512 * 1024 * 1024, cores: 2, aes: true };

test('a new passphrase opens, the one before opens no more, and both cost what the board can pay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-passphrase-'));
  try {
    const device = join(folder, 'disk');
    const key = makeKey();
    writeFileSync(device, '');
    truncateSync(device, 20 * 1024 * 1024);
    await formatLuks(run, device, { key, cipher: chooseCipher(board) });
    await setPassphrase(run, device, { key }, 'four words of mine', board);
    const slot = await setPassphrase(
      run,
      device,
      { key: 'four words of mine' },
      'four others of ours',
      board,
    );
    const { slots, metadata } = await mustBeVolume(device);
    expect(slots.map(({ kind }) => kind).sort()).toEqual(['bootstrap', 'passphrase']);
    expect(metadata.keyslots[slot]?.kdf).toMatchObject({ type: 'argon2id', memory: 64 * 1024, time: 16 });
    expect(await opensWith(run, device, 'four others of ours', slot)).toBe(true);
    expect(await opensWith(run, device, 'four words of mine')).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('it is the same from every keyboard', () => {
  expect(normalise(' Schlüssel zum Büro\n')).toBe(normalise('Schlu\u0308ssel zum Bu\u0308ro'));
});

test.each([
  ['short', 'it has 14 letters'],
  ['钥匙'.repeat(3), 'this one has 6'],
  ['with a tab\tin the middle', 'nobody sees'],
])('%j is refused with what to do', (typed, sentence) => {
  expect(() => normalise(typed)).toThrow(sentence.replace('it has', 'has'));
});
