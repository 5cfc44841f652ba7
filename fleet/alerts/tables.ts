/** Alerts, as rows. Times are milliseconds since 1970, by the controller's clock. */
import type { WarningSeverity } from '@rockpool/protocol/fleet/warnings';
import type { Numbered } from '../store/numbered.ts';

export interface AlertTables {
  alerts: Numbered<AlertRow>;
  alert_events: Numbered<AlertEventRow>;
}

export interface AlertRow {
  id: number;
  code: string;
  severity: WarningSeverity;
  /** A device's name, or a group's such as `branch=leeds`. */
  subject: string;
  /** `code subject` while it is not cleared, then null: one open alert of a kind, kept by the database. */
  open_key: string | null;
  /** JSON array of names. */
  devices: string;
  detail: string | null;
  raised_at: number;
  cleared_at: number | null;
  /** Since when its reason is gone; it clears when it stays gone. */
  gone_at: number | null;
  /** How often its reason was gone and came back. */
  returns: number;
  /** The alert that explains it or the label that silences it; nobody is shown it meanwhile. */
  hidden_by: string | null;
  acknowledged_by: string | null;
  acknowledged_at: number | null;
}

/** What became of alerts, in order: for whoever passes it on. */
export interface AlertEventRow {
  id: number;
  at: number;
  alert_id: number;
  what: 'raised' | 'worsened' | 'hidden' | 'shown' | 'acknowledged' | 'cleared';
}
