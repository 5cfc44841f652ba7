/** The command line beside a running agent, and without one, with the built-in model. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandLine } from '../cli/spoken.fixture.ts';
import { type Appliance, startAppliance } from './appliance.ts';

const folder = mkdtempSync(join(tmpdir(), 'rockpool-spoken-'));
const home = join(folder, 'home');
const rockpool = commandLine(home);
let appliance: Appliance;

beforeAll(async () => {
  await rockpool('user add ada --role admin --password-stdin', 'a long password');
  appliance = await startAppliance(home);
  await appliance.ready();
});
afterAll(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true });
});

test('what is told to a command is known to the next, with its citation', async () => {
  expect((await rockpool(['ask', 'Remember that the alarm code is 4471'])).code).toBe(0);
  expect((await rockpool(['ask', 'What is the alarm code?'])).stdout).toMatch(
    /4471[\s\S]*\n\[1\] memory, \d{4}-\d\d-\d\d\n$/,
  );
  const asked = JSON.parse((await rockpool('ask - --json', 'What is the alarm code?')).stdout);
  expect(asked).toMatchObject({
    outcome: 'complete',
    answer: expect.stringContaining('4471'),
    citations: [{ n: 1, kind: 'memory' }],
  });
  const again = JSON.parse(
    (await rockpool(['ask', '--session', asked.session, '--json', 'Thank you!'])).stdout,
  );
  expect(again.session).toBe(asked.session);
});

test('a key made beside the running agent opens /v1 at once', async () => {
  const { key } = JSON.parse((await rockpool('key create --user ada --json')).stdout);
  const answer = await fetch(`${appliance.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'pebble', messages: [{ role: 'user', content: 'Hello!' }], max_tokens: 8 }),
  });
  expect(answer.status).toBe(200);
});

test('a document is added, listed, cited and removed', async () => {
  const file = join(folder, '访客 parking.md');
  writeFileSync(file, '# Parking\n\nVisitors park behind the bakery.\n');
  expect(await rockpool(['docs', 'add', file])).toMatchObject({
    code: 0,
    stdout: '访客 parking.md: 1 passage\n',
    stderr: '',
  });
  const { documents } = JSON.parse((await rockpool('docs list --json')).stdout);
  expect(documents).toMatchObject([{ name: '访客 parking.md', status: 'ready', owner: 'ada' }]);
  expect((await rockpool(['ask', 'Where do visitors park?'])).stdout).toContain('[1] 访客 parking.md');
  expect((await rockpool(`docs remove ${documents[0].id}`)).code).toBe(0);
  expect((await rockpool(`docs remove ${documents[0].id}`)).code).toBe(3);
});

test('a document that cannot be read says why, and the exit code tells', async () => {
  const file = join(folder, 'broken.pdf');
  writeFileSync(file, '%PDF-1.7\nnot really');
  expect(await rockpool(['docs', 'add', file])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^broken\.pdf: .*\.\n$/),
  });
});

test('memory moves from one person to another', async () => {
  await rockpool('user add ben --password-stdin', 'another password');
  await rockpool(['ask', 'Remember that the meter reader comes on Tuesdays']);
  const exported = await rockpool('memory export --user ada');
  expect(JSON.parse(exported.stdout)).toMatchObject({ format: 'rockpool-memory' });
  expect((await rockpool('memory import - --user ben --json', exported.stdout)).code).toBe(0);
  expect((await rockpool('memory search meter reader --user ben')).stdout).toContain('Tuesdays');
  const { facts } = JSON.parse((await rockpool('memory list --user ben --json')).stdout);
  expect((await rockpool(`memory forget ${facts[0].id} --user ben`)).code).toBe(0);
  expect((await rockpool('memory forget --all --user ben --yes')).code).toBe(0);
  expect((await rockpool('memory list --user ben')).stdout).toBe('Nothing is remembered yet.\n');
});

test('status, doctor and a second start tell who holds the home', async () => {
  expect(JSON.parse((await rockpool('status --json')).stdout)).toMatchObject({
    ...{ running: true, ready: true, pid: appliance.pid, address: appliance.address },
    model: { id: 'pebble' },
  });
  const doctor = await rockpool('doctor --json');
  expect(JSON.parse(doctor.stdout).findings).toContainEqual(
    expect.objectContaining({ probe: 'model', state: 'good' }),
  );
  const second = await rockpool('serve');
  expect(second).toMatchObject({ code: 5, stdout: '' });
  expect(second.stderr).toContain(`process number ${appliance.pid} since`);
  expect(second.stderr).toContain(appliance.address);
});

test('a backup taken while people talk comes back whole on a stopped agent', async () => {
  const file = join(folder, 'live.rockpool');
  const talking = rockpool(['ask', 'Remember that the safe code is 9911']);
  expect((await rockpool(['backup', 'create', file])).code).toBe(0);
  await talking;
  expect((await rockpool(['backup', 'restore', file, '--yes'])).code, 'while it runs').toBe(5);
  expect(await appliance.stop()).toBe(0);
  expect((await rockpool(['backup', 'restore', file, '--yes'])).code).toBe(0);
  const healthy = JSON.parse((await rockpool('doctor --json')).stdout);
  expect(healthy).toMatchObject({ healthy: true });
  expect((await rockpool(['ask', 'What is the alarm code?'])).stdout, 'without an agent').toContain('4471');
  appliance = await startAppliance(home);
});
