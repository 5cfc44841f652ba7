/** The certificate authority behind this device's page, for whoever wants to install it: public, for it holds no secret. */
import { readFile } from 'node:fs/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type AuthorityPath,
  authorityTypes,
  bytesOf,
  readAuthority,
} from '@rockpool/signing/authority-files';
import { readNameConstraints } from '@rockpool/signing/x509';
import { z } from 'zod';
import type { App } from '../app.ts';

const tags = ['device'];
const anyone = { access: 'public', posture: 'any' } as const;

const Authority = z.object({
  name: z.string().describe('as systems list it'),
  sha256: z.string().describe('of its DER form, in hex; for comparing before it is trusted'),
  constraints: z
    .array(z.string())
    .describe('names and networks it may vouch for; empty when it is not limited'),
});

/** @param file PEM, read anew each time: it comes with the enrolment, and may be replaced */
export function authorityRoutes(app: App, { file }: { file: string | undefined }): void {
  app.get(
    '/api/authority',
    {
      config: anyone,
      schema: {
        ...{
          tags,
          summary: 'Which authority signed the certificate of this page, and what it may vouch for',
        },
        response: { 200: Authority },
      },
    },
    async () => {
      const { name, sha256, pem } = readAuthority(await readPem(file));
      const { dns = [], networks = [] } = readNameConstraints(pem) ?? {};
      return { name, sha256, constraints: [...dns, ...networks] };
    },
  );

  for (const path of Object.keys(authorityTypes) as AuthorityPath[]) {
    app.get(path, { config: anyone, schema: { hide: true } }, async (_, reply) => {
      const bytes = bytesOf(readAuthority(await readPem(file)), path);
      // Phones install a profile that is shown, and save what is attached.
      const disposition = path === '/ca.mobileconfig' ? 'inline' : 'attachment';
      return await reply
        .header('content-type', authorityTypes[path])
        .header('content-disposition', `${disposition}; filename="rockpool${path.slice(3)}"`)
        .send(bytes);
    });
  }
}

async function readPem(file: string | undefined): Promise<string> {
  const none = new Refusal(
    'not-found',
    'There is no certificate to install: browsers know this device already.',
  );
  if (file === undefined) throw none;
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? none : cause;
  });
}
