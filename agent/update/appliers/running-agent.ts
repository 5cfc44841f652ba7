/** The agent that serves people, asked by the updater over its socket: HTTP, JSON both ways, every answer parsed and bounded. */
import { request } from 'node:http';
import { AgentState, ModelBack, ModelTried, type ModelTry } from '@rockpool/protocol/update/agent-socket';
import { z } from 'zod';

export interface RunningAgent {
  /** @throws AgentSilent */
  state(signal: AbortSignal): Promise<AgentState>;
  /** May take as long as loading and one answer. @throws AgentSilent */
  tryModel(asked: ModelTry, signal: AbortSignal): Promise<ModelTried>;
  /** @throws AgentSilent */
  backToCommitted(signal: AbortSignal): Promise<void>;
}

/** It isn't there, or it didn't do what it was asked: one sentence says which. */
export class AgentSilent extends Error {
  override readonly name = 'AgentSilent';
}

const mostBytes = 64 * 1024;

/** @param path of its socket */
export function runningAgent(path: string): RunningAgent {
  const ask = async <T>(
    deed: readonly [method: string, url: string],
    body: object | undefined,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    const { status, text } = await exchange(path, deed, body, signal);
    if (status !== 200) throw new AgentSilent(`The agent refused: ${saidIn(text)}`);
    const { data, error } = shape.safeParse(jsonIn(text));
    if (error) throw new AgentSilent('The agent answered in words that this updater does not know.');
    return data as T;
  };
  return {
    state: (signal) => ask(['GET', '/state'], undefined, AgentState, signal),
    tryModel: (asked, signal) => ask(['POST', '/model/try'], asked, ModelTried, signal),
    async backToCommitted(signal) {
      await ask(['POST', '/model/back'], {}, ModelBack, signal);
    },
  };
}

function exchange(
  socketPath: string,
  [method, path]: readonly [string, string],
  body: object | undefined,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const failed = (error: Error): void =>
    reject(signal.aborted ? signal.reason : new AgentSilent(`The agent does not answer (${error.message}).`));
  const headers = { host: 'agent', ...(body ? { 'content-type': 'application/json' } : {}) };
  const asked = request({ socketPath, path, method, signal, headers }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      text += part;
      if (text.length > mostBytes) answer.destroy(new Error('it says too much'));
    });
    answer.on('error', failed);
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
  });
  asked.on('error', failed);
  asked.end(body && JSON.stringify(body));
  return promise;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON is none that fits
  }
}

const Said = z.object({ says: z.string() });
const saidIn = (text: string): string => Said.safeParse(jsonIn(text)).data?.says ?? 'it did not say why.';
