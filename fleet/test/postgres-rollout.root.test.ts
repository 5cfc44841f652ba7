/** Rollouts on PostgreSQL: the same tests as on SQLite. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('rollouts', async () => void (await import('../rollout/rollout.test.ts')));
describe('their devices', async () => void (await import('../rollout/rollout-devices.test.ts')));
describe('what those say', async () => void (await import('../rollout/statuses.test.ts')));
describe('dry runs', async () => void (await import('../rollout/forecast.test.ts')));
describe('rollouts over HTTP', async () => void (await import('../api/rollouts.test.ts')));
describe('rollouts from the command line', async () => void (await import('../cli/rollouts.test.ts')));
