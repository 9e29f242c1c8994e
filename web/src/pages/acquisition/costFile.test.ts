import { describe, expect, it } from 'vitest';
import type { Channel } from '../../api/acquisition';
import { decode, readCosts, records } from './costFile';

const channel = (id: string, ...path: string[]): Channel => ({
  id, path, name: path.at(-1)!, parent_id: '', level: 'entrance', children: 0, archived: false, archived_at: null, created_at: '', updated_at: '',
});
const tree = [channel('chn_1', '抖音', '618', '直播间'), channel('chn_2', 'Store', 'Till')];
const read = (text: string, currency = 'CNY') => readCosts(text, tree, currency);

describe('a file of costs', () => {
  it('is added up before it is sent', () => {
    const f = read('渠道,日期,结束日期,金额\n抖音/618/直播间,2026-03-01,2026-03-03,"1,000.50"\nchn_2,2026-02-27,,20\n');
    expect(f).toMatchObject({ headless: false, sumMinor: 102_050, days: 4, first: '2026-02-27', last: '2026-03-03' });
    expect(f.lines.map((l) => [l.line, l.channelId, l.wrong])).toEqual([[2, 'chn_1', []], [3, 'chn_2', []]]);
  });
  it('names what is wrong by line', () => {
    const f = read('channel,day,amount\nstore / till,2026-03-01,5\nStore/Door,2026-03-01,5\nchn_2,2026-02-30,5\nchn_2,2026-03-02,5.001\nchn_2,2026-03-01,7\nchn_2,2026-03-05,-1');
    expect(f.lines.map((l) => [l.line, l.wrong])).toEqual([[2, []], [3, ['channel']], [4, ['from']], [5, ['amount']], [6, ['overlap']], [7, ['amount']]]);
    expect(read('channel;from;to;amount\nchn_1;2026-03-05;2026-03-01;5').lines[0]?.wrong).toEqual(['span']);
    expect(read('channel\tfrom\tto\tamount\nchn_1\t2026-01-01\t2026-99-01\t5').lines[0]?.wrong).toEqual(['to']);
  });
  it('has a header, or is not one', () => {
    expect(read('抖音/618/直播间,2026-03-01,5').headless).toBe(true);
    expect(read('').headless).toBe(true);
  });
  it('may be quoted, with line breaks inside and blank lines between', () => {
    expect(records('\uFEFFa,b\r\n"x\ny","say ""hi"""\r\n\r\n1,2')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['x\ny', 'say "hi"'] },
      { line: 5, cells: ['1', '2'] },
    ]);
  });
  it('knows currencies without decimals and the letters of Excel in China', () => {
    expect(read('channel,day,amount\nchn_1,2026-03-01,5.5', 'JPY').lines[0]?.wrong).toEqual(['amount']);
    expect(read('channel,day,amount\nchn_1,2026-03-01,5.00', 'JPY').sumMinor).toBe(5);
    expect(decode(new Uint8Array([0xc7, 0xfe, 0xb5, 0xc0]).buffer)).toBe('渠道');
    expect(decode(new TextEncoder().encode('渠道').buffer as ArrayBuffer)).toBe('渠道');
  });
});
