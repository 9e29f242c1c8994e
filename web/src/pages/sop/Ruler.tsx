import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useRef, type KeyboardEvent, type MouseEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { SOPStep } from '../../api/sops';
import { lasts, minutesOf, newStep, rowsOf, timeOf } from './spec';

interface Props {
  steps: SOPStep[];
  selected?: string;
  /** Ids of steps with something to mend. */
  wrong: Set<string>;
  readOnly: boolean;
  onSelect: (id: string) => void;
  onChange: (steps: SOPStep[]) => void;
}

const hours = [0, 3, 6, 9, 12, 15, 18, 21, 24];
const share = (minutes: number) => `${(minutes / 14.4).toFixed(3)}%`;

/** Days below each other, each with its hours: steps stand where they come. */
export function Ruler({ steps, selected, wrong, readOnly, onSelect, onChange }: Props) {
  const { t } = useTranslation();
  const rows = rowsOf(steps);
  const put = (s: SOPStep) => {
    onChange([...steps, s]);
    onSelect(s.id ?? '');
  };
  const move = (id: string, day: number, minutes: number) => onChange(steps.map((s) => (s.id === id ? { ...s, day: Math.max(0, Math.min(365, day)), at: timeOf(minutes) } : s)));
  return (
    <div className="fp-ruler" role="group" aria-label={t('sop.ruler')}>
      <div className="fp-ruler-row fp-ruler-head" aria-hidden="true">
        <span />
        <div className="fp-ruler-hours">
          {hours.map((h) => (
            <span key={h} style={{ left: share(h * 60) }}>
              {h}
            </span>
          ))}
        </div>
      </div>
      {rows.map((r) => (
        <div key={r.day}>
          {r.gap > 0 && <div className="fp-ruler-gap">{t('sop.gap', { days: r.gap })}</div>}
          <Day {...{ day: r.day, there: r.steps, selected, wrong, readOnly, onSelect, move }} onPut={(at) => put(newStep(steps, r.day, at))} />
        </div>
      ))}
      {!readOnly && (
        <Button type="dashed" size="small" icon={<PlusOutlined />} onClick={() => put(newStep(steps, lasts({ trigger: { kind: 'manual' }, exits: { replied: false, ordered: false, left_segment: false, unfriended: false }, steps })))}>
          {t('sop.addDay')}
        </Button>
      )}
    </div>
  );
}

interface DayProps extends Pick<Props, 'selected' | 'wrong' | 'readOnly' | 'onSelect'> {
  day: number;
  there: SOPStep[];
  move: (id: string, day: number, minutes: number) => void;
  onPut: (at?: string) => void;
}

function Day({ day, there, selected, wrong, readOnly, onSelect, move, onPut }: DayProps) {
  const { t } = useTranslation();
  const track = useRef<HTMLDivElement>(null);
  const drag = useRef<string | undefined>(undefined);
  const at = (x: number) => {
    const box = track.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return Math.round(((x - box.left) / box.width) * 48) * 30;
  };
  const click = (e: MouseEvent) => {
    if (!readOnly && e.target === e.currentTarget) onPut(timeOf(at(e.clientX)));
  };
  const dragged = (e: PointerEvent, s: SOPStep) => {
    if (drag.current === s.id && e.buttons === 1 && s.id) {
      const to = at(e.clientX);
      if (timeOf(to) !== s.at && Math.abs(to - minutesOf(s.at)) >= 15) move(s.id, s.day, to);
    }
  };
  const keys = (e: KeyboardEvent, s: SOPStep) => {
    const by: Record<string, [number, number]> = { ArrowLeft: [0, -30], ArrowRight: [0, 30], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const d = by[e.key];
    if (!d || readOnly || !s.id) return;
    e.preventDefault();
    move(s.id, s.day + d[0], minutesOf(s.at) + d[1]);
  };
  return (
    <div className="fp-ruler-row">
      <span className="fp-ruler-day">
        {t('sop.day', { n: day + 1 })}
        {!readOnly && <Button size="small" type="text" icon={<PlusOutlined />} aria-label={t('sop.addTo', { n: day + 1 })} onClick={() => onPut()} />}
      </span>
      <div ref={track} className={`fp-ruler-track${readOnly ? '' : ' open'}`} onClick={click}>
        <i className="fp-ruler-night" style={{ left: 0, width: share(9 * 60) }} />
        <i className="fp-ruler-night" style={{ left: share(21 * 60), right: 0 }} />
        {there.map((s) => (
          <button
            key={s.id}
            type="button"
            className={`fp-ruler-step ${s.kind}${s.purpose === 'marketing' ? ' marketing' : ''}${s.id === selected ? ' on' : ''}${wrong.has(s.id ?? '') ? ' wrong' : ''}`}
            style={{ left: share(minutesOf(s.at)) }}
            aria-pressed={s.id === selected}
            aria-label={t('sop.stepLabel', { n: s.day + 1, at: s.at, kind: t(`sop.kinds.${s.kind}`), text: s.text.slice(0, 40) || t('sop.noText') })}
            title={`${s.at} ${s.text.slice(0, 80)}`}
            onClick={() => onSelect(s.id ?? '')}
            onKeyDown={(e) => keys(e, s)}
            onPointerDown={(e) => {
              if (readOnly) return;
              drag.current = s.id;
              e.currentTarget.setPointerCapture(e.pointerId);
            }}
            onPointerMove={(e) => dragged(e, s)}
            onPointerUp={() => (drag.current = undefined)}
          >
            {s.at}
          </button>
        ))}
      </div>
    </div>
  );
}
