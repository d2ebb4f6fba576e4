// The contact sheet as a sink. What is kept and drawn is told in drawing/contact-sheet.
import { z } from 'zod';
import { fileSink } from './file-sink.js';
import { sinkKind } from './sink.js';

/** --sheet: the normalised crops by verdict. */
export const sheet = sinkKind({
  name: 'sheet',
  about: 'a contact sheet of the crops',
  options: {
    file: {
      flag: 'sheet',
      value: 'OUT.png',
      help: 'a contact sheet of the crops',
      schema: z.string().min(1),
      file: true,
    },
  },
  enabledBy: 'file',
  draws: true,
  async create({ file = '' }) {
    const { createSheet } = await import('./drawing/contact-sheet.js');
    return fileSink(createSheet(file));
  },
});
