/** The process of `rockpool-setup.service`: opens sockets and folders, and serves the setup page until it is told to stop. */
import { hostname, networkInterfaces, uptime } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inheritedSockets } from '@rockpool/agent/host/systemd.ts';
import { ephemeralPair, fingerprintOf } from './certificate.ts';
import { openGuesses } from './guesses.ts';
import { createRedirect } from './redirect.ts';
import { connectRoot } from './root.ts';
import { createSetupServer } from './server.ts';

const { values } = parseArgs({
  options: {
    socket: { type: 'string', default: '/run/rockpool/provision.sock' },
    /** systemd's RuntimeDirectory; what lies there ends with the boot. */
    runtime: { type: 'string', default: process.env['RUNTIME_DIRECTORY'] ?? '/run/rockpool-setup' },
    page: { type: 'string', default: join(import.meta.dirname, '../../web/dist') },
    challenges: { type: 'string', default: '/run/rockpool/acme-challenge' },
    host: { type: 'string', default: '::' },
    /** Where no sockets come from systemd. */
    port: { type: 'string', default: '443' },
    'redirect-port': { type: 'string', default: '80' },
    name: { type: 'string', multiple: true, default: [] },
  },
});

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const report = (error: unknown): void =>
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));

const name = (values.name[0] ?? hostname()).toLowerCase();
const names = new Set([...[name, ...values.name].flatMap((one) => [one, `${one}.local`]), 'rockpool.local']);
const pair = await ephemeralPair({
  ...{ folder: values.runtime, name, now: Date.now() },
  addresses: Object.values(networkInterfaces())
    .flatMap((of) => of ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address),
});
const setup = createSetupServer({
  ...{ root: connectRoot(values.socket), pageFolder: values.page, pair, names, log, report },
  uptime: { seconds: uptime },
  guesses: openGuesses(join(values.runtime, 'guesses.json'), { seconds: uptime }),
});
const redirect = createRedirect({ names, home: `${name}.local`, challengeFolder: values.challenges, report });

const inherited = inheritedSockets();
const secure = inherited.get('https');
const plain = inherited.get('http');
setup.https.listen(secure ? { fd: secure[0] } : { port: Number(values.port), host: values.host });
redirect.listen(plain ? { fd: plain[0] } : { port: Number(values['redirect-port']), host: values.host });
// On the console, for whoever wants to be sure that the page is this device's.
log(`setup page: https://${name}.local/ certificate sha256 ${fingerprintOf(pair.cert)}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    redirect.close();
    void setup.close();
  });
}
