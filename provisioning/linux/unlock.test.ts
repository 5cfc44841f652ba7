/** A disk that its board did not open takes what a person has, as that person types it, and nothing else. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addLuksKey, formatLuks, makeKey } from '../disk/luks.ts';
import { parseRecoveryKey, toWords } from '../disk/recovery.ts';
import { run } from '../exec.ts';
import { keyFrom } from './unlock.ts';

const recoveryKey = 'cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv';
const passphrase = 'vier Wörter für Leeds';
const folder = mkdtempSync(join(tmpdir(), 'unlock-'));
const device = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  writeFileSync(device, '');
  truncateSync(device, 64 * 1024 * 1024);
  const key = makeKey();
  await formatLuks(run, device, {
    key,
    cipher: { name: 'aes-xts-plain64', keyBits: 512, sectorBytes: 4096 },
  });
  for (const other of [recoveryKey, passphrase])
    await addLuksKey(run, device, { key }, other, { stretching: { kind: 'random-key' } });
});

test.each([
  ['letters', recoveryKey.toUpperCase(), recoveryKey],
  ['words', toWords(parseRecoveryKey(recoveryKey)).join('  '), recoveryKey],
  ['a passphrase', passphrase, passphrase],
  ['a passphrase from another keyboard', ` ${passphrase.normalize('NFD')} `, passphrase],
])('%s', async (_, typed, key) => {
  expect(await keyFrom(run, device, typed)).toBe(key);
});

test.each([
  ['nothing', '', 'has 64 letters'],
  ['blanks', '  \n', 'has 64 letters'],
  ['something else', 'open sesame', 'sesame'],
  ['another disk’s key', recoveryKey.replaceAll('c', 'v'), 'not of this disk'],
])('%s is a wrong code', async (_, typed, says) => {
  await expect(keyFrom(run, device, typed)).rejects.toMatchObject({
    ...{ code: 'wrong-code', message: expect.stringContaining(says) },
  });
});
