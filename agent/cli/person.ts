/** In whose name a command acts: the one given by --user, else the device's first administrator. */
import { DeviceStatus } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import type { Api } from './api.ts';
import type { Doing } from './command.ts';

export const userOption = ['--user <name>', 'in whose name; default: the first administrator'] as const;
export const ByUser = z.object({ user: z.string().optional() });

export async function inNameOf(doing: Doing, user: string | undefined): Promise<Api> {
  const api = await doing.api();
  if (user !== undefined) return api.as(user);
  const { needsSetup } = await api.request('GET', '/api/status', DeviceStatus);
  if (!needsSetup) return api;
  throw new Refusal(
    'setup-needed',
    "Nobody has an account yet; make one with 'npx rockpool user add NAME --role admin'.",
  );
}
