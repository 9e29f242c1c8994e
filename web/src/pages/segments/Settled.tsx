import { CheckCircleOutlined, SyncOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';

/** Whether the members are what the definition says, or still being worked out. */
export function Settled({ settled, words = false }: { settled: boolean; words?: boolean }) {
  const { t } = useTranslation();
  const text = t(settled ? 'segments.settled' : 'segments.settling');
  return (
    <Tooltip title={t(settled ? 'segments.settledWhy' : 'segments.settlingWhy')}>
      <span className={settled ? 'fp-yes' : 'fp-muted'}>
        {settled ? <CheckCircleOutlined aria-hidden={words} aria-label={words ? undefined : text} /> : <SyncOutlined spin aria-hidden={words} aria-label={words ? undefined : text} />}
        {words && ` ${text}`}
      </span>
    </Tooltip>
  );
}
