/** The code of a device whose box has no label: made at its first boot, shown on its console. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { createSetupCode, hashSetupCode } from '@rockpool/signing/setup-code';
import type { Doing } from './kit.ts';

/**
 * @param memoryFolder where the hash outlives this program, and not this boot
 * @returns the hash
 */
export async function ensureCode(
  { config, out }: Pick<Doing, 'config' | 'out'>,
  memoryFolder: string,
): Promise<string> {
  if (config.setup.code_hash) return config.setup.code_hash;
  const file = join(memoryFolder, 'setup-code.hash');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const code = createSetupCode();
  const hash = await hashSetupCode(code);
  // Shown first: one that was kept and never shown would let nobody in until the next boot.
  out.note(`The setup code of this device: ${code}`);
  writeFileAtomically(file, hash);
  return hash;
}
