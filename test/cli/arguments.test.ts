import { describe, expect, it } from 'vitest';
import { readArguments, type StreamArguments } from '../../src/cli/arguments.js';
import { HELP } from '../../src/cli/help.js';
import { SINK_OPTIONS } from '../../src/sinks/options.js';
import { UsageError } from '../../src/base/errors.js';

function given(...argv: string[]): StreamArguments {
  const request = readArguments(argv);
  if (request.show !== undefined) throw new Error(`showed ${request.show}`);
  return request.arguments;
}

describe('readArguments', () => {
  it('reads every option, in any order, with = or without', () => {
    const all = given(
      '--ratio=2.5',
      'a.mp4',
      '--range',
      '-0.5:1.2',
      '--fps',
      '12.5',
      '--limit',
      '9',
      '--policy',
      'latest',
      '--realtime',
      '--repeat',
      '--rejected',
      '--serve',
      '[::1]:80',
      '--token',
      't',
      '--quiet',
      '--pipeline',
      'p.yaml',
      '--model',
      'm',
      '--annotate',
      'a',
      '--sheet',
      's',
      '--summary',
      'j',
      '--profile',
    );
    expect(all).toEqual({
      source: 'a.mp4',
      ratio: 2.5,
      range: [-0.5, 1.2],
      fps: 12.5,
      limit: 9,
      policy: 'latest',
      realtime: true,
      repeat: true,
      quiet: true,
      pipeline: 'p.yaml',
      model: 'm',
      profile: true,
      sinks: {
        lines: { rejected: true },
        annotate: { file: 'a' },
        sheet: { file: 's' },
        feed: { serve: '[::1]:80', token: 't' },
        summary: { file: 'j' },
      },
    });
  });

  it('leaves what is not given to the pipeline file', () => {
    const { source, sinks, profile, quiet, ...rest } = given('-');
    expect({ source, sinks, profile, quiet }).toEqual({
      source: '-',
      sinks: {},
      profile: false,
      quiet: false,
    });
    expect(Object.values(rest).every((value) => value === undefined)).toBe(true);
  });

  it('takes a source that begins with a dash after --', () => {
    expect(given('--quiet', '--', '-odd.mp4').source).toBe('-odd.mp4');
  });

  it('shows help or the version before it complains of a missing source', () => {
    expect(readArguments(['--help'])).toEqual({ show: 'help' });
    expect(readArguments(['-v'])).toEqual({ show: 'version' });
  });

  it.each([
    ['--ratio', 'NaN'],
    ['--ratio', 'Infinity'],
    ['--ratio', ''],
    ['--ratio', '0x10'],
    ['--range', '1'],
    ['--range', '1:1'],
    ['--range', '0:1:2'],
    ['--range', ':1'],
    ['--fps', '1e9'],
    ['--limit', '0'],
    ['--limit', '1e3'],
    ['--quiet=yes', ''],
    ['-x', ''],
    ['--help-me', ''],
  ])('refuses %s %s', (...argv) => {
    expect(() => readArguments(['a.mp4', ...argv])).toThrow(UsageError);
  });

  it('reads what live sources may be asked', () => {
    const words = ['--live', '--every', '30', '--listen', '--transport', 'udp', '--credentials', 'c', '--require'];
    expect(given('rtsp://camera/1', ...words, '--max-age', '0.5')).toMatchObject({
      live: true,
      every: 30,
      listen: true,
      transport: 'udp',
      credentials: 'c',
      require: true,
      maxAge: 0.5,
    });
  });

  it.each([
    ['--every', '0'],
    ['--transport', 'sctp'],
    ['--max-age', '0.01'],
    ['--max-age', 'old'],
  ])('refuses %s %s of a live source', (...argv) => {
    expect(() => readArguments(['rtsp://camera/1', ...argv])).toThrow(UsageError);
  });

  it('the help names every option that is read', () => {
    const own = Object.keys(given('a.mp4')).filter((key) => key !== 'source' && key !== 'sinks');
    const flags = own.map((key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    for (const name of [...flags, ...SINK_OPTIONS.map(({ flag }) => flag)]) expect(HELP).toContain(`--${name}`);
  });
});
