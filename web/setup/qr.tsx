/** A QR code, drawn from its modules: dark on white whatever the page's colours are, because cameras want it so. */

/** What readers need around it. */
const quiet = 4;

export function Qr({ modules, label }: { modules: readonly (readonly boolean[])[]; label: string }) {
  const trimmed = withoutBorder(modules);
  const size = trimmed.length + 2 * quiet;
  const dark = trimmed.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x + quiet} ${y + quiet}h1v1h-1z`] : [])),
  );
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path class="qr-ground" d={`M0 0h${size}v${size}H0z`} />
      <path class="qr-dark" d={dark.join('')} />
    </svg>
  );
}

/** Encoders differ in how much quiet zone they give along. */
function withoutBorder(modules: readonly (readonly boolean[])[]): readonly (readonly boolean[])[] {
  const first = modules.findIndex((row) => row.some(Boolean));
  if (first < 1) return modules;
  return modules.slice(first, modules.length - first).map((row) => row.slice(first, row.length - first));
}
