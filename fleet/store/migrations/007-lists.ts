/** Indexes by which lists of a large fleet are found and ordered. */
import type { Kysely } from 'kysely';

export async function createLists({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex('devices_by_name').on('devices').columns(['name', 'id']).execute();
  await schema.createIndex('labels_by_value').on('device_labels').columns(['key', 'value']).execute();
  await schema.createIndex('audit_of_subject').on('audit').columns(['subject', 'seq']).execute();
}
