/** Why a device can't become, or stay, one of the fleet: a closed code, and one sentence that says what to do. */
import type { EnrolRefusalCode } from '@rockpool/protocol/enrolment';

/** What the controller never says, because the device finds it out itself. */
export type LocalRefusalCode =
  | 'unreachable'
  | 'wrong-controller'
  | 'answer-not-acceptable'
  | 'clock-wrong'
  | 'claim-needed'
  | 'claim-elsewhere'
  | 'controller-needed';
export type EnrolmentCode = EnrolRefusalCode | LocalRefusalCode;

/** Shown at the console and on the setup page; the page has the same in its reader's language, by code. */
export const enrolmentSentences: Record<EnrolmentCode, string> = {
  'claim-unknown':
    'The controller does not know this claim. Compare it with the paper or the file, or have a new one made: rockpool-fleet claim create.',
  'claim-used':
    'This claim was used by another device already. If that was not one of yours, somebody else had the claim: revoke that device (rockpool-fleet device list, device revoke) and have a new claim made.',
  'claim-expired': 'This claim is too old. Have a new one made: rockpool-fleet claim create.',
  'claim-revoked': 'This claim was taken back by its operator. Ask them why, and for a new one.',
  'device-revoked':
    'The operator took this device out of the fleet. To bring it back, wipe it (rockpool-provision wipe) and provision it with a new claim.',
  'device-unknown':
    'The controller does not know this device: it was removed there, or its database is older than this device. Have a claim made and enrol again.',
  'name-taken':
    'Another device of the fleet has this name already. Choose another one, or revoke the old device first when this one replaces it.',
  'name-not-allowed':
    'This claim is for a device of another name, or the name is reserved. Use the name that the claim was made for, or have one made for this name.',
  'csr-not-acceptable':
    'The controller does not certify a name or address that this device asked for. Allow it there, or remove it from tls.names in provisioning.toml.',
  'proof-wrong':
    'The controller could not verify this device’s signature. Its identity and the controller’s record differ: wipe this device and provision it again.',
  'nonce-unknown':
    'The controller forgot its question before it was answered. Try again; if it stays so, the network is too slow or two controllers share one address.',
  'bad-request':
    'The controller did not understand this device. One of the two is of another version: update the controller first.',
  'too-large':
    'The controller found the request too large. Look at its limits, or at what stands between the two.',
  'too-many-requests': 'The controller asks to wait. Try again in some minutes.',
  failed: 'The controller had a fault of its own. Look at its log, then try again.',
  unreachable:
    'The controller can not be reached. Check the cable, that its name resolves here and that nothing between blocks the port, then try again.',
  'wrong-controller':
    'What answered at this address is not the controller that the claim was made by: its key is another one. Nothing was sent to it. Check the address; if the controller was set up anew, have a new claim made.',
  'answer-not-acceptable':
    'The controller’s answer does not fit this device and was thrown away. Update the controller, or look at its log.',
  'clock-wrong':
    'This device’s clock and the controller’s differ too much to judge certificates. Let the device reach a time server or set its clock (timedatectl), check the controller’s, then try again.',
  'claim-needed':
    'This device needs a claim. Type it on the setup page, or put the file rockpool.claim on a USB stick that is labelled ROCKPOOL.',
  'claim-elsewhere':
    'This claim is for another controller than the one in provisioning.toml. Use a claim of that controller, or remove [controller] from the settings.',
  'controller-needed':
    'This is the claim’s code alone, and the settings name no controller. Use the whole claim file or its QR code, or add [controller] to provisioning.toml.',
};

/** Trying again without a change could help. */
const passing: ReadonlySet<EnrolmentCode> = new Set([
  'unreachable',
  'failed',
  'too-many-requests',
  'nonce-unknown',
]);

export class EnrolmentRefused extends Error {
  override readonly name = 'EnrolmentRefused';
  readonly code: EnrolmentCode;
  /** What was seen, or what the controller said: for a log, after the sentence. */
  readonly seen: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: EnrolmentCode, seen?: string, options: ErrorOptions & { retryAfterS?: number } = {}) {
    super(enrolmentSentences[code] + (seen ? ` (${seen})` : ''), options);
    this.code = code;
    this.seen = seen;
    this.retryAfterS = options.retryAfterS;
  }

  get passes(): boolean {
    return passing.has(this.code);
  }
}
