/** `rockpool secret`: what channels and upstreams sign in with. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { nothing } from './api.ts';
import { define, type Kit } from './command.ts';
import { day, table } from './output.ts';
import { readAll, withoutLastLineBreak } from './stdin.ts';

const maxBytes = 64 * 1024;

const Listed = z.object({
  secrets: z.array(z.object({ name: z.string(), savedAt: z.int(), readable: z.boolean() })),
});

export function secretCommands(program: Command, kit: Kit): void {
  const secret = program
    .command('secret')
    .description('what channels and upstreams sign in with, kept sealed');

  define(secret, kit, {
    usage: 'set <name>',
    summary: 'save a secret from standard input',
    options: [['--value-stdin', 'read it from standard input: arguments are for all to see']],
    given: z.object({ valueStdin: z.boolean().default(false) }),
    examples: ['printf \'%s\' "$KEY" | npx rockpool secret set upstream/mail --value-stdin'],
    async run({ api, out, streams }, [name = ''], { valueStdin }) {
      if (!valueStdin) throw new Refusal('bad-request', 'Pipe the secret in and say --value-stdin.');
      const value = withoutLastLineBreak(await readAll(streams.stdin, maxBytes));
      await (await api()).request('PUT', '/api/local/secrets', nothing, { name, value });
      out.result({ name }, () => `${name} is saved, sealed.`);
      return undefined;
    },
  });

  define(secret, kit, {
    usage: 'list',
    summary: 'the names of all secrets',
    given: z.object({}),
    examples: ['npx rockpool secret list --json'],
    async run({ api, out }) {
      const answer = await (await api()).request('GET', '/api/local/secrets', Listed);
      out.result(answer, () =>
        answer.secrets.length === 0
          ? 'There are no secrets.'
          : table(
              answer.secrets.map(({ name, savedAt, readable }) => [
                name,
                day(savedAt),
                readable ? '' : 'sealed under another key; enter it again',
              ]),
            ),
      );
      return undefined;
    },
  });

  define(secret, kit, {
    usage: 'remove <name>',
    summary: 'remove a secret',
    given: z.object({}),
    examples: ['npx rockpool secret remove upstream/mail'],
    async run({ api, out }, [name = '']) {
      await (await api()).request('DELETE', `/api/local/secrets?name=${encodeURIComponent(name)}`, nothing);
      out.result({ name }, () => `${name} is removed.`);
      return undefined;
    },
  });

  define(secret, kit, {
    usage: 'rotate',
    summary: 'seal all secrets under a new key',
    given: z.object({}),
    examples: ['npx rockpool secret rotate'],
    async run({ api, out }) {
      await (await api()).request('POST', '/api/local/secrets/rotate', nothing);
      out.result({ rotated: true }, () => 'All secrets are sealed under a new key.');
      return undefined;
    },
  });
}
