// What the feed's server answers beside /feed: which path, which method, and who may ask.
import { describe, expect, it } from 'vitest';
import { routeOf, type Route } from '../../../src/sinks/feed/routes.js';
import { startFeed } from './feed.js';

const says = (path: string, more: Partial<Route> = {}): Route => ({
  path,
  answer: (_request, response) => void response.end(path),
  ...more,
});

describe('routeOf', () => {
  it('takes the path itself, else the longest that it is below of', () => {
    const routes = [says('/'), says('/files/'), says('/files/of/'), says('/metrics')];
    expect(routeOf(routes, '/')?.path).toBe('/');
    expect(routeOf(routes, '/files/a.js')?.path).toBe('/files/');
    expect(routeOf(routes, '/files/of/a.js')?.path).toBe('/files/of/');
    expect(routeOf(routes, '/metrics')?.path).toBe('/metrics');
    expect(routeOf(routes.slice(1), '/metrics/x')).toBeUndefined();
    expect(routeOf(routes.slice(1), '/file')).toBeUndefined();
  });
});

describe('a route', () => {
  const ROUTES = [
    says('/open', { open: true }),
    says('/closed'),
    says('/save', { methods: ['GET', 'POST'] }),
    says('/broken', { answer: () => Promise.reject(new Error('secret')) }),
  ];

  async function asking(token: string | undefined, work: (ask: typeof fetch) => Promise<void>): Promise<void> {
    const { feed } = await startFeed({ routes: ROUTES, ...(token !== undefined && { token }) });
    await using _ended = feed;
    const at = feed.url.replace('ws:', 'http:').replace('/feed', '');
    await work((path, init) => fetch(`${at}${path as string}`, init));
  }

  it('needs the token unless it is open', async () => {
    await asking('a-long-token', async (ask) => {
      expect((await ask('/open')).status).toBe(200);
      expect((await ask('/closed')).status).toBe(401);
      expect((await ask('/closed?token=a-long-token')).status).toBe(200);
      expect((await ask('/closed', { headers: { authorization: 'Bearer a-long-token' } })).status).toBe(200);
    });
  });

  it('is closed to pages of other sites where there is no token, open or not', async () => {
    await asking(undefined, async (ask) => {
      const headers = { origin: 'http://other.example' };
      expect((await ask('/open', { headers })).status).toBe(403);
      expect((await ask('/closed', { headers })).status).toBe(403);
      expect(await (await ask('/closed')).text()).toBe('/closed');
    });
  });

  it('takes the methods that it names', async () => {
    await asking(undefined, async (ask) => {
      const refused = await ask('/closed', { method: 'POST' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET']);
      expect((await ask('/save', { method: 'POST' })).status).toBe(200);
      expect((await ask('/save', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST');
    });
  });

  it('answers 500, and says nothing of why, when it fails', async () => {
    await asking(undefined, async (ask) => {
      const failed = await ask('/broken');
      expect(failed.status).toBe(500);
      expect(await failed.text()).not.toContain('secret');
      expect((await ask('/open')).status).toBe(200);
    });
  });
});
