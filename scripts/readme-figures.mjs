// Fills what README.md repeats from elsewhere, between its markers: the help text and the models' figures from their cards.
// Plain Node: `npm run figures`. It measures nothing.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HELP } from '../dist/commands/help.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const percent = (share) => `${(100 * share).toFixed(2)} %`;

/** The text with `content` between `<!-- NAME -->` and `<!-- /NAME -->`, each of which stands alone on a line. */
function fill(text, name, content) {
  const [open, close] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`README.md has no lines ${open.trim()} and ${close.trim()} in this order`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}

/** The cards of all model folders, the default model first. */
function readCards() {
  const names = readdirSync(at('models')).filter((name) => existsSync(at(`models/${name}/card.json`)));
  const first = (name) => (name === 'camera' ? 0 : 1);
  return names.sort((a, b) => first(a) - first(b) || (a < b ? -1 : 1)).map((name) => JSON.parse(readFileSync(at(`models/${name}/card.json`), 'utf8')));
}

/** A layer of a card, `dense 784-828 relu` or `conv 28x28x1, 4x4x32 stride 2, relu`, in fewer words: all hidden ones have ReLU. */
function layer(words) {
  return words.replace(/^conv \S+, /, 'conv ').replace(/,? (relu|linear)$/, '');
}

function row({ name, architecture, pruning, figures, thresholds }) {
  const size = `${(statSync(at(`models/${name}/model.onnx`)).size / 1e6).toFixed(1)} MB`;
  const removed = pruning ? pruning.zeros.map((share) => `${Number((100 * share).toFixed(1))}`).join(', ') : 'none';
  const { mnistTestAccuracy, mnistTestAccepted, mnistTestAcceptedWrong } = figures;
  const gate = `ratio >= ${thresholds.ratio}, top in [${thresholds.range.join(', ')}]`;
  return [`\`${name}\``, architecture.map(layer).join('<br>'), removed, size, percent(mnistTestAccuracy), percent(mnistTestAccepted), percent(mnistTestAcceptedWrong), gate];
}

function table(cards) {
  const heads = ['model', 'layers', '% removed by layer', 'size', 'test digits read right', 'accepted', 'accepted and wrong', 'gate'];
  return [heads, heads.map(() => '---'), ...cards.map(row)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

try {
  const before = readFileSync(at('README.md'), 'utf8');
  const after = fill(fill(before, 'help', `\`\`\`text\n${HELP}\`\`\``), 'models', table(readCards()));
  if (after !== before) writeFileSync(at('README.md'), after);
  console.error(`README.md: ${after === before ? 'up to date' : 'filled in anew'}`);
} catch (error) {
  console.error(`figures: ${error.message}`);
  process.exitCode = 1;
}
