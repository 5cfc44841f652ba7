/** What holds on SQLite holds on PostgreSQL: the same tests once more, each with a database of its own. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('audit', async () => void (await import('../audit/audit.test.ts')));
describe('operators', async () => void (await import('../operators/operators.test.ts')));
describe('alerts', async () => void (await import('../alerts/alerts.test.ts')));
