import { describe, expect, it } from 'vitest';
import { people as en } from '../i18n/en/people';
import { people as zh } from '../i18n/zh-CN/people';
import { eventKinds, itemsOf, sentence } from './sentences';

const words = {
  money: (minor: number, currency?: string) => `${minor} ${currency ?? 'CNY'}`,
  stage: (s: string) => `<${s}>`,
  identity: (k: string) => k,
  purpose: (p: string) => p,
  carrier: (c: string) => c,
  channel: (id: string) => `(${id})`,
  segment: (id: string) => `(${id})`,
};

describe('sentences of the timeline', () => {
  it('have a text and a name in both languages for every kind', () => {
    for (const kind of eventKinds) {
      const name = kind.replace('.', '_');
      for (const texts of [zh, en]) {
        expect(texts.event, kind).toHaveProperty(name);
        expect(texts.eventKind, kind).toHaveProperty(name);
      }
      expect(sentence(kind, { from: 'new', to: 'lost' }, words).key).toBe(`event.${name}`);
    }
  });
  it('tell what happened', () => {
    const paid = { order_id: '536365', amount_minor: 13912, currency: 'GBP', items: [{ sku: 'A', quantity: 6 }, { sku: 'B', quantity: '2' }] };
    expect(sentence('order.paid', paid, words)).toEqual({ key: 'event.order_paid', values: { money: '13912 GBP', order: '536365', count: 2 } });
    expect(sentence('channel.arrived', { channel_id: 'chn_1' }, words)).toEqual({ key: 'event.channel_arrived', values: { channel: '(chn_1)' } });
    expect(sentence('stage.changed', { to: 'new' }, words)).toEqual({ key: 'event.stage_entered', values: { to: '<new>' } });
  });
  it('name the account by its sort, and who ended a friendship', () => {
    expect(sentence('friend.added', { account_kind: 'wecom', channel: 'chn_1' }, words).values).toEqual({ via: 'wecom' });
    expect(sentence('friend.removed', { by: 'customer' }, words).key).toBe('event.friend_removed_by_customer');
    expect(sentence('friend.removed', { by: 'sync' }, words).key).toBe('event.friend_removed');
  });
  it('quote no name that nobody knows', () => {
    const nameless = { ...words, segment: () => '' };
    expect(sentence('segment.entered', { segment_id: 'seg_1' }, words)).toEqual({ key: 'event.segment_entered', values: { name: '(seg_1)' } });
    for (const kind of ['segment.entered', 'segment.left']) {
      const name = kind.replace('.', '_');
      expect(sentence(kind, { segment_id: 'seg_1' }, nameless)).toEqual({ key: `eventKind.${name}`, values: {} });
      for (const texts of [zh, en]) expect(texts.eventKind).toHaveProperty(name);
    }
  });
  it('survive events from outside that carry anything', () => {
    expect(sentence('zalgo.came', {}, words)).toEqual({ key: 'event.other', values: { kind: 'zalgo.came' } });
    expect(sentence('order.paid', { amount_minor: 'much', items: 'none' }, words).values.money).toBe('0 CNY');
    expect(itemsOf({ items: [null, 5, { sku: 'A', name: 7, quantity: '1', amount_minor: 10 }] })).toEqual([
      { sku: 'A', name: '7', quantity: '1', amountMinor: 10 },
    ]);
  });
});
