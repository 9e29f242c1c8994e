import { places } from './reportWords';

interface Props {
  low: number;
  estimate: number;
  high: number;
  /** What it says, for who cannot see it. */
  label: string;
  tone: 'higher' | 'lower' | 'unknown';
}

/** An interval on a line with nought on it: whether the whole of it lies on one side is seen at once. */
export function UpliftLine({ low, estimate, high, label, tone }: Props) {
  const at = places(low, estimate, high);
  return (
    <span className={`fp-uplift ${tone}`} role="img" aria-label={label}>
      <i className="zero" style={{ left: `${at.zero}%` }} />
      <i className="span" style={{ left: `${at.low}%`, width: `${at.high - at.low}%` }} />
      <i className="dot" style={{ left: `${at.estimate}%` }} />
    </span>
  );
}
