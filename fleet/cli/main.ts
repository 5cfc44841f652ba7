/** The command line of the controller: its groups, its help, and how a refusal is told. */
import { Refusal } from '@rockpool/protocol/refusal';
import { Command, CommanderError } from 'commander';
import { addAlerts } from './alerts.ts';
import { addAudit, addCa, addEscrow } from './authority.ts';
import { addBackup } from './backup.ts';
import { addBroker } from './broker.ts';
import { addClaims } from './claims.ts';
import type { Kit } from './command.ts';
import { addDemo } from './demo.ts';
import { addDevices } from './devices.ts';
import { exitCodeOf, exitCodes, exitCodesHelp, Unwell } from './exit-codes.ts';
import { addKeys } from './keys.ts';
import { addApiKeys, addOperators } from './operators.ts';
import type { Streams } from './output.ts';
import { addReleases } from './releases.ts';
import { addRollouts } from './rollouts.ts';
import { addServe } from './serve.ts';

/** @returns the exit code */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const { stdout, stderr } = streams;
  let json = false;
  const kit: Kit = {
    streams,
    asJson: (wanted) => {
      json = wanted;
    },
  };
  const program = new Command('rockpool-fleet')
    .description('the controller of a fleet: lets devices in, keeps them in, and puts them out')
    .addHelpText('after', exitCodesHelp)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  addServe(program, kit);
  addDemo(program, kit);
  addClaims(program, kit);
  addDevices(program, kit);
  addAlerts(program, kit);
  addReleases(program, kit);
  addRollouts(program, kit);
  addOperators(program, kit);
  addApiKeys(program, kit);
  addCa(program, kit);
  addEscrow(program, kit);
  addKeys(program, kit);
  addBroker(program, kit);
  addAudit(program, kit);
  addBackup(program, kit);
  // Commands made below inherit nothing of this by themselves.
  for (const command of allOf(program)) {
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    tell(error, json, streams);
    return exitCodeOf(error);
  }
}

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

function tell(error: unknown, json: boolean, { stdout, stderr }: Streams): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Refusal ? error.code : 'failed';
  if (json && !(error instanceof Unwell)) stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else stderr.write(`${message}\n`);
  // What nobody foresaw is worth its trace.
  if (!(error instanceof Refusal) && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
}
