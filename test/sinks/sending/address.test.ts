// Addresses, amounts and numbers of sinks as people write them.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { readSinkAddress } from '../../../src/sinks/sending/address.js';
import { bytesOf, count, duration, secondsOf, size } from '../../../src/sinks/sending/amounts.js';
import { numberOf, Numbering } from '../../../src/sinks/sending/messages.js';

function refusal(text: string, schemes = ['mqtt', 'mqtts']): string {
  try {
    readSinkAddress('--mqtt', text, schemes);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('was taken');
}

describe('an address', () => {
  it('is read without its user, who is known apart', () => {
    const address = readSinkAddress('--mqtt', 'mqtt://us%40er:p%3Aw@host:1883/', ['mqtt']);
    expect(address.credentials).toEqual({ user: 'us@er', password: 'p:w' });
    expect([address.name, address.url.href]).toEqual(['mqtt://host:1883', 'mqtt://host:1883/']);
    expect(readSinkAddress('--x', 'http://[::1]:8086/?db=a', ['http']).credentials).toBeUndefined();
  });

  it.each([
    [
      'mqt://host',
      '--mqtt must be mqtt:// or mqtts://HOST[:PORT], found another scheme (did you mean mqtt://?): mqt://host',
    ],
    ['http://host', 'found another scheme: http://host'],
    ['host:1883', 'found no scheme: host:1883'],
    ['mqtt://', 'found no host: mqtt://'],
    ['mqtt://h:99999', 'found what is no address: mqtt://h:99999'],
    ['mqtt://%zz@h', 'found what is no address: mqtt://h'],
  ])('%j is refused: %s', (text, message) => expect(refusal(text)).toContain(message));

  it.each([
    'htp://me:s3cret@host/s3cret?token=s3cret#s3cret',
    'me:s3cret@host',
    'mqtt://me:s3cret@host:99999/s3cret',
    'mqtt:/me:s3cret@host',
    'mqtt://me:s3c/s3cret@host',
    'mqtt://me:%s3cret@host',
  ])('nothing secret of %j is shown', (text) => expect(refusal(text)).not.toContain('s3cret'));
});

it.each([
  ['90', 90, 90],
  [90, 90, 90],
  ['5m', 300, NaN],
  ['1.5 h', 5400, NaN],
  ['7d', 604_800, NaN],
  ['64MB', NaN, 64e6],
  ['1MiB', NaN, 2 ** 20],
  ['500kB', NaN, 5e5],
  ['x', NaN, NaN],
  ['-1', NaN, NaN],
  ['0', NaN, NaN],
  ['1e3', NaN, NaN],
])('%j is %d s, %d bytes', (text, seconds, bytes) => {
  expect([secondsOf(text), bytesOf(text)]).toEqual([seconds, bytes]);
});

it('amounts have ends', () => {
  expect(['1s', '366d', 5].map((text) => duration.safeParse(text).success)).toEqual([true, true, true]);
  expect(['0.5s', '367d', '', true].map((text) => duration.safeParse(text).success)).toEqual(Array(4).fill(false));
  expect(['4096', '1000GB'].map((text) => size.safeParse(text).success)).toEqual([true, true]);
  expect(['4095', '1001GB', 'all'].map((text) => size.safeParse(text).success)).toEqual(Array(3).fill(false));
  const few = count(1, 10);
  expect([1, '10', 0, 11, '1.5', 'x'].map((n) => few.safeParse(n).success)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it.each([
  ['00417.3', 417.3],
  ['0', 0],
  ['000', 0],
  ['0.5', 0.5],
  ['123456789012345', 123_456_789_012_345],
  ['1234567890123456', undefined],
  ['00?7', undefined],
])('the number of %j is %j', (value, number) => expect(numberOf(value)).toBe(number));

it('numbers a message without changing what it says', () => {
  const numbering = new Numbering('r');
  expect(numbering.number('{"type":"reading"}', { number: 2 }).text).toBe(
    '{"run":"r","n":1,"number":2,"type":"reading"}',
  );
  expect(JSON.parse(numbering.number('{"a":1}').text)).toEqual({ run: 'r', n: 2, a: 1 });
  expect(new Numbering().run).not.toBe(new Numbering().run);
});
