/** The command line: which commands there are, how an error is told, with which number it ends. */

import { Refusal } from '@rockpool/protocol/refusal';
import { Command, CommanderError } from 'commander';
import { ZodError } from 'zod';
import { version } from '../host/version.ts';
import { askCommand } from './ask.ts';
import { backupCommands } from './backup.ts';
import type { Kit } from './command.ts';
import { deviceCommands } from './device.ts';
import { doctorCommand } from './doctor.ts';
import { documentCommands } from './documents.ts';
import { exitCodeOf, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { groupCommands } from './groups.ts';
import { keyCommands } from './keys.ts';
import { memoryCommands } from './memory.ts';
import type { Life, Parts, Streams } from './parts.ts';
import { userCommands } from './people.ts';
import { secretCommands } from './secrets.ts';
import { serveCommand } from './serve.ts';
import { tufCommand } from './tuf.ts';
import { updateCommands } from './update.ts';

/** @returns the exit code, once everything the command opened is closed */
export async function runCommandLine(
  args: readonly string[],
  parts: Parts,
  streams: Streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
): Promise<number> {
  const stop = stopOnSignals();
  let code: number = exitCodes.ok;
  let json = false;
  endQuietlyWithoutReader(streams);
  const program = createProgram({
    parts,
    streams,
    signal: stop.signal,
    onHangUp: stop.onHangUp,
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
    if (error instanceof CommanderError) return tellUsage(error, args.includes('--json'), streams);
    return tell(error, json, streams);
  } finally {
    stop.end();
  }
}

/** All commands; nothing runs until it parses. */
export function createProgram(kit: Kit): Command {
  const program = new Command('rockpool')
    .description('A private AI appliance: it answers, remembers and reads documents inside your building.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => kit.streams.stdout.write(text),
      writeErr: (text) => kit.streams.stderr.write(text),
    })
    .showSuggestionAfterError()
    .addHelpText('after', exitCodesHelp);
  serveCommand(program, kit);
  askCommand(program, kit);
  userCommands(program, kit);
  keyCommands(program, kit);
  memoryCommands(program, kit);
  documentCommands(program, kit);
  groupCommands(program, kit);
  deviceCommands(program, kit);
  backupCommands(program, kit);
  secretCommands(program, kit);
  doctorCommand(program, kit);
  tufCommand(program, kit);
  updateCommands(program, kit);
  return program;
}

/** Commander has told it on stderr already, and knows no JSON. */
function tellUsage(error: CommanderError, json: boolean, { stdout }: Streams): number {
  if (error.exitCode === 0) return exitCodes.ok;
  const message = error.message.replace(/^error: /, '');
  if (json) stdout.write(`${JSON.stringify({ error: { code: 'bad-request', message } })}\n`);
  return exitCodes.usage;
}

/** One sentence on stderr; with --json the document on stdout is the error. */
function tell(error: unknown, json: boolean, { stdout, stderr }: Streams): number {
  const { code, message } = sentence(error);
  if (json) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  stderr.write(`${message}\n`);
  return error instanceof ZodError ? exitCodes.usage : exitCodeOf(error);
}

function sentence(error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  if (error instanceof ZodError) {
    const issue = error.issues[0];
    return {
      code: 'bad-request',
      message: `Check --${String(issue?.path[0] ?? 'options')}: ${issue?.message ?? 'not valid'}.`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'failed', message: message.split('\n', 1)[0] ?? message };
}

/** The first signal asks to end in order, the second ends at once. */
function stopOnSignals(): Life & { end(): void } {
  const stopping = new AbortController();
  let reload: (() => void) | undefined;
  const heed = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    stopping.abort(new Refusal('aborted', 'Stopped.'));
  };
  const hangUp = (): void => (reload ? reload() : heed('SIGHUP'));
  process.on('SIGINT', heed).on('SIGTERM', heed).on('SIGHUP', hangUp);
  return {
    signal: stopping.signal,
    onHangUp(heeds) {
      reload = heeds;
    },
    end: () => void process.off('SIGINT', heed).off('SIGTERM', heed).off('SIGHUP', hangUp),
  };
}

/** `rockpool … | head`: whoever reads has seen enough. */
function endQuietlyWithoutReader({ stdout, stderr }: Streams): void {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.ok);
      throw error;
    });
  }
}
