// Owns amounts as people write them in options of sinks: times and sizes. Words and numbers only.
import { z } from 'zod';

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** The number and its unit; undefined for anything else, and for nothing. */
function read(text: string | number, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(String(text)) ?? [];
  const factor = units[unit.toLowerCase()];
  const amount = Number(digits) * (factor ?? NaN);
  return amount > 0 ? amount : undefined;
}

/** Seconds of a time such as `90`, `90s`, `5m`, `1h`, `7d`. */
export function secondsOf(text: string | number): number {
  return read(text, SECONDS) ?? NaN;
}

/** Bytes of a size such as `1000000`, `64MB`, `64MiB`. */
export function bytesOf(text: string | number): number {
  return read(text, BYTES) ?? NaN;
}

const atMost = (value: number, most: number): boolean => value <= most;

/** A time of a second to a year. */
export const duration = z
  .union([z.string(), z.number()], { error: 'must be a time such as 90s, 5m, 1h or 7d' })
  .refine((text) => secondsOf(text) >= 1 && atMost(secondsOf(text), 366 * 86_400), {
    error: 'must be a time such as 90s, 5m, 1h or 7d, of 1 s to 366 d',
  });

/** A size of 4 kB to a terabyte. */
export const size = z
  .union([z.string(), z.number()], { error: 'must be a size such as 500kB, 64MB or 2GB' })
  .refine((text) => bytesOf(text) >= 4_096 && atMost(bytesOf(text), 1e12), {
    error: 'must be a size such as 500kB, 64MB or 2GB, of 4096 bytes to 1000 GB',
  });

/** A whole number from `least` to `most`, as a number or as the command line's text. */
export function count(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .union([z.string(), z.number()], { error })
    .refine((text) => /^\d{1,9}$/.test(String(text)) && Number(text) >= least && Number(text) <= most, { error });
}
