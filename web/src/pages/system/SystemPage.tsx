import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Card } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { system } from '../../api/endpoints';
import type { Subscriber } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { DataTable } from '../../ui/DataTable';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { DeadJobs } from './DeadJobs';
import { ParkedEvents } from './ParkedEvents';

/** Whether everything that follows the timeline keeps up, and what got stuck. */
export function SystemPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [subscriber, setSubscriber] = useState<string>();
  const health = useQuery({ queryKey: ['system', 'health'], queryFn: system.health, refetchInterval: 5000 });
  const replayAll = useMutation({
    mutationFn: system.replayAll,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
    onError: notify,
  });
  const write = may('system.write');
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.system')} note={health.data && t('system.version', { version: health.data.version, engine: health.data.engine })} />
      {health.isError ? (
        <ProblemView error={health.error} onRetry={() => void health.refetch()} />
      ) : health.isPending ? (
        <Loading />
      ) : (
        <div className="fp-stack">
          <dl className="fp-figures">
            {(['available', 'running', 'retryable', 'discarded'] as const).map((k) => (
              <div key={k}>
                <dt>{t(`system.jobs_${k}`)}</dt>
                <dd className="fp-num">{f.number(health.data.jobs?.[k] ?? 0)}</dd>
              </div>
            ))}
          </dl>
          <Card title={t('system.subscribers')} styles={{ body: { padding: 0 } }}>
            <DataTable<Subscriber>
              rowKey="name"
              dataSource={health.data.subscribers ?? []}
              label={t('system.subscribers')}
              minWidth={560}
              columns={[
                {
                  title: t('system.subscriber'),
                  render: (_, s) => (
                    <>
                      {t(`system.name_${s.name.replaceAll(/[.-]/g, '_')}`, { defaultValue: '' })} <code className="fp-muted fp-small">{s.name}</code>
                    </>
                  ),
                },
                {
                  title: t('system.lag'),
                  align: 'right',
                  width: 130,
                  className: 'fp-num',
                  render: (_, s) => (s.lag === 0 ? t('system.upToDate') : f.number(s.lag)),
                },
                {
                  title: t('system.parked'),
                  align: 'right',
                  width: 110,
                  className: 'fp-num',
                  render: (_, s) =>
                    s.parked > 0 ? (
                      <Button type="link" size="small" danger onClick={() => setSubscriber(s.name)}>
                        {f.number(s.parked)}
                      </Button>
                    ) : (
                      f.number(0)
                    ),
                },
                { title: t('system.updated'), width: 140, render: (_, s) => <TimeText at={s.updated_at} /> },
                {
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: 130,
                  align: 'right',
                  render: (_, s) =>
                    write &&
                    s.parked > 0 && (
                      <Button size="small" loading={replayAll.isPending} onClick={() => replayAll.mutate(s.name)}>
                        {t('system.replayAll')}
                      </Button>
                    ),
                },
              ]}
            />
          </Card>
          <ParkedEvents subscriber={subscriber} onAll={() => setSubscriber(undefined)} write={write} />
          <DeadJobs write={write} />
        </div>
      )}
    </div>
  );
}
