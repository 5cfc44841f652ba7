/** The device's own key: there, whole, and not readable by others. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { bad, good } from './finding.ts';
import type { Root } from './root.ts';

/** As root sees it, sealed on the volume; or as the agent was given it, open, in a folder of its own. */
export interface IdentitySeen {
  path: string;
  kind: 'sealed' | 'given';
  bytes: number | undefined;
  mode: number | undefined;
}

export const identityName = 'identity-key';
const seedBytes = 32;

/** @param credentials `$CREDENTIALS_DIRECTORY` of the service; left out, the sealed file beside the certificates counts */
export function readIdentity(
  root: Root,
  deviceFolder: string,
  credentials: string | undefined,
): IdentitySeen {
  const kind = credentials === undefined ? 'sealed' : 'given';
  const path =
    credentials === undefined ? `${deviceFolder}/${identityName}.cred` : `${credentials}/${identityName}`;
  const stat = root.stat(path);
  return { path, kind, bytes: stat?.size, mode: stat === undefined ? undefined : stat.mode & 0o777 };
}

export function judgeIdentity({ path, kind, bytes, mode }: IdentitySeen): PostureFinding {
  const code = 'identity';
  const apply = 'run `rockpool-provision apply`, which makes what is missing';
  if (bytes === undefined || mode === undefined) return bad(code, `there is no ${path}.`, apply);
  // systemd gives it to the service's user by an access list, whose mask shows where a group's rights would.
  const others = kind === 'given' ? 0o007 : 0o077;
  if ((mode & others) !== 0) {
    return bad(
      code,
      `${path} may be read by others (mode ${mode.toString(8)}).`,
      `take that from them with \`chmod 600 ${path}\`, and make a new identity: it may be known`,
    );
  }
  if (kind === 'given' ? bytes !== seedBytes : bytes < seedBytes) {
    return bad(code, `${path} has ${bytes} bytes, which is no key.`, apply);
  }
  return good(code, 'the device has its own key, readable by nobody else.');
}
