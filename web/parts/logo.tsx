/** The mark: a pool between stones, water standing in it, and one coral thing alive at its edge. */

export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path
        class="mark-stone"
        d="M16 1.8c8.3 0 14.2 5.2 14.2 13.7S24.6 30.2 16 30.2 1.8 25 1.8 16.3 7.7 1.8 16 1.8Z"
      />
      <path
        class="mark-deep"
        d="M5.6 15.3c2.3-1.5 4.4-1.5 6.9 0s4.7 1.5 7.2 0 4.5-1.4 6.8 0c-.3 6.4-4.3 10.7-10.5 10.7S5.8 21.7 5.6 15.3Z"
      />
      <path class="mark-wave" d="M9 19.8c1.8-1.1 3.5-1.1 5.3 0s3.5 1.1 5.3 0" />
      <circle class="mark-life" cx="21.3" cy="9.6" r="2.7" />
    </svg>
  );
}
