import { InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { GateSettings } from '../../api/reach';

type Cap = GateSettings['caps'][number];
type Rate = GateSettings['rates'][number];

const carriers = ['wecom', 'wecom_kf', 'official_account', 'web', 'email', 'sms'] as const;
const spans = ['day', 'week', 'month'] as const;

/** How many messages a person gets: over all carriers together and over each, in a day, a week, a month. Empty is no limit. */
export function CapsTable({ caps, disabled, onChange }: { caps: readonly Cap[]; disabled: boolean; onChange: (caps: Cap[]) => void }) {
  const { t } = useTranslation();
  const put = (carrier: Cap['carrier'], per: Cap['per'], most: number | null) => {
    const rest = caps.filter((c) => c.carrier !== carrier || c.per !== per);
    onChange(most === null ? rest : [...rest, { carrier, per, most }]);
  };
  return (
    <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('gate.caps.title')}>
      <table className="fp-gate-table">
        <thead>
          <tr>
            <th scope="col">{t('gate.caps.over')}</th>
            {spans.map((per) => (
              <th key={per} scope="col">
                {t(`gate.caps.${per}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(['all', ...carriers] as const).map((carrier) => {
            const name = carrier === 'all' ? t('gate.caps.all') : t(`carrier.${carrier}`);
            return (
              <tr key={carrier} className={carrier === 'all' ? 'all' : undefined}>
                <th scope="row">
                  <span className="fp-capital">{name}</span>
                </th>
                {spans.map((per) => (
                  <td key={per}>
                    <InputNumber
                      size="small"
                      min={1}
                      max={1000}
                      precision={0}
                      disabled={disabled}
                      placeholder="∞"
                      aria-label={`${name} ${t(`gate.caps.${per}`)}`}
                      value={caps.find((c) => c.carrier === carrier && c.per === per)?.most ?? null}
                      onChange={(most) => put(carrier, per, most)}
                    />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** How fast one account of each carrier sends. Empty is as fast as the carrier takes it. */
export function RatesTable({ rates, disabled, onChange }: { rates: readonly Rate[]; disabled: boolean; onChange: (rates: Rate[]) => void }) {
  const { t } = useTranslation();
  return (
    <table className="fp-gate-table">
      <tbody>
        {carriers.map((carrier) => (
          <tr key={carrier}>
            <th scope="row">
              <span className="fp-capital">{t(`carrier.${carrier}`)}</span>
            </th>
            <td>
              <InputNumber
                size="small"
                min={1}
                max={1_000_000}
                precision={0}
                disabled={disabled}
                placeholder="∞"
                aria-label={t('gate.rates.of', { carrier: t(`carrier.${carrier}`) })}
                value={rates.find((r) => r.carrier === carrier)?.per_minute ?? null}
                onChange={(n) => {
                  const rest = rates.filter((r) => r.carrier !== carrier);
                  onChange(n === null ? rest : [...rest, { carrier, per_minute: n }]);
                }}
              />{' '}
              <span className="fp-muted">{t('gate.rates.unit')}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
