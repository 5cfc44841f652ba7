/** What is wrong with rollouts: those that stopped by themselves, and those that somebody has to say something about. */
import { controllerAlerts } from '@rockpool/protocol/fleet/alerts';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { Finding } from './findings.ts';

/** In a query of rollouts: what their alerts are about. */
export const subjectOf = sql<string>`'rollout=' || ${sql.ref('release')}`;

/** An alert that names more says enough. */
const devicesMost = 100;

/** A halted one until somebody has looked; of one release one, the newest. */
export async function findRollouts(db: Kysely<Tables>): Promise<Finding[]> {
  const rows = await db
    .selectFrom('rollouts')
    .select(['id', 'state', 'because', subjectOf.as('subject')])
    .where((where) =>
      where.or([
        where.and([where('state', '=', 'halted'), where('unseen', '=', 1)]),
        where.and([where('state', '=', 'running'), where('waits', '=', 1)]),
      ]),
    )
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const found = new Map<string, Finding>();
  for (const { id, state, because, subject } of rows) {
    const code = state === 'halted' ? 'rollout-halted' : 'rollout-waits';
    const devices = state === 'halted' ? await failedIn(db, id) : [];
    const { severity } = controllerAlerts[code];
    found.set(`${code} ${subject}`, { code, severity, subject, devices, detail: because });
  }
  return [...found.values()];
}

async function failedIn(db: Kysely<Tables>, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('rollout_devices as m')
    .innerJoin('devices as d', 'd.id', 'm.device_id')
    .select('d.name')
    .where('m.rollout_id', '=', id)
    .where('m.state', 'in', ['failed', 'rolled-back'])
    .where('d.name_in_force', 'is not', null)
    .orderBy('m.rank')
    .limit(devicesMost)
    .execute();
  return rows.map(({ name }) => name).sort();
}
