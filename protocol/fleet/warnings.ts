/** Every condition that a device or its controller names, as data: how grave, what it follows from, how long it lasts before anyone is told. */
import { z } from 'zod';

export const WarningSeverity = z.enum(['notice', 'warning', 'critical']);
export type WarningSeverity = z.infer<typeof WarningSeverity>;

export interface Registered {
  severity: WarningSeverity;
  /** Hidden while one of these is raised: they are why. */
  follows: readonly string[];
  /** Seconds for which it must hold, so that a moment's flicker tells nobody. */
  visibleAfterS: number;
  /** Seconds for which it must be gone before it is taken back, for the same reason. */
  clearAfterS: number;
  title: string;
  cure: string;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** The agent's own; `fleet/alerts` adds those that only a controller can see. */
export const warnings = {
  // What keeps a device from being heard. It tells them itself once it is heard again, and its administrator at once.
  'network-lost': {
    severity: 'warning',
    follows: [],
    visibleAfterS: 2 * minute,
    clearAfterS: minute,
    title: 'The device has no way out of its own network',
    cure: 'Check the cable, the switch and the address that the network gave the device. People on the same network can still chat.',
  },
  'controller-lost': {
    severity: 'warning',
    follows: ['network-lost'],
    visibleAfterS: 10 * minute,
    clearAfterS: minute,
    title: 'The controller does not answer',
    cure: "Check that the controller runs, and that the office's firewall lets the device reach its ports. Reports wait on the device meanwhile.",
  },
  'spool-growing': {
    severity: 'warning',
    follows: ['network-lost', 'controller-lost'],
    visibleAfterS: 15 * minute,
    clearAfterS: 5 * minute,
    title: 'Reports pile up on the device although it is connected',
    cure: "Look at the controller's load and at its log; the device sends faster than it acknowledges.",
  },
  'spool-dropping': {
    severity: 'warning',
    follows: ['network-lost', 'controller-lost'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'Old readings were dropped to make room',
    cure: 'The device was away for longer than it keeps readings. Its charts have a gap; events and results were kept.',
  },

  // Time and proof.
  'clock-wrong': {
    severity: 'critical',
    follows: [],
    visibleAfterS: minute,
    clearAfterS: minute,
    title: 'The clock is wrong',
    cure: 'Let the device reach a time server, or set the clock by hand with `timedatectl set-time`. Certificates are refused until then.',
  },
  'clock-unsynchronised': {
    severity: 'warning',
    follows: ['clock-wrong', 'network-lost'],
    visibleAfterS: 15 * minute,
    clearAfterS: minute,
    title: 'The clock is not synchronised',
    cure: 'Check that the network lets the device reach its time server (NTP, UDP 123).',
  },
  'certificate-day': {
    severity: 'critical',
    follows: ['clock-wrong'],
    visibleAfterS: 2 * minute,
    clearAfterS: 0,
    title: "The device's certificate ends within a day",
    cure: 'Send `rotate-certificate`, or run `rockpool-provision renew` on the device. After its end the identity key still brings a new one.',
  },
  'certificate-week': {
    severity: 'warning',
    follows: ['certificate-day', 'clock-wrong', 'controller-lost', 'network-lost'],
    visibleAfterS: hour,
    clearAfterS: 0,
    title: "The device's certificate ends within a week",
    cure: 'It has failed to renew for three weeks. Send `rotate-certificate`, and read its result.',
  },
  'certificate-month': {
    severity: 'notice',
    follows: ['certificate-week', 'certificate-day', 'clock-wrong', 'controller-lost', 'network-lost'],
    // Renewal begins when 30 days are left: who renews as planned is never seen here.
    visibleAfterS: 2 * day,
    clearAfterS: 0,
    title: "The device's certificate was due for renewal two days ago",
    cure: 'Nothing yet: it keeps trying. If it stays, send `rotate-certificate`, and read its result.',
  },
  'posture-missing': {
    severity: 'critical',
    follows: [],
    visibleAfterS: minute,
    clearAfterS: 0,
    title: 'The device does not serve people: its posture does not hold',
    cure: "The detail says what is missing. Open the device's page in its office, or run `rockpool doctor` there.",
  },

  // Disk.
  'disk-read-only': {
    severity: 'critical',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: minute,
    title: 'The data disk cannot be written',
    cure: 'Linux makes a disk read-only when it finds it damaged. Make a backup now, then check the disk and restart the device.',
  },
  'disk-full': {
    severity: 'critical',
    follows: [],
    visibleAfterS: minute,
    clearAfterS: 5 * minute,
    title: 'The data disk is full',
    cure: 'Delete documents or old backups now; messages and memories cannot be saved.',
  },
  'disk-filling': {
    severity: 'warning',
    follows: ['disk-full'],
    visibleAfterS: 10 * minute,
    clearAfterS: 10 * minute,
    title: 'The data disk is nine tenths full',
    cure: 'Delete documents and old backups, or plan a larger disk.',
  },
  'disk-worn': {
    severity: 'warning',
    follows: [],
    visibleAfterS: hour,
    clearAfterS: hour,
    title: 'The drive is nearly worn out',
    cure: 'It has written nine tenths of what it was made for. Plan to replace it, and see that backups are made.',
  },

  // Memory.
  'memory-short': {
    severity: 'warning',
    follows: [],
    visibleAfterS: 5 * minute,
    clearAfterS: 5 * minute,
    title: 'Memory is short',
    cure: 'Choose a smaller model or a shorter context, or stop what else runs on the device.',
  },
  'killed-for-memory': {
    severity: 'warning',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'Linux ended a process for want of memory',
    cure: 'Choose a smaller model or a shorter context. If the model was ended, it was started again by itself.',
  },

  // Heat and power.
  'fan-stalled': {
    severity: 'critical',
    follows: [],
    visibleAfterS: minute,
    clearAfterS: minute,
    title: 'The fan does not turn',
    cure: 'Look whether a cable or dust blocks it, and replace it. The device slows down or switches off when it gets too hot.',
  },
  'near-heat-limit': {
    severity: 'warning',
    follows: ['fan-stalled'],
    visibleAfterS: 2 * minute,
    clearAfterS: 5 * minute,
    title: 'The device is nearly too hot',
    cure: 'Give it air: free its vents, move it out of closed cupboards and the sun.',
  },
  'under-voltage': {
    severity: 'critical',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The supply voltage dropped too low',
    cure: 'Use the power supply that came with the device, with a short cable. Drops like this damage disks.',
  },
  'over-current': {
    severity: 'warning',
    follows: ['under-voltage'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The device draws more current than it may, again and again',
    cure: 'It slows itself down meanwhile. Choose a lower power mode with `nvpmodel`, or check the power supply.',
  },
  throttled: {
    severity: 'warning',
    follows: ['near-heat-limit', 'fan-stalled', 'over-current', 'under-voltage'],
    visibleAfterS: 2 * minute,
    clearAfterS: 5 * minute,
    title: 'The device slows itself down',
    cure: 'Heat or power is at its limit: give it air, and check the power supply.',
  },
  'power-mode-changed': {
    severity: 'notice',
    follows: [],
    visibleAfterS: 5 * minute,
    clearAfterS: minute,
    title: 'The power mode is not the one that was set',
    cure: 'Set it back with `nvpmodel -m`, or declare the one that it has.',
  },
  'sensor-gone': {
    severity: 'notice',
    follows: [],
    visibleAfterS: 10 * minute,
    clearAfterS: minute,
    title: 'A sensor that could be read cannot be read any more',
    cure: 'Restart the device when nobody uses it. If it stays away, the board may be failing.',
  },

  // What runs.
  'reboot-loop': {
    severity: 'critical',
    follows: ['under-voltage'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The device restarts again and again',
    cure: 'Check its power supply and its temperature, then ask for a support bundle.',
  },
  'agent-restarting': {
    severity: 'warning',
    follows: ['reboot-loop'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The agent was started again and again',
    cure: 'Ask for a support bundle: its log says why it ended.',
  },
  'model-down': {
    severity: 'critical',
    follows: ['posture-missing'],
    visibleAfterS: 5 * minute,
    clearAfterS: 0,
    title: 'No model answers',
    cure: "Run `rockpool doctor` on the device: it loads the model and says why it can't. The built-in model always fits.",
  },
  'model-restarting': {
    severity: 'warning',
    follows: ['model-down', 'killed-for-memory'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The model had to be started again several times within the hour',
    cure: 'Often memory is too short for it. Choose a smaller model or a shorter context, and ask for a support bundle.',
  },
  'gpu-idle': {
    severity: 'warning',
    follows: ['model-down'],
    visibleAfterS: 5 * minute,
    clearAfterS: minute,
    title: 'People wait for the model while the GPU is idle',
    cure: 'The model may run on the processor alone. Restart the agent; if it stays, ask for a support bundle.',
  },
  'self-test-failed': {
    severity: 'warning',
    follows: ['disk-full', 'disk-read-only'],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The last self-test found something wrong',
    cure: 'The detail says what. Run `rockpool doctor` on the device; it says what to do about each finding.',
  },
} as const satisfies Record<string, Registered>;

export const WarningCode = z.enum(
  Object.keys(warnings) as [keyof typeof warnings, ...(keyof typeof warnings)[]],
);
export type WarningCode = z.infer<typeof WarningCode>;
