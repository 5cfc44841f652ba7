/** What the setup page may ask of root's side, over its Unix socket. */
import type { SetupKept, SetupProgress, SetupStart, SetupUnlock } from '@rockpool/protocol/setup';
import type { z } from 'zod';
import { ask, watch } from '../serve/client.ts';
import { socketPath } from '../serve/requests.ts';

/** Refusals come through as root's side words them. */
export interface Root {
  /** Progress now and after every change, until `signal` aborts or root's side ends. */
  watch(signal: AbortSignal): AsyncIterable<SetupProgress>;
  /** By what the label's code is checked; null once it was used up. */
  codeHash(): Promise<string | null>;
  /** What the page can be served with once the device has one. */
  certificate(): Promise<{ cert: string; key: string } | null>;
  start(asked: z.infer<typeof SetupStart>): Promise<void>;
  kept(asked: z.infer<typeof SetupKept>): Promise<void>;
  unlock(asked: z.infer<typeof SetupUnlock>): Promise<void>;
}

export function connectRoot(path: string = socketPath): Root {
  return {
    watch: (signal) => watch({ path, signal }),
    codeHash: async () => (await ask({ ask: 'code' }, { path })).hash,
    async certificate() {
      const { certificate } = await ask({ ask: 'certificate' }, { path });
      return certificate && { cert: certificate.chain, key: certificate.key };
    },
    start: async (asked) => void (await ask({ ask: 'start', with: asked }, { path })),
    kept: async (asked) => void (await ask({ ask: 'kept', with: asked }, { path })),
    unlock: async (asked) => void (await ask({ ask: 'unlock', with: asked }, { path })),
  };
}
