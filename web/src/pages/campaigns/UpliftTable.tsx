import { useTranslation } from 'react-i18next';
import type { Outcome } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { amount, difference, mean } from './reportWords';
import { UpliftLine } from './UpliftLine';

function useVerdict(currency: string) {
  const { t } = useTranslation();
  const f = useFormat();
  return (o: Outcome): { text: string; why: string; tone: 'higher' | 'lower' | 'unknown' } => {
    if (o.verdict === 'higher' || o.verdict === 'lower') {
      return { text: t(`campaigns.said.${o.verdict}`, { per: amount(o.key, Math.abs(o.per_1000.estimate), currency, f), total: amount(o.key, Math.abs(o.total.estimate), currency, f) }), why: '', tone: o.verdict };
    }
    const why = o.why === 'too_few' ? t('campaigns.few') : o.why === 'too_uneven' ? t('campaigns.uneven') : '';
    const needed = o.needed_people ? t('campaigns.needed', { people: f.compact(o.needed_people) }) : '';
    return { text: t('campaigns.verdicts.cannot_tell'), why: [why, needed].filter(Boolean).join(' · '), tone: 'unknown' };
  };
}

/** What people did who were to get it, against those who were left out: the difference with its interval, and a verdict in words. */
export function UpliftTable({ outcomes, currency }: { outcomes: readonly Outcome[]; currency: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const verdict = useVerdict(currency);
  return (
    <DataTable<Outcome>
      rowKey="key"
      label={t('campaigns.uplift')}
      minWidth={940}
      dataSource={[...outcomes]}
      columns={[
        {
          key: 'key',
          title: t('campaigns.outcome'),
          width: 130,
          render: (_, o) => (
            <>
              <b>{t(`campaigns.outcomes.${o.key}`)}</b>
              {o.adjusted && <div className="fp-muted fp-small">{t('campaigns.adjusted', { share: f.share(o.variance_reduction, 0) })}</div>}
            </>
          ),
        },
        {
          key: 'verdict',
          title: t('campaigns.verdict'),
          width: 210,
          render: (_, o) => {
            const v = verdict(o);
            return (
              <>
                <span className={v.tone === 'higher' ? 'fp-yes' : v.tone === 'lower' ? 'fp-no' : undefined}>{v.text}</span>
                {v.why && <div className="fp-muted fp-small">{v.why}</div>}
              </>
            );
          },
        },
        { key: 'control', title: t('campaigns.control'), align: 'right', width: 100, render: (_, o) => <span className="fp-num">{mean(o, o.control, currency, f)}</span> },
        { key: 'treated', title: t('campaigns.treated'), align: 'right', width: 100, render: (_, o) => <span className="fp-num">{mean(o, o.treated, currency, f)}</span> },
        { key: 'per', title: t('campaigns.per1000'), align: 'right', width: 120, render: (_, o) => <b className="fp-num">{difference(o.key, o.per_1000.estimate, currency, f)}</b> },
        {
          key: 'line',
          title: t('campaigns.interval'),
          width: 220,
          render: (_, o) => {
            if (!o.known) return '—';
            const [low, high] = [difference(o.key, o.per_1000.low, currency, f), difference(o.key, o.per_1000.high, currency, f)];
            return (
              <>
                <UpliftLine low={o.per_1000.low} estimate={o.per_1000.estimate} high={o.per_1000.high} tone={verdict(o).tone} label={t('campaigns.intervalOf', { low, high })} />
                <span className="fp-muted fp-small fp-num">
                  {low} … {high}
                </span>
              </>
            );
          },
        },
        { key: 'total', title: t('campaigns.total'), align: 'right', width: 120, render: (_, o) => <span className="fp-num">{difference(o.key, o.total.estimate, currency, f)}</span> },
      ]}
    />
  );
}
