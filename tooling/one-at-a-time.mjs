/** A lock between processes that ends with its holder, however that dies: a socket in Linux's abstract namespace. */
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

/**
 * Runs `work` while no other process runs one under the same `name`.
 * @param waiting called once if another one is at it
 */
export async function oneAtATime(name, work, waiting = () => {}) {
  const address = `\0rockpool-${createHash('sha256').update(name).digest('hex')}`;
  let lock = await take(address);
  if (!lock) waiting();
  while (!lock) {
    await untilReleased(address);
    lock = await take(address);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function take(address) {
  return new Promise((resolve, reject) => {
    const waiters = new Set();
    const server = createServer((socket) => {
      waiters.add(socket);
      socket.on('error', () => waiters.delete(socket)).on('close', () => waiters.delete(socket));
    });
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      resolve({
        release() {
          server.close();
          for (const socket of waiters) socket.destroy();
        },
      });
    });
  });
}

/** The holder never writes: its end of the connection closes when it lets go or dies. */
function untilReleased(address) {
  return new Promise((resolve) => {
    connect(address).on('error', resolve).on('close', resolve).resume();
  });
}
