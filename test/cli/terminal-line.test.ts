// Tests of src/cli/terminal-line.ts: what a terminal shows in the end, and what a file gets.
import { describe, expect, it } from 'vitest';
import { REFRESH, terminalLine } from '../../src/cli/terminal-line.js';

/**
 * The lines a terminal shows after all that was written: `\r` goes to a line's beginning, `\x1b[K` clears what follows.
 */
function shownOn(written: string): string[] {
  return written.split('\n').map((line) =>
    line.split('\r').reduce((shown, part) => {
      const cleared = part.startsWith('\x1b[K');
      const text = cleared ? part.slice(3) : part;
      return cleared ? text : text + shown.slice(text.length);
    }, ''),
  );
}

describe('terminalLine', () => {
  it('rewrites one line below those that stay, not too often', () => {
    let [written, time] = ['', 0];
    const line = terminalLine({ isTTY: true, write: (text) => (written += text) }, () => time);
    line.say('begun');
    for (let step = 1; step <= 10; step++, time += REFRESH / 2) line.show(() => `step ${step} of ten`);
    expect(shownOn(written)).toEqual(['begun', 'step 9 of ten']);
    expect(written.match(/step/g)).toHaveLength(5);
    line.say('done');
    expect(shownOn(written)).toEqual(['begun', 'done', '']);
  });

  it('makes no words that nobody sees, and waits for no words', () => {
    let [written, made] = ['', 0];
    const line = terminalLine({ isTTY: true, write: (text) => (written += text) }, () => 0);
    line.show(() => undefined);
    line.show(() => `made ${++made}`);
    line.show(() => `made ${++made}`);
    expect([made, shownOn(written)]).toEqual([1, ['made 1']]);
  });

  it('cuts what would wrap, and removes the line when it is cleared, twice or once', () => {
    let written = '';
    const line = terminalLine({ isTTY: true, columns: 10, write: (text) => (written += text) });
    line.show(() => 'a line that is longer than that');
    expect(shownOn(written)).toEqual(['a line th']);
    line.clear();
    line.clear();
    expect(shownOn(written)).toEqual(['']);
  });

  it('writes nothing to a file but the lines that stay', () => {
    let written = '';
    const line = terminalLine({ write: (text) => (written += text) });
    line.show(() => 'half');
    line.say('done');
    line.clear();
    expect(written).toBe('done\n');
  });
});
