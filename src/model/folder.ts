// A model on disk: a folder with model.onnx and card.json. Finds, reads, checks and writes it; trains and scores
// nothing.

import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ModelError } from '../base/errors.js';
import { explain, type JsonSchema } from '../base/explain.js';
import { nearest } from '../base/nearest.js';
import type { Thresholds } from '../types.js';
import { writeOutput, writeSynced } from '../base/output/file.js';
import { oldName, replaceFolder } from '../base/output/folder.js';
import { describe, type Network } from './network.js';
import { fromOnnx, toOnnx } from './onnx.js';

const ONNX_FILE = 'model.onnx';
const CARD_FILE = 'card.json';

/** Version of the card's form; a folder of another version is refused. */
export const CARD_FORMAT = 1;

/** Where the models of this package are: its own `models/`, wherever it is installed. */
export const MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url));

const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

const thresholdsSchema = z
  .strictObject({
    ratio: z.number().min(1).describe('Smallest accepted 1-2 ratio.'),
    range: z.tuple([z.number(), z.number()]).describe('Accepted [lo, hi] of the top output.'),
    coverage: share.describe('Share of regular digits that these thresholds were set to keep.'),
    calibratedOn: z.string().describe('Which data they were set on: not trained on, not the test set.'),
    examples: z.number().int().positive().describe('How many examples that was.'),
    maxRisk: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Largest share of wrong ones among what is accepted, when they were set for that.'),
    confidence: z.number().gt(0).lt(1).optional().describe('How sure that is.'),
  })
  .refine(({ maxRisk, confidence }) => (maxRisk === undefined) === (confidence === undefined), {
    path: ['confidence'],
    message: 'goes with maxRisk: both or neither',
  })
  .refine(({ range: [lo, hi] }) => lo <= hi, { path: ['range'], message: 'lo must not be above hi' });

const cardSchema = z.strictObject({
  format: z.literal(CARD_FORMAT).describe('Version of this form.'),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower case letters, digits, ".", "_", "-"'),
  kind: z
    .enum(['lq', 'softmax'])
    .describe('Cost the network was trained with: linear-quadratic, or softmax with cross entropy.'),
  architecture: z.array(z.string()).min(1).describe('The layers in words, in order.'),
  seed: z.number().int().nonnegative().describe('Seed of the training.'),
  recipe: z.record(z.string(), z.json()).describe('Training settings: enough to make the model again.'),
  data: z.record(z.string(), z.string()).describe('Hash of each data file that training read.'),
  pruning: z.record(z.string(), z.json()).nullable().describe('How it was pruned; null when it was not.'),
  figures: z
    .object({ mnistTestAccuracy: share.describe('Share of the 10,000 MNIST test images read right, before any gate.') })
    .catchall(z.number())
    .describe('What was measured.'),
  thresholds: thresholdsSchema.describe('What the gate accepts by default.'),
  sha256: sha256.describe('Hash of model.onnx.'),
});

/** What card.json says of a model. */
export type Card = z.infer<typeof cardSchema>;

/** What a writer says of a model; the rest of the card follows from the network itself. */
export type CardDraft = Omit<Card, 'format' | 'architecture' | 'sha256'>;

/** A model that was read and whose hash is the one on its card. */
export interface Model {
  readonly name: string;
  /** The folder's absolute path. */
  readonly dir: string;
  readonly card: Card;
  /** The card's thresholds, in the gate's form. */
  readonly thresholds: Thresholds;
  /** The bytes of model.onnx. */
  readonly onnx: Buffer;
  /** sha256 of `onnx`, hexadecimal. */
  readonly hash: string;
  /** The network in memory, read at the first call. @throws ModelError when it is not what the card describes. */
  network(): Network;
}

/** Options of `readModel`. */
export interface ReadModelOptions {
  /** Where names are looked up. Default: the package's own `models/`. */
  readonly modelsDir?: string;
}

/**
 * Reads a model and checks that it is whole. `nameOrDir` is the name of a folder in `modelsDir`, or a path to a folder.
 * @throws ModelError when it is missing, half written, damaged, or its hash is not the one on its card.
 */
export async function readModel(nameOrDir: string, { modelsDir = MODELS_DIR }: ReadModelOptions = {}): Promise<Model> {
  const dir = await findFolder(nameOrDir, modelsDir);
  const [onnx, text] = await Promise.all([readPart(dir, ONNX_FILE), readPart(dir, CARD_FILE)]);
  const card = parseCard(text.toString('utf8'), path.join(dir, CARD_FILE));
  const hash = hashOf(onnx);
  if (hash !== card.sha256) {
    throw new ModelError(
      `The model in ${dir} does not match its card: ${ONNX_FILE} has sha256 ${hash}, ${CARD_FILE} ` +
        `says ${card.sha256}. Get the two from the same place, or make the model again.`,
    );
  }
  let network: Network | undefined;
  const { ratio, range } = card.thresholds;
  return {
    name: card.name,
    dir,
    card,
    thresholds: { ratio, range },
    onnx,
    hash,
    network: () => (network ??= readNetwork(onnx, card, dir)),
  };
}

/**
 * Writes a model folder whole or not at all: the new one is made beside `dir` and then takes its place. A model that
 * was there stays as it was when writing fails; killed in the moment between the two renames, it is left in
 * `<dir>.old`.
 * @returns the card as written.
 * @throws ModelError when the network or the card is not valid, `dir` holds something other than a model, or it can't
 *   be written.
 */
export async function writeModel(dir: string, network: Network, draft: CardDraft): Promise<Card> {
  const target = path.resolve(dir);
  const onnx = toOnnx(network);
  const card = checkCard(
    { ...draft, format: CARD_FORMAT, architecture: describe(network), sha256: hashOf(onnx) },
    `The card for ${target}`,
  );
  await refuseStrangers(target);
  try {
    await replaceFolder(target, async (fresh) => {
      await writeSynced(path.join(fresh, ONNX_FILE), [onnx]);
      await writeSynced(path.join(fresh, CARD_FILE), [cardText(card)]);
    });
  } catch (cause) {
    throw new ModelError(
      `The model can't be written to ${target}: ${(cause as Error).message}. What was there is unchanged.`,
      { cause },
    );
  }
  return card;
}

/** The parts of a card that say what the gate accepts. */
export type GateCard = Pick<CardDraft, 'thresholds' | 'figures'>;

/**
 * Replaces what a model's card says of its gate; model.onnx and the rest of the card stay as they are. The card is
 * replaced whole or not at all.
 * @returns the card as written.
 * @throws ModelError when there is no whole model in `dir`, the card would not be valid, or it can't be written.
 */
export async function updateGate(dir: string, { thresholds, figures }: GateCard): Promise<Card> {
  const model = await readModel(path.resolve(dir));
  const card = checkCard({ ...model.card, thresholds, figures }, `The card for ${model.dir}`);
  // Beside the folder, not in it: a run that is killed leaves no file in it that no model has.
  try {
    await writeOutput(path.join(model.dir, CARD_FILE), [cardText(card)], { partIn: path.dirname(model.dir) });
  } catch (cause) {
    throw new ModelError(`${(cause as Error).message} What was there is unchanged.`, { cause });
  }
  return card;
}

/** Names of the models in a folder, sorted; none when the folder is missing. */
export async function listModels(modelsDir: string = MODELS_DIR): Promise<string[]> {
  const entries = await fs.readdir(modelsDir, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async ({ name }) => ((await isFile(path.join(modelsDir, name, CARD_FILE))) ? [name] : [])),
  );
  return found.flat().sort();
}

async function findFolder(nameOrDir: string, modelsDir: string): Promise<string> {
  const isPath =
    nameOrDir !== path.basename(nameOrDir) || nameOrDir.includes('\\') || ['', '.', '..'].includes(nameOrDir);
  const candidates = isPath ? [path.resolve(nameOrDir)] : [path.resolve(modelsDir, nameOrDir), path.resolve(nameOrDir)];
  for (const dir of candidates) if (await isFolder(dir)) return dir;
  for (const dir of candidates) await refuseHalfReplaced(dir);
  if (isPath)
    throw new ModelError(
      `There is no model folder at ${path.resolve(nameOrDir)}. A model is a folder with ${ONNX_FILE} and ${CARD_FILE}.`,
    );
  const names = await listModels(modelsDir);
  const near = nearest(nameOrDir, names);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const available = names.length === 0 ? `${modelsDir} holds none` : `there are ${names.join(', ')}`;
  throw new ModelError(`Unknown model "${nameOrDir}": ${available}.${hint} A path to a model folder is also taken.`);
}

/**
 * A writer was killed between its two renames. The old model is not taken from where it stands, nor put back: from here
 * that looks the same as a writer at work.
 */
async function refuseHalfReplaced(dir: string): Promise<void> {
  const old = oldName(dir);
  if (await isFolder(old))
    throw new ModelError(
      `There is no model at ${dir}, but the one that was there is at ${old}: writing a new one was cut ` +
        `off. Make the model again, or put the old one back: mv ${old} ${dir}`,
    );
}

async function readPart(dir: string, file: string): Promise<Buffer> {
  try {
    return await fs.readFile(path.join(dir, file));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const found = missing ? `has no ${file}` : `has a ${file} that can't be read (${(cause as Error).message})`;
    throw new ModelError(
      `The model folder ${dir} ${found}: it needs both ${ONNX_FILE} and ${CARD_FILE}. Was it copied whole?`,
      { cause },
    );
  }
}

function parseCard(text: string, where: string): Card {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new ModelError(`${where} is not whole JSON: ${(cause as Error).message}. Was it copied whole?`, { cause });
  }
  return checkCard(found, where);
}

function checkCard(found: unknown, where: string): Card {
  const result = cardSchema.safeParse(found);
  if (result.success) return result.data;
  const schema = z.toJSONSchema(cardSchema) as JsonSchema;
  const complaints = result.error.issues.flatMap((issue) => explain(issue, found, schema).map(({ text }) => text));
  throw new ModelError(`${where} is not a model card of format ${CARD_FORMAT}: ${complaints.join('; ')}.`);
}

function readNetwork(onnx: Buffer, card: Card, dir: string): Network {
  const network = fromOnnx(onnx);
  const [found, said] = [describe(network).join('; '), card.architecture.join('; ')];
  if (found !== said)
    throw new ModelError(
      `The model in ${dir} does not match its card: ${ONNX_FILE} is ${found}, ${CARD_FILE} says ${said}.`,
    );
  return network;
}

/** Only a folder that is empty or a model may be replaced, so that a mistyped path never costs other files. */
async function refuseStrangers(target: string): Promise<void> {
  const entries = await fs.readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ModelError(`The model can't be written to ${target}: ${error.message}.`, { cause: error });
  });
  const strangers = entries.filter((name) => name !== ONNX_FILE && name !== CARD_FILE);
  if (strangers.length > 0) {
    throw new ModelError(
      `${target} holds ${strangers.slice(0, 3).join(', ')}, which no model does; give a new folder, or ` +
        `one that holds a model.`,
    );
  }
}

/** A card's file. Keys in the schema's order, so that the same model gives the same bytes whoever wrote the draft. */
function cardText(card: Card): string {
  const inOrder = Object.fromEntries(Object.keys(cardSchema.shape).map((key) => [key, card[key as keyof Card]]));
  return `${JSON.stringify(inOrder, null, 2)}\n`;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const isFolder = (at: string): Promise<boolean> =>
  fs.stat(at).then(
    (stat) => stat.isDirectory(),
    () => false,
  );
const isFile = (at: string): Promise<boolean> =>
  fs.stat(at).then(
    (stat) => stat.isFile(),
    () => false,
  );
