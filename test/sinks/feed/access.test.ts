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
  it.each([
    ['localhost:80', undefined],
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['[::1]:80', 'http://localhost:5173'],
    ['localhost', 'https://[::1]'],
  ])('host %j with origin %j passes', (host, origin) => {
    expect(refuseStranger({ host, ...(origin === undefined ? {} : { origin }) })).toBeUndefined();
  });

  it.each([
    ['localhost', 'http://evil.example'],
    ['localhost', 'null'],
    ['localhost', ''],
    ['localhost', 'http://localhost.evil.example'],
    ['evil.example', undefined],
    ['evil.example:80', 'http://evil.example:80'],
    ['127.0.0.1@evil.example', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('host %j with origin %j is refused', (host, origin) => {
    expect(
      refuseStranger({ ...(host === undefined ? {} : { host }), ...(origin === undefined ? {} : { origin }) })?.status,
    ).toBe(403);
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
