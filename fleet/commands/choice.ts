/** Which devices an operator means: by name, or by labels that all of them have. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely } from 'kysely';
import type { Labels } from '../registry/labels.ts';
import type { Tables } from '../store/tables.ts';

export interface Choice {
  names?: readonly string[] | undefined;
  labels?: Labels | undefined;
}

export interface Chosen {
  id: number;
  name: string;
}

/** Those in force, by name. @throws Refusal when one of them isn't there, or nobody is meant */
export async function chooseDevices(db: Kysely<Tables>, { names, labels = {} }: Choice): Promise<Chosen[]> {
  const wanted = Object.entries(labels);
  if (!names?.length && wanted.length === 0)
    throw new Refusal('bad-request', 'Say which devices: by their names, or by labels that they have.');
  let query = db
    .selectFrom('devices')
    .select(['id', 'name'])
    .where('name_in_force', 'is not', null)
    .orderBy('id');
  for (const [key, value] of wanted) {
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('device_labels')
          .select('device_id')
          .whereRef('device_id', '=', 'devices.id')
          .where('key', '=', key)
          .where('value', '=', value),
      ),
    );
  }
  const found = await query.execute();
  if (!names) return demandSome(found);
  const asked = new Set(names);
  const chosen = found.filter(({ name }) => asked.has(name));
  const missing = [...asked].filter((name) => !chosen.some((one) => one.name === name));
  if (missing.length > 0) {
    const labelled = wanted.length > 0 ? ' with these labels' : '';
    throw new Refusal(
      'not-found',
      `There is no device ${missing.slice(0, 5).join(', ')} in force${labelled}; see the list of devices.`,
    );
  }
  return chosen;
}

function demandSome(found: Chosen[]): Chosen[] {
  if (found.length === 0) throw new Refusal('not-found', 'No device in force has these labels.');
  return found;
}
