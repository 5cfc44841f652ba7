/** The programs of the machine that builds: run one after the other, and a failure tells what they said. */
import { spawnSync } from 'node:child_process';

export class BuildError extends Error {
  override readonly name = 'BuildError';
}

export interface RunOptions {
  cwd?: string;
  input?: string;
  env?: Record<string, string>;
}

/**
 * @returns what it wrote to its standard output
 * @throws BuildError with the end of what it said, when it can't be started or doesn't end with 0
 */
export function run(program: string, args: readonly string[], { cwd, input, env }: RunOptions = {}): string {
  const ran = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
  });
  if (ran.error) throw new BuildError(`${program} could not be started`, { cause: ran.error });
  if (ran.status !== 0) {
    const said = `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new BuildError(`${program} ${args.join(' ')} ended with ${ran.status ?? ran.signal}:\n${said}`);
  }
  return ran.stdout;
}
