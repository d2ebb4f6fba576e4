// Owns how the time left is said to people. It must not measure time.

/** `40 s`, or minutes from a minute and a half on. */
export function timeLeft(seconds: number): string {
  return seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
}
