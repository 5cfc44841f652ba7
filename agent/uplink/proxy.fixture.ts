/** A line between device and broker that can swallow what goes through it, in one direction or both, without a word to either. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly port: number;
  /** Towards the broker, towards the device. */
  swallows: { up: boolean; down: boolean };
  close(): Promise<void>;
}

export async function openLine(toPort: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const swallows = { up: false, down: false };
  const server = createServer((device) => {
    const broker = connect(toPort, '127.0.0.1');
    for (const socket of [device, broker]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    device.on('data', (bytes) => void (swallows.up || broker.write(bytes)));
    broker.on('data', (bytes) => void (swallows.down || device.write(bytes)));
    // Somebody who hung up is not told of either while the line is cut.
    device.on('close', () => void (swallows.up || broker.destroy()));
    broker.on('close', () => void (swallows.down || device.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallows,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
