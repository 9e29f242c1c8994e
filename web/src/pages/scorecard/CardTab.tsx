import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { scorecard, type Scored } from '../../api/scorecard';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { may } from '../../lib/permissions';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { Fresh, useRefresh } from './Fresh';
import { TrendChart } from './TrendChart';

interface Period {
  from: string;
  to: string;
  time_zone: string;
}

/** One element: its score, what it is counted from, and what makes it better. */
function Element({ e, weak, period, counted }: { e: Scored; weak: boolean; period: Period; counted: string | null }) {
  const { t } = useTranslation();
  const f = useFormat();
  const count = (n: number) => (e.key === 'cost' ? f.money(n) : f.number(n));
  return (
    <section className={`fp-scorecard-box${weak ? ' fp-scorecard-weak' : ''}`} aria-label={e.name} data-element={e.key}>
      <header>
        <h2>{e.name}</h2>
        {weak && <span className="fp-scorecard-mark">{t('scorecard.weakest')}</span>}
        {e.score !== null && (
          <b className="fp-num">
            {f.number(e.score)} <small>{t('scorecard.points')}</small>
          </b>
        )}
      </header>
      {e.score === null || e.raw === null ? (
        <p className="fp-muted">{t('scorecard.cannot', { why: e.why })}</p>
      ) : (
        <>
          <div className="fp-scorecard-bar" role="meter" aria-label={t('scorecard.score', { name: e.name })} aria-valuemin={0} aria-valuemax={100} aria-valuenow={e.score}>
            <i style={{ width: `${e.score}%` }} />
          </div>
          <p>
            <Figure of={`scorecard.${e.key}.raw`} value={f.share(e.raw, 1)} period={period} countedTo={counted} /> <span className="fp-muted">{t('scorecard.of', { part: count(e.part), whole: count(e.whole) })}</span>
            {e.change !== null && <span className="fp-muted"> · {t('scorecard.change', { points: `${e.change > 0 ? '+' : ''}${f.number(e.change)}` })}</span>}
          </p>
        </>
      )}
      <p className="fp-muted fp-small">{e.measure}</p>
      <p className="fp-muted fp-small">{t('scorecard.range', { zero: f.share(e.zero, 0), full: f.share(e.full, 0) })}</p>
      <p>{e.advice}</p>
      <Link to={e.path} className="fp-no-print" data-advice>
        {e.link}
      </Link>
    </section>
  );
}

export function CardTab({ to }: { to?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const me = useMe();
  const card = useQuery({ queryKey: ['scorecard', to ?? '', f.language], queryFn: () => scorecard.card(to) });
  const refresh = useRefresh('scorecard', scorecard.refreshCard);
  if (card.isError) return <ProblemView error={card.error} onRetry={() => void card.refetch()} />;
  if (!card.data) return <Loading rows={10} />;
  const c = card.data;
  const months = c.months ?? [];
  if (!c.month) {
    return (
      <EmptyState
        title={t('scorecard.emptyTitle')}
        text={t('scorecard.empty')}
        action={
          <Space wrap>
            {may(me.permissions, 'import.run') && (
              <Link to="/imports">
                <Button>{t('scorecard.import')}</Button>
              </Link>
            )}
            {may(me.permissions, 'insight.keep') && (
              <Button type="primary" loading={refresh.isPending} onClick={() => refresh.mutate()}>
                {t('scorecard.refresh')}
              </Button>
            )}
          </Space>
        }
      />
    );
  }
  const period = { from: c.from, to: c.month, time_zone: c.time_zone };
  return (
    <div className="fp-stack">
      <Fresh of={c} to={c.month} refresh={refresh} page="scorecard" query={to ? { to } : {}} />
      <div className="fp-scorecard-top">
        <div className="fp-scorecard-total" data-total>
          <span className="fp-muted">{t('scorecard.total')}</span>
          {c.total === null ? <p>{t('scorecard.cannot', { why: c.why })}</p> : <Figure className="fp-num" of="scorecard.total" value={f.number(c.total)} period={period} countedTo={c.computed_at} />}
        </div>
        {c.weakest && <Alert type="warning" showIcon title={c.weakest.text} />}
      </div>
      <div className="fp-scorecard-grid">
        {(c.elements ?? []).map((e) => (
          <Element key={e.key} e={e} weak={c.weakest?.key === e.key} period={period} counted={c.computed_at} />
        ))}
      </div>
      {months.length > 1 && <TrendChart months={months} elements={c.elements ?? []} />}
    </div>
  );
}
