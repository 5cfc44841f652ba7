/** How a rollout's plan is written on a command line. */
import { Refusal } from '@rockpool/protocol/refusal';
import { ReleasePath } from '@rockpool/protocol/update/release';
import { RolloutPlan } from '@rockpool/protocol/update/rollout';
import { z } from 'zod';
import { parseLabel } from '../registry/labels.ts';
import { parseTime } from './claims.ts';

export const planOptions = [
  ['--label <key=value>...', 'only devices that have it; may be repeated (default: every device)'],
  [
    '--wave <wave>...',
    'a number of devices or a share of them, with what it waits for: 5, 10%, 50%,approval, 100%,pause=1h; may be repeated (default: 100%)',
  ],
  ['--per-minute <count>', 'devices that are told in a minute (default: all of a wave at once)'],
  ['--success <percent>', 'of a wave that must be well before the next begins (default: 95%)'],
  ['--sample <count>', 'and so many must have said how it ended (default: 1)'],
  ['--abort <percent>', 'more failures than this halt the rollout (default: 10%)'],
  ['--abort-sample <count>', 'of so many that said how it ended (default: 2)'],
  ['--roll-back', 'when it halts by itself, take back what was installed'],
  ['--silent <time>', 'a device that says nothing for so long has failed (default: 7d)'],
  ['--now', 'don’t wait for the hours in which devices may be updated'],
  ['--note <text>', 'for people'],
] as const;
export const planGiven = {
  label: z.array(z.string()).default([]),
  wave: z.array(z.string()).default(['100%']),
  perMinute: z.coerce.number().int().min(0).max(10_000).default(0),
  success: z.string().default('95%'),
  sample: z.coerce.number().int().min(1).default(1),
  abort: z.string().default('10%'),
  abortSample: z.coerce.number().int().min(1).default(2),
  rollBack: z.boolean().default(false),
  silent: z.string().default('7d'),
  now: z.boolean().default(false),
  note: z.string().max(400).default(''),
};
const Plan = z.object(planGiven);

/** @throws Refusal `bad-request` */
export function planOf(release: string, options: z.infer<typeof Plan>): RolloutPlan {
  const { success, sample, abort, abortSample, rollBack, silent, perMinute, now, note } = options;
  if (!ReleasePath.safeParse(release).success)
    throw new Refusal('bad-request', 'A release is named ROLE/NAME/VERSION, like models/qwen3-8b/2.');
  const plan = RolloutPlan.safeParse({
    ...{
      release,
      labels: Object.fromEntries(options.label.map(parseLabel)),
      waves: options.wave.map(waveOf),
    },
    ...{ perMinute, now, note, silentS: parseTime(silent) / 1_000 },
    success: { permille: permilleOf(success), sample },
    abort: { permille: permilleOf(abort), sample: abortSample, rollBack },
  });
  if (plan.success) return plan.data;
  const [issue] = plan.error.issues;
  throw new Refusal(
    'bad-request',
    `${issue?.path.join('.') ?? 'The plan'}: ${issue?.message ?? 'not valid'}.`,
  );
}

/** `10%,approval,pause=1h` */
function waveOf(text: string) {
  const [size = '', ...waits] = text.split(',');
  const wrong = new Refusal(
    'bad-request',
    `${text} is no wave; write 5, 10%, 50%,approval or 100%,pause=1h.`,
  );
  const wave = { approval: false, pauseS: 0 };
  for (const wait of waits) {
    const pause = /^pause=(.+)$/.exec(wait)?.[1];
    if (wait === 'approval') wave.approval = true;
    else if (pause !== undefined) wave.pauseS = parseTime(pause) / 1_000;
    else throw wrong;
  }
  if (/^\d{1,7}$/.test(size)) return { ...wave, devices: Number(size) };
  if (!size.endsWith('%')) throw wrong;
  return { ...wave, permille: permilleOf(size) };
}

/** `12.5%` */
function permilleOf(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d)?)%?$/.exec(text) ?? [];
  if (percent === undefined || Number(percent) > 100)
    throw new Refusal('bad-request', `${text} is no share; write it like 95% or 12.5%.`);
  return Math.round(Number(percent) * 10);
}
