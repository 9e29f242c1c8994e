import { Link } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PersonRow } from '../../api/types';
import type { SortKey } from '../../lib/filters';
import { Loading } from '../../ui/Loading';
import { MoneyText, StageTag, TagChip, TimeText } from '../../ui/values';

interface Props {
  rows: PersonRow[];
  loading: boolean;
  sort: SortKey;
  descending: boolean;
  sorts: readonly SortKey[];
  onSort: (sort: SortKey, descending: boolean) => void;
}

/** The list on a phone: a card a person instead of a wide table. */
export function CustomerCards({ rows, loading, sort, descending, sorts, onSort }: Props) {
  const { t } = useTranslation();
  if (loading) return <Loading rows={10} />;
  return (
    <>
      <div className="fp-cards-sort">
        <Select
          aria-label={t('customers.sort')}
          value={`${descending ? '-' : ''}${sort}`}
          onChange={(v) => onSort(v.replace(/^-/, '') as SortKey, v.startsWith('-'))}
          options={sorts.flatMap((s) =>
            s === 'name' ? [{ value: s, label: t(`customers.sort_${s}`) }] : [{ value: `-${s}`, label: t(`customers.sort_${s}`) }],
          )}
          style={{ width: '100%' }}
        />
      </div>
      <ul className="fp-cards">
        {rows.map((p) => (
          <li key={p.id}>
            <Link to="/customers/$personId" params={{ personId: p.id }}>
              <span className="fp-card-line">
                <b>{p.name || t('customer.nameless')}</b>
                <StageTag stage={p.stage} />
              </span>
              <span className="fp-card-line fp-muted">
                <span>{p.identities[0]?.value ?? p.region}</span>
                <TimeText at={p.last_order_at} />
              </span>
              <span className="fp-card-line">
                <span>{t('customers.orderCount', { count: p.orders })}</span>
                <MoneyText minor={p.gmv_minor} currency={p.currency} />
              </span>
              {p.tags.length > 0 && (
                <span>
                  {p.tags.slice(0, 3).map((tag) => (
                    <TagChip key={tag.id} tag={tag} />
                  ))}
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
