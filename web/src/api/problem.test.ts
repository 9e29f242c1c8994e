import { describe, expect, it } from 'vitest';
import { common } from '../i18n/zh-CN/common';
import { asProblem, Problem, problemFrom, remedy } from './problem';

describe('problems', () => {
  it('are read from RFC 9457 answers', () => {
    const p = problemFrom(422, { title: 'T', detail: 'D', code: 'c', request_id: 'r1', errors: [{ location: 'body.email', message: 'taken' }, null, 'x'] }, 'header');
    expect(p).toMatchObject({ status: 422, title: 'T', detail: 'D', code: 'c', requestId: 'r1', fields: [{ location: 'body.email', message: 'taken' }] });
  });
  it('are made of anything else too', () => {
    expect(problemFrom(502, '<html>', 'r2')).toMatchObject({ status: 502, title: '', requestId: 'r2', fields: [] });
    expect(asProblem(new TypeError('Failed to fetch')).status).toBe(0);
    expect(asProblem('broken')).toMatchObject({ status: -1, detail: 'broken' });
  });
  it('always say what to do now', () => {
    for (const status of [-1, 0, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503]) {
      expect(common.problem.now).toHaveProperty(remedy(new Problem({ status })));
    }
    expect(remedy(new Problem({ status: 403 }))).toBe('permission');
    expect(remedy(new Problem({ status: 422 }))).toBe('correct');
  });
});
