/** What administrators do with watched folders: name them, share them with others, take them away with their documents. */
import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Folder, FolderBody } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { Store } from '../store/store.ts';
import { isAway } from './folder-look.ts';
import { isWithin, type StoredFolder } from './folder-rows.ts';
import type { Folders } from './folders.ts';

export interface FolderShelfParts {
  table: Store['documents'];
  folders: Folders;
  clock: Clock;
  /** Where the device keeps what is its own. */
  home: string;
  /** Below these the page may name folders; the command line on the device may name any. */
  places: readonly string[];
  finishRemoval(documentId: number): Promise<void>;
}

/** Whom a folder's documents are for. */
export interface FolderSharing {
  scope: FolderBody['scope'];
  group?: number | undefined;
  /** Whose they are, when the scope is `mine`. */
  person?: Person | undefined;
}

export function createFolderShelf({ table, folders, clock, home, places, finishRemoval }: FolderShelfParts) {
  const shown = ({ ownerId: _, groupId: __, root: ___, ...folder }: StoredFolder): Folder => ({
    ...folder,
    scanning: folders.isScanning(folder.id),
  });

  async function remove(id: number): Promise<void> {
    folders.unfollow(id);
    await table.leaveFolder(id);
    await finish();
  }

  /** Also what an earlier run was cut off at. */
  async function finish(): Promise<void> {
    for (const document of await table.leaving()) await finishRemoval(document);
    for (const id of await table.leavingFolders()) await table.removeFolder(id);
  }

  return {
    finish,

    list: async (): Promise<Folder[]> => (await table.listFolders()).map(shown),

    async add(by: Person, path: string, sharing: FolderSharing, isLocal: boolean): Promise<Folder> {
      const real = await mustBeFolder(path);
      if (isWithin(home, real) || isWithin(real, home))
        throw new Refusal('forbidden', 'The device keeps its own files there; choose another folder.');
      if (!isLocal && !places.some((place) => isWithin(place, real)))
        throw new Refusal(
          'forbidden',
          `Folders outside ${places.join(' and ') || 'the places of ROCKPOOL_FOLDERS'} are named on the device itself, with 'npx rockpool docs watch'.`,
        );
      const { scope, person = by } = sharing;
      const group = sharing.group ?? null;
      demandGroup(scope, group);
      const folder = await table.addFolder({
        ...{ path: real, scope, groupId: group, addedAt: clock.now() },
        ...{ ownerId: person.id, owner: person.name },
      });
      folders.follow(folder.id);
      return shown(folder);
    },

    async share(id: number, sharing: FolderSharing): Promise<Folder> {
      const { scope, person } = sharing;
      const group = sharing.group ?? null;
      demandGroup(scope, group);
      const { ownerId, owner } = await mustGet(id);
      const whose = person ?? { id: ownerId, name: owner };
      return shown(await table.shareFolder(id, { scope, groupId: group }, whose.id, whose.name));
    },

    async remove(id: number): Promise<void> {
      await mustGet(id);
      await remove(id);
    },

    async look(id: number): Promise<Folder> {
      const folder = await mustGet(id);
      folders.lookNow(id);
      return shown(folder);
    },

    async removePerson(personId: number): Promise<void> {
      for (const id of await table.foldersOf(personId)) await remove(id);
    },
  };

  async function mustGet(id: number): Promise<StoredFolder> {
    const folder = await table.folder(id);
    if (!folder) throw new Refusal('not-found', 'There is no such folder (any more).');
    return folder;
  }
}

export function demandGroup(scope: Folder['scope'], group: number | null): void {
  if ((scope === 'group') === (group !== null)) return;
  throw new Refusal(
    'bad-request',
    scope === 'group' ? "Say which group, with 'group'." : "Leave 'group' out, or make the scope 'group'.",
    { param: 'group' },
  );
}

/** Through all links, so that one place has one name. */
async function mustBeFolder(path: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0'))
    throw new Refusal('bad-request', 'Give the whole path of the folder, from / on.', { param: 'path' });
  try {
    const real = await realpath(resolve(path));
    if (!(await stat(real)).isDirectory()) throw new Refusal('bad-request', `${path} is no folder.`);
    await access(real, constants.R_OK | constants.X_OK);
    if (dirname(real) === real || /^\/(?:proc|sys|dev|run)(?:\/|$)/.test(real))
      throw new Refusal('forbidden', 'That is the system itself; choose a folder with documents.');
    return real;
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    throw new Refusal('not-found', `There is no folder ${path} that the device can read.`, { cause });
  }
}
