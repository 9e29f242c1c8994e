import { useTranslation } from 'react-i18next';
import type { By, Economics, EconomicsPeople, EconomicsRow } from '../../api/economics';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Figure } from '../../ui/Figure';
import { Count, Money, Part, Told, useRowName } from './pieces';

type Line = EconomicsRow & { total?: boolean };

interface Props {
  data: Economics;
  by: By;
  open: (who: EconomicsPeople) => void;
}

/** Row by row: what people cost, who of them bought, what they bring beside it. */
export function UnitTable({ data, by, open }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const nameOf = useRowName(by);
  const name = (r: Line) => (r.total ? t('economics.total') : nameOf(r));
  const who = (r: Line, figure: EconomicsPeople['figure'], days?: 7 | 30 | 90): EconomicsPeople => ({
    from: data.period.from,
    to: data.period.to,
    by,
    ...(r.total ? {} : { key: r.key }),
    figure,
    ...(days ? { days } : {}),
  });
  const count = (r: Line, n: number, figure: EconomicsPeople['figure'], days?: 7 | 30 | 90) => (
    <Count n={n} who={who(r, figure, days)} open={open} label={`${name(r)}：${t(`economics.people.${figure}`, { days })}`} />
  );
  const rows: Line[] = [...data.rows, { ...data.total, key: '', name: '', path: [], parent_id: '', level: '', total: true }];
  const head = (of: string, value: string) => <Figure of={`economics.${of}`} value={value} period={data.period} countedTo={data.as_of} />;
  const number = { align: 'right' as const, className: 'fp-num' };
  return (
    <DataTable<Line>
      label={t('economics.table')}
      minWidth={1240}
      rowKey={(r) => (r.total ? 'total' : `row ${r.key}`)}
      dataSource={data.rows.length ? rows : []}
      rowClassName={(r) => (r.total ? 'fp-total' : '')}
      columns={[
        {
          key: 'name',
          title: t(`economics.ways.${by}`),
          width: 190,
          render: (_, r) => (
            <span data-row={r.total ? 'total' : r.key} style={by === 'channel' ? { paddingLeft: Math.max(0, r.path.length - 1) * 16 } : undefined}>
              {name(r)}
            </span>
          ),
        },
        { key: 'persons', title: head('persons', t('economics.col.persons')), ...number, render: (_, r) => count(r, r.persons, 'persons') },
        { key: 'cost', title: head('cost_minor', t('economics.col.cost')), ...number, render: (_, r) => <Told why={r.cost_known ? '' : t('economics.noCost')}>{f.money(r.cost_minor, data.currency)}</Told> },
        { key: 'cac', title: head('cac', t('economics.col.cac')), ...number, render: (_, r) => <Money of={r.cac} currency={data.currency} /> },
        {
          key: 'buyers',
          title: head('buyers', t('economics.col.buyers')),
          ...number,
          render: (_, r) => (
            <>
              {count(r, r.buyers, 'buyers')} <span className="fp-muted"><Part of={r.bought} digits={0} /></span>
            </>
          ),
        },
        {
          key: 'again',
          title: head('again', t('economics.col.again')),
          ...number,
          render: (_, r) => (
            <>
              {count(r, r.again, 'again')} <span className="fp-muted"><Part of={r.repurchase} digits={0} /></span>
            </>
          ),
        },
        { key: 'net', title: head('net', t('economics.col.net')), ...number, render: (_, r) => <Money of={r.net} currency={data.currency} /> },
        { key: 'value', title: head('value', t('economics.col.value')), ...number, render: (_, r) => <Money of={r.value} currency={data.currency} /> },
        { key: 'ratio', title: head('value_to_cac', t('economics.col.ratio')), ...number, render: (_, r) => <Part of={r.value_to_cac} times /> },
        { key: 'roi', title: head('roi', t('economics.col.roi')), ...number, render: (_, r) => <Part of={r.roi} digits={0} /> },
        ...([0, 1, 2] as const).map((i) => ({
          key: `converted${i}`,
          title: head('conversion.share', t('economics.col.converted', { days: [7, 30, 90][i] })),
          ...number,
          render: (_: unknown, r: Line) => {
            const c = r.conversion[i];
            const days = ([7, 30, 90] as const)[i];
            return c ? (
              <>
                {c.share.value !== null && <>{count(r, c.done, 'converted', days)} </>}
                <span className="fp-muted">
                  <Part of={c.share} digits={0} />
                </span>
              </>
            ) : null;
          },
        })),
      ]}
    />
  );
}
