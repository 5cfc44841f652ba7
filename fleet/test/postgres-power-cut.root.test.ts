/** A controller that is killed at any moment, on PostgreSQL: the same tests as on SQLite. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('killed at any moment', async () => void (await import('./power-cut.test.ts')));
