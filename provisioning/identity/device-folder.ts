/** What a device knows of itself and its fleet, beside its sealed keys: public files, and a claim that is being used. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { ClaimFile, ControllerUrl, Pin } from '@rockpool/protocol/claim';
import { Enrolled } from '@rockpool/protocol/enrolment';
import { z } from 'zod';

export const deviceFolder = '/var/lib/rockpool/device';

/** Where the controller is, for renewals: a claim may have named it, not the settings. */
export const KnownController = z.strictObject({ version: z.literal(1), url: ControllerUrl, pin: Pin });
export type KnownController = z.infer<typeof KnownController>;

/** Who vouches for the chat page at the moment; the settings may want another. */
export const LanOrigin = z.strictObject({ version: z.literal(1), mode: z.enum(['fleet', 'own', 'acme']) });
export type LanOrigin = z.infer<typeof LanOrigin>;

const publicFiles = {
  'enrolled.json': Enrolled,
  'controller.json': KnownController,
  'lan.json': LanOrigin,
} as const;
type PublicFile = keyof typeof publicFiles;
/** Roots: who signed this device; whom people install; who signs what may be installed here. */
type RootFile = 'fleet-ca.crt' | 'lan-ca.crt' | 'update-root.json';

export interface DeviceFolder {
  readonly path: string;
  /** @throws Error when the file is there and not of this version */
  load<F extends PublicFile>(file: F): z.infer<(typeof publicFiles)[F]> | null;
  save<F extends PublicFile>(file: F, content: z.infer<(typeof publicFiles)[F]>): void;
  root(file: RootFile): string | null;
  saveRoot(file: RootFile, content: string): void;
  removeRoot(file: RootFile): void;
  /** A claim whose answer didn't come yet; readable by root only, on the encrypted volume, gone when it was used. */
  pendingClaim(): ClaimFile | null;
  savePendingClaim(claim: ClaimFile): void;
  removePendingClaim(): void;
}

export function openDeviceFolder(path: string = deviceFolder): DeviceFolder {
  const at = (file: string): string => join(path, file);
  const text = (file: string): string | null =>
    existsSync(at(file)) ? readFileSync(at(file), 'utf8') : null;
  const write = (file: string, content: string, mode: number): void => {
    // Readable by the agent; what is secret in it is sealed, and for root only.
    mkdirSync(path, { recursive: true, mode: 0o755 });
    writeFileAtomically(at(file), content, mode);
  };
  const remove = (file: string): void => {
    if (!existsSync(at(file))) return;
    rmSync(at(file));
    syncFolder(path);
  };
  const pending = 'claim.pending';
  return {
    path,
    load: (file) => {
      const content = text(file);
      // The type of each file is that of its schema; TypeScript doesn't follow the lookup.
      return content === null ? null : (publicFiles[file].parse(JSON.parse(content)) as never);
    },
    save: (file, content) => write(file, `${JSON.stringify(content, null, 2)}\n`, 0o644),
    root: text,
    saveRoot: (file, content) => write(file, content, 0o644),
    removeRoot: remove,
    pendingClaim: () => {
      const content = text(pending);
      return content === null ? null : ClaimFile.parse(JSON.parse(content));
    },
    savePendingClaim: (claim) => write(pending, JSON.stringify(claim), 0o600),
    removePendingClaim: () => remove(pending),
  };
}
