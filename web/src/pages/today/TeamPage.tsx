import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, DatePicker, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { today as api, type Coverage, type Team } from '../../api/today';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { isDay } from '../acquisition/days';
import { useBuild } from './useBuild';
import './today.css';

const route = getRouteApi('/shell/today/team');

type Row = Coverage & { id: string; name: string; staff?: boolean; total?: boolean };

/** How much of whose list was attended to, and what came of it. */
export function TodayTeamPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const day = isDay(search.day) ? search.day : '';
  const to = day && isDay(search.to) ? search.to : '';
  const query = useQuery({ queryKey: ['today-team', day, to], queryFn: () => api.team({ day: day || undefined, to: to || undefined }), placeholderData: (before) => before });
  const build = useBuild();
  const team = query.data;
  return (
    <div className="fp-page">
      <PageHeader
        title={t('todayTeam.title')}
        note={t('todayTeam.note')}
        extra={
          <>
            <DatePicker.RangePicker
              allowClear
              aria-label={t('todayTeam.day')}
              value={team ? [dayjs(team.from), dayjs(team.to)] : null}
              disabledDate={(d, { from }) => Boolean(from) && Math.abs(d.diff(from, 'days')) > 91}
              onChange={(v) => void navigate({ to: '/today/team', search: v?.[0] && v[1] ? { day: v[0].format('YYYY-MM-DD'), to: v[1].format('YYYY-MM-DD') } : {} })}
            />
            {team && <ExportMenu address={(format) => api.exportAddress(format, team.from, team.to)} />}
            {may('followup.settings') && (
              <Tooltip title={t('todayTeam.rebuildHelp')}>
                <Button loading={build.isPending} onClick={() => build.mutate()}>
                  {t('todayTeam.rebuild')}
                </Button>
              </Tooltip>
            )}
          </>
        }
      />
      {query.isError && !team ? <ProblemView error={query.error} onRetry={() => void query.refetch()} /> : !team ? <Loading /> : <Covered team={team} />}
    </div>
  );
}

function Covered({ team }: { team: Team }) {
  const { t } = useTranslation();
  if (team.total.listed === 0 && team.total.beyond === 0) return <EmptyState title={t('todayTeam.none')} text={t('todayTeam.noneText')} />;
  const staff: Row[] = (team.staff ?? []).map((s) => ({ ...s, id: s.staff_id || 'none', name: s.staff_name || t('today.nobody'), staff: true }));
  const rules: Row[] = (team.rules ?? []).map((r) => ({ ...r, id: r.rule_id, name: r.rule }));
  return (
    <div className="fp-stack">
      <section aria-labelledby="by-staff">
        <h2 id="by-staff" className="fp-today-section">
          {t('todayTeam.byStaff')} <span className="fp-muted fp-small">{t('todayTeam.days', { count: team.days })}</span>
        </h2>
        <CoverageTable rows={[...staff, { ...team.total, id: 'total', name: t('todayTeam.total'), total: true }]} team={team} first={t('todayTeam.staff')} />
      </section>
      <section aria-labelledby="by-rule">
        <h2 id="by-rule" className="fp-today-section">
          {t('todayTeam.byRule')} <span className="fp-muted fp-small">{t('todayTeam.byRuleHelp')}</span>
        </h2>
        <CoverageTable rows={rules} team={team} first={t('todayTeam.rule')} />
      </section>
    </div>
  );
}

function CoverageTable({ rows, team, first }: { rows: Row[]; team: Team; first: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const single = team.from === team.to;
  const head = (key: string, help?: string) => (help ? <Tooltip title={t(`todayTeam.${help}`)}>{t(`todayTeam.${key}`)}</Tooltip> : t(`todayTeam.${key}`));
  const number = (key: string, of: (r: Row) => number, help?: string) => ({
    title: head(key, help),
    key,
    align: 'right' as const,
    render: (_: unknown, r: Row) => <span className={`fp-num${of(r) === 0 ? ' fp-muted' : ''}`}>{f.number(of(r))}</span>,
  });
  const attended = (r: Row) => r.listed - r.open - r.missed;
  return (
    <div className="fp-table-wrap">
      <DataTable<Row>
        label={first}
        minWidth={1020}
        rowKey="id"
        dataSource={rows}
        rowClassName={(r) => (r.total ? 'fp-today-total' : '')}
        columns={[
          {
            title: first,
            key: 'name',
            render: (_, r) =>
              r.total ? (
                <b>{r.name}</b>
              ) : single ? (
                <Link
                  to="/today"
                  className="fp-link-row"
                  aria-label={t('todayTeam.open', { name: r.name })}
                  search={{ staff: r.staff ? r.id : 'all', show: 'all', day: team.from, ...(r.staff ? {} : { rule: r.id }) }}
                >
                  {r.name}
                </Link>
              ) : (
                r.name
              ),
          },
          number('listed', (r) => r.listed),
          number('beyond', (r) => r.beyond, 'beyondHelp'),
          number('attended', attended),
          {
            title: t('todayTeam.coverage'),
            key: 'coverage',
            align: 'right',
            render: (_, r) => <span className="fp-num">{r.listed > 0 ? f.share(attended(r) / r.listed, 0) : '—'}</span>,
          },
          number('done', (r) => r.done),
          number('postponed', (r) => r.postponed),
          number('declined', (r) => r.declined),
          number('answered', (r) => r.answered),
          number('left', (r) => r.open + r.missed),
          number('replied', (r) => r.replied, 'repliedHelp'),
          number('converted', (r) => r.converted, 'convertedHelp'),
          { title: head('gain', 'gainHelp'), key: 'gain', align: 'right', render: (_, r) => <span className={`fp-num${r.gain_minor === 0 ? ' fp-muted' : ''}`}>{f.money(r.gain_minor, team.currency)}</span> },
        ]}
      />
    </div>
  );
}
