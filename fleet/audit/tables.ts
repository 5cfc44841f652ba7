/** The audit, as rows. */

export interface AuditTables {
  audit: AuditRow;
}

export interface AuditRow {
  seq: number;
  at: number;
  who: string;
  action: string;
  subject: string;
  /** JSON object. */
  detail: string;
  prev: string;
  hash: string;
}
