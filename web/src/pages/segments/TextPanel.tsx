import { Button, Popover } from 'antd';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mark } from '../../lib/segmentText';
import { useBuilderWorld } from './context';

/** The text, cut where it was refused. */
function pieces(text: string, marks: Mark[]): { text: string; wrong: boolean }[] {
  const out: { text: string; wrong: boolean }[] = [];
  let done = 0;
  for (const m of [...marks].sort((a, b) => a.from - b.from)) {
    if (m.from < done) continue;
    out.push({ text: text.slice(done, m.from), wrong: false }, { text: text.slice(m.from, m.to), wrong: true });
    done = m.to;
  }
  return [...out, { text: text.slice(done), wrong: false }];
}

const forms = [
  ['fields', 'stage = silent and region in (山东, 河南) and gmv > 500'],
  ['tags', 'tag:母婴 and not tag:肤质/*'],
  ['events', 'did order.paid >= 2 in 90d and not did message.opened in 30d'],
  ['amounts', 'did order.paid sum amount > 1000 this year'],
  ['where', 'did order.paid where (sku = A-1001 and amount >= 100) in 6m'],
  ['edges', 'first order.paid last month or last order.paid before 90d ago'],
  ['birthday', 'birthday in next 7d'],
  ['others', 'segment:沉默高客单 and not list:员工亲友'],
  ['random', 'random 10% salt 春节活动'],
  ['known', 'birthday is unset and reachable any'],
] as const;

/** The forms of the language, one line each. */
function Forms() {
  const { t } = useTranslation();
  return (
    <dl className="fp-seg-forms">
      {forms.map(([key, code]) => (
        <div key={key}>
          <dt>{t(`segments.textForm.${key}`)}</dt>
          <dd>
            <code>{code}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The same predicate as text: it follows the builder, and the builder follows it. */
export function TextPanel() {
  const { t } = useTranslation();
  const { builder } = useBuilderWorld();
  const area = useRef<HTMLTextAreaElement>(null);
  const cut = useMemo(() => pieces(builder.text, builder.marks), [builder.text, builder.marks]);
  const understood = builder.typing && !builder.waiting && !builder.problem;
  const refused = builder.typing && Boolean(builder.problem) && builder.marks.length === 0;
  const goTo = (m: Mark) => {
    area.current?.focus();
    area.current?.setSelectionRange(m.from, m.to);
  };
  return (
    <section className="fp-seg-panel" aria-label={t('segments.text')}>
      <header>
        <h2>{t('segments.text')}</h2>
        <span className="fp-muted fp-small" aria-live="polite">
          {builder.typing && (builder.waiting ? t('segments.textReading') : understood ? t('segments.textRead') : t('segments.textWrong'))}
        </span>
      </header>
      <div className={`fp-seg-text${builder.marks.length > 0 || refused ? ' wrong' : ''}`}>
        <pre aria-hidden="true">
          {cut.map((p, i) => (p.wrong ? <mark key={i}>{p.text}</mark> : p.text))}
          {'\n'}
        </pre>
        <textarea
          ref={area}
          value={builder.text}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-label={t('segments.text')}
          aria-invalid={builder.marks.length > 0}
          aria-describedby="fp-seg-text-help"
          onChange={(e) => builder.type(e.target.value)}
          onKeyDown={(e) => {
            // Enter takes the text over; a line break is not needed but allowed.
            if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
            e.preventDefault();
            if (understood) builder.settle();
          }}
          onBlur={() => {
            if (understood) builder.settle();
          }}
        />
      </div>
      {builder.marks.length > 0 && (
        <div role="alert">
          <ul className="fp-seg-marks">
          {builder.marks.map((m, i) => (
            <li key={i}>
              <button type="button" onClick={() => goTo(m)}>
                {m.message}
              </button>
            </li>
          ))}
        </ul>
        </div>
      )}
      <p id="fp-seg-text-help" className="fp-muted fp-small">
        {t('segments.textHelp')}{' '}
        <Popover trigger="click" placement="bottomRight" content={<Forms />}>
          <Button type="link" size="small" className="fp-seg-link">
            {t('segments.textForms')}
          </Button>
        </Popover>
      </p>
    </section>
  );
}
