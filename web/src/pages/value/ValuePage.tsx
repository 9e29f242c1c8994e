import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button, InputNumber, Progress, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { value, type ValueReport } from '../../api/value';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';
import { Models, Validation } from './Models';
import { ValuePeople, type Asked } from './ValuePeople';
import './value.css';

const route = getRouteApi('/shell/value');

/** A number of the address, where it is one within bounds. */
function bounded(text: string | undefined, usual: number, low: number, high: number) {
  const n = Number(text);
  return text && Number.isFinite(n) && n >= low && n <= high ? n : usual;
}

/** What customers are worth: all together, by which models, and who. */
export function ValuePage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const search = route.useSearch();
  const days = Math.round(bounded(search.days, 365, 1, 3650));
  const discount = bounded(search.discount, 0.1, 0, 1);
  const report = useQuery({
    queryKey: ['value', days, discount, f.language],
    queryFn: () => value.read({ days, discount }),
    placeholderData: (before) => before,
    refetchInterval: (q) => (q.state.data?.refit ? 1500 : false),
  });
  const refit = useMutation({ mutationFn: value.refit, onError: notify, onSuccess: () => queries.invalidateQueries({ queryKey: ['value'] }) });
  const put = (part: Record<string, string>) => void navigate({ to: '/value', search: { ...search, ...part }, replace: true });
  const d = report.data;
  const button = may('insight.keep') && (
    <Button data-refit loading={refit.isPending} disabled={!d || !!d.refit} onClick={() => refit.mutate()}>
      {t('value.refit')}
    </Button>
  );
  return (
    <div className="fp-page" data-value-known={d?.known ? 'yes' : 'no'}>
      <PageHeader
        title={t('menu.value')}
        note={d?.fitted_at ? t('value.note', { at: f.dateTime(d.fitted_at), day: d.as_of ?? '—', zone: d.time_zone ?? f.timeZone }) : t('value.what')}
        extra={
          <Space wrap>
            <ReportMenu page="value" query={{ days: String(days), discount: String(discount) }} disabled={!d?.known} />
            {button}
          </Space>
        }
      />
      {d?.refit && (
        <div role="status" data-refitting>
          {t(d.refit.done > 0 ? 'value.telling' : 'value.fitting')}
          <Progress aria-label={t('value.fitting')} percent={Math.floor((100 * d.refit.done) / Math.max(1, d.refit.total))} />
        </div>
      )}
      {d?.refit_failed && <Alert type="warning" showIcon title={t('value.broke')} />}
      {report.isError ? (
        <ProblemView error={report.error} onRetry={() => void report.refetch()} />
      ) : !d ? (
        <Loading rows={10} />
      ) : !d.known || !d.result ? (
        <EmptyState
          title={t('value.cannot')}
          text={d.refusal?.text ?? ''}
          action={
            may('import.run') && (
              <Link to="/imports">
                <Button>{t('value.import')}</Button>
              </Link>
            )
          }
        />
      ) : (
        <Known report={d} days={days} discount={discount} search={search} put={put} />
      )}
    </div>
  );
}

interface KnownProps {
  report: ValueReport;
  days: number;
  discount: number;
  search: Record<string, string | undefined>;
  put: (part: Record<string, string>) => void;
}

function Known({ report: d, days, discount, search, put }: KnownProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const r = d.result!;
  const p = r.population!;
  const a = d.asked;
  const money = (n: number | undefined) => (n == null ? '—' : f.money(Math.round(n), d.currency));
  const dash = r.value_refusal ? (f.language.startsWith('zh') ? r.value_refusal.zh : r.value_refusal.en) : undefined;
  const figures: [string, string, string][] = [
    [t('value.buyers'), 'clv.people', f.number(r.people)],
    [t('value.stillThere'), 'clv.alive', f.number(Math.round(p.alive))],
    [t('value.ordersIn', { days: f.number(days) }), 'clv.asked.orders', a ? f.number(Math.round(a.orders)) : '—'],
    [t('value.worthIn', { days: f.number(days) }), 'clv.asked.worth_minor', money(a?.worth_minor)],
    [t('value.present'), 'clv.asked.present_minor', money(a?.present_minor)],
    [t('value.mean'), 'clv.asked.mean_minor', money(a?.mean_minor)],
  ];
  const asked: Asked = {
    show: search.show === 'risk' || search.show === 'alive' ? search.show : 'top',
    share: bounded(search.share, search.show === 'risk' ? 0.2 : 0.1, 0.01, 1),
    alive: bounded(search.alive, 0.5, 0.01, 0.99),
    from: bounded(search.from, 0, 0, 1),
    to: bounded(search.to, 1, 0, 1),
  };
  const ask = (part: Partial<Asked>) => put(Object.fromEntries(Object.entries(part).map(([k, v]) => [k, String(v)])));
  const most = Math.max(1, ...(p.alive_distribution ?? []).map((s) => s.people));
  return (
    <div className="fp-stack">
      <section className="fp-value-box" aria-label={t('value.together')}>
        <header>
          <h2>{t('value.together')}</h2>
          <div className="fp-toolbar">
            <label className="fp-measure-inline">
              {t('value.days')}
              <InputNumber aria-label={t('value.days')} min={1} max={3650} precision={0} value={days} suffix={t('measure.unitDays')} style={{ width: 120 }} changeOnWheel={false} onChange={(n) => n && put({ days: String(n) })} />
            </label>
            <Tooltip title={t('value.discountHelp')}>
              <label className="fp-measure-inline">
                {t('value.discount')}
                <InputNumber aria-label={t('value.discount')} min={0} max={100} precision={0} value={Math.round(discount * 100)} suffix="%" style={{ width: 100 }} onChange={(n) => n !== null && put({ discount: String(n / 100) })} />
              </label>
            </Tooltip>
          </div>
        </header>
        <dl className="fp-figures">
          {figures.map(([label, key, text]) => (
            <div key={key} data-value-figure={key}>
              <dt>{label}</dt>
              <dd>
                <Figure of={key} value={text} countedTo={d.fitted_at ?? null} note={text === '—' ? dash : undefined} />
              </dd>
            </div>
          ))}
        </dl>
        {p.lifetime && (
          <p className="fp-muted">
            {t('value.spread', { mean: money(p.lifetime.mean), median: money(p.lifetime.median), p90: money(p.lifetime.p90), share: f.share(p.lifetime.top_tenth_share, 0) })}
          </p>
        )}
      </section>
      <section className="fp-value-box" aria-label={t('value.distribution')}>
        <h2>{t('value.distribution')}</h2>
        <p className="fp-muted fp-small">{t('value.distributionText')}</p>
        <ol className="fp-value-bars">
          {(p.alive_distribution ?? []).map((s) => {
            const label = t('value.between', { from: f.share(s.from, 0), to: f.share(s.to, 0) });
            const chosen = asked.show === 'alive' && Math.abs(asked.from - s.from) < 1e-9;
            return (
              <li key={s.from}>
                <span className="fp-num">{label}</span>
                <span className="fp-measure-track" aria-hidden>
                  <span style={{ width: `${(100 * s.people) / most}%` }} />
                </span>
                <Button type="link" size="small" className="fp-num" disabled={s.people === 0} aria-pressed={chosen} aria-label={`${label} · ${t('measure.people', { count: s.people, number: f.number(s.people) })}`} onClick={() => ask({ show: 'alive', from: s.from, to: s.to })}>
                  {f.number(s.people)}
                </Button>
              </li>
            );
          })}
        </ol>
      </section>
      <ValuePeople asked={asked} ask={ask} fittedAt={d.fitted_at} />
      <Validation result={r} fittedAt={d.fitted_at} />
      <Models result={r} />
    </div>
  );
}
