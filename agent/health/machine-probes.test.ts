/** The machine, as the doctor tells it. */
import { afterEach, expect, test } from 'vitest';
import { type Board, boards, type Tree, unpack } from '../host/jetson/tree.fixture.ts';
import { openHostMachine } from './machine/host-machine.ts';
import { probeMachine, probeRaised } from './machine-probes.ts';
import { noonMs } from './warnings/seen.fixture.ts';

let tree: Tree | undefined;
afterEach(() => {
  tree?.remove();
  tree = undefined;
});

async function doctor(board: Board, change: (tree: Tree) => void = () => undefined) {
  tree = unpack(board);
  change(tree);
  return probeMachine(await openHostMachine({ home: tree.root, root: tree.root }).read(), noonMs);
}

test.each(boards)('nothing is wrong with %s', async (board) => {
  const findings = await doctor(board);
  expect(findings.filter(({ state }) => state !== 'good')).toEqual([]);
  expect(findings.map(({ probe }) => probe)).toEqual(
    board === 'pc'
      ? ['heat', 'ram', 'drive', 'network']
      : ['board', 'heat', 'power', 'ram', 'drive', 'network'],
  );
});

test('a Jetson is told in words', async () => {
  const says = Object.fromEntries((await doctor('orin-nano')).map((one) => [one.probe, one.says]));
  expect(says).toMatchObject({
    board:
      'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super, Jetson Linux 36.4.4, power mode MAXN_SUPER',
    heat: 'gpu-thermal is the hottest at 53 °C, the fan at 1636 rpm',
    power: 'VDD_IN 9.3 W, VDD_CPU_GPU_CV 2.6 W, VDD_SOC 2.4 W; since its start over-current 37 times',
    drive: 'can be written, it does not tell its wear',
  });
});

test('one that is nearly too hot says what to do', async () => {
  const findings = await doctor('orin-nano', ({ set }) =>
    set('sys/class/thermal/thermal_zone0/temp', '96500\n'),
  );
  expect(findings.find(({ probe }) => probe === 'heat')).toMatchObject({
    state: 'warning',
    says: 'The device is nearly too hot (cpu-thermal is the hottest at 97 °C, the fan at 1636 rpm)',
    cure: expect.stringContaining('Give it air'),
  });
});

test('what the agent has raised is told with its cure; what is critical is bad', () => {
  expect(
    probeRaised([
      { code: 'disk-full', severity: 'critical', since: 1, detail: '10 MiB free' },
      { code: 'sensor-gone', severity: 'notice', since: 1 },
    ]),
  ).toMatchObject([
    { probe: 'warning', state: 'bad', says: 'The data disk is full (10 MiB free; since 1970-01-01T00:00Z)' },
    { probe: 'warning', state: 'warning' },
  ]);
});
