/** For a test that needs a process to die: obeys one command, whose deed is a mark in a file, and kills itself at a moment. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { createControllerTime } from '../controller-time.ts';
import { fakeDeeds } from '../fleet.fixture.ts';
import { floorIn } from '../floor-file.ts';
import { openEars } from '../messages.ts';
import { openSpool } from '../spool.ts';
import { openUplinkFile } from '../sqlite.ts';
import { openCommands } from './commands.ts';

const [folder = '', moment = '', command = '', key = ''] = process.argv.slice(2);
const die = (when: string): void => {
  if (when === moment) process.kill(process.pid, 'SIGKILL');
};
const file = openUplinkFile(join(folder, 'uplink.db'));
const spool = openSpool(file);
const clock = { now: Date.now };
const commands = openCommands({
  device: DeviceName.parse('leeds'),
  ...{ file, floor: floorIn(join(folder, 'counter')), uptimeMs: () => performance.now() },
  ...{ timeKnownMs: 100, deedMs: 5_000, tellInstalled: () => undefined, told: console.error },
  wake: () => {
    const [newest] = spool.head(1_000).slice(-1);
    if (newest?.body.kind === 'result' && newest.body.result.state === 'succeeded') die('after-result');
  },
  time: createControllerTime({
    clock,
    uptimeMs: () => performance.now(),
    clockSynchronised: async () => true,
  }),
  spool: (body) => void spool.putWithin(body, { boot: 'boot-1', at: 1, mono: 1 }),
  deeds: {
    ...fakeDeeds([]),
    reboot: {
      before() {
        die('before-begin');
        return 'boot-1';
      },
      async begin() {
        die('in-deed-not-marked');
        appendFileSync(join(folder, 'deeds'), '.');
        die('in-deed');
        await new Promise((resolve) => setImmediate(resolve));
        die('after-deed');
        return { state: 'succeeded', says: 'It has restarted.' };
      },
      after: () => ({ state: 'succeeded', says: 'It has restarted.' }),
    },
  },
});
commands.take(openEars([key]), Buffer.from(command, 'base64'));
setTimeout(() => process.exit(0), 300);
