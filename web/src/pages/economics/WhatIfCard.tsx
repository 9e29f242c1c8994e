import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Card, Select, Slider } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { economics, type By, type Economics, type Scenario } from '../../api/economics';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';
import { Money, Part, useRowName } from './pieces';

const knobs = {
  cost_percent: [-50, 100],
  bought_points: [-20, 20],
  repurchase_points: [-20, 20],
  order_percent: [-50, 100],
  margin_points: [-20, 20],
} as const;
type Knob = keyof typeof knobs;
const still: Record<Knob, number> = { cost_percent: 0, bought_points: 0, repurchase_points: 0, order_percent: 0, margin_points: 0 };

/** What would be if some things were different: knobs here, sums in the server. */
export function WhatIfCard({ data, by }: { data: Economics; by: By }) {
  const { t } = useTranslation();
  const f = useFormat();
  const nameOf = useRowName(by);
  const [key, setKey] = useState<string>();
  const [turned, setTurned] = useState(still);
  const there = key !== undefined && data.rows.some((r) => r.key === key);
  const body = useSettled({ from: data.period.from, to: data.period.to, by, ...(there ? { key } : {}), ...turned }, 200);
  const answer = useQuery({ queryKey: ['economics-what-if', data.margin_bp, data.as_of, body], queryFn: () => economics.whatIf(body), placeholderData: keepPreviousData });
  const same = Object.values(turned).every((v) => v === 0);
  const signed = (n: number) => (n > 0 ? `+${f.number(n)}` : f.number(n));
  const line = (label: string, of: (s: Scenario) => ReactNode) => (
    <tr key={label}>
      <th scope="row">{label}</th>
      <td className="fp-num fp-right">{answer.data && of(answer.data.before)}</td>
      <td className="fp-num fp-right" data-after={label}>
        {answer.data && of(answer.data.after)}
      </td>
    </tr>
  );
  const money = (of: { minor: number | null; why: string }) => <Money of={of} currency={data.currency} />;
  return (
    <Card
      title={t('economics.whatIf')}
      extra={
        <Button size="small" className="fp-no-print" disabled={same} onClick={() => setTurned(still)}>
          {t('economics.reset')}
        </Button>
      }
    >
      <div className="fp-whatif">
        <div className="fp-stack">
          <label className="fp-whatif-scope">
            <span>{t('economics.scope')}</span>
            <Select
              aria-label={t('economics.scope')}
              value={there ? `row ${key}` : 'total'}
              options={[{ value: 'total', label: t('economics.total') }, ...data.rows.filter((r) => r.persons > 0).map((r) => ({ value: `row ${r.key}`, label: nameOf(r) }))]}
              onChange={(v: string) => setKey(v === 'total' ? undefined : v.slice(4))}
            />
          </label>
          {(Object.keys(knobs) as Knob[]).map((k) => (
            <div key={k} className="fp-whatif-knob" data-knob={k}>
              <span>{t(`economics.knob.${k}`)}</span>
              <Slider
                ariaLabelForHandle={t(`economics.knob.${k}`)}
                min={knobs[k][0]}
                max={knobs[k][1]}
                value={turned[k]}
                disabled={k === 'margin_points' && data.margin_bp === null}
                onChange={(v: number) => setTurned((before) => ({ ...before, [k]: v }))}
              />
              <output className="fp-num">
                {signed(turned[k])} {t(`economics.unit.${k}`)}
              </output>
            </div>
          ))}
          <span className="fp-muted fp-small">{t('economics.whatIfNote')}</span>
        </div>
        {answer.isError ? (
          <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />
        ) : !answer.data ? (
          <Loading rows={6} />
        ) : (
          <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('economics.whatIf')} aria-busy={answer.isPlaceholderData}>
            <table className="fp-top fp-whatif-table">
              <thead>
                <tr>
                  <td />
                  <th scope="col" className="fp-right">
                    {t('economics.now')}
                  </th>
                  <th scope="col" className="fp-right">
                    {t('economics.then')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {line(t('economics.scenario.persons'), (s) => f.number(s.persons))}
                {line(t('economics.scenario.cost'), (s) => f.money(s.cost_minor, data.currency))}
                {line(t('economics.scenario.cac'), (s) => money(s.cac))}
                {line(t('economics.scenario.bought'), (s) => <Part of={s.bought} />)}
                {line(t('economics.scenario.repurchase'), (s) => <Part of={s.repurchase} />)}
                {line(t('economics.scenario.further'), (s) => <Part of={s.further} times />)}
                {line(t('economics.scenario.order'), (s) => money(s.average_order))}
                {line(t('economics.scenario.sales'), (s) => money(s.sales))}
                {line(t('economics.scenario.margin'), (s) => <Part of={s.margin} />)}
                {line(t('economics.scenario.profit'), (s) => money(s.profit))}
                {line(t('economics.scenario.roi'), (s) => <Part of={s.roi} />)}
                {line(t('economics.scenario.value'), (s) => money(s.value))}
                {line(t('economics.scenario.ratio'), (s) => <Part of={s.value_to_cac} times />)}
                {line(t('economics.scenario.ratioMargin'), (s) => <Part of={s.margin_to_cac} times />)}
              </tbody>
            </table>
          </div>
        )}
      </div>
      {answer.data && (
        <details className="fp-formulas">
          <summary>{t('economics.formulas')}</summary>
          <dl>
            {answer.data.formulas.map((x) => (
              <div key={x.key}>
                <dt>{x.name}</dt>
                <dd>
                  {x.formula}
                  <div className="fp-muted fp-small">{x.source ? t('economics.source', { source: x.source }) : t('economics.own')}</div>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Card>
  );
}
