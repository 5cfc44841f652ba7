/** The rows of the controller's database, as Kysely types them: each room declares its own. */
import type { Kysely } from 'kysely';
import type { AlertTables } from '../alerts/tables.ts';
import type { AuditTables } from '../audit/tables.ts';
import type { AuthorityTables } from '../authority/tables.ts';
import type { CommandTables } from '../commands/tables.ts';
import type { EnrolmentTables } from '../enrolment/tables.ts';
import type { OperatorTables } from '../operators/tables.ts';
import type { ReportedTables } from '../registry/reported-tables.ts';
import type { RegistryTables } from '../registry/tables.ts';
import type { RolloutTables } from '../rollout/tables.ts';
import type { LeaseTables } from './lease.ts';

export interface Tables
  extends AlertTables,
    AuditTables,
    AuthorityTables,
    CommandTables,
    EnrolmentTables,
    LeaseTables,
    OperatorTables,
    RegistryTables,
    ReportedTables,
    RolloutTables {}

export type Database = Kysely<Tables>;
