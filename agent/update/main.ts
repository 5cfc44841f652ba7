/** The updater's process: does what waits in the folder of orders, and ends. Another order, or a start of the device, begins it again. */
import { z } from 'zod';
import { systemClock } from '../host/clock.ts';
import { HomeHeld, holdHome } from '../host/lock.ts';
import { createLog } from '../host/log.ts';
import { Stopped } from './machine/within.ts';
import { agentSocket } from './slots/asks.ts';
import { NoTrust } from './trusted-root.ts';
import { openUpdater, type UpdaterOptions } from './updater.ts';

const Environment = z.object({
  ROCKPOOL_UPDATE: z.string().startsWith('/'),
  ROCKPOOL_DEVICE: z.string().startsWith('/'),
  ROCKPOOL_APPLIANCE: z.enum(['0', '1']).default('0'),
  ROCKPOOL_UPDATE_SOCKET: z.string().startsWith('/').default(agentSocket),
  /** A stick's folder. */
  ROCKPOOL_UPDATE_BUNDLE: z.string().startsWith('/').optional(),
  /** What switches between two systems here. */
  ROCKPOOL_SLOTS: z.enum(['boot-entries', 'nvbootctrl', 'rauc']).default('boot-entries'),
  ROCKPOOL_ESP: z.string().startsWith('/').default('/efi'),
  ROCKPOOL_LOG: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

const given = Environment.parse(process.env);
const log = createLog({ level: given.ROCKPOOL_LOG });
const stopping = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());

const options: UpdaterOptions = {
  folder: given.ROCKPOOL_UPDATE,
  deviceFolder: given.ROCKPOOL_DEVICE,
  agentSocket: given.ROCKPOOL_UPDATE_SOCKET,
  bundle: given.ROCKPOOL_UPDATE_BUNDLE,
  appliance:
    given.ROCKPOOL_APPLIANCE === '1'
      ? { selection: '/run/rockpool/release/current', slots: given.ROCKPOOL_SLOTS, esp: given.ROCKPOOL_ESP }
      : undefined,
  log,
};

// What hangs must not keep this process: only the next one takes back what this one could not.
process.exit(await run());

async function run(): Promise<number> {
  try {
    const hold = holdHome(options.folder, systemClock, 'command');
    try {
      const updater = await openUpdater(options);
      try {
        log.info({ rest: await updater.run(stopping.signal) }, 'nothing waits');
        return 0;
      } finally {
        updater.close();
      }
    } finally {
      hold.release();
    }
  } catch (error) {
    if (error instanceof Stopped) return 0;
    // Another one is at it, and looks at the folder before it ends.
    if (error instanceof HomeHeld) return 0;
    // No failure: whoever orders something is told so, and nobody else needs to know.
    if (error instanceof NoTrust) {
      log.info({}, error.message);
      return 0;
    }
    log.error({ err: error }, 'the updater ended');
    return 1;
  }
}
