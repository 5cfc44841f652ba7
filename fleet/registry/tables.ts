/** Devices and their labels, as rows. Times are milliseconds since 1970. */
import type { Numbered } from '../store/numbered.ts';

export interface RegistryTables {
  devices: Numbered<DeviceRow>;
  device_labels: LabelRow;
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
