import { describe, expect, it } from 'vitest';
import { backOff, eventParser, type StreamEvent } from './sse';

const text = 'retry: 1000\nid: 7\n\nevent: conversation\nid: 8\ndata: {"a":"行1"}\n\n: beat\n\nevent: presence\r\nid: 9\r\ndata: x\r\ndata: y\r\n\r\nid: 10\ndata: cut o';

function parse(chunks: string[]) {
  const events: StreamEvent[] = [];
  const ids: string[] = [];
  const feed = eventParser((e) => events.push(e), (id) => ids.push(id));
  chunks.forEach(feed);
  return { events, ids };
}

describe('a stream', () => {
  const whole = {
    events: [
      { name: 'conversation', data: '{"a":"行1"}' },
      { name: 'presence', data: 'x\ny' },
    ],
    ids: ['7', '8', '9'],
  };
  it('is read wherever its chunks end', () => {
    for (let size = 1; size < text.length; size++) {
      const chunks: string[] = [];
      for (let i = 0; i < text.length; i += size) chunks.push(text.slice(i, i + size));
      expect(parse(chunks)).toEqual(whole);
    }
  });
  it('knows the number of a sign of life', () => {
    expect(parse(['id: 41\n\n']).ids).toEqual(['41']);
  });
  it('does not count an event that was cut off', () => {
    expect(parse(['event: conversation\nid: 5\ndata: {"half":']).ids).toEqual([]);
  });
});

describe('coming back', () => {
  it('waits longer each time, and never too long', () => {
    expect(backOff(0, 0.5)).toBe(500);
    expect(backOff(2, 0.5)).toBe(2000);
    expect(backOff(50, 1)).toBeLessThanOrEqual(19_500);
    for (let n = 0; n < 5; n++) expect(backOff(n + 1, 0.5)).toBeGreaterThan(backOff(n, 0.5));
  });
});
