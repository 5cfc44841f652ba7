/** How a new release shows that it does its work: again and again over a while, by one process that stays. */
import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import { UpdateError } from '../parts.ts';

export interface Pauses {
  /** Ends early when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Asks the running agent; undefined when nobody answers. */
export type AskState = (signal: AbortSignal) => Promise<AgentState | undefined>;

export interface Holding {
  /** So often in a row, by the same process… */
  times: number;
  /** …so far apart. */
  everyMs: number;
  /** After so many looks it has had its chance. */
  looks: number;
}
/** Half a minute of being well, within ten minutes: loading a large model from a slow disk takes some of them. */
export const usualHolding: Holding = { times: 6, everyMs: 5_000, looks: 120 };

/** Memory that has to be free while it serves: less, and the next long conversation ends a process. */
export const headroomMiB = 256;

/**
 * @param objection what speaks against this answer yet, or undefined; throws what can't get better by waiting
 * @throws UpdateError what was objected last, when it took too long
 */
export async function holds(
  ask: AskState,
  objection: (state: AgentState | undefined) => Promise<UpdateError | undefined>,
  pauses: Pauses,
  { times, everyMs, looks }: Holding,
  signal: AbortSignal,
): Promise<void> {
  let row: { pid: number; times: number } | undefined;
  let last: UpdateError | undefined;
  for (let look = 0; look < looks && !signal.aborted; look += 1) {
    const state = await ask(signal);
    if (signal.aborted) break;
    const against = await objection(state);
    if (against !== undefined || state === undefined) {
      row = undefined;
      last = against ?? last;
    } else {
      // Another process is another try: one that dies every few seconds is well in between.
      row = row?.pid === state.pid ? { pid: row.pid, times: row.times + 1 } : { pid: state.pid, times: 1 };
      if (row.times >= times) return;
    }
    await pauses.sleep(everyMs, signal);
  }
  throw last ?? new UpdateError('timeout', 'It did not show in time that it does its work.');
}

/** What speaks against any agent, whatever was updated. @param uplinkBefore a network that was away before proves nothing */
export function unwell(
  state: AgentState | undefined,
  uplinkBefore: AgentState['uplink'],
): UpdateError | undefined {
  if (state === undefined) return new UpdateError('crashed', 'The agent does not answer.');
  const why = !state.ready
    ? `The agent does not serve people: ${state.why ?? 'it does not say why'}.`
    : state.memoryAvailableMiB < headroomMiB
      ? `Only ${state.memoryAvailableMiB} MiB of memory are left while it serves.`
      : uplinkBefore === 'online' && state.uplink !== 'online'
        ? 'The connection to the controller, which was there before, did not come back.'
        : undefined;
  return why === undefined ? undefined : new UpdateError('unhealthy', why);
}
