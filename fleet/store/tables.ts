/** The rows of the controller's database, as Kysely types them. Times are milliseconds since 1970. */
import type { Generated } from 'kysely';

export interface Tables {
  facts: Fact;
  claims: Numbered<ClaimRow>;
  devices: Numbered<DeviceRow>;
  device_labels: LabelRow;
  certificates: CertificateRow;
  spent_nonces: { nonce: string; at: number };
  escrows: Numbered<EscrowRow>;
  audit: AuditRow;
}

/** The database gives the number. */
type Numbered<Row extends { id: number }> = Omit<Row, 'id'> & { id: Generated<number> };

/** What everyone may know of this controller: its address, its pin, its roots. */
export interface Fact {
  key: string;
  value: string;
}

export interface ClaimRow {
  id: number;
  /** SHA-256 of the code; 90 random bits need no slow hash. */
  hash: string;
  /** The only name that a device may take with it; null leaves the choice to the device. */
  name: string | null;
  /** JSON object of strings. */
  labels: string;
  /** JSON array: names for the chat page besides NAME.local. */
  lan_names: string;
  created_at: number;
  created_by: string;
  expires_at: number;
  revoked_at: number | null;
  used_at: number | null;
  /** The identity that used it, which may repeat it: the answer may have been lost. */
  used_by: string | null;
}

export interface DeviceRow {
  id: number;
  name: string;
  /** The name while it is not revoked, then null: one device in force per name, kept by the database. */
  name_in_force: string | null;
  /** Ed25519 public key in base64. */
  identity: string;
  claim_id: number;
  lan_names: string;
  enrolled_at: number;
  /** When it last proved itself here. */
  seen_at: number;
  revoked_at: number | null;
  revoked_because: string | null;
}

export interface LabelRow {
  device_id: number;
  key: string;
  value: string;
}

export interface CertificateRow {
  /** Hex. */
  serial: string;
  device_id: number;
  kind: 'device' | 'lan';
  pem: string;
  /** Pin of the key it is for. */
  key_pin: string;
  /** JSON array of the names and addresses in it. */
  names: string;
  issued_at: number;
  expires_at: number;
  revoked_at: number | null;
}

export interface EscrowRow {
  id: number;
  device_id: number;
  kind: string;
  digest: string;
  sealed: Uint8Array;
  at: number;
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
