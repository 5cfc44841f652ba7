/** `rockpool key`: API keys for programs that speak the OpenAI protocol. */
import { Key, NewKey, Scope } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { nothing } from './api.ts';
import { define, type Kit } from './command.ts';
import { day, table } from './output.ts';
import { ByUser, inNameOf, userOption } from './person.ts';

const Keys = z.object({ keys: z.array(Key) });

export function keyCommands(program: Command, kit: Kit): void {
  const key = program.command('key').description('API keys for programs, shown once');

  define(key, kit, {
    usage: 'create',
    summary: 'make a key; it is shown this once',
    options: [
      userOption,
      ['--label <text>', 'what it is for (default: command line)'],
      ['--scope <scopes...>', 'all, chat, embeddings, models (default: all)'],
    ],
    given: ByUser.extend({
      label: z.string().default('command line'),
      scope: z.array(Scope).default(['all']),
    }),
    examples: [
      'npx rockpool key create --user ada --json',
      'npx rockpool key create --user ada --label crm --scope chat models',
    ],
    async run(doing, _args, { user, label, scope }) {
      const api = await inNameOf(doing, user);
      const made = await api.request('POST', '/api/keys', NewKey, { label, scopes: scope });
      doing.out.result(made, () => made.key);
      if (!doing.out.json)
        doing.out.note(`A key of ${made.owner} for ${made.scopes.join(', ')}; it is not shown again.`);
      return undefined;
    },
  });

  define(key, kit, {
    usage: 'list',
    summary: 'the keys there are, of everybody or of one person',
    options: [['--user <name>', 'whose keys; default: everybody’s']],
    given: ByUser,
    examples: ['npx rockpool key list', 'npx rockpool key list --user ada --json'],
    async run(doing, _args, { user }) {
      const { out } = doing;
      const api = (await doing.api()).as(user);
      const { keys } = await api.request(
        'GET',
        user === undefined ? '/api/keys?all=true' : '/api/keys',
        Keys,
      );
      out.result({ keys }, () =>
        keys.length === 0
          ? "There are no keys; make one with 'npx rockpool key create --user NAME'."
          : table(
              keys.map((one) => [
                ...[String(one.id), one.owner, one.label, one.hint, one.scopes.join(',')],
                one.lastUsedAt === null ? 'never used' : `used ${day(one.lastUsedAt)}`,
              ]),
            ),
      );
      return undefined;
    },
  });

  define(key, kit, {
    usage: 'revoke <id>',
    summary: 'end a key at once',
    given: z.object({}),
    examples: ['npx rockpool key revoke 3'],
    async run({ api, out }, [id = '']) {
      if (!/^\d+$/.test(id))
        throw new Refusal('bad-request', "Give the number of a key; see 'npx rockpool key list'.");
      await (await api()).request('DELETE', `/api/keys/${id}`, nothing);
      out.result({ revoked: Number(id) }, () => `Key ${id} no longer works.`);
      return undefined;
    },
  });
}
