import { Link } from '@tanstack/react-router';
import type { TableColumnType } from 'antd';
import type { TFunction } from 'i18next';
import type { PersonRow } from '../../api/types';
import type { SortKey } from '../../lib/filters';
import { MoneyText, StageTag, TagChip, TimeText } from '../../ui/values';

export type ColumnKey =
  | 'name'
  | 'identity'
  | 'stage'
  | 'tags'
  | 'region'
  | 'orders'
  | 'gmv_minor'
  | 'refunded_minor'
  | 'last_order_at'
  | 'first_order_at'
  | 'created_at'
  | 'owner';

export const allColumns: readonly ColumnKey[] = [
  'name',
  'identity',
  'stage',
  'tags',
  'region',
  'orders',
  'gmv_minor',
  'refunded_minor',
  'last_order_at',
  'first_order_at',
  'created_at',
  'owner',
];

export const defaultColumns: readonly ColumnKey[] = [
  'name',
  'identity',
  'stage',
  'tags',
  'region',
  'orders',
  'gmv_minor',
  'last_order_at',
];

export const sortOf: Partial<Record<ColumnKey, SortKey>> = {
  name: 'name',
  orders: 'orders',
  gmv_minor: 'gmv_minor',
  last_order_at: 'last_order_at',
  created_at: 'created_at',
};

export function buildColumns(
  t: TFunction,
  number: (n: number) => string,
  staffName: (id: string) => string,
): Record<ColumnKey, TableColumnType<PersonRow>> {
  const right = { align: 'right' as const, className: 'fp-num' };
  return {
    name: {
      title: t('field.name'),
      width: 120,
      ellipsis: true,
      render: (_, p) => (
        <Link to="/customers/$personId" params={{ personId: p.id }} className="fp-link-row">
          {p.name || t('customer.nameless')}
        </Link>
      ),
    },
    identity: {
      title: t('field.identity'),
      width: 172,
      ellipsis: true,
      render: (_, p) => {
        const first = p.identities[0];
        if (!first) return <span className="fp-muted">—</span>;
        return (
          <span title={p.identities.map((i) => `${t(`identity.${i.kind}`, { defaultValue: i.kind })} ${i.value}`).join('\n')}>
            {/* A phone number or an address is seen to be one; a bare number is not. */}
            {first.kind !== 'phone' && first.kind !== 'email' && (
              <span className="fp-muted">{t(`identity.${first.kind}`, { defaultValue: first.kind })} </span>
            )}
            {first.value}
            {p.identities.length > 1 && <span className="fp-muted"> +{p.identities.length - 1}</span>}
          </span>
        );
      },
    },
    stage: { title: t('field.stage'), width: 96, render: (_, p) => <StageTag stage={p.stage} /> },
    tags: {
      title: t('field.tags'),
      width: 176,
      render: (_, p) => (
        <span className="fp-tags-cell">
          {p.tags.slice(0, 2).map((tag) => (
            <TagChip key={tag.id} tag={tag} />
          ))}
          {p.tags.length > 2 && (
            <span className="fp-muted" title={p.tags.map((x) => x.name).join('\n')}>
              +{p.tags.length - 2}
            </span>
          )}
        </span>
      ),
    },
    region: { title: t('field.region'), width: 102, ellipsis: true, render: (_, p) => p.region || <span className="fp-muted">—</span> },
    orders: { ...right, title: t('field.orders'), width: 86, render: (_, p) => number(p.orders) },
    gmv_minor: {
      ...right,
      title: t('field.gmv'),
      width: 122,
      render: (_, p) => <MoneyText minor={p.gmv_minor} currency={p.currency} />,
    },
    refunded_minor: {
      ...right,
      title: t('field.refunded'),
      width: 120,
      render: (_, p) => <MoneyText minor={p.refunded_minor} currency={p.currency} />,
    },
    last_order_at: { title: t('field.lastOrder'), width: 114, render: (_, p) => <TimeText at={p.last_order_at} /> },
    first_order_at: { title: t('field.firstOrder'), width: 120, render: (_, p) => <TimeText at={p.first_order_at} /> },
    created_at: { title: t('field.created'), width: 120, render: (_, p) => <TimeText at={p.created_at} /> },
    owner: {
      title: t('field.owner'),
      width: 120,
      ellipsis: true,
      render: (_, p) => staffName(p.owner_staff_id) || <span className="fp-muted">—</span>,
    },
  };
}
