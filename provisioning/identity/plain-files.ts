/** For a desk, which has no volume of its own and no TPM: keys lie as they are, in files that their owner alone can read. */
import type { Sealer } from './credentials.ts';

export const plainFiles: Sealer = {
  seal: async (_name, secret) => secret,
  open: async (_name, sealed) => sealed,
};
