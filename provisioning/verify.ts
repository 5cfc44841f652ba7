/** What an existing device shows, finding by finding, with the cure: for the auditor, who was not there. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import type { Config } from './config.ts';
import { type Facts, headerOf } from './facts/facts.ts';
import { stepsFor } from './plan.ts';
import type { StepId } from './steps/step.ts';

export interface Finding {
  /** Of the posture, or the id of a step. */
  code: string;
  state: 'good' | 'warning' | 'bad';
  says: string;
  cure: string | null;
}

export interface Verdict {
  /** `good`: everything holds; `warning`: people are served, and something is to be done; `bad`: nobody is, or should be. */
  state: Finding['state'];
  findings: readonly Finding[];
}

/** Steps that the posture asks about in more detail. */
const inPosture: readonly StepId[] = [
  'clock',
  'swap',
  'core-dumps',
  'disk-open',
  'disk-mount',
  'disk-recovery',
  'enrolment',
];
/** What people can be served without. */
const wearsOff: readonly StepId[] = ['hostname', 'escrow', 'boot-entries'];

/** Pure: of facts and of what the posture found. */
export function verify(facts: Facts, config: Config, posture: readonly PostureFinding[]): Verdict {
  const steps = stepsFor(config)
    .filter(({ id }) => !inPosture.includes(id))
    .map((step): Finding => {
      const says = step.seen(facts, config);
      if (step.holds(facts, config)) return { code: step.id, state: 'good', says, cure: null };
      const cure = step.refuses?.(facts, config) ?? 'Run `rockpool-provision apply`.';
      return { code: step.id, state: wearsOff.includes(step.id) ? 'warning' : 'bad', says, cure };
    });
  const findings = [...posture.map((finding) => ({ ...finding })), ...steps, ...headerFindings(facts)];
  return { state: worst(findings), findings };
}

function headerFindings(facts: Facts): Finding[] {
  const header = headerOf(facts);
  if (!facts.disk || !header) return [];
  const whole: Finding = header.whole
    ? {
        code: 'disk-header',
        state: 'good',
        says: 'Both copies of the encryption header are whole.',
        cure: null,
      }
    : {
        code: 'disk-header',
        state: 'bad',
        says: 'One copy of the encryption header is damaged; the other still opens the disk.',
        cure: `Run \`cryptsetup repair ${facts.disk.path}\` now, then look at the drive’s health.`,
      };
  const unknown = header.slots.filter(({ kind }) => kind === 'unknown').map(({ id }) => id);
  const slots: Finding =
    unknown.length === 0
      ? {
          code: 'disk-slots',
          state: 'good',
          says: `Opened by: ${header.slots.map(({ kind }) => kind).join(', ')}.`,
          cure: null,
        }
      : {
          code: 'disk-slots',
          state: 'bad',
          says: `Nobody here made slot ${unknown.join(', ')}; whoever did can open the disk.`,
          cure: `If it is not yours, run \`cryptsetup luksKillSlot ${facts.disk.path} ${unknown[0]}\`.`,
        };
  return [whole, slots];
}

const worst = (findings: readonly Finding[]): Finding['state'] =>
  findings.some(({ state }) => state === 'bad')
    ? 'bad'
    : findings.some(({ state }) => state === 'warning')
      ? 'warning'
      : 'good';

export const verdictLines = ({ findings }: Verdict): string[] =>
  findings.map(
    ({ code, state, says, cure }) =>
      `${state.padEnd(7)} ${code.padEnd(16)} ${says}${cure ? ` → ${cure}` : ''}`,
  );
