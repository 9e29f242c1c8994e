import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ValueReport } from '../../api/value';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { Figure } from '../../ui/Figure';
import { TrackingChart } from './TrackingChart';

type Result = NonNullable<ValueReport['result']>;

const names: Record<string, string> = { bg_nbd: 'BG/NBD', pareto_nbd: 'Pareto/NBD', gamma_gamma: 'Gamma-Gamma' };

/** Four digits, as the models' publications give them. */
function digits(n: number, language: string) {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 4 }).format(n);
}

/** The models with their parameters. */
export function Models({ result: r }: { result: Result }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const fitted = [...(r.models ?? []), ...(r.value ? [r.value] : [])];
  return (
    <section className="fp-value-box" aria-label={t('value.models')}>
      <h2>{t('value.models')}</h2>
      <p className="fp-muted fp-small">{t('value.modelsText', { used: names[r.models?.[0]?.model ?? ''] ?? '' })}</p>
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('value.models')}>
        <table className="fp-value-table" data-value-models>
          <thead>
            <tr>
              <th scope="col">{t('value.model')}</th>
              <th scope="col" className="fp-right">
                {t('value.logLikelihood')}
              </th>
              <th scope="col">{t('value.parameters')}</th>
            </tr>
          </thead>
          <tbody>
            {fitted.map((m) => (
              <tr key={m.model}>
                <th scope="row">{names[m.model] ?? m.model}</th>
                <td className="fp-num fp-right">{new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(m.log_likelihood)}</td>
                <td>
                  {(m.parameters ?? []).map((p) => (
                    <span key={p.name} className="fp-value-parameter fp-num">
                      <i>{t(`value.greek.${p.name}`, { defaultValue: p.name })}</i> {digits(p.value, language)}
                      {p.standard_error ? <span className="fp-muted"> ± {digits(p.standard_error, language)}</span> : null}
                    </span>
                  ))}
                  {m.edge && <span className="fp-muted fp-small">{t('value.edge')}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {r.value_refusal && <Alert type="info" showIcon title={t('value.noWorth', { why: language.startsWith('zh') ? r.value_refusal.zh : r.value_refusal.en })} />}
    </section>
  );
}

/** What the models said of a time that they had not seen, beside simple rules. */
export function Validation({ result: r, fittedAt }: { result: Result; fittedAt?: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const f = useFormat();
  const v = r.validation;
  const name = (key: string) => names[key] ?? t(`value.rule.${key}`, { defaultValue: key });
  if (!v)
    return (
      <section className="fp-value-box" aria-label={t('value.heldOut')}>
        <h2>{t('value.heldOut')}</h2>
        <p>{t('value.noHoldout', { why: r.validation_refusal ? (language.startsWith('zh') ? r.validation_refusal.zh : r.validation_refusal.en) : '' })}</p>
      </section>
    );
  const used = v.models?.[0]?.model ?? '';
  const period = { from: v.calibration_end, to: v.holdout_end, time_zone: f.timeZone };
  return (
    <section className="fp-value-box" aria-label={t('value.heldOut')} data-value-holdout>
      <h2>{t('value.heldOut')}</h2>
      <p className="fp-muted fp-small">{t('value.heldOutText', { from: v.calibration_end, to: v.holdout_end, days: v.holdout_days, people: f.number(v.people) })}</p>
      <div className="fp-value-legend fp-small" aria-hidden>
        <span className="line" /> {t('value.actual')} <span className="line dashed" /> {t('value.expectedBy', { model: name(used) })} <span className="shade" /> {t('value.holdout')}
      </div>
      <TrackingChart of={v} model={used} />
      <p data-value-best>{v.best === 'same_rate' || v.best === 'mean' ? t('value.ruleWon', { rule: name(v.best) }) : t('value.modelWon', { model: name(v.best) })}</p>
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('value.errors')}>
        <table className="fp-value-table">
          <thead>
            <tr>
              <th scope="col">{t('value.who')}</th>
              {(['expected', 'actual', 'bias', 'mae'] as const).map((k) => (
                <th key={k} scope="col" className="fp-right">
                  <Figure of={`clv.validation.${k}`} value={t(`value.error.${k}`)} period={period} countedTo={fittedAt} />
                </th>
              ))}
              <th scope="col" className="fp-right">
                {t('value.error.rmse')}
              </th>
            </tr>
          </thead>
          <tbody>
            {(v.purchases ?? []).map((c) => (
              <tr key={c.name}>
                <th scope="row">{name(c.name)}</th>
                <td className="fp-num fp-right">{f.number(Math.round(c.expected))}</td>
                <td className="fp-num fp-right">{f.number(Math.round(c.actual))}</td>
                <td className="fp-num fp-right">{c.actual > 0 ? `${c.bias > 0 ? '+' : ''}${f.share(c.bias, 1)}` : '—'}</td>
                <td className="fp-num fp-right">{digits(c.mean_absolute_error, language)}</td>
                <td className="fp-num fp-right">{digits(c.root_mean_square_error, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
