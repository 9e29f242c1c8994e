import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign, type Task } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { usePages } from '../../ui/usePages';

const day = 86_400_000;
/** As many reminders as WeCom lets through in a day. */
const remindersMost = 3;

/** Who of the staff must confirm in WeCom, who has, and a nudge for the others. */
export function TasksView({ campaign: c }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const pages = usePages(c.id);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['campaign', c.id, 'tasks', cursor], queryFn: () => campaigns.tasks(c.id, { limit: 50, cursor }), placeholderData: (before) => before, refetchInterval: 15_000 });
  const refresh = () => queries.invalidateQueries({ queryKey: ['campaign', c.id, 'tasks'] });
  const remind = useMutation({ mutationFn: (task: Task) => campaigns.remind(c.id, task.id), onError: notify, onSuccess: (_, task) => void message.success(t('campaigns.tasks.reminded', { name: task.staff_name || task.user_name })), onSettled: refresh });
  const look = useMutation({ mutationFn: () => campaigns.lookAtTasks(c.id), onError: notify, onSettled: refresh });
  const items = list.data?.items ?? [];
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={4} />;
  if (items.length === 0 && pages.number === 1) return null;
  const lately = (task: Task) => task.reminders.filter((at) => Date.now() - Date.parse(at) < day).length;
  return (
    <section className="fp-campaign-box" aria-labelledby="campaign-tasks">
      <div className="fp-card-line">
        <h2 id="campaign-tasks">{t('campaigns.tasks.title')}</h2>
        {may('campaign.send') && (
          <Button size="small" loading={look.isPending} onClick={() => look.mutate()}>
            {t('campaigns.tasks.look')}
          </Button>
        )}
      </div>
      <p className="fp-muted">{t('campaigns.tasks.note')}</p>
      <DataTable<Task>
        rowKey="id"
        label={t('campaigns.tasks.title')}
        minWidth={820}
        dataSource={items}
        columns={[
          {
            key: 'staff',
            title: t('campaigns.tasks.staff'),
            render: (_, x) => (
              <>
                <b>{x.staff_name || x.user_name || x.user_id}</b>
                {x.text && (
                  <Tooltip title={x.text}>
                    <div className="fp-muted fp-small fp-campaign-clip">{x.text}</div>
                  </Tooltip>
                )}
              </>
            ),
          },
          {
            key: 'status',
            title: t('campaigns.status'),
            render: (_, x) => (
              <>
                {t(`campaigns.tasks.states.${x.status}`)}
                {x.confirmed_at && (
                  <span className="fp-muted fp-small">
                    {' '}
                    <TimeText at={x.confirmed_at} />
                  </span>
                )}
                {x.reason && <div className="fp-muted fp-small">{x.reason}</div>}
              </>
            ),
          },
          { key: 'customers', title: t('campaigns.tasks.customers'), align: 'right', render: (_, x) => <span className="fp-num">{f.number(x.customers)}</span> },
          { key: 'sent', title: t('reach.states.sent'), align: 'right', render: (_, x) => <span className="fp-num">{f.number(x.sent)}</span> },
          {
            key: 'not',
            title: t('campaigns.tasks.not'),
            align: 'right',
            render: (_, x) => {
              const not = x.not_friend + x.too_many + x.failed;
              const why = (['not_friend', 'too_many', 'failed'] as const).filter((k) => x[k] > 0).map((k) => `${t(`campaigns.tasks.${k}`)} ${f.number(x[k])}`);
              return (
                <Tooltip title={why.join(' · ') || undefined}>
                  <span className="fp-num">{f.number(not)}</span>
                </Tooltip>
              );
            },
          },
          {
            key: 'reminded',
            title: t('campaigns.tasks.reminders'),
            render: (_, x) => (x.reminders.length > 0 ? <TimeText at={x.reminders.at(-1)} /> : <span className="fp-muted">—</span>),
          },
          {
            key: 'tools',
            title: <span className="fp-hidden">{t('common.actions')}</span>,
            align: 'right',
            render: (_, x) =>
              may('campaign.send') &&
              x.status === 'asked' && (
                <Button
                  size="small"
                  disabled={lately(x) >= remindersMost}
                  title={lately(x) >= remindersMost ? t('campaigns.tasks.enough', { count: remindersMost }) : undefined}
                  loading={remind.isPending && remind.variables.id === x.id}
                  aria-label={t('campaigns.tasks.remindOf', { name: x.staff_name || x.user_name })}
                  onClick={() => remind.mutate(x)}
                >
                  {t('campaigns.tasks.remind')}
                </Button>
              ),
          },
        ]}
      />
      <Pager pages={pages} next={list.data?.next_cursor} />
    </section>
  );
}
