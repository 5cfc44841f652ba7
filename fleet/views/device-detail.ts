/** All that is known of one device, for its page. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import { Health } from '@rockpool/protocol/fleet/health';
import { ReleasePath } from '@rockpool/protocol/update/release';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { DeviceStateRow } from '../registry/reported-tables.ts';
import type { Tables } from '../store/tables.ts';
import { alertsOf } from './alerts.ts';
import { listCommands } from './commands.ts';
import { deviceRow } from './device-row.ts';
import { summarise, summaryColumns } from './summary.ts';
import { timelineOf } from './timeline.ts';

/** @throws Refusal `not-found` */
export async function showDetail(db: Kysely<Tables>, name: string): Promise<DeviceDetail> {
  const device = await deviceRow(db, name);
  const row = await db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .select(summaryColumns)
    .where('d.id', '=', device.id)
    .executeTakeFirstOrThrow();
  const [summary] = await summarise(db, [row]);
  if (!summary) throw new Error(`${name} has no summary`);
  const state = await db
    .selectFrom('device_states')
    .selectAll()
    .where('device_id', '=', device.id)
    .executeTakeFirst();
  return {
    ...summary,
    ...{ enrolledAt: device.enrolled_at, identity: device.identity },
    certificate: await certificateOf(db, device.id),
    revoked: device.revoked_at === null ? null : { at: device.revoked_at, because: device.revoked_because },
    ...healthOf(state),
    config: { ...(await desiredOf(db, device.id)), ...reportedBy(state) },
    installed:
      state?.agent && state.system !== null
        ? { agent: state.agent, model: state.model, system: state.system, releases: releasesIn(state) }
        : null,
    update: await updateOf(db, device.id),
    open: summary.presence === 'revoked' ? [] : await alertsOf(db, name, true),
    commands: await listCommands(db, { device: name, limit: 50 }),
    timeline: await timelineOf(db, device, 200),
  };
}

/** A path that this controller can't read is not shown as if it could. */
const releasesIn = ({ releases }: DeviceStateRow): ReleasePath[] =>
  z
    .array(z.unknown())
    .parse(JSON.parse(releases))
    .flatMap((path) => ReleasePath.safeParse(path).data ?? []);

/** What it said last of the rollout that it heard of last. */
async function updateOf(db: Kysely<Tables>, id: number): Promise<DeviceDetail['update']> {
  const row = await db
    .selectFrom('rollout_devices as m')
    .innerJoin('rollouts as r', 'r.id', 'm.rollout_id')
    .select(['r.id', 'r.release', 'm.phase', 'm.permille', 'm.outcome', 'm.reason', 'm.at'])
    .where('m.device_id', '=', id)
    .where('m.told_at', 'is not', null)
    .orderBy('m.told_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const { id: rollout, release, phase, permille, outcome, reason, at } = row;
  return { rollout, release: ReleasePath.parse(release), phase, permille, outcome, reason, at };
}

async function certificateOf(db: Kysely<Tables>, id: number): Promise<DeviceDetail['certificate']> {
  const row = await db
    .selectFrom('certificates')
    .select(['serial', 'expires_at'])
    .where('device_id', '=', id)
    .where('kind', '=', 'device')
    .orderBy('issued_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { serial: row.serial, expiresAt: row.expires_at } : null;
}

/** An agent of another version may have told more, or less: what this one can't read is not shown as if it could. */
function healthOf(state: DeviceStateRow | undefined): Pick<DeviceDetail, 'health' | 'healthAt'> {
  const parsed = state?.health ? Health.safeParse(JSON.parse(state.health)) : undefined;
  return parsed?.success
    ? { health: parsed.data, healthAt: state?.health_at ?? null }
    : { health: null, healthAt: null };
}

async function desiredOf(db: Kysely<Tables>, id: number) {
  const row = await db
    .selectFrom('desired_configs')
    .select(['version', 'config'])
    .where('device_id', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row
    ? { desired: DeclaredConfig.parse(JSON.parse(row.config)), desiredVersion: row.version }
    : { desired: {}, desiredVersion: 0 };
}

const reportedBy = (state: DeviceStateRow | undefined) => ({
  reported: state ? (JSON.parse(state.config) as DeviceDetail['config']['reported']) : {},
  reportedVersion: state?.config_version ?? 0,
});
