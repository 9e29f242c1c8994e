import { useTranslation } from 'react-i18next';
import type { Transfer } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { transferStatuses, transferTotal } from './transferCounts';

/** A hand-over in one line: the parts as a bar, and the same in words. */
export function TransferBar({ transfer: x }: { transfer: Transfer }) {
  const { t } = useTranslation();
  const f = useFormat();
  const total = transferTotal(x);
  const parts = transferStatuses.filter((s) => (x.counts[s] ?? 0) > 0);
  return (
    <span className="fp-acc-transfer">
      <span className="fp-acc-parts" aria-hidden="true">
        {parts.map((s) => (
          <i key={s} data-part={s} style={{ flexGrow: (x.counts[s] ?? 0) / Math.max(total, 1) }} />
        ))}
      </span>
      <span className="fp-small fp-tabular">
        {parts.map((s) => `${t(`carriers.transfer_${s}`)} ${f.number(x.counts[s] ?? 0)}`).join(' · ')}
      </span>
    </span>
  );
}
