/** Programs whose "no" is a failure: with what they said. */
import type { Ran, Run, RunOptions } from '../exec.ts';

export async function must(
  run: Run,
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Ran> {
  const ran = await run(program, args, options);
  if (ran.code === 0) return ran;
  const said = ran.stderr.trim().split('\n').at(-1);
  throw new Error(`${program} ${args[0] ?? ''} failed: ${said || `it ended with ${ran.code}`}`);
}
