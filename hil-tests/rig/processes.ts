/** Programs that a rig starts: each is known by its pid, ends with the rig, and leaves nothing behind. */
import { spawn, spawnSync } from 'node:child_process';
import { StoryError } from './serial.ts';

export interface Running extends AsyncDisposable {
  readonly pid: number;
  isAlive(): boolean;
  /** As a pulled plug: at once and without a word. */
  kill(): Promise<void>;
  /** Resolves with what it ended with. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** The end of what it said, for whoever asks why it is gone. */
  said(): string;
}

/** Arguments of `setpriv`: the kernel ends the program when who started it is gone, even by a signal that nobody can catch. */
export const withItsParent = ['--pdeathsig', 'KILL', '--'] as const;

export function start(program: string, args: readonly string[]): Running {
  const child = spawn('setpriv', [...withItsParent, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (piece: Buffer): void => {
    said = `${said}${piece}`.slice(-4_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let isOver = false;
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', (cause) => {
      isOver = true;
      reject(new StoryError(`${program} could not be started`, { cause }));
    });
    child.on('exit', (code, signal) => {
      isOver = true;
      resolve(code ?? signal);
    });
  });
  // Whoever doesn't wait for the end still learns of it by isAlive().
  ended.catch(() => undefined);
  const kill = async (): Promise<void> => {
    if (!isOver) child.kill('SIGKILL');
    await ended;
  };
  return {
    pid: child.pid ?? -1,
    isAlive: () => !isOver,
    kill,
    ended,
    said: () => said,
    [Symbol.asyncDispose]: kill,
  };
}

/** @throws StoryError with what it said, when it doesn't end with 0 */
export function runNow(program: string, args: readonly string[], input?: string): string {
  const ran = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  });
  if (ran.error) throw new StoryError(`${program} could not be started`, { cause: ran.error });
  if (ran.status !== 0) {
    throw new StoryError(
      `${program} ${args.join(' ')} ended with ${ran.status ?? ran.signal}:\n${ran.stdout}${ran.stderr}`,
    );
  }
  return ran.stdout;
}
