import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Alert, Button, Card, Progress } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { imports } from '../../api/endpoints';
import type { Import } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { useChannels } from '../acquisition/useChannels';
import { isRunning, progressOf, remaining } from './progress';
import './imports.css';

const route = getRouteApi('/shell/imports/$importId');

function Running({ one }: { one: Import }) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const left = remaining(one, Date.now());
  const cancel = useMutation({
    mutationFn: () => imports.cancel(one.id),
    onError: notify,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['imports'] }),
  });
  return (
    <Card>
      <div className="fp-card-line fp-import-head">
        <b>{t(`imports.status_${one.status}`)}</b>
        {left !== undefined && <span className="fp-muted">{t('imports.left', { time: f.duration(left) })}</span>}
      </div>
      <Progress percent={progressOf(one)} aria-label={t(`imports.status_${one.status}`)} />
      <p className="fp-tabular">
        {t('imports.read', { rows: f.number(one.rows_read), bytes: f.bytes(one.bytes_read), total: f.bytes(one.bytes_total) })}
        {one.orders_total > 0 && ` · ${t('imports.stored', { done: f.number(one.orders_done), total: f.number(one.orders_total) })}`}
      </p>
      <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
        {t('imports.cancel')}
      </Button>{' '}
      <span className="fp-muted">{t('imports.goesOn')}</span>
    </Card>
  );
}

function CreditedTo({ id }: { id: string }) {
  const { t } = useTranslation();
  const { byId, query } = useChannels();
  if (query.isPending) return null;
  return <> · {t('imports.creditedTo', { channel: byId.get(id)?.path.join(' › ') ?? id })}</>;
}

function Result({ one }: { one: Import }) {
  const { t } = useTranslation();
  const f = useFormat();
  const r = one.result;
  if (!r) return null;
  const money = (minor: number) => f.money(minor, one.currency);
  const rows: [string, string][] = [
    [t('imports.rows'), f.number(r.rows)],
    [t('imports.withoutCustomer'), f.number(r.rows_without_customer)],
    [t('imports.rejected'), f.number(r.rows_rejected)],
    [t('imports.persons'), f.number(r.persons)],
    ...(one.kind === 'orders'
      ? ([
          [t('stat.orders'), f.number(r.orders)],
          [t('imports.refunds'), f.number(r.refunds)],
          [t('stat.gmv'), money(r.gmv_minor)],
          [t('stat.refunded'), money(r.refunded_minor)],
        ] as [string, string][])
      : []),
    [t('imports.took'), f.duration(r.seconds)],
  ];
  return (
    <Card title={t('imports.result')}>
      <p>
        {t(one.kind === 'orders' ? 'imports.statementOrders' : 'imports.statementPersons', {
          rows: f.number(r.rows),
          persons: f.number(r.persons),
          orders: f.number(r.orders),
          refunds: f.number(r.refunds),
          gmv: money(r.gmv_minor),
        })}
      </p>
      <table className="fp-result">
        <tbody>
          {rows.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="fp-num fp-right">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="fp-page-extra">
        <Link to="/">
          <Button type="primary">{t('imports.seePond')}</Button>
        </Link>
        <Link to="/customers" search={{}}>
          <Button>{t('imports.seeCustomers')}</Button>
        </Link>
      </div>
    </Card>
  );
}

/** One import, while it runs and afterwards. Leaving the page does not stop it. */
export function ImportPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { importId } = route.useParams();
  const queryClient = useQueryClient();
  const one = useQuery({
    queryKey: ['imports', importId],
    queryFn: () => imports.read(importId),
    refetchInterval: (q) => (q.state.data && !isRunning(q.state.data) ? false : 700),
  });
  const status = one.data?.status;
  useEffect(() => {
    // New people and orders: what was counted before is out of date.
    if (status === 'done') {
      for (const key of ['overview', 'stages', 'flow', 'cohorts', 'persons', 'regions', 'me']) void queryClient.invalidateQueries({ queryKey: [key] });
    }
  }, [status, queryClient]);

  if (one.isPending)
    return (
      <div className="fp-page">
        <Loading />
      </div>
    );
  if (one.isError)
    return (
      <div className="fp-page">
        <ProblemView error={one.error} onRetry={() => void one.refetch()} />
      </div>
    );
  const i = one.data;
  const rejected = i.result?.rows_rejected ?? 0;
  return (
    <div className="fp-page" data-import={i.status}>
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/imports">{t('menu.imports')}</Link>
      </nav>
      <PageHeader
        title={i.file_name}
        note={
          <>
            {t(`imports.kindLong_${i.kind}`)} · <TimeText at={i.created_at} />
            {i.channel_id && may('acquisition.read') && <CreditedTo id={i.channel_id} />}
          </>
        }
      />
      <div className="fp-stack fp-narrow">
        {isRunning(i) && <Running one={i} />}
        {i.status === 'failed' && (
          <Alert
            type="error"
            showIcon
            role="alert"
            title={t('imports.failedTitle')}
            description={
              <>
                <div className="fp-break">{i.error}</div>
                <div>{t('imports.failedNow')}</div>
              </>
            }
          />
        )}
        {i.status === 'cancelled' && <Alert type="warning" showIcon title={t('imports.cancelledTitle')} description={t('imports.cancelledText')} />}
        {rejected > 0 && (
          <Alert
            type="warning"
            showIcon
            title={t('imports.rejectedTitle', { count: rejected })}
            description={t('imports.rejectedText')}
            action={
              <Button size="small" href={imports.rejectedAddress(i.id)} download>
                {t('imports.rejectedGet')}
              </Button>
            }
          />
        )}
        <Result one={i} />
      </div>
    </div>
  );
}
