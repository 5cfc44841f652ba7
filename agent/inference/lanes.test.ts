import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLanes } from './lanes.ts';
import type { Lane, Token } from './llama.ts';
import { forgetParked, openParking } from './parking.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-lanes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const prompt = (text: string) => [...text].map((char) => char.codePointAt(0)) as Token[];

/** A lane whose tokens are letters and whose state is a file of them. */
function letterLane(id: number): Lane & { text(): string } {
  let tokens: Token[] = [];
  const lane: Lane & { text(): string } = {
    id,
    text: () => String.fromCodePoint(...tokens),
    length: () => tokens.length,
    common: (others) => {
      const at = others.findIndex((token, i) => token !== tokens[i]);
      return at < 0 ? others.length : at;
    },
    cut: async (length) => {
      tokens = tokens.slice(0, length);
    },
    read: async (more) => {
      tokens.push(...more);
    },
    write: () => {
      throw new Error('nothing is written here');
    },
    save: async (file) => writeFileSync(file, lane.text()),
    load: async (file) => {
      const text = readFileSync(file, 'utf8');
      if (text.startsWith('torn')) throw new Error('damaged');
      tokens = prompt(text);
    },
  };
  return lane;
}

function house(lanes: number, mostBytes = 1_000) {
  const all = Array.from({ length: lanes }, (_, id) => letterLane(id));
  const options = { folder, key: 'weights', mostBytes, alone: true };
  const parking = openParking(options);
  const seats = createLanes(all, parking);
  /** A turn: what was cached of it, and then all of it is. */
  const turn = async (session: string | undefined, text: string): Promise<string> => {
    const seat = await seats.take(session, prompt(text));
    const common = seat.lane.common(prompt(text));
    await seat.lane.cut(common);
    await seat.lane.read(prompt(text).slice(common));
    await seats.give(seat);
    return text.slice(0, common);
  };
  return { all, seats, parking, turn };
}

const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('a session comes back to its own lane, whoever came between', async () => {
  const { turn } = house(2);
  await turn('ada', 'ada: hello');
  await turn(undefined, 'stranger');
  expect(await turn('ada', 'ada: hello again')).toBe('ada: hello');
});

test('with more sessions than lanes the oldest is parked, and comes back whole', async () => {
  const { turn } = house(2);
  for (const name of ['ada', 'bob', 'eve', 'zoe']) expect(await turn(name, `${name} one`)).toBe('');
  expect(files()).toHaveLength(2);
  for (const name of ['ada', 'bob', 'eve', 'zoe'])
    expect(await turn(name, `${name} one two`)).toBe(`${name} one`);
});

test('a stranger takes over what another stranger began, but never a session', async () => {
  const { turn } = house(3);
  await turn('ada', 'shared beginning of ada');
  await turn(undefined, 'shared beginning of one');
  expect(await turn(undefined, 'shared beginning of two')).toBe('shared beginning of ');
  expect(await turn('ada', 'shared beginning of ada!')).toBe('shared beginning of ada');
});

test('two questions at once in one session do not share a lane', async () => {
  const { seats } = house(2);
  const [first, second] = [await seats.take('ada', prompt('a')), await seats.take('ada', prompt('b'))];
  expect(first.lane.id).not.toBe(second.lane.id);
  expect([first.session, second.session]).toEqual(['ada', undefined]);
});

test('when all lanes are taken the next waits for the first to be given back', async () => {
  const { seats } = house(1);
  const first = await seats.take('ada', prompt('a'));
  const waiting = seats.take('bob', prompt('b'));
  await seats.give(first);
  expect((await waiting).session).toBe('bob');
});

test('a forgotten session leaves nothing in its lane or on disk, also when it is being answered', async () => {
  const { seats, turn, all } = house(1);
  await turn('ada', 'secret');
  await turn('bob', 'other');
  await seats.forget('ada');
  expect(files()).toHaveLength(0);
  const seat = await seats.take('bob', prompt('other!'));
  await seats.forget('bob');
  await seats.give(seat);
  expect(all[0]?.text()).toBe('');
  await seats.parkAll();
  expect(files()).toHaveLength(0);
});

test('a torn cache is thrown away', async () => {
  const { turn, seats } = house(1);
  await turn('ada', 'ada one');
  await seats.parkAll();
  writeFileSync(files()[0]!, 'torn');
  const again = house(1);
  expect(await again.turn('ada', 'ada one two')).toBe('');
  expect(files()).toHaveLength(0);
});

test('what was being read when the process died is not read again, nor what was half written', async () => {
  const { turn, seats } = house(1);
  await turn('ada', 'ada one');
  await seats.parkAll();
  const [file = ''] = files();
  writeFileSync(`${file}.loading`, 'deadly');
  writeFileSync(`${file}.partial`, 'half');
  house(1);
  expect(files()).toEqual([file]);
});

test('caches of other weights are thrown away, and the oldest beyond the limit', async () => {
  const { turn, seats } = house(1);
  await turn('ada', 'x'.repeat(600));
  await turn('bob', 'y'.repeat(600));
  await seats.parkAll();
  expect(files()).toHaveLength(1);
  openParking({ folder, key: 'other weights', mostBytes: 1_000, alone: true });
  expect(files()).toHaveLength(0);
});

test('while another model is tried beside it, what the old one saved stays', async () => {
  const { turn, seats } = house(1);
  await turn('ada', 'ada one');
  await seats.parkAll();
  openParking({ folder, key: 'other weights', mostBytes: 1_000, alone: false });
  expect(files()).toHaveLength(1);
});

test('a disk that is full costs the cache, not the answer', async () => {
  const { turn, all } = house(1);
  await turn('ada', 'ada one');
  all[0]!.save = () => Promise.reject(new Error('ENOSPC'));
  expect(await turn('bob', 'bob one')).toBe('');
  expect(await turn('ada', 'ada one two')).toBe('');
});

test('forgetting needs no model', async () => {
  const { turn, seats } = house(1);
  await turn('ada', 'ada one');
  await seats.parkAll();
  forgetParked(folder, 'ada');
  expect(files()).toHaveLength(0);
  forgetParked(join(folder, 'nowhere'), 'ada');
});
