/** Labels as small links that show who else carries them. */
import { devicesPath } from '../routes.ts';

export function Labels({ labels, asText }: { labels: Readonly<Record<string, string>>; asText?: boolean }) {
  const all = Object.entries(labels);
  if (all.length === 0) return null;
  return (
    <span class="labels">
      {all.map(([key, value]) =>
        asText ? (
          <span key={key} class="label" title={`${key}=${value}`}>
            {value}
          </span>
        ) : (
          <a key={key} class="label" href={devicesPath({ label: `${key}=${value}` })}>
            <span class="label-key">{key}</span> {value}
          </a>
        ),
      )}
    </span>
  );
}
