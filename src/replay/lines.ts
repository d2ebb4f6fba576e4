// Owns how a replay is written down: a JSON line a row, and the table that people see. Words and numbers only; writes
// nothing.
import { toPrintableJson } from '../base/printable.js';
import { attackNamed } from '../lab/attacks/list.js';
import { percent } from '../lab/report/shares.js';
import type { Headline } from './headline.js';
import { worstOf, type NumbersRow } from './numbers.js';
import type { Row } from './rows.js';

/** A row as one line of JSON, ending in a newline. The same row gives the same bytes. */
export function rowLine({ attack, showings: _, ...row }: Row): string {
  const { model, hash, rule, clip, codec, path, ...figures } = row;
  const under = attack
    ? {
        attack: attack.name,
        epsilon: attack.epsilon,
        adversarial: isAdversarial(attack.name),
        seed: attack.seed,
        against: attack.model?.name ?? null,
        surrogate: attack.surrogate?.name ?? null,
      }
    : { attack: null };
  return `${toPrintableJson({ type: 'row', model, hash, rule, clip, codec, path, ...under, ...figures })}\n`;
}

/** A headline as one line of JSON, ending in a newline. */
export function headlineLine({ worst, ...rest }: Headline): string {
  const named = worst && {
    attack: worst.row.attack?.name ?? null,
    epsilon: worst.row.attack?.epsilon ?? null,
    against: worst.row.attack?.model?.name ?? null,
    codec: worst.row.codec,
    path: worst.row.path,
    leak: worst.leak,
    leak95: worst.leak95,
  };
  return `${toPrintableJson({ type: 'headline', ...rest, worst: named ?? null })}\n`;
}

/** A row and the numbers that were made of its digits. */
export interface RowNumbers {
  readonly row: Row;
  readonly numbers: readonly NumbersRow[];
}

/** Numbers under one pattern as one line of JSON, ending in a newline. */
export function numbersLine({ model, hash, rule, clip, codec, path, attack }: Row, numbers: NumbersRow): string {
  const under = {
    attack: attack?.name ?? null,
    epsilon: attack?.epsilon ?? null,
    against: attack?.model?.name ?? null,
  };
  return `${toPrintableJson({ type: 'numbers', model, hash, rule, clip, codec, path, ...under, ...numbers })}\n`;
}

/** For each model and rule the attack and pattern by which most numbers were told wrong, a line each. */
export function numbersText(all: readonly RowNumbers[]): string {
  const worst = new Map<string, { readonly row: Row; readonly numbers: NumbersRow }>();
  for (const { row, numbers } of all) {
    const own = worstOf(numbers);
    const name = row.rule === 'card' ? row.model : `${row.model} by ${row.rule}`;
    const before = worst.get(name);
    if (own && (!before || worstOf([before.numbers, own]) === own)) worst.set(name, { row, numbers: own });
  }
  const text = (name: string, row: Row, { pattern, wrong, numbers, wrong95: [lo, hi] }: NumbersRow): string =>
    `${name}: at worst ${percent(wrong / numbers, 2)} of numbers told wrong (${percent(lo)} to ${percent(hi)}; ` +
    `${pattern}, ${attackTitle(row)}, ${row.path}, ${row.codec})\n`;
  return [...worst].map(([name, { row, numbers }]) => text(name, row, numbers)).join('');
}

/** Whether an adversary chose the disturbance. */
export function isAdversarial(name: string): boolean {
  return attackNamed(name)?.adversarial === true;
}

/** `pgd 0.3`, `non-digits`, `clean`. */
export function attackTitle({ attack }: Pick<Row, 'attack'>): string {
  if (!attack) return 'clean';
  return attack.epsilon === 0 ? attack.name : `${attack.name} ${attack.epsilon}`;
}

const COLUMNS = [
  'model',
  'rule',
  'attack',
  'path',
  'codec',
  'digits',
  'corrupted',
  'accepted',
  'leaked',
  '95 % interval',
  'pixel leak',
  'clear kept',
  'wait p50/p95',
  'stray',
  'rejected',
];

/** The rows as a table in plain text, ending in a newline. */
export function table(rows: readonly Row[]): string {
  const cells = [COLUMNS, ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i < 5 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** What leaked of the clear digits in a clip that shows attacked ones too, as a sentence. */
export function clearLeakText(row: Row): string {
  const { model, rule, path, codec, clear } = row;
  return (
    `${model}, rule ${rule}: ${percent(clear.leaked / clear.digits, 2)} of the clear digits in the clip ` +
    `of ${attackTitle(row)} (${path}, ${codec})`
  );
}

/** `not found 2, ratio 3`, or `-`. */
export function rejectionsText({ attacked: { missed }, rejected }: Row): string {
  return (
    [['not found', missed] as const, ...Object.entries(rejected)]
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ') || '-'
  );
}

/** `0.33 s`, or `never`. */
export function seconds(value: number | null): string {
  return value === null ? 'never' : `${value.toFixed(2)} s`;
}

function cellsOf(row: Row): string[] {
  const { attacked, clear, wait, pixels, stray } = row;
  const of = row.attack ? attacked : { ...clear, corrupted: null, leaked95: undefined };
  const direct = row.attack ? pixels?.attacked : pixels?.clear;
  return [
    row.model,
    row.rule,
    attackTitle(row),
    row.path,
    row.codec,
    `${of.digits}`,
    of.corrupted === null ? '-' : percent(of.corrupted / of.digits),
    percent(of.accepted / of.digits),
    percent(of.leaked / of.digits, 2),
    of.leaked95 ? `${percent(of.leaked95[0])} to ${percent(of.leaked95[1])}` : '-',
    direct ? percent(direct.leaked / direct.digits, 2) : '-',
    percent(clear.coverage ?? undefined),
    clear.digits === 0 ? '-' : `${seconds(wait.p50)} / ${seconds(wait.p95)}`,
    `${stray}`,
    rejectionsText(row),
  ];
}

/** What a model comes to, in a sentence. */
export function headlineText({ model, rule, worst, attacked, clear, coverage, stray }: Headline): string {
  const by = rule === 'card' ? '' : ` by ${rule}`;
  if (!worst) return `${model}${by}: nothing was shown`;
  const { row, leak, leak95 } = worst;
  const kept =
    coverage === null
      ? 'no digit was shown clear'
      : `${percent(coverage)} of ${clear.digits} clear digits accepted and right, ${clear.leaked} wrong`;
  return (
    `${model}${by}: at worst ${percent(leak, 2)} leaked (${percent(leak95[0])} ` +
    `to ${percent(leak95[1])}; ${attackTitle(row)}, ${row.path}, ${row.codec}); in ` +
    `all ${attacked.leaked} of ${attacked.digits} attacked digits, ${stray} beside digits; ${kept}`
  );
}
