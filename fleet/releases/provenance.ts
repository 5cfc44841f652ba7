/** How a release came about: an in-toto statement with SLSA's predicate, about the bytes and what they were made of. */
import { Refusal } from '@rockpool/protocol/refusal';

export interface Provenance {
  /** Files of the release, by name. */
  subjects: readonly { name: string; sha256: string }[];
  /** What it was built from: `git+https://…@COMMIT`, or `COMMIT` alone. */
  source: string;
  /** Files that went in besides. */
  inputs: readonly { name: string; sha256: string }[];
  builder: string;
  madeAt: number;
  parameters: Readonly<Record<string, string>>;
}

export function provenanceOf({ subjects, source, inputs, builder, madeAt, parameters }: Provenance): Buffer {
  const [, uri = '', commit] = /^(?:(\S+)@)?([0-9a-f]{40}|[0-9a-f]{64})$/.exec(source) ?? [];
  if (commit === undefined)
    throw new Refusal(
      'bad-request',
      `${source} names no commit: give its 40 letters, or git+https://…@COMMIT.`,
    );
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:rockpool:release:v1',
        externalParameters: parameters,
        resolvedDependencies: [
          { ...(uri === '' ? { name: 'source' } : { uri }), digest: { gitCommit: commit } },
          ...inputs.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
        ],
      },
      runDetails: {
        builder: { id: builder },
        metadata: { startedOn: new Date(madeAt).toISOString() },
      },
    },
  };
  return Buffer.from(`${JSON.stringify(statement, null, 1)}\n`, 'utf8');
}
