/** `rockpool user`: accounts, made and mended on the device itself. */
import { NewInvite, Person, Role } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Api, nothing } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { day, table } from './output.ts';
import { askHidden, readAll, withoutLastLineBreak } from './stdin.ts';

export const People = z.object({ people: z.array(Person) });
const passwordOption = ['--password-stdin', 'read the password from stdin instead of asking for it'] as const;
const WithPassword = z.object({ passwordStdin: z.boolean().default(false) });

export function userCommands(program: Command, kit: Kit): void {
  const user = program.command('user').description('accounts of people');

  define(user, kit, {
    usage: 'add <name>',
    summary: 'make an account',
    options: [['--role <role>', 'admin or member (default: member)'], passwordOption],
    given: WithPassword.extend({ role: Role.default('member') }),
    examples: [
      'npx rockpool user add ada --role admin',
      "printf 'a long password' | npx rockpool user add ada --role admin --password-stdin",
    ],
    async run(doing, [name = ''], { role, passwordStdin }) {
      const password = await newPassword(doing, passwordStdin);
      const api = await doing.api();
      const person = await api.request('POST', '/api/local/people', Person, { name, role, password });
      doing.out.result(person, () => `${person.name} can sign in as ${person.role}.`);
      return undefined;
    },
  });

  define(user, kit, {
    usage: 'list',
    summary: 'who has an account',
    given: z.object({}),
    examples: ['npx rockpool user list', 'npx rockpool user list --json'],
    async run({ api, out }) {
      const { people } = await (await api()).request('GET', '/api/people', People);
      out.result({ people }, () =>
        people.length === 0
          ? "Nobody yet; make an account with 'npx rockpool user add NAME --role admin'."
          : table(people.map(({ name, role, createdAt }) => [name, role, day(createdAt)])),
      );
      return undefined;
    },
  });

  define(user, kit, {
    usage: 'reset <name>',
    summary: 'a one-time link with which somebody sets a new password, or the new password itself',
    options: [passwordOption],
    given: WithPassword,
    examples: [
      'npx rockpool user reset ada',
      "printf 'a new password' | npx rockpool user reset ada --password-stdin",
    ],
    async run(doing, [name = ''], { passwordStdin }) {
      const api = await doing.api();
      const { id } = await personCalled(api, name);
      if (passwordStdin) {
        const password = await newPassword(doing, true);
        await api.request('POST', `/api/local/people/${id}/password`, nothing, { password });
        doing.out.result(
          { id, name },
          () => `${name} has a new password; who was signed in as ${name} is signed out.`,
        );
        return undefined;
      }
      const invite = await api.request('POST', `/api/people/${id}/reset`, NewInvite, {});
      doing.out.result(invite, () => `Give ${name} this path behind the device's address: ${invite.path}`);
      return undefined;
    },
  });

  define(user, kit, {
    usage: 'remove <name>',
    summary: 'remove an account with all its chats, memory and documents',
    options: [['--yes', 'do not ask']],
    given: z.object({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool user remove ada --yes'],
    async run(doing, [name = ''], { yes }) {
      const api = await doing.api();
      const { id } = await personCalled(api, name);
      await beSure(doing, yes, `Everything of ${name} will be gone for good`);
      await api.request('DELETE', `/api/people/${id}`, nothing);
      doing.out.result({ id, name }, () => `${name} and everything of theirs is removed.`);
      return undefined;
    },
  });
}

export async function personCalled(api: Api, name: string): Promise<Person> {
  const { people } = await api.request('GET', '/api/people', People);
  const fold = (text: string): string => text.trim().normalize('NFKC').toLowerCase();
  const found = people.find((person) => fold(person.name) === fold(name));
  if (found) return found;
  throw new Refusal('not-found', `There is nobody called ${name}; see 'npx rockpool user list'.`);
}

/** What can't be undone is asked about, unless it was said already. */
export async function beSure({ streams }: Doing, yes: boolean, what: string): Promise<void> {
  if (yes) return;
  if (!streams.stdin.isTTY) throw new Refusal('bad-request', `${what}; say so with --yes.`);
  const answer = await askAloud(`${what}. Go on? [y/N] `, streams);
  if (!/^(?:y|yes|是|好)$/i.test(answer.trim())) throw new Refusal('aborted', 'Nothing was done.');
}

async function askAloud(question: string, { stdin, stderr }: Doing['streams']): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: stdin, output: stderr });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}

async function newPassword({ streams }: Doing, fromStdin: boolean): Promise<string> {
  if (fromStdin) return withoutLastLineBreak(await readAll(streams.stdin, 4096));
  if (!streams.stdin.isTTY)
    throw new Refusal('bad-request', 'Pipe the password in and say --password-stdin.');
  const password = await askHidden('Password (at least 10 characters): ', streams);
  if (password !== (await askHidden('Once more: ', streams))) {
    throw new Refusal('bad-request', 'The two passwords differ; nothing was changed.');
  }
  return password;
}
