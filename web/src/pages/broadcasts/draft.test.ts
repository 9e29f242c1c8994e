import { expect, test } from 'vitest';
import type { Broadcast } from '../../api/broadcasts';
import { fromBroadcast, roomFor, toInput } from './draft';

const b = {
  name: '新茶',
  account_id: 'acc_1',
  parts: [
    { kind: 'text', text: '早' },
    { kind: 'link', title: '茶单', url: 'https://brand.example/' },
  ],
  targets: { chat_ids: ['a'], user_ids: [], tag_ids: [] },
  start_at: '2026-11-22T02:00:00Z',
  days: 3,
} as unknown as Broadcast;

test('a draft goes back as it came', () => {
  const d = fromBroadcast(b, 'Asia/Shanghai');
  expect(d.text).toBe('早');
  expect(d.start_at).toBe('2026-11-22T10:00');
  const back = toInput(d, 'Asia/Shanghai');
  expect(back.parts).toEqual(b.parts);
  expect(back.start_at).toBe('2026-11-22T02:00:00.000Z');
  expect(toInput({ ...d, text: '  ', attachments: [], start_at: '' }, 'Asia/Shanghai')).toEqual({ name: '新茶', account_id: 'acc_1', parts: [], targets: b.targets, days: 3 });
});

test('a moment takes pictures, or one video, or one link', () => {
  expect(roomFor('moment', []).kinds).toEqual(['image', 'video', 'link']);
  expect(roomFor('moment', [{ kind: 'image' }])).toEqual({ most: 9, kinds: ['image'] });
  expect(roomFor('moment', [{ kind: 'link' }])).toEqual({ most: 1, kinds: [] });
  expect(roomFor('group', [{ kind: 'link' }]).most).toBe(9);
});
