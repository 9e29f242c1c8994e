import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';

const width = 96;
const height = 26;

/** Thirty days as a line: from its smallest to its greatest, so that a small change is seen; said in numbers beside it. */
export function Sparkline({ days }: { days: { day: string; size: number }[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last || days.length < 2) return <span className="fp-muted">—</span>;
  const sizes = days.map((d) => d.size);
  const low = Math.min(...sizes);
  const high = Math.max(...sizes);
  const x = (i: number) => 2 + (i * (width - 6)) / (days.length - 1);
  const y = (n: number) => (high === low ? height / 2 : height - 3 - ((n - low) * (height - 6)) / (high - low));
  const points = sizes.map((n, i) => `${x(i).toFixed(1)},${y(n).toFixed(1)}`).join(' ');
  return (
    <svg
      className="fp-spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={t('segments.trendLabel', { from: f.number(first.size), to: f.number(last.size), days: days.length })}
    >
      <title>{t('segments.trendLabel', { from: f.number(first.size), to: f.number(last.size), days: days.length })}</title>
      <polyline points={points} fill="none" />
      <circle cx={x(days.length - 1)} cy={y(last.size)} r="2.2" />
    </svg>
  );
}
