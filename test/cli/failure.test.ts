import { expect, it } from 'vitest';
import { SourceError } from '../../src/base/errors.js';
import { failureOf } from '../../src/cli/failure.js';

it('is one line and its own exit code for what a user can mend, in a search for faults too', () => {
  for (const debug of [false, true])
    expect(failureOf(new SourceError('a.mp4: no such file.'), debug)).toEqual({
      text: 'lq-stream: a.mp4: no such file.\n',
      exitCode: 3,
    });
});

it('says of anything else that it is a fault, and shows where it happened only when asked', () => {
  const error = new TypeError('x is not a function');
  expect(failureOf(error, false)).toEqual({
    text:
      'lq-stream: x is not a function\nThis is a fault of lq-stream. Run it again with LQ_DEBUG=1 to see where it ' +
      'happened.\n',
    exitCode: 1,
  });
  expect(failureOf(error, true).text).toMatch(/^lq-stream: TypeError: x is not a function\n\s+at .*failure\.test/);
  expect(failureOf('a word', true)).toEqual({ text: expect.stringContaining('a word') as string, exitCode: 1 });
});

it('says what to do in a working folder that was deleted, wherever that shows', () => {
  const error = Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { syscall: 'uv_cwd' });
  for (const debug of [false, true])
    expect(failureOf(error, debug)).toEqual({
      text:
        'lq-stream: The working folder is not there any more: it was deleted or moved. Change into another one (cd) ' +
        'and run it again.\n',
      exitCode: 2,
    });
});
