import type { PostureFinding } from '@rockpool/protocol/posture';
import { expect, test } from 'vitest';
import { apply } from './apply.ts';
import { Receipt, receiptLines, receiptOf } from './receipt.ts';
import { verdictLines, verify } from './verify.ts';
import { claimed, config, FakeDevice, trusting } from './world.fixture.ts';

const settings = config();
const good: PostureFinding = { code: 'disk-encrypted', state: 'good', says: 'It is LUKS2.', cure: null };

async function setUp(): Promise<FakeDevice> {
  const device = new FakeDevice();
  device.memory.claim = claimed;
  await apply({
    ...{ world: device, config: settings, person: trusting(device) },
    ...{ signal: new AbortController().signal, tell: () => {} },
  });
  return device;
}

test('a device that was set up verifies, and every finding says what was seen', async () => {
  const verdict = verify(await (await setUp()).look(), settings, [good]);
  expect(verdict.state).toBe('good');
  for (const { says, cure } of verdict.findings) {
    expect(says.length).toBeGreaterThan(8);
    expect(cure).toBeNull();
  }
});

test.each<[string, (device: FakeDevice) => void, 'warning' | 'bad']>([
  ['disk-slots', (device) => addSlot(device, 'unknown'), 'bad'],
  ['disk-header', (device) => void Object.assign(device.disk.header ?? {}, { whole: false }), 'bad'],
  ['disk-seal', (device) => dropSlot(device, 'tpm2'), 'bad'],
  ['disk-bootstrap', (device) => addSlot(device, 'bootstrap'), 'bad'],
  ['firewall', (device) => void Object.assign(device.memory, { firewall: false }), 'bad'],
  ['nginx', (device) => void Object.assign(device.memory, { nginx: true }), 'bad'],
  ['boot-entries', (device) => void Object.assign(device, { bootEntries: 'other' }), 'warning'],
  [
    'escrow',
    (device) => void Object.assign(device.disk.inside?.device ?? {}, { escrowed: 'old' }),
    'warning',
  ],
  ['lan-certificate', (device) => void Object.assign(device.disk.inside?.device ?? {}, { lan: null }), 'bad'],
])('%s is found when it no longer holds, with a cure', async (code, spoil, state) => {
  const device = await setUp();
  spoil(device);
  const verdict = verify(await device.look(), settings, [good]);
  expect(verdict.state).toBe(state);
  expect(verdict.findings.find((finding) => finding.code === code)).toMatchObject({
    state,
    cure: expect.any(String),
  });
  expect(verdictLines(verdict).join('\n')).toContain('→');
});

test('one bad finding of the posture makes the verdict bad', async () => {
  const bad: PostureFinding = { ...good, state: 'bad', cure: 'Open it.' };
  expect(verify(await (await setUp()).look(), settings, [bad]).state).toBe('bad');
});

test('a receipt says what was made, is what its schema says, and holds no secret', async () => {
  const device = await setUp();
  const receipt = receiptOf(await device.look());
  expect(Receipt.parse(JSON.parse(JSON.stringify(receipt)))).toEqual(receipt);
  expect(receipt).toMatchObject({
    device: 'leeds',
    disk: { slots: ['tpm2 (slot 1)', 'recovery (slot 2)'] },
    escrowed: true,
  });
  const text = `${JSON.stringify(receipt)}\n${receiptLines(receipt).join('\n')}`;
  for (const secret of [...device.shown, settings.setup.code_hash ?? '']) expect(text).not.toContain(secret);
});

test('there is no receipt of a device that is not set up', async () => {
  const facts = await new FakeDevice().look();
  expect(() => receiptOf(facts)).toThrow('set up');
});

type Slots = { slots: { id: number; kind: string; policy: null }[] };
const addSlot = (device: FakeDevice, kind: string): void =>
  void (device.disk.header as unknown as Slots).slots.push({ id: 9, kind, policy: null });
function dropSlot(device: FakeDevice, kind: string): void {
  const header = device.disk.header as unknown as Slots;
  header.slots = header.slots.filter((slot) => slot.kind !== kind);
}
