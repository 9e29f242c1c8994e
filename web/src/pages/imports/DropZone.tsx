import { InboxOutlined } from '@ant-design/icons';
import { Button, Progress, Upload as AntUpload } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { uploadFile } from '../../api/upload';
import type { Upload } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { ProblemView } from '../../ui/ProblemView';

/** Takes a file by drag and drop or by choice and sends it, with progress and a way to stop. */
export function DropZone({ onUploaded }: { onUploaded: (upload: Upload) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [sending, setSending] = useState<{ name: string; bytes: number; sent: number }>();
  const [error, setError] = useState<unknown>();
  const abort = useRef<AbortController | null>(null);

  const send = async (file: File) => {
    const controller = new AbortController();
    abort.current = controller;
    setError(undefined);
    setSending({ name: file.name, bytes: file.size, sent: 0 });
    try {
      onUploaded(await uploadFile(file, (sent) => setSending({ name: file.name, bytes: file.size, sent }), controller.signal));
    } catch (e) {
      if (!controller.signal.aborted) setError(e);
    } finally {
      setSending(undefined);
    }
  };

  return (
    <div className="fp-stack">
      {Boolean(error) && <ProblemView error={error} now={t('imports.refusedNow')} />}
      {sending ? (
        <div className="fp-sending">
          <div>
            {t('imports.sending', { name: sending.name })} <span className="fp-muted fp-num">{f.bytes(sending.sent)} / {f.bytes(sending.bytes)}</span>
          </div>
          <Progress percent={Math.floor((sending.sent / Math.max(1, sending.bytes)) * 100)} aria-label={t('imports.sending', { name: sending.name })} />
          <Button onClick={() => abort.current?.abort()}>{t('common.cancel')}</Button>
        </div>
      ) : (
        <AntUpload.Dragger
          accept=".csv,.tsv,.txt,.gz,.xlsx"
          maxCount={1}
          showUploadList={false}
          beforeUpload={(file) => {
            void send(file);
            return false;
          }}
        >
          <p className="fp-drop-icon">
            <InboxOutlined />
          </p>
          <p className="fp-drop-title">{t('imports.drop')}</p>
          <p className="fp-muted">{t('imports.dropHelp')}</p>
        </AntUpload.Dragger>
      )}
    </div>
  );
}
