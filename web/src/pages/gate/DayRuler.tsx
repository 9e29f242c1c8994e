import { useTranslation } from 'react-i18next';

const minutes = (hhmm: string) => {
  const [h = 0, m = 0] = hhmm.split(':').map(Number);
  return h * 60 + m;
};

/** The stretches of a day, in minutes, that lie between two times on the clock; over midnight they are two. */
export function quietStretches(from: string, to: string): [number, number][] {
  const a = minutes(from);
  const b = minutes(to);
  if (a === b) return [];
  return a < b
    ? [[a, b]]
    : [
        [0, b],
        [a, 1440],
      ].filter((s): s is [number, number] => s[0]! < s[1]!);
}

const percent = (minute: number) => `${(minute / 1440) * 100}%`;

/** A day from midnight to midnight, and when nobody is disturbed. */
export function DayRuler({ from, to, on }: { from: string; to: string; on: boolean }) {
  const { t } = useTranslation();
  const quiet = on ? quietStretches(from, to) : [];
  return (
    <div className="fp-day" role="img" aria-label={on ? t('gate.quiet.rulerOn', { from, to }) : t('gate.quiet.rulerOff')}>
      <div className="fp-day-band">
        {quiet.map(([a, b]) => (
          <span key={a} style={{ left: percent(a), width: percent(b - a) }}>
            {b - a >= 120 && t('gate.quiet.quiet')}
          </span>
        ))}
      </div>
      <div className="fp-day-hours">
        {[0, 6, 12, 18, 24].map((h) => (
          <i key={h} style={{ left: percent(h * 60) }}>
            {h}:00
          </i>
        ))}
      </div>
    </div>
  );
}
