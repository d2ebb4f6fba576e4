// Owns the kind `file`: a video or an animation in a regular file. It is probed, it waits, and it has an end to reach.
import { printable } from '../../base/printable.js';
import { withBytes } from '../bytes.js';
import { pictureTags } from '../picture-tags.js';
import { isMp4, videoArgs } from '../sniff.js';
import { judgeRecording, said, unreadable } from './ending.js';
import type { InputOf, SourceKind, Traits } from './kind.js';

/** A video or an animation in a regular file. */
export type FileInput = InputOf<'file'>;

const VIDEO: Traits = {
  repeats: true,
  timed: true,
  paced: true,
  log: ({ format }) => (format === 'mpegts' ? 'transport' : 'file'),
  unreadable,
  judge: judgeRecording,
};

const MP4: Traits = {
  ...VIDEO,
  unreadable: (name, line) =>
    line !== undefined && /moov atom not found/.test(line)
      ? `${name} is cut off or was never finished: the index that an mp4 or mov keeps at its end is ` +
        `missing, 0 frames decoded${said({ problem: line })}. Copy or record it again.`
      : unreadable(name, line),
};

/** Takes any regular file: what none of the kinds before it knows, ffmpeg looks into by itself. */
export const file: SourceKind<FileInput> = {
  kind: 'file',
  waits: true,
  match: async ({ text, stats }) => ((await stats())?.isFile() ? [{ path: text }] : undefined),
  recognise: async ({ path: name, head, file: label }) => {
    const args = videoArgs(head, name);
    // Of animations, APNG has a tag.
    const look = args.includes('apng') ? await withBytes(name, pictureTags) : undefined;
    return [
      {
        kind: 'file',
        traits: isMp4(head) ? MP4 : VIDEO,
        name: printable(name),
        url: `file:${name}`,
        args,
        ...(label !== undefined && { file: label }),
        ...(look && { look }),
      },
    ];
  },
};
