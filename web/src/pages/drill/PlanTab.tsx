import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, App, Button, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { drill, type DrillReport, type DrillStep } from '../../api/drill';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { useNotifyProblem } from '../../ui/ProblemView';
import { People } from './pieces';

/** Whom to ask, over what, to add what; and the segments and drafts made of it. */
export function PlanTab({ report }: { report: DrillReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<number[]>([]);
  const ready = new Map((report.prepared ?? []).map((p) => [p.n, p]));
  const prepare = useMutation({
    mutationFn: () => drill.prepare(report.run.id, chosen),
    onError: notify,
    onSuccess: (now) => {
      queries.setQueryData(['drill', report.run.id], now);
      setChosen([]);
      void message.success(t('drill.prepared'));
    },
  });
  const mayPrepare = may('insight.keep') && may('segment.write') && may('campaign.write');
  const steps = report.steps ?? [];
  const done = (s: DrillStep) => Boolean(ready.get(s.n)?.segment_id) && Boolean(ready.get(s.n)?.campaign_id);
  const carrier = (key: string) => t(`drill.carrier.${key}`, { defaultValue: key });
  return (
    <>
      <p className="fp-muted">{t('drill.planNote')}</p>
      {report.rest.waiting > 0 && <Alert type="info" showIcon title={t('drill.restWaiting', { count: report.rest.waiting })} />}
      {report.rest.elsewhere > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('drill.restElsewhere', { count: report.rest.elsewhere })}
          action={
            <Link to="/accounts">
              <Button size="small">{t('drill.connect')}</Button>
            </Link>
          }
        />
      )}
      {mayPrepare && steps.length > 0 && (
        <div className="fp-drill-bar fp-no-print">
          <Tooltip title={t('drill.prepareHelp')}>
            <Button type="primary" disabled={chosen.length === 0} loading={prepare.isPending} onClick={() => prepare.mutate()} data-prepare="">
              {t('drill.prepare')}
              {chosen.length > 0 && ` (${f.number(chosen.length)})`}
            </Button>
          </Tooltip>
        </div>
      )}
      <DataTable<DrillStep>
        label={t('drill.tab.plan')}
        minWidth={760}
        rowKey="n"
        dataSource={steps}
        locale={{ emptyText: <EmptyState title={t('drill.noPlan')} text={t('drill.noPlanText')} /> }}
        rowSelection={
          mayPrepare
            ? {
                selectedRowKeys: chosen,
                onChange: (keys) => setChosen(keys.map(Number).slice(0, 50)),
                getCheckboxProps: (s) => ({ disabled: done(s), 'aria-label': `${t('drill.stepTitle')} ${s.n}` }) as object,
              }
            : undefined
        }
        columns={[
          { key: 'n', title: t('drill.stepTitle'), className: 'fp-num', render: (_, s) => s.n },
          {
            key: 'via',
            title: t('drill.via'),
            render: (_, s) => (
              <>
                {s.via_name} <span className="fp-muted">{carrier(s.via_carrier)}</span>
              </>
            ),
          },
          {
            key: 'to',
            title: t('drill.to'),
            render: (_, s) => (
              <>
                {s.to_name} <span className="fp-muted">{carrier(s.to_carrier)}</span>
              </>
            ),
          },
          { key: 'people', title: t('drill.people'), align: 'right', render: (_, s) => <People n={s.persons} who={{ run_id: report.run.id, figure: 'step', step: s.n }} title={t('drill.title.step', { n: s.n })} /> },
          { key: 'value', title: t('drill.value'), align: 'right', className: 'fp-num', render: (_, s) => (s.value_minor === null || s.value_minor === undefined ? t('drill.none') : f.moneyCompact(s.value_minor, report.value.currency)) },
          { key: 'growth', title: t('drill.growth'), align: 'right', className: 'fp-num', render: (_, s) => `${f.number(s.before_people)} → ${f.number(s.after_people)}` },
          {
            key: 'ready',
            title: t('drill.ready'),
            render: (_, s) => {
              const p = ready.get(s.n);
              if (!p?.segment_id) return <span className="fp-muted">{t('drill.none')}</span>;
              return (
                <span className="fp-drill-ways" data-ready={s.n}>
                  <Link to="/segments/$segmentId" params={{ segmentId: p.segment_id }}>
                    {t('drill.segment')}
                  </Link>
                  {p.campaign_id && (
                    <Link to="/campaigns/$campaignId" params={{ campaignId: p.campaign_id }}>
                      {t('drill.draft')}
                    </Link>
                  )}
                  {p.campaign_id && s.via_carrier === 'sms' && <span className="fp-muted fp-small">{t('drill.needsTemplate', { text: p.template_text })}</span>}
                </span>
              );
            },
          },
        ]}
      />
    </>
  );
}
