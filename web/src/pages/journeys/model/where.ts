// Conditions on the properties of one event, as rows that can be edited and as the text that is stored:
// amount >= 100 and sku = "A-1001".

export interface Row {
  property: string;
  is: string;
  value: string;
}

export const comparisons = ['=', '!=', '>=', '<=', '>', '<'] as const;

const bare = /^[\p{L}\p{N}_.:-]+$/u;
const words = new Set(['and', 'or', 'not', 'in', 'is', 'has', 'any', 'of', 'between', 'where']);

const quoted = (value: string): string => (bare.test(value) && !words.has(value.toLowerCase()) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`);

/** Rows as text; a row without a property or a value is not said yet. */
export const whereText = (rows: readonly Row[]): string =>
  rows
    .filter((r) => r.property && r.value !== '')
    .map((r) => `${r.property} ${r.is} ${quoted(r.value)}`)
    .join(' and ');

const one = /^\s*([\p{L}\p{N}_.]+)\s*(!=|>=|<=|=|>|<)\s*(?:"((?:[^"\\]|\\.)*)"|([\p{L}\p{N}_.:-]+))\s*/u;

/** Text as rows; undefined when it says something that rows cannot. */
export function whereRows(text: string): Row[] | undefined {
  const rows: Row[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const m = one.exec(rest);
    if (!m) return undefined;
    rows.push({ property: m[1]!, is: m[2]!, value: m[3] !== undefined ? m[3].replace(/\\(.)/g, '$1') : m[4]! });
    rest = rest.slice(m[0].length);
    if (rest === '') break;
    const and = /^and\s+/i.exec(rest);
    if (!and) return undefined;
    rest = rest.slice(and[0].length);
    if (rest.trim() === '') return undefined;
  }
  return rows;
}
