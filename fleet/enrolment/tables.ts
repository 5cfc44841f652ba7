/** Claims, certificates, nonces, escrows, as rows. Times are milliseconds since 1970. */
import type { Numbered } from '../store/numbered.ts';

export interface EnrolmentTables {
  claims: Numbered<ClaimRow>;
  certificates: CertificateRow;
  spent_nonces: { nonce: string; at: number };
  escrows: Numbered<EscrowRow>;
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
