import { expect, test } from 'vitest';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import { createNvbootctrlSlots } from './nvbootctrl.ts';
import { calm, imagesIn, recorded, text, write } from './slots.fixture.ts';

const vendor = '781e084c-a330-417c-b678-38e696380cb9';
const variable = (name: string): string => `/sys/firmware/efi/efivars/${name}-${vendor}`;
/** Attributes (non-volatile, boot, runtime), then the value. */
const value = (level: number): Buffer => Buffer.from([7, 0, 0, 0, level, 0, 0, 0]);
const capsule = '/sys/firmware/efi/esrt/entries/entry0/last_attempt_status';

interface Board {
  current: 'A' | 'B';
  active: 'A' | 'B';
  chain: 'A' | 'B';
  unbootable: 'A' | 'B' | undefined;
  /** False: as a board whose redundancy is not armed. */
  switches: boolean;
}
/** As Jetson Linux 36 prints it, blanks and all. */
const rootfs = ({ current, active, unbootable }: Board): string =>
  `Current rootfs slot: ${current}
Active rootfs slot: ${active}
num_slots: 2
slot: 0,             retry_count: ${unbootable === 'A' ? 0 : 3},             status: ${unbootable === 'A' ? 'unbootable' : 'normal'}
slot: 1,             retry_count: ${unbootable === 'B' ? 0 : 3},             status: ${unbootable === 'B' ? 'unbootable' : 'normal'}
`;
const bootloader = ({ chain }: Board): string =>
  `Current version: 36.4.3
Capsule update status: 1
Current bootloader slot: ${chain}
Active bootloader slot: ${chain}
num_slots: 2
slot: 0,             status: normal
slot: 1,             status: normal
`;

async function board(more: Partial<Board> = {}, armed: Buffer | null = value(1)) {
  const is: Board = { current: 'A', active: 'A', chain: 'A', unbootable: undefined, switches: true, ...more };
  const disk = new MemoryDisk();
  if (armed !== null) await write(disk, variable('RootfsRedundancyLevel'), armed);
  await write(disk, variable('RootfsStatusSlotA'), value(is.unbootable === 'A' ? 0xff : 0));
  await write(disk, variable('RootfsStatusSlotB'), value(is.unbootable === 'B' ? 0xff : 0));
  await write(disk, capsule, '0\n');
  await disk.makeFolder('/dev/disk/by-partlabel');
  for (const [at, label] of ['APP', 'APP_b', 'A_kernel', 'B_kernel'].entries()) {
    await write(disk, `/dev/nvme0n1p${at + 1}`, `old ${label} and more behind it`);
    await disk.link(`../../nvme0n1p${at + 1}`, `/dev/disk/by-partlabel/${label}`);
  }
  const { exec, lines } = recorded((line) => {
    if (line === 'nvbootctrl -t rootfs dump-slots-info') return rootfs(is);
    if (line === 'nvbootctrl dump-slots-info') return bootloader(is);
    const [, slot] = /^nvbootctrl -t rootfs set-active-boot-slot ([01])$/.exec(line) ?? [];
    if (slot !== undefined && is.switches) is.active = slot === '0' ? 'A' : 'B';
    return slot !== undefined || line === 'nvbootctrl verify' ? '' : undefined;
  });
  return { slots: createNvbootctrlSlots({ exec, disk }), disk, lines };
}

test('a board that was flashed with redundancy of its root is proven', async () => {
  const { slots } = await board();
  expect(await slots.probe(calm)).toEqual({ proven: true });
});

test.each([
  ['the variable says that redundancy is off', {}, value(0), 'no redundancy'],
  ['there is no such variable, although both partitions are there', {}, null, 'no redundancy'],
  ['the variable is cut off', {}, Buffer.from([7, 0, 0]), 'no redundancy'],
  ['the other slot is next already', { active: 'B' }, value(1), 'is next already'],
  ['the other slot is marked as one that does not start', { unbootable: 'B' }, value(1), 'Slot b is marked'],
  ['the boot loader runs from another slot', { chain: 'B' }, value(1), 'from another slot'],
] as const)('case 31: nothing is proven when %s', async (_, is, armed, says) => {
  const { slots } = await board(is, armed);
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining(says) });
});

test('case 31: nothing is proven after a capsule that was not applied', async () => {
  const { slots, disk } = await board();
  await write(disk, capsule, '6163\n');
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining('status 6163') });
});

test.each([
  ['is missing', undefined, 'ENOENT'],
  [
    'can not read a variable',
    'Current version: 36.4.0\nError: read variable BootChainFwCurrent failed!\n',
    'does not tell two slots',
  ],
  [
    'knows one slot',
    'Current rootfs slot: A\nActive rootfs slot: A\nnum_slots: 1\nslot: 0, status: normal\n',
    'does not tell two slots',
  ],
])('nothing is proven when nvbootctrl %s', async (_, answer, says) => {
  const { disk } = await board();
  const slots = createNvbootctrlSlots({ disk, exec: recorded(() => answer).exec });
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining(says) });
});

test('nothing is proven where there is no second partition', async () => {
  const { slots, disk } = await board();
  await disk.remove('/dev/disk/by-partlabel/B_kernel');
  expect(await slots.probe(calm)).toEqual({ proven: false, says: expect.stringContaining('B_kernel') });
});

test('it writes both partitions of the slot that is not booted, and nothing else', async () => {
  const { slots, disk } = await board();
  await slots.write(await imagesIn(disk, '2'), calm);
  expect(await Promise.all([1, 2, 3, 4].map((at) => text(disk, `/dev/nvme0n1p${at}`)))).toEqual([
    ...['old APP and more behind it', 'root 2P_b and more behind it'],
    ...['old A_kernel and more behind it', 'boot 2kernel and more behind it'],
  ]);
});

test('it writes nothing that the next boot would try', async () => {
  const { slots, disk } = await board({ active: 'B' });
  await expect(slots.write(await imagesIn(disk, '2'), calm)).rejects.toThrow('the next to be started');
});

test('a switch is believed when the firmware says the same afterwards', async () => {
  const { slots, lines } = await board();
  await slots.activate('b');
  expect(lines).toContain('nvbootctrl -t rootfs set-active-boot-slot 1');
  await slots.markBad('b');
  expect(await slots.next()).toBe('a');
});

test('case 31: the switch that ends with 0 and does nothing is an error', async () => {
  const { slots } = await board({ switches: false });
  await expect(slots.activate('b')).rejects.toThrow(
    expect.objectContaining({
      reason: 'slot-failed',
      message: expect.stringContaining('said yes, and will start a'),
    }),
  );
});
