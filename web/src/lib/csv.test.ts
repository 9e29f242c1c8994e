import { describe, expect, it } from 'vitest';
import { fromCsv, toCsv } from './csv';

describe('CSV', () => {
  it('comes back as it went', () => {
    const rows = [
      ['目录', '标题', '内容'],
      ['售后', '发货', '今天 "16 点" 前，\n当天发'],
      ['', '=1+1', '-5 度, 冷藏'],
      ["'", '@all', "it's"],
    ];
    expect(fromCsv(toCsv(rows))).toEqual(rows);
  });
  it('lets no cell be a formula', () => {
    expect(toCsv([['=HYPERLINK("x")', '+1', '@a', -3]])).toBe('\uFEFF"\'=HYPERLINK(""x"")",\'+1,\'@a,-3\r\n');
  });
  it('reads what other programs write', () => {
    expect(fromCsv('a;b\n1;2')).toEqual([['a', 'b'], ['1', '2']]);
    expect(fromCsv('a\tb\r\n"x\ty"\t\r\n\r\n')).toEqual([['a', 'b'], ['x\ty', '']]);
    expect(fromCsv('')).toEqual([]);
  });
});
