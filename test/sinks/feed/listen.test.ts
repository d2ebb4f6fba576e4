import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { checkToken, formatAddress, isLoopback, parseListen } from '../../../src/sinks/feed/listen.js';

describe('parseListen', () => {
  it.each([
    ['8080', '127.0.0.1', 8080],
    ['0', '127.0.0.1', 0],
    ['65535', '127.0.0.1', 65535],
    ['localhost:80', 'localhost', 80],
    ['0.0.0.0:9000', '0.0.0.0', 9000],
    ['my-host.example:1', 'my-host.example', 1],
    ['[::1]:8080', '::1', 8080],
    ['[::]:0', '::', 0],
  ])('reads %s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port });
  });

  it.each([
    ['', 'another form'],
    ['port', 'another form'],
    ['8080x', 'another form'],
    ['-1', 'another form'],
    ['1.5', 'another form'],
    ['localhost:', 'another form'],
    ['65536', '0 to 65535'],
    [':8080', 'the host is empty'],
    ['a b:80', 'not a name'],
    ['http://a:80', 'another form'],
    ['::1:8080', 'in brackets'],
    ['[localhost]:80', 'not an IPv6 address'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseListen(text)).toThrow(UsageError);
    expect(() => parseListen(text)).toThrow(why);
    expect(() => parseListen(text)).toThrow(`--serve "${text}": expected [HOST:]PORT`);
  });

  it('is undone by formatAddress', () => {
    for (const text of ['127.0.0.1:80', '[::1]:8080', 'localhost:0'])
      expect(formatAddress(parseListen(text))).toBe(text);
  });
});

it.each(['127.0.0.1', '127.9.8.7', 'localhost', 'LOCALHOST', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
  '%s is loopback',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each([
  '0.0.0.0',
  '::',
  '128.0.0.1',
  '10.0.0.1',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '',
  '::ffff:10.0.0.1',
])('%j is not loopback', (host) => {
  expect(isLoopback(host)).toBe(false);
});

describe('checkToken', () => {
  it('asks for one on a host that others reach', () => {
    expect(() => checkToken('0.0.0.0', undefined)).toThrow(UsageError);
    expect(() => checkToken('0.0.0.0', undefined)).toThrow('--token');
    checkToken('0.0.0.0', 'secret');
    checkToken('::1', undefined);
  });

  it.each(['', 'two words', 'na\u00efve', 'line\n'])("refuses %j, which a header can't carry", (token) => {
    expect(() => checkToken('127.0.0.1', token)).toThrow(UsageError);
  });
});
