/** The code on the device's label, of which the agent knows a slow hash only; it opens the first account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSetupCode, parseSetupCodeHash } from '@rockpool/signing/setup-code';

export interface SetupCodeHash {
  /** Takes a fifth of a second of a core and 64 MiB: ask one at a time. */
  isOf(code: string): Promise<boolean>;
}

export const setupCodeCredential = 'setup-code';

/**
 * @param credentials where systemd lays them; undefined when it was used and removed, or never given
 * @throws Error when what lies there is no hash
 */
export function readSetupCode(credentials: string | undefined): SetupCodeHash | undefined {
  const stored = credentials === undefined ? undefined : read(join(credentials, setupCodeCredential));
  if (!stored) return undefined;
  parseSetupCodeHash(stored);
  return { isOf: (code) => isSetupCode(code, stored) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
