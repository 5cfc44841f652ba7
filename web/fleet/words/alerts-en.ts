/** What each alert is called and what to do about it, in English: word for word as `protocol/fleet` has it, which would bring its schemas along. */
import type { AlertWords } from './say.ts';

export const alertsEn: Readonly<Record<string, AlertWords>> = {
  'network-lost': {
    title: 'The device has no way out of its own network',
    cure: 'Check the cable, the switch and the address that the network gave the device. People on the same network can still chat.',
  },
  'controller-lost': {
    title: 'The controller does not answer',
    cure: "Check that the controller runs, and that the office's firewall lets the device reach its ports. Reports wait on the device meanwhile.",
  },
  'spool-growing': {
    title: 'Reports pile up on the device although it is connected',
    cure: "Look at the controller's load and at its log; the device sends faster than it acknowledges.",
  },
  'spool-dropping': {
    title: 'Old readings were dropped to make room',
    cure: 'The device was away for longer than it keeps readings. Its charts have a gap; events and results were kept.',
  },
  'clock-wrong': {
    title: 'The clock is wrong',
    cure: 'Let the device reach a time server, or set the clock by hand with `timedatectl set-time`. Certificates are refused until then.',
  },
  'clock-unsynchronised': {
    title: 'The clock is not synchronised',
    cure: 'Check that the network lets the device reach its time server (NTP, UDP 123).',
  },
  'certificate-day': {
    title: "The device's certificate ends within a day",
    cure: 'Send `rotate-certificate`, or run `rockpool-provision renew` on the device. After its end the identity key still brings a new one.',
  },
  'certificate-week': {
    title: "The device's certificate ends within a week",
    cure: 'It has failed to renew for three weeks. Send `rotate-certificate`, and read its result.',
  },
  'certificate-month': {
    title: "The device's certificate was due for renewal two days ago",
    cure: 'Nothing yet: it keeps trying. If it stays, send `rotate-certificate`, and read its result.',
  },
  'posture-missing': {
    title: 'The device does not serve people: its posture does not hold',
    cure: "The detail says what is missing. Open the device's page in its office, or run `rockpool doctor` there.",
  },
  'disk-read-only': {
    title: 'The data disk cannot be written',
    cure: 'Linux makes a disk read-only when it finds it damaged. Make a backup now, then check the disk and restart the device.',
  },
  'disk-full': {
    title: 'The data disk is full',
    cure: 'Delete documents or old backups now; messages and memories cannot be saved.',
  },
  'disk-filling': {
    title: 'The data disk is nine tenths full',
    cure: 'Delete documents and old backups, or plan a larger disk.',
  },
  'disk-worn': {
    title: 'The drive is nearly worn out',
    cure: 'It has written nine tenths of what it was made for. Plan to replace it, and see that backups are made.',
  },
  'memory-short': {
    title: 'Memory is short',
    cure: 'Choose a smaller model or a shorter context, or stop what else runs on the device.',
  },
  'killed-for-memory': {
    title: 'Linux ended a process for want of memory',
    cure: 'Choose a smaller model or a shorter context. If the model was ended, it was started again by itself.',
  },
  'fan-stalled': {
    title: 'The fan does not turn',
    cure: 'Look whether a cable or dust blocks it, and replace it. The device slows down or switches off when it gets too hot.',
  },
  'near-heat-limit': {
    title: 'The device is nearly too hot',
    cure: 'Give it air: free its vents, move it out of closed cupboards and the sun.',
  },
  'under-voltage': {
    title: 'The supply voltage dropped too low',
    cure: 'Use the power supply that came with the device, with a short cable. Drops like this damage disks.',
  },
  'over-current': {
    title: 'The device draws more current than it may, again and again',
    cure: 'It slows itself down meanwhile. Choose a lower power mode with `nvpmodel`, or check the power supply.',
  },
  throttled: {
    title: 'The device slows itself down',
    cure: 'Heat or power is at its limit: give it air, and check the power supply.',
  },
  'power-mode-changed': {
    title: 'The power mode is not the one that was set',
    cure: 'Set it back with `nvpmodel -m`, or declare the one that it has.',
  },
  'sensor-gone': {
    title: 'A sensor that could be read cannot be read any more',
    cure: 'Restart the device when nobody uses it. If it stays away, the board may be failing.',
  },
  'reboot-loop': {
    title: 'The device restarts again and again',
    cure: 'Check its power supply and its temperature, then ask for a support bundle.',
  },
  'agent-restarting': {
    title: 'The agent was started again and again',
    cure: 'Ask for a support bundle: its log says why it ended.',
  },
  'model-down': {
    title: 'No model answers',
    cure: "Run `rockpool doctor` on the device: it loads the model and says why it can't. The built-in model always fits.",
  },
  'model-restarting': {
    title: 'The model had to be started again several times within the hour',
    cure: 'Often memory is too short for it. Choose a smaller model or a shorter context, and ask for a support bundle.',
  },
  'gpu-idle': {
    title: 'People wait for the model while the GPU is idle',
    cure: 'The model may run on the processor alone. Restart the agent; if it stays, ask for a support bundle.',
  },
  'self-test-failed': {
    title: 'The last self-test found something wrong',
    cure: 'The detail says what. Run `rockpool doctor` on the device; it says what to do about each finding.',
  },
  'fleet-offline': {
    title: 'No device of any site can be heard',
    cure: "It is rarely all of them: look at the controller's own network, its broker and its certificate first.",
  },
  'site-offline': {
    title: 'All devices of this site are offline',
    cure: 'Ask somebody there whether power and internet work. People in the office can still chat if only its way out is gone.',
  },
  offline: {
    title: 'The device is offline',
    cure: 'Ask somebody there whether it has power and its network cable; other devices of the site, where there are any, can be heard.',
  },
  flapping: {
    title: 'The device comes and goes',
    cure: 'Its connection breaks again and again: look at its cable, its Wi-Fi and the router, or whether it restarts.',
  },
  degraded: {
    title: 'The device is connected and sends no heartbeats',
    cure: 'Its agent may hang. Send `restart-agent`; if nothing comes, have the device switched off and on.',
  },
  'never-heard': {
    title: 'The device was enrolled, and not heard of since',
    cure: "See that the office's firewall lets it reach the broker's port (8883), and that its agent runs.",
  },
  'clock-skew': {
    title: "The device's clock differs from the controller's",
    cure: 'Let the device reach a time server. If many devices differ alike, it is the clock of the controller that is wrong.',
  },
  cloned: {
    title: 'Two machines use the identity of this device',
    cure: 'Its disk or its keys were copied. Revoke it, and enrol the one that is yours as a new device.',
  },
  'audit-fork': {
    title: "The device's audit log was rewritten",
    cure: 'A line that was reported before is gone or different: its disk was put back from a copy, or somebody changed it. Compare its log with a backup; acknowledge this when you know which.',
  },
  'rollout-halted': {
    title: 'A rollout was halted by itself',
    cure: 'Its page says why, and which devices failed. Acknowledge this when you have looked, and make another rollout when the release is mended.',
  },
  'rollout-waits': {
    title: 'A rollout waits for somebody to approve its next wave',
    cure: 'Look at how the last wave went, then approve the next one or halt the rollout.',
  },
  'commands-failed': {
    title: 'The device failed or refused what it was told',
    cure: "The command's result says why. Send it again when that is mended; a success takes this back.",
  },
};
