import { useQuery } from '@tanstack/react-query';
import { Drawer, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { reports, type ReportRun, type ReportSchedule } from '../../api/reports';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

const colors: Record<string, string | undefined> = { sent: 'success', failed: 'error', doubtful: 'warning' };

/** What became of a run, in one line. */
export function RunState({ run }: { run: ReportRun }) {
  const { t } = useTranslation();
  const mails = run.mails ?? [];
  const count = (status: string) => mails.filter((m) => m.status === status).length;
  const bad = count('failed');
  const doubtful = count('doubtful');
  return (
    <span data-run={run.status}>
      <TimeText at={run.due_at} exact />{' '}
      {run.status === 'open' ? (
        <Tag color="processing">{t('reports.sending')}</Tag>
      ) : (
        <>
          <Tag color={bad || doubtful ? undefined : 'success'}>{t('reports.sentTo', { count: count('sent') })}</Tag>
          {bad > 0 && <Tag color="error">{t('reports.failedTo', { count: bad })}</Tag>}
          {doubtful > 0 && <Tag color="warning">{t('reports.doubtfulTo', { count: doubtful })}</Tag>}
        </>
      )}
      {run.status === 'open' && run.reason && <div className="fp-no fp-small">{run.reason}</div>}
    </span>
  );
}

/** All that was sent of a report, and to whom. */
export function HistoryDrawer({ report, onClose }: { report: ReportSchedule; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const runs = useQuery({ queryKey: ['report-runs', report.id], queryFn: () => reports.runs(report.id), select: (d) => d.items ?? [], refetchInterval: (q) => ((q.state.data?.items ?? []).some((r) => r.status === 'open') ? 1500 : false) });
  return (
    <Drawer open title={t('reports.historyOf', { name: report.name })} size={560} onClose={onClose}>
      {runs.isError ? (
        <ProblemView error={runs.error} onRetry={() => void runs.refetch()} />
      ) : !runs.data ? (
        <Loading rows={5} />
      ) : runs.data.length === 0 ? (
        <EmptyState title={t('reports.never')} text={t('reports.neverText')} />
      ) : (
        <ul className="fp-report-runs">
          {runs.data.map((r) => (
            <li key={r.id} data-run-id={r.id}>
              <div>
                <RunState run={r} />
              </div>
              <div className="fp-muted fp-small">
                {r.asked_by ? t('reports.askedBy', { name: r.asked_by }) : t('reports.ofDay', { day: r.period })}
                {r.bytes > 0 && <> · {t('reports.document', { rows: f.number(r.rows), size: f.bytes(r.bytes) })}</>}
              </div>
              <ul>
                {(r.mails ?? []).map((m) => (
                  <li key={m.staff_id} data-mail={m.status}>
                    {m.name} <Tag color={colors[m.status]}>{t(`reports.mail.${m.status}`)}</Tag>
                    {m.told_at && <TimeText at={m.told_at} exact />}
                    {m.reason && <div className="fp-muted fp-small">{m.reason}</div>}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </Drawer>
  );
}
