import { useQuery } from '@tanstack/react-query';
import { Button, Card, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { measure, type PeopleInput, type Retention, type RetentionInput } from '../../api/measure';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { PeopleDrawer } from './PeopleDrawer';
import { Conditions, DaySpan, EventSelect, Made } from './pieces';
import { readQuestion, type TabProps } from './question';

/** Who came back, by when they first came. */
export function RetentionTab({ kinds, asked, ask }: TabProps) {
  const { t } = useTranslation();
  const question = readQuestion<RetentionInput>(asked);
  const start: RetentionInput = { first: { any: ['order.paid'] }, back: { any: ['order.paid'] }, unit: 'month', mode: 'classic' };
  const [draft, setDraft] = useState<RetentionInput>(question ?? start);
  const change = (part: Partial<RetentionInput>) => setDraft({ ...draft, ...part });
  const empty = !draft.first.any?.length || !draft.back.any?.length;
  return (
    <>
      <Card size="small">
        {(['first', 'back'] as const).map((side) => (
          <div key={side} className="fp-measure-side">
            <span className="fp-measure-name">{t(`measure.${side}`)}</span>
            <EventSelect kinds={kinds} value={draft[side].any ?? []} onChange={(any) => change({ [side]: { any, where: [] } })} label={t(`measure.${side}`)} />
            <Conditions step={draft[side]} kinds={kinds} name={t(`measure.${side}`)} onChange={(where) => change({ [side]: { ...draft[side], where } })} />
          </div>
        ))}
        <div className="fp-toolbar">
          <Segmented value={draft.unit ?? 'month'} onChange={(unit) => change({ unit })} options={(['day', 'week', 'month'] as const).map((u) => ({ value: u, label: t(`measure.unit.${u}`) }))} />
          <Segmented value={draft.mode ?? 'classic'} onChange={(mode) => change({ mode })} options={(['classic', 'rolling'] as const).map((m) => ({ value: m, label: t(`measure.mode.${m}`) }))} />
          <DaySpan from={draft.from} to={draft.to} onChange={(from, to) => change({ from, to })} />
          <Button type="primary" className="fp-end" disabled={empty} onClick={() => ask(draft)}>
            {t('measure.count')}
          </Button>
        </div>
        <p className="fp-muted fp-small">{t(`measure.modeHelp.${draft.mode ?? 'classic'}`)}</p>
      </Card>
      {question ? <Grid question={question} /> : <EmptyState title={t('measure.retentionEmpty')} text={t('measure.retentionEmptyText')} />}
    </>
  );
}

function Grid({ question }: { question: RetentionInput }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [opened, setOpened] = useState<{ title: string; who: PeopleInput }>();
  const answer = useQuery({ queryKey: ['retention', question], queryFn: () => measure.retention(question) });
  if (answer.isError) return <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={6} />;
  const d: Retention = answer.data;
  if (d.cannot) return <EmptyState title={t('measure.cannot')} text={d.cannot} />;
  const rows = d.rows ?? [];
  const width = Math.max(...rows.map((r) => r.cells?.length ?? 0), 0);
  const about = { period: d.period, countedTo: d.counted_to };
  // The strongest colour belongs to the best cell.
  const best = Math.max(0.01, ...rows.flatMap((r) => (r.cells ?? []).map((c) => c.share ?? 0)));
  const named = (from: string) => (d.unit === 'month' ? from.slice(0, 7) : from);
  const unit = t(`measure.unit.${d.unit as 'day' | 'week' | 'month'}`);
  const open = (row: string, cell?: number) =>
    setOpened({ title: cell == null ? t('measure.rowTitle', { row: named(row) }) : t('measure.cellTitle', { row: named(row), n: cell, unit }), who: { retention: question, row, ...(cell == null ? {} : { cell }) } });
  return (
    <Card size="small" className="fp-measure-answer" title={t('measure.answer')}>
      <Made period={d.period} countedTo={d.counted_to} />
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('measure.retention')}>
        <table className="fp-cohorts fp-measure-grid">
          <thead>
            <tr>
              <th scope="col">{t('measure.began')}</th>
              <th scope="col" className="fp-right">
                <Figure of="retention.size" value={t('measure.size')} {...about} />
              </th>
              {Array.from({ length: width }, (_, k) => (
                <th key={k} scope="col" className="fp-right">
                  <Figure of="retention.cells.share" value={k === 0 ? t('measure.same') : `+${k}`} {...about} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[{ ...d.total, from: '' }, ...rows].map((r) => (
              <tr key={r.from} className={r.from ? undefined : 'fp-sum'}>
                <th scope="row">{r.from ? named(r.from) : t('measure.total')}</th>
                <td className="fp-num fp-right">
                  {r.from && r.size > 0 ? (
                    <button type="button" className="fp-measure-cell" onClick={() => open(r.from)}>
                      {f.number(r.size)}
                    </button>
                  ) : (
                    f.number(r.size)
                  )}
                </td>
                {Array.from({ length: width }, (_, k) => {
                  const c = r.cells?.[k];
                  if (!c) return <td key={k} className="none" />;
                  const text = c.share == null ? '—' : f.share(c.share, 0);
                  return (
                    <td key={k} className={`fp-num fp-right${c.partial ? ' partial' : ''}`} title={`${f.number(c.persons)} / ${f.number(r.size)}${c.partial ? ` · ${t('measure.partial')}` : ''}`} style={{ background: `rgba(var(--fp-heat), ${(((c.share ?? 0) / best) * 0.42).toFixed(3)})` }}>
                      {r.from && c.persons > 0 ? (
                        <button type="button" className="fp-measure-cell" aria-label={`${text} · ${t('measure.cellTitle', { row: named(r.from), n: k, unit })}`} onClick={() => open(r.from, k)}>
                          {text}
                        </button>
                      ) : (
                        text
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="fp-muted fp-small">{t('measure.gridNote')}</p>
      {opened && <PeopleDrawer title={opened.title} who={opened.who} onClose={() => setOpened(undefined)} />}
    </Card>
  );
}
