import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { sops, type SOP, type StepState } from '../../api/sops';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';

const sum = (by: Record<string, number> | undefined) => Object.values(by ?? {}).reduce((a, b) => a + b, 0);

/** How each step fares: for whom it came, and what became of it. */
export function ProgressTab({ sop, onPeople }: { sop: SOP; onPeople: (step?: string) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = useQuery({ queryKey: ['sop-steps', sop.id], queryFn: () => sops.steps(sop.id), refetchInterval: sop.status === 'live' ? 15_000 : false });
  if (sop.version === 0) return <EmptyState title={t('sop.notYet')} text={t('sop.notYetText')} />;
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Loading rows={6} />;
  const stepOf = (id: string) => sop.spec.steps.find((s) => s.id === id);
  const why = (code: string) => (['before', 'late', 'order', 'no_staff', 'content'].includes(code) ? t(`sop.skips.${code}`) : t(`reach.why.${code}`, { defaultValue: t('reach.otherWhy', { code }) }));
  const reasons = (by: Record<string, number>) => Object.entries(by).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const cell = (by: Record<string, number>, words: (code: string) => string = why) =>
    sum(by) === 0 ? (
      <span className="fp-muted">—</span>
    ) : (
      <ul className="fp-sop-whys">
        {reasons(by).map(([code, n]) => (
          <li key={code}>
            <b className="fp-num">{f.number(n)}</b> {words(code)}
          </li>
        ))}
      </ul>
    );
  const number = (n: number) => <span className="fp-num">{n === 0 ? '—' : f.number(n)}</span>;
  const ended = Object.entries(sop.ended).filter(([, n]) => n > 0);
  return (
    <>
      <ul className="fp-sop-counts">
        <li>
          <b className="fp-num">{f.number(sop.inside)}</b> {t('sop.inside')}
        </li>
        <li>
          <b className="fp-num">{f.number(sop.done)}</b> {t('sop.done')}
        </li>
        {ended.map(([code, n]) => (
          <li key={code}>
            <b className="fp-num">{f.number(n)}</b> {t(`sop.ends.${code}`)}
          </li>
        ))}
      </ul>
      <div className="fp-table-wrap">
        <DataTable<StepState>
          rowKey="step_id"
          label={t('sop.tabs.progress')}
          minWidth={1040}
          dataSource={list.data.items ?? []}
          columns={[
            {
              key: 'step',
              title: t('sop.step'),
              width: 220,
              render: (_, r) => {
                const s = stepOf(r.step_id);
                return s ? (
                  <>
                    <b>
                      {t('sop.day', { n: s.day + 1 })} {s.at}
                    </b>
                    <div className="fp-muted fp-sop-clip">{s.text}</div>
                  </>
                ) : (
                  <span className="fp-muted">{t('sop.goneStep')}</span>
                );
              },
            },
            {
              key: 'here',
              title: t('sop.here'),
              width: 80,
              align: 'right',
              render: (_, r) =>
                r.here > 0 ? (
                  <Button type="link" size="small" className="fp-num" onClick={() => onPeople(r.step_id)}>
                    {f.number(r.here)}
                  </Button>
                ) : (
                  <span className="fp-muted">—</span>
                ),
            },
            { key: 'due', title: t('sop.due'), width: 70, align: 'right', render: (_, r) => number(r.due) },
            { key: 'sent', title: t('sop.sent'), width: 80, align: 'right', render: (_, r) => number(r.sent + r.tasked) },
            { key: 'asked', title: t('sop.asked'), width: 100, align: 'right', render: (_, r) => number(r.asked) },
            { key: 'waiting', title: t('sop.waiting'), width: 130, render: (_, r) => cell(r.waiting, (c) => (c === 'planned' ? t('reach.states.planned') : why(c))) },
            { key: 'held', title: t('sop.held'), width: 160, render: (_, r) => cell(r.held) },
            { key: 'skipped', title: t('sop.skipped'), width: 160, render: (_, r) => cell(r.skipped) },
            { key: 'failed', title: t('sop.failed'), width: 90, align: 'right', render: (_, r) => number(sum(r.failed)) },
            { key: 'replied', title: t('sop.replied'), width: 90, align: 'right', render: (_, r) => number(r.replied) },
          ]}
        />
      </div>
    </>
  );
}
