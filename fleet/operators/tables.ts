/** Who may act on the fleet, as rows. Secrets stand here as hashes only; times are milliseconds since 1970. */
import type { Role } from '@rockpool/protocol/fleet/api';
import type { Numbered } from '../store/numbered.ts';

export interface OperatorTables {
  operators: Numbered<OperatorRow>;
  operator_sessions: Numbered<SessionRow>;
  api_keys: Numbered<ApiKeyRow>;
  setup_codes: Numbered<SetupCodeRow>;
  guesses: GuessRow;
}

export interface OperatorRow {
  id: number;
  /** As it was given; `folded` is what must be unique. */
  name: string;
  folded: string;
  role: Role;
  /** argon2id, in PHC form. */
  password: string;
  created_at: number;
  created_by: string;
  seen_at: number | null;
}

/** Somebody signed in on some browser. */
export interface SessionRow {
  id: number;
  hash: string;
  operator_id: number;
  created_at: number;
  seen_at: number;
}

/** For a program, in the name of an operator and with no more than their role. */
export interface ApiKeyRow {
  id: number;
  hash: string;
  /** Its first and last characters, so that people tell theirs apart. */
  hint: string;
  label: string;
  role: Role;
  operator_id: number;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
}

/** Opens the first account: one for each start of a controller, until there is an operator. */
export interface SetupCodeRow {
  id: number;
  /** scrypt, as on a device's label. */
  hash: string;
  created_at: number;
}

/** Wrong guesses of a name or from an address, so that guessing is slow at all controllers together. */
export interface GuessRow {
  bucket: string;
  failures: number;
  at: number;
  open_at: number;
  forgotten_at: number;
}
