// Owns the page of a replay: rows in, sections of words, tables and pictures out. It must not play, count or write.
import { digitGrid, type Cell, type GridRow } from '../lab/report/digits.js';
import type { Drawing } from '../lab/report/draw.js';
import { renderPage, type Block, type Section, type TableCell } from '../lab/report/page.js';
import { curves, type Panel, type Point } from '../lab/report/plots.js';
import { percent, short } from '../lab/report/shares.js';
import { clopperPearson } from '../base/statistics.js';
import { headlines, leakOf } from './headline.js';
import { attackTitle, headlineText, isAdversarial, rejectionsText, seconds } from './lines.js';
import type { Seen, Showing } from './play.js';
import type { Row } from './rows.js';

/** The page as one file that needs nothing else. The same rows give the same bytes. */
export async function renderReplay(rows: readonly Row[], drawing: Drawing): Promise<string> {
  const sections = [
    summary(rows),
    comparison(rows),
    await leakCurves(rows, drawing),
    details(rows),
    survival(rows),
    pictures(rows, drawing),
  ];
  const adversarial = rows.filter(({ attack }) => attack && isAdversarial(attack.name)).length;
  const lead = [
    'Clips with attacked digits, played through the same decoding, search, normalisation, network and ' +
      "gate as a camera's. A leak is a prediction that was accepted and is wrong: in a frame that an " +
      'attacker has touched, the stream should rather say nothing.',
    `${new Set(rows.map(({ clip }) => clip)).size} clips; ${adversarial} of the ${rows.length} rows ` +
      `below are under an adversary. Made by \`lq-stream replay\`.`,
  ];
  return renderPage(
    { title: 'Replay: what leaks through', lead, warnings: [] },
    sections.filter((section) => section !== undefined),
  );
}

function summary(rows: readonly Row[]): Section {
  const found = headlines(rows);
  const table: Block = {
    kind: 'table',
    caption:
      'The worst attack of each model, not the mean; what is accepted beside the digits counts as leaked. ' +
      '95 % intervals are exact (Clopper-Pearson).',
    head: [
      'model',
      'rule',
      'leaked at worst',
      '95 % interval',
      'by',
      'leaked of all attacked',
      'clear digits kept',
      'clear and wrong',
      'beside digits',
    ],
    rows: found.map(({ model, rule, worst, attacked, clear, coverage, stray }): TableCell[] => [
      model,
      rule,
      worst ? { text: percent(worst.leak, 2), mark: worst.leak <= 0.005 ? 'good' : 'bad' } : '-',
      worst ? worst.leak95.map((end) => percent(end)).join(' to ') : '-',
      worst ? `${attackTitle(worst.row)}, ${worst.row.path}, ${worst.row.codec}` : '-',
      `${attacked.leaked} of ${attacked.digits}`,
      percent(coverage ?? undefined),
      `${clear.leaked} of ${clear.digits}`,
      `${stray}`,
    ]),
  };
  return {
    id: 'worst',
    title: 'The worst case',
    blocks: [table, ...found.map((headline): Block => ({ kind: 'text', text: headlineText(headline) }))],
    numbers: {},
  };
}

/** Attacks down, models across, one table for each form of video. */
function comparison(rows: readonly Row[]): Section {
  const [first] = rows;
  const own = rows.filter(({ rule }) => rule === first?.rule);
  const forms = [...new Set(own.map(({ path, codec }) => JSON.stringify([path, codec])))].map(
    (key) => JSON.parse(key) as [path: string, codec: string],
  );
  const models = [...new Set(own.map(({ model }) => model))];
  const blocks = forms.map(([path, codec]): Block => {
    const some = own.filter((row) => row.path === path && row.codec === codec);
    const titles = [...new Set(some.map(attackTitle))];
    return {
      kind: 'table',
      caption:
        `${path}, ${codec}: leaked / read wrong without the gate. Of a clean clip: accepted and wrong / ` +
        `kept. Each attack is made against the model of its column.`,
      head: ['', ...models],
      rows: titles.map((title): TableCell[] => [
        title,
        ...models.map((model) =>
          comparisonCell(some.filter((row) => row.model === model && attackTitle(row) === title)),
        ),
      ]),
    };
  });
  return { id: 'models', title: 'What each model lets through', blocks, numbers: {} };
}

function comparisonCell(rows: readonly Row[]): TableCell {
  const row = rows.reduce<Row | undefined>(
    (worst, each) => (worst === undefined || leakOf(each) > leakOf(worst) ? each : worst),
    undefined,
  );
  if (!row) return '-';
  const second = row.attack
    ? row.attacked.corrupted === null
      ? undefined
      : row.attacked.corrupted / row.attacked.digits
    : (row.clear.coverage ?? undefined);
  return { text: `${percent(leakOf(row))} / ${percent(second, 0)}`, mark: leakOf(row) <= 0.005 ? 'good' : 'bad' };
}

/** The lowest leak on the axis, for what lets nothing pass. */
const FOOT = 0.001;

/** Leak against coverage as the ratio's threshold moves, the range as it is: one panel a model. */
async function leakCurves(rows: readonly Row[], drawing: Drawing): Promise<Section | undefined> {
  const some = rows.filter(
    ({ attack, rule, attacked, clear }, _, all) =>
      attack && isAdversarial(attack.name) && rule === all[0]?.rule && attacked.digits > 0 && clear.digits > 0,
  );
  const [first] = some;
  if (!first) return undefined;
  // The form of video through which most comes; of equals the first.
  const form = some.reduce((worst, row) => (leakedIn(some, row) > leakedIn(some, worst) ? row : worst), first);
  const shown = some.filter(({ path, codec }) => path === form.path && codec === form.codec);
  const names = [...new Set(shown.map(attackTitle))];
  const panels = [...new Set(shown.map(({ model }) => model))].map((model): Panel => ({
    title: model,
    series: names.map((name) => ({
      name,
      points: pointsOf(shown.filter((row) => row.model === model && attackTitle(row) === name)),
    })),
  }));
  const picture = await drawing.chart(
    curves({
      x: { title: 'clear digits kept', domain: [0, 1], percent: true },
      y: {
        title: 'leak (log axis; 0 is drawn at the foot)',
        scale: 'log',
        domain: [FOOT, 1],
        percent: true,
        values: [0.001, 0.01, 0.1, 1],
      },
      panels,
      names,
      form: 'curve',
      columns: 2,
    }),
  );
  const caption =
    `Leak against the share of clear digits that are kept, as the threshold on the 1-2 ratio moves ` +
    `and the range stays as it is (${form.path}, ${form.codec}, ${form.attacked.digits} digits an ` +
    `attack: with none leaked it may still be up to ${percent(clopperPearson(0, form.attacked.digits)[1])}).`;
  return {
    id: 'curves',
    title: 'Leak against coverage',
    blocks: [{ kind: 'figure', name: 'leak-coverage', picture, caption }],
    numbers: {},
  };
}

function leakedIn(rows: readonly Row[], { path, codec }: Row): number {
  return rows
    .filter((row) => row.path === path && row.codec === codec)
    .reduce((sum, { attacked }) => sum + attacked.leaked, 0);
}

function pointsOf(rows: readonly Row[]): Point[] {
  const all = rows.flatMap(({ showings }) => showings);
  const [attacked, clear] = [
    all.filter(({ digit }) => digit.attack !== undefined),
    all.filter(({ digit }) => digit.attack === undefined),
  ];
  const eligible = ({ verdict }: Seen): boolean =>
    verdict.accepted || verdict.rejected === 'ratio' || verdict.rejected === 'unsteady';
  const surest = ({ digit, sightings }: Showing, right: boolean): number =>
    Math.max(
      -Infinity,
      ...sightings
        .filter((seen) => eligible(seen) && (seen.verdict.digit === digit.label) === right)
        .map(({ verdict }) => verdict.ratio),
    );
  const [good, bad] = [clear.map((each) => surest(each, true)), attacked.map((each) => surest(each, false))];
  const shareFrom = (values: readonly number[], threshold: number): number =>
    values.filter((value) => value >= threshold).length / Math.max(1, values.length);
  const thresholds = [...new Set(good.filter((value) => value > -Infinity))].sort((a, b) => b - a);
  return thresholds.map((threshold) => ({
    x: shareFrom(good, threshold),
    y: Math.max(FOOT, shareFrom(bad, threshold)),
  }));
}

function details(rows: readonly Row[]): Section {
  const table: Block = {
    kind: 'table',
    caption:
      'Every attack in every form. Pixel level: the same pictures fed straight into the network. Wait: ' +
      "from a digit's first frame to the first clear one that is accepted and right.",
    head: [
      'clip',
      'model',
      'rule',
      'digits',
      'read wrong',
      'accepted',
      'leaked',
      '95 % interval',
      'pixel level: wrong / leaked',
      'clear kept',
      'wait p50, p95',
      'beside',
      'rejected',
    ],
    rows: rows.map((row): TableCell[] => {
      const { attacked, clear, pixels, wait } = row;
      const of = row.attack
        ? attacked
        : { ...clear, corrupted: null, leaked95: clopperPearson(clear.leaked, clear.digits) };
      const direct = row.attack ? pixels?.attacked : undefined;
      return [
        `${attackTitle(row)}, ${row.path}, ${row.codec}`,
        row.model,
        row.rule,
        `${of.digits}`,
        of.corrupted === null ? '-' : percent(of.corrupted / of.digits),
        percent(of.accepted / of.digits),
        percent(of.leaked / of.digits, 2),
        of.leaked95.map((end) => percent(end)).join(' to '),
        direct
          ? `${direct.corrupted === null ? '-' : percent(direct.corrupted / direct.digits)} ` +
            `/ ${percent(direct.leaked / direct.digits, 2)}`
          : '-',
        percent(clear.coverage ?? undefined),
        clear.digits === 0 ? '-' : `${seconds(wait.p50)}, ${seconds(wait.p95)}`,
        `${row.stray}`,
        rejectionsText(row),
      ];
    }),
  };
  return { id: 'rows', title: 'Every clip', blocks: [table], numbers: {} };
}

function survival(rows: readonly Row[]): Section | undefined {
  const seen = new Set<string>();
  const some = rows.filter((row) => {
    const key = JSON.stringify([row.clip, row.attack, row.survival]);
    return row.survival && row.attack && !seen.has(key) && seen.add(key);
  });
  if (some.length === 0) return undefined;
  const table: Block = {
    kind: 'table',
    caption:
      'The perturbation that comes out of normalisation (attacked less clear) against the one that was ' +
      'put in, over the digits that were read once in both states. Units: gray levels of 255.',
    head: ['clip', 'made against', 'digits', 'put in: mean', 'difference: mean', 'difference: L-infinity'],
    rows: some.map(({ path, codec, survival: found, attack, ...row }): TableCell[] => [
      `${attackTitle({ ...row, attack })}, ${path}, ${codec}`,
      attack?.model?.name ?? '-',
      `${found!.digits}`,
      ...[found!.put, found!.mean, found!.linf].map((share) => short(255 * share)),
    ]),
  };
  return { id: 'survival', title: 'How much of the attack survives the video', blocks: [table], numbers: {} };
}

/** Leaks drawn for each model. */
const DRAWN = 30;
const ACROSS = 10;

function pictures(rows: readonly Row[], drawing: Drawing): Section {
  const blocks: Block[] = [];
  const [first] = rows;
  for (const model of new Set(rows.map((row) => row.model))) {
    const cells = rows
      .filter((row) => row.model === model && row.rule === first?.rule)
      .flatMap((row) => row.showings.flatMap((showing) => cellsOf(row, showing)));
    if (cells.length === 0) {
      blocks.push({ kind: 'text', text: `${model}: nothing passed the gate of its card and was wrong.` });
      continue;
    }
    const spread =
      cells.length <= DRAWN
        ? cells
        : Array.from({ length: DRAWN }, (_, k) => cells[Math.ceil((k * cells.length) / DRAWN)]!);
    const grid: GridRow[] = [];
    for (let from = 0; from < spread.length; from += ACROSS)
      grid.push({ title: from === 0 ? model : '', cells: spread.slice(from, from + ACROSS) });
    blocks.push({
      kind: 'figure',
      name: `leaked-${model}`,
      picture: digitGrid(grid, drawing),
      caption:
        `${model}: ${spread.length} of its leaks by the gate of its card, as they were scored. True class ` +
        `and what was said, the 1-2 ratio, the attack.`,
    });
  }
  return { id: 'leaked', title: 'What leaked', blocks, numbers: {} };
}

function cellsOf(row: Row, { digit: { label, attack }, sightings }: Showing): Cell[] {
  const title = attack === undefined ? ['clear'] : attackTitle(row).split(' ');
  return sightings.flatMap(({ pixels, verdict }): Cell[] =>
    pixels
      ? [{ pixels, lines: [`${label ?? 'none'} > ${verdict.digit}`, short(verdict.ratio), ...title], state: 'wrong' }]
      : [],
  );
}
