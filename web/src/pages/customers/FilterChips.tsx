import { Tag as AntTag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Staff, Tag } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { encodeFilters, type CustomerFilters } from '../../lib/filters';

interface Props {
  filters: CustomerFilters;
  tags: Tag[];
  staff: Staff[];
  onChange: (filters: CustomerFilters) => void;
}

/** The filters that are in force, each with a way to take it off. */
export function FilterChips({ filters, tags, staff, onChange }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const chips: { key: string; text: string; without: Partial<CustomerFilters> }[] = [];
  const add = (key: string, label: string, value: string, without: Partial<CustomerFilters>) =>
    chips.push({ key, text: `${label} ${value}`, without });
  const between = (from: string | undefined, to: string | undefined) =>
    from && to ? `${from} – ${to}` : from ? `≥ ${from}` : `≤ ${to ?? ''}`;
  const money = (minor?: number) => (minor === undefined ? undefined : f.money(minor));
  const count = (n?: number) => (n === undefined ? undefined : f.number(n));

  if (filters.q) add('q', t('common.search'), `“${filters.q}”`, { q: undefined });
  if (filters.stage) add('stage', t('field.stage'), t(`stage.${filters.stage}`), { stage: undefined });
  if (filters.tag) add('tag', t('field.tags'), tags.find((x) => x.id === filters.tag)?.name ?? filters.tag, { tag: undefined });
  if (filters.region) add('region', t('field.region'), filters.region, { region: undefined });
  if (filters.owner) add('owner', t('field.owner'), staff.find((x) => x.id === filters.owner)?.name ?? filters.owner, { owner: undefined });
  if (filters.minGmv !== undefined || filters.maxGmv !== undefined)
    add('gmv', t('field.gmv'), between(money(filters.minGmv), money(filters.maxGmv)), { minGmv: undefined, maxGmv: undefined });
  if (filters.minOrders !== undefined || filters.maxOrders !== undefined)
    add('orders', t('field.orders'), between(count(filters.minOrders), count(filters.maxOrders)), { minOrders: undefined, maxOrders: undefined });
  if (filters.lastOrderFrom || filters.lastOrderTo)
    add('last', t('field.lastOrder'), between(filters.lastOrderFrom, filters.lastOrderTo), { lastOrderFrom: undefined, lastOrderTo: undefined });
  if (filters.createdFrom || filters.createdTo)
    add('created', t('field.created'), between(filters.createdFrom, filters.createdTo), { createdFrom: undefined, createdTo: undefined });

  if (chips.length === 0 || Object.keys(encodeFilters(filters)).length === 0) return null;
  return (
    <div className="fp-toolbar" role="group" aria-label={t('customers.active')}>
      {chips.map((c) => (
        <AntTag
          key={c.key}
          closable
          color="processing"
          variant="filled"
          closeIcon={<span aria-label={t('customers.removeFilter', { name: c.text })}>×</span>}
          onClose={(e) => {
            e.preventDefault();
            onChange({ ...filters, ...c.without });
          }}
        >
          {c.text}
        </AntTag>
      ))}
    </div>
  );
}
