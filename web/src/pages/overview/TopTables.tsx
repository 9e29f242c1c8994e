import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';

function Bar({ share }: { share: number }) {
  return (
    <span className="fp-bar" aria-hidden="true">
      <span style={{ width: `${Math.max(1, Math.round(share * 100))}%` }} />
    </span>
  );
}

export function TopRegions({ data }: { data: Overview }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rows = data.top_regions ?? [];
  if (rows.length === 0) return <EmptyState title={t('top.noRegions')} />;
  const most = Math.max(1, ...rows.map((r) => r.gmv_minor));
  return (
    <div className="fp-scroll">
      <table className="fp-top">
        <thead>
          <tr>
            <th scope="col">{t('field.region')}</th>
            <th scope="col" className="fp-right">
              <Figure of="overview.top_regions.persons" value={t('top.persons')} period={data.period} countedTo={data.counted_to} />
            </th>
            <th scope="col" className="fp-right">
              <Figure of="overview.top_regions.orders" value={t('stat.orders')} period={data.period} countedTo={data.counted_to} />
            </th>
            <th scope="col" className="fp-right">
              <Figure of="overview.top_regions.gmv_minor" value={t('stat.gmv')} period={data.period} countedTo={data.counted_to} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.region}>
              <td>
                {r.region ? (
                  <Link to="/customers" search={{ region: r.region }}>
                    {r.region}
                  </Link>
                ) : (
                  <span className="fp-muted">{t('top.unknownRegion')}</span>
                )}
                <Bar share={r.gmv_minor / most} />
              </td>
              <td className="fp-num fp-right">{f.number(r.persons)}</td>
              <td className="fp-num fp-right">{f.number(r.orders)}</td>
              <td className="fp-num fp-right">{f.money(r.gmv_minor, data.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function TopProducts({ data }: { data: Overview }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rows = data.top_products ?? [];
  if (rows.length === 0) return <EmptyState title={t('top.noProducts')} />;
  const most = Math.max(1, ...rows.map((r) => r.amount_minor));
  return (
    <div className="fp-scroll">
      <table className="fp-top">
        <thead>
          <tr>
            <th scope="col">{t('top.product')}</th>
            <th scope="col" className="fp-right">
              <Figure of="overview.top_products.quantity" value={t('top.quantity')} period={data.period} countedTo={data.counted_to} />
            </th>
            <th scope="col" className="fp-right">
              <Figure of="overview.top_products.amount_minor" value={t('top.amount')} period={data.period} countedTo={data.counted_to} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={`${r.sku} ${r.name}`}>
              <td>
                {r.name || r.sku} {r.name && <span className="fp-muted">{r.sku}</span>}
                <Bar share={r.amount_minor / most} />
              </td>
              <td className="fp-num fp-right">{f.number(Number(r.quantity))}</td>
              <td className="fp-num fp-right">{f.money(r.amount_minor, data.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
