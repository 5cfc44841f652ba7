/** Finds the agent for a command: the one that runs, or one in this process on the same home. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import { HomeHeld, readHolder } from '../host/lock.ts';
import { type Api, createApi, nothing } from './api.ts';
import { httpTransport } from './http-transport.ts';
import { inProcessTransport } from './in-process-transport.ts';
import type { OpenAgent } from './parts.ts';

/** How long another command, or an agent that starts, may take before this one gives up. */
const patienceMs = 20_000;

/** The lock decides: who gets it has the home to itself, who doesn't asks its holder. Nothing else is believed. */
export async function connect(settings: Settings, openAgent: OpenAgent): Promise<Api> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    try {
      return createApi(inProcessTransport(await openAgent(settings, 'command')));
    } catch (error) {
      if (!(error instanceof HomeHeld)) throw error;
      const holder = readHolder(settings.home);
      const api = holder?.address ? createApi(httpTransport(holder.address, holder.credential)) : undefined;
      // What a killed agent wrote may stand there for a moment longer than the next one has held the lock.
      if (api && (await isAlive(api))) return api;
      if (waitedMs >= patienceMs) throw error;
    }
    await wait(50);
  }
}

const isAlive = (api: Api): Promise<boolean> =>
  api.request('GET', '/healthz', nothing).then(
    () => true,
    () => false,
  );
