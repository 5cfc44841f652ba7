/** A certificate authority that really looks (Pebble), and a name server that takes signed updates (BIND): both for one test file. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createKeyPairP256, issue, keyToPem } from '@rockpool/signing/x509';

export interface AcmeWorld {
  directory: string;
  /** Of the authority's own web server. */
  webRoot: string;
  /** What signs its certificates, asked for from it. */
  issuingRoot(): Promise<string>;
  /** Where it looks for answers to HTTP challenges. */
  httpPort: number;
  /** At port 53 of an address of its own. */
  nameServer: string;
  /** In the form of `tsig-keygen`; may change `_acme-challenge.chat.example.com`, nothing else. */
  tsigKey: string;
  close(): Promise<void>;
}

export async function openAcme(): Promise<AcmeWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'acme-'));
  const nameServer = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const tsigKey = `key "acme" {\n\talgorithm hmac-sha256;\n\tsecret "${randomBytes(32).toString('base64')}";\n};\n`;
  const [port, management, httpPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const webRoot = await createAuthority({ name: 'Web', years: 1, at: new Date() });
  const keys = createKeyPairP256();
  const web = { cn: 'acme', ips: ['127.0.0.1'], days: 30, usages: ['server' as const], at: new Date() };
  writeFileSync(join(folder, 'web.crt'), await issue(webRoot, keys.publicKey, web));
  writeFileSync(join(folder, 'web.key'), keyToPem(keys.privateKey));
  writeFileSync(join(folder, 'named.conf'), namedConf(folder, nameServer, tsigKey));
  writeFileSync(join(folder, 'zone'), zone(nameServer));
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: join(folder, 'web.crt'),
    privateKey: join(folder, 'web.key'),
    httpPort,
    tlsPort: await freePort(),
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
  writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble }));
  // BIND listens on addresses that an interface has, and a zone's servers are asked at port 53.
  execFileSync('ip', ['address', 'add', `${nameServer}/32`, 'dev', 'lo']);
  const started = [
    await start('named', ['-g', '-c', join(folder, 'named.conf')], { host: nameServer, port: 53 }),
    await start('pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', `${nameServer}:53`], {
      host: '127.0.0.1',
      port,
    }),
  ];
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    webRoot: webRoot.certificate,
    issuingRoot: () => fetched(`https://127.0.0.1:${management}/roots/0`, webRoot.certificate),
    httpPort,
    nameServer,
    tsigKey,
    close: async () => {
      await Promise.all(started.map(ended));
      execFileSync('ip', ['address', 'delete', `${nameServer}/32`, 'dev', 'lo']);
    },
  };
}

const namedConf = (folder: string, address: string, tsigKey: string): string => `
options {
  directory "${folder}"; pid-file "${folder}/named.pid"; lock-file none;
  listen-on port 53 { ${address}; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; allow-query { any; };
};
controls { };
${tsigKey}
zone "example.com" {
  type primary; file "zone";
  update-policy { grant acme name _acme-challenge.chat.example.com TXT; };
};
`;

const zone = (address: string): string => `$TTL 60
@ IN SOA ns1.example.com. admin.example.com. 1 60 60 600 60
@ IN NS ns1.example.com.
ns1 IN A ${address}
chat IN A 127.0.0.1
files IN A 127.0.0.1
`;

/** Resolves when it takes connections. */
async function start(
  program: string,
  args: readonly string[],
  { host, port }: { host: string; port: number },
): Promise<ChildProcess> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without its random sleeps; it goes on refusing good nonces now and then, as real ones do.
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' },
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output?.on('data', (piece) => (said += String(piece)));
  for (let tries = 0; !(await connects(host, port)); tries += 1) {
    if (tries > 200 || child.exitCode !== null) {
      await ended(child);
      throw new Error(`${program} did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const fetched = (url: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request(url, { ca }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += String(piece);
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
