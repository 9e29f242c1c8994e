import { CopyOutlined, DownloadOutlined } from '@ant-design/icons';
import { App, Button, Modal, Segmented, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pictures, type Drawn } from '../../api/acquisition';
import './qr.css';

/** Sizes in pixels and what they are for. */
const sizes = [
  { size: 258, key: 'screen' },
  { size: 480, key: 'card' },
  { size: 1024, key: 'poster' },
  { size: 2048, key: 'wall' },
] as const;

/** The picture itself, small. */
export function QrThumb({ kind, id, name, size = 40, onClick }: { kind: Drawn; id: string; name: string; size?: number; onClick?: () => void }) {
  const { t } = useTranslation();
  const picture = <img className="fp-qr" src={pictures.qr(kind, id, 'svg', 240)} width={size} height={size} alt={onClick ? '' : t('qr.of', { name })} loading="lazy" />;
  if (!onClick) return picture;
  return (
    <button type="button" className="fp-qr-button" onClick={onClick} aria-label={t('qr.show', { name })}>
      {picture}
    </button>
  );
}

/** A picture to look at and to download, in the format and size that a printer or a page wants. */
export function QrBox({ kind, id, name, url }: { kind: Drawn; id: string; name: string; url: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [format, setFormat] = useState<'png' | 'svg'>('png');
  const [size, setSize] = useState<number>(480);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      message.success(t('common.copied'));
    } catch {
      message.warning(t('common.copyByHand'));
    }
  };
  return (
    <div className="fp-qr-box">
      <QrThumb kind={kind} id={id} name={name} size={208} />
      <div className="fp-stack">
        <Segmented<'png' | 'svg'>
          value={format}
          onChange={setFormat}
          aria-label={t('qr.format')}
          options={[
            { value: 'png', label: 'PNG' },
            { value: 'svg', label: t('qr.svg') },
          ]}
        />
        {format === 'png' && (
          <Segmented<number>
            value={size}
            onChange={setSize}
            aria-label={t('qr.size')}
            options={sizes.map((s) => ({ value: s.size, label: <span title={t(`qr.for.${s.key}`)}>{s.size}</span> }))}
          />
        )}
        <span className="fp-muted fp-small">{format === 'svg' ? t('qr.svgHelp') : t(`qr.for.${sizes.find((s) => s.size === size)?.key ?? 'card'}`)}</span>
        <Space wrap>
          <Button type="primary" icon={<DownloadOutlined />} href={pictures.qr(kind, id, format, format === 'svg' ? 480 : size)} download={`${name}.${format}`}>
            {t('qr.download')}
          </Button>
          <Button icon={<CopyOutlined />} onClick={() => void copy()}>
            {t('qr.copyLink')}
          </Button>
        </Space>
        <code className="fp-break fp-small">{url}</code>
      </div>
    </div>
  );
}

export function QrDialog({ kind, id, name, url, onClose }: { kind: Drawn; id: string; name: string; url: string; onClose: () => void }) {
  return (
    <Modal open title={name} footer={null} onCancel={onClose} width={560}>
      <QrBox kind={kind} id={id} name={name} url={url} />
    </Modal>
  );
}
