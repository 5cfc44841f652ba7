/** A model's release comes into force in the real agent, asked over its socket as the updater does it, while an office works. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Release } from '@rockpool/protocol/update/release';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pebbleFiles } from '../inference/start-pebble.ts';
import { createModelApplier } from '../update/appliers/model.ts';
import { runningAgent } from '../update/appliers/running-agent.ts';
import { createNodeDisk } from '../update/disk/node-disk.ts';
import type { Applier } from '../update/parts.ts';
import { type Appliance, startAppliance, Visitor } from './appliance.ts';

const never = new AbortController().signal;
let home: string;
let appliance: Appliance;
let applier: Applier;
let release: Release;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-update-'));
  const folder = join(home, 'update');
  mkdirSync(join(folder, 'store'), { recursive: true });
  const bytes = readFileSync(pebbleFiles.chatModel);
  bytes.write('Pebble Next', bytes.indexOf('Pebble Chat'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(folder, 'store', sha256), bytes);
  release = Release.parse({
    ...{
      v: 1,
      kind: 'model',
      name: 'pebble-next',
      version: '2',
      counter: 2,
      dataForm: 0,
      madeAt: 1,
      notes: '',
    },
    ...{ compat: {}, artifact: { name: 'weights.gguf', sha256, bytes: bytes.length } },
    golden: { prompt: 'Say: one two three', holds: ['one two three'], withinMs: 60_000 },
  });
  appliance = await startAppliance(home);
  await appliance.ready();
  applier = createModelApplier({
    ...{
      agent: runningAgent(join(home, 'run/update.sock')),
      disk: createNodeDisk(),
      folder,
      memoryMiB: 8_192,
    },
    fileOf: ({ sha256: hash }) => join(folder, 'store', hash),
  });
});
afterEach(() => appliance.remove());

const answering = async (visitor: Visitor): Promise<string | undefined> =>
  (await visitor.json<{ models: ModelAbout[] }>('GET', '/api/models')).models[0]?.id;

async function startAgain(signal?: NodeJS.Signals): Promise<Visitor> {
  await appliance.stop(signal);
  appliance = await startAppliance(home);
  await appliance.ready();
  return await Visitor.signedIn(appliance.address);
}

test('eight chats go on while it is tried and proven; committed, it is what the agent starts with', async () => {
  const ada = new Visitor(appliance.address);
  await ada.setUp(appliance.setupCode);
  await ada.say(await ada.newSession(), 'Remember that the alarm code is 4471.');
  let over = false;
  const chats = Array.from({ length: 8 }, async () => {
    const session = await ada.newSession();
    const outcomes: string[] = [];
    while (!over) {
      const { message, answer } = await ada.say(session, 'What is the alarm code?');
      outcomes.push(answer.includes('4471') ? message.outcome : answer);
    }
    return outcomes;
  });
  await applier.probe(release, never);
  await applier.stage(release, never);
  expect(await applier.activate(release, never)).toBe('here');
  await applier.prove(release, never);
  await applier.commit(release);
  await ada.say(await ada.newSession(), 'What is the alarm code?');
  over = true;
  for (const outcomes of await Promise.all(chats)) expect(new Set(outcomes)).toEqual(new Set(['complete']));
  expect(await answering(ada)).toBe('pebble-next');

  const again = await startAgain();
  expect(await answering(again)).toBe('pebble-next');
  expect(await applier.inForce(release, never)).toBe(true);
  const { answer } = await again.say(await again.newSession(), 'What is the alarm code?');
  expect(answer).toContain('4471');
});

test('an agent killed before the commit starts with the old one, and one that is rolled back answers with it', async () => {
  const ada = new Visitor(appliance.address);
  await ada.setUp(appliance.setupCode);
  await applier.activate(release, never);
  expect(await applier.inForce(release, never)).toBe(true);
  const again = await startAgain('SIGKILL');
  expect(await applier.inForce(release, never)).toBe(false);
  expect(await answering(again)).toBe('pebble');
  await applier.activate(release, never);
  expect(await answering(again)).toBe('pebble-next');
  await applier.rollBack(release, never);
  expect(await answering(again)).toBe('pebble');
  expect(await applier.inForce(release, never)).toBe(false);
});
