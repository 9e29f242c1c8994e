// A year of a small shop, for the walk from a file to figures, in the columns of the UCI Online Retail data set.

/** A number from 0 to 1 that is the same each time: the generator of Park and Miller (1988). */
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const day = 86_400_000;
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const time = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/**
 * People who come in the course of the year, buy at a pace of their own, and leave
 * for good after an order with a chance of their own: {csv, persons, orders, refunds, gmvMinor}.
 */
export function retailOrders(people = 600) {
  const next = numbers(20111209);
  const begin = Date.UTC(2010, 11, 1, 8);
  const end = Date.UTC(2011, 11, 9, 12);
  const rows = [];
  let invoice = 536365;
  let orders = 0;
  let gmvMinor = 0;
  let refunds = 0;
  for (let n = 0; n < people; n++) {
    const customer = 12346 + n;
    const pace = 20 + 160 * next() * next(); // days between orders, on average
    const leaves = 0.08 + 0.25 * next();
    const basket = 500 + Math.floor(3000 * next());
    for (let at = begin + 330 * day * next(), first = true; at < end; at -= pace * day * Math.log(1 - next() * 0.999999), first = false) {
      if (!first && next() < leaves) break;
      const price = basket + Math.floor(800 * next());
      const quantity = 1 + Math.floor(6 * next());
      rows.push([at, [invoice++, 'LJ100', 'TEA, "SPRING"', quantity, time(at), (price / 100).toFixed(2), `${customer}.0`, n % 5 ? 'United Kingdom' : 'France']]);
      orders++;
      gmvMinor += price * quantity;
      if (next() < 0.02 && at + 3 * day < end) {
        rows.push([at + 3 * day, [`C${invoice++}`, 'LJ100', 'TEA, "SPRING"', -1, time(at + 3 * day), (price / 100).toFixed(2), `${customer}.0`, 'France']]);
        refunds++;
      }
    }
  }
  rows.sort((a, b) => a[0] - b[0]);
  const cell = (v) => (/[",]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v);
  return { csv: [header, ...rows.map(([, r]) => r.map(cell).join(','))].join('\r\n') + '\r\n', persons: people, orders, refunds, gmvMinor };
}
