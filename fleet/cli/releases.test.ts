/** The operator's guide to releases: every command in it is run, in its order; and what the command line refuses. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadShownKey } from '../releases/key-files.ts';
import { command, type Said } from '../test/process.fixture.ts';

const guide = readFileSync(fileURLToPath(new URL('../../docs/releases.md', import.meta.url)), 'utf8');
const lines = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);

let place: string;
let cameFrom: string;
const home = '.rockpool-fleet';
const run = (...args: string[]): Promise<Said> => command(home, args);

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'rockpool-releases-guide-'));
  cameFrom = process.cwd();
  process.chdir(place);
  for (const folder of ['ada', 'ben', 'eve', 'agent']) mkdirSync(folder);
  writeFileSync('passphrase', 'correct horse battery staple\n');
  for (const file of [
    'pebble.gguf',
    'qwen3-8b.gguf',
    'openssl_3.0.17-1_arm64.deb',
    'root.img',
    'boot.img',
    'agent/main',
  ])
    writeFileSync(file, `the bytes of ${file}`);
  writeFileSync(
    'package-lock.json',
    JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/a': { version: '1.0.0' } } }),
  );
});
afterAll(() => {
  process.chdir(cameFrom);
  rmSync(place, { recursive: true, force: true });
});

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

describe('the guide', () => {
  test.each(lines.map((line, at) => [at, line] as const))(
    '%i: %s',
    async (_, line) => {
      const [npx, program, ...args] = words(
        line.replace('AGENT_KEY_ID', () => loadShownKey('agent.key').keyid.slice(0, 12)),
      );
      expect([npx, program]).toEqual(['npx', 'rockpool-fleet']);
      const { code, stderr, stdout } = await run(...args);
      expect({ line, code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({
        line,
        code: 0,
        stderr: '',
      });
    },
    60_000,
  );

  test('ends with a repository whose state is told', async () => {
    const { stdout, code } = await run('keys', 'status', '--json');
    expect(code).toBe(0);
    const { roles } = JSON.parse(stdout) as { roles: { role: string; version: number; keys: number }[] };
    expect(roles.map(({ role, version }) => `${role} ${version}`)).toContain('targets 2');
    const list = JSON.parse((await run('release', 'list', '--json')).stdout) as {
      releases: { path: string; withdrawn: boolean }[];
    };
    expect(list.releases.filter(({ withdrawn }) => withdrawn).map(({ path }) => path)).toEqual([
      'models/qwen3-8b/2',
    ]);
  });

  test('status ends with 1 when something ends soon, and says what, beside its one document', async () => {
    const said = await run('keys', 'status', '--within', '30d', '--json');
    expect(said.code).toBe(1);
    expect(JSON.parse(said.stdout)).toMatchObject({ ending: expect.arrayContaining(['timestamp']) });
    expect(said.stderr).toMatch(/needs somebody: 1 of 1 signatures, 1 keys, expires in [56] days/);
    expect((await run('keys', 'status')).stdout).toMatch(
      /root +1 +2 of 2 signatures, 3 keys +expires in 364 days/,
    );
  });

  test.each([
    [['keys', 'create', '--role', 'king'], 2, '--role is one of root'],
    [['keys', 'create'], 2, 'Name the file'],
    [['keys', 'create', '--role', 'root', '--insecure-keys'], 2, '--out'],
    [
      ['keys', 'create', '--role', 'root', '--out', 'ada/root.key', '--insecure-keys'],
      4,
      'never written over',
    ],
    [['keys', 'create', '--role', 'root', '--out', 'x.key'], 2, '--passphrase-file'],
    [['keys', 'ceremony', 'begin', 'king'], 2, 'A ceremony is for'],
    [['keys', 'ceremony', 'begin', 'timestamp'], 2, 'A ceremony is for'],
    [['keys', 'ceremony', 'begin', 'root', '--threshold', 'root'], 2, 'ROLE=NUMBER'],
    [['keys', 'ceremony', 'begin', 'root', '--threshold', 'root=0'], 4, 'would need none'],
    [['keys', 'ceremony', 'begin', 'root', '--threshold', 'root=4'], 4, 'nobody could ever sign'],
    [['keys', 'ceremony', 'begin', 'root', '--threshold', 'targets=1'], 4, '--force'],
    [['keys', 'ceremony', 'begin', 'root', '--add', 'models.key.pub'], 2, 'stands in targets'],
    [['keys', 'ceremony', 'begin', 'targets', '--days', '3000'], 4, 'may not outlive root'],
    [['keys', 'ceremony', 'sign', '--payload', 'nothing', '--key', 'agent.key'], 3, 'no file nothing'],
    [['keys', 'ceremony', 'sign', '--payload', 'passphrase', '--key', 'agent.key'], 2, 'no payload'],
    [['keys', 'ceremony', 'sign', '--payload', 'root.payload'], 2, '--key'],
    [['keys', 'ceremony', 'finish', 'passphrase'], 2, 'no signature'],
    [['keys', 'ceremony', 'finish', 'ben.sig'], 4, 'No targets waits'],
    [['release', 'init'], 2, '--trial'],
    [['release', 'publish', '--passphrase-file', 'passphrase'], 4, 'Nothing is staged'],
    [['release', 'publish', '--repository', 'nowhere'], 3, 'no repository in nowhere'],
    [['release', 'sign', 'root', '--key', 'agent.key'], 2, 'by a ceremony'],
    [
      ['release', 'sign', 'models', '--key', 'agent.key', '--passphrase-file', 'root.img'],
      4,
      'not the passphrase',
    ],
    [
      ['release', 'sign', 'models', '--key', 'agent-2.key', '--passphrase-file', 'passphrase'],
      4,
      'made for agent',
    ],
    [['release', 'withdraw', '../x'], 2, 'ROLE/NAME/VERSION'],
    [['release', 'withdraw', 'models/nothing/1'], 3, 'no release models/nothing/1'],
    [['release', 'create', '--kind', 'game'], 2, '--kind is one of'],
    [
      [
        'release',
        'create',
        '--kind',
        'model',
        '--name',
        'x',
        '--version',
        '1',
        '--counter',
        '0',
        '--file',
        'none',
      ],
      3,
      'no file none',
    ],
    [
      [
        'release',
        'create',
        '--kind',
        'model',
        '--name',
        'x',
        '--version',
        '1',
        '--counter',
        '0',
        '--file',
        'root.img',
      ],
      2,
      '--golden-prompt',
    ],
    [
      [
        'release',
        'create',
        '--kind',
        'patch',
        '--name',
        'x',
        '--version',
        '1',
        '--counter',
        '0',
        '--file',
        'root.img',
      ],
      2,
      'NAME_VERSION_ARCH',
    ],
    [
      [
        'release',
        'create',
        '--kind',
        'system',
        '--name',
        'x',
        '--version',
        '1',
        '--counter',
        '0',
        '--file',
        'root.img',
      ],
      2,
      '--boot',
    ],
    [
      [
        'release',
        'create',
        '--kind',
        'agent',
        '--name',
        'rockpool',
        '--version',
        '1.5',
        '--counter',
        '2',
        '--file',
        'agent',
      ],
      4,
      'has the counter 3',
    ],
    [
      [
        'release',
        'create',
        '--kind',
        'agent',
        '--name',
        'rockpool',
        '--version',
        '1.5',
        '--counter',
        '4',
        '--file',
        'agent',
        '--source',
        'main',
      ],
      2,
      'names no commit',
    ],
    [['release', 'bundle', 'export', '--release', 'agent/rockpool/1.4.0'], 2, '--out'],
    [
      [
        'release',
        'bundle',
        'export',
        '--out',
        'late',
        '--release',
        'agent/rockpool/1.4.0',
        '--days',
        '300',
        '--passphrase-file',
        'passphrase',
      ],
      4,
      'targets ends at',
    ],
    [['release', 'verify', 'nowhere'], 3, 'no repository'],
    [['release', 'diff', 'nowhere'], 3, 'no repository'],
    [['release', 'diff', '99'], 3, 'is missing'],
    [['release', 'sbom', 'agent', '--name', 'x', '--version', '1'], 3, 'package-lock.json'],
  ] as const)('%j ends with %i and says %j', async (args, code, says) => {
    const said = await run(...args);
    expect([said.code, said.stderr]).toEqual([code, expect.stringContaining(says)]);
  });
});
