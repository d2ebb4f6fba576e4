// Owns turning a picture's description into SVG and PNG. The drawing packages are for development only and loaded when
// a report is made. It must not know what is drawn.
import type { TopLevelSpec } from 'vega-lite';
import { UsageError } from '../../base/errors.js';

/** A picture in both forms. */
export interface Picture {
  /** For the page: no ground of its own, text in `currentColor`, so that it is legible on light and on dark. */
  readonly inline: string;
  /** A file of its own: dark text on white. */
  readonly svg: string;
  /** The same at twice the size in pixels. */
  readonly png: Buffer;
}

/** The drawing packages, loaded. */
export interface Drawing {
  /** Draws a Vega-Lite chart. */
  chart(spec: TopLevelSpec): Promise<Picture>;
  /** An empty canvas of that size in pixels. */
  canvas(width: number, height: number): import('canvas').Canvas;
}

/** Colours that text, axes and grids have. */
interface Ink {
  readonly text: string;
  readonly grid: string;
  readonly ground: string;
}

/** Ink of a file: dark on white. */
const FILE_INK: Ink = { text: '#1b222b', grid: '#dde2e7', ground: '#ffffff' };

/** Ink of the page: what the page's text has, on its own ground. */
const PAGE_INK: Ink = { text: 'currentColor', grid: '#8884', ground: 'transparent' };

/** Fonts that are there on most systems; the PNG takes the first that is. */
const FONT = 'DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif';

/**
 * Loads the drawing packages.
 * @throws UsageError when one is not installed.
 */
export async function openDrawing(): Promise<Drawing> {
  const [vega, lite, { createCanvas }] = await Promise.all([
    load('vega', () => import('vega')),
    load('vega-lite', () => import('vega-lite')),
    load('canvas', () =>
      import('canvas').then((module) => ('default' in module ? (module.default as typeof module) : module)),
    ),
  ]);
  // Ids within pictures count on through a process: the same pictures must be the same bytes whatever was drawn before.
  vega.resetSVGDefIds();
  const view = (spec: TopLevelSpec, ink: Ink): import('vega').View =>
    new vega.View(
      vega.parse(
        lite.compile({ ...spec, background: ink.ground, config: { ...configOf(ink), ...spec.config } } as TopLevelSpec)
          .spec,
      ),
      { renderer: 'none' },
    );
  return {
    canvas: createCanvas,
    chart: async (spec) => {
      const drawn = (await view(spec, FILE_INK).toCanvas(2)) as unknown as import('canvas').Canvas;
      return {
        inline: await view(spec, PAGE_INK).toSVG(),
        svg: await view(spec, FILE_INK).toSVG(),
        png: drawn.toBuffer('image/png'),
      };
    },
  };
}

async function load<T>(name: string, from: () => Promise<T>): Promise<T> {
  try {
    return await from();
  } catch (cause) {
    throw new UsageError(
      `The report can't be drawn: the package ${name} is not installed, or was not built. It is a ` +
        `development package of lq-stream: run npm install in its repository (canvas needs cairo and pango ` +
        `with their headers, then npm rebuild canvas).`,
      { cause },
    );
  }
}

function configOf({ text, grid }: Ink): NonNullable<TopLevelSpec['config']> {
  return {
    font: FONT,
    view: { stroke: null },
    title: {
      color: text,
      subtitleColor: text,
      fontSize: 14,
      subtitleFontSize: 12,
      anchor: 'start',
      offset: 10,
      subtitlePadding: 4,
      fontWeight: 'bold',
    },
    axis: {
      labelColor: text,
      titleColor: text,
      tickColor: grid,
      domainColor: grid,
      gridColor: grid,
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 8,
      labelOverlap: 'greedy',
    },
    header: { labelColor: text, titleColor: text, labelFontSize: 12 },
    legend: {
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      titleFontSize: 12,
      symbolSize: 160,
      symbolStrokeWidth: 2.5,
      labelLimit: 320,
    },
  };
}
