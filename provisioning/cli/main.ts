/** The command line of `rockpool-provision`: which commands there are, how an error is told, with which number it ends. */
import { version } from '@rockpool/agent/host/version.ts';
import { Refusal } from '@rockpool/protocol/refusal';
import { Command, CommanderError } from 'commander';
import { PlanRefused, StepFailed } from '../apply.ts';
import { DiskError } from '../disk/disk-error.ts';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import { TlsRefused } from '../tls/refused.ts';
import { escrowCommands } from './escrow.ts';
import { exitCodeOf, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { joinCommand } from './join.ts';
import { keyCommands } from './keys.ts';
import type { Kit, Parts } from './kit.ts';
import { harmless, type Streams } from './output.ts';
import { serviceCommands } from './serve.ts';
import { stepCommands } from './steps.ts';
import { tsigKeyCommand } from './tsig-key.ts';

/** @returns the exit code */
export async function runCommandLine(
  args: readonly string[],
  parts: Parts,
  streams: Streams,
): Promise<number> {
  const stop = stopOnSignals();
  let code: number = exitCodes.ok;
  let json = false;
  const program = createProgram({
    ...{ parts, streams, signal: stop.signal },
    ended: (with_) => {
      code = with_;
    },
    asJson: (wanted) => {
      json = wanted;
    },
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    tell(error, json, streams);
    return exitCodeOf(error);
  } finally {
    stop.end();
  }
}

export function createProgram(kit: Kit): Command {
  const program = new Command('rockpool-provision')
    .description(
      'From a bare board to a device with an encrypted disk, an identity and TLS, or a refusal that says why.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => kit.streams.stdout.write(text),
      writeErr: (text) => kit.streams.stderr.write(text),
    })
    .showSuggestionAfterError()
    .addHelpText('after', exitCodesHelp);
  stepCommands(program, kit);
  keyCommands(program, kit);
  escrowCommands(program, kit);
  serviceCommands(program, kit);
  joinCommand(program, kit);
  tsigKeyCommand(program, kit);
  return program;
}

function tell(error: unknown, json: boolean, { stdout, stderr }: Streams): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (json) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  stderr.write(`${harmless(message)}\n`);
}

/** Of a step that failed, why: scripts tell a claim that was used from a network that is away. */
function codeOf(error: unknown): string {
  const isCoded =
    error instanceof Refusal ||
    error instanceof EnrolmentRefused ||
    error instanceof TlsRefused ||
    error instanceof DiskError;
  if (isCoded) return error.code;
  if (error instanceof PlanRefused) return 'conflict';
  return error instanceof StepFailed ? codeOf(error.cause) : 'failed';
}

/** The first signal asks to end in order, the second ends at once. */
function stopOnSignals(): { signal: AbortSignal; end(): void } {
  const stopping = new AbortController();
  const heed = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    stopping.abort(new Refusal('aborted', 'Stopped; run it again to go on.'));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, heed);
  return {
    signal: stopping.signal,
    end: () => {
      for (const name of names) process.off(name, heed);
    },
  };
}
