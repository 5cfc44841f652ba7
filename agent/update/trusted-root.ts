/** Whose releases this device may take: a root of TUF, which it was told once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateError } from './parts.ts';

/** Nobody ever said whose releases this device may take. */
export class NoTrust extends UpdateError {
  constructor() {
    super(
      'metadata',
      "This device trusts nobody's releases yet: renew its certificate at a controller that has some, or run `rockpool update trust root.json`.",
    );
  }
}

/** By its controller when it enrolled; or by a person. */
const rootFiles = (deviceFolder: string, folder: string): string[] => [
  join(deviceFolder, 'update-root.json'),
  join(folder, 'root.json'),
];

export const isTrusting = (deviceFolder: string, folder: string): boolean =>
  rootFiles(deviceFolder, folder).some((file) => existsSync(file));

/** @throws NoTrust */
export function trustedRoot(deviceFolder: string, folder: string): Buffer {
  for (const file of rootFiles(deviceFolder, folder)) {
    const found = bytesOf(file);
    if (found) return found;
  }
  throw new NoTrust();
}

/** Undefined where there is no such file. */
export function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
