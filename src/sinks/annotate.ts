// The annotated video (or picture) as a sink. What is drawn, and how it becomes a file, is told in drawing/.
import { z } from 'zod';
import { fileSink } from './file-sink.js';
import { sinkKind } from './sink.js';

/** --annotate: boxes, digits, ratios and verdicts over the frames. */
export const annotate = sinkKind({
  name: 'annotate',
  about: 'the video with boxes, digits, ratios and verdicts',
  options: {
    file: {
      flag: 'annotate',
      value: 'OUT.mp4',
      help: 'the video with boxes, digits, ratios and verdicts',
      schema: z.string().min(1),
      file: true,
    },
  },
  enabledBy: 'file',
  draws: true,
  async create({ file = '' }) {
    const { createAnnotator } = await import('./drawing/annotate.js');
    return fileSink(createAnnotator(file), { fullDetail: true });
  },
});
