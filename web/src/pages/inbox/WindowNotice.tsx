import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Composer } from '../../api/inbox';
import { lengthOf } from './search';
import { useNow } from './state/useInbox';

/** So long before the end the platform's window is worth a warning, in milliseconds. */
const soon = 2 * 3_600_000;

/** How long, and how often, the platform still lets us write; or why not, and what to do instead. */
export function WindowNotice({ composer: c, onExpired }: { composer: Composer; onExpired: () => void }) {
  const { t } = useTranslation();
  const now = useNow(c.closes_at ? 15_000 : 3_600_000);
  const left = c.closes_at ? Date.parse(c.closes_at) - now : undefined;
  if (left !== undefined && left <= 0 && c.open) {
    queueMicrotask(onExpired); // asked again: the server's clock decides
  }
  if (!c.open) return <Alert type="warning" showIcon className="fp-inbox-closed" title={c.note || t('inbox.closed')} data-composer="closed" />;
  const bits: string[] = [];
  if (left !== undefined) {
    const { unit, count } = lengthOf(left);
    bits.push(t(`inbox.window.${unit}`, { count }));
  }
  if (c.left >= 0) bits.push(t('inbox.left', { count: c.left }));
  if (bits.length === 0) return null;
  const warn = (left !== undefined && left < soon) || c.left === 1;
  return (
    <p className={`fp-inbox-window${warn ? ' warn' : ''}`} data-composer="window" title={c.note}>
      {bits.join(t('common.listSeparator'))}
    </p>
  );
}
