/**
 * Commands, one after the other, each once in effect. Before a deed begins it is written down, with its number; when it
 * ends, its result is written down and spooled in one transaction. A process that was cut off in between finds the deed
 * unfinished, and tells that instead of doing it again.
 */
import type { DeviceName } from '@rockpool/protocol/enrolment';
import type { Command, CommandName, CommandResult, DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { ReportBody } from '@rockpool/protocol/fleet/report';
import type { ControllerTime } from '../controller-time.ts';
import type { Ears } from '../messages.ts';
import { memo, setMemo } from '../spool.ts';
import { isFull, type UplinkFile } from '../sqlite.ts';
import type { Deeds, EndingDeed, Outcome } from './deeds.ts';
import { type Floor, openJournal } from './journal.ts';
import { judgeNovelty, judgePermission, judgeTime, readCommand, refusal } from './judge.ts';

export interface CommandsParts {
  device: DeviceName;
  file: UplinkFile;
  floor: Floor;
  deeds: Deeds;
  time: ControllerTime;
  /** Numbers and spools a report; part of the transaction that it is called in. */
  spool(body: ReportBody): void;
  /** What was spooled may be sent. */
  wake(): void;
  /** What is in force is another now. */
  tellInstalled(): void;
  timeKnownMs: number;
  deedMs: number;
  uptimeMs(): number;
  told(error: unknown, says: string): void;
}

export type Installed = Extract<ReportBody, { kind: 'reported' }>['installed'];

export interface Commands {
  /** As it came from the broker. */
  take(ears: Ears, bytes: Uint8Array): void;
  newest(): number;
  config(): { version: number; config: DeclaredConfig };
  /** Ends the wait for a deed's end; what is unfinished is told at the next start. */
  close(): Promise<void>;
}

/** More wait only when somebody floods; the controller says those again at the next birth. */
const waitingMost = 64;
/** A stranger's words are answered, and not as often as he says them: 20 at once, then one a minute. */
const refusalsMost = 20;
const refusalEveryMs = 60_000;
/** How long a process that was asked to end may take. */
const endingMs = 180_000;
/** A disk that is full may have room again. */
const fullPauseMs = 30_000;

export function openCommands(parts: CommandsParts): Commands {
  const { device, file, deeds, time } = parts;
  const journal = openJournal(file, parts.floor);
  const waiting: Command[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  const mayAnswer = allowance(parts.uptimeMs);
  let working: Promise<void> | undefined;

  const config = (): { version: number; config: DeclaredConfig } => ({
    version: Number(memo(file, 'config-version') ?? 0),
    config: JSON.parse(memo(file, 'config') ?? '{}') as DeclaredConfig,
  });

  /** What changes nothing is answered without a trace in the journal. */
  function answer(result: CommandResult): void {
    if (!mayAnswer()) return;
    parts.spool({ kind: 'result', result });
    parts.wake();
  }

  function finish(command: Named, result: CommandResult): void {
    file.run('durable', () => {
      journal.finish(command, result);
      parts.spool({ kind: 'result', result });
    });
    parts.wake();
  }

  async function work(): Promise<void> {
    for (let command = waiting[0]; command && !signal.aborted; command = waiting[0]) {
      try {
        await obey(command);
      } catch (error) {
        if (isFull(error)) {
          // What can't be written down must not be done. It stays first in line until it can, or is too old.
          parts.told(error, 'a command waits for room on the disk');
          await pause(fullPauseMs, signal);
          continue;
        }
        parts.told(error, 'a command could not be dealt with');
      }
      waiting.shift();
    }
  }

  async function obey(command: Command): Promise<void> {
    const known = judgeNovelty(command, journal.find(command.id), journal.newest());
    if (known) {
      const result = 'refuse' in known ? known.refuse : known.again;
      if (result) answer(result);
      return;
    }
    const now = await time.now(parts.timeKnownMs, signal);
    if (signal.aborted) return;
    const { version, config: inForce } = config();
    const lacking = deeds.lacks(command.order.name);
    const refused =
      judgeTime(command, now) ??
      judgePermission(command, inForce, version) ??
      (lacking === null ? null : refusal(command.id, 'unsupported', lacking));
    if (refused) finish(named(command), refused);
    else if (command.order.name === 'set-config') setConfig(command, command.order.args);
    else await perform(command);
  }

  /** In force and told in the same transaction: there is no moment at which one is so and not the other. */
  function setConfig(command: Command, wanted: { version: number; config: DeclaredConfig }): void {
    const objection = deeds.objection(wanted.config);
    if (objection !== null) {
      finish(named(command), refusal(command.id, 'not-allowed', objection));
      return;
    }
    file.run('durable', () => {
      setMemo(file, 'config-version', String(wanted.version));
      setMemo(file, 'config', JSON.stringify(wanted.config));
      finish(named(command), {
        id: command.id,
        state: 'succeeded',
        says: `Version ${wanted.version} is in force.`,
      });
    });
    deeds.configChanged(wanted.config);
    parts.tellInstalled();
  }

  async function perform(command: Command): Promise<void> {
    const ending = endingDeed(deeds, command.order.name);
    file.run('durable', () => {
      journal.begin(command, ending?.before() ?? null);
      parts.spool({ kind: 'result', result: { id: command.id, state: 'accepted' } });
    });
    parts.wake();
    const outcome = await outcomeOf(command, ending);
    if (outcome) finish(named(command), resultOf(command.id, outcome));
  }

  /** @returns undefined when this process is ending, as it should */
  async function outcomeOf(command: Command, ending: EndingDeed | undefined): Promise<Outcome | undefined> {
    const late = AbortSignal.timeout(parts.deedMs);
    try {
      if (!ending) return await deedOf(deeds, command, AbortSignal.any([signal, late]));
      const known = await ending.begin(AbortSignal.any([signal, late]));
      if (known) return known;
      await pause(endingMs, signal);
      return signal.aborted
        ? undefined
        : { state: 'failed', says: `Nothing happened within ${endingMs / 60_000} minutes.` };
    } catch (error) {
      // Stopped from outside: what came of it is told at the next start, as for a power cut.
      if (signal.aborted) return undefined;
      parts.told(error, `the command ${command.order.name} failed`);
      const why = error instanceof Error ? error.message : String(error);
      return { state: 'failed', says: late.aborted ? `It took too long: ${why}` : why };
    }
  }

  function resume(): void {
    for (const one of journal.unfinished()) {
      const outcome: Outcome = endingDeed(deeds, one.name)?.after(one.before ?? '') ?? {
        state: 'failed',
        says: 'The agent ended while it was at it. It is not done a second time; send it again if it is still wanted.',
      };
      finish(one, resultOf(one.id, outcome));
    }
  }

  resume();
  const { version, config: inForce } = config();
  if (version > 0) deeds.configChanged(inForce);

  return {
    take(ears, bytes) {
      const heard = readCommand(ears, device, bytes);
      if (heard.kind === 'refused') {
        answer(heard.result);
        return;
      }
      const isWaiting = waiting.some(({ id }) => id === heard.command.id);
      if (isWaiting || waiting.length >= waitingMost) return;
      waiting.push(heard.command);
      working ??= work().finally(() => {
        working = undefined;
      });
    },
    newest: journal.newest,
    config,
    async close() {
      stopping.abort(new Error('the agent is ending'));
      await working;
    },
  };
}

type Named = Pick<Command, 'id' | 'counter'> & { name: CommandName };
const named = ({ id, counter, order }: Command): Named => ({ id, counter, name: order.name });

export const reportedBody = (
  { version, config }: { version: number; config: DeclaredConfig },
  installed: Installed,
): ReportBody => ({
  kind: 'reported',
  configVersion: version,
  config: Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  ) as Record<string, string | number | boolean>,
  installed,
});

const endingDeed = (deeds: Deeds, name: CommandName): EndingDeed | undefined =>
  ({
    reboot: deeds.reboot,
    'restart-agent': deeds.restartAgent,
    'rotate-certificate': deeds.rotateCertificate,
  })[name as string];

function deedOf(deeds: Deeds, { id, order }: Command, signal: AbortSignal): Promise<Outcome> {
  switch (order.name) {
    case 'collect-support-bundle':
      return deeds.collectSupportBundle(id, signal);
    case 'run-self-test':
      return deeds.runSelfTest(signal);
    case 'use-model':
      return deeds.useModel(order.args.model, signal);
    case 'check-update':
      return deeds.checkUpdate(signal);
    case 'install':
      return deeds.install(id, order.args.order);
    case 'cancel-install':
      return deeds.cancelInstall(id, order.args.rollout);
    case 'roll-back':
      return deeds.rollBack(id, order.args.kind, order.args.rollout);
    default:
      throw new Error(`${order.name} is done elsewhere`);
  }
}

function resultOf(id: string, outcome: Outcome): CommandResult {
  const says = outcome.says.slice(0, 400);
  if (outcome.state === 'refused') return { id, state: 'refused', reason: outcome.reason, says };
  const found = outcome.found?.slice(0, 50).map((line) => line.slice(0, 200));
  return { id, state: outcome.state, says, ...(found ? { found } : {}) };
}

function allowance(uptimeMs: () => number): () => boolean {
  let left = refusalsMost;
  let since = uptimeMs();
  return () => {
    const fresh = Math.floor((uptimeMs() - since) / refusalEveryMs);
    if (fresh > 0) {
      left = Math.min(refusalsMost, left + fresh);
      since += fresh * refusalEveryMs;
    }
    if (left === 0) return false;
    left -= 1;
    return true;
  };
}

/** @returns also when the signal aborts */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
