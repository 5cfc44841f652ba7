/** The controller as an operator starts it: a process of its own, that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../cli/main.ts';
import { databaseEnv } from '../store/database.fixture.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ControllerProcess {
  url: string;
  pin: string;
  /** Where devices speak MQTT, and operators look. */
  broker: string;
  dashboard: string;
  /** Of the first operator; absent when there is one. */
  setupCode?: string;
  process: ChildProcess;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const serve = (home: string): string[] => [
  ...[main, 'serve', '--json', '--home', home, '--listen', '127.0.0.1:0', '--name', '127.0.0.1'],
  ...['--mqtt-listen', '127.0.0.1:0', '--dashboard-listen', '127.0.0.1:0', '--log-level', 'silent'],
];

/** A start that ends as if power was cut. */
export async function startAndKill(home: string, afterMs: number): Promise<void> {
  const env = { ...process.env, ...(await databaseEnv(home)) };
  const started = spawn(process.execPath, [...serve(home), '--insecure-keys'], { stdio: 'ignore', env });
  const ended = once(started, 'exit');
  setTimeout(() => started.kill('SIGKILL'), afterMs);
  await ended;
}

/** Waits until it listens. */
export async function startProcess(
  home: string,
  args: readonly string[] = ['--insecure-keys'],
): Promise<ControllerProcess> {
  const env = { ...process.env, ...(await databaseEnv(home)) };
  const started = spawn(process.execPath, [...serve(home), ...args], {
    ...{ stdio: ['ignore', 'pipe', 'pipe'], env },
  });
  let complaints = '';
  started.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const ended = once(started, 'exit');
  const line = await Promise.race([
    once(createInterface(started.stdout), 'line').then(([text]) => String(text)),
    ended.then(() => Promise.reject(new Error(`it ended: ${complaints}`))),
  ]);
  const said = JSON.parse(line) as Pick<
    ControllerProcess,
    'url' | 'pin' | 'broker' | 'dashboard' | 'setupCode'
  >;
  return {
    ...{ ...said, process: started },
    async kill(signal) {
      started.kill(signal);
      await ended;
    },
  };
}

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command in a process of its own; @returns its exit code */
export async function commandProcess(home: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, ...(await databaseEnv(home)) };
  const [code] = (await once(
    spawn(process.execPath, [main, ...args, '--home', home], { stdio: 'ignore', env }),
    'exit',
  )) as [number];
  return code;
}

/** One command, as typed, in this process and with nobody at its terminal. */
export async function command(
  home: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const into = (where: keyof typeof said) => ({
    write: (text: string) => {
      said[where] += text;
    },
  });
  const code = await runCommandLine(args, {
    ...{ stdin: Readable.from([]), stdout: into('stdout'), stderr: into('stderr') },
    env: { ROCKPOOL_FLEET_HOME: home, ...(await databaseEnv(home)), ...env },
  });
  return { code, ...said };
}
