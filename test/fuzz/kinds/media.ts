// Damaged videos and pictures, and texts that a reader of media takes for some.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { CLIP, makeClip, makeModel, makePictures, QUICK } from '../base.js';
import { hurt, hurts, type Hurt } from '../damage.js';
import { kind } from '../kind.js';

/** What ffmpeg makes of a test picture for each. */
const PICTURES: Readonly<Record<string, readonly string[]>> = {
  'a.mp4': ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  'a.ts': ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  'a.mkv': ['-c:v', 'ffv1', '-pix_fmt', 'gray'],
  'a.avi': ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
  'a.mpg': ['-r', '25', '-c:v', 'mpeg1video'],
  'a.webm': ['-c:v', 'libvpx', '-deadline', 'realtime'],
  'a.gif': ['-pix_fmt', 'rgb8'],
  'a.y4m': ['-pix_fmt', 'gray'],
  'a.png': ['-frames:v', '1', '-update', '1'],
  'a.jpg': ['-frames:v', '1', '-update', '1'],
  'a.bmp': ['-frames:v', '1', '-update', '1', '-pix_fmt', 'gray'],
  'a.tiff': ['-frames:v', '1', '-update', '1', '-pix_fmt', 'gray'],
  'a.pgm': ['-frames:v', '1', '-update', '1', '-pix_fmt', 'gray'],
  'a.webp': ['-frames:v', '1', '-update', '1', '-c:v', 'libwebp'],
};

/** Texts that name other files, by which a reader of media is led on. */
const TEXTS: readonly string[] = [
  `ffconcat version 1.0\nfile '../base/${CLIP}'\n`,
  'ffconcat version 1.0\nfile /dev/zero\n',
  `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../base/${CLIP}\n#EXT-X-ENDLIST\n`,
  '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n',
  '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///dev/zero\n',
  'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
  '<svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"><rect width="9" height="9"/></svg>\n',
  '<?xml version="1.0"?><MPD><Period><BaseURL>file:///dev/zero</BaseURL></Period></MPD>\n',
  'P5 100000 100000 255\n',
  'YUV4MPEG2 W65535 H65535 F25:1 Ip A1:1 Cmono\nFRAME\n',
];

interface Case {
  readonly from: number;
  readonly ending: string | undefined;
  readonly changes: readonly Hurt[];
  readonly sheet: boolean;
}

/** Damaged media, by the command line only: ffmpeg reads them. */
export const media = kind<Case>({
  name: 'media',
  about: 'damaged videos and pictures',
  step: { inside: 0, outside: 10 },
  async open(base) {
    makeClip(base);
    makePictures(base, PICTURES);
    await makeModel(base);
    const sources: (readonly [ending: string, content: Uint8Array])[] = [
      ...Object.keys(PICTURES).map((name) => [name.slice(1), readFileSync(join(base, name))] as const),
      ...TEXTS.map((text) => ['.txt', Buffer.from(text)] as const),
    ];
    const nameOf = ({ from, ending }: Case): string => `case${ending ?? sources[from]![0]}`;
    return {
      cases: fc.record({
        from: fc.oneof(
          { weight: 9, arbitrary: fc.nat(Object.keys(PICTURES).length - 1) },
          { weight: 1, arbitrary: fc.integer({ min: Object.keys(PICTURES).length, max: sources.length - 1 }) },
        ),
        ending: fc.option(fc.constantFrom('.mp4', '.png', '.jpg', '.m3u8', '.sdp', '.svg', '.bin', ''), {
          nil: undefined,
          freq: 6,
        }),
        changes: hurts,
        sheet: fc.boolean(),
      }),
      files: (one) => ({ [nameOf(one)]: hurt(sources[one.from]![1], one.changes) }),
      argv: (one) => [nameOf(one), ...(one.sheet ? ['--pipeline', 'sheet'] : []), ...QUICK],
    };
  },
});
