// A small file of orders whose totals are known, made here so that the test can count it by itself.

const cities = ['上海', '杭州', '深圳'];
const goods = [
  ['LJ-100', '明前龙井 100g', 16800],
  ['HC-50', '祁门红茶 50g', 8800],
];

/**
 * 12 customers with 1 to 5 orders of one or two lines each; one refund, two
 * lines without a customer, one line whose time does not parse.
 */
export function smallOrders() {
  const lines = [['会员号', '订单号', '下单时间', '商品编码', '商品名称', '数量', '单价', '城市']];
  let orders = 0;
  let gmvMinor = 0;
  for (let customer = 1; customer <= 12; customer++) {
    for (let n = 0; n < 1 + (customer % 5); n++) {
      orders++;
      const day = String(1 + ((customer * 2 + n * 5) % 27)).padStart(2, '0');
      const month = String(1 + ((customer + n * 2) % 9)).padStart(2, '0');
      for (let item = 0; item < 1 + (orders % 2); item++) {
        const [sku, name, price] = goods[item];
        const quantity = 1 + (customer % 3);
        gmvMinor += quantity * price;
        lines.push([`M${100 + customer}`, `D${1000 + orders}`, `2026-${month}-${day} 10:2${n}:00`, sku, name, quantity, (price / 100).toFixed(2), cities[customer % 3]]);
      }
    }
  }
  lines.push(['M101', 'R9001', '2026-09-28 12:00:00', 'LJ-100', '明前龙井 100g', '-1', '168.00', '上海']);
  lines.push(['', 'D9101', '2026-09-28 12:00:00', 'LJ-100', '明前龙井 100g', '1', '168.00', '上海']);
  lines.push(['', 'D9102', '2026-09-29 12:00:00', 'LJ-100', '明前龙井 100g', '1', '168.00', '上海']);
  lines.push(['M102', 'D9103', '2026-99-99 12:00:00', 'LJ-100', '明前龙井 100g', '1', '168.00', '上海']);
  const csv = lines.map((l) => l.join(',')).join('\r\n') + '\r\n';
  return { csv, rows: lines.length - 1, persons: 12, orders, refunds: 1, gmvMinor, withoutCustomer: 2, rejected: 1 };
}
