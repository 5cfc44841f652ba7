/** Why a certificate for the chat page can't be had: a closed code, and one sentence that says what to do. */

export const tlsSentences = {
  'clock-wrong':
    'The clock is before what was already written on this device, so no certificate was made. Let it reach a time server or set it (timedatectl), then try again.',
  'outside-authority':
    'The settings name something that this device’s own authority may not vouch for. Make a new authority (rockpool-provision renew --new-authority) and install it on every laptop and phone again.',
  'authority-ended':
    'This device’s own authority ended. Make a new one (rockpool-provision renew --new-authority) and install it on every laptop and phone again.',
  'authority-key-lost':
    'The key of this device’s own authority does not open on this board. Make a new authority (rockpool-provision renew --new-authority) and install it on every laptop and phone again.',
  'acme-refused':
    'The certificate authority refused. Check that the name resolves to this device (http-01) or that the zone takes updates (dns-01), then try again.',
  'acme-unreachable':
    'The certificate authority can not be reached. Check tls.acme.directory in provisioning.toml, and that the firewall lets this device out to it.',
  'acme-answer':
    'The certificate authority’s certificate does not fit what was asked for and was thrown away. Check tls.names and tls.acme in provisioning.toml.',
  'dns-refused':
    'The name server did not take the update. Check server, zone and key under [tls.acme.rfc2136], and that the key may change _acme-challenge records.',
  'tsig-missing':
    'There is no key to sign updates of the zone with. Give it to this device: rockpool-provision tsig-key < key-file.',
  'tsig-unreadable':
    'This is no TSIG key as tsig-keygen writes it: key "NAME" { algorithm hmac-sha256; secret "…"; };',
  'settings-missing':
    'The settings for this way to a certificate are missing; complete [tls] in provisioning.toml.',
} as const;
export type TlsRefusalCode = keyof typeof tlsSentences;

export class TlsRefused extends Error {
  override readonly name = 'TlsRefused';
  readonly code: TlsRefusalCode;

  /** @param seen what was found, for a log, after the sentence */
  constructor(code: TlsRefusalCode, seen?: string, options?: ErrorOptions) {
    super(tlsSentences[code] + (seen ? ` (${seen})` : ''), options);
    this.code = code;
  }
}
