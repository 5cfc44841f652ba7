/** `claim`: one-time secrets that let devices in. */
import { ClaimFile, formClaimLine } from '@rockpool/protocol/claim';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import encodeQR from 'qr';
import { z } from 'zod';
import { loadFacts } from '../authority/facts.ts';
import { createClaim, listClaims, revokeClaim } from '../enrolment/claims.ts';
import { writeNewFile } from '../host/files.ts';
import { parseLabel } from '../registry/labels.ts';
import { define, type Kit } from './command.ts';
import { labelsText, table, time } from './output.ts';

export function addClaims(program: Command, kit: Kit): void {
  const claim = program.command('claim').description('one-time secrets that let devices in');
  define(claim, kit, {
    usage: 'create',
    summary: 'make a claim; its code is shown once',
    options: [
      ['--label <key=value>...', 'a label of the device that uses it; may be repeated'],
      ['--name <name>', 'the only name that the device may take'],
      [
        '--lan-name <name>...',
        'a name of its chat page besides NAME.local, like chat.example.com; may be repeated',
      ],
      ['--ttl <time>', 'how long it is good: 30m, 24h, 7d (default: 24h)'],
      ['--file <file>', 'write it for a USB stick too; the device looks for rockpool.claim'],
      ['--qr', 'show it as a QR code too, for a phone at the setup page'],
    ],
    given: z.object({
      label: z.array(z.string()).default([]),
      name: DeviceName.optional(),
      lanName: z.array(z.string()).default([]),
      ttl: z.string().default('24h'),
      file: z.string().optional(),
      qr: z.boolean().default(false),
    }),
    examples: [
      'rockpool-fleet claim create --name leeds --label branch=leeds --ttl 24h',
      'rockpool-fleet claim create --label branch=york --file /media/stick/rockpool.claim',
      'rockpool-fleet claim create --name hull --qr',
    ],
    async run({ db: open, clock, out, who }, _, { label, name, lanName, ttl, file, qr }) {
      const db = await open();
      const { url, pin } = await loadFacts(db);
      if (!url || !pin)
        throw new Refusal(
          'conflict',
          'This controller was never started; run `rockpool-fleet serve` once first.',
        );
      const { id, code } = await createClaim(db, clock, {
        ...{
          labels: Object.fromEntries(label.map(parseLabel)),
          lanNames: lanName,
          ttlMs: parseTime(ttl),
          who,
        },
        ...(name === undefined ? {} : { name }),
      });
      const content = ClaimFile.parse({ version: 1, controller: url, pin, claim: code });
      if (file !== undefined) await writeClaimFile(file, content, () => revokeClaim(db, clock, id, who));
      const line = formClaimLine(content);
      out.result({ id, ...content, line, file: file ?? null }, () => [
        code,
        `Claim ${id} lets one device${name === undefined ? '' : ` named ${name}`} in for ${ttl}. It is shown this once.`,
        'With all that the device needs to know, in one line to be pasted there:',
        line,
        ...(qr ? ['', ...encodeQR(line, 'ascii', { ecc: 'low' }).trimEnd().split('\n')] : []),
        ...(file === undefined ? [] : [`All of it is in ${file}.`]),
      ]);
    },
  });
  define(claim, kit, {
    usage: 'list',
    summary: 'all claims, without their codes',
    given: z.object({}),
    examples: ['rockpool-fleet claim list', 'rockpool-fleet claim list --json'],
    async run({ db, clock, out }) {
      const claims = await listClaims(await db(), clock);
      out.result({ claims }, () =>
        table([
          ['ID', 'STATE', 'NAME', 'LABELS', 'MADE BY', 'UNTIL', 'DEVICE'],
          ...claims.map((one) => [
            String(one.id),
            one.state,
            one.name ?? '-',
            labelsText(one.labels),
            one.createdBy,
            time(one.expiresAt),
            one.device ?? '-',
          ]),
        ]),
      );
    },
  });
  define(claim, kit, {
    usage: 'revoke <id>',
    summary: 'take a claim back that nobody used',
    given: z.object({}),
    examples: ['rockpool-fleet claim revoke 7'],
    async run({ db, clock, out, who }, [id = '']) {
      if (!/^\d{1,9}$/.test(id))
        throw new Refusal('bad-request', 'A claim is named by its number; see `rockpool-fleet claim list`.');
      await revokeClaim(await db(), clock, Number(id), who);
      out.result({ id: Number(id), state: 'revoked' }, () => [`Claim ${id} is taken back.`]);
    },
  });
}

/** A claim that reached nobody is taken back: there would be a secret that nobody knows of. */
async function writeClaimFile(
  file: string,
  content: ClaimFile,
  takeBack: () => Promise<void>,
): Promise<void> {
  try {
    writeNewFile(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (cause) {
    await takeBack();
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new Refusal(
      exists ? 'conflict' : 'failed',
      `${file} could not be written: ${exists ? 'it is there already' : String(cause)}.`,
      { cause },
    );
  }
}

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws Refusal unless it is a time as people write it */
export function parseTime(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new Refusal('bad-request', `${text} is no time; write 30m, 24h or 7d.`);
  return Number(count) * unitsMs[unit as keyof typeof unitsMs];
}
