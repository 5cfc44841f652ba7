import { expect, test } from 'vitest';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { createRaucSlots } from './rauc.ts';
import { calm, imagesIn, recorded, text, write } from './slots.fixture.ts';
import type { Slots } from './slots.ts';

interface Told {
  booted: string;
  primary: string | null;
  bad: string[];
  mounted?: string;
}
const slot = (
  told: Told,
  name: string,
  of: { class: string; device: string; bootname?: string; parent?: string },
) => ({
  [name]: {
    ...{
      class: of.class,
      device: of.device,
      type: 'raw',
      bootname: of.bootname ?? null,
      parent: of.parent ?? null,
    },
    state: told.booted === name ? 'booted' : told.booted === of.parent ? 'active' : 'inactive',
    mountpoint: told.mounted === name ? '/mnt' : null,
    boot_status: of.bootname === undefined ? null : told.bad.includes(name) ? 'bad' : 'good',
    slot_status: { bundle: { compatible: null } },
  },
});
/** As `rauc status --output-format=json` of 1.8 and newer says it. */
const status = (told: Told, more: object[] = []): string =>
  JSON.stringify({
    ...{ compatible: 'rockpool', variant: '', booted: '/dev/sda2', boot_primary: told.primary },
    slots: [
      slot(told, 'rootfs.1', { class: 'rootfs', device: '/dev/sda3', bootname: 'B' }),
      slot(told, 'kernel.1', { class: 'kernel', device: '/dev/sda5', parent: 'rootfs.1' }),
      slot(told, 'rootfs.0', { class: 'rootfs', device: '/dev/sda2', bootname: 'A' }),
      slot(told, 'kernel.0', { class: 'kernel', device: '/dev/sda4', parent: 'rootfs.0' }),
      ...more,
    ],
  });

/** @param obeys false: it says yes and changes nothing */
async function rauc(
  told: Told,
  obeys = true,
): Promise<{ slots: Slots; disk: MemoryDisk; lines: string[]; told: Told }> {
  const disk = new MemoryDisk();
  for (const name of ['sda2', 'sda3', 'sda4', 'sda5'])
    await write(disk, `/dev/${name}`, `old ${name}, and more behind it`);
  const { exec, lines } = recorded((line) => {
    if (line === 'rauc status --output-format=json') return status(told);
    const [, mark, name = ''] = /^rauc status mark-(active|good|bad) (\S+)$/.exec(line) ?? [];
    if (mark === undefined) return undefined;
    if (obeys && mark === 'active') told.primary = name;
    if (obeys && mark === 'bad') told.bad.push(name);
    if (obeys && mark === 'good') told.bad = told.bad.filter((other) => other !== told.booted);
    return `rauc status: marked slot ${name} as ${mark}\n`;
  });
  return { slots: createRaucSlots({ exec, disk }), disk, lines, told };
}
const well: Told = { booted: 'rootfs.0', primary: 'rootfs.0', bad: [] };

test('a system with two slots, one booted, good and next, is proven', async () => {
  const { slots } = await rauc(structuredClone(well));
  expect(await slots.probe(calm)).toEqual({ proven: true });
  expect([await slots.booted(), await slots.next()]).toEqual(['a', 'a']);
});

test.each([
  ['the booted slot was never marked good', { ...well, bad: ['rootfs.0'] }, 'not marked good'],
  ['the other one is next already', { ...well, primary: 'rootfs.1' }, 'is next already'],
  ['nobody knows which is next', { ...well, primary: null }, 'is next already'],
  ['somebody looks into the other one', { ...well, mounted: 'rootfs.1' }, 'is mounted at /mnt'],
  ['it was started from a stick', { ...well, booted: 'none' }, 'does not know which slot is booted'],
])('nothing is proven when %s', async (_, told, says) => {
  const { slots } = await rauc(told);
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining(says) });
});

test.each([
  ['is not installed', undefined, 'ENOENT'],
  ['says something else', '{"compatible":"x"}', 'of a form that is not known'],
  ['says nothing that is JSON', 'Compatible: rockpool', 'no JSON'],
  [
    'knows three slots',
    status(well, [slot(well, 'rescue.0', { class: 'rescue', device: '/dev/sda9', bootname: 'R' })]),
    'knows 3 bootable slots',
  ],
])('nothing is proven when rauc %s', async (_, answer, says) => {
  const { exec } = recorded(() => answer);
  expect(await createRaucSlots({ exec, disk: new MemoryDisk() }).probe(calm)).toEqual({
    proven: false,
    says: expect.stringContaining(says),
  });
});

test('it writes the slot that is not booted, which nothing starts from meanwhile, and then activates it', async () => {
  const { slots, disk, lines } = await rauc(structuredClone(well));
  await slots.write(await imagesIn(disk, '2'), calm);
  expect(lines.filter((line) => line.includes('mark'))).toEqual(['rauc status mark-bad rootfs.1']);
  expect([await text(disk, '/dev/sda3'), await text(disk, '/dev/sda5')]).toEqual([
    'root 2a3, and more behind it',
    'boot 2a5, and more behind it',
  ]);
  expect(await text(disk, '/dev/sda2')).toBe('old sda2, and more behind it');
  await slots.activate('b');
  expect(await slots.next()).toBe('b');
});

test('case 31: a switch that does nothing and says that all is well is an error', async () => {
  const { slots } = await rauc(structuredClone(well), false);
  await expect(slots.activate('b')).rejects.toThrow(
    expect.objectContaining({
      reason: 'slot-failed',
      message: expect.stringContaining("says that it isn't"),
    }),
  );
});

test('a failing rauc is told with its own last words', async () => {
  const { exec } = recorded(() => ({ code: 1, stderr: 'loading\nFailed marking slot good: no bootloader' }));
  await expect(createRaucSlots({ exec, disk: new MemoryDisk() }).markGood()).rejects.toThrow(
    'rauc status mark-good booted failed: Failed marking slot good: no bootloader.',
  );
});
