// Owns the program's mark. Drawing only.
import type { JSX } from 'preact';

/** A digit in its box. */
export function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="mark-ground" />
      <rect x="6.5" y="5.5" width="19" height="21" rx="2.5" class="mark-box" />
      <path d="M12 11h8.5l-5 10.5" class="mark-digit" />
    </svg>
  );
}
