// Fills what README.md and docs/ repeat from elsewhere, between markers: the help text, the models' figures from their
// cards, and what a replay of the set wrote down. Plain Node: `npm run figures`. It measures nothing.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** @param {string} path */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(2)} %`;

/**
 * What is read of a model's card.
 * @typedef {{ mnistTestAccuracy: number, mnistTestAccepted: number, mnistTestAcceptedWrong: number }} CardFigures
 * @typedef {{
 *   name: string, architecture: string[], pruning: { zeros: number[] } | null, figures: CardFigures,
 *   thresholds: { ratio: number, range: number[] },
 * }} Card
 */

/**
 * What is read of a replay's lines.
 * @typedef {{
 *   type: string, model: string, path: string, codec: string, attack: string | null, epsilon: number,
 *   attacked: { digits: number, leaked: number, corrupted: number | null }, clear: { coverage: number },
 * }} Line
 * @typedef {{ rows: Line[], headlines: Line[] }} Replay
 */

/**
 * Which marker stands in which file, and what makes the text between. `help` is the program's help text.
 * @typedef {{ name: string, file: string, content: (words: { help: string }) => string }} Block
 * @type {readonly Block[]}
 */
export const BLOCKS = [
  { name: 'camera', file: 'README.md', content: () => defaultModel(readCards()) },
  { name: 'help', file: 'docs/options.md', content: ({ help }) => `\`\`\`text\n${help}\`\`\`` },
  { name: 'models', file: 'docs/models.md', content: () => table(readCards()) },
  { name: 'replay', file: 'docs/replay.md', content: () => replayText(readReplay()) },
];

/**
 * The text of `file` with `content` between `<!-- NAME -->` and `<!-- /NAME -->`, each of which stands once and alone
 * on a line. Throws an Error that names file and marker where they don't.
 * @param {string} text
 * @param {Pick<Block, 'name' | 'file'>} block
 * @param {string} content
 */
export function fill(text, { name, file }, content) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const lines = text.split('\n');
  const [start, end] = [lines.indexOf(open), lines.indexOf(close)];
  const once = lines.lastIndexOf(open) === start && lines.lastIndexOf(close) === end;
  if (start < 0 || end < start || !once)
    throw new Error(`${file} must have the lines ${open} and ${close}, once each and in this order`);
  return [...lines.slice(0, start + 1), '', content, '', ...lines.slice(end)].join('\n');
}

/**
 * The order of models side by side: the default one, as the schema of pipelines has it, before all others.
 * @param {string} a
 * @param {string} b
 */
function defaultFirst(a, b) {
  const { properties } = JSON.parse(readFileSync(at('pipelines/schema.json'), 'utf8'));
  return Number(b === properties.model.default) - Number(a === properties.model.default);
}

/**
 * The cards of all model folders, the default model first.
 * @returns {Card[]}
 */
function readCards() {
  const names = readdirSync(at('models')).filter((name) => existsSync(at(`models/${name}/card.json`)));
  return names
    .sort()
    .sort(defaultFirst)
    .map((name) => JSON.parse(readFileSync(at(`models/${name}/card.json`), 'utf8')));
}

/**
 * The README's sentence on how often the default model is wrong.
 * @param {readonly Card[]} cards
 */
function defaultModel([card]) {
  if (!card) throw new Error('models/ holds no model');
  const { name, figures } = card;
  const { mnistTestAccuracy, mnistTestAccepted, mnistTestAcceptedWrong } = figures;
  return (
    `Of the 10,000 MNIST test digits, which it was not trained on, the default model \`${name}\` reads ` +
    `${percent(mnistTestAccuracy)} right.\nIt accepts ${percent(mnistTestAccepted)} of them, ` +
    `${percent(mnistTestAcceptedWrong)} wrongly. (Made by \`npm run figures\` from the model's card.)`
  );
}

/**
 * A layer of a card, `dense 784-828 relu` or `conv 28x28x1, 4x4x32 stride 2, relu`, in fewer words: all hidden ones
 * have ReLU.
 * @param {string} words
 */
function layer(words) {
  return words.replace(/^conv \S+, /, 'conv ').replace(/,? (relu|linear)$/, '');
}

/** @param {Card} card */
function row({ name, architecture, pruning, figures, thresholds }) {
  const size = `${(statSync(at(`models/${name}/model.onnx`)).size / 1e6).toFixed(1)} MB`;
  const removed = pruning ? pruning.zeros.map((share) => `${Number((100 * share).toFixed(1))}`).join(', ') : 'none';
  const { mnistTestAccuracy, mnistTestAccepted, mnistTestAcceptedWrong } = figures;
  const gate = `ratio >= ${thresholds.ratio}, top in [${thresholds.range.join(', ')}]`;
  return [
    `\`${name}\``,
    architecture.map(layer).join('<br>'),
    removed,
    size,
    percent(mnistTestAccuracy),
    percent(mnistTestAccepted),
    percent(mnistTestAcceptedWrong),
    gate,
  ];
}

/** @param {readonly Card[]} cards */
function table(cards) {
  const heads = [
    'model',
    'layers',
    '% removed by layer',
    'size',
    'test digits read right',
    'accepted',
    'accepted and wrong',
    'gate',
  ];
  return [heads, heads.map(() => '---'), ...cards.map(row)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * What `npx lq-stream replay > fixtures/adversarial/replay.ndjson` wrote.
 * @returns {Replay}
 */
function readReplay() {
  const lines = readFileSync(at('fixtures/adversarial/replay.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return {
    rows: lines.filter(({ type }) => type === 'row'),
    headlines: lines.filter(({ type }) => type === 'headline'),
  };
}

/**
 * Attacks down, models across: leaked, and read wrong without the gate.
 * @param {Replay} replay
 * @param {string} path
 * @param {string} codec
 */
function replayTable({ rows, headlines }, path, codec) {
  const held = `${path}-held`;
  const some = rows.filter((row) => (row.path === path || row.path === held) && row.codec === codec);
  /** @param {Line} line */
  const title = ({ attack, epsilon, path: own }) =>
    (attack === null ? 'clean' : epsilon === 0 ? attack : `${attack} ${epsilon}`) + (own === held ? ', held' : '');
  const titles = [...new Set(some.map(title))].filter((name) => name !== 'clean');
  const models = headlines.map(({ model }) => model).sort(defaultFirst);
  /**
   * @param {string} model
   * @param {string} name
   */
  const cell = (model, name) => {
    const row = some.find((each) => each.model === model && title(each) === name);
    if (!row) return '-';
    const { digits, leaked, corrupted } = row.attacked;
    return corrupted === null ? short(leaked / digits) : `${short(leaked / digits)} of ${short(corrupted / digits)}`;
  };
  /** @param {string} model */
  const kept = (model) => {
    const clean = some.find((row) => row.model === model && row.attack === null);
    return clean ? short(clean.clear.coverage) : '-';
  };
  const lines = [
    ['', ...models.map((model) => `\`${model}\``)],
    ['---', ...models.map(() => '---')],
    ['clear digits kept', ...models.map(kept)],
    ...titles.map((name) => [name, ...models.map((model) => cell(model, name))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {number} share */
const short = (share) => `${Number((100 * share).toFixed(1))} %`;

/** @param {Replay} replay */
function replayText(replay) {
  const digits = replay.rows.find(({ attack }) => attack !== null)?.attacked.digits;
  const [lossless, coded] = [replayTable(replay, 'windows', 'ffv1'), replayTable(replay, 'page', 'h264')];
  return (
    `Leaked, and of how many that are read wrong without the gate, as shares of the ${digits} digits of ` +
    `each clip; each attack is\nmade against the model of its column. Held: the same picture in five frames on end, ` +
    `like a digit that stands\nstill; once any of them is accepted wrongly the digit has leaked. In fixed windows, ` +
    `lossless, where\nthe attack comes through whole:\n\n${lossless}\n\nWritten on a page, in H.264:\n\n${coded}\n\nMade ` +
    `with \`npx lq-stream replay > fixtures/adversarial/replay.ndjson\`.`
  );
}

/** Fills every block of every file, and writes nothing unless all have their markers. */
async function fillAll() {
  const { HELP } = await import('../dist/cli/help.js');
  const files = [...new Set(BLOCKS.map(({ file }) => file))].map((file) => {
    const before = readFileSync(at(file), 'utf8');
    const mine = BLOCKS.filter((block) => block.file === file);
    const after = mine.reduce((text, block) => fill(text, block, block.content({ help: HELP })), before);
    return { file, before, after };
  });
  for (const { file, before, after } of files) {
    if (after !== before) writeFileSync(at(file), after);
    console.error(`${file}: ${after === before ? 'up to date' : 'filled in anew'}`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await fillAll();
  } catch (error) {
    console.error(`figures: ${error.message}`);
    process.exitCode = 1;
  }
}
