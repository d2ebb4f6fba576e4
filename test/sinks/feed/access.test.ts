import { describe, expect, it } from 'vitest';
import { parseSince, parseTarget, refuseStranger, refuseWithoutToken } from '../../../src/sinks/feed/access.js';

it('splits targets, however odd', () => {
  const split = (url?: string): [string, string] => {
    const { path, query } = parseTarget(url);
    return [path, query.toString()];
  };
  expect(split('/feed?since=3&token=a%2Bb')).toEqual(['/feed', 'since=3&token=a%2Bb']);
  expect(split('//?%')).toEqual(['//', '%25=']);
  expect(split(undefined)).toEqual(['/', '']);
});

describe('without a token', () => {
  const status = (...headers: string[]): number | undefined => refuseStranger(headers)?.status;

  it.each([
    ['localhost:80', undefined],
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['127.9.8.7:65535', undefined],
    ['[::1]:80', 'http://localhost:5173'],
    ['[0:0:0:0:0:0:0:1]', undefined],
    ['localhost', 'https://[::1]'],
    ['LocalHost:8080', 'HTTP://LOCALHOST'],
    ['localhost', 'capacitor://localhost'],
  ])('host %j with origin %j passes', (host, origin) => {
    expect(status('Host', host, 'Accept', '*/*', ...(origin === undefined ? [] : ['Origin', origin]))).toBeUndefined();
  });

  it.each([
    'evil.example',
    'evil.example:80',
    '10.0.0.1',
    '127.1',
    '[::2]',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
  ])('host %j is of another machine', (host) => {
    expect(status('Host', host)).toBe(403);
  });

  it.each([
    '127.0.0.1/.evil.com',
    '127.0.0.1#.evil.com',
    '127.0.0.1?.evil.com',
    '127.0.0.1\\.evil.com',
    'evil.com@127.0.0.1',
    '127.0.0.1@evil.com',
    'a:b@localhost',
    'http://127.0.0.1',
    '127.0.0.1:80:80',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:8a',
    '127.0.0.1:+80',
    '127.0.0.1.',
    'localhost.',
    '.localhost',
    'local..host',
    'local host',
    'localhost\tevil.com',
    'localhost,evil.com',
    'localhost;',
    '%6cocalhost',
    '127.0.0.1%00.evil.com',
    'localhost%2eevil.com',
    '[::1%25lo]',
    '[::1%lo]:80',
    '[127.0.0.1]',
    '[localhost]',
    '[::1',
    '[::1]80',
    '[::1].evil.com',
    '::1',
    'l\u00f6calhost',
    '\uff11\uff12\uff17.0.0.1',
    '\u24db\u24de\u24d2alhost',
    '*',
    '',
    'a'.repeat(263),
  ])('host %j is none', (host) => {
    expect(status('Host', host)).toBe(400);
  });

  it('a missing host, and one that is there twice, in whatever case, is none', () => {
    expect(status('Accept', 'host')).toBe(400);
    expect(status('Host', 'localhost', 'HOST', 'evil.example')).toBe(400);
    expect(status('host', 'localhost', 'Host', 'localhost')).toBe(400);
  });

  it.each([
    ['http://evil.example', 403],
    ['null', 403],
    ['http://localhost.evil.example', 403],
    ['', 400],
    ['localhost', 400],
    ['//localhost', 400],
    ['http:localhost', 400],
    ['http:///localhost', 400],
    ['http://localhost/', 400],
    ['http://localhost#.evil.example', 400],
    ['http://evil.example@localhost', 400],
    ['http://localhost:99999', 400],
    ['http://localhost http://evil.example', 400],
    ['http://localhost, http://evil.example', 400],
    ['http://%6cocalhost', 400],
  ])('origin %j is refused with %i', (origin, wanted) => {
    expect(status('Host', 'localhost', 'Origin', origin)).toBe(wanted);
  });

  it('an origin that is there twice is refused', () => {
    expect(status('Host', 'localhost', 'Origin', 'http://localhost', 'origin', 'http://localhost')).toBe(400);
  });
});

describe('with a token', () => {
  it.each([
    ['Bearer s3cret', ''],
    ['bearer  s3cret ', ''],
    [undefined, 's3cret'],
  ])('authorization %j or token %j passes', (authorization, token) => {
    const query = new URLSearchParams(token === '' ? {} : { token });
    expect(refuseWithoutToken('s3cret', authorization === undefined ? {} : { authorization }, query)).toBeUndefined();
  });

  it.each([
    [{}, '', 'A token is needed'],
    [{}, 'token=', 'The token is wrong'],
    [{}, 'token=s3cre', 'The token is wrong'],
    [{}, 'token=s3crets', 'The token is wrong'],
    [{ authorization: 'Bearer no' }, 'token=s3cret', 'The token is wrong'],
    [{ authorization: 'Basic s3cret' }, '', 'A token is needed'],
  ])('%j and %j are refused', (headers, query, why) => {
    const refusal = refuseWithoutToken('s3cret', headers, new URLSearchParams(query));
    expect(refusal).toMatchObject({ status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
    expect(refusal?.message).toContain(why);
  });
});

describe('parseSince', () => {
  it.each([
    ['', undefined],
    ['since=0', 0],
    ['since=17&x=1', 17],
  ])('reads %j', (query, since) => {
    expect(parseSince(new URLSearchParams(query))).toEqual({ since });
  });

  it.each(['since=', 'since=-1', 'since=1.5', 'since=1e3', 'since=x', 'since=1&since=2', 'since=9999999999999999'])(
    'refuses %j',
    (query) => {
      expect(parseSince(new URLSearchParams(query))).toMatchObject({
        status: 400,
        message: expect.stringContaining('whole number >= 0; found') as string,
      });
    },
  );
});
