import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { broadcasts, type Broadcast } from '../../api/broadcasts';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { PageHeader } from '../../ui/PageHeader';
import { useNotifyProblem } from '../../ui/ProblemView';
import { BroadcastStatus } from './BroadcastStatus';
import { GroupResults, GroupTasks } from './GroupResults';
import { MomentPosts, MomentReactions } from './MomentResults';
import { PartView } from './PartsEditor';

type Step = 'approve' | 'withdraw' | 'cancel' | 'look';

/** A broadcast that was submitted: who has confirmed, and what came of it. */
export function SentBroadcast({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { modal } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const step = useMutation({
    mutationFn: async (what: Step) => {
      await broadcasts[what](b.id);
    },
    onError: notify,
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: ['broadcast', b.id] }), queries.invalidateQueries({ queryKey: ['broadcasts'] })]),
  });
  const act = (what: Step) => {
    if (what === 'withdraw' || what === 'look') {
      step.mutate(what);
      return;
    }
    void modal.confirm({
      title: t(`broadcasts.${what}`),
      content: what === 'cancel' ? t('broadcasts.cancelText') : t('broadcasts.approveText', { people: f.number(b.people) }),
      okText: t(`broadcasts.${what}`),
      okButtonProps: { danger: what === 'cancel' },
      onOk: () => step.mutateAsync(what).catch(() => undefined),
    });
  };
  const can: Record<Step, boolean> = {
    approve: b.status === 'awaiting' && may('campaign.approve') && !b.own_submission,
    withdraw: may('campaign.send') && (b.status === 'awaiting' || b.status === 'planned'),
    look: may('campaign.send') && ['asked', 'done'].includes(b.status),
    cancel: may('campaign.send') && ['awaiting', 'planned', 'asked'].includes(b.status),
  };
  const c = b.counts;
  const counts: [string, number][] = [
    ['sent', c.sent],
    ['asked', c.asked + c.queued],
    ['failed', c.failed],
    ['cancelled', c.cancelled],
    ...(b.kind === 'moment'
      ? ([
          ['customers', c.customers],
          ['likes', c.likes],
          ['comments', c.comments],
        ] as [string, number][])
      : []),
  ];
  return (
    <>
      <PageHeader
        title={b.name}
        note={[t(`broadcasts.kinds.${b.kind}`), b.start_at ? f.dateTime(b.start_at) : '', b.submitted_name].filter(Boolean).join(' · ')}
        extra={
          <Space wrap>
            <BroadcastStatus status={b.status} />
            {(['approve', 'withdraw', 'look', 'cancel'] as const)
              .filter((s) => can[s])
              .map((s) => (
                <Button key={s} type={s === 'approve' ? 'primary' : 'default'} danger={s === 'cancel'} loading={step.isPending && step.variables === s} onClick={() => act(s)}>
                  {t(`broadcasts.${s}`)}
                </Button>
              ))}
          </Space>
        }
      />
      {b.status === 'awaiting' && <Alert type="info" showIcon title={t('broadcasts.awaitingText', { people: f.number(b.people) })} description={b.own_submission ? t('broadcasts.own') : undefined} />}
      {b.reason && <Alert type="warning" showIcon title={b.reason} />}
      {b.status !== 'awaiting' && (
        <ul className="fp-broadcast-counts" aria-live="polite">
          {counts
            .filter(([key, n]) => n > 0 || key === 'sent')
            .map(([key, n]) => (
              <li key={key}>
                <b className="fp-num">{f.number(n)}</b>
                {t(`broadcasts.counts.${b.kind === 'moment' && key === 'sent' ? 'published' : key}`)}
              </li>
            ))}
        </ul>
      )}
      {b.status !== 'awaiting' && b.kind === 'group' && (
        <>
          <GroupTasks broadcast={b} />
          <GroupResults broadcast={b} />
        </>
      )}
      {b.status !== 'awaiting' && b.kind === 'moment' && (
        <>
          <MomentPosts broadcast={b} />
          <MomentReactions broadcast={b} />
        </>
      )}
      <section className="fp-broadcast-box" aria-label={t('broadcasts.what')}>
        <h2>{t('broadcasts.what')}</h2>
        <ul className="fp-broadcast-parts">
          {b.parts.map((p, i) => (
            <li key={i}>
              <PartView part={p} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
