/** All that listens to devices, as a process that can be killed: prints its port. Arguments: where its database is, PEM files as JSON, port. */
import { ackDomain } from '@rockpool/protocol/fleet/report';
import { frame } from '@rockpool/signing/frame';
import { createEmbeddedBroker } from '../broker/aedes.ts';
import { systemClock } from '../host/clock.ts';
import { openIntake } from '../intake.ts';
import { openStore } from '../store/open.ts';
import { processKey } from './process-key.fixture.ts';

const [where = '', files = '', port = '0'] = process.argv.slice(2);
const { key, cert, ca } = JSON.parse(files) as { key: string; cert: string; ca: string };
const log = (): void => undefined;
const intake = await openIntake({
  ...{ db: await openStore(where), where, holder: `process-${process.pid}`, clock: systemClock },
  log: { info: log, warn: log, error: log },
  createBroker: (hooks) =>
    createEmbeddedBroker({
      ...{
        host: '127.0.0.1',
        port: Number(port),
        tls: { key, cert, ca: [ca] },
        clock: systemClock,
        ...hooks,
      },
    }),
  signAck: (ack) => frame(processKey, ackDomain, ack),
  onBirth: async () => undefined,
});
console.log(intake.broker.port);
