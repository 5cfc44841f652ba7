/** A disk that went to another board: its keys are put aside, and only when this board could seal new ones. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CredentialError, openCredentials, type Sealer } from './credentials.ts';
import { ensureIdentity } from './keys.ts';
import { putOtherBoardsKeysAside } from './other-board.ts';
import { sealedFiles } from './sealed-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'other-board-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = Date.UTC(2026, 10, 23, 8);
const board = (letter: string) => {
  const sealer = sealedFiles(Buffer.alloc(32, letter));
  return {
    ...{ folder, credentials: openCredentials(folder, sealer), boardAlone: sealer },
    withNewHostKey: async (empty: () => void) => {
      empty();
      writeFileSync(join(folder, 'credential.secret'), `of board ${letter}`, { flag: 'wx' });
    },
  };
};

test('on its own board nothing moves', async () => {
  const own = board('a');
  const identity = await ensureIdentity(own.credentials);
  expect(await putOtherBoardsKeysAside(own, at)).toBe(false);
  expect((await ensureIdentity(own.credentials)).publicKey).toEqual(identity.publicKey);
});

test('on another board all goes aside, the system’s half too, and a new identity is made', async () => {
  const old = board('a');
  const identity = await ensureIdentity(old.credentials);
  for (const name of ['enrolled.json', 'set-up', 'credential.secret'])
    writeFileSync(join(folder, name), name);

  const other = board('b');
  expect(await putOtherBoardsKeysAside(other, at)).toBe(true);
  const aside = 'of-another-board-2026-11-23T08-00-00-000Z';
  expect(readdirSync(folder).sort()).toEqual(['credential.secret', aside]);
  expect(readdirSync(join(folder, aside)).sort()).toEqual([
    ...['credential.secret', 'enrolled.json', 'identity-key.cred', 'set-up'],
  ]);
  expect(readFileSync(join(folder, 'credential.secret'), 'utf8')).toBe('of board b');
  expect((await ensureIdentity(other.credentials)).publicKey).not.toEqual(identity.publicKey);
  expect(await putOtherBoardsKeysAside(other, at + 1)).toBe(false);
});

test('a board that seals nothing takes nothing away', async () => {
  await ensureIdentity(board('a').credentials);
  const dead: Sealer = {
    seal: () => Promise.reject(new CredentialError('cannot-seal', 'the chip does not answer')),
    open: () => Promise.reject(new CredentialError('does-not-open', 'the chip does not answer')),
  };
  const keys = { ...board('b'), credentials: openCredentials(folder, dead), boardAlone: dead };
  await expect(putOtherBoardsKeysAside(keys, at)).rejects.toThrow('off and on');
  expect(existsSync(join(folder, 'identity-key.cred'))).toBe(true);
});
