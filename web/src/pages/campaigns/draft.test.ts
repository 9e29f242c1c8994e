import { describe, expect, it } from 'vitest';
import type { Campaign } from '../../api/campaigns';
import { Problem } from '../../api/problem';
import { evenShares, fieldOf, fromCampaign, nextName, placeOf, toInput, troublesOf } from './draft';

const stored = {
  id: 'cmp_1',
  name: 'Tea',
  segment_id: 'seg_1',
  purpose: 'marketing',
  holdout_bp: 1000,
  account_ids: ['acc_1'],
  subject: 'Hello',
  text: 'Hi',
  html: '',
  start_at: '2026-12-11T14:30:00Z',
  per_minute: 0,
  measure_days: 14,
  track_links: true,
} as unknown as Campaign;

describe('a draft', () => {
  it('says to the server what it read from it', () => {
    const input = toInput(fromCampaign(stored, 'Asia/Shanghai'), 'Asia/Shanghai');
    expect(input).toMatchObject({ name: 'Tea', segment_id: 'seg_1', holdout_bp: 1000, subject: 'Hello', text: 'Hi', start_at: '2026-12-11T14:30:00.000Z' });
    expect(input.variants).toBeUndefined();
    expect(input.winner).toBeUndefined();
  });
  it('shows a time as the org has it, and says nothing of one that there is not', () => {
    expect(fromCampaign(stored, 'Asia/Shanghai').start_at).toBe('2026-12-11T22:30');
    expect(toInput({ ...fromCampaign(stored, 'UTC'), start_at: '' }, 'UTC').start_at).toBeUndefined();
  });
  it('keeps what it says of when, files and web analytics', () => {
    const schedule = { every: 'week', days: [1], at: '10:00', until: '', late: 'skip', most_people: 0 };
    const more = { schedule, attachments: ['med_1'], utm: { source: 'mail', medium: '', campaign: '' } };
    expect(toInput(fromCampaign({ ...stored, ...more } as unknown as Campaign, 'UTC'), 'UTC')).toMatchObject(more);
    const plain = toInput(fromCampaign(stored, 'UTC'), 'UTC');
    expect([plain.schedule, plain.attachments, plain.utm]).toEqual([undefined, undefined, undefined]);
  });
  it('has versions with shares that add up', () => {
    const variants = [
      { name: 'A', text: 'one' },
      { name: 'B', text: 'two' },
      { name: 'C', text: 'three' },
    ];
    const d = fromCampaign({ ...stored, variants } as unknown as Campaign, 'UTC');
    expect(d.versions.map((v) => v.share)).toEqual([34, 33, 33]);
    expect(toInput(d, 'UTC').variants?.map((v) => v.share_bp)).toEqual([3400, 3300, 3300]);
    expect(toInput({ ...d, versions: d.versions.slice(0, 1) }, 'UTC').variants).toBeUndefined();
    expect(nextName(d.versions)).toBe('D');
    expect(evenShares(d.versions.slice(0, 2)).map((v) => v.share)).toEqual([50, 50]);
  });
});

it('what the server refuses is said at its field', () => {
  expect(placeOf('body.account_ids')).toBe('account_ids');
  expect(placeOf('body.text')).toBe('versions.0.text');
  expect(placeOf('variants[1].subject')).toBe('versions.1.subject');
  expect(fieldOf('versions.1.subject')).toEqual({ key: 'subject', version: 1 });
  expect(fieldOf('account_ids')).toEqual({ key: 'account_ids' });
  const problem = new Problem({ status: 422, fields: [{ location: 'segment_id', message: 'none' }, { location: 'body.variants[1].text', message: 'empty' }] });
  expect(troublesOf(problem)).toEqual([
    { at: 'segment_id', step: 'who', text: 'none' },
    { at: 'versions.1.text', step: 'what', text: 'empty' },
  ]);
});
