import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apply, PlanRefused, StepFailed } from './apply.ts';
import { encryptedVolume, isMounted } from './facts/facts.ts';
import { plan } from './plan.ts';
import { claimed, config, FakeDevice, PowerCut, trusting } from './world.fixture.ts';

const settings = config();

function device(): FakeDevice {
  const fresh = new FakeDevice();
  fresh.memory.claim = claimed;
  return fresh;
}

const setUp = (
  on: FakeDevice,
  person = trusting(on),
  signal = new AbortController().signal,
  using = settings,
) => apply({ world: on, config: using, person, signal, tell: () => {} });

test('a bare board becomes a device for which every step holds, and a second run does nothing', async () => {
  const board = device();
  const facts = await setUp(board);
  expect(plan(facts, settings).steps).toEqual([]);
  expect(board.hostname).toBe('leeds');
  expect(board.disk.header).toMatchObject({ mark: 'kept', slots: [{ kind: 'tpm2' }, { kind: 'recovery' }] });
  const deeds = board.deeds.length;
  await setUp(board);
  expect(board.deeds).toHaveLength(deeds);
});

test('power lost before or after any deed: the device finishes or starts over, never with plain data', async () => {
  let n = 1;
  for (let cut = true; cut; n += 1) {
    for (const moment of ['before', 'after'] as const) {
      const board = device();
      board.cutPower(n, moment);
      cut = await setUp(board).then(
        () => false,
        (error: unknown) => {
          const cause = error instanceof StepFailed ? error.cause : error;
          if (!(cause instanceof PowerCut)) throw error;
          return true;
        },
      );
      const keptBefore = board.disk.header?.mark === 'kept' ? board.disk.header.uuid : null;
      board.restorePower();
      const facts = await setUp(board);

      const says = `cut ${moment} deed ${n} (${board.deeds.at(n - 1)})`;
      expect(plan(facts, settings).steps, says).toEqual([]);
      expect(board.disk.plain, says).toEqual([]);
      // What a person has been told to keep is good from that moment on.
      if (keptBefore) expect(board.disk.header?.uuid, says).toBe(keptBefore);
      expect(board.disk.header?.openedBy, says).toEqual(new Map([[2, board.shown.at(-1)]]));
      expect(board.controller.size, says).toBe(1);
    }
  }
  expect(n).toBeGreaterThan(25);
});

test('power lost twice at any two deeds still ends in a device', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 32 }), fc.boolean()), { maxLength: 5 }),
      async (cuts) => {
        const board = device();
        for (const [n, after] of cuts) {
          board.cutPower(n, after ? 'after' : 'before');
          await setUp(board).catch(() => undefined);
          board.restorePower();
        }
        const facts = await setUp(board);
        expect(plan(facts, settings).steps).toEqual([]);
        expect(board.disk.plain).toEqual([]);
        expect(board.controller.size).toBe(1);
      },
    ),
    { numRuns: 300 },
  );
});

test('a person who leaves before keeping the key gets another one, and the first opens nothing', async () => {
  const board = device();
  const away = new AbortController();
  const leaves = {
    keep: (key: string) => {
      board.shown.push(key);
      away.abort();
      return Promise.reject(new Error('gone'));
    },
  };
  await expect(setUp(board, leaves, away.signal)).rejects.toThrow('gone');
  await setUp(board); // without a power cut: the key of the setup is still in memory
  expect(board.shown).toHaveLength(2);
  expect([...(board.disk.header?.openedBy.values() ?? [])]).toEqual([board.shown[1]]);
});

test('what the world doesn’t show after a step is an error that says what was seen', async () => {
  const board = device();
  board.setHostname = () => Promise.resolve();
  await expect(setUp(board)).rejects.toThrow('it ran, and the device doesn’t show it. Its name is rockpool.');
});

test('a step that another program undoes meanwhile is told, and not done for ever', async () => {
  const board = device();
  const { format } = board;
  board.format = async () => {
    await format.call(board);
    board.hostname = 'somebody-else';
  };
  await expect(setUp(board)).rejects.toThrow('undone by something else');
});

/** Any world that a disk's history, a half-done setup or a stranger's hand can leave behind. */
const anyWorld = fc
  .record({
    content: fc.constantFrom('empty', 'ext4', 'luks', 'stranger’s luks', 'half', 'done'),
    cutAt: fc.integer({ min: 1, max: 31 }),
    power: fc.boolean(),
    erase: fc.boolean(),
    tpm: fc.boolean(),
    mountedPlain: fc.boolean(),
    otherBoard: fc.boolean(),
    claim: fc.boolean(),
    present: fc.boolean(),
  })
  .map((shape) => ({ ...shape, toString: () => JSON.stringify(shape) }));

test('from any reachable world: it converges or is refused; nothing foreign is formatted unasked; nothing plain is mounted', async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, async (shape) => {
      const board = device();
      if (shape.content === 'half' || shape.content === 'done') {
        if (shape.content === 'half') board.cutPower(shape.cutAt, 'after');
        await setUp(board).catch(() => undefined);
        board.restorePower();
      } else if (shape.content === 'ext4') {
        board.disk.foreign = 'an ext4 filesystem “photos”';
        board.disk.inside = { filesystem: 'ext4', device: null };
      } else if (shape.content !== 'empty') {
        await board.format();
        if (board.disk.header) board.disk.header.mark = 'foreign';
        board.restorePower();
      }
      if (shape.mountedPlain && shape.content === 'ext4') board.usedAt = ['/media/photos'];
      if (shape.otherBoard) board.board = 'board-2';
      if (shape.power) board.restorePower();
      board.hasTpm = shape.tpm;
      board.diskPresent = shape.present;
      board.memory.claim = shape.claim ? claimed : null;

      const using = config(`[disk]\nerase = ${shape.erase}`);
      const before = structuredClone({ foreign: board.disk.foreign, header: board.disk.header });
      const facts = await board.look();
      const planned = plan(facts, using);
      const outcome = await setUp(board, trusting(board), new AbortController().signal, using).then(
        () => 'done' as const,
        (error: unknown) => error,
      );

      expect(board.disk.plain).toEqual([]);
      const wasForeign = before.foreign !== null || before.header?.mark === 'foreign';
      if (wasForeign && (!shape.erase || board.usedAt.length > 0)) {
        expect(outcome).toBeInstanceOf(PlanRefused);
        expect({ foreign: board.disk.foreign, header: board.disk.header }).toEqual(before);
      }
      if (before.header?.mark === 'kept') expect(board.disk.header?.uuid).toBe(before.header.uuid);
      if (planned.refusals.length > 0) {
        expect(outcome).toBeInstanceOf(PlanRefused);
      } else if (outcome !== 'done') {
        // Only what a closed disk hid ends so: that this board can't open it, or that it never joined a fleet.
        expect(outcome).toBeInstanceOf(StepFailed);
        expect(before.header?.mark).toBe('kept');
        if ((outcome as StepFailed).id === 'disk-open') expect(shape.otherBoard).toBe(true);
        else
          expect({ id: (outcome as StepFailed).id, claim: shape.claim }).toEqual({
            id: 'enrolment',
            claim: false,
          });
      } else {
        const after = await board.look();
        expect(plan(after, using).steps).toEqual([]);
        expect(isMounted(after)).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a mapper of our name over something else is no proof', async () => {
  const board = device();
  await setUp(board);
  const facts = await board.look();
  expect(encryptedVolume(facts)).not.toBeNull();
  const { volume } = facts;
  if (!volume) throw new Error('the volume is open');
  for (const other of [
    { ...volume, dmUuid: volume.dmUuid.replace('LUKS2', 'PLAIN') },
    { ...volume, dmUuid: `CRYPT-LUKS2-${'0'.repeat(32)}-rockpool-data` },
    { ...volume, on: ['sda1'] },
    { ...volume, on: ['fake5', 'sda1'] },
  ]) {
    expect(encryptedVolume({ ...facts, volume: other })).toBeNull();
  }
});

test('nginx is put in front where the settings ask for it, and taken away when they no longer do', async () => {
  const [asked, not] = [config('[network]\nnginx = true'), config()];
  const board = device();
  await setUp(board, trusting(board), undefined, asked);
  expect(board.memory.nginx).toBe(true);
  expect(plan(await board.look(), not).steps.map(({ id }) => id)).toEqual(['nginx']);
  await setUp(board, trusting(board), undefined, not);
  expect(board.memory.nginx).toBe(false);
});

test('nginx that is not installed is refused before anything is touched, by its package', async () => {
  const board = device();
  board.hasNginx = false;
  await expect(setUp(board, trusting(board), undefined, config('[network]\nnginx = true'))).rejects.toThrow(
    'Install the package nginx',
  );
  expect(board.deeds).toEqual([]);
});
