/**
 * What the LUKS2 header says of its key slots. Only root can read it, so root's program reads it when the volume opened
 * and tells the agent by a file in /run; whoever is root hands it over as it is.
 */
import { z } from 'zod';
import type { Root } from './root.ts';

/** Written by root's program, readable by all: it holds no secret. */
export const diskHeaderPath = '/run/rockpool/disk.json';

export const DiskHeader = z.strictObject({
  version: z.literal(1),
  /** Of the LUKS2 volume. */
  uuid: z.string(),
  /** One for each key slot. `unknown`: nothing of ours made it, or it was left behind by a setup that was cut off. */
  slots: z.array(z.enum(['tpm2', 'jetson', 'passphrase', 'recovery', 'unknown'])),
  /** `unconfirmed`: it was shown, and nobody said that it is kept. */
  recovery: z.enum(['kept', 'unconfirmed', 'none']),
});
export type DiskHeader = z.infer<typeof DiskHeader>;

/** Undefined when nobody told, or in words that this program doesn't know. */
export function readDiskHeader(root: Root): DiskHeader | undefined {
  const text = root.read(diskHeaderPath);
  if (text === undefined) return undefined;
  try {
    return DiskHeader.parse(JSON.parse(text));
  } catch {
    return undefined; // half written, or by another version: the finding says that nothing is known
  }
}
