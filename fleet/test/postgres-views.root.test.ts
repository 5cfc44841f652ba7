/** What the dashboard and the command line ask of PostgreSQL: the same tests as on SQLite. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('the list of devices', async () => void (await import('../views/device-list.test.ts')));
describe('the other views', async () => void (await import('../views/views.test.ts')));
describe("the operators' door", async () => void (await import('../api/operators-door.test.ts')));
describe('commands of an operator', async () => void (await import('../cli/operating.test.ts')));
describe('live', async () => void (await import('../api/live.test.ts')));
