/** Enrolment on PostgreSQL: the same tests as on SQLite, each controller with a database of its own. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('authority', async () => void (await import('../authority/authority.test.ts')));
describe('enrolment', async () => void (await import('./enrolment.test.ts')));
describe('hostile requests', async () => void (await import('./hostile.test.ts')));
