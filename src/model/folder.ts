// A model on disk: a folder with model.onnx and card.json. Finds, reads, checks and writes it; trains and scores
// nothing.

import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBounded } from '../base/bounded-file.js';
import type { DocumentError } from '../base/document-error.js';
import { ModelError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { printable } from '../base/printable.js';
import type { Thresholds } from '../types.js';
import { writeOutput, writeSynced } from '../base/output/file.js';
import { oldName, replaceFolder } from '../base/output/folder.js';
import { CARD_FORMAT, cardText, checkCard, MAX_CARD_BYTES, parseCard } from './card.js';
import type { Card, CardDraft, GateCard } from './card.js';
import { describe, type Network } from './network.js';
import { MAX_ONNX_BYTES } from './onnx-format.js';
import { fromOnnx, toOnnx } from './onnx.js';

const ONNX_FILE = 'model.onnx';
const CARD_FILE = 'card.json';

/** Characters at most of what is a list of names or layers. */
const LONG = 400;

/** Where the models of this package are: its own `models/`, wherever it is installed. */
export const MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url));

/** A model that was read and checked: its hash and its network are those on its card. */
export interface Model {
  readonly name: string;
  /** The folder's absolute path. */
  readonly dir: string;
  readonly card: Card;
  /** The card's thresholds, in the gate's form. */
  readonly thresholds: Thresholds;
  /** The bytes of model.onnx: what `toOnnx` writes of `network`, and nothing else. */
  readonly onnx: Buffer;
  /** sha256 of `onnx`, hexadecimal. */
  readonly hash: string;
  /** The network in memory, the same at each call. */
  network(): Network;
}

/** Options of `readModel`. */
export interface ReadModelOptions {
  /** Where names are looked up. Default: the package's own `models/`. */
  readonly modelsDir?: string;
}

/**
 * Reads a model and checks it. `nameOrDir` is the name of a folder in `modelsDir`, or a path to a folder.
 * @throws ModelError when it is missing, half written, damaged, its hash is not the one on its card, or its graph is
 *   not the network that the card describes.
 */
export async function readModel(nameOrDir: string, { modelsDir = MODELS_DIR }: ReadModelOptions = {}): Promise<Model> {
  const dir = await findFolder(nameOrDir, modelsDir);
  const card = readPart(dir, CARD_FILE, MAX_CARD_BYTES);
  return modelOf(dir, { onnx: readPart(dir, ONNX_FILE, MAX_ONNX_BYTES), card });
}

/**
 * A model from the bytes of its files. Every model that is scored went through here.
 * @param dir Where they are from: named in messages only.
 * @throws ModelError, and nothing else, as `readModel` says. Time and memory are bounded by the files' sizes and the
 *   limits of a network.
 */
export function modelOf(dir: string, files: { readonly onnx: Buffer; readonly card: Buffer }): Model {
  const { onnx } = files;
  const card = parseCard(files.card, printable(path.join(dir, CARD_FILE)));
  const hash = hashOf(onnx);
  if (hash !== card.sha256) {
    throw new ModelError(
      `The model in ${printable(dir)} does not match its card: ${ONNX_FILE} has sha256 ${hash}, ${CARD_FILE} ` +
        `says ${card.sha256}. Get the two from the same place, or make the model again.`,
    );
  }
  const network = readNetwork(onnx, card, dir);
  const { ratio, range } = card.thresholds;
  return { name: card.name, dir, card, thresholds: { ratio, range }, onnx, hash, network: () => network };
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
    `The card for ${printable(target)}`,
  );
  await refuseStrangers(target);
  try {
    await replaceFolder(target, async (fresh) => {
      await writeSynced(path.join(fresh, ONNX_FILE), [onnx]);
      await writeSynced(path.join(fresh, CARD_FILE), [cardText(card)]);
    });
  } catch (cause) {
    throw new ModelError(
      `The model can't be written to ${printable(target)}: ${(cause as Error).message}. What was there is unchanged.`,
      { cause },
    );
  }
  return card;
}

/**
 * Replaces what a model's card says of its gate; model.onnx and the rest of the card stay as they are. The card is
 * replaced whole or not at all.
 * @returns the card as written.
 * @throws ModelError when there is no whole model in `dir`, the card would not be valid, or it can't be written.
 */
export async function updateGate(dir: string, { thresholds, figures }: GateCard): Promise<Card> {
  const model = await readModel(path.resolve(dir));
  const card = checkCard({ ...model.card, thresholds, figures }, `The card for ${printable(model.dir)}`);
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
      `There is no model folder at ${printable(path.resolve(nameOrDir))}. A model is a folder with ${ONNX_FILE} and ` +
        `${CARD_FILE}.`,
    );
  const names = await listModels(modelsDir);
  const near = nearest(nameOrDir, names);
  const hint = near === undefined ? '' : ` Did you mean "${printable(near)}"?`;
  const available =
    names.length === 0 ? `${printable(modelsDir)} holds none` : `there are ${printable(names.join(', '), LONG)}`;
  throw new ModelError(
    `Unknown model "${printable(nameOrDir)}": ${available}.${hint} A path to a model folder is also taken.`,
  );
}

/**
 * A writer was killed between its two renames. The old model is not taken from where it stands, nor put back: from here
 * that looks the same as a writer at work.
 */
async function refuseHalfReplaced(dir: string): Promise<void> {
  if (!(await isFolder(oldName(dir)))) return;
  const [at, old] = [printable(dir), printable(oldName(dir))];
  throw new ModelError(
    `There is no model at ${at}, but the one that was there is at ${old}: writing a new one was cut ` +
      `off. Make the model again, or put the old one back: mv ${old} ${at}`,
  );
}

function readPart(dir: string, file: string, most: number): Buffer {
  try {
    return readBounded(path.join(dir, file), { most });
  } catch (error) {
    const { message, cause } = error as DocumentError;
    const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    const found = missing ? `has no ${file}` : `has a ${file} that ${message}`;
    throw new ModelError(
      `The model folder ${printable(dir)} ${found}: it needs both ${ONNX_FILE} and ${CARD_FILE}. Was it copied whole?`,
      { cause: error },
    );
  }
}

function readNetwork(onnx: Buffer, card: Card, dir: string): Network {
  let network: Network;
  try {
    network = fromOnnx(onnx);
  } catch (cause) {
    throw new ModelError(`${printable(path.join(dir, ONNX_FILE))}: ${(cause as ModelError).message}`, { cause });
  }
  const [found, said] = [describe(network).join('; '), card.architecture.join('; ')];
  if (found !== said)
    throw new ModelError(
      `The model in ${printable(dir)} does not match its card: ${ONNX_FILE} is ${printable(found, LONG)}, ` +
        `${CARD_FILE} says ${printable(said, LONG)}.`,
    );
  return network;
}

/** Only a folder that is empty or a model may be replaced, so that a mistyped path never costs other files. */
async function refuseStrangers(target: string): Promise<void> {
  const entries = await fs.readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ModelError(`The model can't be written to ${printable(target)}: ${error.message}.`, { cause: error });
  });
  const strangers = entries.filter((name) => name !== ONNX_FILE && name !== CARD_FILE);
  if (strangers.length > 0) {
    throw new ModelError(
      `${printable(target)} holds ${printable(strangers.slice(0, 3).join(', '))}, which no model does; give a new ` +
        `folder, or one that holds a model.`,
    );
  }
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
