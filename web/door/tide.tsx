/** Lines that water leaves on sand: decoration, drawn from one formula, still when motion is unwanted. */

const lines = Array.from({ length: 9 }, (_, line) => path(line));

export function Tide() {
  return (
    <svg
      class="tide"
      viewBox="0 0 1200 420"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
      focusable="false"
    >
      {lines.map((d, line) => (
        <path key={d} class={`tide-line tide-${line}`} d={d} />
      ))}
    </svg>
  );
}

/** Each line lower, flatter and shifted against the one before. */
function path(line: number): string {
  const top = 90 + line * 36;
  const height = 46 - line * 4;
  const shift = line * 70;
  const waves = Array.from({ length: 8 }, (_, wave) => {
    const x = -400 + shift + wave * 300;
    return `S${x + 200} ${top + (wave % 2 ? height : -height)} ${x + 300} ${top}`;
  });
  return `M-400 ${top}${waves.join('')}V460H-400Z`;
}
