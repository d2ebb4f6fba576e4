// Owns the fonts of the set (development packages of npm) and the mark that one of them makes of a character.
import { createRequire } from 'node:module';
import path from 'node:path';
import { UsageError } from '../../base/errors.js';
import { isDigit } from '../../types.js';
import { cutGlyph, type Glyph, type Label } from './glyph.js';

/** A font by the file it is in. */
interface FontFile {
  readonly name: string;
  readonly file: string;
}

const font = (folder: string, face: string, name: string): FontFile => ({
  name,
  file: `@expo-google-fonts/${folder}/${face}/${name}.ttf`,
});

/** Fonts drawn after handwriting. */
const HAND = [
  font('caveat', '400Regular', 'Caveat_400Regular'),
  font('caveat', '700Bold', 'Caveat_700Bold'),
  font('patrick-hand', '400Regular', 'PatrickHand_400Regular'),
  font('indie-flower', '400Regular', 'IndieFlower_400Regular'),
  font('shadows-into-light', '400Regular', 'ShadowsIntoLight_400Regular'),
  font('reenie-beanie', '400Regular', 'ReenieBeanie_400Regular'),
  font('gochi-hand', '400Regular', 'GochiHand_400Regular'),
  font('kalam', '300Light', 'Kalam_300Light'),
  font('kalam', '400Regular', 'Kalam_400Regular'),
];

/** Fonts of print: a typewriter's, a book's, a screen's. */
const PRINT = [
  font('courier-prime', '400Regular', 'CourierPrime_400Regular'),
  font('courier-prime', '700Bold', 'CourierPrime_700Bold'),
  font('libre-baskerville', '400Regular', 'LibreBaskerville_400Regular'),
  font('libre-baskerville', '400Regular_Italic', 'LibreBaskerville_400Regular_Italic'),
  font('libre-baskerville', '700Bold', 'LibreBaskerville_700Bold'),
  font('open-sans', '300Light', 'OpenSans_300Light'),
  font('open-sans', '400Regular', 'OpenSans_400Regular'),
  font('open-sans', '700Bold', 'OpenSans_700Bold'),
];

/** A font that can be written with. */
export interface Font {
  readonly name: string;
  /**
   * The mark of a character.
   * @param height Of its digits, in pixels.
   * @param more Pixels by which strokes are thicker than the font's own, >= 0. Default 0.
   */
  glyph(character: string, height: number, more?: number): Glyph;
}

/** The fonts of the set. */
export interface Fonts {
  readonly hand: readonly Font[];
  readonly print: readonly Font[];
}

/**
 * Makes the fonts known to canvas.
 * @throws UsageError where canvas or a font's package is not installed.
 */
export async function openFonts(): Promise<Fonts> {
  const require = createRequire(import.meta.url);
  try {
    const canvas = (await import('canvas')).default;
    const open = ({ name, file }: FontFile): Font => {
      const at = path.join(
        path.dirname(require.resolve(`${file.split('/').slice(0, 2).join('/')}/package.json`)),
        ...file.split('/').slice(2),
      );
      canvas.registerFont(at, { family: `lq ${name}` });
      return fontOf(canvas, name);
    };
    return { hand: HAND.map(open), print: PRINT.map(open) };
  } catch (cause) {
    throw new UsageError(
      `The pages are drawn with the development packages canvas and @expo-google-fonts/*, which are not all here ` +
        `(${(cause as Error).message}). Run npm install in a clone`,
      { cause },
    );
  }
}

/** Pixels to an em at which a font's digits are measured. */
const MEASURED = 200;

/** Heights are rounded to so many pixels, so that the same mark is not drawn again for a hair. */
const STEP = 0.25;

/** Marks kept of each font: a page of print says the same letters again and again. */
const KEPT = 400;

function fontOf(canvas: typeof import('canvas'), name: string): Font {
  const family = `"lq ${name}"`;
  const ruler = canvas.createCanvas(1, 1).getContext('2d');
  ruler.font = `${MEASURED}px ${family}`;
  const digitHeight = ruler.measureText('0').actualBoundingBoxAscent / MEASURED;
  const kept = new Map<string, Glyph>();
  const draw = (character: string, height: number, more: number): Glyph => {
    const font = `${height / digitHeight}px ${family}`;
    ruler.font = font;
    const ink = ruler.measureText(character);
    const room = Math.ceil(more + 3);
    const [x, y] = [
      room + Math.ceil(Math.max(0, ink.actualBoundingBoxLeft)),
      room + Math.ceil(Math.max(0, ink.actualBoundingBoxAscent)),
    ];
    const width = x + room + Math.ceil(Math.max(1, ink.actualBoundingBoxRight));
    const tall = y + room + Math.ceil(Math.max(1, ink.actualBoundingBoxDescent));
    const context = canvas.createCanvas(width, tall).getContext('2d');
    context.font = font;
    context.fillText(character, x, y);
    if (more > 0) {
      context.lineWidth = more;
      context.lineJoin = 'round';
      context.strokeText(character, x, y);
    }
    const { data } = context.getImageData(0, 0, width, tall);
    const coverage = new Float32Array(width * tall);
    for (let p = 0; p < coverage.length; p++) coverage[p] = data[4 * p + 3]! / 255;
    return cutGlyph({ coverage, width, height: tall, x, y }, labelOf(character), ink.width + more);
  };
  return {
    name,
    glyph: (character, asked, more = 0) => {
      const height = Math.round(asked / STEP) * STEP;
      const key = `${character} ${height} ${more.toFixed(1)}`;
      const known = kept.get(key);
      if (known) return known;
      const glyph = draw(character, height, more);
      if (kept.size >= KEPT) kept.clear();
      kept.set(key, glyph);
      return glyph;
    },
  };
}

/** What a character is to who reads digits. */
export function labelOf(character: string): Label {
  const value = /^\d$/.test(character) ? Number(character) : NaN;
  return isDigit(value) ? value : null;
}
