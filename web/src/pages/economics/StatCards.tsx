import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Economics, EconomicsPeople } from '../../api/economics';
import { useFormat } from '../../app/useFormat';
import { Figure } from '../../ui/Figure';
import { Told } from './pieces';

interface Props {
  data: Economics;
  search: Record<string, unknown>;
}

/** The answer of everybody together. */
export function StatCards({ data, search }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const money = (minor: number) => f.money(minor, data.currency);
  const { total, repurchase, sales, interaction } = data;
  const people = (who: EconomicsPeople) => ({ to: '/economics', search: { ...search, who: JSON.stringify(who) } });
  const span = { from: data.period.from, to: data.period.to };
  const tile = (key: string, label: string, value: ReactNode, why: string, more: ReactNode, who?: EconomicsPeople) => (
    <div className="fp-stat" data-stat={key} data-known={why === ''}>
      <span className="fp-stat-label">{label}</span>
      <Figure
        of={key}
        className="fp-stat-value"
        value={why ? <span className="fp-cannot">—</span> : value}
        period={data.period}
        countedTo={key.startsWith('economics.interaction') ? interaction.counted_to : data.as_of}
        note={why || undefined}
        people={who && people(who)}
      />
      <span className="fp-stat-trend">{why ? <span data-why="">{why}</span> : more}</span>
    </div>
  );
  const noValues = total.value.minor === null && total.net.minor !== null;
  return (
    <section className="fp-stats" aria-label={t('economics.numbers')}>
      {tile('economics.cac', t('economics.cac'), total.cac.minor !== null && money(total.cac.minor), total.cac.minor === null ? total.cac.why : '',
        t('economics.cacHow', { cost: money(total.cost_minor), persons: f.number(total.persons) }), { ...span, figure: 'persons' })}
      <div className="fp-stat" data-stat="economics.value" data-known={total.value.minor !== null}>
        <span className="fp-stat-label">{t('economics.value')}</span>
        <Figure of="economics.value" className="fp-stat-value" value={total.value.minor === null ? <span className="fp-cannot">—</span> : money(total.value.minor)} period={data.period} countedTo={data.as_of} note={total.value.why || undefined} />
        <span className="fp-stat-trend">
          {total.value.minor === null ? <span data-why="">{total.value.why} </span> : total.per_person_minor !== null && t('economics.perPerson', { money: money(total.per_person_minor) })}
          {noValues && (
            <Link to={'/value' as never} className="fp-no-print">
              {t('economics.fitValues')}
            </Link>
          )}
        </span>
      </div>
      {tile('economics.value_to_cac', t('economics.ratio'), total.value_to_cac.value !== null && f.number(Math.round(total.value_to_cac.value * 100) / 100), total.value_to_cac.value === null ? total.value_to_cac.why : '',
        total.margin_to_cac.value !== null ? t('economics.ratioMargin', { ratio: f.number(Math.round(total.margin_to_cac.value * 100) / 100) }) : <Told why="">{total.margin_to_cac.why}</Told>)}
      {tile('economics.roi', t('economics.roi'), total.roi.value !== null && f.share(total.roi.value), total.roi.value === null ? total.roi.why : '',
        total.net_per_cost.value !== null && t('economics.roiSales', { ratio: f.number(Math.round(total.net_per_cost.value * 100) / 100) }))}
      {tile('economics.repurchase.rate', t('economics.repurchase'), repurchase.rate.value !== null && f.share(repurchase.rate.value), repurchase.rate.value === null ? repurchase.rate.why : '',
        t('economics.repurchaseHow', { buyers: f.number(repurchase.buyers), again: f.number(repurchase.again) }), { ...span, figure: 'repurchase_again' })}
      {tile('economics.repurchase.median_days', t('economics.interval'), repurchase.median_days.count !== null && t('economics.days', { count: repurchase.median_days.count }), repurchase.median_days.count === null ? repurchase.median_days.why : '',
        t('economics.intervalHow', { p25: repurchase.p25_days.count, p75: repurchase.p75_days.count }))}
      {tile('economics.sales.average_order', t('economics.average'), sales.average_order.minor !== null && money(sales.average_order.minor), sales.average_order.minor === null ? sales.average_order.why : '',
        <>
          {t('economics.orders', { count: sales.orders })}
          {sales.foreign_orders > 0 && `；${t('economics.foreign', { count: sales.foreign_orders })}`}
        </>)}
      {tile('economics.interaction.rate', t('economics.interaction', { month: interaction.month }), interaction.rate.value !== null && f.share(interaction.rate.value), interaction.rate.value === null ? interaction.rate.why : '',
        t('economics.interactionHow', { persons: f.number(interaction.persons), pool: f.number(interaction.pool) }), { ...span, figure: 'active' })}
    </section>
  );
}
