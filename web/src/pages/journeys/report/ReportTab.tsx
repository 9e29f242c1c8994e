import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type Rate, type Report, type StepCounts } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { download, toCsv } from '../../../lib/csv';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { ProblemView } from '../../../ui/ProblemView';
import { UpliftTable } from '../../campaigns/UpliftTable';
import '../../campaigns/campaigns.css';
import { useStay } from '../live/useStay';
import { useRunWords } from '../live/useRunWords';
import { useVersion, VersionSelect } from '../live/VersionSelect';
import { stepOf } from '../model/edits';
import { DaysChart } from './DaysChart';

const periods = { all: 0, d7: 7, d30: 30, d90: 90 } as const;

/** What the journey brought, with intervals, or that one cannot tell; forks, times, and where people stop. */
export function ReportTab({ journey: j, version: chosen, onVersion }: { journey: JourneyFull; version: number; onVersion: (version: number) => void }) {
  const { t } = useTranslation();
  const { all, version, spec } = useVersion(j, chosen);
  const [period, setPeriod] = useState<keyof typeof periods>('all');
  const report = useQuery({
    queryKey: ['journey-report', j.id, period, version],
    queryFn: () => journeys.report(j.id, { version: version || undefined, from: periods[period] > 0 ? new Date(Date.now() - periods[period] * 86_400_000).toISOString() : undefined }),
    enabled: j.version > 0,
    placeholderData: (before) => before,
  });
  const nameOf = (id: string) => stepOf(spec, id)?.name || (stepOf(spec, id) ? t(`journeys.kinds.${stepOf(spec, id)!.kind}`) : id);
  const r = report.data;
  if (j.version === 0) return <EmptyState title={t('journeys.live.notYet')} text={t('journeys.live.notYetText')} />;
  if (report.isError) return <ProblemView error={report.error} onRetry={() => void report.refetch()} />;
  if (!r) return <Loading rows={8} />;
  const people = (r.arms ?? []).reduce((n, a) => n + a.people, 0);
  if (people === 0 && period === 'all' && version === 0) return <EmptyState title={t('journeys.report.noOne')} text={t('journeys.report.noOneText')} />;
  return (
    <div className="fp-stack fp-campaign-report">
      <div className="fp-toolbar">
        <Select value={period} aria-label={t('journeys.report.period')} style={{ minWidth: 130 }} onChange={setPeriod} options={(Object.keys(periods) as (keyof typeof periods)[]).map((p) => ({ value: p, label: t(`journeys.report.periods.${p}`) }))} />
        <VersionSelect all={all} version={version} onChange={onVersion} />
        <span className="fp-end">
          <Button icon={<DownloadOutlined />} onClick={() => download(`${j.name}.csv`, toCsv(sheetOf(r, t, nameOf)))}>
            {t('journeys.report.export')}
          </Button>
        </span>
      </div>
      <Arms report={r} />
      <section className="fp-campaign-box" aria-labelledby="journey-uplift">
        <h2 id="journey-uplift">{t('journeys.report.uplift')}</h2>
        {(r.uplift ?? []).length === 0 ? (
          <Alert type="info" showIcon title={r.say || t('journeys.report.noHoldout')} />
        ) : (
          <>
            <p className="fp-muted">{t('journeys.report.upliftNote')}</p>
            {r.say && <p>{r.say}</p>}
            {r.early && <Alert type="warning" showIcon title={t('journeys.report.early')} />}
            <UpliftTable outcomes={r.uplift ?? []} currency={r.currency} />
          </>
        )}
      </section>
      {(r.days ?? []).length > 1 && (
        <section className="fp-campaign-box" aria-labelledby="journey-days">
          <h2 id="journey-days">{t('journeys.report.days')}</h2>
          <DaysChart days={r.days ?? []} />
        </section>
      )}
      <Branches report={r} nameOf={nameOf} isSplit={(id) => stepOf(spec, id)?.kind === 'split'} />
      <Times steps={r.steps ?? []} nameOf={nameOf} />
      <Stops report={r} nameOf={nameOf} />
    </div>
  );
}

function Arms({ report: r }: { report: Report }) {
  const { t } = useTranslation();
  const f = useFormat();
  const treated = r.arms.find((a) => a.arm === 'treated');
  const holdout = r.arms.find((a) => a.arm === 'holdout');
  return (
    <dl className="fp-figures" aria-label={t('journeys.report.arms')}>
      {[treated, holdout].map(
        (a) =>
          a &&
          a.people > 0 && (
            <div key={a.arm}>
              <dt>{t(`journeys.report.${a.arm}`)}</dt>
              <dd className="fp-num">
                {f.number(a.people)}{' '}
                <span className="fp-muted fp-small">
                  {t('journeys.report.converted')} {f.number(a.converted)} · {f.share(a.converted / a.people, 1)} · {t('journeys.report.orders')} {f.number(a.orders)} · {f.money(a.gmv_minor, r.currency)}
                </span>
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Branches({ report: r, nameOf, isSplit }: { report: Report; nameOf: (id: string) => string; isSplit: (step: string) => boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const branches = r.branches ?? [];
  if (branches.length === 0) return null;
  return (
    <section className="fp-campaign-box" aria-labelledby="journey-branches">
      <h2 id="journey-branches">{t('journeys.report.branches')}</h2>
      <p className="fp-muted">
        {t('journeys.report.branchesNote')} {branches.some((b) => !isSplit(b.step)) && t('journeys.report.notComparable')}
      </p>
      {branches.map((b) => (
        <div key={b.step} className="fp-journey-gap">
          <h3 className="fp-journey-h">{b.name && b.name !== b.step ? b.name : nameOf(b.step)}</h3>
          <DataTable<Rate>
            rowKey="way"
            label={b.name}
            minWidth={560}
            dataSource={b.ways ?? []}
            columns={[
              { key: 'name', title: t('journeys.report.way'), render: (_, w) => w.name || t('journeys.otherwise') },
              { key: 'people', title: t('journeys.report.people'), width: 90, align: 'right', render: (_, w) => <span className="fp-num">{f.number(w.people)}</span> },
              { key: 'converted', title: t('journeys.report.converted'), width: 110, align: 'right', render: (_, w) => <span className="fp-num">{f.number(w.converted)}</span> },
              { key: 'rate', title: t('journeys.report.rate'), width: 90, align: 'right', render: (_, w) => <b className="fp-num">{w.people > 0 ? f.share(w.rate, 1) : '—'}</b> },
              {
                key: 'interval',
                title: t('journeys.report.interval'),
                width: 220,
                render: (_, w) =>
                  w.people > 0 && (
                    <span className="fp-rate">
                      <i aria-hidden="true">
                        <b style={{ left: `${w.low * 100}%`, width: `${Math.max(0.5, (w.high - w.low) * 100)}%` }} />
                      </i>
                      <span className="fp-muted fp-small fp-num">
                        {f.share(w.low, 1)} … {f.share(w.high, 1)}
                      </span>
                    </span>
                  ),
              },
            ]}
          />
        </div>
      ))}
    </section>
  );
}

function Times({ steps, nameOf }: { steps: readonly StepCounts[]; nameOf: (id: string) => string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const stay = useStay();
  const rows = steps.filter((s) => s.went_on > 0 && s.seconds_p90 >= 1);
  if (rows.length === 0) return null;
  return (
    <section className="fp-campaign-box" aria-labelledby="journey-times">
      <h2 id="journey-times">{t('journeys.report.time')}</h2>
      <DataTable<StepCounts>
        rowKey="step"
        label={t('journeys.report.time')}
        minWidth={520}
        dataSource={rows}
        columns={[
          { key: 'step', title: t('journeys.live.step'), render: (_, s) => nameOf(s.step) },
          { key: 'n', title: t('journeys.live.wentOn'), width: 100, align: 'right', render: (_, s) => <span className="fp-num">{f.number(s.went_on)}</span> },
          { key: 'p50', title: t('journeys.live.p50'), width: 140, align: 'right', render: (_, s) => <span className="fp-num">{stay(s.seconds_p50)}</span> },
          { key: 'p90', title: t('journeys.live.p90'), width: 160, align: 'right', render: (_, s) => <span className="fp-num">{stay(s.seconds_p90)}</span> },
        ]}
      />
    </section>
  );
}

type Stop = NonNullable<Report['stops']>[number];

function Stops({ report: r, nameOf }: { report: Report; nameOf: (id: string) => string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const why = useRunWords();
  const stops = r.stops ?? [];
  return (
    <section className="fp-campaign-box" aria-labelledby="journey-stops">
      <h2 id="journey-stops">{t('journeys.report.stops')}</h2>
      <p className="fp-muted">{stops.length > 0 ? t('journeys.report.stopsNote') : t('journeys.report.noStops')}</p>
      {stops.length > 0 && (
        <DataTable<Stop>
          rowKey={(s) => `${s.step} ${s.status} ${s.why}`}
          label={t('journeys.report.stops')}
          minWidth={420}
          dataSource={stops}
          columns={[
            { key: 'step', title: t('journeys.live.step'), render: (_, s) => (s.name && s.name !== s.step ? s.name : s.step ? nameOf(s.step) : t('journeys.beforeFirst')) },
            { key: 'why', title: t('journeys.report.why'), width: 220, render: (_, s) => [s.status && t(`journeys.run.statuses.${s.status}`), why(s.why)].filter(Boolean).join(' · ') },
            { key: 'people', title: t('journeys.report.people'), width: 90, align: 'right', render: (_, s) => <span className="fp-num">{f.number(s.people)}</span> },
          ]}
        />
      )}
    </section>
  );
}

/** The report as rows to take along: groups, differences, forks, stays, stops, one after another. */
function sheetOf(r: Report, t: (key: string) => string, nameOf: (id: string) => string): (string | number)[][] {
  const head = (...keys: string[]) => keys.map((k) => t(`journeys.report.${k}`));
  return [
    head('arms', 'people', 'converted', 'orders', 'gmv'),
    ...r.arms.map((a) => [t(`journeys.report.${a.arm}`), a.people, a.converted, a.orders, a.gmv_minor / 100]),
    [],
    ...((r.uplift ?? []).length > 0 ? [[t('journeys.report.uplift'), t('campaigns.per1000'), t('campaigns.low'), t('campaigns.high'), t('campaigns.pValue'), t('campaigns.verdict')], ...(r.uplift ?? []).map((o) => [t(`campaigns.outcomes.${o.key}`), o.per_1000.estimate, o.per_1000.low, o.per_1000.high, o.p_value, t(`campaigns.verdicts.${o.verdict}`)]), []] : []),
    head('branches', 'way', 'people', 'converted', 'rate'),
    ...(r.branches ?? []).flatMap((b) => (b.ways ?? []).map((w) => [b.name, w.name, w.people, w.converted, w.rate])),
    [],
    [t('journeys.live.step'), t('journeys.live.entered'), t('journeys.live.wentOn'), t('journeys.live.p50'), t('journeys.live.p90')],
    ...(r.steps ?? []).map((s) => [nameOf(s.step), s.entered, s.went_on, s.seconds_p50, s.seconds_p90]),
    [],
    head('stops', 'why', 'people'),
    ...(r.stops ?? []).map((s) => [s.name || s.step, s.why, s.people]),
    [],
    head('day', 'people', 'converted'),
    ...(r.days ?? []).map((d) => [d.day, d.entered, d.converted]),
  ];
}
