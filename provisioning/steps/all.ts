/** All steps, in the order in which they are done. */
import { clockStep } from './clock.ts';
import {
  agentStep,
  enrolmentStep,
  escrowStep,
  firewallStep,
  identityStep,
  lanCertificateStep,
  nginxStep,
  setupCodeStep,
} from './device.ts';
import { diskFormatStep } from './disk-format.ts';
import { bootEntriesStep, diskBootstrapStep, diskRecoveryStep, diskSealStep } from './disk-keys.ts';
import { diskFilesystemStep, diskMountStep, diskOpenStep } from './disk-volume.ts';
import { coreDumpsStep, hostnameStep, swapStep } from './host.ts';
import { type Step, stepIds } from './step.ts';

const steps: readonly Step[] = [
  ...[clockStep, hostnameStep, swapStep, coreDumpsStep],
  ...[diskFormatStep, diskOpenStep, diskFilesystemStep, diskMountStep],
  ...[diskSealStep, diskRecoveryStep, diskBootstrapStep, bootEntriesStep],
  ...[identityStep, setupCodeStep, enrolmentStep, lanCertificateStep],
  ...[escrowStep, firewallStep, nginxStep, agentStep],
];

export const allSteps: readonly Step[] = stepIds.map((id) => {
  const step = steps.find((one) => one.id === id);
  if (!step) throw new Error(`there is no step ${id}`);
  return step;
});
