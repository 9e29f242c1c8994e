import { describe, expect, it } from 'vitest';
import { linked, pieces, safeUrl } from './highlight';

describe('words that were searched for', () => {
  const marked = (text: string, words: string) => pieces(text, words).map((p) => (p.hit ? `[${p.text}]` : p.text)).join('');
  it('are marked, whatever their case or width', () => {
    expect(marked('要 ABC 礼盒，ＡＢＣ', 'abc 礼盒')).toBe('要 [ABC] [礼盒]，[ＡＢＣ]');
    expect(marked('aaa', 'a')).toBe('[aaa]');
    expect(marked('ﬁsh', 'fi')).toBe('[ﬁ]sh');
    expect(marked('😀茶😀', '茶')).toBe('😀[茶]😀');
    expect(marked('x', '')).toBe('x');
    expect(marked('', 'x')).toBe('');
  });
  it('lose nothing of the text', () => {
    const text = 'İstanbul <b>“引号”</b>\n第二行';
    expect(pieces(text, 'i b 行').map((p) => p.text).join('')).toBe(text);
  });
});

describe('addresses in text', () => {
  const urls = (text: string) => linked(text).flatMap((r) => (r.url ? [r.url] : []));
  it('are followed only where they lead to the web', () => {
    expect(urls('看 https://a.example/b?c=1，和 http://d.example.')).toEqual(['https://a.example/b?c=1', 'http://d.example/']);
    expect(urls('javascript:alert(1) data:text/html,x file:///etc ftp://x')).toEqual([]);
    expect(urls('https://bank.example@evil.example/')).toEqual([]);
    expect(urls('https://')).toEqual([]);
  });
  it('lose nothing of the text', () => {
    for (const text of ['a https://b.example/c).', 'https://x.example', '<a href="https://x.example">', '']) expect(linked(text).map((r) => r.text).join('')).toBe(text);
  });
  it('are safe or nothing', () => {
    expect(safeUrl('https://a.example/x')).toBe('https://a.example/x');
    for (const bad of [undefined, '', 'javascript:alert(1)', 'data:text/html,x', '/relative', 'https://u:p@a.example']) expect(safeUrl(bad)).toBeUndefined();
  });
});
