/** All that listens to devices, with the embedded broker, on a database of its own; and devices that reach it over TLS. */
import { ackDomain } from '@rockpool/protocol/fleet/report';
import { frame } from '@rockpool/signing/frame';
import { createSeed } from '@rockpool/signing/identity';
import { openSigner } from '../authority/signer.ts';
import { createEmbeddedBroker, type EmbeddedBroker } from '../broker/aedes.ts';
import { createRoot, type TestRoot } from '../broker/devices.fixture.ts';
import { systemClock } from '../host/clock.ts';
import type { Born } from '../ingest/ingest.ts';
import { type Intake, openIntake } from '../intake.ts';
import type { Database } from '../store/tables.ts';

export const commandKey = openSigner(createSeed());

export interface TestIntake extends Intake<EmbeddedBroker> {
  root: TestRoot;
  logged: string[];
  born: Born[];
}

export async function openTestIntake(
  { db, where }: { db: Database; where: string },
  { root, port = 0 }: { root?: TestRoot; port?: number } = {},
): Promise<TestIntake> {
  const own = root ?? (await createRoot());
  const { key, cert } = await own.listener();
  const logged: string[] = [];
  const born: Born[] = [];
  const log = (about: object, says: string): void => void logged.push(`${says} ${JSON.stringify(about)}`);
  const intake = await openIntake({
    ...{ db, where, holder: `test-${Math.random()}`, clock: systemClock },
    log: { info: log, warn: log, error: log },
    createBroker: (hooks) =>
      createEmbeddedBroker({
        ...{ host: '127.0.0.1', port, tls: { key, cert, ca: [own.ca] }, clock: systemClock, ...hooks },
      }),
    signAck: (ack) => frame(commandKey, ackDomain, ack),
    onBirth: async (one) => void born.push(one),
  });
  return { ...intake, broker: intake.broker, root: own, logged, born };
}
