import { Link } from '@tanstack/react-router';
import { Button, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DrillReport, DrillUnit } from '../../api/drill';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { People } from './pieces';
import { unitName } from './words';

const kinds = ['platform', 'account', 'staff'] as const;

/** Each platform, account or colleague, and what would be left without it. */
export function UnitsTab({ report }: { report: DrillReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [by, setBy] = useState<(typeof kinds)[number]>('platform');
  const run = report.run.id;
  const head = (of: string, value: string) => <Figure of={`drill.units.${of}`} value={value} countedTo={report.run.finished_at ?? null} />;
  const units = (report.units ?? []).filter((u) => u.kind === by);
  const money = (minor?: number | null) => (minor === null || minor === undefined ? t('drill.none') : f.moneyCompact(minor, report.value.currency));
  const of = (u: DrillUnit, figure: 'unit' | 'lost' | 'muted' | 'kept') => ({ who: { run_id: run, figure, kind: u.kind, unit_id: u.id }, title: t(`drill.title.${figure}`, { name: unitName(t, u) }) });
  return (
    <>
      <div className="fp-drill-bar fp-no-print">
        <Segmented aria-label={t('drill.byLabel')} value={by} onChange={setBy} options={kinds.map((value) => ({ value, label: t(`drill.by.${value}`) }))} />
      </div>
      <DataTable<DrillUnit>
        label={t('drill.tab.units')}
        minWidth={760}
        rowKey={(u) => `${u.kind}/${u.id}`}
        dataSource={units}
        data-units={by}
        locale={{
          emptyText: (
            <EmptyState
              title={by === 'staff' ? t('drill.noStaff') : t('drill.noUnits')}
              text={t('drill.noUnitsText')}
              action={
                <Link to="/accounts">
                  <Button>{t('drill.connect')}</Button>
                </Link>
              }
            />
          ),
        }}
        expandable={{ expandedRowRender: (u) => <Beyond report={report} unit={u} />, rowExpandable: (u) => (u.next?.length ?? 0) + (u.barred?.length ?? 0) > 0 }}
        columns={[
          {
            key: 'name',
            title: t('drill.unit'),
            render: (_, u) => (
              <span data-unit={u.id}>
                <strong>{unitName(t, u)}</strong> {u.kind !== 'platform' && u.carrier && <span className="fp-muted">{t(`drill.carrier.${u.carrier}`, { defaultValue: u.carrier })}</span>}{' '}
                {u.off && <Tag color="warning">{t(`drill.why.${u.off}`)}</Tag>}
              </span>
            ),
          },
          { key: 'persons', title: head('persons', t('drill.persons')), align: 'right', sorter: (a, b) => a.persons - b.persons, render: (_, u) => <People n={u.persons} {...of(u, 'unit')} /> },
          { key: 'lost', title: head('lost', t('drill.lost')), align: 'right', sorter: (a, b) => a.lost - b.lost, render: (_, u) => <People n={u.lost} {...of(u, 'lost')} className="fp-drill-lost" /> },
          { key: 'money', title: head('lost_minor', t('drill.lostMoney')), align: 'right', className: 'fp-num', sorter: (a, b) => (a.lost_minor ?? 0) - (b.lost_minor ?? 0), render: (_, u) => money(u.lost_minor) },
          { key: 'muted', title: head('muted', t('drill.muted')), align: 'right', render: (_, u) => <People n={u.muted} {...of(u, 'muted')} /> },
          { key: 'kept', title: head('kept', t('drill.kept')), align: 'right', render: (_, u) => <People n={u.kept} {...of(u, 'kept')} /> },
          {
            key: 'next',
            title: t('drill.next'),
            render: (_, u) => {
              const best = [...(u.next ?? [])].sort((a, b) => b.persons - a.persons)[0];
              return best ? (
                <span>
                  {best.name}
                  {best.other && <span className="fp-muted"> · {t('drill.other')}</span>}
                  {best.waits && <span className="fp-muted"> · {t('drill.waits')}</span>}
                </span>
              ) : (
                t('drill.none')
              );
            },
          },
        ]}
      />
    </>
  );
}

/** All next ways without a unit, and who is tied to it without being reached. */
function Beyond({ report, unit }: { report: DrillReport; unit: DrillUnit }) {
  const { t } = useTranslation();
  const name = unitName(t, unit);
  const who = { run_id: report.run.id, kind: unit.kind, unit_id: unit.id };
  return (
    <div className="fp-drill-more">
      {(unit.next?.length ?? 0) > 0 && (
        <section>
          <h2>{t('drill.nextOf', { name })}</h2>
          <ul className="fp-drill-list">
            {(unit.next ?? []).map((n) => (
              <li key={`${n.account_id}/${String(n.waits)}`}>
                <span>
                  {n.name} <span className="fp-muted">{[t(`drill.carrier.${n.carrier}`, { defaultValue: n.carrier }), n.other && t('drill.other'), n.waits && t('drill.waits')].filter(Boolean).join(' · ')}</span>
                </span>
                <People n={n.persons} who={{ ...who, figure: 'next', account_id: n.account_id, waits: n.waits }} title={t('drill.title.next', { name, to: n.name })} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {(unit.barred?.length ?? 0) > 0 && (
        <section>
          <h2>{t('drill.barred')}</h2>
          <ul className="fp-drill-list">
            {(unit.barred ?? []).map((b) => (
              <li key={b.why}>
                <span>{t(`drill.why.${b.why}`)}</span>
                <People n={b.persons} who={{ ...who, figure: 'barred', why: b.why }} title={t('drill.title.barred', { name, why: t(`drill.why.${b.why}`) })} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** Why people cannot be reached, and the best way to those who can. */
export function Everybody({ report }: { report: DrillReport }) {
  const { t } = useTranslation();
  const totals = report.run.totals;
  if (!totals) return null;
  const run = report.run.id;
  return (
    <div className="fp-drill-lists">
      <section>
        <h2>{t('drill.bestWays')}</h2>
        <ul className="fp-drill-list">
          {(totals.ways ?? []).map((w) => (
            <li key={`${w.account_id}/${String(w.waits)}`}>
              <span>
                {w.name} <span className="fp-muted">{[t(`drill.carrier.${w.carrier}`, { defaultValue: w.carrier }), w.waits && t('drill.waits')].filter(Boolean).join(' · ')}</span>
              </span>
              <People n={w.persons} who={{ run_id: run, figure: 'way', account_id: w.account_id, waits: w.waits }} title={t('drill.title.way', { to: w.name })} />
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>{t('drill.whyNot')}</h2>
        {(totals.why ?? []).length === 0 ? (
          <p className="fp-muted">{totals.persons > 0 ? t('drill.nobodyUnreachable') : t('measure.nobody')}</p>
        ) : (
          <ul className="fp-drill-list">
            {(totals.why ?? []).map((b) => (
              <li key={b.why}>
                <span>{t(`drill.why.${b.why}`)}</span>
                <People n={b.persons} who={{ run_id: run, figure: 'unreachable', why: b.why }} title={t('drill.title.unreachable', { why: t(`drill.why.${b.why}`) })} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
