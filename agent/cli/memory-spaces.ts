/** `rockpool memory …`: how much there is and may be, and a damaged memory brought back. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Group } from '@rockpool/protocol/documents';
import { MemorySpace, MemoryStatus } from '@rockpool/protocol/memory';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Api, nothing } from './api.ts';
import { define, type Kit } from './command.ts';
import { day, size, table } from './output.ts';
import { beSure, People, personCalled } from './people.ts';
import { ByUser, inNameOf, userOption } from './person.ts';

const OwnedSpace = MemorySpace.extend({ personId: z.int().nullable(), groupId: z.int().optional() });
const Groups = z.object({ groups: z.array(Group) });
const Spaces = z.object({ spaces: z.array(OwnedSpace) });
const Restored = z.object({ file: z.string() });

export function memorySpaceCommands(memory: Command, kit: Kit): void {
  define(memory, kit, {
    usage: 'status',
    summary: 'whether memory is there, how full it is, and how far its vectors are',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool memory status', 'npx rockpool memory status --user ada --json'],
    async run(doing, _args, { user }) {
      const status = await (await inNameOf(doing, user)).request('GET', '/api/memory/status', MemoryStatus);
      doing.out.result(status, () => told(status));
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'spaces',
    summary: 'how much everybody has: counts and limits, never what',
    given: z.object({}),
    examples: ['npx rockpool memory spaces', 'npx rockpool memory spaces --json'],
    async run(doing) {
      const api = await inNameOf(doing, undefined);
      const { spaces } = await api.request('GET', '/api/memory/spaces', Spaces);
      const { people } = await api.request('GET', '/api/people', People);
      const names = new Map(people.map(({ id, name }) => [id, name]));
      const { groups } = await api.request('GET', '/api/groups', Groups);
      const groupNames = new Map(groups.map(({ id, name }) => [id, name]));
      const nameOf = ({ personId, groupId }: z.infer<typeof OwnedSpace>): string => {
        if (groupId !== undefined) return `group ${groupNames.get(groupId) ?? groupId}`;
        return personId === null ? 'office' : (names.get(personId) ?? `person ${personId}`);
      };
      const named = spaces.map((space) => ({ name: nameOf(space), ...space }));
      doing.out.result({ spaces: named }, () =>
        named.length === 0
          ? 'Nothing is remembered yet.'
          : table(named.map(({ name, ...one }) => [name, ...cells(one)])),
      );
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'limit <name>',
    summary: "how much a person may have; 'office' for the whole office",
    options: [
      ['--group', 'the name is that of a group of people'],
      ['--facts <number>', 'at most so many, history included'],
      ['--bytes <number>', 'of text, at most'],
    ],
    given: z.object({
      group: z.boolean().default(false),
      facts: z.coerce.number<string>().int().min(0).optional(),
      bytes: z.coerce.number<string>().int().min(0).optional(),
    }),
    examples: [
      'npx rockpool memory limit ada --facts 200000',
      'npx rockpool memory limit office --bytes 1073741824',
      'npx rockpool memory limit Board --group --facts 50000',
    ],
    async run(doing, [name = ''], { group, facts, bytes }) {
      if (facts === undefined && bytes === undefined)
        throw new Refusal('bad-request', 'Say --facts, --bytes or both.');
      const api = await inNameOf(doing, undefined);
      const who = await whoIs(api, name, group);
      const { spaces } = await api.request('GET', '/api/memory/spaces', Spaces);
      const now = spaces.find((space) => whoOf(space) === who);
      const changed = await api.request('PATCH', `/api/memory/spaces/${who}`, OwnedSpace, {
        ...(facts === undefined ? {} : { maxFacts: facts }),
        ...(bytes === undefined ? {} : { maxBytes: bytes }),
      });
      doing.out.result({ name, before: now ?? null, ...changed }, () => [
        `${name} may have ${changed.maxFacts} facts and ${size(changed.maxBytes)} of text.`,
      ]);
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'restore [file]',
    summary: 'put a copy of memory in the place of what is there; without a file the newest that is whole',
    options: [['--yes', 'do not ask']],
    given: z.object({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool memory restore', 'npx rockpool memory restore /mnt/usb/memory.db --yes'],
    async run(doing, [file], { yes }) {
      if (file !== undefined && !existsSync(resolve(file)))
        throw new Refusal('not-found', `There is no file ${file}.`);
      const what =
        'What everybody remembered since that copy will be put aside, and what they forgot since comes back';
      await beSure(doing, yes, what);
      const body = { file: file === undefined ? null : resolve(file) };
      const restored = await (await doing.api()).request('POST', '/api/local/memory/restore', Restored, body);
      doing.out.result(restored, () => `Memory is as it was in ${restored.file}.`);
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'begin-anew',
    summary: 'an empty memory in the place of one that was damaged and has no copy',
    options: [['--yes', 'do not ask']],
    given: z.object({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool memory begin-anew --yes'],
    async run(doing, _args, { yes }) {
      await beSure(doing, yes, 'Everybody begins with an empty memory');
      await (await doing.api()).request('POST', '/api/local/memory/begin-anew', nothing);
      doing.out.result({ begun: true }, () => 'Memory is empty; what was damaged is still in backups/.');
      return undefined;
    },
  });
}

/** As an address names it: `7`, `g3`, `office`. */
const whoOf = ({ personId, groupId }: z.infer<typeof OwnedSpace>): string =>
  groupId === undefined ? String(personId ?? 'office') : `g${groupId}`;

async function whoIs(api: Api, name: string, isGroup: boolean): Promise<string> {
  if (!isGroup) return name === 'office' ? name : String((await personCalled(api, name)).id);
  const { groups } = await api.request('GET', '/api/groups', Groups);
  const found = groups.find((group) => group.name.toLowerCase() === name.toLowerCase());
  if (!found) throw new Refusal('not-found', `There is no group called ${name}.`);
  return `g${found.id}`;
}

function told({ away, mine, office, embedding }: MemoryStatus): string[] {
  if (away) {
    const back = away.restore
      ? `The newest whole copy is ${away.restore}; 'npx rockpool memory restore' puts it in place.`
      : "There is no copy of it here; give one to 'npx rockpool memory restore FILE', or 'npx rockpool memory begin-anew'.";
    return [`Memory is away since ${day(away.since)}: ${away.why}.`, back];
  }
  return [
    ...(mine && office
      ? table([
          ['yours', ...cells(mine)],
          ['office', ...cells(office)],
        ])
      : []),
    embedding === null || embedding.waiting === 0
      ? 'Every fact has its vector.'
      : `${embedding.waiting} of ${embedding.facts} facts wait for a vector; until then they are found by their words.`,
  ];
}

const cells = ({ facts, current, bytes, maxFacts, maxBytes }: MemorySpace): string[] => [
  ...[`${current} facts`, `${facts - current} replaced`, `of ${maxFacts}`],
  `${size(bytes)} of ${size(maxBytes)}`,
];
