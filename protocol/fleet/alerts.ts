/** Conditions that only a controller sees, as data, beside those that devices name themselves (`warnings.ts`). */
import type { Registered } from './warnings.ts';

const minute = 60;
const hour = 60 * minute;
/** Whoever isn't there says nothing of itself, and what it said last may be long over. */
const away = ['offline', 'site-offline', 'fleet-offline'] as const;

export const controllerAlerts = {
  'fleet-offline': {
    severity: 'critical',
    follows: [],
    visibleAfterS: 2 * minute,
    clearAfterS: minute,
    title: 'No device of any site can be heard',
    cure: "It is rarely all of them: look at the controller's own network, its broker and its certificate first.",
  },
  'site-offline': {
    severity: 'critical',
    follows: ['fleet-offline'],
    visibleAfterS: 2 * minute,
    clearAfterS: minute,
    title: 'All devices of this site are offline',
    cure: 'Ask somebody there whether power and internet work. People in the office can still chat if only its way out is gone.',
  },
  offline: {
    severity: 'critical',
    follows: ['site-offline', 'fleet-offline'],
    visibleAfterS: 2 * minute,
    clearAfterS: minute,
    title: 'The device is offline',
    cure: 'Ask somebody there whether it has power and its network cable; other devices of the site, where there are any, can be heard.',
  },
  flapping: {
    severity: 'warning',
    follows: [...away, 'reboot-loop', 'cloned'],
    visibleAfterS: 0,
    clearAfterS: 10 * minute,
    title: 'The device comes and goes',
    cure: 'Its connection breaks again and again: look at its cable, its Wi-Fi and the router, or whether it restarts.',
  },
  degraded: {
    severity: 'warning',
    follows: away,
    visibleAfterS: 5 * minute,
    clearAfterS: minute,
    title: 'The device is connected and sends no heartbeats',
    cure: 'Its agent may hang. Send `restart-agent`; if nothing comes, have the device switched off and on.',
  },
  'never-heard': {
    severity: 'notice',
    follows: [],
    visibleAfterS: hour,
    clearAfterS: 0,
    title: 'The device was enrolled, and not heard of since',
    cure: "See that the office's firewall lets it reach the broker's port (8883), and that its agent runs.",
  },
  'clock-skew': {
    severity: 'warning',
    follows: [...away, 'clock-wrong', 'clock-unsynchronised'],
    visibleAfterS: 0,
    clearAfterS: minute,
    title: "The device's clock differs from the controller's",
    cure: 'Let the device reach a time server. If many devices differ alike, it is the clock of the controller that is wrong.',
  },
  cloned: {
    severity: 'critical',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'Two machines use the identity of this device',
    cure: 'Its disk or its keys were copied. Revoke it, and enrol the one that is yours as a new device.',
  },
  'audit-fork': {
    severity: 'critical',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: "The device's audit log was rewritten",
    cure: 'A line that was reported before is gone or different: its disk was put back from a copy, or somebody changed it. Compare its log with a backup; acknowledge this when you know which.',
  },
  'rollout-halted': {
    severity: 'critical',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'A rollout was halted by itself',
    cure: 'Its page says why, and which devices failed. Acknowledge this when you have looked, and make another rollout when the release is mended.',
  },
  'rollout-waits': {
    severity: 'notice',
    follows: [],
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'A rollout waits for somebody to approve its next wave',
    cure: 'Look at how the last wave went, then approve the next one or halt the rollout.',
  },
  'commands-failed': {
    severity: 'notice',
    follows: away,
    visibleAfterS: 0,
    clearAfterS: 0,
    title: 'The device failed or refused what it was told',
    cure: "The command's result says why. Send it again when that is mended; a success takes this back.",
  },
} as const satisfies Record<string, Registered>;
