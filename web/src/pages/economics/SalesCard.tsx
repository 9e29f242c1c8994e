import { useQuery } from '@tanstack/react-query';
import { Card, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { economics, type SalesBy } from '../../api/economics';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { Money, Part, useRowName } from './pieces';

type Row = SalesBy['rows'][number];

/** What each staff member, or each account, sold. */
export function SalesCard({ period, asOf }: { period: { from: string; to: string; time_zone: string }; asOf: string }) {
  const { from, to } = period;
  const { t } = useTranslation();
  const f = useFormat();
  const [by, setBy] = useState<'staff' | 'account'>('staff');
  const nameOf = useRowName(by);
  const sales = useQuery({ queryKey: ['economics-sales', by, from, to], queryFn: () => economics.sales({ by, from, to }), placeholderData: (before) => before });
  const number = { align: 'right' as const, className: 'fp-num' };
  const head = (of: string, value: string) => <Figure of={`economics.${of}`} value={value} period={period} countedTo={asOf} />;
  const currency = sales.data?.currency;
  return (
    <Card
      title={t('economics.salesTitle')}
      extra={
        <Segmented<'staff' | 'account'>
          size="small"
          value={by}
          onChange={setBy}
          options={(['staff', 'account'] as const).map((value) => ({ value, label: t(`economics.ways.${value}`) }))}
        />
      }
    >
      {sales.isError ? (
        <ProblemView error={sales.error} onRetry={() => void sales.refetch()} />
      ) : !sales.data ? (
        <Loading rows={4} />
      ) : (
        <>
          <DataTable<Row>
            label={t('economics.salesTitle')}
            minWidth={620}
            rowKey="key"
            dataSource={sales.data.rows}
            locale={{ emptyText: <EmptyState title={t('measure.nobody')} /> }}
            columns={[
              { key: 'name', title: t(`economics.ways.${by}`), render: (_, r) => nameOf(r) },
              { key: 'orders', title: head('sales.orders', t('economics.col.orders')), ...number, render: (_, r) => f.number(r.orders) },
              { key: 'gmv', title: head('sales.gmv_minor', t('economics.col.gmv')), ...number, render: (_, r) => f.money(r.gmv_minor, currency) },
              { key: 'refunded', title: t('economics.col.refunded'), ...number, render: (_, r) => f.money(r.refunded_minor, currency) },
              { key: 'net', title: head('staff.net_minor', t('economics.col.sales')), ...number, render: (_, r) => f.money(r.net_minor, currency) },
              { key: 'average', title: head('sales.average_order', t('economics.col.average')), ...number, render: (_, r) => <Money of={r.average_order} currency={currency ?? ''} /> },
              { key: 'share', title: t('economics.col.share'), ...number, render: (_, r) => <Part of={r.share} digits={0} /> },
            ]}
          />
          <p className="fp-muted fp-small fp-economics-note">{t('economics.salesNote')}</p>
        </>
      )}
    </Card>
  );
}
