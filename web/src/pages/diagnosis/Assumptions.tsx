import { Button, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Assumed, DiagnosisInput, DiagnosisPart } from '../../api/diagnosis';
import { useFormat } from '../../app/useFormat';
import { currencyDigits } from '../../lib/format';

type Ranges = NonNullable<DiagnosisInput['assumptions']>;
const ends = ['low', 'likely', 'high'] as const;

interface Props {
  all: Assumed[];
  parts: DiagnosisPart[];
  changed: Ranges;
  change: (changed: Ranges) => void;
  wrong: Map<string, string>;
}

/** What the forecast rests on: each with its range, and each to be replaced. */
export function Assumptions({ all, parts, changed, change, wrong }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const scale = (a: Assumed) => (a.unit === 'share' ? 0.01 : a.unit === 'money' ? 10 ** currencyDigits(f.currency) : 1);
  const unit = (a: Assumed) => (a.unit === 'share' ? '%' : a.unit === 'money' ? f.currency : t('diagnosis.people'));
  const without = (key: string) => Object.fromEntries(Object.entries(changed).filter(([k]) => k !== key));
  return (
    <section className="fp-diagnosis-box" aria-label={t('diagnosis.assumptions')}>
      <h2>{t('diagnosis.assumptions')}</h2>
      <p className="fp-muted">{t('diagnosis.assumptionsText')}</p>
      <div className="fp-diagnosis-scroll" role="region" tabIndex={0} aria-label={t('diagnosis.assumptions')}>
        <table className="fp-diagnosis-table">
          <thead>
            <tr>
              <th scope="col">{t('diagnosis.assumption')}</th>
              {ends.map((e) => (
                <th key={e} scope="col" className="fp-num">
                  {t(`diagnosis.range.${e}`)}
                </th>
              ))}
              <th scope="col">{t('diagnosis.movedBy')}</th>
              <th scope="col" className="fp-no-print" aria-label={t('diagnosis.reset')} />
            </tr>
          </thead>
          <tbody>
            {all.map((a) => {
              const now = changed[a.key] ?? a.range;
              const error = wrong.get(`assumptions.${a.key}`);
              return (
                <tr key={a.key}>
                  <th scope="row">
                    {a.name}
                    <div className="fp-muted fp-small">{a.why}</div>
                    {error && (
                      <div className="fp-no fp-small" role="alert">
                        {error}
                      </div>
                    )}
                  </th>
                  {ends.map((e) => (
                    <td key={e}>
                      <InputNumber
                        aria-label={`${a.name} ${t(`diagnosis.range.${e}`)}`}
                        size="small"
                        min={0}
                        status={error ? 'error' : undefined}
                        value={Math.round((now[e] / scale(a)) * 100) / 100}
                        suffix={unit(a)}
                        onChange={(n) => n !== null && change({ ...changed, [a.key]: { ...now, [e]: n * scale(a) } })}
                      />
                    </td>
                  ))}
                  <td className="fp-muted">{changed[a.key] ? t('diagnosis.yours') : (parts.find((p) => p.key === a.part)?.text ?? '—')}</td>
                  <td className="fp-no-print">
                    {changed[a.key] && (
                      <Button size="small" type="link" onClick={() => change(without(a.key))}>
                        {t('diagnosis.reset')}
                      </Button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
