/** `operator`, `api-key`: who may act on the fleet from elsewhere. */
import { Role } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { demandOperator } from '../operators/accounts.ts';
import { type Asker, createOperators, type Operators } from '../operators/operators.ts';
import { demandId } from './alerts.ts';
import { parseTime } from './claims.ts';
import { type Doing, define, type Kit } from './command.ts';
import { table, time } from './output.ts';
import { askTwice, firstLine } from './passphrase.ts';

const operatorsOf = async ({ db, clock }: Doing): Promise<Operators> =>
  createOperators({ db: await db(), clock });

/** Whoever may open the controller's files may do all that an admin may, and has no account for it. */
const atTheDesk = (who: string): Asker => ({
  ...{ who, operatorId: 0, name: who, role: 'admin', via: 'session', credentialId: 0 },
});

const roleOption = ['--role <role>', 'viewer, operator or admin'] as const;
const passwordOption = [
  '--password-file <file>',
  'whose first line is the password; left out, you are asked for it',
] as const;

const demandRole = (text: string | undefined): Role => {
  const role = Role.safeParse(text);
  if (!role.success) throw new Refusal('bad-request', 'Give --role viewer, operator or admin.');
  return role.data;
};

const passwordFrom = ({ streams }: Doing, file: string | undefined): Promise<string> =>
  file === undefined ? askTwice(streams, 'Password: ', '--password-file') : Promise.resolve(firstLine(file));

export function addOperators(program: Command, kit: Kit): void {
  const operator = program.command('operator').description('people who may use the dashboard and the API');
  define(operator, kit, {
    usage: 'create <name>',
    summary: 'let somebody in',
    options: [roleOption, passwordOption],
    given: z.object({ role: z.string().optional(), passwordFile: z.string().optional() }),
    examples: [
      'rockpool-fleet operator create anna --role admin',
      'rockpool-fleet operator create night --role viewer --password-file /run/secrets/night',
    ],
    async run(doing, [name = ''], { role, passwordFile }) {
      const asked = { name, role: demandRole(role), password: await passwordFrom(doing, passwordFile) };
      const made = await (await operatorsOf(doing)).add(asked, doing.who);
      doing.out.result(made, () => [`${made.name} may sign in as ${made.role}.`]);
    },
  });
  define(operator, kit, {
    usage: 'list',
    summary: 'who may sign in',
    given: z.object({}),
    examples: ['rockpool-fleet operator list', 'rockpool-fleet operator list --json'],
    async run(doing) {
      const operators = await (await operatorsOf(doing)).list();
      doing.out.result({ operators }, () =>
        table([
          ['NAME', 'ROLE', 'SINCE', 'LAST SEEN'],
          ...operators.map((one) => [
            ...[one.name, one.role, time(one.createdAt)],
            one.lastSeenAt === null ? '-' : time(one.lastSeenAt),
          ]),
        ]),
      );
    },
  });
  define(operator, kit, {
    usage: 'role <name> <role>',
    summary: 'what they may do from now on: viewer, operator or admin',
    given: z.object({}),
    examples: ['rockpool-fleet operator role anna operator'],
    async run(doing, [name = '', role]) {
      const now = await (await operatorsOf(doing)).change(name, { role: demandRole(role) }, doing.who);
      doing.out.result(now, () => [`${now.name} is ${now.role} now.`]);
    },
  });
  define(operator, kit, {
    usage: 'password <name>',
    summary: 'another password; they are signed out everywhere',
    options: [passwordOption],
    given: z.object({ passwordFile: z.string().optional() }),
    examples: ['rockpool-fleet operator password anna'],
    async run(doing, [name = ''], { passwordFile }) {
      const password = await passwordFrom(doing, passwordFile);
      const now = await (await operatorsOf(doing)).change(name, { password }, doing.who);
      doing.out.result(now, () => [`${now.name} has another password, and is signed out everywhere.`]);
    },
  });
  define(operator, kit, {
    usage: 'remove <name>',
    summary: 'put somebody out, with their sessions and API keys',
    given: z.object({}),
    examples: ['rockpool-fleet operator remove anna'],
    async run(doing, [name = '']) {
      await (await operatorsOf(doing)).remove(name, doing.who);
      doing.out.result({ name, state: 'removed' }, () => [`${name} may not sign in any more.`]);
    },
  });
}

export function addApiKeys(program: Command, kit: Kit): void {
  const key = program
    .command('api-key')
    .description('keys by which programs use the API, such as Prometheus');
  define(key, kit, {
    usage: 'create <label>',
    summary: 'make a key in the name of an operator; it is shown once',
    options: [
      ['--operator <name>', 'whose it is; it goes when they go'],
      [roleOption[0], `${roleOption[1]} (default: viewer)`],
      ['--ttl <time>', 'how long it is good: 24h, 90d (default: until it is revoked)'],
    ],
    given: z.object({
      operator: z.string({ error: 'Say whose it is with --operator.' }),
      role: z.string().default('viewer'),
      ttl: z.string().optional(),
    }),
    examples: [
      'rockpool-fleet api-key create prometheus --operator anna',
      'rockpool-fleet api-key create deploys --operator anna --role operator --ttl 90d --json',
    ],
    async run(doing, [label = ''], { operator, role, ttl }) {
      const { id, name, role: own } = await demandOperator(await doing.db(), operator);
      const owner: Asker = { ...atTheDesk(doing.who), operatorId: id, name, role: own };
      const made = await (await operatorsOf(doing)).createKey(owner, {
        ...{ label, role: demandRole(role) },
        ...(ttl === undefined ? {} : { ttlMs: parseTime(ttl) }),
      });
      doing.out.note('It is shown this once.');
      doing.out.result(made, () => [made.key]);
    },
  });
  define(key, kit, {
    usage: 'list',
    summary: 'all keys, without what makes them keys',
    given: z.object({}),
    examples: ['rockpool-fleet api-key list'],
    async run(doing) {
      const keys = await (await operatorsOf(doing)).listKeys(atTheDesk(doing.who));
      doing.out.result({ keys }, () =>
        table([
          ['ID', 'LABEL', 'ROLE', 'OWNER', 'KEY', 'UNTIL', 'LAST USED'],
          ...keys.map((one) => [
            ...[String(one.id), one.label, one.role, one.owner, one.hint],
            one.expiresAt === null ? '-' : time(one.expiresAt),
            one.usedAt === null ? '-' : time(one.usedAt),
          ]),
        ]),
      );
    },
  });
  define(key, kit, {
    usage: 'revoke <id>',
    summary: 'a key that is good no more',
    given: z.object({}),
    examples: ['rockpool-fleet api-key revoke 3'],
    async run(doing, [text = '']) {
      const id = demandId(text, 'A key');
      await (await operatorsOf(doing)).revokeKey(atTheDesk(doing.who), id);
      doing.out.result({ id, state: 'revoked' }, () => [`Key ${id} is good no more.`]);
    },
  });
}
