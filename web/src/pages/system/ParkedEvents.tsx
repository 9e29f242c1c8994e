import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { system } from '../../api/endpoints';
import type { ParkedEvent } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** Events that one subscriber could not take in. They stopped nothing; they wait here for another try. */
export function ParkedEvents({ subscriber, onAll, write }: { subscriber?: string; onAll: () => void; write: boolean }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const list = useQuery({ queryKey: ['system', 'parked', subscriber], queryFn: () => system.parked({ subscriber }) });
  const replay = useMutation({
    mutationFn: (p: ParkedEvent) => system.replay(p.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['system'] }),
    onError: notify,
  });
  return (
    <Card
      title={t('system.parkedTitle')}
      styles={{ body: { padding: 0 } }}
      extra={
        subscriber && (
          <Button size="small" type="text" onClick={onAll}>
            {subscriber} ×
          </Button>
        )
      }
    >
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable<ParkedEvent>
          rowKey="id"
          loading={list.isPending}
          dataSource={list.data?.items ?? []}
          label={t('system.parkedTitle')}
          minWidth={760}
          locale={{ emptyText: <p className="fp-muted">{t('system.parkedNone')}</p> }}
          expandable={{ expandedRowRender: (p) => <pre className="fp-detail">{JSON.stringify(p.data, null, 2)}</pre> }}
          columns={[
            { title: t('system.subscriber'), dataIndex: 'subscriber', width: 140 },
            { title: t('system.event'), width: 150, render: (_, p) => t(`eventKind.${p.kind.replace('.', '_')}`, { defaultValue: p.kind }) },
            {
              title: t('system.person'),
              width: 110,
              render: (_, p) =>
                p.person_id && (
                  <Link to="/customers/$personId" params={{ personId: p.person_id }}>
                    {t('system.openPerson')}
                  </Link>
                ),
            },
            { title: t('system.error'), render: (_, p) => <span className="fp-break">{p.error}</span> },
            { title: t('system.attempts'), dataIndex: 'attempts', align: 'right', width: 80, className: 'fp-num' },
            { title: t('system.parkedAt'), width: 120, render: (_, p) => <TimeText at={p.parked_at} /> },
            {
              title: <span className="fp-hidden">{t('common.actions')}</span>,
              width: 90,
              align: 'right',
              render: (_, p) =>
                write && (
                  <Button size="small" onClick={() => replay.mutate(p)}>
                    {t('system.replay')}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}
