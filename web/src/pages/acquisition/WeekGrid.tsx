import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';
import { paint, stretches, timeOf, type Week } from './shifts';
import './week.css';

interface Props {
  week: Week;
  step: number;
  onChange: (week: Week) => void;
  label: string;
}

/** The name of a weekday, 0 Monday. */
export function weekdayName(day: number, language: string, form: 'short' | 'long' = 'short'): string {
  return new Intl.DateTimeFormat(language, { weekday: form, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + day)));
}

/**
 * A week to paint hours into: by dragging, or with the arrow keys, Shift to
 * take more cells along and Space to set or clear them.
 */
export function WeekGrid({ week, step, onChange, label }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<[number, number]>([0, (9 * 60) / step]);
  const [from, setFrom] = useState<[number, number] | null>(null);
  const [focused, setFocused] = useState(false);
  const dragging = useRef<{ on: boolean } | null>(null);
  const cells = (24 * 60) / step;
  const start = from ?? at;
  const chosen = (d: number, c: number) =>
    (focused || from !== null) && d >= Math.min(start[0], at[0]) && d <= Math.max(start[0], at[0]) && c >= Math.min(start[1], at[1]) && c <= Math.max(start[1], at[1]);

  const cellOf = (e: PointerEvent): [number, number] | undefined => {
    const box = grid.current?.querySelector('.fp-week-cells')?.getBoundingClientRect();
    if (!box) return undefined;
    const c = Math.floor(((e.clientX - box.left) / box.width) * cells);
    const d = Math.floor(((e.clientY - box.top) / box.height) * 7);
    return [Math.max(0, Math.min(6, d)), Math.max(0, Math.min(cells - 1, c))];
  };
  const down = (e: PointerEvent<HTMLDivElement>) => {
    const cell = cellOf(e);
    if (!cell || e.button !== 0) return;
    e.currentTarget.setPointerCapture(e.pointerId);
    dragging.current = { on: !week[cell[0]]![cell[1]] };
    setFrom(cell);
    setAt(cell);
  };
  const move = (e: PointerEvent<HTMLDivElement>) => {
    const cell = dragging.current && cellOf(e);
    if (cell) setAt(cell);
  };
  const up = () => {
    if (!dragging.current) return;
    onChange(paint(week, start, at, dragging.current.on));
    dragging.current = null;
    setFrom(null);
  };
  const press = (e: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -cells], End: [0, cells] }[e.key];
    if (by) {
      if (e.shiftKey) setFrom(from ?? at);
      else setFrom(null);
      setAt([Math.max(0, Math.min(6, at[0] + by[0]!)), Math.max(0, Math.min(cells - 1, at[1] + by[1]!))]);
    } else if (e.key === ' ' || e.key === 'Enter') {
      onChange(paint(week, start, at, !week[start[0]]![start[1]]));
      setFrom(null);
    } else if (e.key === 'Escape') setFrom(null);
    else return;
    e.preventDefault();
  };
  const says = `${weekdayName(at[0], f.language, 'long')} ${timeOf(at[1] * step)}–${timeOf((at[1] + 1) * step)} ${t(week[at[0]]![at[1]] ? 'codeForm.week.on' : 'codeForm.week.off')}`;

  return (
    <div className="fp-scroll" tabIndex={-1}>
      <div className="fp-week" ref={grid}>
        <div className="fp-week-hours" aria-hidden="true">
          {Array.from({ length: 13 }, (_, i) => (
            <span key={i} style={{ left: `${(i / 12) * 100}%` }}>
              {i * 2}
            </span>
          ))}
        </div>
        <div className="fp-week-days" aria-hidden="true">
          {week.map((_, d) => (
            <span key={d}>{weekdayName(d, f.language)}</span>
          ))}
        </div>
        <div
          className="fp-week-cells"
          role="application"
          tabIndex={0}
          aria-label={label}
          aria-roledescription={t('codeForm.week.role')}
          aria-describedby="fp-week-says"
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onKeyDown={press}
          onFocus={(e) => setFocused(e.currentTarget.matches(':focus-visible'))}
          onBlur={() => {
            setFocused(false);
            setFrom(null);
          }}
        >
          {week.map((day, d) => (
            <div key={d} className="fp-week-day" data-day={d + 1}>
              {day.map((on, c) => (
                <i key={c} className={`${on ? 'on' : ''}${chosen(d, c) ? ' chosen' : ''}${(c * step) % 120 === 0 ? ' even' : ''}`} />
              ))}
            </div>
          ))}
        </div>
        <div className="fp-week-words">
          {week.map((day, d) => (
            <span key={d} className="fp-num">
              {stretches(day, step)
                .map(([a, b]) => `${timeOf(a)}–${timeOf(b)}`)
                .join(' ') || <span className="fp-muted">{t('codeForm.week.none')}</span>}
            </span>
          ))}
        </div>
      </div>
      <span id="fp-week-says" className="fp-hidden" aria-live="polite">
        {focused ? says : ''}
      </span>
    </div>
  );
}
