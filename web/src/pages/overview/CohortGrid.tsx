import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cohorts } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';

type Measure = 'share' | 'persons' | 'gmv';

/**
 * Who bought for the first time in a month, and how many of them bought again
 * in each month after it. The figure is always written: colour only helps.
 */
export function CohortGrid({ cohorts, period }: { cohorts: Cohorts; period?: { from: string; to: string; time_zone: string } }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [measure, setMeasure] = useState<Measure>('share');
  const months = cohorts.months ?? [];
  const longest = months.reduce((n, m) => Math.max(n, ...m.cells.map((c) => c.offset)), 0);
  if (months.length === 0) return <EmptyState title={t('cohort.empty')} />;
  // The strongest colour belongs to the best later month; month 0 is 100 % by definition.
  const about = { period, countedTo: cohorts.counted_to };
  const cell = { share: 'cohorts.cells.share', persons: 'cohorts.cells.persons', gmv: 'cohorts.cells.gmv_minor' }[measure];
  const best = Math.max(0.01, ...months.flatMap((m) => m.cells.filter((c) => c.offset > 0).map((c) => c.share)));

  return (
    <>
      <div className="fp-chart-tools">
        <Segmented<Measure>
          size="small"
          value={measure}
          onChange={setMeasure}
          options={[
            { value: 'share', label: t('cohort.share') },
            { value: 'persons', label: t('cohort.persons') },
            { value: 'gmv', label: t('cohort.gmv') },
          ]}
        />
        <span className="fp-muted fp-small">{t('cohort.note')}</span>
      </div>
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('cohort.title')}>
        <table className="fp-cohorts">
          <thead>
            <tr>
              <th scope="col">{t('cohort.month')}</th>
              <th scope="col" className="fp-right">
                <Figure of="cohorts.size" value={t('cohort.size')} {...about} />
              </th>
              {Array.from({ length: longest + 1 }, (_, n) => (
                <th key={n} scope="col" className="fp-right">
                  <Figure of={cell} value={n === 0 ? t('cohort.same') : t('cohort.later', { count: n })} {...about} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {months.map((m) => (
              <tr key={m.month}>
                <th scope="row">{m.month}</th>
                <td className="fp-num fp-right">{f.number(m.size)}</td>
                {Array.from({ length: longest + 1 }, (_, n) => {
                  const c = m.cells.find((x) => x.offset === n);
                  if (!c) return <td key={n} className="none" />;
                  const strength = n === 0 ? 0 : Math.min(1, c.share / best);
                  return (
                    <td
                      key={n}
                      className="fp-num fp-right"
                      title={t('cohort.cell', {
                        month: m.month,
                        offset: n,
                        persons: f.number(c.persons),
                        size: f.number(m.size),
                        share: f.share(c.share),
                        gmv: f.money(c.gmv_minor),
                      })}
                      style={{ background: `rgba(var(--fp-heat), ${(strength * 0.42).toFixed(3)})` }}
                    >
                      {measure === 'share' ? f.share(c.share, 0) : measure === 'persons' ? f.number(c.persons) : f.moneyCompact(c.gmv_minor)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
