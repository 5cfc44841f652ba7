/** What the pages show of controller and provisioning and needs no device, run as it stands there: by a controller and in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, createDevice, type TestDevice } from '../fleet/test/fleet.fixture.ts';
import { allSteps } from '../provisioning/steps/all.ts';

const root = join(import.meta.dirname, '..');
const guide = 'docs/provisioning.md';
const blocksOf = (page: string, language: string): string[] =>
  [
    ...readFileSync(join(root, page), 'utf8').matchAll(
      new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'),
    ),
  ].map(([, text]) => text ?? '');
const commandsOf = (page: string): string[] =>
  blocksOf(page, 'sh')
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => /^npx rockpool-(?:fleet|provision)\b/.test(line));
const isServing = (command: string): boolean => command.startsWith('npx rockpool-fleet serve');

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
});
/** npx would look for the package outside of the clone. */
const here = (command: string): string => command.replaceAll('npx rockpool', 'rockpool');

/** On a machine that is no appliance, `plan` says what is missing. */
const refused = 4;
const statusOf = (command: string): number => (command.includes('rockpool-provision plan') ? refused : 0);

describe.each([guide, 'README.md'])('%s', (page) => {
  let folder: string;
  let controller: Started;
  let device: TestDevice | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'provisioning-reader-'));
    const example = join(root, 'provisioning/provisioning.example.toml');
    mkdirSync(join(folder, 'provisioning'));
    copyFileSync(example, join(folder, 'provisioning/provisioning.example.toml'));
    copyFileSync(example, join(folder, 'provisioning.toml'));
    writeFileSync(join(folder, 'passphrase'), 'three gulls over the pier\n');
    writeFileSync(join(folder, 'passphrase.new'), 'four gulls over the pier\n');
    controller = await serve(commandsOf(page).find(isServing) ?? '', folder);
  }, 60_000);

  afterAll(async () => {
    await controller.stop();
    rmSync(folder, { recursive: true });
  });

  test('it starts one controller', () => {
    expect(commandsOf(page).filter(isServing)).toHaveLength(1);
  });

  test.each(commandsOf(page).filter((command) => !isServing(command)))('%s', async (command) => {
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', here(command)], {
      ...{ cwd: folder, encoding: 'utf8', env: environment() },
    });
    expect(status, `${stdout}\n${stderr}`).toBe(statusOf(command));
    expect(stderr).not.toMatch(/\bat .*\.ts:\d+/);
    const claim = /^RP(?:-\w{5}){4}$/m.exec(stdout)?.[0];
    if (claim && !device) device = await joined(controller, claim);
  });
});

interface Started {
  url: string;
  pin: string;
  stop(): Promise<void>;
}

/** In the background, on a port of this test's own; resolves when it listens. */
async function serve(command: string, folder: string): Promise<Started> {
  const program = spawn(
    'bash',
    [
      '-c',
      `exec ${here(command)} --listen 127.0.0.1:0 --mqtt-listen 127.0.0.1:0 --dashboard-listen 127.0.0.1:0 --json`,
    ],
    {
      ...{ cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    },
  );
  let complaints = '';
  program.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const ended = once(program, 'exit');
  const line = await Promise.race([
    once(createInterface(program.stdout), 'line').then(([text]) => String(text)),
    ended.then(() => Promise.reject(new Error(`it ended: ${complaints}`))),
  ]);
  const { url, pin } = JSON.parse(line) as { url: string; pin: string };
  return {
    // Its name is none that this machine knows.
    ...{ url: `https://127.0.0.1:${new URL(url).port}`, pin },
    async stop() {
      program.kill('SIGTERM');
      await ended;
    },
  };
}

/** The technician's part, so that the operator's commands find a device. */
async function joined(controller: Started, claim: string): Promise<TestDevice> {
  const leeds = createDevice({ controller }, 'leeds');
  expect(codeOf(await leeds.ask('enrol', { claim }))).toBe('ok');
  const sealed = Buffer.alloc(4096, 7).toString('base64');
  const escrow = { kind: 'luks-header', digest: 'ab'.repeat(32), sealed };
  expect(codeOf(await leeds.ask('escrow', escrow))).toBe('ok');
  return leeds;
}

const text = readFileSync(join(root, guide), 'utf8');

test('each step that the page shows of a plan is one that there is, in its order', () => {
  const shown = blocksOf(guide, 'text')
    .join('')
    .matchAll(/^ ?\d+\. (.+)$/gm);
  const told = [...shown].map(([, sentence]) => sentence ?? '');
  const there = allSteps.map(({ title, why }) => `${title}. ${why}`);
  expect(told.length).toBeGreaterThan(2);
  expect(there.filter((sentence) => told.includes(sentence))).toEqual(told);
});

test('the page names every finding of the posture', () => {
  const codes = readFileSync(join(root, 'protocol/posture.ts'), 'utf8').matchAll(/^ {2}'([a-z-]+)', \/\//gm);
  const all = [...codes].map(([, code]) => `\`${code}\``);
  expect(all.length).toBeGreaterThan(5);
  expect(all.filter((code) => !text.includes(code))).toEqual([]);
});

test('each sentence that the page says a reader may see is one that a program says', () => {
  const said = ['provisioning', 'fleet', 'agent/host/posture', 'agent/http', 'web/setup/words', 'protocol']
    .flatMap((from) =>
      readdirSync(join(root, from), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(root, from, name),
      ),
    )
    .filter((file) => /(?<!\.test|\.fixture)\.ts$/.test(file) && !file.includes('node_modules'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const quotes = [...text.matchAll(/^\| "([^"]+)" \|/gm)].map(([, quote]) => quote ?? '');
  expect(quotes.length).toBeGreaterThan(10);
  const pieces = quotes.flatMap((quote) => quote.split('…').map((piece) => piece.trim()));
  expect(pieces.filter((piece) => !said.includes(piece))).toEqual([]);
});
