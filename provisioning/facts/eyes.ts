/** How facts are read: a root folder, programs that only look, and what Node knows itself. */
import type { Root } from '@rockpool/agent/host/posture/root.ts';
import type { Run } from '../exec.ts';

export interface Eyes {
  root: Root;
  /** Made by `lookingOnly`. */
  run: Run;
  addresses(): readonly string[];
  now(): number;
}

/** Whatever may be asked while nothing is to be touched: a program, and the words that keep it from writing. */
const looking: Record<string, (args: readonly string[]) => boolean> = {
  // Nothing but what stands here: not even what every object has.
  __proto__: null as never,
  lsblk: () => true,
  // Without -p it keeps what it found in a file.
  blkid: (args) => args[0] === '-p',
  wipefs: (args) => args.includes('--no-act'),
  cryptsetup: ([verb]) => verb === '--version' || verb === 'luksDump',
  nginx: ([verb]) => verb === '-v',
  systemctl: ([verb]) => ['--version', 'is-enabled', 'is-active'].includes(verb ?? ''),
  timedatectl: ([verb]) => verb === 'show',
  udevadm: ([verb]) => verb === 'settle',
  'systemd-cryptenroll': ([verb]) => verb === '--tpm2-device=list',
  nft: (args) => args.includes('list') && !args.includes('--file'),
};

/** Refuses to start any other program: a plan that touches something is a bug that shows at once. */
export const lookingOnly =
  (run: Run): Run =>
  (program, args, options) => {
    if (looking[program]?.(args)) return run(program, args, options);
    return Promise.reject(
      new Error(`looking at a device runs ${program} ${args.join(' ')}, which may change it`),
    );
  };
