/** Commands and what devices should be set to, as rows. Times are milliseconds since 1970, by the controller's clock. */
import type { CommandName } from '@rockpool/protocol/fleet/command';
import type { CommandState } from './states.ts';

export interface CommandTables {
  commands: CommandRow;
  command_counters: { device_id: number; counter: number };
  desired_configs: DesiredConfigRow;
}

export interface CommandRow {
  /** UUID. */
  id: string;
  device_id: number;
  /** Larger with every command for this device. */
  counter: number;
  name: CommandName;
  /** JSON of the whole order. */
  command_order: string;
  state: CommandState;
  /** Counts up with every change: who changes it says which one they saw. */
  version: number;
  /** Whether the device said how it ended; what only the controller concluded gives way to its word. */
  is_final: 0 | 1;
  /** JSON of what the device said last. */
  result: string | null;
  created_by: string;
  created_at: number;
  changed_at: number;
  not_after: number;
  sent_at: number | null;
  /** The controller that sent it last. */
  sent_by: string | null;
}

/** What an operator wants of a device; each change is a version. */
export interface DesiredConfigRow {
  device_id: number;
  version: number;
  /** JSON. */
  config: string;
  set_by: string;
  set_at: number;
}
