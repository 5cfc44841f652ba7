/** Asks the controller in this container whether it is ready; its own certificate needs no proof to itself. */
import { get } from 'node:https';

const asked = get(
  { host: '127.0.0.1', port: 8444, path: '/readyz', rejectUnauthorized: false, timeout: 4_000 },
  ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1),
);
asked.on('timeout', () => asked.destroy(new Error('no answer')));
asked.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
