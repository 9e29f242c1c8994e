import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { broadcasts, type Broadcast, type BroadcastTask, type GroupResult } from '../../api/broadcasts';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { usePages } from '../../ui/usePages';

/** As many reminders as WeCom lets through in a day. */
const remindersMost = 3;
const poll = 15_000;

/** Which owners of groups must confirm, who has, and a nudge for the others. */
export function GroupTasks({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const pages = usePages(b.id);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['broadcast', b.id, 'tasks', cursor], queryFn: () => broadcasts.tasks(b.id, { limit: 50, cursor }), placeholderData: (before) => before, refetchInterval: poll });
  const remind = useMutation({
    mutationFn: (task: BroadcastTask) => broadcasts.remind(b.id, task.id),
    onError: notify,
    onSuccess: (_, task) => void message.success(t('broadcasts.reminded', { name: task.staff_name || task.user_name || task.user_id })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['broadcast', b.id, 'tasks'] }),
  });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={3} />;
  return (
    <section className="fp-broadcast-box" aria-labelledby="broadcast-tasks">
      <h2 id="broadcast-tasks">{t('broadcasts.tasksTitle')}</h2>
      <p className="fp-muted">{t('broadcasts.tasksNote')}</p>
      <div className="fp-table-wrap">
        <DataTable<BroadcastTask>
          rowKey="id"
          label={t('broadcasts.tasksTitle')}
          minWidth={640}
          dataSource={list.data.items ?? []}
          columns={[
            { key: 'owner', title: t('broadcasts.owner'), render: (_, x) => <b>{x.staff_name || x.user_name || x.user_id}</b> },
            {
              key: 'status',
              title: t('broadcasts.status'),
              render: (_, x) => (
                <>
                  {t(`broadcasts.taskStates.${x.status}`)}
                  {x.reason && <div className="fp-muted fp-small">{x.reason}</div>}
                </>
              ),
            },
            { key: 'groups', title: t('broadcasts.kinds.group'), align: 'right', render: (_, x) => <span className="fp-num">{t('broadcasts.of', { done: f.number(x.sent), total: f.number(x.customers) })}</span> },
            { key: 'at', title: t('broadcasts.confirmedAt'), render: (_, x) => (x.confirmed_at ? <TimeText at={x.confirmed_at} /> : <span className="fp-muted">—</span>) },
            {
              key: 'tools',
              title: <span className="fp-hidden">{t('common.actions')}</span>,
              align: 'right',
              render: (_, x) =>
                may('campaign.send') &&
                x.status === 'asked' && (
                  <Button
                    size="small"
                    disabled={x.reminders.length >= remindersMost}
                    title={x.reminders.length >= remindersMost ? t('broadcasts.remindedEnough', { count: remindersMost }) : undefined}
                    loading={remind.isPending && remind.variables.id === x.id}
                    aria-label={t('broadcasts.remindOf', { name: x.staff_name || x.user_name || x.user_id })}
                    onClick={() => remind.mutate(x)}
                  >
                    {t('broadcasts.remind')}
                  </Button>
                ),
            },
          ]}
        />
        <Pager pages={pages} next={list.data.next_cursor} />
      </div>
    </section>
  );
}

/** What became of it in each group. */
export function GroupResults({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['broadcast', b.id, 'groups'], queryFn: () => broadcasts.groups(b.id), refetchInterval: poll });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={3} />;
  return (
    <section className="fp-broadcast-box" aria-labelledby="broadcast-groups">
      <h2 id="broadcast-groups">{t('broadcasts.groupsTitle')}</h2>
      <div className="fp-table-wrap">
        <DataTable<GroupResult>
          rowKey="chat_id"
          label={t('broadcasts.groupsTitle')}
          minWidth={560}
          dataSource={list.data.items ?? []}
          columns={[
            { key: 'name', title: t('broadcasts.groupName'), render: (_, g) => g.name || t('broadcasts.unnamed') },
            { key: 'owner', title: t('broadcasts.owner'), render: (_, g) => g.owner_name || g.owner_user_id },
            {
              key: 'status',
              title: t('broadcasts.status'),
              render: (_, g) => (
                <>
                  {t(`broadcasts.groupStates.${g.status}`)}
                  {g.reason && <div className="fp-muted fp-small">{g.reason}</div>}
                </>
              ),
            },
            { key: 'at', title: t('broadcasts.sentAt'), render: (_, g) => (g.sent_at ? <TimeText at={g.sent_at} /> : <span className="fp-muted">—</span>) },
          ]}
        />
      </div>
    </section>
  );
}
