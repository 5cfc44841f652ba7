/** Whether a command is ours to obey: signature first, then whose it is, whether it is new, whether it is still meant. Pure. */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import {
  Command,
  type CommandRefusal,
  type CommandResult,
  commandDomain,
  type DeclaredConfig,
} from '@rockpool/protocol/fleet/command';
import { z } from 'zod';
import type { Ears } from '../messages.ts';

export type Heard =
  | { kind: 'command'; command: Command }
  /** Not to be written down: it has no number of ours, so nothing becomes old by it. */
  | { kind: 'refused'; result: CommandResult };

const Versioned = z.looseObject({ v: z.unknown(), id: z.uuid().optional().catch(undefined) });

export function readCommand(ears: Ears, device: DeviceName, bytes: Uint8Array): Heard {
  const opened = ears.open(commandDomain, bytes);
  if (!opened)
    return refused(null, 'signature', 'It is not signed by a command key of this device’s controller.');
  const looked = Versioned.safeParse(opened.value);
  const id = looked.data?.id ?? null;
  if (looked.success && looked.data.v !== 1)
    return refused(id, 'unknown-version', 'This agent knows version 1 of commands only; update it first.');
  const command = Command.safeParse(opened.value);
  if (!command.success) return refused(id, 'malformed', firstIssue(command.error));
  if (command.data.dev !== device)
    return refused(id, 'not-mine', `It is for ${command.data.dev}, and this is ${device}.`);
  return { kind: 'command', command: command.data };
}

const refused = (id: string | null, reason: CommandRefusal, says: string): Heard => ({
  kind: 'refused',
  result: refusal(id, reason, says),
});

export const refusal = (id: string | null, reason: CommandRefusal, says: string): CommandResult => ({
  ...{ id, state: 'refused', reason },
  says: says.slice(0, 400),
});

const firstIssue = ({ issues: [issue] }: z.ZodError): string =>
  `It is signed, and not understood: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'unknown'}.`;

/** @returns null for a command that is new */
export function judgeNovelty(
  { id, counter }: Command,
  found: { result: CommandResult | null } | undefined,
  newest: number,
): { again: CommandResult | null } | { refuse: CommandResult } | null {
  if (found) return { again: found.result };
  if (counter > newest) return null;
  return {
    refuse: refusal(id, 'replayed', `Its number is ${counter}, and ${newest} was obeyed or refused already.`),
  };
}

/** @param nowMs null: nobody could say */
export function judgeTime({ id, notAfter }: Command, nowMs: number | null): CommandResult | null {
  if (nowMs === null)
    return refusal(
      id,
      'expired',
      'This device does not know what time it is: its clock is not synchronised and its controller has not said. Send the command again.',
    );
  if (nowMs <= notAfter) return null;
  return refusal(id, 'expired', `It was good until ${time(notAfter)}, and here it is ${time(nowMs)}.`);
}

export function judgePermission(
  { id, order }: Command,
  config: DeclaredConfig,
  configVersion: number,
): CommandResult | null {
  if (order.name === 'collect-support-bundle' && config.supportBundles === false)
    return refusal(id, 'not-allowed', 'This device’s settings allow no support bundles.');
  if (order.name === 'set-config' && order.args.version < configVersion)
    return refusal(
      id,
      'not-allowed',
      `Version ${configVersion} of the settings is in force, which is newer.`,
    );
  return null;
}

const time = (ms: number): string => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
};
