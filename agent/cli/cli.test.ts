import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../host/clock.ts';
import { holdHome } from '../host/lock.ts';
import { createProgram, runCommandLine } from './main.ts';
import { commandLine, type Ended } from './spoken.fixture.ts';

// Each command is a process of its own, and a test has up to fifteen of them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let home: string;
let rockpool: ReturnType<typeof commandLine>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-cli-'));
  home = join(folder, 'home');
  rockpool = commandLine(home);
});
afterEach(() => rmSync(folder, { recursive: true }));

const addAda = () => rockpool('user add ada --role admin --password-stdin', 'a long password');

describe('on a fresh home, without a browser and without a running agent', () => {
  test('an account and a key are made, and the key is printed as JSON', async () => {
    expect(await addAda()).toEqual({ code: 0, stdout: 'ada can sign in as admin.\n', stderr: '' });
    const created = await rockpool('key create --user ada --json');
    expect(JSON.parse(created.stdout)).toMatchObject({
      key: expect.stringMatching(/^rp-/),
      owner: 'ada',
      scopes: ['all'],
    });
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const listed = await rockpool('key list');
    expect(listed.stdout).toContain('command line');
    expect(listed.stdout).not.toContain(JSON.parse(created.stdout).key);
  });

  test('the agent leaves nothing that says it runs', async () => {
    await addAda();
    expect(readdirSync(join(home, 'run'))).toEqual(['lock.db']);
    expect(JSON.parse((await rockpool('status --json')).stdout)).toEqual({ running: false, home, pid: null });
    expect((await rockpool('status')).code).toBe(5);
  });

  test('names of any script work, also in whose name one acts', async () => {
    await addAda();
    expect((await rockpool('user add 王伟 --password-stdin', '很长很长的一个密码呀')).stdout).toBe(
      '王伟 can sign in as member.\n',
    );
    expect(JSON.parse((await rockpool('key create --user 王伟 --label 手机 --json')).stdout)).toMatchObject({
      owner: '王伟',
      label: '手机',
    });
    expect((await rockpool('user list')).stdout).toMatch(/^ada {3}admin {3}.*\n王伟 {2}member {2}.*\n$/);
  });

  test('a password is set anew, a key revoked, a person removed', async () => {
    await addAda();
    await rockpool('user add ben --password-stdin', 'another password');
    expect((await rockpool('user reset ben --password-stdin', 'the third password\n')).code).toBe(0);
    expect((await rockpool('user reset ben')).stdout).toMatch(/^Give ben this path .*\/join\/\S+\n$/);
    const { id } = JSON.parse((await rockpool('key create --user ben --json')).stdout);
    expect((await rockpool(`key revoke ${id}`)).code).toBe(0);
    expect(JSON.parse((await rockpool('key list --json')).stdout)).toEqual({ keys: [] });
    expect((await rockpool('user remove ben --yes --json')).stdout).toBe('{"id":2,"name":"ben"}\n');
    expect((await rockpool('audit verify')).stdout).toMatch(/^The audit log is whole: \d+ lines/);
  });
});

/** In this process: for what needs no agent. */
async function say(words: string): Promise<Ended> {
  vi.stubEnv('ROCKPOOL_HOME', home);
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        ended[name] += text;
        done();
      },
    });
  const openAgent = () => Promise.reject(new Error('no agent was needed'));
  const streams = { stdin: Readable.from([]), stdout: into('stdout'), stderr: into('stderr') };
  ended.code = await runCommandLine(words.split(' '), { openAgent }, streams);
  vi.unstubAllEnvs();
  return ended;
}

describe('what goes wrong is one sentence and a number', () => {
  test.each([
    ['not-a-command', 2, /unknown command/],
    ['user add', 2, /missing required argument/],
    ['user add ben --role king --password-stdin', 2, /^Check --role: /],
    ['user add ben', 2, /^Pipe the password in and say --password-stdin\.$/],
    ['key revoke three', 2, /^Give the number of a key/],
    ['memory forget', 2, /^Give the number of one fact, or --all\.$/],
    ['memory import nothing.json', 3, /^nothing\.json can't be read/],
    ['backup restore nothing --yes', 3, /^There is no file nothing\.$/],
    ['status', 5, /^$/],
    ['user list', 1, /^no agent was needed$/],
  ])('%s', async (words, code, sentence) => {
    const ended = await say(words);
    expect(ended.code).toBe(code);
    expect(ended.stderr.trim()).toMatch(sentence);
    expect(ended.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  test('what the agent refuses comes back as its own sentence', async () => {
    expect(await rockpool('ask hello')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^Nobody has an account yet; make one with/),
    });
    await addAda();
    expect(await rockpool('user reset nobody')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^There is nobody called nobody/),
    });
    expect(await rockpool('docs add nothing.pdf')).toMatchObject({
      code: 3,
      stderr: 'There is no file nothing.pdf.\n',
    });
    expect(await rockpool('user add ben --password-stdin', 'short')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/10 characters/),
    });
  });

  test('with --json the one document on stdout says it too', async () => {
    await addAda();
    for (const [words, code] of [
      ['key create --user nobody --json', 'not-found'],
      ['user add ada --password-stdin --json', 'conflict'],
      ['user remove ada --json', 'bad-request'],
      ['key revoke --json', 'bad-request'],
    ] as const) {
      const { stdout } = await rockpool(words, 'a long password');
      expect(JSON.parse(stdout), words).toMatchObject({ error: { code, message: expect.any(String) } });
    }
  });

  test('who holds the home is named, and nothing waits for ever', async () => {
    const hold = holdHome(home, systemClock);
    const ended = await rockpool('backup restore nothing --yes');
    expect(ended.code).toBe(3);
    writeFileSync(join(folder, 'some'), 'some');
    const held = await rockpool(['backup', 'restore', join(folder, 'some'), '--yes']);
    hold.release();
    expect(held).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining(`process number ${process.pid}`),
    });
  });

  test('a setting that is wrong is named', async () => {
    const ended = await commandLine(home, { ROCKPOOL_PORT: 'eighty' })('status');
    expect(ended.stderr).toMatch(/^Check ROCKPOOL_PORT: /);
    expect(ended.code).toBe(2);
  });

  test('a home that is a file is told in one sentence', async () => {
    writeFileSync(home, 'a letter');
    expect(await rockpool('user list')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]* can't be written; [^\n]*\n$/),
    });
  });
});

test('every command explains itself with examples', async () => {
  expect((await say('--help')).stdout).toContain('Exit codes:');
  for (const words of commandsOf(createProgram(silent))) {
    const { code, stdout } = await say(`${words} --help`);
    expect(code, words).toBe(0);
    expect(stdout, words).toMatch(/Examples:\n {2}(?:.* )?(?:npx rockpool|npm start)/);
    expect(stdout, words).toContain('--json');
  }
});

const silent = {
  parts: { openAgent: () => Promise.reject(new Error('nothing is opened')) },
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  signal: new AbortController().signal,
  ended() {},
  asJson() {},
};

const commandsOf = (command: Command, path: readonly string[] = []): string[] =>
  command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));

test('a reader who has seen enough ends the command without a word', async () => {
  await addAda();
  const child = spawn(
    'sh',
    [
      '-c',
      `${process.execPath} ${join(import.meta.dirname, '../rockpool.mjs')} --help | head -c 1 >/dev/null`,
    ],
    {
      env: { ...process.env, ROCKPOOL_HOME: home },
    },
  );
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  await once(child, 'close');
  expect(stderr).toBe('');
});

test('there is no colour where nobody sees it', async () => {
  await addAda();
  for (const words of ['user list', '--help']) expect((await rockpool(words)).stdout).not.toContain('\x1b');
});

test('a backup is made, checked and brought back without an agent', async () => {
  await addAda();
  const file = join(folder, 'monday.rockpool');
  const created = await rockpool(['backup', 'create', file, '--json']);
  expect(JSON.parse(created.stdout)).toMatchObject({ file, files: expect.any(Number) });
  expect(readFileSync(file).subarray(0, 4).toString('hex')).toBe('28b52ffd'); // zstd
  expect((await rockpool(['backup', 'create', file])).code).toBe(4);
  expect((await rockpool(['backup', 'verify', file])).code).toBe(0);

  await rockpool('user add ben --password-stdin', 'another password');
  const restored = JSON.parse((await rockpool(['backup', 'restore', file, '--yes', '--json'])).stdout);
  expect((await rockpool('user list')).stdout).toMatch(/^ada .*\n$/);
  expect(existsSync(join(restored.before, 'people.db'))).toBe(true);
  expect((await rockpool('audit verify')).code).toBe(0);
  expect(readFileSync(join(home, 'audit/audit.jsonl'), 'utf8')).toContain('backup.restore');
});

test('a backup of something else is refused and nothing changes', async () => {
  await addAda();
  const file = join(folder, 'letter.txt');
  writeFileSync(file, 'a letter');
  expect(await rockpool(['backup', 'restore', file, '--yes'])).toMatchObject({
    code: 1,
    stderr: `${file} is not a backup of Rockpool, or damaged.\n`,
  });
  expect((await rockpool('user list')).stdout).toMatch(/^ada /);
});

test('two commands at once take turns', async () => {
  await addAda();
  const names = ['ben', 'cleo', 'dan'];
  const ended = await Promise.all(
    names.map((name) => rockpool(`user add ${name} --password-stdin`, 'a long password')),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(JSON.parse((await rockpool('user list --json')).stdout).people).toHaveLength(4);
});

test('what a killed agent wrote about itself misleads nobody', async () => {
  mkdirSync(join(home, 'run'), { recursive: true });
  writeFileSync(
    join(home, 'run/agent.json'),
    JSON.stringify({ pid: 1, kind: 'agent', startedAt: 1, address: 'http://127.0.0.1:9', credential: 'old' }),
  );
  expect((await addAda()).code).toBe(0);
});

describe('what somebody else wrote', () => {
  test('shows on a terminal and orders it nothing', async () => {
    await addAda();
    const evil = '\x1b]0;owned\x07The code is \x1b[2J\u202e1744\u009b31m.';
    await rockpool(['memory', 'import', '-', '--user', 'ada'], memoryFile(evil));
    const { stdout } = await rockpool('memory list --user ada');
    expect(stdout).toContain('The code is');
    expect(stdout).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });
});

test('memory is listed and searched by kind, by who said it and by day; a group has a limit of its own', async () => {
  await addAda();
  await rockpool(['memory', 'import', '-', '--user', 'ada'], memoryFile('The alarm code is 4471.'));
  const listed = async (options: string): Promise<number> =>
    JSON.parse((await rockpool(`memory ${options} --json`)).stdout).facts.length;
  expect(await listed('list --kind fact --said-by Ada --until 1970-01-02')).toBe(1);
  expect(await listed('list --since 1999-01-01')).toBe(0);
  expect(await listed('search alarm --kind procedure')).toBe(0);
  expect((await rockpool('memory list --kind procedure')).stdout).toMatch(/^Nothing like that is remembered/);
  expect((await rockpool('memory list --kind opinion')).code).toBe(2);
  expect((await rockpool('memory list --since monday')).code).toBe(2);
  await rockpool('group add Board ada');
  expect((await rockpool('memory limit board --group --facts 7')).stdout).toMatch(/^board may have 7 facts/);
  expect((await rockpool('memory limit nobodys --group --facts 7')).code).toBe(3);
  expect((await rockpool('docs search alarm --kind pdf --since 2026-01-01')).stdout).toMatch(
    /^Nothing in the documents/,
  );
});

test('memory tells how full it is, is limited, and goes out to be read', async () => {
  await addAda();
  await rockpool(['memory', 'import', '-', '--user', 'ada'], memoryFile('The alarm code is 4471.'));
  expect((await rockpool('memory status')).stdout).toMatch(/yours +1 facts +0 replaced +of 100000/);
  expect(JSON.parse((await rockpool('memory spaces --json')).stdout).spaces).toMatchObject([
    { name: 'ada', facts: 1, maxFacts: 100_000 },
  ]);
  expect((await rockpool('memory limit ada --facts 1')).stdout).toMatch(
    /^ada may have 1 facts and .* of text/,
  );
  expect(await rockpool(['memory', 'import', '-', '--user', 'ada'], memoryFile('One more.'))).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/room for 0; .*\.\n$/),
  });
  const out = join(folder, 'about-ada.md');
  await rockpool(['memory', 'export', out, '--user', 'ada', '--format', 'markdown', '--sessions']);
  expect(readFileSync(out, 'utf8')).toMatch(
    /^# What Rockpool knows about ada\n[\s\S]*- The alarm code is 4471\./,
  );
});

test('a memory that is damaged is told of, and may begin anew', async () => {
  await addAda();
  writeFileSync(join(home, 'memory.db'), 'x'.repeat(40_000));
  expect((await rockpool('memory list')).code).toBe(5);
  expect((await rockpool('memory status')).stdout).toMatch(/^Memory is away since .*\n.*begin-anew/);
  expect(JSON.parse((await rockpool('doctor --json')).stdout).findings).toContainEqual(
    expect.objectContaining({ probe: 'memory', state: 'bad', cure: expect.stringMatching(/memory restore/) }),
  );
  expect((await rockpool('memory restore --yes')).code).toBe(3);
  expect((await rockpool('memory begin-anew --yes')).stdout).toMatch(/^Memory is empty/);
  expect((await rockpool('memory list')).stdout).toMatch(/^Nothing is remembered yet/);
});

const memoryFile = (text: string): string =>
  JSON.stringify({
    ...{ format: 'rockpool-memory', version: 1, exportedAt: 1 },
    facts: [
      {
        ...{ id: 1, text, scope: 'mine', saidBy: 'ada', saidAt: 1, sessionId: null, messageId: null },
        ...{ supersededBy: null, supersededAt: null },
      },
    ],
  });

test('a model that is mistyped is told at once', async () => {
  const missing = await rockpool(['serve', '--model', join(folder, 'nowhere.gguf')]);
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toMatch(/^There is no file .*nowhere\.gguf; .*\.\n$/);
});

test('doctor names a damaged database and a changed audit log, and blames no model for them', async () => {
  await addAda();
  const log = join(home, 'audit', 'audit.jsonl');
  writeFileSync(log, readFileSync(log, 'utf8').replace('person.add', 'person.adx'));
  writeFileSync(join(home, 'sessions.db'), 'x'.repeat(40_000));
  const { findings } = JSON.parse((await rockpool('doctor --json')).stdout);
  const wrong = findings.filter(({ state }: { state: string }) => state === 'bad');
  expect(wrong).toEqual([
    expect.objectContaining({ probe: 'database', says: expect.stringContaining('sessions.db is damaged') }),
    expect.objectContaining({ probe: 'audit', says: expect.stringContaining('line 1') }),
  ]);
});
