/** `rockpool memory nights` and `undo`: what was tidied at night, and taken back. */
import { MemoryNight } from '@rockpool/protocol/nights';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { define, type Kit } from './command.ts';
import { day, table } from './output.ts';
import { ByUser, inNameOf, userOption } from './person.ts';

const Nights = z.object({ nights: z.array(MemoryNight) });

export function memoryNightCommands(memory: Command, kit: Kit): void {
  define(memory, kit, {
    usage: 'nights',
    summary: 'what was tidied at night in the last thirty days: counts, never what',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool memory nights --user ada', 'npx rockpool memory nights --json'],
    async run(doing, _args, { user }) {
      const answer = await (await inNameOf(doing, user)).request('GET', '/api/memory/nights', Nights);
      doing.out.result(answer, () =>
        answer.nights.length === 0 ? 'Nothing was tidied yet.' : table(answer.nights.map(cells)),
      );
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'undo [night]',
    summary: "take back what was tidied in a night, by its number; the last one's when none is given",
    options: [userOption, ['--everyone', 'in all memories, as an administrator']],
    given: ByUser.extend({ everyone: z.boolean().default(false) }),
    examples: ['npx rockpool memory undo --user ada', 'npx rockpool memory undo 12 --everyone'],
    async run(doing, [given], { user, everyone }) {
      if (given !== undefined && !/^\d+$/.test(given))
        throw new Refusal(
          'bad-request',
          "Give the number of a night; 'npx rockpool memory nights' lists them.",
        );
      const api = await inNameOf(doing, user);
      const whose = everyone ? 'everyone' : 'mine';
      const night = given ?? (await lastOf(await api.request('GET', '/api/memory/nights', Nights), everyone));
      const answer = await api.request(
        'POST',
        `/api/memory/nights/${night}/undo`,
        z.object({ restored: z.int() }),
        { whose },
      );
      doing.out.result({ night: Number(night), ...answer }, () =>
        answer.restored === 1
          ? '1 fact is as it was before.'
          : `${answer.restored} facts are as they were before.`,
      );
      return undefined;
    },
  });
}

function lastOf({ nights }: z.infer<typeof Nights>, everyone: boolean): number {
  const last = nights.find(
    ({ whose, merged, compacted, evicted }) =>
      (everyone || whose === 'mine') && merged + compacted + evicted > 0,
  );
  if (!last) throw new Refusal('not-found', 'There is no night to take back.');
  return last.night;
}

const cells = ({
  night,
  beganAt,
  whose,
  merged,
  compacted,
  evicted,
  refused,
  undone,
}: MemoryNight): string[] => [
  ...[String(night), day(beganAt), whose],
  ...[`${merged} merged`, `${compacted} old`, `${evicted} for room`],
  ...[refused > 0 ? 'too much: left alone' : '', undone > 0 ? 'taken back' : ''],
];
