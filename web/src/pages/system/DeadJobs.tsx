import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Card, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { system } from '../../api/endpoints';
import type { DeadJob } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** Jobs that gave up after their last attempt. */
export function DeadJobs({ write }: { write: boolean }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const list = useQuery({ queryKey: ['system', 'jobs'], queryFn: () => system.jobs({ state: 'discarded' }) });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['system'] });
  const retry = useMutation({ mutationFn: (j: DeadJob) => system.retryJob(j.id), onSuccess: refresh, onError: notify });
  const remove = useMutation({ mutationFn: (j: DeadJob) => system.removeJob(j.id), onSuccess: refresh, onError: notify });
  return (
    <Card title={t('system.deadTitle')} styles={{ body: { padding: 0 } }}>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable<DeadJob>
          rowKey="id"
          loading={list.isPending}
          dataSource={list.data?.items ?? []}
          label={t('system.deadTitle')}
          minWidth={680}
          locale={{ emptyText: <p className="fp-muted">{t('system.deadNone')}</p> }}
          columns={[
            { title: t('system.job'), width: 160, render: (_, j) => <code>{j.kind}</code> },
            { title: t('system.error'), render: (_, j) => <span className="fp-break">{j.failures?.at(-1)?.error}</span> },
            { title: t('system.attempts'), dataIndex: 'attempt', align: 'right', width: 80, className: 'fp-num' },
            { title: t('system.gaveUp'), width: 120, render: (_, j) => <TimeText at={j.finished_at ?? j.created_at} /> },
            {
              title: <span className="fp-hidden">{t('common.actions')}</span>,
              width: 160,
              align: 'right',
              render: (_, j) =>
                write && (
                  <>
                    <Button size="small" onClick={() => retry.mutate(j)}>
                      {t('system.retry')}
                    </Button>{' '}
                    <Popconfirm title={t('system.dropAsk')} okText={t('common.delete')} okButtonProps={{ danger: true }} onConfirm={() => remove.mutateAsync(j).catch(() => {})}>
                      <Button size="small" type="text" danger>
                        {t('common.delete')}
                      </Button>
                    </Popconfirm>
                  </>
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}
