/** The icons that only the dashboard has, beside those of all pages; same grid, same stroke. */
import { Icon, type IconName } from '../../parts/icon.tsx';

const paths = {
  map: 'M3.5 3.5h5.5v5.5H3.5ZM11 3.5h5.5v5.5H11ZM3.5 11h5.5v5.5H3.5ZM11 11h5.5v5.5H11Z',
  device: 'M3.5 5h13v7.5h-13ZM7 16h6M10 12.5V16M6.5 8.7h.01M9.5 8.7h4',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1H3.7ZM8.3 16.5a1.8 1.8 0 0 0 3.4 0',
  power: 'M10 3v6.5M6.2 5.5a5.8 5.8 0 1 0 7.6 0',
  label: 'M3.5 3.5h6l7 7-6 6-7-7ZM7 7h.01',
  waves: 'M2.5 6.5c2.5-2.5 5 2.5 7.5 0s5 2.5 7.5 0M2.5 12c2.5-2.5 5 2.5 7.5 0s5 2.5 7.5 0',
  play: 'M6.5 4.5v11l9-5.5Z',
  pause: 'M7 5v10M13 5v10',
  pulse: 'M2.5 10.5h3.5l2-5.5 3.5 10 2-4.5h4',
} as const;

export type FleetIconName = keyof typeof paths | IconName;

export function FleetIcon({ name }: { name: FleetIconName }) {
  if (!isOwn(name)) return <Icon name={name} />;
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

const isOwn = (name: FleetIconName): name is keyof typeof paths => Object.hasOwn(paths, name);
