/** What a step is: a question to the world that may be asked at any time, and the deed that makes its answer yes. */
import type { Config } from '../config.ts';
import type { Facts } from '../facts/facts.ts';
import type { Person, World } from '../world.ts';

/** In the order in which they are done; the setup page has their names in both languages. */
export const stepIds = [
  'clock',
  'hostname',
  'swap',
  'core-dumps',
  'disk-format',
  'disk-open',
  'disk-filesystem',
  'disk-mount',
  'disk-seal',
  'disk-recovery',
  'disk-bootstrap',
  'boot-entries',
  'identity',
  'setup-code',
  'enrolment',
  'lan-certificate',
  'escrow',
  'firewall',
  'nginx',
  'agent',
] as const;
export type StepId = (typeof stepIds)[number];

export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly why: string;
  /** Left out: always. */
  isWanted?(config: Config): boolean;
  /** Asked before, to skip what is done, and after, because an exit code proves nothing. */
  holds(facts: Facts, config: Config): boolean;
  /** One sentence why it can't be done here, with the cure; null when it can. Asked of every step before anything is touched. */
  refuses?(facts: Facts, config: Config): string | null;
  /** What is lost by it. */
  destroys?(facts: Facts): string | null;
  /** What the world shows, for a person. */
  seen(facts: Facts, config: Config): string;
  apply(deed: Deed): Promise<void>;
}

export interface Deed {
  world: World;
  facts: Facts;
  config: Config;
  person: Person;
  signal: AbortSignal;
}

/** By what the device is known: what it was enrolled as, else what was asked for, else the board's own. */
export function nameOf(facts: Facts, config: Config): string {
  return facts.device?.name ?? config.name ?? `rockpool-${boardLetters(facts)}`;
}

/** The last four of the serial number: what stands on the board, and differs within an office. */
function boardLetters({ board, hostname }: Facts): string {
  const letters = (board.serial ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-4);
  // A board without a serial number keeps the name that its image gave it.
  return letters || hostname.replace(/^rockpool-/, '') || '0000';
}

/** For steps that need the data partition: the plan refuses before one is reached without. */
export function diskOf({ disk }: Facts): NonNullable<Facts['disk']> {
  if (!disk) throw new Error('a step on the disk was reached without a disk');
  return disk;
}
