import { useQuery } from '@tanstack/react-query';
import { DatePicker, Segmented } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { money as api, type MoneyQuery, type MoneyRow } from '../../api/care';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { MoneyText } from '../../ui/values';
import { useCareSearch } from './useCareSearch';

const bys = ['staff', 'account', 'day'] as const;

/** What was received and sent over staff accounts. */
export function MoneyTab() {
  const { t } = useTranslation();
  const f = useFormat();
  const { search, go } = useCareSearch('money');
  const by = bys.find((b) => b === search.by) ?? 'staff';
  const query: MoneyQuery = { by, ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}) };
  const read = useQuery({ queryKey: ['care', 'money', query], queryFn: () => api.totals(query), placeholderData: (before) => before });
  const total = t('care.money.total');
  const rows: (MoneyRow & { sum?: boolean })[] = read.data && read.data.items.length > 0 ? [...read.data.items, ...read.data.totals.map((r) => ({ ...r, name: total, sum: true }))] : [];
  const sum = (minor: number, n: number, currency: string) => (
    <>
      <MoneyText minor={minor} currency={currency} /> <span className="fp-muted fp-small">{t('care.money.times', { count: n })}</span>
    </>
  );
  return (
    <>
      <div className="fp-toolbar">
        <Segmented className="fp-care-reasons" value={by} aria-label={t('care.money.name')} onChange={(v) => go({ by: v })} options={bys.map((b) => ({ value: b, label: t(`care.money.by.${b}`) }))} />
        <DatePicker.RangePicker
          value={[search.from ? dayjs(search.from) : null, search.to ? dayjs(search.to) : null]}
          allowEmpty={[true, true]}
          aria-label={t('care.days')}
          onChange={(v) => go({ from: v?.[0]?.format('YYYY-MM-DD'), to: v?.[1]?.format('YYYY-MM-DD') })}
        />
        <span className="fp-end">
          <ExportMenu address={(format) => api.exportAddress(query, format)} />
        </span>
      </div>
      <p className="fp-muted fp-small">{t('care.money.note')}</p>
      {read.isError ? (
        <ProblemView error={read.error} onRetry={() => void read.refetch()} />
      ) : read.isPending ? (
        <Loading rows={5} />
      ) : (
        <DataTable
          label={t('care.tab.money')}
          minWidth={640}
          rowKey={(r) => `${r.key} ${r.currency} ${r.sum ?? ''}`}
          rowClassName={(r) => (r.sum ? 'fp-care-sum' : '')}
          dataSource={rows}
          locale={{ emptyText: <EmptyState title={t('care.money.empty')} text={t('care.money.emptyText')} /> }}
          columns={[
            { title: t('care.money.name'), render: (_, r) => r.name || r.key || <span className="fp-muted">{t('care.unknown')}</span> },
            { title: t('care.money.received'), align: 'right', render: (_, r) => sum(r.received_minor, r.received, r.currency) },
            { title: t('care.money.sent'), align: 'right', render: (_, r) => sum(r.sent_minor, r.sent, r.currency) },
            { title: t('care.money.net'), align: 'right', className: 'fp-num', render: (_, r) => f.money(r.received_minor - r.sent_minor, r.currency) },
          ]}
        />
      )}
    </>
  );
}
