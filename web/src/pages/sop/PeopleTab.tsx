import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Drawer, Select, Space, Timeline } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sops, type SOP, type SOPChoices, type SOPEnrolment } from '../../api/sops';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { EnrolDialog } from './EnrolDialog';
import { inOrder } from './spec';

const statuses = ['active', 'done', 'ended'] as const;

interface Props {
  sop: SOP;
  choices?: SOPChoices;
  run: boolean;
  step?: string;
  onStep: (step?: string) => void;
}

/** Who is, or was, in a series, and where. */
export function PeopleTab({ sop, choices, run, step, onStep }: Props) {
  const { t } = useTranslation();
  const [status, setStatus] = useState<(typeof statuses)[number] | ''>('');
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<string>();
  const pages = usePages(status, step);
  const list = useQuery({
    queryKey: ['sop-enrolments', sop.id, status, step, pages.cursor],
    queryFn: () => sops.enrolments(sop.id, { status: status || undefined, step, limit: 20, cursor: pages.cursor }),
    placeholderData: (before) => before,
    refetchInterval: 20_000,
  });
  const stepName = (id: string) => {
    const s = sop.spec.steps.find((x) => x.id === id);
    return s ? `${t('sop.day', { n: s.day + 1 })} ${s.at}` : id;
  };
  const items = list.data?.items ?? [];
  const running = sop.status === 'live' || sop.status === 'paused';
  const add = run && running && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t(sop.kind === 'person' ? 'sop.addPeople' : 'sop.addGroups')}
    </Button>
  );
  return (
    <>
      <div className="fp-toolbar">
        <Select value={status} aria-label={t('sop.status')} style={{ minWidth: 120 }} onChange={setStatus} options={[{ value: '' as const, label: t('sop.anyState') }, ...statuses.map((s) => ({ value: s, label: t(`sop.states.${s}`) }))]} />
        <Select
          value={step ?? ''}
          aria-label={t('sop.nextStep')}
          style={{ minWidth: 160 }}
          onChange={(s: string) => onStep(s || undefined)}
          options={[{ value: '', label: t('sop.anyStep') }, ...inOrder(sop.spec.steps).map((s) => ({ value: s.id ?? '', label: stepName(s.id ?? '') }))]}
        />
        <span className="fp-end">{add}</span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : (
        <div className="fp-table-wrap">
          {items.length === 0 ? (
            <EmptyState title={t('sop.nobody')} text={t(running ? 'sop.nobodyText' : 'sop.nobodyYet')} action={add} />
          ) : (
            <DataTable<SOPEnrolment>
              rowKey="id"
              label={t('sop.tabs.people')}
              minWidth={860}
              dataSource={items}
              columns={[
                {
                  key: 'name',
                  title: t(sop.kind === 'person' ? 'sop.person' : 'sop.group'),
                  render: (_, e) => (
                    <Button type="link" size="small" className="fp-sop-name" onClick={() => setShown(e.id)}>
                      {e.name || t('customer.nameless')}
                    </Button>
                  ),
                },
                { key: 'owner', title: t('sop.owner'), width: 120, render: (_, e) => e.owner || <span className="fp-muted">—</span> },
                { key: 'day', title: t('sop.onDay'), width: 90, render: (_, e) => (e.day >= 0 ? t('sop.day', { n: e.day + 1 }) : '—') },
                { key: 'next', title: t('sop.nextStep'), width: 140, render: (_, e) => (e.status === 'active' ? stepName(e.next_step) : <span className="fp-muted">—</span>) },
                { key: 'due', title: t('sop.dueAt'), width: 120, render: (_, e) => <TimeText at={e.due_at} /> },
                { key: 'source', title: t('sop.source'), width: 100, render: (_, e) => t(`sop.sources.${e.source}`) },
                { key: 'version', title: t('sop.version'), width: 70, align: 'right', render: (_, e) => <span className="fp-num">{e.version}</span> },
                { key: 'status', title: t('sop.status'), width: 150, render: (_, e) => (e.status === 'ended' ? t(`sop.ends.${e.why}`) : t(`sop.states.${e.status}`)) },
              ]}
            />
          )}
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
      {adding && <EnrolDialog sop={sop} choices={choices} onClose={() => setAdding(false)} />}
      {shown && <One sop={sop} id={shown} run={run} stepName={stepName} onClose={() => setShown(undefined)} />}
    </>
  );
}

/** Somebody in a series, with what became of each step. */
function One({ sop, id, run, stepName, onClose }: { sop: SOP; id: string; run: boolean; stepName: (id: string) => string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const one = useQuery({ queryKey: ['sop-enrolment', sop.id, id], queryFn: () => sops.enrolment(sop.id, id) });
  const out = useMutation({
    mutationFn: () => sops.takeOut(sop.id, id),
    onError: notify,
    onSuccess: async () => {
      message.success(t('sop.takenOut'));
      onClose();
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['sop-enrolments', sop.id] }), queryClient.invalidateQueries({ queryKey: ['sop', sop.id] })]);
    },
  });
  const e = one.data;
  return (
    <Drawer open onClose={onClose} size={420} title={e?.name || t('sop.tabs.people')}>
      {one.isError ? (
        <ProblemView error={one.error} onRetry={() => void one.refetch()} />
      ) : !e ? (
        <Loading rows={5} />
      ) : (
        <>
          <Timeline
            items={[
              { content: <><TimeText at={e.enrolled_at} exact /> · {t('sop.cameIn', { how: t(`sop.sources.${e.source}`) })}</> },
              ...(e.steps ?? []).map((s) => ({
                color: s.status === 'skipped' ? 'gray' : 'green',
                content: (
                  <>
                    <TimeText at={s.due_at} exact /> · {stepName(s.step_id)} · {t(`sop.steps.${s.status}`)}
                    {s.why ? ` (${t(`sop.skips.${s.why}`)})` : ''}
                    {s.replied_at ? <div>{t('sop.didReply')}</div> : null}
                  </>
                ),
              })),
              ...(e.status === 'active' ? [{ color: 'blue', content: <><TimeText at={e.due_at} exact /> · {stepName(e.next_step)}</> }] : [{ content: <><TimeText at={e.ended_at} exact /> · {e.status === 'ended' ? t(`sop.ends.${e.why}`) : t('sop.states.done')}</> }]),
            ]}
          />
          <Space wrap>
            {e.person_id && (
              <Link to="/customers/$personId" params={{ personId: e.person_id }}>
                {t('sop.openPerson')}
              </Link>
            )}
            {run && e.status === 'active' && (
              <Button danger loading={out.isPending} onClick={() => out.mutate()}>
                {t('sop.takeOut')}
              </Button>
            )}
          </Space>
        </>
      )}
    </Drawer>
  );
}
