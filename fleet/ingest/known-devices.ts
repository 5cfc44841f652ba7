/** The devices in force and how to check what they sign, kept while nobody is revoked: a key costs more to open than to use. */
import { openVerifier, type Verifier } from '@rockpool/signing/identity';
import type { Kysely } from 'kysely';
import { revocationMark } from '../registry/admission.ts';
import type { Tables } from '../store/tables.ts';

export interface KnownDevice {
  id: number;
  name: string;
  verifier: Verifier;
}

export interface KnownDevices {
  /** Of these names, those that a device in force has; and what the registry's mark was when that was read. */
  find(names: Iterable<string>): Promise<{ devices: ReadonlyMap<string, KnownDevice>; mark: number }>;
}

const keptMost = 50_000;
const piece = 500;

export function createKnownDevices(db: Kysely<Tables>): KnownDevices {
  /** Least recently used first. */
  const known = new Map<string, KnownDevice>();
  let knownAt = -1;
  return {
    async find(names) {
      // Before the rows: one that is revoked in between shows in the next mark.
      const mark = await revocationMark(db);
      if (mark !== knownAt) known.clear();
      knownAt = mark;
      const wanted = [...new Set(names)];
      const missing = wanted.filter((name) => !known.has(name));
      for (let at = 0; at < missing.length; at += piece)
        for (const device of await load(db, missing.slice(at, at + piece))) known.set(device.name, device);
      const devices = new Map<string, KnownDevice>();
      for (const name of wanted) {
        const device = known.get(name);
        if (!device) continue;
        known.delete(name);
        known.set(name, device);
        devices.set(name, device);
      }
      for (const name of known.keys()) {
        if (known.size <= keptMost) break;
        known.delete(name);
      }
      return { devices, mark };
    },
  };
}

async function load(db: Kysely<Tables>, names: string[]): Promise<KnownDevice[]> {
  const rows = await db
    .selectFrom('devices')
    .select(['id', 'name', 'identity'])
    .where('name_in_force', 'in', names)
    .execute();
  return rows.map(({ id, name, identity }) => ({ id, name, verifier: openVerifier(identity) }));
}
