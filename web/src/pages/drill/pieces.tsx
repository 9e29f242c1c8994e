import { Link, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DrillPeopleInput, DrillTotals } from '../../api/drill';
import { useFormat } from '../../app/useFormat';
import { Figure } from '../../ui/Figure';

/** The address at which the people behind a figure are listed over the page. */
export function usePeopleLink() {
  const search = useSearch({ strict: false }) as Record<string, string>;
  return (who: DrillPeopleInput, title: string) => ({ to: '/drill' as const, search: { ...search, who: JSON.stringify({ ...who, title }) } });
}

/** A number of people that opens them; plain when there is nobody. */
export function People({ n, who, title, className }: { n: number; who: DrillPeopleInput; title: string; className?: string }) {
  const f = useFormat();
  const link = usePeopleLink();
  if (n === 0) return <span className="fp-num fp-muted">0</span>;
  return (
    <Link {...link(who, title)} className={`fp-num ${className ?? ''}`} aria-label={`${title}: ${f.number(n)}`} data-people={who.figure}>
      {f.number(n)}
    </Link>
  );
}

type Of = 'persons' | 'reachable' | 'direct' | 'waiting' | 'unreachable' | 'one_account' | 'one_platform';
const counted: Of[] = ['persons', 'reachable', 'direct', 'waiting', 'unreachable', 'one_account', 'one_platform'];

/** The drill's sums, each with its meaning and its people. */
export function Stats({ runId, totals, at, currency }: { runId: string; totals: DrillTotals; at?: string | null; currency?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const link = usePeopleLink();
  const money: Partial<Record<Of, number | null>> = { reachable: totals.reachable_minor, one_account: totals.one_account_minor, one_platform: totals.one_platform_minor };
  return (
    <section className="fp-drill-stats" aria-label={t('drill.totals')} data-drill-totals="">
      {counted.map((key) => {
        const name = t(`drill.total.${key}`);
        const minor = money[key];
        return (
          <div className="fp-drill-stat" key={key} data-total={key}>
            <span className="fp-muted">{name}</span>
            <Figure of={`drill.totals.${key}`} value={f.number(totals[key])} countedTo={at} people={totals[key] > 0 ? link({ run_id: runId, figure: key }, name) : undefined} />
            {minor !== null && minor !== undefined && <span className="fp-muted fp-num">{f.moneyCompact(minor, currency)}</span>}
          </div>
        );
      })}
      <div className="fp-drill-stat" data-total="value_minor">
        <span className="fp-muted">{t('drill.total.value_minor')}</span>
        <Figure
          of="drill.totals.value_minor"
          value={totals.value_minor === null || totals.value_minor === undefined ? t('drill.none') : f.moneyCompact(totals.value_minor, currency)}
          countedTo={at}
          people={totals.valued > 0 ? link({ run_id: runId, figure: 'valued' }, t('drill.total.value_minor')) : undefined}
        />
      </div>
    </section>
  );
}
