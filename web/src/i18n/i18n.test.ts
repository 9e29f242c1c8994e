import { describe, expect, it } from 'vitest';
import en from './en';
import zh from './zh-CN';

type Tree = { [key: string]: string | Tree };

/** Every text of a language under its full key; the plural forms of one text count as that text. */
function flatten(tree: Tree, prefix = ''): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') {
      const name = prefix + key.replace(/_(one|other)$/, '');
      out.set(name, [...(out.get(name) ?? []), value]);
    } else for (const [k, v] of flatten(value, `${prefix}${key}.`)) out.set(k, v);
  }
  return out;
}

const texts = { zh: flatten(zh), en: flatten(en) };
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...texts.en.keys()].sort()).toEqual([...texts.zh.keys()].sort());
  });
  it('say something everywhere', () => {
    for (const [name, map] of Object.entries(texts)) {
      for (const [key, forms] of map) for (const form of forms) expect(form.trim(), `${name} ${key}`).not.toBe('');
    }
  });
  it('have the same values filled in', () => {
    for (const [key, forms] of texts.zh) {
      // count only chooses the form; a language may write the number or not.
      const wanted = holes(forms[0] ?? '').filter((h) => h !== 'count');
      for (const form of texts.en.get(key) ?? []) expect(holes(form).filter((h) => h !== 'count'), key).toEqual(wanted);
    }
  });
});

describe('the pages', () => {
  const sources = import.meta.glob('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }) as Record<string, string>;

  it('only ask for texts that exist', () => {
    const used = new Map<string, string>();
    for (const [file, source] of Object.entries(sources)) {
      if (file.includes('.test.')) continue;
      for (const m of source.matchAll(/\bt\(\s*'([\w.-]+)'/g)) used.set(m[1]!, file);
      for (const m of source.matchAll(/\? '([a-z]\w*\.\w+)' : '([a-z]\w*\.\w+)'/g)) {
        used.set(m[1]!, file);
        used.set(m[2]!, file);
      }
    }
    expect(used.size).toBeGreaterThan(300);
    const lost = [...used].filter(([key]) => !texts.zh.has(key)).map(([key, file]) => `${key} in ${file}`);
    expect(lost).toEqual([]);
  });
});
