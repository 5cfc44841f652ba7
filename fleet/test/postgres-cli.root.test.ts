/** The command line on PostgreSQL: the same tests as on SQLite. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('the command line', async () => void (await import('../cli/cli.test.ts')));
