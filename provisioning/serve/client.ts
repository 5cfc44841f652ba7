/** The setup page's side of root's socket: one question a connection. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Refusal } from '@rockpool/protocol/refusal';
import type { SetupProgress } from '@rockpool/protocol/setup';
import { ProvisionAnswer, type ProvisionRequest, socketPath } from './requests.ts';

type Said<S extends ProvisionAnswer['say']> = Extract<ProvisionAnswer, { say: S }>;
const says = {
  progress: 'progress',
  code: 'code',
  certificate: 'certificate',
  start: 'done',
  kept: 'done',
  unlock: 'done',
} as const;
type Asked = keyof typeof says;

/**
 * @throws Refusal as root's side said it, or `failed` when it can't be reached
 */
export async function ask<A extends Asked>(
  request: Extract<ProvisionRequest, { ask: A }>,
  { path = socketPath, signal }: { path?: string; signal?: AbortSignal } = {},
): Promise<Said<(typeof says)[A]>> {
  const asked: ProvisionRequest = request;
  for await (const answer of answers(asked, path, signal)) {
    if (answer.say !== says[asked.ask as A]) throw new Error(`root answered ${answer.say} to ${asked.ask}`);
    return answer as Said<(typeof says)[A]>;
  }
  throw new Refusal('failed', 'The setup program ended without an answer; look at the device’s console.');
}

/** Progress now and after every change, until `signal` aborts or root's side ends. */
export async function* watch({
  path = socketPath,
  signal,
}: {
  path?: string;
  signal?: AbortSignal;
} = {}): AsyncGenerator<SetupProgress> {
  for await (const answer of answers({ ask: 'watch' }, path, signal)) {
    if (answer.say === 'progress') yield answer.progress;
  }
}

async function* answers(
  request: ProvisionRequest,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<ProvisionAnswer> {
  const socket = connect({ path, ...(signal ? { signal } : {}) });
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
      const answer = ProvisionAnswer.parse(JSON.parse(line));
      if (answer.say === 'refused') throw new Refusal(answer.code, answer.message);
      yield answer;
    }
  } catch (cause) {
    if (cause instanceof Refusal || signal?.aborted) throw cause;
    throw new Refusal('failed', 'The setup program can’t be reached; wait a moment and try again.', {
      cause,
    });
  } finally {
    socket.destroy();
  }
}
