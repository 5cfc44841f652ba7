/** A release by what people call it: what kind, its name, its version. */
import type { ReleaseKind } from '@rockpool/protocol/update/release';
import { FleetIcon, type FleetIconName } from '../parts/fleet-icon.tsx';
import { say } from '../words/say.ts';

const icons: Record<ReleaseKind, FleetIconName> = {
  model: 'model',
  adapter: 'label',
  agent: 'pulse',
  patch: 'shield',
  system: 'device',
};

/** `models/qwen3-8b/2` is `qwen3-8b 2` to people. */
export function releaseWords(path: string): string {
  const [, name, version] = path.split('/');
  return name && version ? `${name} ${version}` : path;
}

/** @param bare where the name stands in the heading: its kind alone */
export function ReleaseName({ path, kind, bare }: { path: string; kind: ReleaseKind; bare?: boolean }) {
  return (
    <span class="release-name" title={path}>
      <FleetIcon name={icons[kind]} />
      <span class="release-kind">{say(`releases.kind.${kind}`)}</span>
      {!bare && <span>{releaseWords(path)}</span>}
    </span>
  );
}
