// Owns the kinds of pictures of things: rails, leaves, walls, and letters as a watermark over them. No digit anywhere.
import { uniform } from '../../../base/random.js';
import { anyLook } from '../camera.js';
import { putLine, setLine } from '../line.js';
import { fences } from '../scenes/fence.js';
import { cables, streaks } from '../scenes/lines.js';
import { haze, leaves, rock } from '../scenes/nature.js';
import { painted, type Painter } from '../scenes/paint.js';
import { rails } from '../scenes/track.js';
import { bricks, shutters, windows, wood } from '../scenes/walls.js';
import { anyText } from '../words.js';
import { fontWriter } from '../writer.js';
import { anySize, between, one } from './choices.js';
import type { StillKind } from './kind.js';

const PAINTERS: Readonly<Record<string, readonly [about: string, painter: Painter, grain: number]>> = {
  rails: ['a track seen along', rails, 12],
  leaves: ['leaves and blades over one another', leaves, 8],
  rock: ['stone with cracks and bright edges', rock, 18],
  shutters: ['slats of shutters and blinds', shutters, 4],
  fences: ['palings and mesh', fences, 5],
  bricks: ['walls of bricks', bricks, 14],
  windows: ['fronts with windows, by day and night', windows, 6],
  streaks: ['lights of a road at night, drawn long', streaks, 3],
  wood: ['boards with grain and knots', wood, 8],
  cables: ['wires and masts before the sky', cables, 3],
};

/** What most watermarks lie over. */
const HAZE = ['clouds and hills', haze, 4] as const;

const scenes = Object.entries(PAINTERS).map(([name, [about, painter, grain]]): StillKind => ({
  name,
  about,
  holds: 'none',
  draw: ({ canvas }, random) => ({
    page: painted(canvas, anySize(random), painter, grain, random),
    look: { ...anyLook(random), margin: -0.06, turn: 0.01 * random.normal() },
  }),
}));

const watermark: StillKind = {
  name: 'watermark',
  about: 'pale letters laid over a picture',
  holds: 'none',
  draw: ({ canvas, fonts }, random) => {
    const [, painter, grain] = random.next() < 0.6 ? HAZE : one(Object.values(PAINTERS), random);
    const page = painted(canvas, anySize(random), painter, grain, random);
    const ink = { level: random.next() < 0.8 ? 255 : 20, strength: uniform(random, 0.3, 0.9), grain: 0 };
    const writer = fontWriter(one(random.next() < 0.5 ? fonts.print : fonts.hand, random));
    const angle = random.next() < 0.4 ? -0.45 : 0;
    for (let k = 0; k < between(2, 9, random); k++) {
      const line = setLine(
        anyText(8, random),
        { writer, height: uniform(random, 14, 60), gap: 0.02, stray: 0 },
        random,
      );
      const x = uniform(random, 0.02, 0.7) * page.width;
      putLine(page, line, { x, y: uniform(random, 0.2, 0.95) * page.height, angle }, ink, random);
    }
    return { page, look: { ...anyLook(random), margin: -0.03, turn: 0, tilt: 0 } };
  },
};

/** The kinds of this file. */
export const SCENE_KINDS = [...scenes, watermark];
