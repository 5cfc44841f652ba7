/** Run inside a network namespace: answers on ports, or tries to reach them, and prints what came of it as JSON. */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect, createServer } from 'node:net';

export interface Try {
  protocol: 'tcp' | 'udp';
  address: string;
  port: number;
  /** Of a datagram. */
  fromPort?: number;
}

export interface Answers {
  addresses: readonly string[];
  tcp: readonly number[];
  udp: readonly number[];
}

const [mode, ...rest] = process.argv.slice(2);
const waitMs = 600;

if (mode === 'answer') {
  const { addresses, tcp, udp } = JSON.parse(rest[0] ?? '{}') as Answers;
  const listening = [
    ...tcp.map((port) => {
      const server = createServer((socket) => socket.on('error', () => undefined).end('here'));
      return new Promise<void>((resolve) => server.listen(port, '::', resolve));
    }),
    // One for each address: a datagram socket for all of them answers by the first.
    ...addresses.flatMap((address) => udp.map((port) => answerDatagrams(address, port))),
  ];
  await Promise.all(listening);
  process.stdout.write('listening\n');
} else {
  const tries = JSON.parse(rest[0] ?? '[]') as Try[];
  const outcomes = await Promise.all(
    tries.map((one) => (one.protocol === 'tcp' ? reachTcp(one) : reachUdp(one))),
  );
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
  process.exit(0);
}

function answerDatagrams(address: string, port: number): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (_, from) => socket.send('here', from.port, from.address, () => undefined));
  return new Promise((resolve) => socket.bind(port, address, resolve));
}

/** `reached`, `silent`, or the error's code. */
function reachTcp({ address, port }: Try): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.setTimeout(waitMs, () => resolve('silent'));
    socket.on('data', () => resolve('reached'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  });
}

function reachUdp({ address, port, fromPort }: Try): Promise<string> {
  return new Promise((resolve) => {
    const socket: Datagrams = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', () => resolve('reached'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
    socket.bind(fromPort ?? 0, () =>
      socket.send('anyone', port, address, (error) => {
        if (error) resolve((error as NodeJS.ErrnoException).code ?? 'failed');
      }),
    );
    setTimeout(() => resolve('silent'), waitMs);
  });
}
