/** The process: opens the device that it runs on, and lets the command line say what for. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import { diskHeaderPath } from '@rockpool/agent/host/posture/disk-header.ts';
import { readPosture } from '@rockpool/agent/host/posture/posture.ts';
import { countSealedUnder } from '@rockpool/agent/secrets/secrets.ts';
import type { Parts } from './cli/kit.ts';
import { runCommandLine } from './cli/main.ts';
import { run } from './exec.ts';
import { deviceFolder } from './facts/device.ts';
import { dataFolder, type Facts } from './facts/facts.ts';
import { diskHeaderOf } from './facts/header.ts';
import { openMemory } from './linux/memory.ts';
import { createLinuxWorld, mustBeMounted } from './linux/world.ts';
import { nameOf } from './steps/step.ts';

const now = Date.now;
// Every secret file says its own mode; folders and certificates that the agent reads are to have theirs too, whatever
// the unit's mask is.
process.umask(0o022);

const parts: Parts = {
  ...{ run, now },
  openWorld: () => createLinuxWorld({ run, now, memory: openMemory() }),
  async posture(facts, config) {
    const header = diskHeaderOf(facts);
    const { findings } = await readPosture({
      ...{ home: `${dataFolder}/agent`, dataMount: dataFolder, deviceFolder, now },
      ...{ name: nameOf(facts, config), hasFleet: config.fleet },
      ...(header ? { header } : {}),
      // Before that the setup page answers there, with a certificate of its own.
      ...(facts.device?.isSetUp ? { listener: { host: '127.0.0.1', port: 443 } } : {}),
      askTimedate: async () => (await run('timedatectl', ['show', '--property=NTPSynchronized'])).stdout,
    });
    return findings;
  },
  countSealedUnder: (key) => countSealedUnder(key, `${dataFolder}/agent`),
  saveReceipt(text) {
    mustBeMounted();
    writeFileAtomically(`${deviceFolder}/receipt.json`, text, 0o644);
  },
  tellDisk(facts: Facts) {
    const header = diskHeaderOf(facts);
    if (!header) return;
    mkdirSync(dirname(diskHeaderPath), { recursive: true, mode: 0o755 });
    writeFileAtomically(diskHeaderPath, `${JSON.stringify(header)}\n`, 0o644);
  },
};

const { stdin, stdout, stderr } = process;
process.exitCode = await runCommandLine(process.argv.slice(2), parts, { stdin, stdout, stderr });
