/** The numbers of a device's commands. */
import type { Kysely } from 'kysely';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';

/** Never given twice, also after its command is gone. */
export async function nextCounters(
  tx: Kysely<Tables>,
  devices: readonly { id: number }[],
): Promise<Map<number, number>> {
  const counters = new Map<number, number>();
  const first = devices.map(({ id }) => ({ device_id: id, counter: 1 }));
  await inPieces(first, async (some) => {
    const rows = await tx
      .insertInto('command_counters')
      .values(some)
      .onConflict((conflict) =>
        conflict
          .column('device_id')
          .doUpdateSet((to) => ({ counter: to('command_counters.counter', '+', 1) })),
      )
      .returning(['device_id', 'counter'])
      .execute();
    for (const { device_id, counter } of rows) counters.set(device_id, counter);
  });
  return counters;
}
