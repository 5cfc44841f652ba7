/** Everything the setup page and the certificate page say, in English. `{name}` is filled in. */

export const en = {
  'language.name': 'English',
  'page.tagline': 'Everything here stays on this device.',
  'page.step': 'Step {n} of {total}',
  'page.back': 'Back',
  'page.next': 'Continue',
  'page.retry': 'Try again',
  'page.waiting': 'Connecting to the device…',
  'page.lost':
    'The device does not answer. Check that it is on and that you are in its network; this page goes on by itself.',
  'page.lostName': 'If you gave it another name, go on there:',
  'page.wait': 'Wait {time}, then try again.',
  'page.required': 'Please fill this in.',

  'code.title': 'Enter the code on the label',
  'code.text':
    'It stands on the label of the device, and shows that you are the one who has it in front of you.',
  'code.field': 'Setup code',
  'code.hint': 'Eight letters and digits. Capitals and the dash come by themselves.',
  'code.short': 'The code has eight letters and digits.',
  'code.letter': 'The code has no “{letter}”: it never holds 0, O, 1, I or L.',

  'details.title': 'Name this device',
  'details.text': 'People will find it under this name in the office network.',
  'details.name': 'Name',
  'details.nameHint': 'It will answer at https://{name}.local/',
  'details.nameWrong': 'Use a–z, 0–9 and dashes inside, up to 63 characters.',
  'details.claim': 'Claim',
  'details.claimHint':
    'The one-time secret from your operator: RP and 20 letters and digits. You can paste it, or the text of its QR code.',
  'details.claimOther':
    'Only if you have another than the one that it was given. Left empty, it goes on with that one.',
  'details.claimFile': 'Choose the claim file',
  'details.claimGood': 'This claim is complete.',
  'details.claimWhole': 'A claim file for {controller}.',
  'details.claimShort': 'Complete at 20 letters and digits; {n} so far.',
  'details.claimLong': 'That is {n} letters and digits; a claim has 20.',
  'details.claimLetter': 'A claim has no “{letter}”.',
  'details.claimGroup': 'Something is mistyped; look at group {n} first.',
  'details.claimMistyped': 'Something is mistyped; compare it group by group.',
  'details.claimNoFile': 'This file is not a claim. It is named rockpool.claim.',
  'details.start': 'Set up the device',
  'details.warning': 'The data disk of this device will be encrypted. Whatever is on it now is lost.',

  'work.title': 'Setting up',
  'work.text':
    'This takes a few minutes. You may close this page and come back; a power cut does no harm either.',
  'work.count': '{done} of {total} done',
  'work.waiting': 'waiting',
  'work.running': 'under way',
  'work.done': 'done',
  'work.failed': 'stopped',

  'step.clock': 'Set the clock',
  'step.clock.why': 'Certificates count days, so the device asks a time server first.',
  'step.hostname': 'Take its name',
  'step.hostname.why': 'Under this name it is found in the office network.',
  'step.swap': 'Keep memory off the disk',
  'step.swap.why': 'What people say must not end up on an unencrypted disk.',
  'step.core-dumps': 'Keep crashes private',
  'step.core-dumps.why': 'A program that fails writes its memory nowhere.',
  'step.disk-format': 'Encrypt the data disk',
  'step.disk-format.why':
    'Everything people say and add lies on it. A disk that is pulled out can’t be read.',
  'step.disk-open': 'Open the data disk',
  'step.disk-open.why': 'With a key that no one has seen and that is not kept.',
  'step.disk-filesystem': 'Prepare the data disk',
  'step.disk-filesystem.why': 'Room for files, inside the encryption.',
  'step.disk-mount': 'Put the data disk in place',
  'step.disk-mount.why': 'From here on nothing is written anywhere else.',
  'step.disk-seal': 'Bind the disk to this board',
  'step.disk-seal.why': 'The security chip opens it at start, for this board and this system only.',
  'step.disk-recovery': 'Make the recovery key',
  'step.disk-recovery.why': 'The second way in, for the day the board breaks. You will see it once.',
  'step.disk-bootstrap': 'Throw the first key away',
  'step.disk-bootstrap.why': 'What opened the disk during setup opens it no more.',
  'step.boot-entries': 'Open the disk at every start',
  'step.boot-entries.why': 'Without a person, and never without the encryption.',
  'step.identity': 'Make its identity',
  'step.identity.why': 'Keys that are made here and never leave the device.',
  'step.setup-code': 'Keep the setup code for you',
  'step.setup-code.why': 'You use it once more, for the first account. Then it is gone.',
  'step.enrolment': 'Join the fleet',
  'step.enrolment.why': 'The controller takes the claim and certifies this device.',
  'step.lan-certificate': 'Get the page’s certificate',
  'step.lan-certificate.why': 'So that browsers in the office know this device from an impostor.',
  'step.escrow': 'Back up the disk’s header',
  'step.escrow.why': 'Sealed for your operator. It helps when the disk is damaged, and opens nothing.',
  'step.firewall': 'Close the network',
  'step.firewall.why': 'In: the chat page. Out: the controller and the clock. Nothing else.',
  'step.nginx': 'Settle who answers',
  'step.nginx.why': 'Rockpool itself, or a web server in front of it where your operator wants one.',
  'step.agent': 'Start Rockpool',
  'step.agent.why': 'It serves people only after checking all of this again.',

  'recovery.title': 'Write down the recovery key',
  'recovery.text':
    'It opens the disk when the board is broken or replaced. Nobody can make it again, and it is shown this once.',
  'recovery.words': 'As words',
  'recovery.letters': 'As letters',
  'recovery.qr': 'As a QR code',
  'recovery.qrLabel': 'QR code of the recovery key',
  'recovery.print': 'Print',
  'recovery.keepTitle': 'Keep it away from the device',
  'recovery.keepText':
    'In a safe or with your operator. Whoever has the disk and this key can read everything. Take no photo of it.',
  'recovery.next': 'I have it on paper',
  'recovery.printTitle': 'Recovery key of {name}',
  'recovery.printText':
    'Printed on {date}. The words and the letters are the same key; either opens the disk.',
  'kept.title': 'Two words, to be sure',
  'kept.text': 'Read them from your paper.',
  'kept.word': 'Word {n}',
  'kept.wrong':
    'A word does not fit. Compare with your paper; if it is wrong there, go back and write it again.',
  'kept.submit': 'It is kept',
  'kept.back': 'Show the key again',

  'install.title': 'Install the office certificate',
  'install.text':
    'Once on each phone and laptop. Then the browser knows the device, and warns about any impostor.',
  'install.system': 'This device is',
  'install.ios': 'iPhone or iPad',
  'install.mac': 'Mac',
  'install.android': 'Android',
  'install.windows': 'Windows',
  'install.other': 'Linux, or another',
  'install.get': 'Get the certificate',
  'install.ios.1': 'Tap the button, then Allow.',
  'install.ios.2': 'Settings › General › VPN & Device Management: tap the profile, then Install.',
  'install.ios.3': 'Settings › General › About › Certificate Trust Settings: switch it on.',
  'install.mac.1': 'Click the button and open the file.',
  'install.mac.2': 'System Settings › General › Device Management: double-click the profile, then Install.',
  'install.android.1': 'Tap the button; the file is saved.',
  'install.android.2': 'Settings, search for “CA certificate”, tap it, then Install anyway.',
  'install.android.3': 'Choose rockpool.crt.',
  'install.windows.1': 'Click the button and open the file, then Install Certificate.',
  'install.windows.2':
    'Choose Place all certificates in the following store: Trusted Root Certification Authorities.',
  'install.windows.3': 'Windows shows a fingerprint. Compare it with the one below, then Yes.',
  'install.other.1': 'Click the button; the file is saved.',
  'install.other.2': 'In the browser’s settings search for “certificates”, then Authorities › Import.',
  'install.other.3': 'Choose rockpool.crt and tick “identify websites”.',
  'install.firefox':
    'Firefox takes it from the system. If it still warns: Settings › Privacy & Security › View Certificates › Authorities › Import.',
  'install.finger': 'SHA-256 fingerprint',
  'install.limits': 'What it can vouch for',
  'install.limitsText':
    'This certificate can vouch for these names and networks only. It can’t be used to read along on any other site.',
  'install.unlimited':
    'This certificate is not limited to names. Install it only if you trust your operator with every site.',
  'install.done': 'Continue',
  'install.none': 'There is no certificate to install: browsers know this device already.',

  'done.title': '{name} is ready',
  'done.text':
    'The last step is the first account. It takes the code of the label once more; then the code is gone.',
  'done.open': 'Make the first account',
  'done.starting': 'Rockpool is starting. That takes up to a minute.',
  'done.warns': 'If the browser warns once more, the certificate is not installed on this device yet.',
  'done.qr': 'For the person who will be the admin: scan this with their phone.',
  'done.qrLabel': 'QR code that opens {address}',

  'refused.title': 'Something is in the way',
  'refused.text': 'Nothing is lost. Put this right, then try again.',
  'refused.details': 'What was found',
  'refused.change': 'Change name or claim',

  'locked.title': 'The data disk did not open',
  'locked.text':
    'This device was set up before. Its security chip does not open the disk now: the disk is in another board, or the system was changed.',
  'locked.field': 'Recovery key',
  'locked.hint': 'The 24 words, or the letters. They are on the paper that was printed or written at setup.',
  'locked.submit': 'Open the disk',
  'locked.opening': 'The disk is open. Rockpool is starting.',
  'locked.count': '{n} of 24 words',

  'fault.unreachable': 'The device does not answer. Check that it is on and that you are in its network.',
  'fault.garbled': 'The device sent something this page does not understand. Reload the page.',
  'fault.wrong-code': 'That is not the code on the label. Compare it letter by letter.',
  'fault.wrong-key': 'This recovery key does not open the disk. Compare it word by word.',
  'fault.too-many-requests': 'Too many wrong tries.',
  'fault.gone': 'The code was used: this device is set up. Open its address and sign in.',
  'fault.not-signed-in': 'Too much time has passed. Enter the code once more.',
  'fault.busy': 'The device is still starting.',
  'fault.bad-request': '{message}',
  'fault.conflict': 'The device is not waiting for that any more. Reload the page.',
  'fault.too-large': 'That is too long.',
  'fault.failed': '{message}',

  'why.claim-unknown':
    'The controller does not know this claim. Compare it with your paper, or ask your operator for a new one.',
  'why.claim-used':
    'Another device has used this claim. If that was not yours, tell your operator at once; then ask for a new claim.',
  'why.claim-expired': 'This claim is too old. Ask your operator for a new one.',
  'why.claim-revoked': 'Your operator took this claim back. Ask for a new one.',
  'why.claim-needed':
    'This device needs a claim. Type it, or put the stick with rockpool.claim into the device.',
  'why.claim-elsewhere':
    'This claim is for another controller than the one this device was made for. Ask your operator for the right one.',
  'why.controller-needed':
    'The code alone does not say where your controller is. Use the whole claim file or the text of its QR code.',
  'why.device-revoked':
    'Your operator took this device out of the fleet. It has to be wiped before it can join again.',
  'why.device-unknown':
    'The controller does not know this device any more. Ask your operator for a new claim.',
  'why.name-taken': 'Another device has this name already. Choose another one.',
  'why.name-not-allowed': 'The claim is for another name. Use the name your operator gave with it.',
  'why.csr-not-acceptable': 'The controller does not certify this name. Ask your operator to allow it.',
  'why.proof-wrong':
    'The controller has another identity on record for this device. Ask your operator; it may have to be wiped.',
  'why.nonce-unknown': 'The controller took too long. Try again.',
  'why.bad-request': 'The controller does not understand this device. Ask your operator to update it.',
  'why.too-large': 'The controller refused the request as too large. Ask your operator.',
  'why.too-many-requests': 'The controller asks to wait. Try again in a few minutes.',
  'why.failed': 'The controller has a fault of its own. Try again later.',
  'why.unreachable':
    'The controller can’t be reached. Check the network cable, and ask whether a firewall stands between.',
  'why.wrong-controller':
    'What answers at this address is not your controller. Nothing was sent to it. Ask your operator before you try again.',
  'why.answer-not-acceptable':
    'The controller’s answer does not fit this device. Ask your operator to update it.',
  'why.clock-wrong':
    'The clock of this device is wrong. Connect it to a network with a time server, then try again.',
} as const;

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
