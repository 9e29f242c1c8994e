import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { drill, type DrillMonthlyInput } from '../../api/drill';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';

const days = Array.from({ length: 28 }, (_, i) => i + 1);

/** Whether a drill is run by itself each month, when next, and what became of the latest. going changes when runs do. */
export function MonthlyBar({ going }: { going: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const monthly = useQuery({ queryKey: ['drill-monthly', going], queryFn: drill.monthly, placeholderData: (before) => before });
  const change = useMutation({
    mutationFn: (body: DrillMonthlyInput) => drill.setMonthly(body),
    onError: notify,
    onSettled: () => queries.invalidateQueries({ queryKey: ['drill-monthly'] }),
  });
  if (monthly.isError) return <ProblemView error={monthly.error} onRetry={() => void monthly.refetch()} />;
  const m = monthly.data;
  if (!m) return null;
  const set = (part: Partial<DrillMonthlyInput>) => change.mutate({ enabled: m.enabled, day: m.day, purpose: m.purpose, ...part });
  const maySet = may('insight.keep');
  const last = m.last;
  return (
    <section className="fp-drill-monthly" aria-label={t('drill.monthly')} data-monthly={m.enabled ? m.day : 'off'}>
      <div className="fp-drill-bar">
        <Switch checked={m.enabled} disabled={!maySet} loading={change.isPending} onChange={(enabled) => set({ enabled })} aria-label={t('drill.monthly')} />
        <span>{t('drill.monthly')}</span>
        {m.enabled && (
          <>
            <Select
              aria-label={t('drill.monthlyDay')}
              value={m.day}
              disabled={!maySet || change.isPending}
              onChange={(day: number) => set({ day })}
              options={days.map((value) => ({ value, label: t('drill.dayOf', { day: value }) }))}
            />
            <Select
              aria-label={t('drill.monthlyPurpose')}
              value={m.purpose}
              disabled={!maySet || change.isPending}
              onChange={(purpose: DrillMonthlyInput['purpose']) => set({ purpose })}
              options={(['marketing', 'service'] as const).map((value) => ({ value, label: t(`drill.purposeOf.${value}`) }))}
            />
          </>
        )}
        <span className="fp-muted fp-small" data-monthly-next={m.next_at ?? ''}>
          {m.next_at ? t('drill.monthlyNext', { at: f.dateTime(m.next_at), zone: m.time_zone }) : t('drill.monthlyOff')}
        </span>
        {last && last.status !== 'failed' && (
          <span className="fp-small">
            <Link to="/drill" search={{ run: last.id }}>
              {t('drill.monthlyLast', { at: f.dateTime(last.made_at), status: t(`drill.status.${last.status}`) })}
            </Link>
            {m.compare_to && (
              <>
                {' · '}
                <Link to="/drill" search={{ tab: 'compare', run: last.id, before: m.compare_to }}>
                  {t('drill.monthlyCompare')}
                </Link>
              </>
            )}
          </span>
        )}
      </div>
      {last?.status === 'failed' && <Alert type="error" showIcon data-monthly-failed="" title={t('drill.monthlyFailed', { at: f.dateTime(last.made_at) })} description={last.error} />}
    </section>
  );
}
