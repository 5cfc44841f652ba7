/** Every command that the README and the operator's guide show, run as it stands there, against a running agent. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Appliance, startAppliance } from './appliance.ts';

const root = join(import.meta.dirname, '../..');
/** The agent is started already, the tests are running, and the controller's reader is `tooling/provisioning-guide.test.ts`. */
const runElsewhere = /^npm (?:start|test)\b|^npx rockpool-(?:fleet|provision)\b/;

const commandsOf = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap((block) => (block[1] ?? '').replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !runElsewhere.test(line));

describe.each(['README.md', 'docs/operating.md'])('%s', (page) => {
  let appliance: Appliance;
  let folder: string;
  let key = '';
  beforeAll(async () => {
    appliance = await startAppliance();
    await appliance.ready();
    folder = mkdtempSync(join(tmpdir(), 'reader-'));
    cpSync(join(root, 'README.md'), join(folder, 'README.md'));
    mkdirSync(join(folder, 'docs'));
    cpSync(join(root, 'docs/operating.md'), join(folder, 'docs/operating.md'));
  });
  afterAll(async () => {
    await appliance.remove();
    rmSync(folder, { recursive: true });
  });

  test.each(commandsOf(page))('%s', (command) => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-o', 'pipefail', '-c', here(command, appliance.address)],
      {
        cwd: folder,
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
          ROCKPOOL_HOME: appliance.home,
          ROCKPOOL_KEY: key,
        },
      },
    );
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    key = /"key":\s*"(rp-[^"]+)"/.exec(stdout)?.[1] ?? key;
    expect(stdout + stderr).not.toMatch(/"error"|\bat .*\.ts:\d+/);
  });
});

/** The port is this test's own, and npx would look for the package outside of the clone. */
const here = (command: string, address: string): string =>
  command.replaceAll('http://127.0.0.1:8080', address).replaceAll('npx rockpool', 'rockpool');
