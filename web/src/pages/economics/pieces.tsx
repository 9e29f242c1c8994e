import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { By, EconomicsPeople } from '../../api/economics';
import { useFormat } from '../../app/useFormat';

export interface Named {
  key: string;
  name: string;
}

/** What a row is called; who has none is called by what is missing. */
export function useRowName(by: By) {
  const { t } = useTranslation();
  return (row: Named) => (row.key === '' ? t(`economics.nobody.${by}`) : row.name || t('economics.gone', { id: row.key.slice(0, 12) }));
}

/** A figure, or a dash with the reason why it cannot be told. */
export function Told({ why, children }: { why: string; children: ReactNode }) {
  const { t } = useTranslation();
  if (!why) return <>{children}</>;
  return (
    <Tooltip title={why}>
      <span className="fp-cannot" tabIndex={0} aria-label={`${t('economics.cannot')}：${why}`} role="note">
        —
      </span>
    </Tooltip>
  );
}

/** Money that may not be known. */
export function Money({ of, currency }: { of: { minor: number | null; why: string }; currency: string }) {
  const f = useFormat();
  return <Told why={of.minor === null ? of.why : ''}>{of.minor !== null && f.money(of.minor, currency)}</Told>;
}

/** A share (as per cent) or a multiple that may not be known. */
export function Part({ of, times, digits }: { of: { value: number | null; why: string }; times?: boolean; digits?: number }) {
  const f = useFormat();
  return <Told why={of.value === null ? of.why : ''}>{of.value !== null && (times ? f.number(Math.round(of.value * 100) / 100) : f.share(of.value, digits))}</Told>;
}

/** A number of people that opens the list of them. */
export function Count({ n, who, open, label }: { n: number; who: EconomicsPeople; open: (who: EconomicsPeople) => void; label: string }) {
  const f = useFormat();
  if (n === 0) return <>0</>;
  return (
    <button type="button" className="fp-count fp-num" aria-label={`${f.number(n)} · ${label}`} title={label} data-people={who.figure} onClick={() => open(who)}>
      {f.number(n)}
    </button>
  );
}
