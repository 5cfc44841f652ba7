/** `rockpool group`: people who share documents. */
import { Group } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Api, nothing } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { table } from './output.ts';
import { beSure, People, personCalled } from './people.ts';

const Groups = z.object({ groups: z.array(Group) });

export function groupCommands(program: Command, kit: Kit): void {
  const group = program.command('group').description('people who share documents');

  define(group, kit, {
    usage: 'list',
    summary: 'which groups there are, and who is in them',
    given: z.object({}),
    examples: ['npx rockpool group list'],
    async run(doing) {
      const api = await doing.api();
      const { groups } = await api.request('GET', '/api/groups', Groups);
      const names = await namesOf(api);
      doing.out.result({ groups }, () =>
        groups.length === 0
          ? "There are no groups; make one with 'npx rockpool group add NAME PEOPLE'."
          : table(
              groups.map(({ name, members }) => [name, members.map((id) => names.get(id) ?? '?').join(', ')]),
            ),
      );
      return undefined;
    },
  });

  define(group, kit, {
    usage: 'add <name> [people...]',
    summary: 'make a group, or bring more people into one',
    given: z.object({}),
    examples: ['npx rockpool group add Board ada bo', 'npx rockpool group add Board 林晓'],
    async run(doing, [name = '', ...people]) {
      const api = await doing.api();
      const ids = await idsOf(api, people);
      const known = await find(api, name);
      const made = known
        ? await change(api, known, [...new Set([...known.members, ...ids])])
        : await api.request('POST', '/api/groups', Group, { name, members: ids });
      await tell(doing, api, made);
      return undefined;
    },
  });

  define(group, kit, {
    usage: 'remove <name> [people...]',
    summary: 'take people out of a group; without names, remove the group itself',
    options: [['--yes', 'do not ask']],
    given: z.object({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool group remove Board bo', 'npx rockpool group remove Board --yes'],
    async run(doing, [name = '', ...people], { yes }) {
      const api = await doing.api();
      const known = await mustFind(api, name);
      if (people.length > 0) {
        const leaving = new Set(await idsOf(api, people));
        await tell(
          doing,
          api,
          await change(
            api,
            known,
            known.members.filter((id) => !leaving.has(id)),
          ),
        );
        return undefined;
      }
      await beSure(doing, yes, `The documents of ${known.name} will go back to those who added them`);
      await api.request('DELETE', `/api/groups/${known.id}`, nothing);
      doing.out.result({ id: known.id, name: known.name }, () => `The group ${known.name} is removed.`);
      return undefined;
    },
  });
}

const change = (api: Api, { id }: Group, members: readonly number[]): Promise<Group> =>
  api.request('PATCH', `/api/groups/${id}`, Group, { members });

async function tell({ out }: Doing, api: Api, group: Group): Promise<void> {
  const names = await namesOf(api);
  const members = group.members.map((id) => names.get(id) ?? '?').join(', ');
  out.result(group, () => (members ? `In ${group.name}: ${members}.` : `Nobody is in ${group.name} yet.`));
}

async function find(api: Api, name: string): Promise<Group | undefined> {
  const { groups } = await api.request('GET', '/api/groups', Groups);
  const fold = (text: string): string => text.trim().normalize('NFKC').toLowerCase();
  return groups.find((one) => fold(one.name) === fold(name));
}

async function mustFind(api: Api, name: string): Promise<Group> {
  const found = await find(api, name);
  if (!found)
    throw new Refusal('not-found', `There is no group called ${name}; see 'npx rockpool group list'.`);
  return found;
}

const idsOf = (api: Api, people: readonly string[]): Promise<number[]> =>
  Promise.all(people.map(async (name) => (await personCalled(api, name)).id));

async function namesOf(api: Api): Promise<Map<number, string>> {
  const { people } = await api.request('GET', '/api/people', People);
  return new Map(people.map(({ id, name }) => [id, name]));
}
