/** A certificate authority in the forms in which phones and laptops install it, and as a person compares it. */
import { createHash, X509Certificate } from 'node:crypto';

export interface AuthorityFiles {
  /** Its common name, as systems list it. */
  name: string;
  /** Of the DER form, in hex. */
  sha256: string;
  pem: string;
  /** What Windows (`.cer`), Android and most others (`.crt`) take. */
  der: Buffer;
  /** A configuration profile for iOS, iPadOS and macOS. */
  mobileconfig: string;
}

/** What each file is served as; browsers decide by it whether to install or to save. */
export const authorityTypes = {
  '/ca.crt': 'application/x-x509-ca-cert',
  '/ca.cer': 'application/pkix-cert',
  '/ca.mobileconfig': 'application/x-apple-aspen-config',
} as const;
export type AuthorityPath = keyof typeof authorityTypes;

/** @throws Error when it is no certificate, or not one of an authority */
export function readAuthority(pem: string): AuthorityFiles {
  const certificate = new X509Certificate(pem);
  if (!certificate.ca) throw new Error(`${certificate.subject} is not a certificate authority`);
  // Not `subject`: that escapes what stands in a name.
  const { CN: name = 'Rockpool' } = certificate.toLegacyObject().subject as { CN?: string };
  const der = certificate.raw;
  const sha256 = createHash('sha256').update(der).digest('hex');
  return { name, sha256, pem: certificate.toString(), der, mobileconfig: profile(name, sha256, der) };
}

export const bytesOf = (files: AuthorityFiles, path: AuthorityPath): Buffer =>
  path === '/ca.mobileconfig' ? Buffer.from(files.mobileconfig) : files.der;

/** The same authority makes the same identifiers: installed again, it replaces itself. */
function profile(name: string, sha256: string, der: Buffer): string {
  const id = `rockpool.authority.${sha256.slice(0, 16)}`;
  const called = escaped(name);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>${id}</string>
  <key>PayloadUUID</key><string>${uuid(`profile ${sha256}`)}</string>
  <key>PayloadDisplayName</key><string>${called}</string>
  <key>PayloadDescription</key><string>Lets this device trust the pages of your office's Rockpool.</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>${id}.root</string>
      <key>PayloadUUID</key><string>${uuid(`root ${sha256}`)}</string>
      <key>PayloadDisplayName</key><string>${called}</string>
      <key>PayloadCertificateFileName</key><string>rockpool.cer</string>
      <key>PayloadContent</key>
      <data>${der.toString('base64')}</data>
    </dict>
  </array>
</dict>
</plist>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A name-based UUID (RFC 9562 §5.8, version 8: our own hash). */
function uuid(of: string): string {
  const bytes = createHash('sha256').update(of).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex').toUpperCase();
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
