/** Driver for `tar`: a folder as a tar that comes out the same, byte for byte, wherever and whenever it is packed. */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { create, list } from 'tar';

export interface Unpacked {
  entries: number;
  bytes: number;
}

/** Sorted, nobody's, of 1970; links stay links, and files that share their bytes are written twice. */
export async function pack(folder: string, into: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) demandPlain(folder, name);
  await create(
    {
      ...{ cwd: folder, file: into, portable: true, mtime: new Date(0), noDirRecurse: true },
      linkCache: new Forgetful(),
    },
    names.map((name) => `./${name}`),
  );
}

/** What unpacking it takes. @throws Refusal when it is no tar */
export async function look(file: string): Promise<Unpacked> {
  const unpacked: Unpacked = { entries: 0, bytes: 0 };
  await list({
    file,
    strict: true,
    onReadEntry: (entry) => {
      unpacked.entries += 1;
      unpacked.bytes += entry.size ?? 0;
    },
  }).catch((cause: unknown) => {
    throw new Refusal('bad-request', `${file} is no tar.`, { cause });
  });
  if (unpacked.entries === 0) throw new Refusal('bad-request', `${file} is no tar, or an empty one.`);
  return unpacked;
}

function demandPlain(folder: string, name: string): void {
  const path = join(folder, name);
  const state = lstatSync(path);
  if (state.isSymbolicLink()) {
    const target = readlinkSync(path);
    const inside = relative(folder, posix.resolve(posix.dirname(path), target));
    if (posix.isAbsolute(target) || inside.startsWith('..'))
      throw new Refusal('bad-request', `${name} leads out of the release; no device would unpack it.`);
    return;
  }
  if (!state.isFile() && !state.isDirectory())
    throw new Refusal('bad-request', `${name} is no file, no folder and no link; no device would unpack it.`);
}

/** Hard links depend on how a folder was made; without a memory of them there are none. */
class Forgetful extends Map<never, string> {
  override set(): this {
    return this;
  }
}
