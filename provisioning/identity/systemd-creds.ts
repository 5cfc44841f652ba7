/** Driver for `systemd-creds`: secrets sealed to this board's TPM and to the host key, which lies on the encrypted volume. */
import { existsSync } from 'node:fs';
import type { Ran, Run, RunOptions } from '../exec.ts';
import { CredentialError, type CredentialName, type Sealer } from './credentials.ts';

export interface SealedWith {
  /** `host` where there is no TPM: then the volume's encryption is what protects them. */
  key: 'host+tpm2' | 'host';
  /** Literal PCRs; systemd's own choice when left out. None at all needs systemd 255: 252 seals what it can't open. */
  pcrs?: readonly number[];
  /** Where the host key is, when it is not where systemd keeps it. */
  hostKey?: string;
  /** Which TPM, when it is not the only one: a device node, or `swtpm:path=…`. */
  tpm?: string;
}

/** @param run runs programs; secrets go by standard input and output only */
export function systemdCreds(run: Run, { key, pcrs, hostKey, tpm }: SealedWith): Sealer {
  const options: RunOptions = {
    timeoutMs: 60_000, // a TPM takes its time
    ...(hostKey ? { env: { SYSTEMD_CREDENTIAL_SECRET: hostKey } } : {}),
  };
  const device = tpm ? [`--tpm2-device=${tpm}`] : [];
  return {
    seal: async (name, secret) => {
      const ran = await run(
        'systemd-creds',
        [
          'encrypt',
          `--name=${name}`,
          `--with-key=${key}`,
          ...device,
          ...(key === 'host+tpm2' && pcrs ? [`--tpm2-pcrs=${pcrs.join('+')}`] : []),
          '-',
          '-',
        ],
        { ...options, input: secret },
      );
      if (ran.code !== 0) throw new CredentialError('cannot-seal', `${name} can't be sealed: ${said(ran)}`);
      return Buffer.from(ran.stdout, 'ascii');
    },
    open: async (name, sealed) => {
      const ran = await run(
        'systemd-creds',
        ['decrypt', `--name=${name}`, ...device, '--transcode=base64', '-', '-'],
        {
          ...options,
          input: sealed,
        },
      );
      if (ran.code !== 0) throw new CredentialError('does-not-open', sentence(name, ran));
      return Buffer.from(ran.stdout, 'base64');
    },
  };
}

const sentence = (name: CredentialName, ran: Ran): string =>
  `${name} can't be opened on this device: ${said(ran)} It was sealed by another board, another boot chain or under another name; restore it or provision again.`;

const said = ({ code, stderr }: Ran): string =>
  stderr
    .trim()
    .split('\n')
    .filter((line) => !line.includes('is not located on encrypted media'))
    .at(-1) ?? `exit code ${code}.`;

/** Whether this system has it: systemd 250 and later, so not JetPack 6. */
export const hasSystemdCreds = (): boolean => existsSync('/usr/bin/systemd-creds');
