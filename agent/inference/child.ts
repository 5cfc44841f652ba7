/** One life of the model's process: started, listened to, its pulse taken, ended. */
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { hearFrames, sendFrame } from './frames.ts';
import { type Pulse, startPulse } from './pulse.ts';
import { isTold, type Order, Report, type Told } from './wire.ts';

export interface Child {
  send(order: Order): void;
  /** At once; `why` is how `ended` will put it. */
  kill(why: string): void;
  /** Resolves with one clause on how it ended. */
  readonly ended: Promise<string>;
  readonly pid: number | undefined;
}

export interface ChildOptions {
  sequences: number;
  tell(events: Told['events']): void;
  report(report: Report): void;
}

const keptOutput = 2_000;

export function startChild({ sequences, tell, report }: ChildOptions): Child {
  const child = fork(new URL('./llama-process.ts', import.meta.url), {
    serialization: 'advanced',
    // A small young generation costs nothing at this load and saves some 10 MB.
    execArgv: ['--max-semi-space-size=2'],
    // Every sequence samples in this pool while a pass holds one thread and files need some.
    env: { ...process.env, UV_THREADPOOL_SIZE: String(sequences + 4) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let killed: string | undefined;
  let output = '';
  const kill = (why: string): void => {
    killed ??= why;
    child.kill('SIGKILL');
  };
  const pulse = startPulse(() => send({ type: 'ping' }), kill);
  const send = (order: Order): void => {
    if (child.connected) child.send(order, () => undefined); // whoever waits for an answer hears of the end
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-keptOutput);
  });
  child.on('message', listener({ tell, report }, pulse, kill));
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const how = killed ?? (signal ? `it was ended by ${signal}` : `it ended with code ${code}`);
      resolve(output.trim() === '' ? how : `${how}; its last words: ${output.trim()}`);
    });
  });
  void ended.then(pulse.stop);
  return { send, kill, ended, pid: child.pid };
}

/**
 * A process that is a unit of its own: systemd starts it when we connect, and it ends with the connection. What it says
 * besides is in its own journal.
 * @param path of its Unix socket
 */
export function connectChild(path: string, { tell, report }: Omit<ChildOptions, 'sequences'>): Child {
  const socket = connect(path);
  let why: string | undefined;
  const kill = (reason: string): void => {
    why ??= reason;
    socket.destroy();
  };
  const send = (order: Order): void => {
    if (!socket.destroyed) sendFrame(socket, order);
  };
  const pulse = startPulse(() => send({ type: 'ping' }), kill);
  hearFrames(socket, listener({ tell, report }, pulse, kill));
  socket.on('error', (error) => {
    why ??= error.message;
  });
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(why ?? 'its process ended'));
  });
  void ended.then(pulse.stop);
  return { send, kill, ended, pid: undefined };
}

const listener =
  ({ tell, report }: Omit<ChildOptions, 'sequences'>, pulse: Pulse, kill: Child['kill']) =>
  (message: unknown): void => {
    if (isTold(message)) {
      tell(message.events);
      return;
    }
    const { data: parsed } = Report.safeParse(message);
    if (!parsed) kill('it spoke nonsense');
    else if (parsed.type === 'pong') pulse.felt(parsed.passes, parsed.busy);
    else report(parsed);
  };
