import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Question, Spec } from '../../api/surveys';
import { useMe } from '../../app/me';
import type { Part } from './BuilderPage';
import { sampled } from './spec';

/** The page that is being edited, as it looks on a phone. */
export function SurveyPreview({ spec, part, onPart }: { spec: Spec; part: Part; onPart: (part: Part) => void }) {
  const { t } = useTranslation();
  const { org } = useMe();
  const pages: Question[][] = [];
  for (const q of spec.questions) {
    const last = pages.at(-1);
    if (q.same_page && last) last.push(q);
    else pages.push([q]);
  }
  const at = part.kind === 'question' ? pages.findIndex((p) => p.some((q) => q.id === part.id)) : -1;
  const ending = part.kind === 'ending' ? spec.endings.find((e) => e.id === part.id) : undefined;
  const order: Part[] = [{ kind: 'base' }, ...pages.map((p) => ({ kind: 'question' as const, id: p[0]?.id ?? '' })), ...spec.endings.map((e) => ({ kind: 'ending' as const, id: e.id }))];
  const step = part.kind === 'base' ? 0 : part.kind === 'question' ? 1 + at : 1 + pages.length + spec.endings.findIndex((e) => e.id === part.id);
  const go = (by: number) => {
    const next = order[step + by];
    if (next) onPart(next);
  };
  const color = spec.color || '#0d6b68';
  const button = (text: string) => (
    <div className="button" style={{ background: color, color: onColor(color) }}>
      {text}
    </div>
  );
  return (
    <aside className="preview" aria-label={t('surveys.preview')}>
      <div className="steps">
        <Button size="small" icon={<LeftOutlined />} disabled={step <= 0} aria-label={t('surveys.previewBack')} onClick={() => go(-1)} />
        <span className="fp-muted fp-small">{t('surveys.preview')}</span>
        <Button size="small" icon={<RightOutlined />} disabled={step >= order.length - 1} aria-label={t('surveys.previewNext')} onClick={() => go(1)} />
      </div>
      <div className="phone">
        <header>{org.name}</header>
        <div className="sheet" style={{ borderTopColor: color }}>
          {part.kind === 'base' ? (
            <>
              <b className="big">{spec.title || t('surveys.noTitle')}</b>
              <p>{spec.intro}</p>
              {button(t('surveys.begin'))}
              <span className="no">{t('surveys.noMore')}</span>
            </>
          ) : ending ? (
            <>
              <b className="big">{sampled(ending.title, spec)}</b>
              <p>{sampled(ending.text ?? '', spec)}</p>
              {ending.url && button(ending.button || '…')}
            </>
          ) : (
            <>
              <span className="progress">
                <i style={{ width: `${pages.length > 0 ? (100 * (at + 1)) / pages.length : 0}%`, background: color }} />
              </span>
              {(pages[at] ?? []).map((q) => (
                <PreviewQuestion key={q.id} q={q} spec={spec} />
              ))}
              {button(t(at === pages.length - 1 ? 'surveys.send' : 'surveys.nextPage'))}
            </>
          )}
        </div>
      </div>
    </aside>
  );
}

function PreviewQuestion({ q, spec }: { q: Question; spec: Spec }) {
  const { t } = useTranslation();
  const numbers = q.type === 'scale' ? Array.from({ length: Math.max(0, (q.to ?? 10) - (q.from ?? 0)) + 1 }, (_, i) => (q.from ?? 0) + i) : [];
  return (
    <div className="question">
      <b>
        {sampled(q.title, spec) || t('surveys.noTitle')}
        {!q.required && <span className="soft"> {t('surveys.optional')}</span>}
      </b>
      {q.help && <span className="soft">{sampled(q.help, spec)}</span>}
      {q.options?.map((o) => (
        <span key={o.id} className={`option ${q.type}`}>
          <i /> {o.text || '…'}
        </span>
      ))}
      {numbers.length > 0 && (
        <>
          <span className="numbers">
            {numbers.map((n) => (
              <span key={n}>{n}</span>
            ))}
          </span>
          <span className="ends">
            <span>{q.low_label}</span>
            <span>{q.high_label}</span>
          </span>
        </>
      )}
      {(q.type === 'text' || q.type === 'phone' || q.type === 'date') && <span className={`box${q.long ? ' long' : ''}`} />}
      {q.type === 'phone' && (
        <span className="option multiple tick">
          <i /> {q.consent}
        </span>
      )}
    </div>
  );
}

/** Black or white, whichever can be read better on a colour (WCAG relative luminance). */
function onColor(hex: string): string {
  const channel = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) > 0.179 ? '#000' : '#fff';
}
