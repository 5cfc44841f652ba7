/** A disk that a person opened on another board: what the old board sealed opens nowhere any more, and is put aside. */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '@rockpool/agent/host/files.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import { CredentialError, type Credentials, type Sealer } from './credentials.ts';

const asideFrom = 'of-another-board-';

export interface DeviceKeys {
  folder: string;
  credentials: Credentials;
  /** Seals with this board and a system's half of the moment, so that only the board is asked. */
  boardAlone: Sealer;
  /**
   * The system's own half of every seal lies in this folder too, and systemd takes it on no machine but its own: it is let
   * go while the folder is emptied, and a new one is made.
   */
  withNewHostKey(empty: () => void): Promise<void>;
}

/**
 * New keys are made by the steps that follow, and the fleet wants a new claim for them. Nothing is thrown away: a board
 * that comes back opens its own again, when somebody puts them back.
 * @param at for the name of the folder they are put in
 * @returns whether anything was
 * @throws Refusal `failed` when this board seals nothing: that proves nothing about whose keys they are
 */
export async function putOtherBoardsKeysAside(
  { folder, credentials, boardAlone, withNewHostKey }: DeviceKeys,
  at: number,
): Promise<boolean> {
  if (await opens(credentials)) return false;
  if (!(await seals(boardAlone)))
    throw new Refusal(
      'failed',
      'The disk is open, and this board’s security chip seals nothing at the moment. Switch the device off and on, then enter the recovery key again.',
    );
  const aside = `${asideFrom}${new Date(at).toISOString().replace(/[:.]/g, '-')}`;
  await withNewHostKey(() => {
    mkdirSync(join(folder, aside), { mode: 0o700 });
    const names = readdirSync(folder).filter((name) => !name.startsWith(asideFrom));
    // The identity last: while it is there, a power cut leaves a folder that is known for another board's.
    for (const name of names.sort((a, b) => Number(isIdentity(a)) - Number(isIdentity(b))))
      renameSync(join(folder, name), join(folder, aside, name));
    syncFolder(join(folder, aside));
    syncFolder(folder);
  });
  return true;
}

const isIdentity = (name: string): boolean => name === 'identity-key.cred';

async function opens(credentials: Credentials): Promise<boolean> {
  try {
    await credentials.load('identity-key');
    return true;
  } catch (error) {
    if (error instanceof CredentialError && error.code === 'does-not-open') return false;
    throw error;
  }
}

async function seals(sealer: Sealer): Promise<boolean> {
  const probe = Buffer.from('of this board');
  try {
    return probe.equals(await sealer.open('identity-key', await sealer.seal('identity-key', probe)));
  } catch (error) {
    if (error instanceof CredentialError) return false;
    throw error;
  }
}
