/** How the agent is, for who waits until it is well: one that hangs, or speaks in other words, is one that isn't there. */
import type { AskState } from './health.ts';
import { AgentSilent, runningAgent } from './running-agent.ts';

const patienceMs = 10_000;

/** @param socket whoever listens there is the agent: only it may make that file */
export function stateAt(socket: string): AskState {
  const agent = runningAgent(socket);
  return async (signal) => {
    const late = AbortSignal.timeout(patienceMs);
    try {
      return await agent.state(AbortSignal.any([signal, late]));
    } catch (error) {
      if (error instanceof AgentSilent || late.aborted || signal.aborted) return undefined;
      throw error;
    }
  };
}
