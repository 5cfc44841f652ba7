/** What devices say, on PostgreSQL: the same tests once more, each with a database of its own. */
import { afterAll, describe } from 'vitest';
import { usePostgres } from '../store/database.fixture.ts';
import { startPostgres } from '../store/postgres.fixture.ts';

const server = await startPostgres();
usePostgres(server);
afterAll(() => server.stop());

describe('engine', async () => void (await import('../ingest/engine.test.ts')));
describe('ingest', async () => void (await import('../ingest/ingest.test.ts')));
describe('presence', async () => void (await import('../registry/presence.test.ts')));
describe('retention', async () => void (await import('../registry/retention.test.ts')));
describe('intake', async () => void (await import('./intake.test.ts')));
