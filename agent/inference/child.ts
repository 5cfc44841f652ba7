/** One life of the model's process: started, listened to, its pulse taken, ended. */
import { fork } from 'node:child_process';
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

const pulseMs = 2_000;
/** Counted in our own beats, so that a suspended machine doesn't look like a hung child. */
const mostMissed = 15;
/** Beats without a single pass over the weights while there is work: the device under it hangs. */
const mostIdle = 60;
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
  child.on('message', (message) => {
    if (isTold(message)) return tell(message.events);
    const { data: parsed } = Report.safeParse(message);
    if (!parsed) kill('it spoke nonsense');
    else if (parsed.type === 'pong') pulse.felt(parsed.passes, parsed.busy);
    else report(parsed);
  });
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

function startPulse(ask: () => void, kill: (why: string) => void) {
  let missed = 0;
  let idle = 0;
  let lastPasses = -1;
  const timer = setInterval(() => {
    missed += 1;
    if (missed > mostMissed) kill('it did not answer any more');
    else ask();
  }, pulseMs);
  timer.unref();
  return {
    felt(passes: number, busy: boolean): void {
      missed = 0;
      idle = busy && passes === lastPasses ? idle + 1 : 0;
      lastPasses = passes;
      if (idle > mostIdle) kill('it made no progress any more');
    },
    stop: (): void => clearInterval(timer),
  };
}
